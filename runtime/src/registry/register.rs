//! Registering and unregistering.

use std::sync::Arc;

use super::claims::Claims;
use super::collector::Collector;
use super::registered::{Refused, RegisterError, Registered, Title, WithId};
use super::registered_collector::RegisteredCollector;
use super::set::{Descriptors, Owner, Set, SetKey};
use super::state::{RegistryState, Removed};
use super::{Registry, WeakRegistry, next_id};
use crate::clock;
use crate::descriptor::Descriptor;
use crate::link::{self, Linked};
use crate::read::{Declarations, Fields};

impl Registry {
    /// Returns the static structs and functions that are registered.
    #[cfg(feature = "testing")]
    pub(crate) fn statics(&self) -> Vec<&'static dyn Fields> {
        let fields = |set: &Arc<Set>| match set.fields {
            Owner::Static(fields) => Some(fields),
            Owner::Instance(_) => None,
        };
        let statics = self.change(|state| state.sets.values().filter_map(fields).collect());
        statics.unwrap_or_default()
    }

    /// Adds a collector, which is run at each gather. Its families leave the page when the last
    /// clone of the returned handle is dropped; call [`leak`](Registered::leak) to keep it for
    /// good.
    ///
    /// Excluding or prefixing packages does not affect collectors; the labels of
    /// [`set_label`](Registry::set_label) are added.
    ///
    /// # Errors
    ///
    /// - [`AlreadyRegistered`](RegisterError::AlreadyRegistered), with the existing collector, if
    ///   one of the same type describes the same families, one of them without labels: both would
    ///   give the same series.
    /// - [`Conflict`](RegisterError::Conflict), [`LabelTaken`](RegisterError::LabelTaken) or
    ///   [`Name`](RegisterError::Name), if a family that it describes cannot be in this registry.
    /// - [`Unchecked`](RegisterError::Unchecked), if it describes no family and the registry is
    ///   [pedantic](Registry::pedantic).
    /// - [`Stuck`](RegisterError::Stuck), if another thread blocks the registry for several
    ///   seconds.
    ///
    /// ```
    /// use measurand::registry::{Collector, Points, RegisterError};
    /// use measurand::{Descriptor, Registry};
    ///
    /// struct Describes(Descriptor);
    ///
    /// impl Collector for Describes {
    ///     fn describe(&self) -> Vec<Descriptor> {
    ///         vec![self.0.clone()]
    ///     }
    ///     fn collect(&self, _: &mut Points<'_>) {}
    /// }
    ///
    /// let registry = Registry::new();
    /// let open = Descriptor::gauge("doc_open_files", "Open files.").build()?;
    /// let _collector = registry.register_collector(Describes(open))?;
    /// let other = Descriptor::gauge("doc_open_files", "Files that are open.").build()?;
    /// let error = registry.register_collector(Describes(other)).unwrap_err();
    /// assert!(matches!(error, RegisterError::Conflict { .. }), "{error}");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn register_collector<C: Collector>(
        &self,
        collector: C,
    ) -> Result<Registered<C>, RegisterError<C>> {
        let title = Title::Collector(std::any::type_name::<C>());
        let described = collector.describe();
        if self.shared.is_pedantic && described.is_empty() {
            return Err(RegisterError::Unchecked { title: title.to_string() });
        }
        let claims = Claims::of(described, self.wrap.clone());
        let collector = Arc::new(WithId { id: next_id(), metrics: collector });
        let registry = WeakRegistry { shared: Arc::downgrade(&self.shared) };
        let (registered, handle) = Registered::new(collector.clone(), registry, title.clone());
        let entry = Arc::new(RegisteredCollector::new(collector, handle));
        let mut removed = Removed::default();
        let added = claims.map_err(Refused::from).map(|claims| {
            let claims = Claims { is_pedantic: self.shared.is_pedantic, ..claims };
            self.change(|state| state.add_collector(entry.clone(), claims, &mut removed))
        });
        into_result(added.unwrap_or_else(|refusal| Some(Err(refusal))))
            .map_err(|refused| RegisterError::new(&title, refused))?;
        Ok(registered)
    }

    /// Adds a static struct, or does nothing if it is registered already.
    pub(crate) fn register_static<T>(&self, linked: Linked) -> Result<(), RegisterError<()>> {
        let wrap = self.wrap.as_ref();
        let added = self.change(|state| state.add_static(next_id(), linked, wrap));
        let title = Title::of::<T>(linked.declarations, Arc::default());
        into_result(added).map_err(|refused| RegisterError::new(&title, refused))
    }

    /// Removes a static struct from this registry, and returns whether it was registered.
    ///
    /// Its series leave the page. They return, with all that was counted meanwhile, if it is
    /// registered again. Through a [view](Registry::with_prefix), this removes what was registered
    /// through a view with the same additions. Instances, families and collectors are removed by
    /// dropping what registering them returned.
    ///
    /// ```
    /// use measurand::{Counter, Metrics, Registry};
    ///
    /// /// What a plug-in counts.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_plugin", unlinked)]
    /// struct PluginMetrics {
    ///     /// Calls of the plug-in.
    ///     calls_total: Counter,
    /// }
    ///
    /// let registry = Registry::new();
    /// PluginMetrics::register(&registry)?;
    /// assert!(registry.unregister(PluginMetrics::global()));
    /// assert!(!registry.unregister(PluginMetrics::global()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unregister<T: Fields>(&self, metrics: &'static T) -> bool {
        let (wrap, mut removed) = (self.wrap.as_ref(), Removed::default());
        let remove = |state: &mut RegistryState| {
            state.remove_static(link::address(metrics), wrap, &mut removed)
        };
        let is_removed = self.change(remove).unwrap_or_default();
        removed.refresh();
        is_removed
    }

    /// Adds an instance, whose series leave when the last clone of the returned handle is dropped.
    pub(crate) fn register_instance<T: Fields>(
        &self,
        metrics: T,
        declarations: &'static Declarations,
        label_values: Vec<String>,
    ) -> Result<Registered<T>, RegisterError<T>> {
        let label_values: Arc<[String]> = label_values.into();
        let title = Title::of::<T>(declarations, label_values.clone());
        let declared = Descriptors::Linked(declarations);
        self.register_owned(metrics, declared, title, (label_values.clone(), label_values))
    }

    /// Adds a family that is made at run time, which leaves when the last clone of the returned
    /// handle is dropped.
    pub(crate) fn register_family<T: Fields>(
        &self,
        family: T,
        descriptor: Descriptor,
    ) -> Result<Registered<T>, RegisterError<T>> {
        let name = descriptor.name().to_owned();
        let key = Arc::new([name.clone()]);
        let declared = Descriptors::Made(Arc::new([descriptor]));
        self.register_owned(family, declared, Title::Family(name), (Arc::default(), key))
    }

    fn register_owned<T: Fields>(
        &self,
        metrics: T,
        declarations: Descriptors,
        title: Title,
        (label_values, key): (Arc<[String]>, Arc<[String]>),
    ) -> Result<Registered<T>, RegisterError<T>> {
        let id = next_id();
        let metrics = Arc::new(WithId { id, metrics });
        let registry = WeakRegistry { shared: Arc::downgrade(&self.shared) };
        let (registered, handle) = Registered::new(metrics.clone(), registry, title.clone());
        let fields = Owner::Instance(metrics);
        let handle = Some(handle);
        let key = SetKey { values: key, wrap: None };
        let created = clock::now();
        let set = Set { id, fields, declarations, label_values, key, created, late: 0, handle };
        let mut removed = Removed::default();
        let added = set.through(self.wrap.as_ref()).map_err(Refused::from).map(|set| {
            let set = Arc::new(set);
            // If it is refused, it is dropped after the turn.
            self.change(|state| state.add_instance(id, &set, &mut removed))
        });
        into_result(added.unwrap_or_else(|refusal| Some(Err(refusal))))
            .map_err(|refused| RegisterError::new(&title, refused))?;
        Ok(registered)
    }
}

/// Converts the result of a change; `Err(None)` means that another thread blocked the state.
fn into_result<T>(added: Option<Result<(), Refused<T>>>) -> Result<(), Option<Refused<T>>> {
    added.ok_or(None)?.map_err(Some)
}
