//! The kinds of metrics, one file each.

mod counter;
mod gauge;
mod histogram;
mod in_progress;
mod timer;
mod work;

pub use counter::Counter;
pub(crate) use counter::addable;
pub use gauge::Gauge;
pub(crate) use histogram::bucket_of;
pub use histogram::{Bucket, Histogram, HistogramSnapshot};
pub use in_progress::{InProgress, InProgressGuard};
#[doc(hidden)]
pub use timer::StartTimer;
pub use timer::{TimedFuture, Timer};
#[doc(hidden)]
pub use work::{AFuture, AnyValue};
pub use work::{AsyncWork, NotAFuture};

use std::marker::PhantomData;
use std::time::Duration;

use crate::descriptor::Descriptor;
use crate::kind::Kind;
use crate::labels::LabelList;
use crate::place::Place;
use crate::read::Collect;
use crate::unit::{Scale, Unit};

/// A type that can be a field of a `#[derive(Metrics)]` struct.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a metric",
    label = "not a metric",
    note = "a field of a metrics struct is an `InProgress`, or a `Counter`, `Gauge` or `Histogram`, in a unit of `measurand::unit` if it has one, or a `Family<Labels, …>` of one of these, or `Calls<Labels>`, whose type is written so, without an alias; a group of them is marked `#[metric(flatten)]`, and anything else `#[metric(skip = …)]`"
)]
pub trait Metric: Collect + Sized + 'static {
    /// What kind of metric it is.
    const KIND: Kind;
    /// What it counts in.
    type Unit: Unit;
    /// How the bits of its values are to be read.
    #[doc(hidden)]
    const SCALE: Scale;
    /// Its labels, if it is a family.
    #[doc(hidden)]
    const LABELS: LabelList = LabelList::new();
    /// The same behind a reference: the compiler looks at every label again wherever a list itself is
    /// named, and a list has room for many.
    #[doc(hidden)]
    const LABEL_LIST: &'static LabelList = &Self::LABELS;
    /// Makes the metric of a declaration.
    #[doc(hidden)]
    type Maker<D: Declaration>: Make<Self>;
}

/// What a metric is made from.
#[doc(hidden)]
pub trait Declaration {
    /// Everything but the value.
    const DESCRIPTOR: &'static Descriptor;
    /// The bounds of its buckets as its unit stores them.
    const BOUNDS: &'static [u64];
    /// Where it counts: in slabs if it is one for the whole process.
    #[allow(clippy::declare_interior_mutable_const, reason = "each metric has a place of its own")]
    const PLACE: Place;
    /// The most series that an open family may have.
    const MAX_SERIES: usize;
    /// The most bytes that the value of an open label may have.
    const MAX_LABEL_BYTES: usize;
    /// How long an open series may go without an update.
    const EXPIRE_AFTER: Option<Duration>;
    /// The names of a family's own labels.
    const LABEL_NAMES: &'static [&'static str];
}

/// Makes a metric in a constant, where no trait's function can be called.
#[doc(hidden)]
pub trait Make<M> {
    /// The metric, at zero.
    const NEW: M;
}

/// Makes the metric `M` of the declaration `D`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Maker<M, D>(PhantomData<(M, D)>);
