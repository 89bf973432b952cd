//! What is in a registry: structs, and the families that their series are in.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet, TryReserveError};
use std::sync::{Arc, Weak};

use super::conflict::{Conflict, Problem};
use super::family::{Family, Found};
use super::own::OWN;
use super::registered::Refused;
use super::set::{Declared, Owner, Set};
use super::settings::Settings;
use crate::calls;
use crate::descriptor::{Descriptor, Location};
use crate::link::{self, Entry, Function, Linked, LinkedFunction, address};
use crate::memory;
use crate::naming::claims;
use crate::read::Fields;

/// Nothing is dropped in here that is a user's: what leaves is given back as a value.
#[derive(Default)]
pub(super) struct State {
    /// By number, which rises, so in the order of registration.
    pub(super) sets: BTreeMap<u64, Arc<Set>>,
    /// The instances of each type, by their label values.
    instances: HashMap<TypeId, HashMap<Arc<[String]>, u64>>,
    pub(super) settings: Settings,
    /// How many of the entries that came late were taken in.
    pub(super) late: usize,
    /// Problems that stay, whatever families come and go.
    pub(super) lasting_problems: Vec<Problem>,
    /// By name.
    families: BTreeMap<String, Entered>,
    /// Which family has a name that stands on a page.
    claimed: HashMap<String, Claim>,
    /// What keeps families off the page.
    pub(super) problems: Vec<Problem>,
    /// The families that the functions of a package have in common.
    of_functions: HashMap<&'static str, Declared>,
    /// Set by the first gather, after which settings stay as they are.
    pub(super) is_gathered: bool,
    /// How many of the problems stand in the log already.
    logged: Vec<Problem>,
    /// Whether families came or went since they were published.
    is_changed: bool,
}

/// What a gather needs of a registry. It is shared as a whole, so that a gather waits for nobody.
#[derive(Default)]
pub(super) struct Published {
    /// By name.
    pub(super) families: Vec<Arc<Family>>,
    pub(super) problems: u64,
    pub(super) settings: Settings,
    /// The names of the labels of the registry's own families.
    pub(super) own_names: [Vec<Cow<'static, str>>; OWN.len()],
    /// What was registered then, for a process that was forked while a thread held the state.
    sets: Vec<(u64, Weak<Set>)>,
}

/// A family with series of so many structs.
struct Entered {
    family: Arc<Family>,
    structs: usize,
}

#[derive(Clone)]
enum Claim {
    /// The registry's own family at an index.
    Own(usize),
    /// The family of this name.
    Family(String),
}

/// What left a registry. It is dropped when nobody waits for that.
#[derive(Default)]
#[must_use]
pub(super) struct Removed {
    sets: Vec<Arc<Set>>,
    families: Vec<Arc<Family>>,
    /// Families that nobody has scraped for long.
    pub(super) overdue: Vec<Arc<Family>>,
}

impl State {
    /// What is known of a registry whose state a fork has put out of reach.
    pub(super) fn recovered(published: &Published) -> State {
        let mut state = State {
            settings: published.settings.clone(),
            is_gathered: true,
            is_changed: true,
            ..State::default()
        };
        state.claim_own();
        for family in &published.families {
            state.enter(family.clone());
        }
        let sets = published.sets.iter().filter_map(|(id, set)| Some((id, set.upgrade()?)));
        for (id, set) in sets {
            for declared in set.declarations.iter() {
                if let Ok(Some(entered)) = state.family_of(declared) {
                    entered.structs += 1;
                }
            }
            if let Some((of_type, _)) = &set.handle {
                state.instances.entry(*of_type).or_default().insert(set.key.clone(), *id);
            }
            state.sets.insert(*id, set);
        }
        state
    }

    /// Adds what the binary declares, and everything else anew: by package, file and line, so that
    /// always the same one of two families that want one name stays. What came late is behind all
    /// that was there before.
    pub(super) fn rebuild(&mut self) -> Removed {
        let families = std::mem::take(&mut self.families).into_values();
        let families = families.map(|entered| entered.family).collect();
        self.claimed.clear();
        self.problems.clone_from(&self.lasting_problems);
        self.claim_own();
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
        self.is_changed = true;
        Removed { families, ..Removed::default() }
    }

    /// The registry's own families come before all.
    fn claim_own(&mut self) {
        for (index, own) in OWN.iter().enumerate() {
            for name in names(&own.descriptor) {
                self.claimed.insert(name, Claim::Own(index));
            }
        }
    }

    fn enter(&mut self, family: Arc<Family>) -> &mut Entered {
        let name = family.descriptor.name.clone().into_owned();
        for claimed in names(&family.descriptor) {
            self.claimed.insert(claimed, Claim::Family(name.clone()));
        }
        self.is_changed = true;
        self.families.entry(name).or_insert(Entered { family, structs: 0 })
    }

    /// The family that series of a declaration belong to, if there is one already; or the one that
    /// has its name.
    fn family_of(&mut self, declared: &Descriptor) -> Result<Option<&mut Entered>, Box<Conflict>> {
        let name = self.settings.name(declared);
        let is_same = |entered: &Entered| entered.family.descriptor.is_family_of(&name, declared);
        if self.families.get(name.as_ref()).is_some_and(is_same) {
            return Ok(self.families.get_mut(name.as_ref()));
        }
        let renamed = Descriptor { name, ..declared.clone() };
        let claim = names(&renamed).find_map(|name| self.claimed.get(&name).cloned());
        let stays = match claim {
            None => return Ok(None),
            Some(Claim::Own(index)) => &OWN[index].descriptor,
            Some(Claim::Family(name)) => match self.families.get(&name) {
                Some(entered) => &entered.family.descriptor,
                None => return Ok(None),
            },
        };
        Err(Box::new(Conflict::new(stays, &renamed)))
    }

    /// Puts the series of a metric into its family, which is made if need be.
    fn place(&mut self, set: &Arc<Set>, index: usize) -> Result<(), Box<Conflict>> {
        let Some(declared) = set.declarations.get(index) else { return Ok(()) };
        if self.settings.excludes(declared) {
            return Ok(());
        }
        if self.family_of(declared)?.is_none() {
            let descriptor = Descriptor { name: self.settings.name(declared), ..declared.clone() };
            self.enter(Arc::new(Family::new(descriptor, &self.settings)));
        }
        let found = Found::of(set, index);
        if let Some(entered) = self.family_of(declared)? {
            entered.structs += 1;
            entered.family.push(found);
        }
        Ok(())
    }

    fn report(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
            self.is_changed = true;
        }
    }

    /// Adds a struct unless one of its families conflicts with another.
    fn add(&mut self, id: u64, set: &Arc<Set>) -> Result<(), Box<Conflict>> {
        self.sets.insert(id, set.clone());
        for index in 0..set.declarations.len() {
            if let Err(conflict) = self.place(set, index) {
                // What it had is the caller's still, so nothing ends here.
                self.sets.remove(&id);
                self.take_out(id, set, index, &mut Removed::default());
                return Err(conflict);
            }
        }
        Ok(())
    }

    /// Adds a static struct; once more is no change.
    pub(super) fn add_static(&mut self, id: u64, linked: Linked) -> Result<(), Refused<()>> {
        if self.static_addresses().any(|other| other == address(linked.fields)) {
            return Ok(());
        }
        let set = Arc::new(Set::of_static(linked));
        self.check_labels(&set.declarations)?;
        self.add(id, &set).map_err(Refused::Conflict)
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
                // The last clone is being dropped, and waits for its turn to leave.
                None if is_same => self.remove(id, removed),
                // Another family of that name, with which this one conflicts.
                None => {}
            }
        }
        self.add(id, set).map_err(Refused::Conflict)?;
        self.instances.entry(of_type).or_default().insert(set.key.clone(), id);
        Ok(())
    }

    /// Adds what the linker has put together.
    pub(super) fn add_linked(
        &mut self,
        linked: &'static [Entry],
        mut next_id: impl FnMut() -> u64,
    ) -> Removed {
        let mut functions = Vec::new();
        for entry in linked {
            match entry {
                Entry::Struct(linked) => {
                    self.sets.insert(next_id(), Arc::new(Set::of_static(linked())));
                }
                Entry::Function(function) => functions.push(function),
            }
        }
        // Those of a package share their families, which stand where the first of them is.
        functions.sort_by_key(|function| function.function().location);
        for function in functions {
            let set = self.set_of_function(*function);
            self.sets.insert(next_id(), Arc::new(set));
        }
        self.rebuild()
    }

    fn set_of_function(&mut self, function: &'static dyn LinkedFunction) -> Set {
        let Function { name, module, location } = *function.function();
        let of_package = self.of_functions.entry(location.package);
        Set {
            fields: Owner::Static(function),
            declarations: of_package
                .or_insert_with(|| Declared::Made(calls::declarations(location)))
                .clone(),
            label_values: Arc::new([name.to_owned(), module.to_owned()]),
            key: Arc::default(),
            late: 0,
            handle: None,
        }
    }

    /// Takes in what the linker did not bring and was updated since. What is there stays: of a
    /// newcomer that conflicts with it the family is left out.
    pub(super) fn add_late(&mut self, mut next_id: impl FnMut() -> u64) {
        if link::late_len() <= self.late {
            return;
        }
        // It may have been registered by hand.
        let mut known: HashSet<_> = self.static_addresses().collect();
        for (entry, address) in link::late().skip(self.late) {
            self.late += 1;
            if !known.insert(address) {
                continue;
            }
            let set = match entry {
                Entry::Struct(linked) => Set::of_static(linked()),
                Entry::Function(function) => self.set_of_function(function),
            };
            let set = Arc::new(Set { late: self.late, ..set });
            self.is_changed = true;
            if let Err(Refused::LabelTaken { label, metric }) =
                self.check_labels::<()>(&set.declarations)
            {
                let problem = Problem::LabelTaken { label, metric };
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
            self.sets.insert(next_id(), set);
        }
    }

    /// Where the static structs and functions are that it has.
    fn static_addresses(&self) -> impl Iterator<Item = usize> {
        self.sets.values().filter_map(|set| match set.fields {
            Owner::Static(fields) => Some(address(fields)),
            Owner::Instance(_) => None,
        })
    }

    /// Takes a struct out.
    pub(super) fn remove(&mut self, id: u64, removed: &mut Removed) {
        let Some(set) = self.sets.remove(&id) else { return };
        if let Some((of_type, _)) = &set.handle
            && let Some(instances) = self.instances.get_mut(of_type)
            // Another one may have taken the place already.
            && instances.get(&set.key) == Some(&id)
        {
            instances.remove(&set.key);
        }
        let families = removed.families.len();
        self.take_out(id, &set, set.declarations.len(), removed);
        removed.sets.push(set);
        // What was left out for the sake of a family that is gone may have its place.
        let is_conflict = |problem: &Problem| matches!(problem, Problem::Conflict(_));
        if removed.families.len() > families && self.problems.iter().any(is_conflict) {
            removed.families.extend(self.rebuild().families);
        }
    }

    /// Takes the first so many metrics of a struct out of their families.
    fn take_out(&mut self, id: u64, set: &Arc<Set>, metrics: usize, removed: &mut Removed) {
        for (index, declared) in set.declarations.iter().enumerate().take(metrics) {
            if self.settings.excludes(declared) {
                continue;
            }
            let found = Found::of(set, index);
            let Ok(Some(entered)) = self.family_of(declared) else { continue };
            let family = entered.family.clone();
            entered.structs = entered.structs.saturating_sub(1);
            if entered.structs == 0 {
                self.leave(&family.descriptor);
                removed.families.push(family);
            } else if family.remove(id, found) {
                removed.overdue.push(family);
            }
        }
    }

    /// Takes a family out that no struct has series in.
    fn leave(&mut self, descriptor: &Descriptor) {
        self.families.remove(descriptor.name.as_ref());
        let name = descriptor.name.as_ref();
        for claimed in names(descriptor) {
            let is_own = |claim: &Claim| matches!(claim, Claim::Family(family) if family == name);
            if self.claimed.get(&claimed).is_some_and(is_own) {
                self.claimed.remove(&claimed);
            }
        }
        self.is_changed = true;
    }

    /// What has changed for gathers, if anything has and there is memory for it.
    pub(super) fn publish(&mut self) -> Result<Option<Published>, TryReserveError> {
        if !self.is_changed {
            return Ok(None);
        }
        let families = self.families.values().map(|entered| entered.family.clone());
        let published = Published {
            families: memory::collect(families)?,
            problems: self.problems.len() as u64,
            settings: self.settings.clone(),
            own_names: OWN.each_ref().map(|own| self.settings.label_names(&own.descriptor)),
            sets: memory::collect(self.sets.iter().map(|(id, set)| (*id, Arc::downgrade(set))))?,
        };
        self.is_changed = false;
        Ok(Some(published))
    }

    pub(super) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// The problems that are not in the log yet; they count as logged then.
    pub(super) fn unlogged(&mut self) -> Vec<Problem> {
        let problems = self.problems.iter();
        let news: Vec<_> =
            problems.filter(|problem| !self.logged.contains(problem)).cloned().collect();
        self.logged.extend_from_slice(&news);
        news
    }

    /// A label set at start may not be declared as well.
    fn check_labels<T>(&self, declarations: &Declared) -> Result<(), Refused<T>> {
        for descriptor in declarations.iter() {
            for (name, _) in &self.settings.labels {
                if has_label(descriptor, name) {
                    return Err(Refused::LabelTaken {
                        label: name.clone(),
                        metric: descriptor.name.clone().into_owned(),
                    });
                }
            }
        }
        Ok(())
    }

    /// A metric that declares the label.
    pub(super) fn find_label(&self, name: &str) -> Option<String> {
        self.descriptors()
            .find(|descriptor| has_label(descriptor, name))
            .map(|descriptor| descriptor.name.clone().into_owned())
    }

    /// Every declaration that was registered, as often as it was.
    pub(super) fn descriptors(&self) -> impl Iterator<Item = &Descriptor> {
        self.sets.values().flat_map(|set| set.declarations.iter())
    }

    pub(super) fn packages(&self) -> Vec<&'static str> {
        let mut packages: Vec<_> =
            self.descriptors().map(|descriptor| descriptor.location.package).collect();
        packages.sort_unstable();
        packages.dedup();
        packages
    }
}

/// The names that a family claims.
fn names(descriptor: &Descriptor) -> impl Iterator<Item = String> {
    let claims = claims(&descriptor.name, descriptor.kind).into_iter().flatten();
    let names: Vec<_> = claims.map(|(stem, suffix)| format!("{stem}{suffix}")).collect();
    names.into_iter()
}

fn has_label(descriptor: &Descriptor, name: &str) -> bool {
    descriptor.label_names().any(|label| label == name)
        || descriptor.const_labels.iter().any(|(label, _)| *label == name)
}
