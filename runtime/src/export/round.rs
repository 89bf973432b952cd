//! One gather for several exporters.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use super::error::ExportError;
use super::exporter::Exporter;
use crate::descriptor::Descriptor;
use crate::read::{Flow, Labels, Point, Sink};
use crate::registry::{Gather, GatherError, Report};

/// Gathers once, and lets each exporter encode the result. The results are in the order of the
/// exporters.
pub(super) fn gather_for(
    source: &dyn Gather,
    exporters: &[Arc<dyn Exporter>],
) -> Vec<Result<(), ExportError>> {
    let round = ExportRound { source, results: RefCell::default() };
    let gathered = catch_unwind(AssertUnwindSafe(|| round.pour(exporters, &mut SkippingSink)));
    let mut results = round.results.into_inner();
    if gathered.is_err() {
        return vec![Err(ExportError::Panicked); exporters.len()];
    }
    // The innermost exporter finished first.
    results.reverse();
    results
}

struct ExportRound<'a> {
    source: &'a dyn Gather,
    results: RefCell<Vec<Result<(), ExportError>>>,
}

impl ExportRound<'_> {
    /// Gathers into `sink`, and into the sinks of the exporters.
    ///
    /// Exporters encode sources, so they are nested: the source of each one gathers into its own
    /// sink and into those of the exporters before it.
    fn pour(
        &self,
        exporters: &[Arc<dyn Exporter>],
        sink: &mut dyn Sink,
    ) -> Result<Report, GatherError> {
        let Some((first, rest)) = exporters.split_first() else {
            return self.source.try_gather(sink);
        };
        let chain =
            Chain { round: self, rest, sink: RefCell::new(sink), gathered: Cell::default() };
        let encoded = first.encode(&chain).map_err(ExportError::Encode);
        self.results.borrow_mut().push(encoded);
        match chain.gathered.take() {
            Some(gathered) => gathered,
            // If it failed before it gathered, the others still gather.
            None => self.pour(rest, chain.sink.into_inner()),
        }
    }
}

/// The source that an exporter encodes.
struct Chain<'r, 's> {
    round: &'r ExportRound<'r>,
    rest: &'r [Arc<dyn Exporter>],
    sink: RefCell<&'s mut dyn Sink>,
    gathered: Cell<Option<Result<Report, GatherError>>>,
}

impl Gather for Chain<'_, '_> {
    fn try_gather(&self, own: &mut dyn Sink) -> Result<Report, GatherError> {
        let mut sink = self.sink.borrow_mut();
        let gathered = self.round.pour(self.rest, &mut Both::new(own, &mut **sink));
        self.gathered.set(Some(gathered.clone()));
        gathered
    }
}

/// A sink that skips everything.
struct SkippingSink;

impl Sink for SkippingSink {
    fn wants(&self, _: &Descriptor) -> bool {
        false
    }

    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Skip
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        Flow::Skip
    }
}

/// Two sinks, each with its own flow.
struct Both<'a> {
    sinks: [&'a mut dyn Sink; 2],
    flows: [Flow; 2],
}

impl<'a> Both<'a> {
    fn new(first: &'a mut dyn Sink, second: &'a mut dyn Sink) -> Both<'a> {
        Both { sinks: [first, second], flows: [Flow::Continue; 2] }
    }

    /// Calls `show` with each sink that has not stopped or skipped the family.
    fn show(&mut self, mut show: impl FnMut(&mut dyn Sink) -> Flow) -> Flow {
        for (sink, flow) in std::iter::zip(&mut self.sinks, &mut self.flows) {
            if *flow == Flow::Continue {
                *flow = show(&mut **sink);
            }
        }
        match self.flows {
            [Flow::Stop, Flow::Stop] => Flow::Stop,
            [first, second] if first != Flow::Continue && second != Flow::Continue => Flow::Skip,
            _ => Flow::Continue,
        }
    }
}

impl Sink for Both<'_> {
    fn wants(&self, family: &Descriptor) -> bool {
        self.sinks.iter().any(|sink| sink.wants(family))
    }

    fn deadline(&self) -> Option<Instant> {
        self.sinks.iter().filter_map(|sink| sink.deadline()).min()
    }

    fn family(&mut self, family: &Descriptor) -> Flow {
        // The skipped family has ended.
        for flow in self.flows.iter_mut().filter(|flow| **flow == Flow::Skip) {
            *flow = Flow::Continue;
        }
        self.show(|sink| sink.family(family))
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        self.show(|sink| sink.point(family, labels, point))
    }

    fn end(&mut self) {
        let _ = self.show(|sink| {
            sink.end();
            Flow::Continue
        });
    }
}
