//! Native histograms, whose buckets are created where observations fall.

use std::fmt;
use std::marker::PhantomData;

use once_cell::race::OnceBox;

use super::histogram::bucket_of;
use super::unlabelled::join_if_late;
use super::{Bucket, Observing, UnlabelledStore};
use crate::clock;
use crate::number::Number;
use crate::place::Place;
use crate::read::PointBuffers;
use crate::series::{AnySeries, Distribution, Reading, Stored, has_moved};
use crate::storage::{IS_RECORDING, NativeCells, NativeSnapshot, upper_bound};
use crate::unit::{Amount, Representation, Seconds, Unit, Unitless};

/// Observations counted in native buckets. These cover all values, grow with the distance from 0,
/// and exist only where there are observations.
///
/// Use it instead of a [`Histogram`](crate::Histogram) if your scraper asks for native histograms:
/// no bounds have to be chosen, and a series is a single sample per scrape, with quantiles within 5
/// percent. Other scrapers, and the text format 0.0.4, which cannot express native buckets, get the
/// count, the sum, and the classic buckets that the field's `buckets` option adds, if any.
///
/// The options of `#[metric(native(…))]`:
///
/// | option | default | meaning |
/// |---|---|---|
/// | `factor` | 1.1 | the largest factor between the bounds of adjacent buckets |
/// | `schema` | 3 | instead of `factor`, a number from -4 to 8: the factor is 2^(2^-`schema`) |
/// | `zero_threshold` | 2^-128 | the largest absolute value that counts in the zero bucket |
/// | `max_buckets` | 160 | the largest number of populated buckets; at most 2048, which is also what 0 means |
/// | `min_reset` | `"1h"` | the least time between two resets of a histogram with too many buckets; 0 for no resets |
/// | `max_zero_threshold` | 0 | how far the zero bucket may be widened before buckets are merged |
///
/// ```
/// use measurand::unit::{Bytes, Seconds};
/// use measurand::{Metrics, NativeHistogram};
///
/// /// The store's answers.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_native_store")]
/// struct Answers {
///     /// Time to answer.
///     duration_seconds: NativeHistogram<Seconds>,
///     /// Size of the answers.
///     #[metric(native(factor = 2, max_buckets = 40), buckets = exponential(256, 4, 6))]
///     size_bytes: NativeHistogram<Bytes>,
///     /// How far the clocks are apart. What is below a microsecond is no difference.
///     #[metric(native(
///         schema = 2,
///         zero_threshold = 1e-6,
///         max_zero_threshold = 1e-3,
///         max_buckets = 100,
///         min_reset = "30m",
///     ))]
///     clock_difference_seconds: NativeHistogram<Seconds>,
/// }
///
/// let size = &Answers::global().size_bytes;
/// size.observe(300);
/// size.observe(512);
/// let sizes = size.snapshot();
/// assert_eq!((sizes.count(), sizes.sum(), sizes.schema()), (2, 812, 0));
/// let bucket = sizes.native_buckets().next().unwrap();
/// assert_eq!((bucket.lower_bound, bucket.upper_bound, bucket.count), (256.0, 512.0, 2));
///
/// // For a thread or a struct that observes, wherever its histogram comes from:
/// let kept = size.keep();
/// std::thread::spawn(move || kept.observe(100)).join().unwrap();
/// assert_eq!(size.snapshot().count(), 3);
/// ```
///
/// Its counts are shared by all threads, so an observation is a locked instruction, where a static
/// [`Histogram`](crate::Histogram) usually needs none.
#[doc(alias = "SparseHistogram")]
#[doc(alias = "ExponentialHistogram")]
pub struct NativeHistogram<U = Unitless> {
    unlabelled: UnlabelledStore<[Place; 1], OnceBox<NativeCells>, Distribution>,
    of: PhantomData<fn() -> U>,
}

metric! {
    impl[U: Unit, or 'static] NativeHistogram<U> {
        kind: Histogram,
        unit: U,
        scale: U::Representation::SCALE,
        places: 1,
        cells: NativeCells,
        facts: Distribution,
        own: OnceBox<NativeCells> = OnceBox::new(),
        debug: NativeHistogram(snapshot),
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for NativeHistogram<U> {
    const IS_NATIVE: bool = true;

    fn cells(_: &Distribution) -> NativeCells {
        NativeCells::new(clock::now())
    }

    fn reset(cells: &NativeCells) {
        cells.reset(clock::now());
    }

    fn has_changed(cells: &NativeCells, last: &mut u64) -> bool {
        has_moved(cells.observations(), last)
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        let mut buffers = PointBuffers::default();
        read_into::<U>(read, &mut buffers);
        buffers.is_touched()
    }

    /// Resets a histogram that has become coarser if it is due. A snapshot does not.
    fn distribution_in(read: &Reading<'_, Self>, buffers: &mut PointBuffers) -> Number {
        if let Some(cells) = read.own() {
            cells.reset_if_due(&read.facts().native, clock::now());
        }
        read_into::<U>(read, buffers)
    }
}

fn read_into<U: Unit>(
    read: &Reading<'_, NativeHistogram<U>>,
    buffers: &mut PointBuffers,
) -> Number {
    let Distribution { bounds, native, .. } = read.facts();
    let Some(cells) = read.own() else {
        buffers.empty_native(native, bounds.buckets());
        return U::Representation::sum(0);
    };
    buffers.add_native(cells.last_reset(), |into| {
        cells.read::<U::Representation>(native, into, bounds.buckets());
    })
}

methods! { impl[U: Unit] NativeHistogram<U> {
    /// Observes `amount`.
    ///
    /// A [`Seconds::from_f64`](crate::unit::Seconds::from_f64) that is NaN, negative or too large
    /// is dropped, and counted in `measurand_rejected_values_total`. In a fractional unit, NaN is
    /// counted in no native bucket, and makes the sum NaN.
    #[doc(alias = "record")]
    #[inline]
    pub fn observe(&self, amount: impl Amount<U>) {
        observe(self, amount);
    }

    /// Returns the buckets, the count and the sum at one moment; all 0 if there is no such series.
    #[must_use]
    pub fn snapshot(&self) -> NativeHistogramSnapshot<U> {
        snapshot(self)
    }
} }

/// Returns the current contents of a series.
pub(super) fn snapshot<U: Unit>(
    series: &impl AnySeries<NativeHistogram<U>>,
) -> NativeHistogramSnapshot<U> {
    let facts = series.facts();
    let mut buffers = PointBuffers::default();
    let sum = series.read(|read| read.map(|read| read_into::<U>(read, &mut buffers)));
    let sum = sum.unwrap_or_else(|| {
        buffers.empty_native(&facts.native, facts.bounds.buckets());
        U::Representation::sum(0)
    });
    let bounds = facts.bounds.upper.to_vec();
    NativeHistogramSnapshot {
        bounds,
        classic: buffers.counts,
        native: buffers.native,
        sum: U::sum(sum),
    }
}

timed! { impl[] NativeHistogram<Seconds> }

impl Observing for NativeHistogram<Seconds> {
    #[inline]
    fn observe_time(series: &impl AnySeries<Self>, elapsed: std::time::Duration) {
        observe(series, elapsed);
    }
}

/// Counts an observation in a series.
#[inline]
fn observe<S: AnySeries<NativeHistogram<U>>, U: Unit>(series: &S, amount: impl Amount<U>) {
    if !IS_RECORDING {
        return;
    }
    match amount.bits() {
        Some(bits) => observe_bits(series, bits),
        None => series.rejected().count(),
    }
}

/// Counts an observation given by its bits.
#[inline]
pub(super) fn observe_bits<S: AnySeries<NativeHistogram<U>>, U: Unit>(series: &S, bits: u64) {
    let Distribution { bounds, native, .. } = series.facts();
    let classic = bucket_of::<U::Representation>(&bounds.stored, bits);
    series.update(
        |places, _| {
            join_if_late::<S, _>(places);
            false
        },
        |cells| {
            if !cells.observe::<U::Representation>(native, (bits, classic), clock::now) {
                series.rejected().count();
            }
        },
    );
}

/// The contents of a native histogram at one moment.
///
/// Returned by [`NativeHistogram::snapshot`], and by the same method of a [`Series`](crate::Series) and
/// of a [`Handle`](crate::family::Handle).
///
/// ```
/// use measurand::{Metrics, NativeHistogram, unit::Celsius};
///
/// /// The weather station.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_native_snapshot", global = STATION)]
/// struct StationMetrics {
///     /// Temperatures measured.
///     #[metric(native(schema = 0, zero_threshold = 0.5), buckets = [0, 10])]
///     air_celsius: NativeHistogram<Celsius>,
/// }
///
/// for degrees in [-3.0, 0.25, 7.0, 7.5] {
///     STATION.air_celsius.observe(degrees);
/// }
/// let snapshot = STATION.air_celsius.snapshot();
/// assert_eq!((snapshot.count(), snapshot.sum()), (4, 11.75));
/// assert_eq!((snapshot.schema(), snapshot.zero_threshold()), (0, 0.5));
/// let native = snapshot.native_buckets().map(|it| (it.lower_bound, it.upper_bound, it.count));
/// assert!(native.eq([(-4.0, -2.0, 1), (-0.5, 0.5, 1), (4.0, 8.0, 2)]));
/// let classic = snapshot.buckets().map(|it| (it.upper_bound, it.count));
/// assert!(classic.eq([(0.0, 1), (10.0, 3), (f64::INFINITY, 0)]));
/// ```
pub struct NativeHistogramSnapshot<U: Unit = Unitless> {
    bounds: Vec<f64>,
    classic: Vec<u64>,
    native: NativeSnapshot,
    sum: U::Sum,
}

/// One bucket of a [`NativeHistogramSnapshot`], with the bounds in the base unit.
///
/// ```
/// # use measurand::{Metrics, NativeHistogram};
/// use measurand::metric::NativeBucket;
/// # /// M.
/// # #[derive(Metrics)]
/// # #[metrics(namespace = "doc_native_bucket", global = STORE)]
/// # struct M {
/// #     /// Rows of an answer.
/// #     #[metric(native(factor = 2))]
/// #     rows: NativeHistogram,
/// # }
///
/// STORE.rows.observe(7);
/// let snapshot = STORE.rows.snapshot();
/// let highest: NativeBucket = snapshot.native_buckets().last().unwrap();
/// assert_eq!((highest.lower_bound, highest.upper_bound, highest.count), (4.0, 8.0, 1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct NativeBucket {
    /// The lower bound, which is exclusive except below 0 and in the zero bucket.
    pub lower_bound: f64,
    /// The upper bound, which is inclusive except below 0.
    pub upper_bound: f64,
    /// The number of observations in this bucket alone.
    pub count: u64,
}

impl<U: Unit> NativeHistogramSnapshot<U> {
    /// Returns the number of observations, including NaN.
    pub fn count(&self) -> u64 {
        self.native.count
    }

    /// Returns the sum of all observations.
    pub fn sum(&self) -> U::Sum {
        self.sum
    }

    /// Returns the schema of the buckets, from -4 to 8; a higher one is finer.
    pub fn schema(&self) -> i8 {
        self.native.schema
    }

    /// Returns the largest absolute value that counts in the zero bucket.
    pub fn zero_threshold(&self) -> f64 {
        self.native.zero_threshold
    }

    /// Returns the populated buckets, including the zero bucket, from the lowest to the highest.
    pub fn native_buckets(&self) -> impl Iterator<Item = NativeBucket> {
        let NativeSnapshot { schema, zero_threshold, zero_count, positive, negative, .. } =
            &self.native;
        let (schema, zero_threshold, zero_count) = (*schema, *zero_threshold, *zero_count);
        let bounds = move |index: i32| (upper_bound(schema, index - 1), upper_bound(schema, index));
        let below = negative.iter().rev().map(move |(index, count)| {
            let (near, far) = bounds(*index);
            NativeBucket { lower_bound: -far, upper_bound: -near, count: *count }
        });
        let zero = (zero_count != 0).then_some(NativeBucket {
            lower_bound: -zero_threshold,
            upper_bound: zero_threshold,
            count: zero_count,
        });
        let above = positive.iter().map(move |(index, count)| {
            let (lower_bound, upper_bound) = bounds(*index);
            NativeBucket { lower_bound, upper_bound, count: *count }
        });
        below.chain(zero).chain(above)
    }

    /// Returns all classic buckets, from the lowest to `+Inf`, which may be the only one.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        std::iter::zip(bounds, &self.classic)
            .map(|(upper_bound, count)| Bucket { upper_bound, count: *count })
    }
}

impl<U: Unit> Clone for NativeHistogramSnapshot<U> {
    fn clone(&self) -> Self {
        NativeHistogramSnapshot {
            bounds: self.bounds.clone(),
            classic: self.classic.clone(),
            native: self.native.clone(),
            sum: self.sum,
        }
    }
}

impl<U: Unit> fmt::Debug for NativeHistogramSnapshot<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeHistogramSnapshot")
            .field("count", &self.count())
            .field("sum", &self.sum)
            .field("schema", &self.schema())
            .field("native_buckets", &self.native_buckets().collect::<Vec<_>>())
            .field("buckets", &self.buckets().collect::<Vec<_>>())
            .finish()
    }
}
