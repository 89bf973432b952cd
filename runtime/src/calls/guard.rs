//! A single call, from its start to its end.

use std::fmt;
use std::thread;
use std::time::Instant;

use super::cells::{CallCells, CallSeries};
use super::outcome::{End, Fallible, Outcome};
use crate::clock::{self, HAS_CLOCK};
use crate::isolation;
use crate::labels::LabelSet;
use crate::series::{Found, Handle, Kept, Target};
use crate::storage::IS_RECORDING;

/// Which calls are timed.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Timing {
    /// All of them.
    Every,
    /// One in this many, which then represents all of them.
    OneIn(u64),
    /// None of them.
    Never,
}

/// Returns whether the call after `before` others is timed: one in `calls`, spread evenly, but not
/// at a fixed distance, since functions that alternate may share a series.
#[inline]
fn is_sampled(before: u64, calls: u64) -> bool {
    // The multiples of the golden ratio modulo 1 are evenly distributed.
    let calls = u32::try_from(calls).unwrap_or(u32::MAX);
    (before as u32).wrapping_mul(0x9E37_79B9) < u32::MAX / calls
}

/// A call that has started.
pub(super) struct RunningCall<'a, T, E: 'static> {
    series: Handle<'a, T, CallSeries<E>>,
    /// When it started, if it is timed.
    started: Option<Instant>,
    /// The number of calls that its duration represents.
    weight: u64,
    context: isolation::Context,
}

impl<'a, T: Target<CallSeries<E>>, E: 'static> RunningCall<'a, T, E> {
    #[inline]
    pub(super) fn start(series: Handle<'a, T, CallSeries<E>>, timing: Timing) -> Self {
        let before = series.count_start();
        let weight = match timing {
            _ if !IS_RECORDING || !HAS_CLOCK => 0,
            Timing::Every => 1,
            Timing::OneIn(calls) if is_sampled(before, calls) => calls,
            Timing::OneIn(_) | Timing::Never => 0,
        };
        let started = (weight > 0).then(clock::instant);
        RunningCall { series, started, weight, context: isolation::Context::here() }
    }

    /// Counts the end of the call. Must be called only once.
    #[inline]
    pub(super) fn end(&self, end: End) {
        self.context.run(|| match self.started {
            None => self.series.count_end(end),
            Some(started) => end_timed(&self.series, started, self.weight, end),
        });
    }

    /// Counts the end of the call with an unusual outcome.
    #[cold]
    #[inline(never)]
    pub(super) fn end_with(&self, outcome: Outcome) {
        self.end(End::of(outcome));
    }
}

/// Counts the end of a timed call. Not inlined, to keep the path of untimed calls short.
#[inline(never)]
fn end_timed<T: Target<CallSeries<E>>, E: 'static>(
    series: &Handle<'_, T, CallSeries<E>>,
    started: Instant,
    weight: u64,
    end: End,
) {
    series.observe(clock::instant().saturating_duration_since(started), weight);
    // The end is counted last, so that a reader that sees it also sees the duration.
    series.count_end(end);
}

/// A call of a function whose returned value decides the outcome. Without one, it panicked.
#[doc(hidden)]
pub struct Returning<'a, T: Target<CallSeries<E>>, E: 'static> {
    running: RunningCall<'a, T, E>,
    has_ended: bool,
}

impl<'a, T: Target<CallSeries<E>>, E: 'static> Returning<'a, T, E> {
    #[inline]
    pub(super) fn new(running: RunningCall<'a, T, E>) -> Self {
        Returning { running, has_ended: false }
    }

    /// Counts the end of the call.
    #[inline]
    pub fn end(mut self, end: End) {
        self.has_ended = true;
        self.running.end(end);
    }
}

impl<T: Target<CallSeries<E>>, E: 'static> Drop for Returning<'_, T, E> {
    #[inline]
    fn drop(&mut self) {
        if !self.has_ended {
            self.running.end_with(Outcome::Panicked);
        }
    }
}

/// A call of a function that can only fail by a panic.
#[doc(hidden)]
pub struct Infallible<'a, T: Target<CallSeries<E>>, E: 'static> {
    running: RunningCall<'a, T, E>,
    /// Whether the thread was already panicking at the start, so that the call is made by a
    /// destructor.
    was_panicking: bool,
}

impl<'a, T: Target<CallSeries<E>>, E: 'static> Infallible<'a, T, E> {
    #[inline]
    pub(super) fn new(running: RunningCall<'a, T, E>) -> Self {
        Infallible { running, was_panicking: thread::panicking() }
    }
}

impl<T: Target<CallSeries<E>>, E: 'static> Drop for Infallible<'_, T, E> {
    #[inline]
    fn drop(&mut self) {
        if thread::panicking() && !self.was_panicking {
            self.running.end_with(Outcome::Panicked);
        } else {
            self.running.end(End::of(Outcome::Ok));
        }
    }
}

/// A call that is counted by hand, where the attribute cannot be used: for a stream, a callback, or
/// a part of a function.
///
/// Dropped without being ended, it counts as `cancelled`, or as `panicked` while the thread panics.
///
/// ```
/// use measurand::calls::Outcome;
/// use measurand::{Calls, Metrics};
///
/// /// The importer.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_importer", global = IMPORTER)]
/// struct ImporterMetrics {
///     /// Files imported.
///     files: Calls,
/// }
///
/// let call = IMPORTER.files.start();
/// let imported: Result<u64, String> = Ok(12);
/// call.end_as(&imported);
/// assert_eq!(IMPORTER.files.count(Outcome::Ok), 1);
///
/// drop(IMPORTER.files.start());
/// assert_eq!(IMPORTER.files.count(Outcome::Cancelled), 1);
/// ```
#[must_use = "the call counts as cancelled when this is dropped: bind it, and call `end` on it"]
pub struct Call<'a, E: 'static> {
    running: RunningCall<'a, Found<CallCells>, E>,
    has_ended: bool,
}

impl<'a, E: 'static> Call<'a, E> {
    pub(super) fn start(series: Kept<'a, CallSeries<E>>) -> Self {
        Call { running: RunningCall::start(series, Timing::Every), has_ended: false }
    }

    /// Ends the call with this outcome.
    pub fn end(self, outcome: Outcome) {
        self.count(End::of(outcome));
    }

    /// Ends the call as `ok`, or as an error if `value` is one.
    pub fn end_as(self, value: &impl Fallible) {
        self.count(End::of_fallible(value));
    }

    /// Ends the call as an error of this kind.
    ///
    /// ```
    /// use measurand::calls::{NoLabels, Outcome};
    /// use measurand::{Calls, LabelValue, Metrics};
    ///
    /// #[derive(LabelValue, Clone, Copy)]
    /// enum ErrorKind {
    ///     Missing,
    ///     Broken,
    /// }
    ///
    /// /// The importer.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_end_with_error", global = IMPORTER)]
    /// struct ImporterMetrics {
    ///     /// Files imported.
    ///     files: Calls<NoLabels, ErrorKind>,
    /// }
    ///
    /// IMPORTER.files.start().end(Outcome::Ok);
    /// IMPORTER.files.start().end_with_error(ErrorKind::Broken);
    /// assert_eq!(IMPORTER.files.count(Outcome::Error), 1);
    /// ```
    pub fn end_with_error(self, kind: E)
    where
        E: LabelSet,
    {
        self.count(End::error(kind.position()));
    }

    fn count(mut self, end: End) {
        self.has_ended = true;
        self.running.end(end);
    }
}

impl<E: 'static> Drop for Call<'_, E> {
    fn drop(&mut self) {
        if !self.has_ended {
            let outcome = if thread::panicking() { Outcome::Panicked } else { Outcome::Cancelled };
            self.running.end_with(outcome);
        }
    }
}

impl<T: Target<CallSeries<E>>, E: 'static> fmt::Debug for Returning<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Returning").finish_non_exhaustive()
    }
}

impl<T: Target<CallSeries<E>>, E: 'static> fmt::Debug for Infallible<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Infallible").finish_non_exhaustive()
    }
}

impl<E: 'static> fmt::Debug for Call<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").finish_non_exhaustive()
    }
}
