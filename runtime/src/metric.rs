//! The kinds of metrics, one file each: what a series of it counts in, how it is updated and read.

#[macro_use]
mod kind;

mod counter;
mod fact;
mod gauge;
mod histogram;
mod in_progress;
mod kept;
mod lone;
mod native_histogram;
mod peak_gauge;
mod read;
mod state_set;
#[cfg(feature = "summary")]
mod summary;
mod timer;
mod touches;
mod unknown;
mod with_exemplars;
mod work;

pub use counter::Counter;
pub use fact::Fact;
pub(crate) use fact::{hold, holds};
pub use gauge::Gauge;
pub(crate) use histogram::bucket_of;
pub use histogram::{Bucket, Histogram, HistogramSnapshot};
pub use in_progress::{InProgress, InProgressGuard};
#[doc(hidden)]
pub use lone::{Lone, Own};
pub use native_histogram::{NativeBucket, NativeHistogram, NativeHistogramSnapshot};
pub use peak_gauge::PeakGauge;
pub use read::{Read, ReadFrom, Readable};
#[doc(hidden)]
pub use read::{ReadField, read_as};
pub(crate) use state_set::states_problem;
pub use state_set::{State, StateSet};
#[cfg(feature = "summary")]
pub use summary::{Summary, SummarySnapshot};
pub use timer::{Observing, TimedFuture, Timer};
pub use unknown::Unknown;
pub use with_exemplars::{TakesExemplars, WithExemplars};
#[doc(hidden)]
pub use work::{AFuture, AnyValue};
pub use work::{AsyncWork, NotAFuture};

use std::marker::PhantomData;
use std::time::Duration;

use crate::descriptor::{Descriptor, Names};
use crate::kind::Kind;
use crate::labels::LabelList;
use crate::place::Place;
use crate::read::Collect;
use crate::series::{Bounds, Distribution, FamilyFacts, Quantiles, Stored};
use crate::storage::NativeOptions;
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
    /// Whether it has native buckets, so that it need have no others.
    #[doc(hidden)]
    const IS_NATIVE: bool = false;
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

/// A metric that can be kept once for each set of labels.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the metric of a family",
    label = "not a metric with series",
    note = "a family is written `Family<Labels, Counter>`, with a `Counter`, `Gauge`, `Histogram` or `InProgress` second, in a unit of `measurand::unit` if it has one"
)]
pub trait FamilyMetric: Metric + Stored<Facts: From<Distribution>> {
    /// Where it has its cells in slabs, where it stands alone.
    #[doc(hidden)]
    type Places: AsRef<[Place]> + Send + Sync + 'static;
    /// Where it has its other cells, where it stands alone.
    #[doc(hidden)]
    type Own: Own<Self::Cells>;
    /// Makes what all its series have in common.
    #[doc(hidden)]
    type FactsMaker<D: Declaration>: Make<Self::Facts>;

    /// One alone that is made at run time.
    #[doc(hidden)]
    fn made(facts: Self::Facts) -> Self;

    /// What it is made of, where it stands alone.
    #[doc(hidden)]
    fn lone(&self) -> &Lone<Self::Places, Self::Own, Self::Facts>;
}

/// What a metric is made from.
#[doc(hidden)]
pub trait Declaration {
    /// Everything but the value.
    const DESCRIPTOR: &'static Descriptor;
    /// The bounds of its buckets as its unit stores them.
    const BOUNDS: &'static [u64];
    /// How fine its native buckets are.
    const NATIVE: NativeOptions;
    /// Where it counts: in slabs if it is one for the whole process.
    #[allow(clippy::declare_interior_mutable_const, reason = "each metric has a place of its own")]
    const PLACE: Place;
    /// The most series that an open family may have.
    const MAX_SERIES: usize;
    /// The most bytes that the value of an open label may have.
    const MAX_LABEL_BYTES: usize;
    /// How long an open series may go without an update.
    const EXPIRE_AFTER: Option<Duration>;
    /// The quantiles of a summary, each with its error.
    const QUANTILES: &'static [(f64, f64)];
    /// How long they look back, and in how many steps that passes, if it is said.
    const MAX_AGE: Option<Duration>;
    const AGE_BUCKETS: Option<u32>;
    /// The function that it is read from, if it is.
    const READ: Option<fn() -> Option<u64>>;
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

impl<D: Declaration> Make<()> for Maker<(), D> {
    const NEW: () = ();
}

impl<D: Declaration> Make<Bounds> for Maker<Bounds, D> {
    const NEW: Bounds = Bounds::of(D::DESCRIPTOR.buckets(), D::BOUNDS);
}

impl<D: Declaration> Make<Distribution> for Maker<Distribution, D> {
    const NEW: Distribution = Distribution {
        bounds: Bounds::of(D::DESCRIPTOR.buckets(), D::BOUNDS),
        native: D::NATIVE,
        quantiles: Quantiles::NONE,
    };
}

impl<D: Declaration> Make<Quantiles> for Maker<Quantiles, D> {
    const NEW: Quantiles = Quantiles::of(D::QUANTILES, D::MAX_AGE, D::AGE_BUCKETS);
}

impl FamilyFacts {
    pub(crate) const fn of<D: Declaration>() -> FamilyFacts {
        FamilyFacts {
            names: Names::Declared(D::LABEL_NAMES),
            max_series: D::MAX_SERIES,
            max_label_bytes: D::MAX_LABEL_BYTES,
            expire_after: D::EXPIRE_AFTER,
        }
    }
}
