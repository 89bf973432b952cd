//! A function whose calls are counted in the families that all such functions share.

use std::borrow::Cow;
use std::sync::Arc;

use super::NoLabels;
use super::cells::CallFacts;
use super::error_kinds::AnyKind;
use super::guard::Timing;
use super::outcome::Outcomes;
use super::prepared::Prepared;
use super::views::CallCounts;
use crate::descriptor::{Descriptor, Location, Names};
use crate::kind::Kind;
use crate::labels::{MAX_LABEL_BYTES, Values};
use crate::link::{self, Function, LinkedFunction};
use crate::naming::{DEFAULT_BUCKETS, DEFAULT_STORED, Rules};
use crate::place::Place;
use crate::read::{Collect, Fields};
use crate::series::{Bounds, FamilyFacts, Handle, OnlyOne};
use crate::unit::Scale;

/// The calls of one function.
#[doc(hidden)]
#[derive(Debug)]
pub struct CallSite {
    counts: CallCounts<NoLabels, NoLabels>,
    facts: CallSiteFacts,
}

/// What is known of an instrumented function.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct CallSiteFacts {
    /// Which function it is.
    pub function: Function,
    /// The outcomes that show before there is one.
    pub expected: Outcomes,
    /// The kinds of errors; open if there are none.
    pub kinds: Values,
    /// Whether calls are timed.
    pub has_durations: bool,
    /// Whether it is shown how many run.
    pub has_in_progress: bool,
    /// Has the function join the registry, if it comes late.
    pub join: fn(),
}

impl CallSite {
    /// A function that was not called yet.
    pub const fn new(facts: CallSiteFacts) -> CallSite {
        let CallSiteFacts { expected, kinds, has_durations, join, .. } = facts;
        let bounds = Bounds::of(DEFAULT_BUCKETS, DEFAULT_STORED);
        let calls = CallFacts::new(bounds, kinds, expected, has_durations);
        let family = FamilyFacts {
            names: Names::NONE,
            max_series: 1,
            max_label_bytes: MAX_LABEL_BYTES,
            expire_after: None,
        };
        let link = link::of(join);
        let places = [Place::in_slabs(link), Place::in_slabs(link)];
        CallSite { counts: CallCounts::of(places, calls, family), facts }
    }

    /// A call that has not started yet.
    #[inline]
    pub fn prepare(&'static self, timing: Timing) -> Prepared<'static, OnlyOne, NoLabels> {
        let series = Handle::new(self.counts.store(), OnlyOne);
        Prepared::new(series, timing)
    }

    /// Errors of any kind.
    #[inline]
    pub fn kinds(&self) -> AnyKind {
        AnyKind
    }
}

impl Fields for CallSite {
    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        match index {
            0 => Some(&self.counts),
            1 if self.facts.has_durations => Some(&self.counts.0),
            2 if self.facts.has_in_progress => Some(&self.counts.0.0),
            _ => None,
        }
    }
}

impl LinkedFunction for CallSite {
    fn function(&self) -> &Function {
        &self.facts.function
    }
}

/// The families that the functions of a package have in common, declared where the first of them
/// is.
pub(crate) fn declarations(location: Location) -> Arc<[Descriptor]> {
    let family = |name, help, kind, label_names, unit: Option<&'static str>, buckets| Descriptor {
        name: Cow::Borrowed(name),
        help: Cow::Borrowed(help),
        kind,
        unit,
        label_names: Names::Declared(label_names),
        const_labels: &[],
        buckets: Cow::Borrowed(buckets),
        location,
        waived: Rules::NONE,
        scale: if kind == Kind::Histogram { Scale::Nanoseconds } else { Scale::Whole },
        type_unit: unit.unwrap_or_default(),
        is_open: false,
        is_sparse: kind != Kind::Gauge,
    };
    Arc::new([
        family(
            "function_calls_total",
            "Calls of instrumented functions that have ended, by how they ended.",
            Kind::Counter,
            &["function", "module", "outcome", "error"],
            None,
            &[],
        ),
        family(
            "function_calls_duration_seconds",
            "Time that calls of instrumented functions took.",
            Kind::Histogram,
            &["function", "module"],
            Some("seconds"),
            DEFAULT_BUCKETS,
        ),
        family(
            "function_calls_in_progress",
            "Calls of instrumented functions that run now.",
            Kind::Gauge,
            &["function", "module"],
            None,
            &[],
        ),
    ])
}
