//! The state of a registry: structs, collectors, and their families.

mod collected;

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, TryReserveError};
use std::sync::Arc;

use super::MOST_LOGGED;
use super::claims::Claims;
use super::conflict::{Conflict, MetricRefusal, Problem};
use super::family::{ListedFamily, NewRows};
use super::own;
use super::published::Published;
use super::registered::Refused;
use super::registered_collector::RegisteredCollector;
use super::set::{Descriptors, Owner, Set, SetKey};
use super::settings::Settings;
use super::wrap::Wrap;
use crate::descriptor::{Descriptor, Location};
use crate::link::{self, Entry, Linked, address};
use crate::memory;
use crate::naming::for_each_claim;
use crate::read::Fields;

/// The state of a registry. User values are never dropped in here: what is removed is returned.
#[derive(Default)]
pub(super) struct RegistryState {
    /// By number, which increases, so in the order of registration.
    pub(super) sets: BTreeMap<u64, Arc<Set>>,
    /// The instances of each type.
    instances: HashMap<TypeId, HashMap<SetKey, u64>>,
    pub(super) settings: Settings,
    /// How many late link-time entries were added.
    pub(super) late: usize,
    /// Problems that remain whatever families are added and removed.
    pub(super) lasting_problems: Vec<Problem>,
    /// By name.
    families: BTreeMap<String, FamilyEntry>,
    /// By number.
    collectors: BTreeMap<u64, Collecting>,
    /// The collectors with points that cannot be shown.
    faulty: BTreeSet<u64>,
    /// The family that claims a name, for itself or for one of its samples.
    claimed: HashMap<String, String>,
    /// What keeps families off the page.
    pub(super) problems: Vec<Problem>,
    /// Set by the first gather, after which settings cannot change.
    pub(super) is_gathered: bool,
    /// The problems that were logged already.
    logged: Vec<Problem>,
    /// Whether families were added or removed since they were published.
    pub(super) is_changed: bool,
}

/// A family, with the number of structs and collectors that it has series of.
struct FamilyEntry {
    family: Arc<ListedFamily>,
    structs: usize,
    collectors: usize,
    /// Whether it is one of the registry's own families.
    is_own: bool,
}

/// A collector, and what is known about its families.
struct Collecting {
    entry: Arc<RegisteredCollector>,
    claims: Arc<Claims>,
}

/// What was removed from a registry, to be dropped after the turn.
#[derive(Default)]
#[must_use]
pub(super) struct Removed {
    sets: Vec<Arc<Set>>,
    families: Vec<Arc<ListedFamily>>,
    collectors: Vec<Arc<RegisteredCollector>>,
    /// Families whose lists have to be updated, since many structs were removed without a gather.
    overdue: Vec<Arc<ListedFamily>>,
}

impl Removed {
    /// Updates the lists of families that are not scraped, so that removed structs do not pile up.
    pub(super) fn refresh(&self) {
        self.overdue.iter().for_each(|family| drop(family.refresh()));
    }
}

impl RegistryState {
    /// Restores the state of a registry that was locked by another thread at a fork.
    pub(super) fn recovered(published: &Published) -> RegistryState {
        let mut state = RegistryState {
            settings: published.settings.clone(),
            is_gathered: true,
            is_changed: true,
            ..RegistryState::default()
        };
        for family in &published.families {
            state.enter(family.clone());
        }
        state.enter_own();
        let sets = published.sets.iter().filter_map(|(id, set)| Some((id, set.upgrade()?)));
        for (id, set) in sets {
            for declared in set.declarations.iter() {
                if let Ok(Some(entered)) = state.family_of_series(declared) {
                    entered.structs += 1;
                }
            }
            if let Some((of_type, _)) = &set.handle {
                state.instances.entry(*of_type).or_default().insert(set.key.clone(), *id);
            }
            state.sets.insert(*id, set);
        }
        for (id, entry, claims) in &published.collectors {
            let Some(entry) = entry.upgrade() else { continue };
            for claim in claims.claims.iter().filter(|claim| claim.refusal.is_none()) {
                if let Some(entered) = state.families.get_mut(claim.shown.name()) {
                    entered.collectors += 1;
                }
            }
            state.put_collector(*id, Collecting { entry, claims: claims.clone() });
        }
        state
    }

    /// Returns the same state with families that were never gathered.
    pub(super) fn ungathered(&self) -> RegistryState {
        let collectors = self.collectors.iter().map(|(id, collecting)| {
            let Collecting { entry, claims } = collecting;
            (*id, Collecting { entry: entry.clone(), claims: claims.clone() })
        });
        let mut state = RegistryState {
            sets: self.sets.clone(),
            settings: self.settings.clone(),
            late: self.late,
            lasting_problems: self.lasting_problems.clone(),
            collectors: collectors.collect(),
            faulty: self.faulty.clone(),
            // Known problems are logged by the original state.
            logged: self.all_problems().cloned().collect(),
            ..RegistryState::default()
        };
        // There were no families, so none was removed.
        drop(state.rebuild());
        state
    }

    /// Enters all families anew, sorted by package, file and line, so that of two families that
    /// claim one name always the same one stays. Late link-time entries come after all others.
    pub(super) fn rebuild(&mut self) -> Removed {
        let families = std::mem::take(&mut self.families).into_values();
        let families = families.map(|entered| entered.family).collect();
        self.claimed.clear();
        self.problems.clone_from(&self.lasting_problems);
        self.enter_own();
        let sets = self.sets.values().cloned();
        let mut all: Vec<_> = sets
            .flat_map(|set| (0..set.declarations.len()).map(move |index| (set.clone(), index)))
            .collect();
        fn key((set, index): &(Arc<Set>, usize)) -> (usize, Option<(Location, &str)>) {
            let declared = set.declarations.get(*index);
            (set.late, declared.map(|declared| (declared.location, declared.name())))
        }
        all.sort_by(|a, b| key(a).cmp(&key(b)));
        for (set, index) in all {
            if let Err(conflict) = self.place(&set, index) {
                self.report(Problem::Conflict(*conflict));
            }
        }
        // Families that are not described are entered when their collector gives them again.
        for id in Vec::from_iter(self.collectors.keys().copied()) {
            self.change_claims(id, |state, claims| {
                claims.problems.clear();
                claims.claims.retain(|claim| claim.is_described);
                for claim in &mut claims.claims {
                    claim.refusal = state.claim(&claim.shown).err().map(Problem::from);
                }
            });
        }
        self.is_changed = true;
        Removed { families, ..Removed::default() }
    }

    /// Enters the registry's own families, which come first.
    fn enter_own(&mut self) {
        for claim in &own::claims().claims {
            if !self.families.contains_key(claim.descriptor.name()) {
                let descriptor = Descriptor::clone(&claim.descriptor);
                self.enter(Arc::new(ListedFamily::new(descriptor, &self.settings)));
            }
            if let Some(entered) = self.families.get_mut(claim.descriptor.name()) {
                entered.is_own = true;
            }
        }
    }

    fn enter(&mut self, family: Arc<ListedFamily>) -> &mut FamilyEntry {
        let name = family.descriptor.name.clone().into_owned();
        for claimed in names(&family.descriptor) {
            self.claimed.insert(claimed, name.clone());
        }
        self.is_changed = true;
        let new =
            || FamilyEntry { family: family.clone(), structs: 0, collectors: 0, is_own: false };
        let entered = self.families.entry(name).or_insert_with(new);
        entered.family = family;
        entered
    }

    /// Returns the family that the series of a declaration belong to, or `None` if there is none; a
    /// conflict if another family claims the name. If the family only has points of collectors, it
    /// need only look the same on the page.
    fn family_of_series(
        &mut self,
        declared: &Descriptor,
    ) -> Result<Option<&mut FamilyEntry>, Box<Conflict>> {
        self.family_of(self.settings.name(declared), declared, |name, entered| {
            let family = &entered.family.descriptor;
            match entered.structs {
                0 => family.shows_as(name, declared),
                _ => family.is_family_of(name, declared),
            }
        })
    }

    /// Returns the family of that name if it fits, or `None` if there is none; a conflict if
    /// another family claims the name.
    fn family_of(
        &mut self,
        name: Cow<'static, str>,
        declared: &Descriptor,
        fits: impl Fn(&str, &FamilyEntry) -> bool,
    ) -> Result<Option<&mut FamilyEntry>, Box<Conflict>> {
        let is_same = |entered: &FamilyEntry| !entered.is_own && fits(&name, entered);
        if self.families.get(name.as_ref()).is_some_and(is_same) {
            return Ok(self.families.get_mut(name.as_ref()));
        }
        let renamed = Descriptor { name, ..declared.clone() };
        let claimed = names(&renamed).find_map(|name| self.claimed.get(&name));
        match claimed.and_then(|name| self.families.get(name)) {
            Some(stays) => Err(Box::new(Conflict::new(&stays.family.descriptor, &renamed))),
            None => Ok(None),
        }
    }

    /// Adds the series of a metric to its family, which is created if necessary.
    fn place(&mut self, set: &Arc<Set>, index: usize) -> Result<(), Box<Conflict>> {
        let Some(declared) = set.declarations.get(index) else { return Ok(()) };
        if self.settings.excludes(declared) {
            return Ok(());
        }
        let is_new = match self.family_of_series(declared)? {
            None => true,
            // It has no series of structs, so replacing it drops nothing of a user.
            Some(entered) => entered.structs == 0,
        };
        if is_new {
            let descriptor = Descriptor { name: self.settings.name(declared), ..declared.clone() };
            let family = Arc::new(ListedFamily::new(descriptor, &self.settings));
            self.enter(family);
        }
        let found = NewRows::of(set, index);
        if let Some(entered) = self.family_of_series(declared)? {
            entered.structs += 1;
            entered.family.push(found);
        }
        Ok(())
    }

    /// Enters all families anew if any of `removed`, after the first `before`, may have caused a
    /// conflict.
    fn retry_conflicts(&mut self, removed: &mut Removed, before: usize) {
        let is_conflict = |problem: &Problem| matches!(problem, Problem::Conflict(_));
        if removed.families.len() > before && self.all_problems().any(is_conflict) {
            removed.families.extend(self.rebuild().families);
        }
    }

    /// Returns everything that keeps families and points off the page.
    pub(super) fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        let faulty = self.faulty.iter().filter_map(|id| self.collectors.get(id));
        self.problems.iter().chain(faulty.flat_map(|faulty| faulty.claims.all_problems()))
    }

    fn report(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
            self.is_changed = true;
        }
    }

    /// Adds a struct, unless one of its families conflicts with another.
    fn add(&mut self, id: u64, set: &Arc<Set>) -> Result<(), MetricRefusal> {
        self.sets.insert(id, set.clone());
        for index in 0..set.declarations.len() {
            if let Err(conflict) = self.place(set, index) {
                // The caller still has the struct, so nothing is dropped here.
                self.sets.remove(&id);
                self.take_out(id, set, index, &mut Removed::default());
                return Err(conflict.into());
            }
        }
        Ok(())
    }

    /// Adds a static struct, or does nothing if it is registered already.
    pub(super) fn add_static(
        &mut self,
        id: u64,
        linked: Linked,
        wrap: Option<&Arc<Wrap>>,
    ) -> Result<(), Refused<()>> {
        if self.statics(wrap).any(|(_, other)| other == linked.address()) {
            return Ok(());
        }
        let set = Arc::new(Set::of_static(id, linked).through(wrap)?);
        self.check_labels(&set.declarations)?;
        Ok(self.add(id, &set)?)
    }

    /// Adds an instance.
    pub(super) fn add_instance<T: Fields>(
        &mut self,
        id: u64,
        set: &Arc<Set>,
        removed: &mut Removed,
    ) -> Result<(), Refused<T>> {
        self.check_labels(&set.declarations)?;
        let Some((of_type, _)) = set.handle else { return Ok(()) };
        let same_key = self.instances.entry(of_type).or_default().get(&set.key).copied();
        if let Some((id, other)) = same_key.and_then(|id| Some((id, self.sets.get(&id)?.clone()))) {
            let is_same = other.declarations.is_same(&set.declarations);
            match is_same.then(|| other.registered::<T>()).flatten() {
                Some(existing) => return Err(Refused::Existing(existing)),
                // Its last handle is being dropped, and waits for the turn to remove it.
                None if is_same => self.remove(id, removed),
                // Another family of that name, which leads to a conflict below.
                None => {}
            }
        }
        self.add(id, set)?;
        self.instances.entry(of_type).or_default().insert(set.key.clone(), id);
        Ok(())
    }

    /// Adds the entries of the link-time list.
    pub(super) fn add_linked(
        &mut self,
        linked: &'static [Entry],
        mut next_id: impl FnMut() -> u64,
    ) -> Removed {
        for entry in linked {
            let id = next_id();
            self.sets.insert(id, Arc::new(Set::of_static(id, entry())));
        }
        self.rebuild()
    }

    /// Adds structs that are missing from the link-time list and were updated since. Existing
    /// families stay: of a late struct that conflicts with one, only the conflicting family is left
    /// out.
    pub(super) fn add_late(&mut self, mut next_id: impl FnMut() -> u64) {
        if link::late_len() <= self.late {
            return;
        }
        // Some may have been registered explicitly.
        let mut known: HashSet<_> = self.statics(None).map(|(_, address)| address).collect();
        for linked in link::late().skip(self.late) {
            self.late += 1;
            if !known.insert(linked.address()) {
                continue;
            }
            let id = next_id();
            let set = Arc::new(Set { late: self.late, ..Set::of_static(id, linked) });
            self.is_changed = true;
            if let Err(refusal) = self.check_labels(&set.declarations) {
                let problem = Problem::from(refusal);
                if !self.lasting_problems.contains(&problem) {
                    self.lasting_problems.push(problem.clone());
                }
                self.report(problem);
                continue;
            }
            for index in 0..set.declarations.len() {
                if let Err(conflict) = self.place(&set, index) {
                    self.report(Problem::Conflict(*conflict));
                }
            }
            self.sets.insert(id, set);
        }
    }

    /// Returns the numbers and addresses of the static structs and functions that were registered
    /// through `wrap`.
    fn statics(&self, wrap: Option<&Arc<Wrap>>) -> impl Iterator<Item = (u64, usize)> {
        let of_view = move |(_, set): &(&u64, &Arc<Set>)| set.key.wrap.as_ref() == wrap;
        self.sets.iter().filter(of_view).filter_map(|(id, set)| match set.fields {
            Owner::Static(fields) => Some((*id, address(fields))),
            Owner::Instance(_) => None,
        })
    }

    /// Removes a static struct, and returns whether it was registered.
    pub(super) fn remove_static(
        &mut self,
        address: usize,
        wrap: Option<&Arc<Wrap>>,
        removed: &mut Removed,
    ) -> bool {
        let id = self.statics(wrap).find(|(_, other)| *other == address).map(|(id, _)| id);
        if let Some(id) = id {
            self.remove(id, removed);
        }
        id.is_some()
    }

    /// Removes a struct or a collector.
    pub(super) fn remove(&mut self, id: u64, removed: &mut Removed) {
        let families = removed.families.len();
        if let Some(Collecting { entry, claims }) = self.collectors.remove(&id) {
            claims.claims.iter().for_each(|claim| self.release(claim, removed));
            removed.collectors.push(entry);
            self.faulty.remove(&id);
            self.is_changed = true;
            return self.retry_conflicts(removed, families);
        }
        let Some(set) = self.sets.remove(&id) else { return };
        if let Some((of_type, _)) = &set.handle
            && let Some(instances) = self.instances.get_mut(of_type)
            // Another instance may have taken the place already.
            && instances.get(&set.key) == Some(&id)
        {
            instances.remove(&set.key);
        }
        self.take_out(id, &set, set.declarations.len(), removed);
        removed.sets.push(set);
        self.retry_conflicts(removed, families);
    }

    /// Removes the first `metrics` metrics of a struct from their families.
    fn take_out(&mut self, id: u64, set: &Arc<Set>, metrics: usize, removed: &mut Removed) {
        for (index, declared) in set.declarations.iter().enumerate().take(metrics) {
            if self.settings.excludes(declared) {
                continue;
            }
            let found = NewRows::of(set, index);
            let Ok(Some(entered)) = self.family_of_series(declared) else { continue };
            let family = entered.family.clone();
            entered.structs = entered.structs.saturating_sub(1);
            match (entered.structs, entered.collectors) {
                (0, 0) => self.leave(&family.descriptor),
                (0, _) => {
                    // A new list, which no longer refers to the removed series.
                    let fresh = ListedFamily::new(family.descriptor.clone(), &self.settings);
                    self.enter(Arc::new(fresh));
                }
                _ => {
                    if family.remove(id, found) {
                        removed.overdue.push(family);
                    }
                    continue;
                }
            }
            removed.families.push(family);
        }
    }

    /// Removes a family that is not used any more.
    fn leave(&mut self, descriptor: &Descriptor) {
        self.families.remove(descriptor.name.as_ref());
        let name = descriptor.name.as_ref();
        for claimed in names(descriptor) {
            if self.claimed.get(&claimed).is_some_and(|family| family == name) {
                self.claimed.remove(&claimed);
            }
        }
        self.is_changed = true;
    }

    /// Returns what gathers read, if it has changed.
    pub(super) fn publish(&mut self) -> Result<Option<Published>, TryReserveError> {
        if !self.is_changed {
            return Ok(None);
        }
        let families = self.families.values().map(|entered| entered.family.clone());
        let collectors = self.collectors.iter().map(|(id, collecting)| {
            (*id, Arc::downgrade(&collecting.entry), collecting.claims.clone())
        });
        let published = Published {
            families: memory::collect(families)?,
            problems: self.all_problems().cloned().collect(),
            settings: self.settings.clone(),
            collectors: memory::collect(collectors)?,
            sets: memory::collect(self.sets.iter().map(|(id, set)| (*id, Arc::downgrade(set))))?,
        };
        self.is_changed = false;
        Ok(Some(published))
    }

    pub(super) fn has_collectors(&self) -> bool {
        !self.collectors.is_empty()
    }

    /// Returns the problems that were not logged yet, and notes them as logged.
    pub(super) fn unlogged(&mut self) -> Vec<Problem> {
        let news = self.all_problems().filter(|problem| !self.logged.contains(problem));
        let news: Vec<_> =
            news.take(MOST_LOGGED.saturating_sub(self.logged.len())).cloned().collect();
        self.logged.extend_from_slice(&news);
        news
    }

    /// Checks that no metric declares a label that was set for every series.
    fn check_labels(&self, declarations: &Descriptors) -> Result<(), MetricRefusal> {
        for descriptor in declarations.iter() {
            if let Some(label) = self.label_taken(descriptor) {
                let metric = descriptor.name().to_owned();
                return Err(MetricRefusal::LabelTaken { label: label.to_owned(), metric });
            }
        }
        Ok(())
    }

    /// Returns a label that a metric declares although it was set for every series.
    fn label_taken(&self, descriptor: &Descriptor) -> Option<&str> {
        let mut labels = self.settings.labels.iter().map(|(name, _)| name.as_str());
        labels.find(|name| descriptor.has_label(name))
    }

    /// Returns the name of a metric that declares a label.
    pub(super) fn find_label(&self, name: &str) -> Option<String> {
        self.declared()
            .chain(self.described())
            .find(|descriptor| descriptor.has_label(name))
            .map(|descriptor| descriptor.name.clone().into_owned())
    }

    /// Returns the families on the page, by name.
    pub(super) fn families(&self) -> impl Iterator<Item = &Descriptor> {
        self.families.values().map(|entered| &entered.family.descriptor)
    }

    /// Returns every declaration, once for each struct that it was registered with.
    pub(super) fn declared(&self) -> impl Iterator<Item = &Descriptor> {
        self.sets.values().flat_map(|set| set.declarations.iter())
    }

    /// Returns the known families of collectors.
    pub(super) fn described(&self) -> impl Iterator<Item = &Descriptor> {
        let claims = self.collectors.values().flat_map(|collecting| &collecting.claims.claims);
        claims.map(|claim| &*claim.shown)
    }

    pub(super) fn packages(&self) -> Vec<&'static str> {
        let mut packages: Vec<_> =
            self.declared().map(|descriptor| descriptor.location.package).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }
}

/// Returns all names that a family claims.
fn names(descriptor: &Descriptor) -> impl Iterator<Item = String> {
    let mut names = Vec::new();
    for_each_claim(&descriptor.name, descriptor.kind, |stem, suffix| {
        names.push(format!("{stem}{suffix}"));
    });
    names.into_iter()
}
