//! The points that collectors gave for a gather, in the order in which they are shown.

use std::cmp::Ordering;
use std::collections::TryReserveError;

use super::claims::Claims;
use super::list::SeriesList;
use super::points::{CollectorFamily, CollectorPoints};
use crate::descriptor::Descriptor;
use crate::read::{Labels, Point, RowFacts};

/// The points that the collectors of a gather gave, separately for each collector.
#[derive(Default)]
pub(super) struct CollectedPoints {
    /// What each collector that finished gave, sorted by its number.
    runs: Vec<CollectorPoints>,
    /// Unused buffers.
    spare: Vec<CollectorPoints>,
    /// The points that are shown, in order.
    order: Vec<PointIndex>,
    /// The number of points when they were last sorted.
    sorted_len: usize,
}

/// A point of a run.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PointIndex {
    run: usize,
    point: usize,
}

impl CollectedPoints {
    pub(super) fn bytes(&self) -> usize {
        let CollectedPoints { runs, spare, order, .. } = self;
        runs.iter().chain(spare).map(CollectorPoints::bytes).sum::<usize>()
            + (runs.capacity() + spare.capacity()) * size_of::<CollectorPoints>()
            + order.capacity() * size_of::<PointIndex>()
    }

    pub(super) fn clear(&mut self) {
        // In reverse, so that the next gather gives each collector the buffer that it had.
        while let Some(mut run) = self.runs.pop() {
            run.clear();
            self.spare.push(run);
        }
        self.order.clear();
        self.sorted_len = 0;
    }

    /// Returns a buffer for the points of a collector.
    pub(super) fn buffer(&mut self, owner: u64) -> CollectorPoints {
        let mut buffer = self.spare.pop().unwrap_or_default();
        buffer.owner = owner;
        buffer
    }

    /// Keeps a buffer for later.
    pub(super) fn put_back(&mut self, mut buffer: CollectorPoints) {
        buffer.clear();
        self.spare.push(buffer);
    }

    /// Adds the points of a collector.
    pub(super) fn push(&mut self, given: CollectorPoints) {
        let index = self.runs.partition_point(|run| run.owner < given.owner);
        self.runs.insert(index, given);
    }

    pub(super) fn runs(&self) -> &[CollectorPoints] {
        &self.runs
    }

    /// Returns the points of a collector, if it finished.
    pub(super) fn run(&self, owner: u64) -> Option<&CollectorPoints> {
        let index = self.runs.binary_search_by_key(&owner, |run| run.owner).ok()?;
        self.runs.get(index)
    }

    /// Returns whether a collector gave other families than `claims` lists.
    pub(super) fn has_news_of(&self, owner: u64, claims: &Claims) -> bool {
        self.run(owner).is_some_and(|run| run.has_news(claims))
    }

    /// Returns the first error if there was not enough memory for all points.
    pub(super) fn shortage(&mut self) -> Result<(), TryReserveError> {
        self.runs.iter_mut().try_for_each(CollectorPoints::shortage)
    }

    fn len(&self) -> usize {
        self.runs.iter().map(CollectorPoints::len).sum()
    }

    /// Returns whether no point was added since they were sorted.
    pub(super) fn is_arranged(&self) -> bool {
        self.sorted_len == self.len()
    }

    /// Sorts the points as they are shown; `target` returns the index of a family on the page. Of
    /// equal series the first is kept, and a declared one takes precedence over all.
    pub(super) fn arrange(
        &mut self,
        target: impl Fn(u64, &CollectorFamily) -> Option<usize>,
        is_declared: impl Fn(&CollectedPoints, usize, PointIndex) -> bool,
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
            order.extend(shown.map(|point| PointIndex { run: index, point }));
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
        self.sorted_len = self.len();
        Ok(())
    }

    /// Returns the index on the page of the family of a point.
    fn target(&self, at: PointIndex) -> Option<usize> {
        self.runs.get(at.run)?.target(at.point)
    }

    /// Compares two points by family, then by label values.
    fn compare(&self, a: PointIndex, b: PointIndex) -> Ordering {
        let by_family = self.target(a).cmp(&self.target(b));
        by_family.then_with(|| self.values(a).cmp(self.values(b)))
    }

    /// Returns the label values of a point, without those of the registry.
    pub(super) fn values(&self, at: PointIndex) -> impl Iterator<Item = &str> {
        self.runs.get(at.run).into_iter().flat_map(move |run| run.values(at.point))
    }

    /// Returns the points of the family with the index `target`, starting at `from`, and advances
    /// `from` past them.
    pub(super) fn of_family(&self, from: &mut usize, target: usize) -> &[PointIndex] {
        let rest = self.order.get(*from..).unwrap_or_default();
        let len = rest.iter().take_while(|point| self.target(**point) == Some(target)).count();
        *from += len;
        &rest[..len]
    }

    /// Calls `show` with a point and its labels as a sink sees them.
    pub(super) fn show<R>(
        &self,
        at: PointIndex,
        family: &Descriptor,
        list: &SeriesList,
        show: impl FnOnce(Labels<'_>, &Point<'_>) -> R,
    ) -> Option<R> {
        let run = self.runs.get(at.run)?;
        let shown = run.point(at.point, family)?;
        let (names, extra) = list.labels();
        let values = CollectedLabels { run, extra, declared: names.len() - extra.len() };
        Some(show(Labels::new(names, &values, at.point), &shown))
    }
}

/// The labels of points: their own, and those that the registry adds to every series.
struct CollectedLabels<'a> {
    run: &'a CollectorPoints,
    extra: &'a [String],
    /// The number of labels without those of the registry.
    declared: usize,
}

impl RowFacts for CollectedLabels<'_> {
    fn label_value(&self, point: usize, label: usize) -> &str {
        match label.checked_sub(self.declared) {
            None => self.run.value(point, label),
            Some(index) => self.extra.get(index).map_or("", String::as_str),
        }
    }
}
