//! What is in a registry: structs, and the families that their series are in.

mod collected;

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, TryReserveError};
use std::sync::Arc;

use super::MOST_LOGGED;
use super::claims::Claims;
use super::conflict::{Conflict, Problem, Unfit};
use super::family::{Family, Found};
use super::own;
use super::published::Published;
use super::registered::Refused;
use super::registrant::Registrant;
use super::set::{Declared, Key, Owner, Set};
use super::settings::Settings;
use super::wrap::Wrap;
use crate::descriptor::{Descriptor, Location};
use crate::link::{self, Entry, Linked, address};
use crate::memory;
use crate::naming::for_each_claim;
use crate::read::Fields;

/// Nothing is dropped in here that is a user's: what leaves is given back as a value.
#[derive(Default)]
pub(super) struct State {
    /// By number, which rises, so in the order of registration.
    pub(super) sets: BTreeMap<u64, Arc<Set>>,
    /// The instances of each type.
    instances: HashMap<TypeId, HashMap<Key, u64>>,
    pub(super) settings: Settings,
    /// How many of the entries that came late were taken in.
    pub(super) late: usize,
    /// Problems that stay, whatever families come and go.
    pub(super) lasting_problems: Vec<Problem>,
    /// By name.
    families: BTreeMap<String, Entered>,
    /// By number.
    collectors: BTreeMap<u64, Collecting>,
    /// Those of them with something that keeps points off the page.
    troubled: BTreeSet<u64>,
    /// Which family has a name that stands on a page.
    claimed: HashMap<String, String>,
    /// What keeps families off the page.
    pub(super) problems: Vec<Problem>,
    /// Set by the first gather, after which settings stay as they are.
    pub(super) is_gathered: bool,
    /// How many of the problems stand in the log already.
    logged: Vec<Problem>,
    /// Whether families came or went since they were published.
    pub(super) is_changed: bool,
}

/// A family with series of so many structs, and points of so many collectors.
struct Entered {
    family: Arc<Family>,
    structs: usize,
    collectors: usize,
    /// Whether it is the registry's own.
    is_own: bool,
}

/// A collector, and what is known of its families.
struct Collecting {
    entry: Arc<Registrant>,
    claims: Arc<Claims>,
}

/// What left a registry. It is dropped when nobody waits for that.
#[derive(Default)]
#[must_use]
pub(super) struct Removed {
    sets: Vec<Arc<Set>>,
    families: Vec<Arc<Family>>,
    collectors: Vec<Arc<Registrant>>,
    /// Families that nobody has scraped for long.
    overdue: Vec<Arc<Family>>,
}

impl Removed {
    /// Brings families up to date that nobody scrapes, where what has left would pile up.
    pub(super) fn refresh(&self) {
        self.overdue.iter().for_each(|family| drop(family.refresh()));
    }
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

    /// The same with families that nobody has gathered.
    pub(super) fn afresh(&self) -> State {
        let collectors = self.collectors.iter().map(|(id, collecting)| {
            let Collecting { entry, claims } = collecting;
            (*id, Collecting { entry: entry.clone(), claims: claims.clone() })
        });
        let mut state = State {
            sets: self.sets.clone(),
            settings: self.settings.clone(),
            late: self.late,
            lasting_problems: self.lasting_problems.clone(),
            collectors: collectors.collect(),
            troubled: self.troubled.clone(),
            // What is wrong is known, or comes to be known outside.
            logged: self.all_problems().cloned().collect(),
            ..State::default()
        };
        // There were no families, so none has left.
        drop(state.rebuild());
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
        // What was not described is claimed again when it is given again.
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

    /// The registry's own families come before all.
    fn enter_own(&mut self) {
        for claim in &own::claims().claims {
            if !self.families.contains_key(claim.descriptor.name()) {
                let descriptor = Descriptor::clone(&claim.descriptor);
                self.enter(Arc::new(Family::new(descriptor, &self.settings)));
            }
            if let Some(entered) = self.families.get_mut(claim.descriptor.name()) {
                entered.is_own = true;
            }
        }
    }

    fn enter(&mut self, family: Arc<Family>) -> &mut Entered {
        let name = family.descriptor.name.clone().into_owned();
        for claimed in names(&family.descriptor) {
            self.claimed.insert(claimed, name.clone());
        }
        self.is_changed = true;
        let new = || Entered { family: family.clone(), structs: 0, collectors: 0, is_own: false };
        let entered = self.families.entry(name).or_insert_with(new);
        entered.family = family;
        entered
    }

    /// The family that series of a declaration belong to, if there is one already; or the one that
    /// has its name. One that has only points of collectors may show as it does, and be read otherwise.
    fn family_of_series(
        &mut self,
        declared: &Descriptor,
    ) -> Result<Option<&mut Entered>, Box<Conflict>> {
        self.family_of(self.settings.name(declared), declared, |name, entered| {
            let family = &entered.family.descriptor;
            match entered.structs {
                0 => family.shows_as(name, declared),
                _ => family.is_family_of(name, declared),
            }
        })
    }

    /// The family of that name that fits, if there is one already; or the one that has its name.
    fn family_of(
        &mut self,
        name: Cow<'static, str>,
        declared: &Descriptor,
        fits: impl Fn(&str, &Entered) -> bool,
    ) -> Result<Option<&mut Entered>, Box<Conflict>> {
        let is_same = |entered: &Entered| !entered.is_own && fits(&name, entered);
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

    /// Puts the series of a metric into its family, which is made if need be.
    fn place(&mut self, set: &Arc<Set>, index: usize) -> Result<(), Box<Conflict>> {
        let Some(declared) = set.declarations.get(index) else { return Ok(()) };
        if self.settings.excludes(declared) {
            return Ok(());
        }
        let is_new = match self.family_of_series(declared)? {
            None => true,
            // There are no series in it, so nothing ends here.
            Some(entered) => entered.structs == 0,
        };
        if is_new {
            let descriptor = Descriptor { name: self.settings.name(declared), ..declared.clone() };
            let family = Arc::new(Family::new(descriptor, &self.settings));
            self.enter(family);
        }
        let found = Found::of(set, index);
        if let Some(entered) = self.family_of_series(declared)? {
            entered.structs += 1;
            entered.family.push(found);
        }
        Ok(())
    }

    /// What was left out for the sake of a family that is gone may have its place: of those that were
    /// removed, there were so many before.
    fn make_room(&mut self, removed: &mut Removed, before: usize) {
        let is_conflict = |problem: &Problem| matches!(problem, Problem::Conflict(_));
        if removed.families.len() > before && self.all_problems().any(is_conflict) {
            removed.families.extend(self.rebuild().families);
        }
    }

    /// What keeps families and points off the page.
    pub(super) fn all_problems(&self) -> impl Iterator<Item = &Problem> {
        let troubled = self.troubled.iter().filter_map(|id| self.collectors.get(id));
        self.problems.iter().chain(troubled.flat_map(|troubled| troubled.claims.all_problems()))
    }

    fn report(&mut self, problem: Problem) {
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
            self.is_changed = true;
        }
    }

    /// Adds a struct unless one of its families conflicts with another.
    fn add(&mut self, id: u64, set: &Arc<Set>) -> Result<(), Unfit> {
        self.sets.insert(id, set.clone());
        for index in 0..set.declarations.len() {
            if let Err(conflict) = self.place(set, index) {
                // What it had is the caller's still, so nothing ends here.
                self.sets.remove(&id);
                self.take_out(id, set, index, &mut Removed::default());
                return Err(conflict.into());
            }
        }
        Ok(())
    }

    /// Adds a static struct; once more is no change.
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
                // The last clone is being dropped, and waits for its turn to leave.
                None if is_same => self.remove(id, removed),
                // Another family of that name, with which this one conflicts.
                None => {}
            }
        }
        self.add(id, set)?;
        self.instances.entry(of_type).or_default().insert(set.key.clone(), id);
        Ok(())
    }

    /// Adds what the linker has put together.
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

    /// Takes in what the linker did not bring and was updated since. What is there stays: of a
    /// newcomer that conflicts with it the family is left out.
    pub(super) fn add_late(&mut self, mut next_id: impl FnMut() -> u64) {
        if link::late_len() <= self.late {
            return;
        }
        // It may have been registered by hand.
        let mut known: HashSet<_> = self.statics(None).map(|(_, address)| address).collect();
        for linked in link::late().skip(self.late) {
            self.late += 1;
            if !known.insert(linked.address()) {
                continue;
            }
            let id = next_id();
            let set = Arc::new(Set { late: self.late, ..Set::of_static(id, linked) });
            self.is_changed = true;
            if let Err(unfit) = self.check_labels(&set.declarations) {
                let problem = Problem::from(unfit);
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

    /// The static structs and functions that were registered by a view, or by none, and where they are.
    fn statics(&self, wrap: Option<&Arc<Wrap>>) -> impl Iterator<Item = (u64, usize)> {
        let of_view = move |(_, set): &(&u64, &Arc<Set>)| set.key.wrap.as_ref() == wrap;
        self.sets.iter().filter(of_view).filter_map(|(id, set)| match set.fields {
            Owner::Static(fields) => Some((*id, address(fields))),
            Owner::Instance(_) => None,
        })
    }

    /// Takes a static struct out, and says whether it was there.
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

    /// Takes a struct out.
    pub(super) fn remove(&mut self, id: u64, removed: &mut Removed) {
        let families = removed.families.len();
        if let Some(Collecting { entry, claims }) = self.collectors.remove(&id) {
            claims.claims.iter().for_each(|claim| self.release(claim, removed));
            removed.collectors.push(entry);
            self.troubled.remove(&id);
            self.is_changed = true;
            return self.make_room(removed, families);
        }
        let Some(set) = self.sets.remove(&id) else { return };
        if let Some((of_type, _)) = &set.handle
            && let Some(instances) = self.instances.get_mut(of_type)
            // Another one may have taken the place already.
            && instances.get(&set.key) == Some(&id)
        {
            instances.remove(&set.key);
        }
        self.take_out(id, &set, set.declarations.len(), removed);
        removed.sets.push(set);
        self.make_room(removed, families);
    }

    /// Takes the first so many metrics of a struct out of their families.
    fn take_out(&mut self, id: u64, set: &Arc<Set>, metrics: usize, removed: &mut Removed) {
        for (index, declared) in set.declarations.iter().enumerate().take(metrics) {
            if self.settings.excludes(declared) {
                continue;
            }
            let found = Found::of(set, index);
            let Ok(Some(entered)) = self.family_of_series(declared) else { continue };
            let family = entered.family.clone();
            entered.structs = entered.structs.saturating_sub(1);
            match (entered.structs, entered.collectors) {
                (0, 0) => self.leave(&family.descriptor),
                (0, _) => {
                    // One without what the list remembers of series.
                    let fresh = Family::new(family.descriptor.clone(), &self.settings);
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

    /// Takes a family out that no struct has series in.
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

    /// What has changed for gathers, if anything has and there is memory for it.
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

    /// The problems that are not in the log yet; they count as logged then.
    pub(super) fn unlogged(&mut self) -> Vec<Problem> {
        let news = self.all_problems().filter(|problem| !self.logged.contains(problem));
        let news: Vec<_> =
            news.take(MOST_LOGGED.saturating_sub(self.logged.len())).cloned().collect();
        self.logged.extend_from_slice(&news);
        news
    }

    /// A label set at start may not be declared as well.
    fn check_labels(&self, declarations: &Declared) -> Result<(), Unfit> {
        for descriptor in declarations.iter() {
            if let Some(label) = self.label_taken(descriptor) {
                let metric = descriptor.name().to_owned();
                return Err(Unfit::LabelTaken { label: label.to_owned(), metric });
            }
        }
        Ok(())
    }

    /// A label set at start that is declared as well.
    fn label_taken(&self, descriptor: &Descriptor) -> Option<&str> {
        let mut labels = self.settings.labels.iter().map(|(name, _)| name.as_str());
        labels.find(|name| descriptor.has_label(name))
    }

    /// A metric that declares the label.
    pub(super) fn find_label(&self, name: &str) -> Option<String> {
        self.declared()
            .chain(self.described())
            .find(|descriptor| descriptor.has_label(name))
            .map(|descriptor| descriptor.name.clone().into_owned())
    }

    /// The families on the page, by name.
    pub(super) fn families(&self) -> impl Iterator<Item = &Descriptor> {
        self.families.values().map(|entered| &entered.family.descriptor)
    }

    /// Every declaration that was registered, as often as it was.
    pub(super) fn declared(&self) -> impl Iterator<Item = &Descriptor> {
        self.sets.values().flat_map(|set| set.declarations.iter())
    }

    /// The families that collectors give, as far as is known.
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

/// The names that a family claims.
fn names(descriptor: &Descriptor) -> impl Iterator<Item = String> {
    let mut names = Vec::new();
    for_each_claim(&descriptor.name, descriptor.kind, |stem, suffix| {
        names.push(format!("{stem}{suffix}"));
    });
    names.into_iter()
}
