//! One call, from its start to its end.

use std::fmt;
use std::thread;
use std::time::Instant;

use super::cells::{CallCells, CallSeries};
use super::outcome::{End, Fallible, Outcome};
use crate::family::{Found, Handle, Kept, LabelSet, Target};
use crate::storage::IS_RECORDING;

/// Which calls are timed.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Timing {
    /// Each of them.
    Every,
    /// One in so many, which then stands for all of them.
    OneIn(u64),
    /// None.
    Never,
}

/// A call that has started.
pub(super) struct Running<'a, T, E: 'static> {
    series: Handle<'a, T, CallSeries<E>>,
    /// When it started, if it is timed.
    started: Option<Instant>,
    /// How many calls its duration stands for.
    weight: u64,
    has_ended: bool,
}

impl<'a, T: Target<CallSeries<E>>, E: 'static> Running<'a, T, E> {
    #[inline]
    pub(super) fn start(series: Handle<'a, T, CallSeries<E>>, timing: Timing) -> Self {
        let before = series.count_start();
        let weight = match timing {
            _ if !IS_RECORDING => 0,
            Timing::Every => 1,
            Timing::OneIn(calls) if before.is_multiple_of(calls) => calls,
            Timing::OneIn(_) | Timing::Never => 0,
        };
        let started = (weight > 0).then(Instant::now);
        Running { series, started, weight, has_ended: false }
    }

    /// Counts the end of the call, of which there is one.
    #[inline]
    pub(super) fn end(&mut self, end: End) {
        if std::mem::replace(&mut self.has_ended, true) {
            return;
        }
        // Whoever sees that it ended sees how long it took.
        if let Some(started) = self.started {
            self.observe(started);
        }
        self.series.count_end(end);
    }

    /// Counts how long it took. It stands alone, so that what is done for every call stays short.
    #[inline(never)]
    fn observe(&self, started: Instant) {
        self.series.observe(started.elapsed(), self.weight);
    }
}

/// A call of a function whose returned value is looked at: if there is none, it panicked.
#[doc(hidden)]
pub struct Returning<'a, T: Target<CallSeries<E>>, E: 'static>(pub(super) Running<'a, T, E>);

impl<T: Target<CallSeries<E>>, E: 'static> Returning<'_, T, E> {
    /// Counts the end of the call.
    #[inline]
    pub fn end(mut self, end: End) {
        self.0.end(end);
    }
}

impl<T: Target<CallSeries<E>>, E: 'static> Drop for Returning<'_, T, E> {
    #[inline]
    fn drop(&mut self) {
        self.0.end(End::of(Outcome::Panicked));
    }
}

/// A call of a function that cannot fail but by a panic.
#[doc(hidden)]
pub struct Infallible<'a, T: Target<CallSeries<E>>, E: 'static> {
    pub(super) running: Running<'a, T, E>,
    /// Whether something else was panicking already when it started: it is called by a destructor.
    pub(super) was_panicking: bool,
}

impl<T: Target<CallSeries<E>>, E: 'static> Drop for Infallible<'_, T, E> {
    #[inline]
    fn drop(&mut self) {
        let has_panicked = thread::panicking() && !self.was_panicking;
        self.running.end(End::of(if has_panicked { Outcome::Panicked } else { Outcome::Ok }));
    }
}

/// A call that is made by hand, for what no attribute can stand on: a stream, a callback, a part of
/// a function.
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
pub struct Call<'a, E: 'static>(Running<'a, Found<CallCells>, E>);

impl<'a, E: 'static> Call<'a, E> {
    pub(super) fn start(series: Kept<'a, CallSeries<E>>) -> Self {
        Call(Running::start(series, Timing::Every))
    }

    /// Counts the call with this outcome.
    pub fn end(mut self, outcome: Outcome) {
        self.0.end(End::of(outcome));
    }

    /// Counts the call as `ok`, or as an error if the value is one.
    pub fn end_as(self, value: &impl Fallible) {
        let is_error = value.error().is_some();
        self.end(if is_error { Outcome::Error } else { Outcome::Ok });
    }

    /// Counts the call as an error of that kind.
    pub fn end_with_error(mut self, kind: E)
    where
        E: LabelSet,
    {
        self.0.end(End::error(kind.position()));
    }
}

impl<E: 'static> Drop for Call<'_, E> {
    fn drop(&mut self) {
        let outcome = if thread::panicking() { Outcome::Panicked } else { Outcome::Cancelled };
        self.0.end(End::of(outcome));
    }
}

impl<T: Target<CallSeries<E>>, E: 'static> fmt::Debug for Returning<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Returning")
    }
}

impl<T: Target<CallSeries<E>>, E: 'static> fmt::Debug for Infallible<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Infallible")
    }
}

impl<E: 'static> fmt::Debug for Call<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Call")
    }
}
