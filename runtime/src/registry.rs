//! Registries: which metrics there are, and how they are gathered.

mod conflict;
mod labels;
mod list;
mod plan;
mod registered;
mod settings;
mod sink;
mod state;

pub use conflict::{Conflict, Problem, ValidateError};
pub use labels::Labels;
pub use registered::{RegisterError, Registered};
pub use settings::SettingError;
pub use sink::{HistogramValue, Sink, Value};

use std::any::TypeId;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

use crate::collect::{Declarations, Fields};
use crate::idle::Idle;
use crate::link::{self, Linked};
use plan::Scratch;
use state::{Owner, Set, State};

/// A set of metrics that is scraped together.
///
/// Most programs need only [`Registry::global`], which knows the static metrics structs of the
/// whole binary without being told. A registry of one's own is for tests, and for metrics that
/// are served apart. A clone is the same registry.
///
/// ```
/// use measurand::{Counter, Metrics, Registry, encode_text};
///
/// /// One pool of connections.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_pool", instance(pool: &str))]
/// struct PoolMetrics {
///     /// Connections opened.
///     opened_connections_total: Counter,
/// }
///
/// let registry = Registry::new();
/// let orders = PoolMetrics::register(&registry, "orders").unwrap();
/// orders.opened_connections_total.inc();
///
/// let mut text = String::new();
/// registry.encode_text(&mut text);
/// assert!(text.contains("doc_pool_opened_connections_total{pool=\"orders\"} 1\n"));
/// ```
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    /// Room kept between gathers.
    scratch: Idle<Scratch>,
}

impl Registry {
    /// A registry without metrics.
    pub fn new() -> Registry {
        Registry::with_state(State::default())
    }

    fn with_state(state: State) -> Registry {
        let shared = Shared { state: Mutex::new(state), scratch: Idle::new() };
        Registry { shared: Arc::new(shared) }
    }

    /// The registry of the binary: every static metrics struct of every crate that is linked is
    /// in it.
    ///
    /// A crate that nothing names is not linked; `use that_crate as _;` names it.
    pub fn global() -> &'static Registry {
        static GLOBAL: OnceLock<Registry> = OnceLock::new();
        GLOBAL.get_or_init(|| {
            let mut state = State::default();
            match link::linked() {
                Ok(linked) => state.add_linked(linked),
                Err(error) => state.link_error = Some(error),
            }
            Registry::with_state(state)
        })
    }

    /// Leaves out all metrics of a package, by the name in its `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// If no metric of that package is registered, or if metrics were gathered already.
    pub fn exclude_package(&self, package: &str) -> Result<(), SettingError> {
        self.change_settings(|state| state.settings.exclude(package, &state.packages()))
    }

    /// Puts `prefix` and a `_` before the names of all metrics of a package.
    ///
    /// # Errors
    ///
    /// If no metric of that package is registered, if the prefix cannot start a name, or if
    /// metrics were gathered already.
    ///
    /// ```
    /// use measurand::Registry;
    /// let error = Registry::global().prefix_package("no-such-package", "db").unwrap_err();
    /// assert!(error.to_string().contains("no-such-package"));
    /// ```
    pub fn prefix_package(&self, package: &str, prefix: &str) -> Result<(), SettingError> {
        self.change_settings(|state| state.settings.prefix(package, prefix, &state.packages()))
    }

    /// Gives every series a label whose value is known only at start, such as a shard.
    ///
    /// # Errors
    ///
    /// If the name cannot be a label's, if a metric has a label of that name, or if metrics were
    /// gathered already.
    ///
    /// ```
    /// let registry = measurand::Registry::new();
    /// registry.set_label("shard", "7")?;
    /// # Ok::<(), measurand::registry::SettingError>(())
    /// ```
    pub fn set_label(&self, name: &str, value: &str) -> Result<(), SettingError> {
        self.change_settings(|state| {
            let taken = state.find_label(name);
            state.settings.label(name, value, taken)
        })
    }

    fn change_settings(
        &self,
        change: impl FnOnce(&mut State) -> Result<(), SettingError>,
    ) -> Result<(), SettingError> {
        let mut state = self.state();
        if state.is_gathered {
            return Err(SettingError::AlreadyGathered);
        }
        change(&mut state)?;
        state.forget_plan();
        Ok(())
    }

    /// Checks that no two families want the same name, and that the binary's metrics can be read.
    ///
    /// The same is found by the first gather, which leaves out the later of the two, counts it in
    /// `measurand_conflicts` and logs it. Call this in a test to find it earlier:
    ///
    /// ```
    /// measurand::Registry::global().validate()?;
    /// # Ok::<(), measurand::registry::ValidateError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// With every conflict, and where both families are declared.
    pub fn validate(&self) -> Result<(), ValidateError> {
        let mut state = self.state();
        let plan = state.plan();
        match plan.problems() {
            [] => Ok(()),
            problems => Err(ValidateError::new(problems.to_vec())),
        }
    }

    /// Pours every family and its series into `sink`: families by name, series by label values.
    ///
    /// Metrics may be updated and registered meanwhile: no lock is held while the sink runs.
    pub fn gather<S: Sink + ?Sized>(&self, sink: &mut S) {
        let (plan, news) = {
            let mut state = self.state();
            state.is_gathered = true;
            let plan = state.plan();
            let news = state.unlogged(&plan);
            (plan, news)
        };
        // A logger may come back to this registry.
        news.iter().for_each(|problem| log::error!("{problem}"));
        let mut scratch = self.shared.scratch.take();
        plan.gather(sink, &mut scratch);
        self.shared.scratch.put(scratch);
    }

    /// Adds a static struct; once more is no change.
    pub(crate) fn register_static(&self, set: Linked) -> Result<(), RegisterError<()>> {
        let mut state = self.state();
        let address = |fields: &'static dyn Fields| std::ptr::from_ref(fields).cast::<()>();
        let is_there = state.sets.values().any(|other| {
            matches!(other.fields, Owner::Static(fields) if address(fields) == address(set.fields))
                && std::ptr::eq(other.declarations, set.declarations)
        });
        if is_there {
            return Ok(());
        }
        state.check_labels(set.declarations)?;
        let id =
            state.add(Owner::Static(set.fields), set.declarations, Arc::default(), Arc::default());
        state.check_conflicts(id)
    }

    /// Adds an instance, whose series leave with the last clone of what is returned.
    pub(crate) fn register_instance<T: Fields>(
        &self,
        metrics: T,
        declarations: &'static Declarations,
        label_values: Vec<String>,
    ) -> Result<Registered<T>, RegisterError<T>> {
        let label_values: Arc<[String]> = label_values.into();
        self.register_owned(metrics, declarations, label_values.clone(), label_values)
    }

    /// Adds a family that is made at run time, which leaves with the last clone of what is
    /// returned.
    pub(crate) fn register_family<T: Fields>(
        &self,
        family: T,
        declarations: &'static Declarations,
    ) -> Result<Registered<T>, RegisterError<T>> {
        let name = declarations.get(0).map(|declared| declared.name.clone().into_owned());
        self.register_owned(family, declarations, Arc::default(), name.into_iter().collect())
    }

    fn register_owned<T: Fields>(
        &self,
        metrics: T,
        declarations: &'static Declarations,
        label_values: Arc<[String]>,
        key: Arc<[String]>,
    ) -> Result<Registered<T>, RegisterError<T>> {
        let of_type = TypeId::of::<T>();
        // It is made before the lock, so that it is dropped after it where it is refused.
        let metrics = Arc::new(metrics);
        let mut state = self.state();
        state.check_labels(declarations)?;
        let of_same_type = state.instances.entry(of_type).or_default();
        // Instances of a type all declare the same.
        let is_first = of_same_type.is_empty() || !Arc::ptr_eq(&key, &label_values);
        if let Some(id) = of_same_type.get(&key).copied() {
            let same = |set: &&Set| std::ptr::eq(set.declarations, declarations);
            let existing = state.sets.get(&id).filter(same).and_then(Set::registered);
            match existing {
                Some(existing) => return Err(RegisterError::AlreadyRegistered(existing)),
                // The last clone is being dropped, and waits for this lock to leave.
                None if state.sets.get(&id).is_some_and(|set| set.is_leaving()) => state.remove(id),
                // Another family of that name, with which this one conflicts.
                None => {}
            }
        }
        let owner = Owner::Instance(metrics.clone());
        let id = state.add(owner, declarations, label_values, key.clone());
        if is_first {
            state.check_conflicts(id)?;
        }
        let (registered, handle) = Registered::new(metrics, self.downgrade(), id);
        if let Some(set) = state.sets.get_mut(&id) {
            set.handle = Some((of_type, handle));
        }
        state.instances.entry(of_type).or_default().insert(key, id);
        Ok(registered)
    }

    fn downgrade(&self) -> WeakRegistry {
        WeakRegistry { shared: Arc::downgrade(&self.shared) }
    }

    fn state(&self) -> Locked<'_> {
        let guard = self.shared.state.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        Locked { guard: Some(guard) }
    }
}

/// The state while it is locked. Its garbage is dropped after that.
struct Locked<'a> {
    guard: Option<MutexGuard<'a, State>>,
}

impl Deref for Locked<'_> {
    type Target = State;

    fn deref(&self) -> &State {
        self.guard.as_ref().expect("it is there until it is dropped")
    }
}

impl DerefMut for Locked<'_> {
    fn deref_mut(&mut self) -> &mut State {
        self.guard.as_mut().expect("it is there until it is dropped")
    }
}

impl Drop for Locked<'_> {
    fn drop(&mut self) {
        let garbage = std::mem::take(&mut self.garbage);
        self.guard = None;
        drop(garbage);
    }
}

impl Default for Registry {
    fn default() -> Self {
        Registry::new()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registry")
            .field("structs", &self.state().sets.len())
            .finish_non_exhaustive()
    }
}

/// A registry that its instances do not keep alive.
#[derive(Clone)]
pub(crate) struct WeakRegistry {
    shared: Weak<Shared>,
}

impl WeakRegistry {
    /// Takes the struct of that number out, if it is still in.
    fn remove(&self, id: u64) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let registry = Registry { shared };
        let mut state = registry.state();
        state.remove(id);
        // Where nobody scrapes, what has left would pile up.
        if state.changes.len() > 64 + state.sets.len() / 4 {
            state.plan();
        }
    }
}
