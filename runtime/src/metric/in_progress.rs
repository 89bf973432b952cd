//! How many of something have started and not yet ended.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Declaration, Make, Maker, Metric};
use crate::collect::{Collect, Reading};
use crate::kind::Kind;
use crate::number::Number;
use crate::unit::Unitless;

/// How many are running now: a gauge that a guard takes down again.
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
/// ```
#[derive(Debug)]
pub struct InProgress {
    started: AtomicU64,
    ended: AtomicU64,
}

impl InProgress {
    const fn new() -> Self {
        InProgress { started: AtomicU64::new(0), ended: AtomicU64::new(0) }
    }

    /// Counts one that has started, until the guard is dropped.
    #[inline]
    pub fn start(&self) -> InProgressGuard<'_> {
        self.started.fetch_add(1, Ordering::Relaxed);
        InProgressGuard { in_progress: self }
    }

    /// How many are running now.
    pub fn get(&self) -> u64 {
        // Endings first: each has a start that is then seen too, so the difference is never
        // negative.
        let ended = self.ended.load(Ordering::Acquire);
        self.started.load(Ordering::Relaxed).wrapping_sub(ended)
    }
}

/// Counts one as running until it is dropped.
#[derive(Debug)]
#[must_use = "it counts as ended when the guard is dropped: bind it, as in `let _guard = …`"]
pub struct InProgressGuard<'a> {
    in_progress: &'a InProgress,
}

impl Drop for InProgressGuard<'_> {
    #[inline]
    fn drop(&mut self) {
        self.in_progress.ended.fetch_add(1, Ordering::Release);
    }
}

impl Metric for InProgress {
    const KIND: Kind = Kind::Gauge;
    type Unit = Unitless;
    type Maker<D: Declaration> = Maker<Self, D>;
}

impl<D: Declaration> Make<InProgress> for Maker<InProgress, D> {
    const NEW: InProgress = InProgress::new();
}

impl Collect for InProgress {
    fn read(&self, reading: &mut Reading) {
        reading.add(Number::Whole(self.get().into()));
    }
}
