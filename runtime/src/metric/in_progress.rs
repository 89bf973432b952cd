//! How many of something have started and not yet ended.

use std::fmt;

use super::{Declaration, Make, Maker, Metric};
use crate::kind::Kind;
use crate::place::{Place, Shape, Totals};
use crate::read::Collect;
use crate::storage::{self, IS_RECORDING, Shared};
use crate::unit::{Scale, Unitless, Whole};

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
pub struct InProgress {
    started: Part,
    ended: Part,
}

/// One of the two numbers.
struct Part {
    place: Place,
    shared: Shared,
}

impl Part {
    const fn new(place: Place) -> Self {
        Part { place, shared: Shared::new() }
    }

    #[inline]
    fn inc(&self) {
        if IS_RECORDING && storage::add::<Whole>(&self.place, 0, 1).is_none() {
            self.shared.add::<Whole>(1);
        }
    }

    /// What it is at this very moment.
    fn now(&self, totals: &Totals) -> u64 {
        self.shared.bits().wrapping_add(totals.now(self.place.index()))
    }
}

impl InProgress {
    const fn new(started: Place, ended: Place) -> Self {
        InProgress { started: Part::new(started), ended: Part::new(ended) }
    }

    /// Counts one that has started, until the guard is dropped.
    #[doc(alias = "inc")]
    #[inline]
    pub fn start(&self) -> InProgressGuard<'_> {
        self.started.inc();
        InProgressGuard { in_progress: self }
    }

    /// How many are running now.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.running(&crate::read::total(self))
    }

    fn running(&self, totals: &Totals) -> u64 {
        let running = self.running_in(totals);
        if storage::is_current(totals) {
            return running;
        }
        // A start may stand in a slab that is newer than the totals, and its ending in one that
        // is not.
        self.running_in(&crate::read::total(self))
    }

    fn running_in(&self, totals: &Totals) -> u64 {
        storage::running(|| self.started.now(totals), || self.ended.now(totals))
    }
}

impl fmt::Debug for InProgress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("InProgress").field(&self.get()).finish()
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
        self.in_progress.ended.inc();
    }
}

#[diagnostic::do_not_recommend]
impl Metric for InProgress {
    const KIND: Kind = Kind::Gauge;
    const SCALE: Scale = Scale::Whole;
    type Unit = Unitless;
    type Maker<D: Declaration> = Maker<Self, D>;
}

impl<D: Declaration> Make<InProgress> for Maker<InProgress, D> {
    const NEW: InProgress = InProgress::new(D::PLACE, D::PLACE);
}

impl Collect for InProgress {
    fn bits(&self, _: usize, totals: &Totals) -> u64 {
        self.running(totals)
    }

    fn places<'a>(&'a self, ask: &mut dyn FnMut(&'a Place, Shape, usize)) {
        ask(&self.ended.place, Shape::Whole(1), 1);
        ask(&self.started.place, Shape::Whole(1), 1);
    }
}
