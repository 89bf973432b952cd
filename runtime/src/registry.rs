//! Registries: which metrics there are, and how they are gathered.

mod conflict;
mod labels;
mod list;
mod plan;
mod registered;
mod settings;
mod sink;

pub use conflict::{Conflict, Problem, ValidateError};
pub use labels::Labels;
pub use registered::{RegisterError, Registered};
pub use settings::SettingError;
pub use sink::{HistogramValue, Sink, Value};

use std::any::{Any, TypeId};
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

use crate::collect::{Collect, Declarations, Fields};
use crate::descriptor::Descriptor;
use crate::family::CollectFamily;
use crate::link::{self, Linked, SliceUnreadable};
use crate::storage::Version;
use list::{Source, address};
use plan::{Changes, Found, OpenOwner, OpenPart, Plan, Scratch};
use settings::Settings;

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
    scratch: Mutex<Vec<Scratch>>,
}

#[derive(Default)]
struct State {
    /// By number, which rises, so in the order of registration.
    sets: BTreeMap<u64, Set>,
    next_id: u64,
    /// The instances of each type, by their label values.
    instances: HashMap<TypeId, HashMap<Arc<[String]>, u64>>,
    settings: Settings,
    /// Why metrics of the binary are missing, if they are.
    link_error: Option<SliceUnreadable>,
    /// What the last gather walked; empty when families came or went since.
    plan: Option<Arc<Plan>>,
    /// What came and went since of families that the plan knows.
    changes: Changes,
    /// Set by the first gather, after which settings stay as they are.
    is_gathered: bool,
    /// What stands in the log already.
    logged: Vec<Problem>,
    /// What is to be dropped without the lock, since a destructor of the user's may come back.
    garbage: Vec<Box<dyn Any + Send + Sync>>,
}

/// A struct in the registry.
struct Set {
    fields: Owner,
    declarations: &'static Declarations,
    label_values: Arc<[String]>,
    /// What tells it from others of its type.
    key: Arc<[String]>,
    /// The type of an instance, and its [`Registered`].
    handle: Option<(TypeId, Weak<dyn Any + Send + Sync>)>,
}

#[derive(Clone)]
enum Owner {
    Static(&'static dyn Fields),
    Instance(Arc<dyn Fields>),
}

impl Registry {
    /// A registry without metrics.
    pub fn new() -> Registry {
        Registry::with_state(State::default())
    }

    fn with_state(state: State) -> Registry {
        let shared = Shared { state: Mutex::new(state), scratch: Mutex::new(Vec::new()) };
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
                Ok(linked) => {
                    for set in linked {
                        state.add(
                            Owner::Static(set.fields),
                            set.declarations,
                            Arc::default(),
                            Arc::default(),
                        );
                    }
                }
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
        let mut scratch = self.scratch().pop().unwrap_or_default();
        plan.gather(sink, &mut scratch);
        self.scratch().push(scratch);
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

    fn scratch(&self) -> MutexGuard<'_, Vec<Scratch>> {
        self.shared.scratch.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
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

impl Owner {
    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        match self {
            Owner::Static(fields) => fields.metric(index),
            Owner::Instance(fields) => fields.metric(index),
        }
    }

    /// Where the value of a metric comes from.
    fn source(&self, index: usize) -> Option<Source> {
        match self {
            Owner::Static(fields) => fields.metric(index).map(Source::Static),
            Owner::Instance(fields) => {
                Some(Source::Instance(fields.clone(), u16::try_from(index).ok()?))
            }
        }
    }

    /// Where the value of a closed family's series comes from.
    fn member(&self, index: usize, member: usize) -> Option<Source> {
        let member = u32::try_from(member).ok()?;
        match self {
            Owner::Static(fields) => {
                Some(Source::StaticMember(fields.metric(index)?.as_family()?, member))
            }
            Owner::Instance(fields) => {
                Some(Source::InstanceMember(fields.clone(), u16::try_from(index).ok()?, member))
            }
        }
    }

    fn open_owner(&self, index: usize) -> Option<OpenOwner> {
        match self {
            Owner::Static(fields) => Some(OpenOwner::Static(fields.metric(index)?.as_family()?)),
            Owner::Instance(fields) => Some(OpenOwner::Instance(fields.clone(), index)),
        }
    }
}

impl Set {
    /// The series of every metric of the struct.
    fn found(&self, settings: &Settings) -> impl Iterator<Item = (&'static Descriptor, Found)> {
        self.declarations.iter().enumerate().map(|(index, declared)| {
            let mut found = Found::default();
            self.find(index, declared, settings, &mut found);
            (declared, found)
        })
    }

    fn find(
        &self,
        index: usize,
        declared: &'static Descriptor,
        settings: &Settings,
        found: &mut Found,
    ) {
        let Some(metric) = self.fields.metric(index) else { return };
        let own = self.label_values.iter().map(|value| Cow::Owned(value.clone()));
        let before: Vec<Cow<'static, str>> = own.collect();
        let constant = declared.const_labels.iter().map(|(_, value)| Cow::Borrowed(*value));
        let behind: Vec<_> = constant.chain(settings.label_values()).collect();
        let Some(family) = metric.as_family() else {
            if let Some(source) = self.fields.source(index) {
                found.push(before.into_iter().chain(behind).collect(), source);
            }
            return;
        };
        let Some(members) = family.members() else {
            if let Some(owner) = self.fields.open_owner(index) {
                found.push_open(OpenPart { owner, before, behind, seen: Version::ZERO });
            }
            return;
        };
        for member in 0..members {
            let own = family.member_values(member).into_iter().map(Cow::Borrowed);
            let values = before.iter().cloned().chain(own).chain(behind.iter().cloned()).collect();
            if let Some(source) = self.fields.member(index, member) {
                found.push(values, source);
            }
        }
    }

    /// Shows the open families of an instance.
    fn open_families(&self, mut show: impl FnMut(&dyn CollectFamily)) {
        if matches!(self.fields, Owner::Static(_)) {
            return;
        }
        for index in 0..self.declarations.len() {
            let family = self.fields.metric(index).and_then(Collect::as_family);
            if let Some(family) = family.filter(|family| family.members().is_none()) {
                show(family);
            }
        }
    }

    /// Whether the last clone of it is gone.
    fn is_leaving(&self) -> bool {
        self.handle.as_ref().is_some_and(|(_, handle)| handle.strong_count() == 0)
    }

    fn registered<T: Fields>(&self) -> Option<Registered<T>> {
        let (_, handle) = self.handle.as_ref()?;
        Registered::from_handle(handle.upgrade()?)
    }
}

impl State {
    fn add(
        &mut self,
        fields: Owner,
        declarations: &'static Declarations,
        label_values: Arc<[String]>,
        key: Arc<[String]>,
    ) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let set = Set { fields, declarations, label_values, key, handle: None };
        match &self.plan {
            Some(plan) if declarations.iter().all(|declared| plan.knows(declared)) => {
                self.changes.add(set.found(&self.settings));
            }
            _ => self.forget_plan(),
        }
        self.sets.insert(id, set);
        id
    }

    fn remove(&mut self, id: u64) {
        let Some(set) = self.sets.remove(&id) else { return };
        // The lists drop series that were removed.
        set.open_families(|family| {
            family.remove_where(&mut |_| true);
        });
        if let Some((of_type, _)) = &set.handle
            && let Some(instances) = self.instances.get_mut(of_type)
            // Another one may have taken the place already.
            && instances.get(&set.key) == Some(&id)
        {
            instances.remove(&set.key);
        }
        match &set.fields {
            Owner::Instance(fields) if self.plan.is_some() => {
                self.changes.remove(address(fields), set.declarations.iter());
            }
            _ => self.forget_plan(),
        }
        self.garbage.push(Box::new(set));
    }

    /// The next gather makes a new one.
    fn forget_plan(&mut self) {
        let plan = self.plan.take();
        let changes = std::mem::take(&mut self.changes);
        self.garbage.push(Box::new((plan, changes)));
    }

    fn plan(&mut self) -> Arc<Plan> {
        let changes = std::mem::take(&mut self.changes);
        let plan = match &self.plan {
            Some(plan) => plan.clone(),
            None => Arc::new(self.make_plan()),
        };
        if changes.len() > 0 {
            self.garbage.push(Box::new(plan.apply(changes)));
        }
        self.plan = Some(plan.clone());
        plan
    }

    fn make_plan(&self) -> Plan {
        let mut builder = plan::Builder::new(&self.settings);
        if self.link_error.is_some() {
            builder.problem(Problem::SliceUnreadable);
        }
        for set in self.sets.values() {
            for (declared, found) in set.found(&self.settings) {
                builder.add(declared, found);
            }
        }
        builder.build()
    }

    /// The problems that are not in the log yet; they count as logged then.
    fn unlogged(&mut self, plan: &Plan) -> Vec<Problem> {
        let problems = plan.problems().iter();
        let news: Vec<_> =
            problems.filter(|problem| !self.logged.contains(problem)).cloned().collect();
        self.logged.extend_from_slice(&news);
        news
    }

    /// Takes the struct out again if one of its families conflicts with another.
    fn check_conflicts<T>(&mut self, id: u64) -> Result<(), RegisterError<T>> {
        let Some(set) = self.sets.get(&id) else { return Ok(()) };
        let declarations = set.declarations;
        let plan = self.plan();
        let conflict = plan.problems().iter().find_map(|problem| match problem {
            Problem::Conflict(conflict)
                if declarations.iter().any(|declared| conflict.concerns(declared)) =>
            {
                Some(conflict.clone())
            }
            _ => None,
        });
        match conflict {
            Some(conflict) => {
                self.remove(id);
                self.forget_plan();
                Err(RegisterError::Conflict(Box::new(conflict)))
            }
            None => Ok(()),
        }
    }

    /// A label set at start may not be declared as well.
    fn check_labels<T>(&self, declarations: &Declarations) -> Result<(), RegisterError<T>> {
        for descriptor in declarations.iter() {
            for (name, _) in &self.settings.labels {
                if has_label(descriptor, name) {
                    return Err(RegisterError::LabelTaken {
                        label: name.clone(),
                        metric: descriptor.name.clone().into_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    /// A metric that declares the label.
    fn find_label(&self, name: &str) -> Option<String> {
        self.sets
            .values()
            .flat_map(|set| set.declarations.iter())
            .find(|descriptor| has_label(descriptor, name))
            .map(|descriptor| descriptor.name.clone().into_owned())
    }

    fn packages(&self) -> Vec<&'static str> {
        let mut packages: Vec<_> = self
            .sets
            .values()
            .flat_map(|set| set.declarations.iter())
            .map(|descriptor| descriptor.location.package)
            .collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }
}

fn has_label(descriptor: &crate::descriptor::Descriptor, name: &str) -> bool {
    descriptor.label_names.contains(&name)
        || descriptor.const_labels.iter().any(|(label, _)| *label == name)
}
