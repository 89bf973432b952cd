//! Collectors in the state, and the families that they may give.

use std::borrow::Cow;
use std::sync::Arc;

use super::{Collecting, FamilyEntry, RegistryState, Removed};
use crate::descriptor::Descriptor;
use crate::registry::claims::{Claim, Claims};
use crate::registry::collected_points::CollectedPoints;
use crate::registry::collector::Collector;
use crate::registry::conflict::{MetricRefusal, Problem};
use crate::registry::family::ListedFamily;
use crate::registry::points::CollectorFamily;
use crate::registry::registered::Refused;
use crate::registry::registered_collector::RegisteredCollector;

impl RegistryState {
    /// Enters a collector's family, which is created if necessary.
    pub(super) fn claim(&mut self, descriptor: &Arc<Descriptor>) -> Result<(), MetricRefusal> {
        if let Some(label) = self.label_taken(descriptor) {
            let metric = descriptor.name().to_owned();
            return Err(MetricRefusal::LabelTaken { label: label.to_owned(), metric });
        }
        let fits = |name: &str, entered: &FamilyEntry| {
            entered.family.descriptor.shows_as(name, descriptor)
        };
        let name = Cow::Owned(descriptor.name().to_owned());
        if let Some(entered) = self.family_of(name, descriptor, fits)? {
            entered.collectors += 1;
            return Ok(());
        }
        let family = ListedFamily::new(Descriptor::clone(descriptor), &self.settings);
        self.enter(Arc::new(family)).collectors += 1;
        Ok(())
    }

    /// Removes a collector from a family.
    pub(super) fn release(&mut self, claim: &Claim, removed: &mut Removed) {
        let entered = self.families.get_mut(claim.shown.name());
        let (None, Some(entered)) = (&claim.refusal, entered) else { return };
        entered.collectors = entered.collectors.saturating_sub(1);
        if entered.collectors == 0 && entered.structs == 0 {
            let family = entered.family.clone();
            self.leave(&family.descriptor);
            removed.families.push(family);
        }
    }

    pub(super) fn change_claims(
        &mut self,
        id: u64,
        change: impl FnOnce(&mut RegistryState, &mut Claims),
    ) {
        let Some(collecting) = self.collectors.get(&id) else { return };
        let mut claims = Claims::clone(&collecting.claims);
        let entry = collecting.entry.clone();
        change(self, &mut claims);
        self.put_collector(id, Collecting { entry, claims: Arc::new(claims) });
    }

    pub(super) fn put_collector(&mut self, id: u64, collecting: Collecting) {
        match collecting.claims.all_problems().next() {
            Some(_) => self.faulty.insert(id),
            None => self.faulty.remove(&id),
        };
        self.collectors.insert(id, collecting);
        self.is_changed = true;
    }

    /// Adds a collector, unless a family that it describes conflicts with another.
    pub(in super::super) fn add_collector<C: Collector>(
        &mut self,
        entry: Arc<RegisteredCollector>,
        claims: Claims,
        removed: &mut Removed,
    ) -> Result<(), Refused<C>> {
        if let Some((id, other)) = self.find_collector(&entry, &claims) {
            match other.registered::<C>() {
                Some(existing) => return Err(Refused::Existing(existing)),
                // Its last handle is being dropped, and waits for the turn to remove it.
                None => self.remove(id, removed),
            }
            // Returned, so that the collector is not dropped here.
            removed.collectors.push(other);
        }
        for (index, claim) in claims.claims.iter().enumerate() {
            let Err(refusal) = self.claim(&claim.shown) else { continue };
            claims.claims.iter().take(index).for_each(|claim| self.release(claim, removed));
            return Err(refusal.into());
        }
        self.put_collector(entry.id, Collecting { entry, claims: Arc::new(claims) });
        Ok(())
    }

    /// Returns a collector that certainly gives the same series: it is of the same type and
    /// describes the same families, one of which has no labels to tell series apart.
    fn find_collector(
        &self,
        entry: &RegisteredCollector,
        claims: &Claims,
    ) -> Option<(u64, Arc<RegisteredCollector>)> {
        if !claims.claims.iter().any(|claim| claim.shown.label_names().len() == 0) {
            return None;
        }
        let is_same = |(_, other): &(&u64, &Collecting)| {
            other.entry.is_of_type_of(entry) && other.claims.describe_the_same(claims)
        };
        let found = self.collectors.iter().find(is_same);
        found.map(|(id, other)| (*id, other.entry.clone()))
    }

    /// Updates which families collectors give.
    pub(in super::super) fn settle(&mut self, given: &CollectedPoints, removed: &mut Removed) {
        for run in given.runs() {
            self.change_claims(run.owner, |state, claims| {
                claims.claims.retain(|claim| {
                    let is_given = || run.find(&claim.descriptor).is_some();
                    let stays = claim.is_described || is_given();
                    if !stays {
                        state.release(claim, removed);
                    }
                    stays
                });
            });
        }
        self.retry_conflicts(removed, 0);
        for run in given.runs() {
            self.change_claims(run.owner, |state, claims| {
                let is_new = |family: &&CollectorFamily| claims.find(&family.descriptor).is_none();
                let news = run.families().iter().filter(is_new);
                let claim = |family: &CollectorFamily| Claim {
                    descriptor: family.descriptor.clone(),
                    shown: family.shown.clone(),
                    is_described: false,
                    refusal: state.claim(&family.shown).err().map(Problem::from),
                };
                let news: Vec<_> = news.map(claim).collect();
                claims.extend(news);
            });
        }
    }

    /// Updates what is wrong with the points that collectors gave.
    pub(in super::super) fn set_problems(&mut self, given: &CollectedPoints) {
        for run in given.runs() {
            self.change_claims(run.owner, |_, claims| {
                claims.problems = run.problems().to_vec();
            });
        }
    }
}
