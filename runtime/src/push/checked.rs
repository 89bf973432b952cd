//! Checks for metrics that a gateway would refuse or silently change.

use std::cell::RefCell;
use std::time::Instant;

use super::error::PushError;
use super::group::Group;
use crate::descriptor::Descriptor;
use crate::read::{Flow, Labels, Point, Sink};
use crate::registry::{Gather, GatherError, Report};

/// A source whose metrics are checked while they are gathered.
pub(super) struct CheckedSource<'a> {
    source: &'a dyn Gather,
    group: &'a Group,
    found: RefCell<Refusals>,
}

#[derive(Default)]
struct Refusals {
    /// Metrics with labels that are also in the grouping key.
    grouped: Vec<(String, String)>,
    /// Metrics with a point that has its own time.
    timed: Vec<String>,
}

impl<'a> CheckedSource<'a> {
    pub(super) fn new(source: &'a dyn Gather, group: &'a Group) -> CheckedSource<'a> {
        CheckedSource { source, group, found: RefCell::default() }
    }

    pub(super) fn into_result(self) -> Result<(), PushError> {
        let Refusals { grouped, timed } = self.found.into_inner();
        if !grouped.is_empty() {
            return Err(PushError::GroupedLabels { labels: grouped });
        }
        if !timed.is_empty() {
            return Err(PushError::Timestamps { metrics: timed });
        }
        Ok(())
    }
}

impl Gather for CheckedSource<'_> {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        let (group, found) = (self.group, &self.found);
        self.source.try_gather(&mut CheckingSink { sink, group, found, is_checked: false })
    }
}

/// Passes everything on. It does not implement `batch`, so that it sees the time of every point.
struct CheckingSink<'a> {
    sink: &'a mut dyn Sink,
    group: &'a Group,
    found: &'a RefCell<Refusals>,
    /// Whether the labels of the current family's points were checked.
    is_checked: bool,
}

impl CheckingSink<'_> {
    fn check_labels<'l>(&self, family: &Descriptor, labels: impl Iterator<Item = &'l str>) {
        let name = family.name();
        let found = &mut self.found.borrow_mut().grouped;
        for label in labels.filter(|label| self.group.has(label)) {
            let predicate = |(metric, other): &(String, String)| metric == name && other == label;
            if !found.iter().rev().take_while(|(metric, _)| metric == name).any(predicate) {
                found.push((name.to_owned(), label.to_owned()));
            }
        }
    }
}

impl Sink for CheckingSink<'_> {
    fn wants(&self, family: &Descriptor) -> bool {
        self.sink.wants(family)
    }

    fn deadline(&self) -> Option<Instant> {
        self.sink.deadline()
    }

    fn family(&mut self, family: &Descriptor) -> Flow {
        // Checked even if the family has no series yet, since the next run may have some.
        self.check_labels(family, family.label_names());
        self.is_checked = false;
        self.sink.family(family)
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        if !self.is_checked {
            // These include the labels of the registry.
            self.check_labels(family, labels.iter().map(|(label, _)| label));
            self.is_checked = true;
        }
        if point.time.is_some() {
            let timed = &mut self.found.borrow_mut().timed;
            if timed.last().is_none_or(|last| last != family.name()) {
                timed.push(family.name().to_owned());
            }
        }
        self.sink.point(family, labels, point)
    }

    fn end(&mut self) {
        self.sink.end();
    }
}
