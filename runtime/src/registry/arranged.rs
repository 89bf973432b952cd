//! What collectors have given for a gather, in the order in which it is shown.

use std::cmp::Ordering;
use std::collections::TryReserveError;

use super::claims::Claims;
use super::given::{Given, GivenFamily};
use super::list::SeriesList;
use crate::descriptor::Descriptor;
use crate::read::{Labels, Point, RowFacts};

/// What the collectors of a gather have given, each in a place of its own.
#[derive(Default)]
pub(super) struct Arranged {
    /// Of those that have run to the end, by number.
    runs: Vec<Given>,
    /// Room that nobody uses.
    spare: Vec<Given>,
    /// The points that are shown, as they are shown.
    order: Vec<At>,
    /// How many points there were when they were put into order.
    arranged: usize,
}

/// A point of a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct At {
    run: usize,
    point: usize,
}

impl Arranged {
    pub(super) fn bytes(&self) -> usize {
        let Arranged { runs, spare, order, .. } = self;
        runs.iter().chain(spare).map(Given::bytes).sum::<usize>()
            + (runs.capacity() + spare.capacity()) * size_of::<Given>()
            + order.capacity() * size_of::<At>()
    }

    pub(super) fn clear(&mut self) {
        // The next gather has room for the first one first.
        while let Some(mut run) = self.runs.pop() {
            run.clear();
            self.spare.push(run);
        }
        self.order.clear();
        self.arranged = 0;
    }

    /// Room for what a collector gives.
    pub(super) fn room(&mut self, owner: u64) -> Given {
        let mut room = self.spare.pop().unwrap_or_default();
        room.owner = owner;
        room
    }

    /// Keeps room for later.
    pub(super) fn put_back(&mut self, mut room: Given) {
        room.clear();
        self.spare.push(room);
    }

    /// Takes what a collector has given.
    pub(super) fn push(&mut self, given: Given) {
        let index = self.runs.partition_point(|run| run.owner < given.owner);
        self.runs.insert(index, given);
    }

    pub(super) fn runs(&self) -> &[Given] {
        &self.runs
    }

    /// What a collector has given, if it has run to the end.
    pub(super) fn run(&self, owner: u64) -> Option<&Given> {
        let index = self.runs.binary_search_by_key(&owner, |run| run.owner).ok()?;
        self.runs.get(index)
    }

    /// Whether a collector has given other families than are known.
    pub(super) fn has_news_of(&self, owner: u64, claims: &Claims) -> bool {
        self.run(owner).is_some_and(|run| run.has_news(claims))
    }

    /// That there was no memory for what was given.
    pub(super) fn shortage(&mut self) -> Result<(), TryReserveError> {
        self.runs.iter_mut().try_for_each(Given::shortage)
    }

    fn len(&self) -> usize {
        self.runs.iter().map(Given::len).sum()
    }

    /// Whether no point came since they were put into order.
    pub(super) fn is_arranged(&self) -> bool {
        self.arranged == self.len()
    }

    /// Puts the points into the order in which they are shown, where `target` says where families stand.
    /// Of equal series the first stays, and the declared one before all.
    pub(super) fn arrange(
        &mut self,
        target: impl Fn(u64, &GivenFamily) -> Option<usize>,
        is_declared: impl Fn(&Arranged, usize, At) -> bool,
    ) -> Result<(), TryReserveError> {
        for run in &mut self.runs {
            let owner = run.owner;
            run.aim(|family| target(owner, family));
        }
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.try_reserve(self.len())?;
        for (index, run) in self.runs.iter().enumerate() {
            let shown = (0..run.len()).filter(|point| run.target(*point).is_some());
            order.extend(shown.map(|point| At { run: index, point }));
        }
        order.sort_unstable_by(|a, b| self.compare(*a, *b).then(a.cmp(b)));
        let mut last = None;
        order.retain(|&point| {
            let is_again = last.is_some_and(|last| self.compare(last, point) == Ordering::Equal);
            let is_there = |target| is_declared(self, target, point);
            let stays = !is_again && !self.target(point).is_some_and(is_there);
            if stays {
                last = Some(point);
            } else if let Some(run) = self.runs.get_mut(point.run) {
                run.report_twice(point.point);
            }
            stays
        });
        self.order = order;
        self.arranged = self.len();
        Ok(())
    }

    /// Where the family of a point stands.
    fn target(&self, at: At) -> Option<usize> {
        self.runs.get(at.run)?.target(at.point)
    }

    /// Which of two points comes first: by the family, and then by the label values.
    fn compare(&self, a: At, b: At) -> Ordering {
        let by_family = self.target(a).cmp(&self.target(b));
        by_family.then_with(|| self.values(a).cmp(self.values(b)))
    }

    /// The values of the labels of a point, without those of the registry.
    pub(super) fn values(&self, at: At) -> impl Iterator<Item = &str> {
        self.runs.get(at.run).into_iter().flat_map(move |run| run.values(at.point))
    }

    /// The points of a family, which stands there, after the first so many of all.
    pub(super) fn of_family(&self, from: &mut usize, target: usize) -> &[At] {
        let rest = self.order.get(*from..).unwrap_or_default();
        let len = rest.iter().take_while(|point| self.target(**point) == Some(target)).count();
        *from += len;
        &rest[..len]
    }

    /// What a sink is shown of a point.
    pub(super) fn show<R>(
        &self,
        at: At,
        family: &Descriptor,
        list: &SeriesList,
        show: impl FnOnce(Labels<'_>, &Point<'_>) -> R,
    ) -> Option<R> {
        let run = self.runs.get(at.run)?;
        let shown = run.point(at.point, family)?;
        let (names, extra) = list.labels();
        let values = GivenLabels { run, extra, declared: names.len() - extra.len() };
        Some(show(Labels::new(names, &values, at.point), &shown))
    }
}

/// The labels of points: their own, and those that the registry gives to all.
struct GivenLabels<'a> {
    run: &'a Given,
    extra: &'a [String],
    /// How many there are without those of the registry.
    declared: usize,
}

impl RowFacts for GivenLabels<'_> {
    fn label_value(&self, point: usize, label: usize) -> &str {
        match label.checked_sub(self.declared) {
            None => self.run.value(point, label),
            Some(index) => self.extra.get(index).map_or("", String::as_str),
        }
    }
}
