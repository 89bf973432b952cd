//! Handles of what can leave a registry: instances, families made at run time, collectors.

use std::any::{Any, TypeId, type_name};
use std::error::Error;
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Weak};

use super::WeakRegistry;
use super::conflict::{Conflict, MetricRefusal};
use crate::descriptor::Descriptor;
use crate::naming::{NameError, name_problem};
use crate::place::Totals;
use crate::read::{Collect, Declarations, Fields};

/// A handle of a metrics struct, a family or a collector in a registry.
///
/// It dereferences to what was registered. A clone is a handle of the same; the series leave the
/// registry when the last clone is dropped. Call [`leak`](Registered::leak) to keep it for good.
///
/// ```
/// use measurand::registry::Registered;
/// use measurand::{Counter, Metrics, Registry};
///
/// /// One pool of connections.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_registered_pool", instance(pool: &str))]
/// struct PoolMetrics {
///     /// Connections opened.
///     opened_connections_total: Counter,
/// }
///
/// struct Pool {
///     metrics: Registered<PoolMetrics>,
/// }
///
/// let registry = Registry::new();
/// let pool = Pool { metrics: PoolMetrics::register(&registry, "orders")? };
/// pool.metrics.opened_connections_total.inc();
/// assert!(registry.to_text().ends_with("{pool=\"orders\"} 1\n"));
/// drop(pool);
/// assert_eq!(registry.to_text(), "");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "its series leave the registry when it is dropped: keep it, or call `leak`"]
pub struct Registered<T> {
    metrics: Arc<WithId<T>>,
    registration: Arc<Registration<T>>,
}

/// A struct or collector with its unique number, by which it is recognized instead of by its
/// address.
pub(super) struct WithId<T> {
    pub(super) id: u64,
    pub(super) metrics: T,
}

impl<T: Fields> Fields for WithId<T> {
    fn id(&self) -> Option<u64> {
        Some(self.id)
    }

    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        self.metrics.metric(index)
    }

    fn bits(&self, index: usize, row: usize, totals: &Totals) -> u64 {
        self.metrics.bits(index, row, totals)
    }
}

/// The type of an instance, and a weak reference to its registration.
pub(super) type RegistrationHandle = (TypeId, Weak<dyn Any + Send + Sync>);

struct Registration<T> {
    metrics: Arc<WithId<T>>,
    registry: WeakRegistry,
    title: Title,
}

/// How messages name what was registered.
#[derive(Clone)]
pub(super) enum Title {
    /// An instance: its type, its declarations and its label values.
    Instance(&'static str, &'static Declarations, Arc<[String]>),
    /// A family that is made at run time: its name.
    Family(String),
    /// A collector: its type.
    Collector(&'static str),
}

impl Title {
    /// Returns the title of a struct, which has label values if it is an instance.
    pub(super) fn of<T>(declarations: &'static Declarations, label_values: Arc<[String]>) -> Title {
        Title::Instance(type_name::<T>(), declarations, label_values)
    }
}

impl fmt::Display for Title {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Title::Instance(path, declarations, values) => {
                write!(f, "`{}`", path.rsplit("::").next().unwrap_or(path))?;
                let names = declarations.get(0).into_iter().flat_map(Descriptor::label_names);
                for (index, (name, value)) in std::iter::zip(names, values.iter()).enumerate() {
                    let before = if index == 0 { " with" } else { "," };
                    write!(f, "{before} {name}={value:?}")?;
                }
                Ok(())
            }
            Title::Family(name) => write!(f, "family `{name}`"),
            Title::Collector(path) => {
                write!(f, "collector `{}`", path.rsplit("::").next().unwrap_or(path))
            }
        }
    }
}

impl<T> Drop for Registration<T> {
    fn drop(&mut self) {
        self.registry.remove(self.metrics.id);
    }
}

impl<T: Send + Sync + 'static> Registered<T> {
    pub(super) fn new(
        metrics: Arc<WithId<T>>,
        registry: WeakRegistry,
        title: Title,
    ) -> (Self, RegistrationHandle) {
        let registration = Arc::new(Registration { metrics: metrics.clone(), registry, title });
        let handle: Weak<Registration<T>> = Arc::downgrade(&registration);
        (Registered { metrics, registration }, (TypeId::of::<T>(), handle))
    }

    pub(super) fn from_handle(handle: Arc<dyn Any + Send + Sync>) -> Option<Self> {
        let registration = handle.downcast::<Registration<T>>().ok()?;
        Some(Registered { metrics: registration.metrics.clone(), registration })
    }

    /// Removes this from its registry at once, and returns whether it was the last clone.
    ///
    /// Dropping handles removes it only with the last clone. Remaining clones still work, but what
    /// they count is no longer shown, and another struct with the same label values can be
    /// registered.
    ///
    /// ```
    /// use measurand::{Gauge, Metrics, Registry};
    ///
    /// /// A job.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_job", instance(task: &str))]
    /// struct JobMetrics {
    ///     /// The part that is done.
    ///     done_ratio: Gauge<measurand::unit::Ratio>,
    /// }
    ///
    /// let registry = Registry::new();
    /// let job = JobMetrics::register(&registry, "backup")?;
    /// let clone = job.clone();
    /// assert!(!job.unregister());
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// assert!(text.is_empty());
    /// assert!(clone.unregister());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn unregister(self) -> bool {
        let Registration { registry, metrics, .. } = &*self.registration;
        registry.remove(metrics.id);
        Arc::into_inner(self.registration).is_some()
    }

    /// Keeps this in its registry until the process ends.
    ///
    /// ```
    /// use measurand::{Counter, Metrics, Registry};
    ///
    /// /// A queue.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_queue", instance(queue: &str))]
    /// struct QueueMetrics {
    ///     /// Jobs taken.
    ///     taken_jobs_total: Counter,
    /// }
    ///
    /// let metrics: &'static QueueMetrics = QueueMetrics::register(Registry::global(), "mail")?.leak();
    /// metrics.taken_jobs_total.inc();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "forget")]
    pub fn leak(self) -> &'static T {
        Box::leak(Box::new(self))
    }
}

impl<T> Deref for Registered<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.metrics.metrics
    }
}

impl<T> Clone for Registered<T> {
    fn clone(&self) -> Self {
        Registered { metrics: self.metrics.clone(), registration: self.registration.clone() }
    }
}

impl<T> fmt::Debug for Registered<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Registered({})", self.registration.title)
    }
}

/// Why a struct was not added.
pub(super) enum Refused<T> {
    /// One with the same label values is registered.
    Existing(Registered<T>),
    Metric(MetricRefusal),
}

impl<T> From<MetricRefusal> for Refused<T> {
    fn from(refusal: MetricRefusal) -> Refused<T> {
        Refused::Metric(refusal)
    }
}

/// Why a struct, family or collector was not registered. The registry is unchanged.
///
/// ```
/// use measurand::registry::RegisterError;
/// use measurand::{Counter, Metrics, Registry};
///
/// /// One pool of connections.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_again_pool", instance(pool: &str))]
/// struct PoolMetrics {
///     /// Connections opened.
///     opened_connections_total: Counter,
/// }
///
/// let registry = Registry::new();
/// let orders = PoolMetrics::register(&registry, "orders")?;
/// // Another part of the program shares the metrics of the same pool.
/// let again = match PoolMetrics::register(&registry, "orders") {
///     Err(RegisterError::AlreadyRegistered(existing)) => existing,
///     other => other?,
/// };
/// again.opened_connections_total.inc();
/// assert_eq!(orders.opened_connections_total.get(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[non_exhaustive]
pub enum RegisterError<T> {
    /// An instance with the same label values, the same family, or a collector that gives the same
    /// series is registered already; this is it.
    AlreadyRegistered(Registered<T>),
    /// A family conflicts with another one.
    #[non_exhaustive]
    Conflict {
        /// The struct with its label values, the family or the collector.
        title: String,
        /// What conflicts.
        conflict: Box<Conflict>,
    },
    /// A metric declares a label that the registry, or this view of it, adds to every series.
    #[non_exhaustive]
    LabelTaken {
        /// The struct with its label values, the family or the collector.
        title: String,
        /// The label.
        label: String,
        /// The metric.
        metric: String,
    },
    /// The name that this view of the registry makes is not valid.
    #[non_exhaustive]
    Name {
        /// The struct with its label values, the family or the collector.
        title: String,
        /// The name.
        metric: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// A collector describes no family, and the registry is [pedantic](super::Registry::pedantic).
    #[non_exhaustive]
    Unchecked {
        /// The collector.
        title: String,
    },
    /// Another thread blocks the registry for several seconds.
    #[non_exhaustive]
    Stuck {
        /// The struct with its label values, the family or the collector.
        title: String,
    },
}

impl<T> RegisterError<T> {
    /// Returns this error for another type, unless it holds what was registered already.
    #[cfg(any(feature = "jemalloc", feature = "process", feature = "tokio"))]
    pub(crate) fn of_another<U>(self) -> Option<RegisterError<U>> {
        Some(match self {
            RegisterError::AlreadyRegistered(_) => return None,
            RegisterError::Conflict { title, conflict } => {
                RegisterError::Conflict { title, conflict }
            }
            RegisterError::LabelTaken { title, label, metric } => {
                RegisterError::LabelTaken { title, label, metric }
            }
            RegisterError::Name { title, metric, error } => {
                RegisterError::Name { title, metric, error }
            }
            RegisterError::Unchecked { title } => RegisterError::Unchecked { title },
            RegisterError::Stuck { title } => RegisterError::Stuck { title },
        })
    }

    pub(super) fn new(title: &Title, refused: Option<Refused<T>>) -> RegisterError<T> {
        let title = title.to_string();
        match refused {
            Some(Refused::Existing(existing)) => RegisterError::AlreadyRegistered(existing),
            Some(Refused::Metric(refusal)) => match refusal {
                MetricRefusal::Conflict(conflict) => RegisterError::Conflict { title, conflict },
                MetricRefusal::LabelTaken { label, metric } => {
                    RegisterError::LabelTaken { title, label, metric }
                }
                MetricRefusal::Name { metric, error } => {
                    RegisterError::Name { title, metric, error }
                }
            },
            None => RegisterError::Stuck { title },
        }
    }
}

impl<T> fmt::Debug for RegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RegisterError({self})")
    }
}

impl<T> fmt::Display for RegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RegisterError::AlreadyRegistered(existing) => write!(
                f,
                "{} is registered already: use the existing one, which this error holds",
                existing.registration.title
            ),
            RegisterError::Conflict { title, conflict } => {
                write!(f, "{title} was not registered: {conflict}")
            }
            RegisterError::LabelTaken { title, label, metric } => write!(
                f,
                "{title} was not registered: metric `{metric}` declares the label `{label}`, which the registry or this view of it adds to every series: rename one"
            ),
            RegisterError::Name { title, metric, error } => {
                write!(f, "{title} was not registered: {}", name_problem(metric, *error))
            }
            RegisterError::Unchecked { title } => write!(
                f,
                "{title} was not registered: it describes no family, and the registry is pedantic: return what it collects from `describe`"
            ),
            RegisterError::Stuck { title } => write!(
                f,
                "{title} was not registered: another thread has blocked the registry for seconds, and may be suspended: let it run, and try again"
            ),
        }
    }
}

impl<T> Error for RegisterError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            RegisterError::Conflict { conflict, .. } => Some(&**conflict),
            RegisterError::Name { error, .. } => Some(error),
            _ => None,
        }
    }
}
