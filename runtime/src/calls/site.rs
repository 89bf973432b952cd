//! Functions whose calls are counted in the families that all instrumented functions share.

use std::borrow::Cow;

use super::NoLabels;
use super::cells::CallFacts;
use super::error_kinds::AnyKind;
use super::guard::Timing;
use super::outcome::Outcomes;
use super::prepared::Prepared;
use super::views::CallCounts;
#[cfg(feature = "testing")]
use super::{cells::CallSeries, outcome::End};
use crate::descriptor::{ConstLabels, Descriptor, Location, Names};
use crate::kind::Kind;
use crate::labels::{MAX_LABEL_BYTES, ValueSet};
use crate::link::{self, Linked};
use crate::naming::{DEFAULT_BUCKETS, DEFAULT_STORED, Rules};
use crate::place::Place;
use crate::read::{Collect, Declarations, Fields};
#[cfg(feature = "testing")]
use crate::series::AnySeries as _;
use crate::series::{Bounds, FamilyFacts, Handle, OnlyOne};
use crate::unit::Scale;
use std::any::Any;

/// The calls of one function.
#[doc(hidden)]
#[derive(Debug)]
pub struct CallSite {
    counts: CallCounts<NoLabels, NoLabels>,
    facts: CallSiteFacts,
}

/// The labels and the place of an instrumented function.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Function {
    /// Its name, with its type if known, and its module.
    pub labels: [&'static str; 2],
    /// The place of its declaration.
    pub location: Location,
}

/// The facts about an instrumented function.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct CallSiteFacts {
    /// The function.
    pub function: Function,
    /// The outcomes that are exposed before they occur.
    pub expected: Outcomes,
    /// The kinds of errors; open if there are none.
    pub kinds: ValueSet,
    /// Whether calls are timed.
    pub has_durations: bool,
    /// Whether calls in progress are exposed.
    pub has_in_progress: bool,
    /// Registers the function, if it is not in the link-time slice.
    pub join: fn(),
}

impl CallSite {
    /// Creates a function without calls.
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

    /// Returns a call that has not started yet.
    #[inline]
    pub fn prepare(&'static self, timing: Timing) -> Prepared<'static, OnlyOne, NoLabels> {
        let series = Handle::new(self.counts.store(), OnlyOne);
        Prepared::new(series, timing)
    }

    /// Returns what the registry needs.
    pub fn linked(&'static self) -> Linked {
        Linked {
            fields: self,
            declarations: &DECLARATIONS,
            location: Some(self.facts.function.location),
            label_values: &self.facts.function.labels,
        }
    }

    /// Returns the kinds of errors, which are not restricted.
    #[inline]
    pub fn kinds(&self) -> AnyKind {
        AnyKind
    }
}

/// Methods for reading in tests.
#[cfg(feature = "testing")]
impl CallSite {
    pub(crate) fn series(&self) -> Handle<'_, OnlyOne, CallSeries<NoLabels>> {
        Handle::new(self.counts.store(), OnlyOne)
    }

    /// Returns the names of the function and its module.
    pub(crate) fn labels(&self) -> [&'static str; 2] {
        self.facts.function.labels
    }

    /// Returns the kinds of its errors, if there are any.
    pub(crate) fn error_kinds(&self) -> impl Iterator<Item = &'static str> {
        let kinds = self.facts.kinds;
        let count = if kinds.is_closed() { kinds.count() } else { 0 };
        (0..count).map(move |kind| kinds.get(kind))
    }

    /// Returns how many calls have ended with an error of this kind.
    pub(crate) fn errors(&self, kind: usize) -> u64 {
        self.series().read(|read| read.map_or(0, |read| read.ended(End::error(kind).0)))
    }
}

impl Fields for CallSite {
    fn any(&self) -> Option<&dyn Any> {
        Some(self)
    }

    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        match index {
            0 => Some(&self.counts),
            1 if self.facts.has_durations => Some(&self.counts.0),
            2 if self.facts.has_in_progress => Some(&self.counts.0.0),
            _ => None,
        }
    }
}

/// The families that all instrumented functions share.
static DECLARATIONS: Declarations = Declarations {
    own: &[
        &Descriptor {
            name: Cow::Borrowed("function_calls_total"),
            help: Cow::Borrowed(
                "Calls of instrumented functions that have ended, by how they ended.",
            ),
            kind: Kind::Counter,
            label_names: Names::Declared(&["function", "module", "outcome", "error"]),
            is_sparse: true,
            needs_escaping: false,
            ..FAMILY
        },
        &Descriptor {
            name: Cow::Borrowed("function_calls_duration_seconds"),
            help: Cow::Borrowed("Time that calls of instrumented functions took."),
            kind: Kind::Histogram,
            unit: Some("seconds"),
            buckets: Cow::Borrowed(DEFAULT_BUCKETS),
            scale: Scale::Nanoseconds,
            type_unit: "seconds",
            is_sparse: true,
            needs_escaping: false,
            ..FAMILY
        },
        &Descriptor {
            name: Cow::Borrowed("function_calls_in_progress"),
            help: Cow::Borrowed("Calls of instrumented functions that run now."),
            kind: Kind::Gauge,
            ..FAMILY
        },
    ],
    groups: &[],
};

/// What these families have in common.
const FAMILY: Descriptor = Descriptor {
    name: Cow::Borrowed(""),
    help: Cow::Borrowed(""),
    kind: Kind::Unknown,
    unit: None,
    label_names: Names::Declared(&["function", "module"]),
    const_labels: ConstLabels::NONE,
    buckets: Cow::Borrowed(&[]),
    location: Location::UNKNOWN,
    waived: Rules::NONE,
    scale: Scale::Whole,
    type_unit: "",
    is_open: false,
    is_sparse: false,
    needs_escaping: false,
};
