//! Series: what one counts in, how it is reached, updated and read, whatever kind of metric it is of
//! and whether it stands alone, in a family, or is kept.

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
pub(crate) use kept::Alone;
pub use kept::Series;
pub use reading::Reading;
pub(crate) use reading::{InSlabs, shaped, total_of};
pub(crate) use store::FamilyFacts;
pub use store::Store;

use std::borrow::Cow;
use std::time::Duration;

use crate::exemplar::Exemplar;
use crate::labels::{LabelList, Values};
use crate::number::Number;
use crate::place::{Shape, Totals};
use crate::read::Room;
use crate::storage::NativeOptions;

/// What has series, be it a metric in a proper unit or not: what is wrong with it is then said of the
/// field that is written so, and not by the definition of [`Family`](crate::Family) as well.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the metric of a family",
    label = "not a metric with series",
    note = "a family is written `Family<Labels, Counter>`, with a `Counter`, `Gauge`, `Histogram` or `InProgress` second"
)]
pub trait SeriesType {
    /// What a series counts in, where it has cells of its own.
    #[doc(hidden)]
    type Cells: 'static;

    /// What all series of a metric have in common.
    #[doc(hidden)]
    type Facts;
}

/// What a kind of metric is, apart from the methods that people call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no series",
    label = "not a metric",
    note = "a kept series is written `Series<Counter>`, with the metric that it is of, in its unit if it has one"
)]
pub trait Stored:
    SeriesType<Cells: Send + Sync, Facts: Clone + Send + Sync + 'static> + Sized + Send + Sync + 'static
{
    /// Whether what stands in slabs can be taken away again, as it has to be where a series is
    /// removed. No float can be taken away from a sum.
    #[doc(hidden)]
    const IS_CLEARABLE: bool = true;

    /// Whether it has native buckets, so that it need have no others.
    #[doc(hidden)]
    const IS_NATIVE: bool = false;

    /// Whether its series may have exemplars.
    #[doc(hidden)]
    const HAS_EXEMPLARS: bool = false;

    /// Cells at zero.
    #[doc(hidden)]
    fn cells(facts: &Self::Facts) -> Self::Cells;

    /// The cells that a series has in every slab, if any, at each of the places.
    #[doc(hidden)]
    fn shapes(_facts: &Self::Facts) -> [Option<Shape>; 2] {
        [None, None]
    }

    /// Takes cells of its own back to zero.
    #[doc(hidden)]
    fn reset(cells: &Self::Cells);

    /// Whether the cells were updated since this was asked last, when `last` became what it is.
    #[doc(hidden)]
    fn has_changed(cells: &Self::Cells, last: &mut u64) -> bool;

    /// Whether the series was updated since it was cleared.
    #[doc(hidden)]
    fn is_touched_in(read: &Reading<'_, Self>) -> bool;

    /// The bits of its value, of what is no histogram.
    #[doc(hidden)]
    fn bits_in(_read: &Reading<'_, Self>) -> u64 {
        0
    }

    /// The same for a gather, where a kind that starts anew at each of them does so.
    #[doc(hidden)]
    #[inline]
    fn gathered_bits(read: &Reading<'_, Self>) -> u64 {
        Self::bits_in(read)
    }

    /// The rows that a series is shown by, where these are more than one.
    #[doc(hidden)]
    const PARTS: Parts = Parts::ONE;

    /// The bits of the value of one of them, for the gather that has these totals.
    #[doc(hidden)]
    #[inline]
    fn part_bits(read: &Reading<'_, Self>, _part: usize, _totals: &Totals) -> u64 {
        Self::gathered_bits(read)
    }

    /// Adds the exemplars of a series, of which a histogram has them by its buckets.
    #[doc(hidden)]
    fn exemplars_in(_read: &Reading<'_, Self>, _exemplars: &mut Vec<Exemplar>) {}

    /// Adds what a distribution holds to what is there, and gives the sum.
    #[doc(hidden)]
    fn distribution_in(_read: &Reading<'_, Self>, _room: &mut Room) -> Number {
        Number::Whole(0)
    }
}

/// The rows that a series is shown by.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    /// The values of the label that tells them apart, which is called as the family.
    label: Option<Values>,
}

impl Parts {
    /// One, without a label more.
    pub(crate) const ONE: Parts = Parts { label: None };

    /// One for each of these values.
    pub(crate) const fn of(values: Values) -> Parts {
        Parts { label: Some(values) }
    }

    /// Whether a label tells them apart.
    pub(crate) const fn has_label(self) -> bool {
        self.label.is_some()
    }

    /// How many there are.
    #[inline]
    pub(crate) const fn len(self) -> usize {
        match self.label {
            Some(values) => values.count(),
            None => 1,
        }
    }

    /// The value of the label of one of them.
    pub(crate) fn value(self, part: usize) -> &'static str {
        self.label.map_or("", |values| values.get(part))
    }

    /// These labels, and the one that tells the parts apart.
    pub(crate) const fn labels(self, own: LabelList) -> LabelList {
        match self.label {
            Some(values) => own.called_as_family(values),
            None => own,
        }
    }
}

/// Whether a number that only grows is another one than when this was asked last.
pub(crate) fn has_moved(now: u64, last: &mut u64) -> bool {
    std::mem::replace(last, now) != now
}

/// The upper bounds of buckets, without `+Inf`.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Bounds {
    /// In the base unit.
    pub(crate) upper: Cow<'static, [f64]>,
    /// As the unit stores them.
    pub(crate) stored: Cow<'static, [u64]>,
}

impl Bounds {
    pub(crate) const fn of(upper: &'static [f64], stored: &'static [u64]) -> Bounds {
        Bounds { upper: Cow::Borrowed(upper), stored: Cow::Borrowed(stored) }
    }

    /// How many buckets there are, `+Inf` included.
    pub(crate) fn buckets(&self) -> usize {
        self.stored.len() + 1
    }
}

/// The buckets that a distribution may have, or its quantiles.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The classic ones.
    pub(crate) bounds: Bounds,
    /// How fine native ones are.
    pub(crate) native: NativeOptions,
    /// What a summary has instead.
    pub(crate) quantiles: Quantiles,
}

/// The quantiles of a summary.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Quantiles {
    /// Each with its error.
    pub(crate) list: Cow<'static, [(f64, f64)]>,
    /// How long they look back, and in how many steps that passes.
    pub(crate) max_age: Duration,
    pub(crate) ages: u32,
}

impl Quantiles {
    /// None, and what is usual for all else.
    pub(crate) const NONE: Quantiles =
        Quantiles { list: Cow::Borrowed(&[]), max_age: Duration::from_secs(600), ages: 5 };

    /// These, with what is said of them.
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
