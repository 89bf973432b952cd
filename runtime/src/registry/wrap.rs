//! Views of a registry, which add to the names and labels of what is registered through them.

use std::borrow::Cow;
use std::sync::Arc;

use super::Registry;
use super::conflict::MetricRefusal;
use super::settings::{SettingError, check_label_name, check_prefix};
use crate::descriptor::{ConstLabels, Descriptor};
use crate::naming::{self, Rules};

/// What a view adds to everything that is registered through it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Wrap {
    /// The prefixes of all names, each with its `_`, the outermost first.
    prefix: String,
    /// Sorted by name, so that the order in which they were added does not matter.
    labels: Vec<(String, String)>,
}

impl Wrap {
    /// Returns the name that a metric was declared with.
    pub(super) fn inner_name<'a>(&self, name: &'a str) -> &'a str {
        name.strip_prefix(&*self.prefix).unwrap_or(name)
    }

    pub(super) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Returns a descriptor with what the view adds.
    pub(super) fn wrapped(&self, inner: &Descriptor) -> Result<Descriptor, MetricRefusal> {
        let name = self.name(inner.name());
        let waived = if inner.needs_escaping { Rules::UTF8 } else { Rules::NONE };
        if let Some(error) = naming::name_error_with(&name, waived) {
            return Err(MetricRefusal::Name { metric: name, error });
        }
        for (label, _) in &self.labels {
            if inner.has_label(label) {
                return Err(MetricRefusal::LabelTaken { label: label.clone(), metric: name });
            }
        }
        let own = inner.const_labels.iter();
        let own = own.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let const_labels = match self.labels.is_empty() {
            true => inner.const_labels.clone(),
            false => ConstLabels::Made(own.chain(self.labels.iter().cloned()).collect()),
        };
        Ok(Descriptor { name: Cow::Owned(name), const_labels, ..inner.clone() })
    }
}

impl Registry {
    /// Returns a view of this registry that prepends `prefix` and `_` to the names of everything
    /// that is registered through it: structs, instances, families made at run time, collectors.
    ///
    /// It is the same registry: a gather of the view shows everything, and settings apply to all. A
    /// view of a view puts the outer prefix first. A static struct that is registered through two
    /// views appears twice.
    ///
    /// # Errors
    ///
    /// Returns an error if the prefix cannot start a name.
    ///
    /// ```
    /// use measurand::{Counter, Metrics, Registry, encode_text};
    ///
    /// /// One pool of connections.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_view_pool", instance(pool: &str))]
    /// struct PoolMetrics {
    ///     /// Connections opened.
    ///     opened_connections_total: Counter,
    /// }
    ///
    /// let registry = Registry::new();
    /// let tenant = registry.with_prefix("tenant")?.with_label("tenant", "a")?;
    /// let _orders = PoolMetrics::register(&tenant, "orders")?;
    ///
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// let line = "tenant_doc_view_pool_opened_connections_total{pool=\"orders\",tenant=\"a\"} 0\n";
    /// assert!(text.ends_with(line));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WrapRegistererWithPrefix")]
    pub fn with_prefix(&self, prefix: &str) -> Result<Registry, SettingError> {
        check_prefix(prefix)?;
        let mut wrap = self.wrap();
        wrap.prefix.push_str(prefix);
        wrap.prefix.push('_');
        Ok(self.wrapped(wrap))
    }

    /// Returns a view of this registry that adds a label to every series of what is registered
    /// through it.
    ///
    /// Like that of [`with_prefix`](Registry::with_prefix), it is otherwise the same registry. So a
    /// struct can be in a registry several times, each time with another value of the label.
    /// [`set_label`](Registry::set_label) adds a label to everything in the registry.
    ///
    /// Registering a metric that declares the label itself is an error.
    ///
    /// # Errors
    ///
    /// Returns an error if the name is not a valid label name, or if the view adds a label of that
    /// name already.
    ///
    /// ```
    /// use measurand::{Counter, Registry};
    /// use measurand::runtime::FamilyOptions;
    ///
    /// let registry = Registry::new();
    /// let shards = ["7", "8"].map(|shard| registry.with_label("shard", shard));
    /// for shard in shards {
    ///     let options = FamilyOptions::new("doc_view_reads_total", "Reads.");
    ///     options.register_unlabelled::<Counter>(&shard?)?.leak().inc();
    /// }
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// assert!(text.contains("reads_total{shard=\"7\"} 1\ndoc_view_reads_total{shard=\"8\"} 1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "WrapRegistererWith")]
    pub fn with_label(&self, name: &str, value: &str) -> Result<Registry, SettingError> {
        check_label_name(name)?;
        let mut wrap = self.wrap();
        match wrap.labels.binary_search_by(|(other, _)| other.as_str().cmp(name)) {
            Ok(_) => return Err(SettingError::LabelTwice { label: name.to_owned() }),
            Err(index) => wrap.labels.insert(index, (name.to_owned(), value.to_owned())),
        }
        Ok(self.wrapped(wrap))
    }

    fn wrap(&self) -> Wrap {
        self.wrap.as_deref().cloned().unwrap_or_default()
    }

    fn wrapped(&self, wrap: Wrap) -> Registry {
        Registry { shared: self.shared.clone(), wrap: Some(Arc::new(wrap)) }
    }
}
