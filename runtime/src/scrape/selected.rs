//! The families that a scrape selects by name.

use std::cell::RefCell;
use std::time::Instant;

use crate::descriptor::Descriptor;
use crate::naming::Escaping;
use crate::read::Batch;
use crate::registry::{Flow, Gather, GatherError, Labels, Point, Report, Sink};

/// The part of a source that a page shows.
pub(super) struct Selected<'a> {
    /// The selected families, sorted; all if it is empty.
    pub(super) names: &'a [String],
    /// When collectors must have finished.
    pub(super) deadline: Option<Instant>,
    pub(super) source: &'a dyn Gather,
    /// What was left out.
    pub(super) report: RefCell<Report>,
}

impl Gather for Selected<'_> {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        let Selected { names, deadline, .. } = *self;
        let report = self.source.try_gather(&mut SelectingSink { names, deadline, sink })?;
        self.report.replace(report.clone());
        Ok(report)
    }
}

struct SelectingSink<'a> {
    names: &'a [String],
    deadline: Option<Instant>,
    sink: &'a mut dyn Sink,
}

impl SelectingSink<'_> {
    /// Returns whether a family is selected, by any of its spellings in any format.
    fn is_asked_for(&self, family: &Descriptor) -> bool {
        if self.names.is_empty() {
            return true;
        }
        let is_there = |name: &str| self.names.binary_search_by(|it| it.as_str().cmp(name)).is_ok();
        let is_called = |name: &str| {
            let without = |suffix| name.strip_suffix(suffix).is_some_and(is_there);
            is_there(name) || without("_total") || without("_info")
        };
        is_called(family.name())
            || family.needs_escaping
                && Escaping::ALL.iter().any(|escaping| is_called(&escaping.escape(family.name())))
    }
}

impl Sink for SelectingSink<'_> {
    fn wants(&self, family: &Descriptor) -> bool {
        self.is_asked_for(family) && self.sink.wants(family)
    }

    fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    fn family(&mut self, family: &Descriptor) -> Flow {
        if self.is_asked_for(family) { self.sink.family(family) } else { Flow::Skip }
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        self.sink.point(family, labels, point)
    }

    fn end(&mut self) {
        self.sink.end();
    }

    fn batch(&mut self, batch: &mut Batch<'_>) -> Flow {
        self.sink.batch(batch)
    }
}
