//! Registries: which metrics there are, and how they are gathered.

mod arranged;
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
mod published;
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

pub use collector::Collector;
pub use conflict::{Conflict, PointProblem, Problem, ValidateError};
pub use gather::{Gather, GatherError};
pub use given::Points;
pub use lint::Lint;
pub use registered::{RegisterError, Registered};
pub use registries::Registries;
pub use report::Report;
pub use settings::SettingError;

use std::collections::TryReserveError;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

use crate::descriptor::Descriptor;
use crate::idle::Idle;
use crate::link::{self, Linked};
use crate::read::{Declarations, Fields};
pub use crate::read::{
    Flow, HistogramValue, Labels, NativeValue, Point, Sink, SummaryValue, Value,
};
use crate::turn::{Guarded, PATIENCE};
use crate::{clock, process, storage};
use arranged::Arranged;
use claims::Claims;
use gather::Scratch;
use given::Given;
use published::Published;
use registered::{Numbered, Refused, Title};
use registrant::Registrant;
use set::{Declared, Key, Owner, Set};
use state::{Removed, State};
use wrap::Wrap;

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
}

/// How long a gather waits for a thread that changes the state. After that it shows the families
/// that it knows.
const GATHER_PATIENCE: Duration = Duration::from_secs(1);

/// No more problems than this are written to the log.
const MOST_LOGGED: usize = 1_000;

/// How long collectors have unless somebody says otherwise.
const COLLECTOR_TIMEOUT: Duration = Duration::from_secs(10);

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// What families are walked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Gather,
    /// Settings may change after it still.
    Check,
}

/// Takes nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Stop
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        Flow::Stop
    }
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
        Registry::with_state(state, None)
    }

    fn with_state(state: State, late: Option<AtomicUsize>) -> Registry {
        let shared = Shared {
            state: Guarded::new(state),
            published: ArcSwap::default(),
            is_changed: AtomicBool::new(true),
            late,
            scratch: Idle::new(),
            collector_timeout: AtomicU64::new(nanoseconds(COLLECTOR_TIMEOUT)),
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
            Box::new(Registry::with_state(state, Some(AtomicUsize::new(0))))
        })
    }

    /// Leaves out all metrics of a package, by the name in its `Cargo.toml`.
    ///
    /// # Errors
    ///
    /// If no metric of that package is registered yet, or if metrics were gathered already.
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
            if let Some(late) = &shared.late {
                state.add_late(next_id);
                late.store(state.late, Ordering::Release);
            }
            let changed = change(state);
            // Under the turn, so that no gather that comes later misses it.
            shared.is_changed.store(state.is_changed, Ordering::Release);
            changed
        })
    }

    /// Checks that no two families want the same name, and that the binary holds one build of this
    /// crate.
    ///
    /// The same is found by the first gather, which leaves out the later of two families, counts each
    /// problem in `measurand_conflicts` and logs it. Call this in a test to find it earlier:
    ///
    /// ```
    /// measurand::Registry::global().validate()?;
    /// # Ok::<(), measurand::registry::ValidateError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// With every problem, and where both families of a conflict are declared. Collectors are run, so that
    /// it knows theirs; one that panics is a problem.
    pub fn validate(&self) -> Result<(), ValidateError> {
        let mut report = Report::default();
        if self.change(|state| state.has_collectors()) == Some(true) {
            // What there is no memory for is not known.
            report = self.pour(&mut Nowhere, Purpose::Check).unwrap_or_default();
        }
        let problems = self.change(|state| state.all_problems().cloned().collect());
        let mut problems: Vec<_> = problems.unwrap_or_default();
        problems.extend_from_slice(report.of_gather());
        if problems.is_empty() { Ok(()) } else { Err(ValidateError::new(problems)) }
    }

    /// Pours every family and its series into `sink`: families by name, series by label values.
    ///
    /// Metrics may be updated and registered meanwhile: no lock is held while the sink runs. What is left
    /// out of the page is in the report that it returns; it is also logged and counted.
    ///
    /// If there is no memory for the list of the series, this ends the process, as does whatever
    /// grows a `Vec`; [`try_gather`](Registry::try_gather) does not.
    pub fn gather(&self, sink: &mut dyn Sink) -> Report {
        self.try_gather(sink).unwrap_or_else(|error| error.end_process())
    }

    /// Does the same where memory may be short.
    ///
    /// # Errors
    ///
    /// If there is no memory for the list of the series; the sink was then shown nothing.
    ///
    /// ```
    /// use measurand::registry::{Flow, Labels, Point, Sink};
    /// use measurand::{Descriptor, Registry};
    ///
    /// struct Nowhere;
    ///
    /// impl Sink for Nowhere {
    ///     fn family(&mut self, _: &Descriptor) -> Flow {
    ///         Flow::Skip
    ///     }
    ///     fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
    ///         Flow::Continue
    ///     }
    /// }
    ///
    /// let report = Registry::new().try_gather(&mut Nowhere)?;
    /// assert!(report.is_whole());
    /// # Ok::<(), measurand::registry::GatherError>(())
    /// ```
    pub fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        self.pour(sink, Purpose::Gather)
    }

    fn pour(&self, sink: &mut dyn Sink, purpose: Purpose) -> Result<Report, GatherError> {
        if process::is_forked() {
            storage::after_fork();
        }
        let mut scratch = self.shared.scratch.take();
        let published = self.collected(&mut scratch, purpose)?;
        let problems = |given: &Arranged| self.problems(given, &published, purpose);
        let gathered = published.gather(sink, &mut scratch, problems);
        self.shared.scratch.put(scratch);
        gathered
    }

    /// The families, with those of what collectors give now.
    fn collected(
        &self,
        scratch: &mut Scratch,
        purpose: Purpose,
    ) -> Result<Arc<Published>, GatherError> {
        let Scratch { given, failed, rounds, .. } = scratch;
        let published = self.published(purpose)?;
        if published.collectors.is_empty() {
            return Ok(published);
        }
        let timeout = Duration::from_nanos(self.shared.collector_timeout.load(Ordering::Relaxed));
        rounds.collect(&published.collectors, given, failed, timeout);
        given.shortage()?;
        let is_new = |(id, _, claims): &(u64, _, Arc<Claims>)| given.has_news_of(*id, claims);
        if published.collectors.iter().any(is_new) {
            let mut removed = Removed::default();
            // If the state cannot be had, what is new is left out.
            self.change_within(GATHER_PATIENCE, |state| state.settle(given, &mut removed));
        }
        Ok(self.published(purpose)?)
    }

    /// What keeps metrics off the page, with what is wrong with the points that were given.
    fn problems(
        &self,
        given: &Arranged,
        published: &Published,
        purpose: Purpose,
    ) -> Result<Arc<[Problem]>, TryReserveError> {
        let is_known = |run: &Given| {
            let known = published.claims(run.owner).map_or(&[][..], |claims| &claims.problems);
            known == run.problems()
        };
        if given.runs().iter().all(is_known) {
            return Ok(published.problems.clone());
        }
        self.change_within(GATHER_PATIENCE, |state| state.set_problems(given));
        Ok(self.published(purpose)?.problems.clone())
    }

    /// The families, with all that was registered before.
    fn published(&self, purpose: Purpose) -> Result<Arc<Published>, TryReserveError> {
        let late = self.shared.late.as_ref().map(|late| late.load(Ordering::Acquire));
        let has_late = late.is_some_and(|late| late < link::late_len());
        if !has_late && !self.shared.is_changed.load(Ordering::Acquire) {
            return Ok(self.shared.published.load_full());
        }
        type Changed = Result<(Option<Arc<Published>>, Vec<Problem>), TryReserveError>;
        let changed = self.change_within(GATHER_PATIENCE, |state| -> Changed {
            let old = state.publish()?.map(|new| self.shared.published.swap(Arc::new(new)));
            if purpose == Purpose::Check {
                // A gather has to come here still.
                state.is_changed = true;
                return Ok((old, Vec::new()));
            }
            state.is_gathered = true;
            Ok((old, state.unlogged()))
        });
        let Some((old, news)) = changed.transpose()? else {
            return Ok(self.shared.published.load_full());
        };
        // What has left is the users', and a logger may come back to this registry.
        drop(old);
        news.iter().for_each(|problem| log::error!("{problem}"));
        Ok(self.shared.published.load_full())
    }

    /// Adds a collector, which is run at each gather. Its families leave with the last clone of what is
    /// returned; [`leak`](Registered::leak) it if it shall stay.
    ///
    /// Packages that are left out or prefixed do not concern it; the labels of
    /// [`set_label`](Registry::set_label) are added.
    ///
    /// # Errors
    ///
    /// If a family that it describes conflicts with another one, or has a label that is set for all.
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
        let claims = Claims::of(collector.describe(), self.wrap.clone());
        let collector = Arc::new(Numbered { id: next_id(), metrics: collector });
        let registry = WeakRegistry { shared: Arc::downgrade(&self.shared) };
        let title = Title::Collector(std::any::type_name::<C>());
        let (registered, _) = Registered::new(collector.clone(), registry, title.clone());
        let entry = Arc::new(Registrant::new(collector));
        let mut removed = Removed::default();
        let added = claims.map_err(Refused::from).map(|claims| {
            self.change(|state| state.add_collector(entry.clone(), claims, &mut removed))
        });
        into_result(added.unwrap_or_else(|unfit| Some(Err(unfit))))
            .map_err(|refused| RegisterError::new(&title, refused))?;
        Ok(registered)
    }

    /// How long a gather waits for its collectors, all together: 10 seconds unless this says otherwise.
    ///
    /// The families of one that has not come to an end by then are left out of that gather, which is
    /// counted in `measurand_collector_timeouts_total`, logged once and reported by
    /// [`try_gather`](Registry::try_gather). It should be less than the time a scraper waits, which is 10
    /// seconds for Prometheus. It may be changed at any time, and concerns the gathers that start later.
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

    /// Adds a static struct; once more is no change.
    pub(crate) fn register_static<T>(&self, linked: Linked) -> Result<(), RegisterError<()>> {
        let wrap = self.wrap.as_ref();
        let added = self.change(|state| state.add_static(next_id(), linked, wrap));
        let title = Title::of::<T>(linked.declarations, Arc::default());
        into_result(added).map_err(|refused| RegisterError::new(&title, refused))
    }

    /// Adds an instance, whose series leave with the last clone of what is returned.
    pub(crate) fn register_instance<T: Fields>(
        &self,
        metrics: T,
        declarations: &'static Declarations,
        label_values: Vec<String>,
    ) -> Result<Registered<T>, RegisterError<T>> {
        let label_values: Arc<[String]> = label_values.into();
        let title = Title::of::<T>(declarations, label_values.clone());
        let declared = Declared::Linked(declarations);
        self.register_owned(metrics, declared, title, (label_values.clone(), label_values))
    }

    /// Adds a family that is made at run time, which leaves with the last clone of what is
    /// returned.
    pub(crate) fn register_family<T: Fields>(
        &self,
        family: T,
        descriptor: Descriptor,
    ) -> Result<Registered<T>, RegisterError<T>> {
        let name = descriptor.name().to_owned();
        let key = Arc::new([name.clone()]);
        let declared = Declared::Made(Arc::new([descriptor]));
        self.register_owned(family, declared, Title::Family(name), (Arc::default(), key))
    }

    fn register_owned<T: Fields>(
        &self,
        metrics: T,
        declarations: Declared,
        title: Title,
        (label_values, key): (Arc<[String]>, Arc<[String]>),
    ) -> Result<Registered<T>, RegisterError<T>> {
        let id = next_id();
        let metrics = Arc::new(Numbered { id, metrics });
        let registry = WeakRegistry { shared: Arc::downgrade(&self.shared) };
        let (registered, handle) = Registered::new(metrics.clone(), registry, title.clone());
        let fields = Owner::Instance(metrics);
        let handle = Some(handle);
        let key = Key { values: key, wrap: None };
        let created = clock::now();
        let set = Set { fields, declarations, label_values, key, created, late: 0, handle };
        let mut removed = Removed::default();
        let added = set.through(self.wrap.as_ref()).map_err(Refused::from).map(|set| {
            let set = Arc::new(set);
            // What was refused is dropped behind it.
            self.change(|state| state.add_instance(id, &set, &mut removed))
        });
        into_result(added.unwrap_or_else(|unfit| Some(Err(unfit))))
            .map_err(|refused| RegisterError::new(&title, refused))?;
        Ok(registered)
    }
}

/// Nothing is why where the state could not be had.
fn into_result<T>(added: Option<Result<(), Refused<T>>>) -> Result<(), Option<Refused<T>>> {
    added.ok_or(None)?.map_err(Some)
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
        // Where nobody scrapes, what has left would pile up.
        removed.overdue.iter().for_each(|family| drop(family.refresh()));
    }
}
