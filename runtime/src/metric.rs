//! The kinds of metrics, one file each: the cells of a series, its updates and how it is read.

#[macro_use]
mod kind;

mod counter;
mod fact;
mod gauge;
mod histogram;
mod in_progress;
mod kept;
mod native_histogram;
mod peak_gauge;
mod read;
mod state_set;
#[cfg(feature = "summary")]
mod summary;
mod timer;
mod touches;
mod unknown;
mod unlabelled;
mod with_exemplars;
mod work;

pub use counter::Counter;
pub use fact::Fact;
pub(crate) use fact::{hold, holds};
pub use gauge::Gauge;
pub(crate) use histogram::bucket_of;
pub use histogram::{Bucket, Histogram, HistogramSnapshot};
pub use in_progress::{InProgress, InProgressGuard};
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
#[doc(hidden)]
pub use unlabelled::{Own, UnlabelledStore};
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
///
/// ```
/// use measurand::metric::Metric;
/// use measurand::unit::{Bytes, Seconds, Unit};
/// use measurand::{Counter, Family, Histogram, Kind, family::Method};
///
/// /// Describes any type of metric.
/// fn describe<M: Metric>() -> String {
///     format!("{} of {}", M::KIND, M::Unit::NAME)
/// }
///
/// assert_eq!(Counter::<Bytes>::KIND, Kind::Counter);
/// assert_eq!(describe::<Counter<Bytes>>(), "counter of bytes");
/// assert_eq!(describe::<Family<Method, Histogram<Seconds>>>(), "histogram of seconds");
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a metric",
    label = "not a metric",
    note = "a field of a metrics struct is an `InProgress`, or a `Counter`, `Gauge` or `Histogram`, in a unit of `measurand::unit` if it has one, or a `Family<Labels, …>` of one of these, or `Calls<Labels>`, whose type is written out, without an alias; a group of them is marked `#[metric(flatten)]`, and anything else `#[metric(skip = …)]`"
)]
pub trait Metric: Collect + Sized + 'static {
    /// The kind of metric.
    const KIND: Kind;
    /// The unit of its values.
    type Unit: Unit;
    /// How the bits of its values are read.
    #[doc(hidden)]
    const SCALE: Scale;
    /// Whether it has native buckets, so that classic ones are optional.
    #[doc(hidden)]
    const IS_NATIVE: bool = false;
    /// The labels of a family.
    #[doc(hidden)]
    const LABELS: LabelList = LabelList::new();
    /// A reference to `LABELS`. The compiler evaluates a list again wherever the list itself is
    /// named, which is slow since a list has room for many labels.
    #[doc(hidden)]
    const LABEL_LIST: &'static LabelList = &Self::LABELS;
    /// Creates the metric of a declaration.
    #[doc(hidden)]
    type Maker<D: Declaration>: Make<Self>;
}

/// A metric that a family can have a series of for each label set.
///
/// ```
/// use measurand::family::{FamilyMetric, Method};
/// use measurand::{Counter, Family, LabelSet, Metrics};
///
/// /// Returns the number of series that a family of any metric has.
/// fn series_of<L: LabelSet, M: FamilyMetric>(family: &Family<L, M>) -> usize {
///     let mut series = 0;
///     family.for_each(|_, _| series += 1);
///     series
/// }
///
/// /// The API.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_family_metric", global = API)]
/// struct ApiMetrics {
///     /// Requests.
///     requests_total: Family<Method, Counter>,
/// }
///
/// API.requests_total.with(Method::Get).inc();
/// assert_eq!(series_of(&API.requests_total), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the metric of a family",
    label = "not a metric with series",
    note = "a family is written `Family<Labels, Counter>`, with a `Counter`, `Gauge`, `Histogram` or `InProgress` second, in a unit of `measurand::unit` if it has one"
)]
pub trait FamilyMetric: Metric + Stored<Facts: From<Distribution>> {
    /// The places of its cells in slabs if it is not in a family.
    #[doc(hidden)]
    type Places: AsRef<[Place]> + Send + Sync + 'static;
    /// Its other cells if it is not in a family.
    #[doc(hidden)]
    type Own: Own<Self::Cells>;
    /// Creates what all its series share.
    #[doc(hidden)]
    type FactsMaker<D: Declaration>: Make<Self::Facts>;

    /// Creates a metric without labels at run time.
    #[doc(hidden)]
    fn made(facts: Self::Facts) -> Self;

    /// Returns the parts of a metric without labels.
    #[doc(hidden)]
    fn unlabelled(&self) -> &UnlabelledStore<Self::Places, Self::Own, Self::Facts>;
}

/// The declaration that a metric is created from.
#[doc(hidden)]
pub trait Declaration {
    /// The descriptor.
    const DESCRIPTOR: &'static Descriptor;
    /// The bounds of its buckets as its unit stores them.
    const BOUNDS: &'static [u64];
    /// The options of its native buckets.
    const NATIVE: NativeOptions;
    /// Where its cells are: in slabs if there is one metric for the whole process.
    #[allow(clippy::declare_interior_mutable_const, reason = "each metric has a place of its own")]
    const PLACE: Place;
    /// The largest number of series of an open family.
    const MAX_SERIES: usize;
    /// The longest value of an open label in bytes.
    const MAX_LABEL_BYTES: usize;
    /// The time without an update after which an open series expires.
    const EXPIRE_AFTER: Option<Duration>;
    /// The quantiles of a summary, each with its error.
    const QUANTILES: &'static [(f64, f64)];
    /// The window that the quantiles look back over, and the number of steps in which it moves, if
    /// given.
    const MAX_AGE: Option<Duration>;
    const AGE_BUCKETS: Option<u32>;
    /// The function that its value is read from, if any.
    const READ: Option<fn() -> Option<u64>>;
    /// The names of a family's own labels.
    const LABEL_NAMES: &'static [&'static str];
}

/// Creates a metric in a constant, where trait functions cannot be called.
#[doc(hidden)]
pub trait Make<M> {
    /// The metric, at zero.
    const NEW: M;
}

/// Creates the metric `M` of the declaration `D`.
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
