//! Registries: which metrics exist, and how they are gathered.

mod cached;
mod claims;
mod collected_points;
mod collector;
mod conflict;
mod family;
mod gather;
mod kept;
mod lint;
mod list;
mod own;
mod points;
mod pour;
mod published;
mod register;
mod registered;
mod registered_collector;
mod registries;
mod report;
mod round;
mod set;
mod settings;
mod source;
mod state;
mod value_table;
mod workers;
mod wrap;

pub use cached::Cached;
pub use collector::Collector;
pub use conflict::{Conflict, PointProblem, Problem, ValidateError};
#[cfg(any(feature = "export", feature = "pushgateway", feature = "serve"))]
pub(crate) use gather::SharedGather;
pub use gather::{Gather, GatherError};
pub use lint::Lint;
pub use points::Points;
pub use registered::{RegisterError, Registered};
#[cfg(feature = "health")]
pub(crate) use registered_collector::message_of;
pub use registries::Registries;
pub use report::Report;
pub use settings::SettingError;

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

use crate::descriptor::Descriptor;
use crate::idle::Idle;
pub use crate::read::{
    Flow, HistogramValue, Labels, NativeValue, Point, Sink, SummaryValue, Value,
};
use crate::turn::{Guarded, PATIENCE};
use crate::{clock, link};
use gather::GatherBuffers;
use published::Published;
use state::{RegistryState, Removed};
use wrap::Wrap;

/// The most problems that are written to the log.
const MOST_LOGGED: usize = 1_000;

/// A set of metrics that are scraped together.
///
/// Most programs need only [`Registry::global`], which contains the static metrics structs of the
/// whole binary without further setup. A registry of your own is for metrics that are served
/// separately, and for tests. A static struct has the same values in every registry; a test gets
/// its own values with `testing::isolate()`, with the feature `testing`. A clone is a handle to the
/// same registry.
///
/// Two structs may declare the same family, as when two crates count `http_requests_total`: the
/// page shows the series of both, and adds up those with equal labels.
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
    /// What this view adds to names and labels; `None` for the registry itself.
    wrap: Option<Arc<Wrap>>,
}

struct Shared {
    state: Guarded<RegistryState>,
    /// What a gather reads. It needs `state` only if families were added or removed since.
    published: ArcSwap<Published>,
    is_changed: AtomicBool,
    /// How many late link-time entries were added. `None` unless this is the global registry.
    late: Option<AtomicUsize>,
    /// Buffers kept between gathers.
    buffers: Idle<GatherBuffers>,
    /// The time limit of all collectors together, in nanoseconds.
    collector_timeout: AtomicU64,
    /// Whether collectors may give only families that they describe.
    is_pedantic: bool,
}

/// The default time limit of all collectors together.
const COLLECTOR_TIMEOUT: Duration = Duration::from_secs(10);

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// Returns the next number of a struct or collector, unique across all registries.
fn next_id() -> u64 {
    static NEXT_ID: AtomicU64 = AtomicU64::new(0);
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

impl Registry {
    /// Creates an empty registry.
    pub fn new() -> Registry {
        let mut state = RegistryState::default();
        // The state was empty, so nothing was removed.
        drop(state.rebuild());
        Registry::with_state(state, None, false)
    }

    /// Creates an empty registry that accepts only what collectors describe.
    ///
    /// A collector that describes nothing is refused; other registries accept such an *unchecked*
    /// collector, and check its families when they are first given. A point of a family that its
    /// collector does not describe is left out and reported. Use it to test a collector.
    ///
    /// ```
    /// use measurand::registry::{Collector, Point, Points, RegisterError};
    /// use measurand::{Descriptor, Registry};
    ///
    /// struct Files(Descriptor);
    ///
    /// impl Collector for Files {
    ///     fn collect(&self, points: &mut Points<'_>) {
    ///         points.push(&self.0, &[], Point::gauge(3));
    ///     }
    /// }
    ///
    /// let files = || Descriptor::gauge("doc_pedantic_files", "Open files.").build();
    /// let error = Registry::pedantic().register_collector(Files(files()?)).unwrap_err();
    /// assert!(matches!(error, RegisterError::Unchecked { .. }), "{error}");
    /// // Other registries accept it.
    /// Registry::new().register_collector(Files(files()?))?.leak();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "NewPedanticRegistry")]
    pub fn pedantic() -> Registry {
        let mut state = RegistryState::default();
        drop(state.rebuild());
        Registry::with_state(state, None, true)
    }

    fn with_state(state: RegistryState, late: Option<AtomicUsize>, is_pedantic: bool) -> Registry {
        let shared = Shared {
            state: Guarded::new(state),
            published: ArcSwap::default(),
            is_changed: AtomicBool::new(true),
            late,
            buffers: Idle::new(),
            collector_timeout: AtomicU64::new(nanoseconds(COLLECTOR_TIMEOUT)),
            is_pedantic,
        };
        Registry { shared: Arc::new(shared), wrap: None }
    }

    /// Returns the registry of the binary, which contains every static metrics struct of every
    /// linked crate.
    ///
    /// A crate that is never named is not linked; name it with `use that_crate as _;`.
    ///
    /// A metrics struct or an instrumented function that is missing from the link-time list, as in
    /// a program that loads this crate as a dynamic library, is added at its first update. Updates
    /// of plain gauges do not count for that: call `register` on a struct that consists only of
    /// gauges.
    pub fn global() -> &'static Registry {
        // No lock, since the process may fork while a thread initializes this.
        static GLOBAL: OnceBox<Registry> = OnceBox::new();
        GLOBAL.get_or_init(|| {
            clock::now();
            let mut state = RegistryState::default();
            let linked = link::linked();
            if linked.is_err() || link::has_other_builds() {
                state.lasting_problems.push(Problem::SeveralBuilds);
            }
            drop(state.add_linked(linked.unwrap_or_default(), next_id));
            Box::new(Registry::with_state(state, Some(AtomicUsize::new(0)), false))
        })
    }

    /// Excludes all metrics of a package, named as in its `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// Returns an error if no metric of that package is registered yet, if metrics were gathered
    /// already, or if another thread blocks the registry for several seconds.
    ///
    /// ```
    /// use measurand::{Counter, Metrics, Registry};
    ///
    /// /// What a dependency counts.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_excluded", instance)]
    /// struct Dependency {
    ///     /// Connections opened.
    ///     opened_connections_total: Counter,
    /// }
    ///
    /// let registry = Registry::new();
    /// let _dependency = Dependency::register(&registry)?;
    /// registry.exclude_package(env!("CARGO_PKG_NAME"))?;
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// assert_eq!(text, "");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn exclude_package(&self, package: &str) -> Result<(), SettingError> {
        self.change_settings(|state| state.settings.exclude(package, &state.packages()))
    }

    /// Prepends `prefix` and `_` to the names of all metrics of a package.
    ///
    /// # Errors
    ///
    /// Returns an error if no metric of that package is registered, if the prefix cannot start a
    /// name, if metrics were gathered already, or if another thread blocks the registry for several
    /// seconds.
    ///
    /// ```
    /// use measurand::{Counter, Metrics, Registry};
    ///
    /// /// What a dependency counts.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "pool", instance)]
    /// struct Dependency {
    ///     /// Connections opened.
    ///     opened_connections_total: Counter,
    /// }
    ///
    /// let registry = Registry::new();
    /// let _dependency = Dependency::register(&registry)?;
    /// registry.prefix_package(env!("CARGO_PKG_NAME"), "db")?;
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// assert!(text.contains("db_pool_opened_connections_total 0\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn prefix_package(&self, package: &str, prefix: &str) -> Result<(), SettingError> {
        self.change_settings(|state| state.settings.prefix(package, prefix, &state.packages()))
    }

    /// Adds a label to every series whose value is known only at startup, such as a shard.
    ///
    /// # Errors
    ///
    /// Returns an error if the name is not a valid label name, if a metric declares a label of that
    /// name, if metrics were gathered already, or if another thread blocks the registry for several
    /// seconds.
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
        change: impl FnOnce(&mut RegistryState) -> Result<(), SettingError>,
    ) -> Result<(), SettingError> {
        let changed = self.change(|state| {
            if state.is_gathered {
                return Err(SettingError::AlreadyGathered);
            }
            change(state)?;
            Ok(state.rebuild())
        });
        // Removed values are dropped here, after the turn.
        changed.unwrap_or(Err(SettingError::Stuck)).map(drop)
    }

    /// Changes the state in this thread's turn. Values that are removed from it must be returned,
    /// so that they are dropped after the turn. Returns `None`, and changes nothing, if another
    /// thread blocks the registry for too long.
    fn change<R>(&self, change: impl FnOnce(&mut RegistryState) -> R) -> Option<R> {
        self.change_within(PATIENCE, change)
    }

    fn change_within<R>(
        &self,
        patience: Duration,
        change: impl FnOnce(&mut RegistryState) -> R,
    ) -> Option<R> {
        let shared = &*self.shared;
        let recovered = || RegistryState::recovered(&shared.published.load());
        shared.state.with(patience, recovered, |state| {
            if shared.late.is_some() {
                state.add_late(next_id);
            }
            let changed = change(state);
            // Stored within the turn, so that no later gather misses the change.
            shared.is_changed.store(state.is_changed, Ordering::Release);
            // A gather that finds no further late entry relies on `is_changed`, so this comes
            // second.
            if let Some(late) = &shared.late {
                late.store(state.late, Ordering::Release);
            }
            changed
        })
    }

    /// Returns the families of this registry by name, with the names that they have on the page,
    /// including its own `measurand_…`. Families of collectors are included once they have been
    /// described or collected; families left out because of a conflict are not.
    ///
    /// ```
    /// use measurand::{Gauge, Kind, Metrics, Registry};
    ///
    /// /// A boiler.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_boiler", instance)]
    /// struct BoilerMetrics {
    ///     /// Pressure in the boiler.
    ///     pressure: Gauge,
    /// }
    ///
    /// let registry = Registry::new();
    /// let _boiler = BoilerMetrics::register(&registry).unwrap();
    /// let families = registry.descriptors();
    /// let family = families.iter().find(|family| family.name() == "doc_boiler_pressure").unwrap();
    /// assert_eq!((family.kind(), family.help()), (Kind::Gauge, "Pressure in the boiler."));
    /// ```
    #[must_use]
    pub fn descriptors(&self) -> Vec<Descriptor> {
        self.change(|state| state.families().cloned().collect()).unwrap_or_default()
    }

    /// Sets how long a gather waits for all its collectors together. The default is 10 seconds.
    ///
    /// The families of a collector that has not finished by then are left out of that gather, which
    /// is counted in `measurand_collector_timeouts_total`, logged once and reported by
    /// [`try_gather`](Registry::try_gather). Choose less than the scrape timeout, which is 10
    /// seconds in Prometheus by default; otherwise the whole scrape is lost. It can be changed at
    /// any time, and applies to gathers that start afterwards.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let registry = measurand::Registry::new();
    /// registry.set_collector_timeout(Duration::from_secs(5));
    /// ```
    pub fn set_collector_timeout(&self, timeout: Duration) {
        self.shared.collector_timeout.store(nanoseconds(timeout), Ordering::Relaxed);
    }
}

impl Default for Registry {
    fn default() -> Self {
        Registry::new()
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let structs = self.change_within(Duration::ZERO, |state| state.sets.len());
        let mut debug = f.debug_struct("Registry");
        debug.field("structs", &structs);
        if let Some(wrap) = &self.wrap {
            debug.field("view", wrap);
        }
        debug.finish_non_exhaustive()
    }
}

/// A weak reference to a registry, held by its instances.
#[derive(Clone)]
pub(crate) struct WeakRegistry {
    shared: Weak<Shared>,
}

impl WeakRegistry {
    /// Removes the struct or collector with the number `id`, if it is still registered.
    fn remove(&self, id: u64) {
        let Some(shared) = self.shared.upgrade() else { return };
        let registry = Registry { shared, wrap: None };
        let set = registry.change(|state| state.sets.get(&id).cloned()).flatten();
        // Cleared before the struct is removed, so that the lists see that its series are gone.
        if let Some(set) = &set {
            set.clear_open_families();
        }
        let mut removed = Removed::default();
        registry.change(|state| state.remove(id, &mut removed));
        removed.refresh();
    }
}
