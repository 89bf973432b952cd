//! The families that a scrape asks for by name.

use crate::descriptor::Descriptor;
use crate::read::Batch;
use crate::registry::{Flow, Gather, GatherError, Labels, Point, Report, Sink};

/// Those families of a source that have one of these names, which are sorted; all if there are none.
pub(super) struct Selected<'a> {
    pub(super) names: &'a [String],
    pub(super) source: &'a dyn Gather,
}

impl Gather for Selected<'_> {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        match self.names {
            [] => self.source.try_gather(sink),
            names => self.source.try_gather(&mut Filter { names, sink }),
        }
    }
}

struct Filter<'a> {
    names: &'a [String],
    sink: &'a mut dyn Sink,
}

impl Filter<'_> {
    /// Whether it is asked for, in either spelling, whatever the format.
    fn is_asked_for(&self, family: &Descriptor) -> bool {
        let is_there = |name: &str| self.names.binary_search_by(|it| it.as_str().cmp(name)).is_ok();
        let name = family.name();
        let without = |suffix| name.strip_suffix(suffix).is_some_and(is_there);
        is_there(name) || without("_total") || without("_info")
    }
}

impl Sink for Filter<'_> {
    fn wants(&self, family: &Descriptor) -> bool {
        self.is_asked_for(family) && self.sink.wants(family)
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
