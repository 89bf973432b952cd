//! Summaries, which show quantiles of recent observations.

use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use once_cell::race::OnceBox;

use super::unlabelled::join_if_late;
use super::{Observing, UnlabelledStore};
use crate::clock;
use crate::number::Number;
use crate::place::Place;
use crate::read::PointBuffers;
use crate::series::{AnySeries, Quantiles, Reading, Stored, has_moved};
use crate::storage::{HistogramCells, IS_RECORDING, Observation, SketchShape, Sketches};
use crate::unit::{Amount, Representation, Seconds, Unit, Unitless};

/// The number and sum of observations, and quantiles of recent ones.
///
/// Use it if you need a quantile of one process with a known error, whatever the values are.
/// Quantiles of several processes or series cannot be aggregated. A [`Histogram`](super::Histogram)
/// can, costs less, and is usually the right choice.
///
/// The field's `quantiles` option lists the quantiles, each with the error of its rank: `(0.99,
/// 0.001)` is a value between the quantiles 0.989 and 0.991. By default there are none. The
/// quantiles are those of the last 10 minutes (`max_age`), a window that moves in 5 steps
/// (`age_buckets`), and NaN without observations in that time.
///
/// ```
/// use std::time::Duration;
/// use measurand::unit::Seconds;
/// use measurand::{Metrics, Summary};
///
/// /// The store's answers.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_latency")]
/// struct Answers {
///     /// Time to answer.
///     #[metric(quantiles = [(0.5, 0.05), (0.99, 0.001)])]
///     duration_seconds: Summary<Seconds>,
///     /// Rows of an answer, of the last minute: of the last 45 to 60 seconds, as it passes in 4 steps.
///     #[metric(quantiles = [(0.9, 0.01)], max_age = "1m", age_buckets = 4)]
///     rows: Summary,
/// }
///
/// let answers = Answers::global();
/// for millis in 1..=100 {
///     answers.duration_seconds.observe(Duration::from_millis(millis));
/// }
/// let snapshot = answers.duration_seconds.snapshot();
/// assert_eq!(snapshot.count(), 100);
/// assert!(snapshot.quantiles().eq([(0.5, 0.05), (0.99, 0.099)]));
///
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// assert!(text.contains("doc_latency_duration_seconds{quantile=\"0.99\"} 0.099\n"));
///
/// // For a thread or a struct that observes, wherever its summary comes from:
/// let rows = answers.rows.keep();
/// std::thread::spawn(move || rows.observe(25)).join().unwrap();
/// assert_eq!(answers.rows.snapshot().count(), 1);
/// ```
///
/// An observation takes a lock for a few hundred nanoseconds, reads the clock, and may allocate. If
/// an allocator observes in the summary that is just being updated, the observation is counted, but
/// missing from the quantiles; such observations are counted in `measurand_rejected_values_total`.
pub struct Summary<U = Unitless> {
    unlabelled: UnlabelledStore<[Place; 1], OnceBox<SummaryCells>, Quantiles>,
    of: PhantomData<fn() -> U>,
}

metric! {
    impl[U: Unit, or 'static] Summary<U> {
        kind: Summary,
        unit: U,
        scale: U::Representation::SCALE,
        places: 1,
        cells: SummaryCells,
        facts: Quantiles,
        own: OnceBox<SummaryCells> = OnceBox::new(),
        debug: Summary(snapshot),
    }
}

/// The count and the sum, and the sketches if there are quantiles.
#[derive(Debug)]
pub struct SummaryCells {
    /// A histogram with one bucket.
    counted: HistogramCells,
    sketches: Option<(SketchShape, Sketches)>,
}

#[diagnostic::do_not_recommend]
impl<U: Unit> Stored for Summary<U> {
    fn cells(facts: &Quantiles) -> SummaryCells {
        let shape = || SketchShape::of(&facts.list, facts.max_age, facts.ages);
        let sketches = (!facts.list.is_empty()).then(|| (shape(), Sketches::new()));
        SummaryCells { counted: HistogramCells::new(1), sketches }
    }

    fn reset(cells: &SummaryCells) {
        cells.counted.reset();
        if let Some((_, sketches)) = &cells.sketches {
            sketches.reset();
        }
    }

    fn has_changed(cells: &SummaryCells, last: &mut u64) -> bool {
        has_moved(cells.counted.observations(), last)
    }

    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        read.own().is_some_and(|cells| cells.counted.observations() != 0)
    }

    fn distribution_in(read: &Reading<'_, Self>, buffers: &mut PointBuffers) -> Number {
        buffers.counts.resize(1, 0);
        if buffers.quantiles.is_empty() {
            // The values are set once all series with the same labels were read.
            buffers.quantiles.extend(read.facts().list.iter().map(|(it, _)| (*it, f64::NAN)));
        }
        let Some(cells) = read.own() else { return U::Representation::sum(0) };
        let sum = cells.counted.read::<U::Representation>(&mut buffers.counts);
        if let Some((shape, sketches)) = &cells.sketches {
            sketches.read(shape, clock::now(), &mut buffers.observed);
        }
        sum
    }
}

/// Counts an observation in a series.
fn observe<S: AnySeries<Summary<U>>, U: Unit>(series: &S, amount: impl Amount<U>) {
    if !IS_RECORDING {
        return;
    }
    let Some(bits) = amount.bits() else { return series.rejected().count() };
    series.update(
        |places, _| {
            join_if_late::<S, _>(places);
            false
        },
        |cells| {
            let seen = Observation::new(0, bits);
            let mut is_counted = cells.counted.observe::<U::Representation>(seen);
            let value = U::Representation::SCALE.number(bits).as_f64();
            // NaN has no rank.
            if let Some((shape, sketches)) = &cells.sketches
                && !value.is_nan()
            {
                is_counted &= sketches.observe(shape, value, clock::now());
            }
            if !is_counted {
                series.rejected().count();
            }
        },
    );
}

methods! { impl[U: Unit] Summary<U> {
    /// Observes `amount`.
    ///
    /// A [`Seconds::from_f64`](crate::unit::Seconds::from_f64) that is NaN, negative or too large
    /// is dropped, and counted in `measurand_rejected_values_total`. In a fractional unit, NaN is
    /// counted and makes the sum NaN, and is left out of the quantiles.
    pub fn observe(&self, amount: impl Amount<U>) {
        observe(self, amount);
    }

    /// Returns the current quantiles, count and sum; NaN and 0 if there is no such series.
    #[must_use]
    pub fn snapshot(&self) -> SummarySnapshot<U> {
        let mut buffers = PointBuffers::default();
        let sum = self.read(|read| read.map(|read| Summary::distribution_in(read, &mut buffers)));
        buffers.settle();
        let quantiles = if buffers.quantiles.is_empty() {
            self.facts().list.iter().map(|(quantile, _)| (*quantile, f64::NAN)).collect()
        } else {
            buffers.quantiles
        };
        let count = buffers.counts.first().copied().unwrap_or_default();
        let sum = U::sum(sum.unwrap_or(U::Representation::sum(0)));
        SummarySnapshot { quantiles, count, sum }
    }
} }

impl Observing for Summary<Seconds> {
    fn observe_time(series: &impl AnySeries<Self>, elapsed: Duration) {
        observe(series, elapsed);
    }
}

timed! { impl[] Summary<Seconds> }

/// The contents of a summary at one moment.
///
/// Returned by [`Summary::snapshot`], and by the same method of a [`Series`](crate::Series) and of a
/// [`Handle`](crate::family::Handle).
///
/// ```
/// use measurand::{Metrics, Summary};
///
/// /// The store.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_rows_snapshot", global = STORE)]
/// struct StoreMetrics {
///     /// Rows of an answer.
///     #[metric(quantiles = [(0.5, 0.01)])]
///     rows: Summary,
/// }
///
/// for rows in [7, 8, 500] {
///     STORE.rows.observe(rows);
/// }
/// let snapshot = STORE.rows.snapshot();
/// assert_eq!((snapshot.count(), snapshot.sum()), (3, 515));
/// assert!(snapshot.quantiles().eq([(0.5, 8.0)]));
/// ```
pub struct SummarySnapshot<U: Unit = Unitless> {
    quantiles: Vec<(f64, f64)>,
    count: u64,
    sum: U::Sum,
}

impl<U: Unit> SummarySnapshot<U> {
    /// Returns the number of observations since the summary was created or reset.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Returns the sum of these observations.
    pub fn sum(&self) -> U::Sum {
        self.sum
    }

    /// Returns each quantile with its value in the base unit; NaN without recent observations.
    pub fn quantiles(&self) -> impl Iterator<Item = (f64, f64)> {
        self.quantiles.iter().copied()
    }
}

impl<U: Unit> Clone for SummarySnapshot<U> {
    fn clone(&self) -> Self {
        SummarySnapshot { quantiles: self.quantiles.clone(), count: self.count, sum: self.sum }
    }
}

impl<U: Unit> fmt::Debug for SummarySnapshot<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SummarySnapshot")
            .field("count", &self.count)
            .field("sum", &self.sum)
            .field("quantiles", &self.quantiles)
            .finish()
    }
}
