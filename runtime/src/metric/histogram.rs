//! Histograms, which count observations in buckets.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use once_cell::race::OnceBox;

use super::{Observing, UnlabelledStore};
use crate::number::Number;
use crate::place::{Place, Shape};
use crate::read::PointBuffers;
use crate::series::{AnySeries, Bounds, Reading, Stored, has_moved};
use crate::storage::{self, HistogramCells, IS_RECORDING, Observation};
use crate::unit::{Amount, Representation, Seconds, Unit, Unitless};

/// Observations counted in buckets, with their number and sum.
///
/// Use it for durations and sizes, where the distribution matters. The field's `buckets` option
/// sets the bounds. Without it, a histogram of seconds has the default bounds of client_golang (5
/// ms to 10 s); any other unit needs `buckets`.
///
/// ```
/// use std::time::Duration;
/// use measurand::unit::{Bytes, Seconds};
/// use measurand::{Histogram, Metrics};
///
/// /// The store's answers.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_store")]
/// struct Answers {
///     /// Time to answer.
///     duration_seconds: Histogram<Seconds>,
///     /// Size of the answers.
///     #[metric(buckets = exponential(256, 4, 6))]
///     size_bytes: Histogram<Bytes>,
///     /// Rows of the answers.
///     #[metric(buckets = [1, 10, 100])]
///     rows: Histogram,
///     /// Shards that were asked: 1, 2, … 8.
///     #[metric(buckets = linear(1, 1, 8))]
///     shards: Histogram,
///     /// Time to wait for the disk: 10 bounds from 1 ms to 1 s, each as many times the one before.
///     #[metric(buckets = exponential_range(0.001, 1, 10))]
///     wait_seconds: Histogram<Seconds>,
/// }
///
/// let answers = Answers::global();
/// answers.duration_seconds.observe(Duration::from_millis(12));
/// answers.size_bytes.observe(300);
/// let sizes = answers.size_bytes.snapshot();
/// assert_eq!((sizes.count(), sizes.sum()), (1, 300));
///
/// // For a thread or a struct that observes, wherever its histogram comes from:
/// let rows = answers.rows.keep();
/// std::thread::spawn(move || rows.observe(25)).join().unwrap();
/// assert_eq!(answers.rows.snapshot().count(), 1);
/// ```
///
/// A bare number is not a duration:
///
/// ```compile_fail,E0277
/// # use measurand::{Histogram, Metrics, unit::Seconds};
/// # /// M.
/// # #[derive(Metrics)]
/// # #[metrics(local)]
/// # struct M {
/// #     /// Time to answer.
/// #     duration_seconds: Histogram<Seconds>,
/// # }
/// M::global().duration_seconds.observe(12);
/// ```
pub struct Histogram<U = Unitless> {
    unlabelled: UnlabelledStore<[Place; 1], OnceBox<HistogramCells>, Bounds>,
    of: PhantomData<fn() -> U>,
}

metric! {
    impl[U: Unit, or 'static] Histogram<U> {
        kind: Histogram,
        unit: U,
        scale: U::Representation::SCALE,
        places: 1,
        cells: HistogramCells,
        facts: Bounds,
        own: OnceBox<HistogramCells> = OnceBox::new(),
        debug: Histogram(snapshot),
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for Histogram<U> {
    const IS_CLEARABLE: bool = U::Representation::INTEGRAL;

    fn cells(bounds: &Bounds) -> HistogramCells {
        HistogramCells::new(bounds.buckets())
    }

    fn shapes(bounds: &Bounds) -> [Option<Shape>; 2] {
        let (buckets, is_integral) = (bounds.buckets(), U::Representation::INTEGRAL);
        [Some(Shape::Histogram { buckets, is_integral }), None]
    }

    fn reset(cells: &HistogramCells) {
        cells.reset();
    }

    fn has_changed(cells: &HistogramCells, last: &mut u64) -> bool {
        has_moved(cells.observations(), last)
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        let mut buffers = PointBuffers::default();
        Self::distribution_in(read, &mut buffers);
        buffers.is_touched()
    }

    fn distribution_in(read: &Reading<'_, Self>, buffers: &mut PointBuffers) -> Number {
        let buckets = &mut buffers.counts;
        buckets.resize(read.facts().buckets(), 0);
        let slabs = read.block_in_slabs(0, buckets).map(U::Representation::sum);
        let own = read.own().map(|cells| cells.read::<U::Representation>(buckets));
        match (slabs, own) {
            (Some(slabs), Some(own)) => slabs.plus(own),
            (Some(sum), None) | (None, Some(sum)) => sum,
            (None, None) => U::Representation::sum(0),
        }
    }
}

methods! { impl[U: Unit] Histogram<U> {
    /// Observes `amount`.
    ///
    /// A [`Seconds::from_f64`](crate::unit::Seconds::from_f64) that is NaN, negative or too large
    /// is dropped, and counted in `measurand_rejected_values_total`. In a fractional unit, NaN is
    /// counted in the `+Inf` bucket, and makes the sum NaN.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use measurand::{Histogram, Metrics, unit::Seconds};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(instance)]
    /// # struct M {
    /// #     /// Time to answer.
    /// #     duration_seconds: Histogram<Seconds>,
    /// # }
    /// # let registry = measurand::Registry::new();
    /// # let metrics = M::register(&registry).unwrap();
    /// # let duration = &metrics.duration_seconds;
    /// duration.observe(Duration::from_millis(12));
    /// duration.observe(Seconds::from_f64(-1.0)); // dropped
    /// assert_eq!(duration.snapshot().sum(), Duration::from_millis(12));
    /// ```
    #[doc(alias = "record")]
    #[inline]
    pub fn observe(&self, amount: impl Amount<U>) {
        observe(self, amount);
    }

    /// Returns the buckets, the count and the sum at one moment; all 0 if there is no such series.
    #[must_use]
    pub fn snapshot(&self) -> HistogramSnapshot<U> {
        snapshot(self)
    }
} }

/// Returns the current contents of a series.
pub(super) fn snapshot<U: Unit>(series: &impl AnySeries<Histogram<U>>) -> HistogramSnapshot<U> {
    let mut buffers = PointBuffers::default();
    buffers.counts.resize(series.facts().buckets(), 0);
    let sum = series.read(|read| read.map(|read| Histogram::distribution_in(read, &mut buffers)));
    let sum = sum.unwrap_or(U::Representation::sum(0));
    HistogramSnapshot::new(series.facts().upper.clone(), buffers.counts, sum)
}

/// Counts an observation in a series.
#[inline]
pub(super) fn observe<S: AnySeries<Histogram<U>>, U: Unit>(series: &S, amount: impl Amount<U>) {
    if !IS_RECORDING {
        return;
    }
    let Some(bits) = amount.bits() else { return series.rejected().count() };
    let bucket = bucket_of::<U::Representation>(&series.facts().stored, bits);
    observe_in_bucket(series, bucket, bits);
}

/// Counts an observation whose bucket is known.
#[inline]
pub(super) fn observe_in_bucket<S, U>(series: &S, bucket: usize, bits: u64)
where
    S: AnySeries<Histogram<U>>,
    U: Unit,
{
    let (bounds, seen) = (series.facts(), Observation::new(bucket, bits));
    if S::IS_UNLABELLED {
        let is_counted = series.in_slabs().is_some_and(|(places, position)| {
            let at = (position, bounds.buckets());
            storage::observe_alone::<U::Representation>(&places[0], at, seen)
        });
        if !is_counted {
            observe_cold(series, seen);
        }
    } else {
        observe_inline(series, seen);
    }
}

/// Counts an observation in a function of its own, so that the usual path stays short.
#[inline(never)]
fn observe_cold<U: Unit>(series: &impl AnySeries<Histogram<U>>, seen: Observation) {
    observe_inline(series, seen);
}

#[inline(always)]
fn observe_inline<S: AnySeries<Histogram<U>>, U: Unit>(series: &S, seen: Observation) {
    series.update(
        |places, position| {
            let at = (position, series.facts().buckets());
            // `observe_in_bucket` has tried this already for a metric without labels.
            (!S::IS_UNLABELLED && storage::observe_alone::<U::Representation>(&places[0], at, seen))
                || storage::observe_slowly::<U::Representation>(&places[0], at, seen)
        },
        |cells| {
            if !cells.observe::<U::Representation>(seen) {
                series.rejected().count();
            }
        },
    );
}

/// With more bounds than this, a binary search is faster than counting.
const FEW_BOUNDS: usize = 32;

/// Returns the first bucket whose bound is not below the amount. NaN is in the last one.
#[inline]
pub(crate) fn bucket_of<R: Representation>(bounds: &[u64], bits: u64) -> usize {
    let is_within = |bound: &u64| {
        if R::INTEGRAL { bits <= *bound } else { f64::from_bits(bits) <= f64::from_bits(*bound) }
    };
    if bounds.len() <= FEW_BOUNDS {
        // Counting has no branch that depends on the data.
        bounds.iter().map(|bound| usize::from(!is_within(bound))).sum()
    } else {
        bounds.partition_point(|bound| !is_within(bound))
    }
}

impl Observing for Histogram<Seconds> {
    #[inline]
    fn observe_time(series: &impl AnySeries<Self>, elapsed: Duration) {
        observe(series, elapsed);
    }
}

timed! { impl[] Histogram<Seconds> }

/// The contents of a histogram at one moment.
///
/// Returned by [`Histogram::snapshot`], and by the same method of a [`Series`](crate::Series) and of a
/// [`Handle`](crate::family::Handle).
///
/// ```
/// use measurand::{Histogram, Metrics};
///
/// /// The store.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_snapshot", global = STORE)]
/// struct StoreMetrics {
///     /// Rows of an answer.
///     #[metric(buckets = [1, 10])]
///     rows: Histogram,
/// }
///
/// for rows in [0, 7, 8, 500] {
///     STORE.rows.observe(rows);
/// }
/// let snapshot = STORE.rows.snapshot();
/// assert_eq!((snapshot.count(), snapshot.sum()), (4, 515));
/// let buckets = snapshot.buckets().map(|bucket| (bucket.upper_bound, bucket.count));
/// assert!(buckets.eq([(1.0, 1), (10.0, 2), (f64::INFINITY, 1)]));
/// ```
pub struct HistogramSnapshot<U: Unit = Unitless> {
    bounds: Cow<'static, [f64]>,
    counts: Vec<u64>,
    sum: U::Sum,
}

/// One bucket of a [`HistogramSnapshot`].
///
/// ```
/// # use measurand::{Histogram, Metrics};
/// use measurand::metric::Bucket;
/// # /// M.
/// # #[derive(Metrics)]
/// # #[metrics(namespace = "doc_bucket", global = STORE)]
/// # struct M {
/// #     /// Rows of an answer.
/// #     #[metric(buckets = [1, 10])]
/// #     rows: Histogram,
/// # }
///
/// STORE.rows.observe(7);
/// let snapshot = STORE.rows.snapshot();
/// let fullest: Option<Bucket> = snapshot.buckets().max_by_key(|bucket| bucket.count);
/// assert_eq!(fullest.map(|bucket| bucket.upper_bound), Some(10.0));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Bucket {
    /// The inclusive upper bound in the base unit; infinite for the last bucket.
    pub upper_bound: f64,
    /// The number of observations in this bucket alone; a page shows the sum of it and all lower ones.
    pub count: u64,
}

impl<U: Unit> HistogramSnapshot<U> {
    pub(crate) fn new(bounds: Cow<'static, [f64]>, counts: Vec<u64>, sum: Number) -> Self {
        HistogramSnapshot { bounds, counts, sum: U::sum(sum) }
    }

    /// Returns the number of observations.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// Returns the sum of all observations.
    pub fn sum(&self) -> U::Sum {
        self.sum
    }

    /// Returns all buckets, from the lowest to `+Inf`.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        std::iter::zip(bounds, &self.counts)
            .map(|(upper_bound, count)| Bucket { upper_bound, count: *count })
    }
}

impl<U: Unit> Clone for HistogramSnapshot<U> {
    fn clone(&self) -> Self {
        let (bounds, counts) = (self.bounds.clone(), self.counts.clone());
        HistogramSnapshot { bounds, counts, sum: self.sum }
    }
}

impl<U: Unit> fmt::Debug for HistogramSnapshot<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistogramSnapshot")
            .field("count", &self.count())
            .field("sum", &self.sum)
            .field("buckets", &self.buckets().collect::<Vec<_>>())
            .finish()
    }
}
