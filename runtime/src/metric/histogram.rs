//! Histograms: observations counted in buckets.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use once_cell::race::OnceBox;

use super::{AsyncWork, Declaration, Make, Maker, Metric, NotAFuture, TimedFuture, Timer};
use crate::kind::Kind;
use crate::number::Number;
use crate::place::{Place, Shape, Totals};
use crate::read::Collect;
use crate::storage::{self, HistogramCells, IS_RECORDING, Observation, Rejected};
use crate::unit::{Amount, Representation, Scale, Seconds, Unit, Unitless};

/// Observations counted in buckets, with their number and sum.
///
/// Use it for durations and sizes, where the distribution matters. The buckets are the field's
/// `buckets` option; without it a histogram of seconds has client_golang's default ones
/// (5 ms to 10 s), and any other unit must say.
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
/// }
///
/// let answers = Answers::global();
/// answers.duration_seconds.observe(Duration::from_millis(12));
/// answers.size_bytes.observe(300);
/// let sizes = answers.size_bytes.snapshot();
/// assert_eq!((sizes.count(), sizes.sum()), (1, 300));
/// ```
///
/// A number alone is no duration:
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
    place: Place,
    bounds: &'static [f64],
    /// The bounds as the unit stores them.
    stored_bounds: &'static [u64],
    // Made at the first use, without a lock: an allocator that counts may come back here.
    shared: OnceBox<HistogramCells>,
    rejected: Rejected,
    unit: PhantomData<fn() -> U>,
}

/// With more bounds than this, halving beats counting.
const FEW_BOUNDS: usize = 32;

impl<U: Unit> Histogram<U> {
    const fn at(place: Place, bounds: &'static [f64], stored_bounds: &'static [u64]) -> Self {
        Histogram {
            place,
            bounds,
            stored_bounds,
            shared: OnceBox::new(),
            rejected: Rejected::new(),
            unit: PhantomData,
        }
    }

    /// Counts an observation.
    ///
    /// [`Seconds::from_f64`] of NaN, of a negative value or of one too large is dropped, and
    /// counted in `measurand_rejected_values_total`. In a fractional unit NaN counts in the
    /// bucket `+Inf`, and makes the sum NaN.
    #[doc(alias = "record")]
    #[inline]
    pub fn observe(&self, amount: impl Amount<U>) {
        if !IS_RECORDING {
            return;
        }
        let Some(bits) = amount.bits() else { return self.rejected.count() };
        let bucket = bucket_of::<U::Representation>(self.stored_bounds, bits);
        let seen = Observation::new(bucket, bits);
        if !storage::observe_alone::<U::Representation>(&self.place, (0, self.buckets()), seen) {
            self.observe_otherwise(seen);
        }
    }

    /// It stands alone, so that the usual way stays short.
    #[inline(never)]
    fn observe_otherwise(&self, seen: Observation) {
        if self.place.is_in_slabs()
            && storage::observe_slowly::<U::Representation>(&self.place, (0, self.buckets()), seen)
        {
            return;
        }
        let is_counted = match self.shared.get() {
            Some(cells) => cells.observe::<U::Representation>(seen),
            // The cells of this histogram may be what is being allocated for.
            None if storage::is_inside() => false,
            None => self.shared_cells().observe::<U::Representation>(seen),
        };
        if !is_counted {
            self.rejected.count();
        }
    }

    #[cold]
    fn shared_cells(&self) -> &HistogramCells {
        let _inside = storage::enter();
        self.shared.get_or_init(|| Box::new(HistogramCells::new(self.buckets())))
    }

    /// How many buckets there are, `+Inf` included.
    fn buckets(&self) -> usize {
        self.bounds.len() + 1
    }

    /// Adds every bucket to `counts`, and gives the sum.
    fn read_into(&self, totals: &Totals, counts: &mut [u64]) -> Number {
        let owned = totals.histogram::<U::Representation>(self.place.index(), counts);
        let shared = self.shared.get().map(|cells| cells.read::<U::Representation>(counts));
        match (owned, shared) {
            (Some(owned), Some(shared)) => owned.plus(shared),
            (Some(sum), None) | (None, Some(sum)) => sum,
            (None, None) => U::Representation::sum(0),
        }
    }

    /// All buckets, the count and the sum, as they were together at one moment.
    #[must_use]
    pub fn snapshot(&self) -> HistogramSnapshot<U> {
        let mut counts = vec![0; self.buckets()];
        let sum = self.read_into(&crate::read::total(self), &mut counts);
        HistogramSnapshot::new(Cow::Borrowed(self.bounds), counts, sum)
    }
}

/// The first bucket whose bound is not below the amount. NaN is below no bound.
#[inline]
pub(crate) fn bucket_of<R: Representation>(bounds: &[u64], bits: u64) -> usize {
    let is_within = |bound: &u64| {
        if R::INTEGRAL { bits <= *bound } else { f64::from_bits(bits) <= f64::from_bits(*bound) }
    };
    if bounds.len() <= FEW_BOUNDS {
        // Without a branch on the data.
        bounds.iter().map(|bound| usize::from(!is_within(bound))).sum()
    } else {
        bounds.partition_point(|bound| !is_within(bound))
    }
}

impl Histogram<Seconds> {
    /// Starts measuring; the time is observed when the timer is dropped.
    ///
    /// ```
    /// # use measurand::{Histogram, Metrics, unit::Seconds};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_start_timer")]
    /// # struct M {
    /// #     /// Time to answer.
    /// #     duration_seconds: Histogram<Seconds>,
    /// # }
    /// # let histogram = &M::global().duration_seconds;
    /// let timer = histogram.start_timer();
    /// // … the work …
    /// timer.observe(); // or let it drop, or `timer.discard()`
    /// assert_eq!(histogram.snapshot().count(), 1);
    /// ```
    pub fn start_timer(&self) -> Timer<'_> {
        Timer::new(self)
    }

    /// Observes how long `work` takes, also if it panics.
    ///
    /// ```
    /// # use measurand::{Histogram, Metrics, unit::Seconds};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_time")]
    /// # struct M {
    /// #     /// Time to answer.
    /// #     duration_seconds: Histogram<Seconds>,
    /// # }
    /// # let histogram = &M::global().duration_seconds;
    /// let answer = histogram.time(|| 6 * 7);
    /// assert_eq!((answer, histogram.snapshot().count()), (42, 1));
    /// ```
    ///
    /// A closure that returns a future is refused, since it returns before the work is done; see
    /// [`time_async`](Histogram::time_async).
    #[doc(alias = "observe_closure_duration")]
    pub fn time<T: NotAFuture<UseTimeAsync>, UseTimeAsync>(&self, work: impl FnOnce() -> T) -> T {
        if !IS_RECORDING {
            return work();
        }
        let _timer = self.start_timer();
        work()
    }

    /// Observes how long `work` takes from when it is first polled, also if it panics or is dropped
    /// before it is ready. It is a future, or a closure that returns one.
    ///
    /// What was never polled is not observed.
    ///
    /// ```
    /// # use measurand::{Histogram, Metrics, unit::Seconds};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_time_async")]
    /// # struct M {
    /// #     /// Time to answer.
    /// #     duration_seconds: Histogram<Seconds>,
    /// # }
    /// # let histogram = &M::global().duration_seconds;
    /// # let runtime = actix_web::rt::Runtime::new().unwrap();
    /// # runtime.block_on(async {
    /// let answer = histogram.time_async(async { 6 * 7 }).await;
    /// assert_eq!((answer, histogram.snapshot().count()), (42, 1));
    /// # });
    /// ```
    pub fn time_async<W: AsyncWork<Kind>, Kind>(&self, work: W) -> TimedFuture<&Self, W::Future> {
        TimedFuture::new(self, work.into_future())
    }
}

/// What a histogram held at one moment.
pub struct HistogramSnapshot<U: Unit = Unitless> {
    bounds: Cow<'static, [f64]>,
    counts: Vec<u64>,
    sum: U::Sum,
}

/// One bucket of a [`HistogramSnapshot`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Bucket {
    /// The inclusive upper bound in the base unit; the last one is infinite.
    pub upper_bound: f64,
    /// Observations at most as large as the bound, those of the buckets before included.
    pub cumulative_count: u64,
}

impl<U: Unit> HistogramSnapshot<U> {
    pub(crate) fn new(bounds: Cow<'static, [f64]>, counts: Vec<u64>, sum: Number) -> Self {
        HistogramSnapshot { bounds, counts, sum: U::sum(sum) }
    }

    /// How many observations there were.
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// All observations added up.
    pub fn sum(&self) -> U::Sum {
        self.sum
    }

    /// Every bucket, the lowest first and `+Inf` last.
    pub fn buckets(&self) -> impl Iterator<Item = Bucket> {
        let bounds = self.bounds.iter().copied().chain([f64::INFINITY]);
        let mut cumulative_count = 0;
        std::iter::zip(bounds, &self.counts).map(move |(upper_bound, count)| {
            cumulative_count += count;
            Bucket { upper_bound, cumulative_count }
        })
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

#[diagnostic::do_not_recommend]
impl<U: Unit> Metric for Histogram<U> {
    const KIND: Kind = Kind::Histogram;
    const SCALE: Scale = U::Representation::SCALE;
    type Unit = U;
    type Maker<D: Declaration> = Maker<Self, D>;
}

impl<U: Unit, D: Declaration> Make<Histogram<U>> for Maker<Histogram<U>, D> {
    const NEW: Histogram<U> = Histogram::at(D::PLACE, D::DESCRIPTOR.buckets(), D::BOUNDS);
}

impl<U: Unit> Collect for Histogram<U> {
    fn histogram(&self, _: usize, totals: &Totals, buckets: &mut Vec<u64>) -> Number {
        buckets.resize(self.buckets(), 0);
        self.read_into(totals, buckets)
    }

    fn places<'a>(&'a self, ask: &mut dyn FnMut(&'a Place, Shape, usize)) {
        let is_integral = U::Representation::INTEGRAL;
        ask(&self.place, Shape::Histogram { buckets: self.buckets(), is_integral }, 1);
    }

    fn rejected(&self) -> u64 {
        self.rejected.get()
    }
}

impl<U: Unit> fmt::Debug for Histogram<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Histogram").field(&self.snapshot()).finish()
    }
}
