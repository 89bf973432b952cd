//! Registries: which metrics there are, and how they are gathered.

mod arranged;
mod cached;
mod claims;
mod collector;
mod conflict;
mod family;
mod gather;
mod given;
mod kept;
mod lint;
mod list;
mod own;
mod pour;
mod published;
mod register;
mod registered;
mod registrant;
mod registries;
mod report;
mod round;
mod set;
mod settings;
mod source;
mod state;
mod values;
mod workers;
mod wrap;

pub use cached::Cached;
pub use collector::Collector;
pub use conflict::{Conflict, PointProblem, Problem, ValidateError};
pub use gather::{Gather, GatherError};
pub use given::Points;
pub use lint::Lint;
pub use registered::{RegisterError, Registered};
#[cfg(feature = "health")]
pub(crate) use registrant::message_of;
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
use gather::Scratch;
use published::Published;
use state::{Removed, State};
use wrap::Wrap;

/// No more problems than this are written to the log.
const MOST_LOGGED: usize = 1_000;

/// A set of metrics that is scraped together.
///
/// Most programs need only [`Registry::global`], which knows the static metrics structs of the
/// whole binary without being told. A registry of one's own is for metrics that are served apart, and
/// for tests. A static struct has the same values in every registry; a test has its own by
/// `testing::isolate()`, with the feature `testing`. A clone is the same registry.
///
/// Two structs may declare one family, as two crates that both count `http_requests_total`: their
/// series are on the page together, and those with equal labels are added up.
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
    /// What this view adds, unless it is the whole registry.
    wrap: Option<Arc<Wrap>>,
}

struct Shared {
    state: Guarded<State>,
    /// What a gather walks: it asks for the state only if families came or went since.
    published: ArcSwap<Published>,
    is_changed: AtomicBool,
    /// Of the global one: how many of the entries that came late it has taken in.
    late: Option<AtomicUsize>,
    /// Room kept between gathers.
    scratch: Idle<Scratch>,
    /// How long collectors have, in nanoseconds.
    collector_timeout: AtomicU64,
    /// Whether collectors may give only what they have described.
    is_pedantic: bool,
}

/// How long collectors have unless somebody says otherwise.
const COLLECTOR_TIMEOUT: Duration = Duration::from_secs(10);

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// The number of the next struct, of all registries.
fn next_id() -> u64 {
    static NEXT_ID: AtomicU64 = AtomicU64::new(0);
    NEXT_ID.fetch_add(1, Ordering::Relaxed)
}

impl Registry {
    /// A registry without metrics.
    pub fn new() -> Registry {
        let mut state = State::default();
        // There was nothing, so nothing has left.
        drop(state.rebuild());
        Registry::with_state(state, None, false)
    }

    /// A registry without metrics that holds collectors to what they describe.
    ///
    /// A collector that describes nothing is refused. Other registries take such an *unchecked* one, and
    /// check its families when they are first given. A point of a family that its collector has not
    /// described is left out and reported. Use it in the tests of a collector.
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
    /// // Others find out what it gives.
    /// Registry::new().register_collector(Files(files()?))?.leak();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "NewPedanticRegistry")]
    pub fn pedantic() -> Registry {
        let mut state = State::default();
        drop(state.rebuild());
        Registry::with_state(state, None, true)
    }

    fn with_state(state: State, late: Option<AtomicUsize>, is_pedantic: bool) -> Registry {
        let shared = Shared {
            state: Guarded::new(state),
            published: ArcSwap::default(),
            is_changed: AtomicBool::new(true),
            late,
            scratch: Idle::new(),
            collector_timeout: AtomicU64::new(nanoseconds(COLLECTOR_TIMEOUT)),
            is_pedantic,
        };
        Registry { shared: Arc::new(shared), wrap: None }
    }

    /// The registry of the binary: every static metrics struct of every crate that is linked is
    /// in it.
    ///
    /// A crate that nothing names is not linked; `use that_crate as _;` names it.
    ///
    /// A metrics struct or an instrumented function that the linker did not bring, as in a program
    /// that has this crate from a dynamic library, is in it from its first update on. A gauge alone
    /// has no part in that: call `register` on a struct that has nothing but gauges.
    pub fn global() -> &'static Registry {
        // No lock: a child may be forked while a thread asks first.
        static GLOBAL: OnceBox<Registry> = OnceBox::new();
        GLOBAL.get_or_init(|| {
            clock::now();
            let mut state = State::default();
            let linked = link::linked();
            if linked.is_err() || link::has_other_builds() {
                state.lasting_problems.push(Problem::SeveralBuilds);
            }
            drop(state.add_linked(linked.unwrap_or_default(), next_id));
            Box::new(Registry::with_state(state, Some(AtomicUsize::new(0)), false))
        })
    }

    /// Leaves out all metrics of a package, by the name in its `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// If no metric of that package is registered yet, if metrics were gathered already, or if a thread
    /// that changes the registry stands still.
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

    /// Puts `prefix` and a `_` before the names of all metrics of a package.
    ///
    /// # Errors
    ///
    /// If no metric of that package is registered, if the prefix cannot start a name, if metrics were
    /// gathered already, or if a thread that changes the registry stands still.
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

    /// Gives every series a label whose value is known only at start, such as a shard.
    ///
    /// # Errors
    ///
    /// If the name cannot be a label's, if a metric has a label of that name, if metrics were gathered
    /// already, or if a thread that changes the registry stands still.
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
        let changed = self.change(|state| {
            if state.is_gathered {
                return Err(SettingError::AlreadyGathered);
            }
            change(state)?;
            Ok(state.rebuild())
        });
        // What has left is dropped here.
        changed.unwrap_or(Err(SettingError::Stuck)).map(drop)
    }

    /// Changes the state when it is this thread's turn. What that takes out of it leaves as a value.
    /// Nothing is changed if the thread whose turn it is stands still.
    fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> Option<R> {
        self.change_within(PATIENCE, change)
    }

    fn change_within<R>(
        &self,
        patience: Duration,
        change: impl FnOnce(&mut State) -> R,
    ) -> Option<R> {
        let shared = &*self.shared;
        let recovered = || State::recovered(&shared.published.load());
        shared.state.with(patience, recovered, |state| {
            if shared.late.is_some() {
                state.add_late(next_id);
            }
            let changed = change(state);
            // Under the turn, so that no gather that comes later misses it.
            shared.is_changed.store(state.is_changed, Ordering::Release);
            // A gather that sees no late entry left relies on them being published, or on `is_changed`.
            if let Some(late) = &shared.late {
                late.store(state.late, Ordering::Release);
            }
            changed
        })
    }

    /// The families of this registry by name, with the names that they have on the page, its own
    /// `measurand_…` included. Those of collectors are among them as far as they were described or
    /// given before; families that are left out because of a conflict are not.
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

    /// Sets how long a gather waits for all its collectors together: 10 seconds without.
    ///
    /// The families of one that has not come to an end by then are left out of that gather, which is
    /// counted in `measurand_collector_timeouts_total`, logged once and reported by
    /// [`try_gather`](Registry::try_gather). Set less than the scraper's timeout, or such a scrape is lost
    /// as a whole: Prometheus waits 10 seconds unless it is told otherwise. It may be changed at any time,
    /// and concerns the gathers that start later.
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

/// A registry that its instances do not keep alive.
#[derive(Clone)]
pub(crate) struct WeakRegistry {
    shared: Weak<Shared>,
}

impl WeakRegistry {
    /// Takes the struct of that number out, if it is still in.
    fn remove(&self, id: u64) {
        let Some(shared) = self.shared.upgrade() else { return };
        let registry = Registry { shared, wrap: None };
        let set = registry.change(|state| state.sets.get(&id).cloned()).flatten();
        // Before it leaves, so that the lists find them gone.
        if let Some(set) = &set {
            set.clear_open_families();
        }
        let mut removed = Removed::default();
        registry.change(|state| state.remove(id, &mut removed));
        removed.refresh();
    }
}
