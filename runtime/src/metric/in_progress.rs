//! The number of operations in progress.

use std::fmt;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicU64, Ordering};

use super::UnlabelledStore;
use super::unlabelled::Inline;
use crate::isolation;
use crate::place::{Place, Shape};
use crate::series::{AnySeries, Handle, Kept, Reading, Series, Stored, Target, has_moved};
use crate::storage::{self, SharedCell, running};
use crate::unit::{Scale, Unitless, Whole};

/// The number of operations in progress: a gauge that a guard takes down again.
///
/// Use it for requests, jobs and connections. It is exposed as a gauge.
///
/// ```
/// use measurand::{InProgress, Metrics};
///
/// /// The queue's workers.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_in_progress")]
/// struct Workers {
///     /// Jobs running now.
///     jobs_in_progress: InProgress,
/// }
///
/// let jobs = &Workers::global().jobs_in_progress;
/// let guard = jobs.start();
/// assert_eq!(jobs.get(), 1);
/// drop(guard); // also when the job returns early, panics, or its future is dropped
/// assert_eq!(jobs.get(), 0);
///
/// // For a thread or a struct that does the work, wherever its metric comes from:
/// let kept = jobs.keep();
/// let guard = std::thread::spawn(move || kept.start()).join().unwrap();
/// assert_eq!(jobs.get(), 1);
/// ```
pub struct InProgress {
    unlabelled: UnlabelledStore<[Place; 2], Inline<InProgressCells>, ()>,
}

metric! {
    impl[] InProgress {
        kind: Gauge,
        unit: Unitless,
        scale: Scale::Whole,
        places: 2,
        cells: InProgressCells,
        facts: (),
        own: Inline<InProgressCells> = Inline(InProgressCells::new()),
        debug: InProgress(get),
    }
}

/// The indices of the counts of ends and of starts: ends are read first.
const ENDED: usize = 0;
const STARTED: usize = 1;

/// The counts of ends and of starts.
#[derive(Debug)]
pub struct InProgressCells {
    counts: [SharedCell; 2],
    /// The number of starts at the last reset.
    cleared: AtomicU64,
}

impl InProgressCells {
    const fn new() -> Self {
        InProgressCells {
            counts: [SharedCell::new(), SharedCell::new()],
            cleared: AtomicU64::new(0),
        }
    }

    fn bits(&self, count: usize) -> u64 {
        self.counts[count].bits()
    }
}

#[diagnostic::do_not_recommend]
impl Stored for InProgress {
    fn cells((): &()) -> InProgressCells {
        InProgressCells::new()
    }

    #[inline]
    fn shapes((): &()) -> [Option<Shape>; 2] {
        [Some(Shape::Whole(1)), Some(Shape::Whole(1))]
    }

    /// Discards earlier starts; operations in progress stay counted.
    fn reset(cells: &InProgressCells) {
        cells.cleared.store(cells.bits(STARTED), Ordering::Relaxed);
    }

    /// Returns whether the series has changed. One with an operation in progress always has.
    fn has_changed(cells: &InProgressCells, last: &mut u64) -> bool {
        has_moved(cells.bits(ENDED), last)
            || running(|| cells.bits(STARTED), || cells.bits(ENDED)) != 0
    }

    /// Returns whether anything has started since the last reset, or is still in progress.
    fn is_touched_in(read: &Reading<'_, Self>) -> bool {
        let is_started =
            |cells: &InProgressCells| cells.bits(STARTED) != cells.cleared.load(Ordering::Relaxed);
        read.in_slabs(STARTED, 0) != 0
            || read.own().is_some_and(is_started)
            || Self::bits_in(read) != 0
    }

    #[inline]
    fn bits_in(read: &Reading<'_, Self>) -> u64 {
        let count = |read: &Reading<'_, Self>, count: usize| {
            read.own().map_or(0, |cells| cells.bits(count)).wrapping_add(read.now(count, 0))
        };
        read.running(|read| count(read, STARTED), |read| count(read, ENDED))
    }
}

#[inline]
fn count(series: &impl AnySeries<InProgress>, count: usize) {
    series.update(
        |places, position| storage::add::<Whole>(&places[count], position, 1).is_some(),
        |cells| {
            cells.counts[count].add::<Whole>(1);
        },
    );
}

impl InProgress {
    /// Counts an operation as in progress until the guard is dropped.
    #[doc(alias = "inc")]
    #[inline]
    pub fn start(&self) -> InProgressGuard<'_> {
        InProgressGuard::new(self)
    }
}

impl<'a, T: Target<InProgress>> Handle<'a, T, InProgress> {
    /// Counts an operation as in progress until the guard is dropped.
    ///
    /// ```
    /// # use measurand::{Family, InProgress, Metrics, family::Method};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_in_progress_handle", global = API)]
    /// # struct M {
    /// #     /// Requests that are being answered.
    /// #     requests_in_progress: Family<Method, InProgress>,
    /// # }
    /// let gets = API.requests_in_progress.with(Method::Get);
    /// let guard = gets.start();
    /// assert_eq!(gets.get(), 1);
    /// # drop(guard);
    /// ```
    #[doc(alias = "inc")]
    pub fn start(&self) -> InProgressGuard<'a, Kept<'a, InProgress>> {
        InProgressGuard::new(self.hold())
    }
}

impl Series<InProgress> {
    /// Counts an operation as in progress until the guard is dropped.
    ///
    /// ```
    /// # use measurand::{InProgress, Metrics, Series};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_in_progress_series", global = WORKERS)]
    /// # struct M {
    /// #     /// Jobs running now.
    /// #     jobs_in_progress: InProgress,
    /// # }
    /// let jobs: Series<InProgress> = WORKERS.jobs_in_progress.keep();
    /// let guard = jobs.start(); // borrows nothing, so it may go to another thread
    /// std::thread::spawn(move || drop(guard)).join().unwrap();
    /// assert_eq!(jobs.get(), 0);
    /// ```
    #[doc(alias = "inc")]
    pub fn start(&self) -> InProgressGuard<'static, Self> {
        InProgressGuard::new(self.clone())
    }
}

methods! { impl[] InProgress {
    /// Returns the number of operations in progress.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.present_bits()
    }
} }

/// Counts an operation as in progress until it is dropped.
///
/// Created by [`InProgress::start`], and by the same method of a [`Series`] and of a [`Handle`].
///
/// ```
/// use measurand::metric::InProgressGuard;
/// use measurand::{InProgress, Metrics};
///
/// /// The queue's workers.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_in_progress_guard", global = WORKERS)]
/// struct WorkerMetrics {
///     /// Jobs running now.
///     jobs_in_progress: InProgress,
/// }
///
/// /// A job, which counts until it is dropped.
/// struct Job {
///     _guard: InProgressGuard<'static>,
/// }
///
/// let job = Job { _guard: WORKERS.jobs_in_progress.start() };
/// assert_eq!(WORKERS.jobs_in_progress.get(), 1);
/// drop(job);
/// assert_eq!(WORKERS.jobs_in_progress.get(), 0);
/// ```
#[must_use = "it counts as ended when the guard is dropped: bind it, as in `let _guard = …`"]
pub struct InProgressGuard<'a, S: AnySeries<InProgress> = &'a InProgress> {
    series: S,
    context: isolation::Context,
    lifetime: PhantomData<&'a ()>,
}

impl<S: AnySeries<InProgress>> InProgressGuard<'_, S> {
    #[inline]
    fn new(series: S) -> Self {
        count(&series, STARTED);
        InProgressGuard { series, context: isolation::Context::here(), lifetime: PhantomData }
    }
}

impl<S: AnySeries<InProgress>> Drop for InProgressGuard<'_, S> {
    #[inline]
    fn drop(&mut self) {
        self.context.run(|| count(&self.series, ENDED));
    }
}

impl<S: AnySeries<InProgress>> fmt::Debug for InProgressGuard<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InProgressGuard").finish_non_exhaustive()
    }
}
