//! The work that is measured: a closure or a future.

use std::future::Future;

/// The return type of the closure of `time`: anything but a future, which does its work only when
/// it is polled.
///
/// `time(|| async { … }).await` would measure how long it takes to create the future, so it does
/// not compile: write `time_async(async { … }).await`. A generic function that passes a closure on
/// needs no bound for this:
///
/// ```
/// use measurand::Histogram;
/// use measurand::unit::Seconds;
///
/// fn timed<R>(histogram: &Histogram<Seconds>, work: impl FnOnce() -> R) -> R {
///     histogram.time(work)
/// }
/// ```
///
/// To time a closure that returns a future on purpose, such as one that spawns a task, use
/// [`Histogram::start_timer`](super::Histogram::start_timer).
// Both implementations apply to a future, so that the parameter cannot be inferred, and its name
// shows in the error. Only the first applies to any other type.
pub trait NotAFuture<Kind> {}

impl<T> NotAFuture<AnyValue> for T {}

impl<F: Future> NotAFuture<AFuture> for F {}

/// Marks the implementations for values of any type.
#[doc(hidden)]
#[derive(Debug)]
pub enum AnyValue {}

/// Marks the implementations for futures.
#[doc(hidden)]
#[derive(Debug)]
pub enum AFuture {}

/// The argument of `time_async` and `run_async`: a future, or a closure that returns one and is
/// called at once.
///
/// ```
/// # use measurand::{Histogram, Metrics, unit::Seconds};
/// # /// M.
/// # #[derive(Metrics)]
/// # #[metrics(namespace = "doc_async_work")]
/// # struct M {
/// #     /// Time to answer.
/// #     duration_seconds: Histogram<Seconds>,
/// # }
/// # let histogram = &M::global().duration_seconds;
/// # let runtime = actix_web::rt::Runtime::new().unwrap();
/// # runtime.block_on(async {
/// histogram.time_async(async { 6 * 7 }).await;
/// histogram.time_async(|| async { 6 * 7 }).await;
/// assert_eq!(histogram.snapshot().count(), 2);
/// # });
/// ```
///
/// A function that passes the work on takes either in the same way:
///
/// ```
/// use measurand::Histogram;
/// use measurand::metric::{AsyncWork, TimedFuture};
/// use measurand::unit::Seconds;
///
/// fn timed<W, Kind>(
///     histogram: &Histogram<Seconds>,
///     work: W,
/// ) -> TimedFuture<&Histogram<Seconds>, W::Future>
/// where
///     W: AsyncWork<Kind>,
/// {
///     histogram.time_async(work)
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future, nor a closure that returns one",
    label = "not a future"
)]
pub trait AsyncWork<Kind> {
    /// The type of the future.
    type Future: Future;

    /// Returns the future, calling the closure if it is one.
    #[doc(hidden)]
    fn into_future(self) -> Self::Future;
}

impl<F: IntoFuture> AsyncWork<AFuture> for F {
    type Future = F::IntoFuture;

    fn into_future(self) -> F::IntoFuture {
        IntoFuture::into_future(self)
    }
}

impl<C: FnOnce() -> F, F: Future> AsyncWork<AnyValue> for C {
    type Future = F;

    fn into_future(self) -> F {
        self()
    }
}
