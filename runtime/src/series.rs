//! Series: their cells, and how one is reached, updated and read, whatever its kind and whether it
//! is a metric of its own, in a family, or kept.

#![allow(unreachable_pub, reason = "signatures of public items name them, and nobody else is to")]

mod changes;
mod column;
mod handle;
mod isolated;
mod kept;
mod reading;
mod store;

pub(crate) use column::SeriesRow;

pub use handle::{AnySeries, ByLabels, Found, Handle, Kept, OnlyOne, Target};
pub(crate) use kept::KeptUnlabelled;
pub use kept::Series;
pub use reading::Reading;
pub(crate) use reading::{InSlabs, shaped, total_of};
pub(crate) use store::FamilyFacts;
pub use store::Store;

use std::borrow::Cow;
use std::time::Duration;

use crate::exemplar::Exemplar;
use crate::labels::{LabelList, ValueSet};
use crate::number::Number;
use crate::place::{Shape, Totals};
use crate::read::PointBuffers;
use crate::storage::NativeOptions;

/// A type with series, whatever its unit. The bound of [`Family`](crate::Family) is this rather
/// than [`Stored`], so that a wrong unit is reported once, where the field is written.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the metric of a family",
    label = "not a metric with series",
    note = "a family is written `Family<Labels, Counter>`, with a `Counter`, `Gauge`, `Histogram` or `InProgress` second"
)]
pub trait SeriesType {
    /// The cells of a series outside slabs.
    #[doc(hidden)]
    type Cells: 'static;

    /// What all series of a metric share.
    #[doc(hidden)]
    type Facts;
}

/// The storage of a kind of metric, apart from the methods that users call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no series",
    label = "not a metric",
    note = "a kept series is written `Series<Counter>`, with its metric, in its unit if it has one"
)]
pub trait Stored:
    SeriesType<Cells: Send + Sync, Facts: Clone + Send + Sync + 'static> + Sized + Send + Sync + 'static
{
    /// Whether a reset can subtract what is in slabs. Floats cannot be subtracted from a sum
    /// exactly.
    #[doc(hidden)]
    const IS_CLEARABLE: bool = true;

    /// Whether it has native buckets, so that classic ones are optional.
    #[doc(hidden)]
    const IS_NATIVE: bool = false;

    /// Whether its series may have exemplars.
    #[doc(hidden)]
    const HAS_EXEMPLARS: bool = false;

    /// Creates cells at zero.
    #[doc(hidden)]
    fn cells(facts: &Self::Facts) -> Self::Cells;

    /// Returns the shapes of the cells that a series has in every slab, one per place.
    #[doc(hidden)]
    fn shapes(_facts: &Self::Facts) -> [Option<Shape>; 2] {
        [None, None]
    }

    /// Resets a series' own cells to zero.
    #[doc(hidden)]
    fn reset(cells: &Self::Cells);

    /// Returns whether the cells were updated since the last call, which has set `last`.
    #[doc(hidden)]
    fn has_changed(cells: &Self::Cells, last: &mut u64) -> bool;

    /// Returns whether the series was updated since it was last reset.
    #[doc(hidden)]
    fn is_touched_in(read: &Reading<'_, Self>) -> bool;

    /// Returns the bits of the value, unless the metric is a distribution.
    #[doc(hidden)]
    fn bits_in(_read: &Reading<'_, Self>) -> u64 {
        0
    }

    /// Returns the bits of the value for a gather. Kinds that start anew with each gather do so
    /// here.
    #[doc(hidden)]
    #[inline]
    fn gathered_bits(read: &Reading<'_, Self>) -> u64 {
        Self::bits_in(read)
    }

    /// The rows of a series, if there are several.
    #[doc(hidden)]
    const PARTS: Parts = Parts::ONE;

    /// Returns the bits of the value of one of its rows, for the gather that has taken `totals`.
    #[doc(hidden)]
    #[inline]
    fn part_bits(read: &Reading<'_, Self>, _part: usize, _totals: &Totals) -> u64 {
        Self::gathered_bits(read)
    }

    /// Adds the exemplars of a series, sorted by value.
    #[doc(hidden)]
    fn exemplars_in(_read: &Reading<'_, Self>, _exemplars: &mut Vec<Exemplar>) {}

    /// Adds the contents of a distribution to `buffers`, and returns the sum.
    #[doc(hidden)]
    fn distribution_in(_read: &Reading<'_, Self>, _room: &mut PointBuffers) -> Number {
        Number::Whole(0)
    }
}

/// The rows that a series is exposed as.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// The values of the label that distinguishes them, whose name is that of the family.
    label: Option<ValueSet>,
}

impl Parts {
    /// A single row, without an additional label.
    pub(crate) const ONE: Parts = Parts { label: None };

    /// Creates a row for each of these values.
    pub(crate) const fn of(values: ValueSet) -> Parts {
        Parts { label: Some(values) }
    }

    /// Returns whether a label distinguishes the rows.
    pub(crate) const fn has_label(self) -> bool {
        self.label.is_some()
    }

    /// Returns the number of rows.
    #[inline]
    pub(crate) const fn len(self) -> usize {
        match self.label {
            Some(values) => values.count(),
            None => 1,
        }
    }

    /// Returns the label value of a row.
    pub(crate) fn value(self, part: usize) -> &'static str {
        self.label.map_or("", |values| values.get(part))
    }

    /// Returns `own` with the label that distinguishes the rows.
    pub(crate) const fn labels(self, own: LabelList) -> LabelList {
        match self.label {
            Some(values) => own.called_as_family(values),
            None => own,
        }
    }
}

/// Returns whether a number that only grows has changed since the last call.
pub(crate) fn has_moved(now: u64, last: &mut u64) -> bool {
    std::mem::replace(last, now) != now
}

/// The upper bounds of buckets, without `+Inf`.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The bounds in the base unit.
    pub(crate) upper: Cow<'static, [f64]>,
    /// The bounds as the unit stores them.
    pub(crate) stored: Cow<'static, [u64]>,
}

impl Bounds {
    pub(crate) const fn of(upper: &'static [f64], stored: &'static [u64]) -> Bounds {
        Bounds { upper: Cow::Borrowed(upper), stored: Cow::Borrowed(stored) }
    }

    /// Returns the number of buckets, `+Inf` included.
    pub(crate) fn buckets(&self) -> usize {
        self.stored.len() + 1
    }
}

/// The buckets of a distribution, or its quantiles.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The bounds of classic buckets.
    pub(crate) bounds: Bounds,
    /// The options of native buckets.
    pub(crate) native: NativeOptions,
    /// The quantiles of a summary.
    pub(crate) quantiles: Quantiles,
}

/// The quantiles of a summary.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Quantiles {
    /// The quantiles, each with its error.
    pub(crate) list: Cow<'static, [(f64, f64)]>,
    /// The window that they look back over, and the number of steps in which it moves.
    pub(crate) max_age: Duration,
    pub(crate) ages: u32,
}

impl Quantiles {
    /// No quantiles, and the default window.
    pub(crate) const NONE: Quantiles =
        Quantiles { list: Cow::Borrowed(&[]), max_age: Duration::from_secs(600), ages: 5 };

    /// Creates quantiles, with the default window where none is given.
    pub(crate) const fn of(
        list: &'static [(f64, f64)],
        max_age: Option<Duration>,
        ages: Option<u32>,
    ) -> Quantiles {
        Quantiles {
            list: Cow::Borrowed(list),
            max_age: match max_age {
                Some(max_age) => max_age,
                None => Quantiles::NONE.max_age,
            },
            ages: match ages {
                Some(ages) => ages,
                None => Quantiles::NONE.ages,
            },
        }
    }
}

impl From<Distribution> for Quantiles {
    fn from(distribution: Distribution) -> Quantiles {
        distribution.quantiles
    }
}

impl From<Distribution> for Bounds {
    fn from(distribution: Distribution) -> Bounds {
        distribution.bounds
    }
}

impl From<Distribution> for () {
    fn from(_: Distribution) {}
}
