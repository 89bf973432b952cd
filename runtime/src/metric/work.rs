//! What is measured: a closure, or a future.

use std::future::Future;

/// What `time` returns: anything but a future, whose work is only done once it is polled.
///
/// `time(|| async { … }).await` would measure how long it takes to make the future, so it does not
/// compile: write `time_async(async { … }).await`. A generic function that passes on a closure needs
/// no bound for it:
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
/// What returns a future on purpose, such as a function that spawns a task, is measured by
/// [`Histogram::start_timer`](super::Histogram::start_timer).
// Both implementations are there for a future, so that the parameter cannot be inferred, and its
// name stands in the error. Everything else has the first alone.
pub trait NotAFuture<Kind> {}

impl<T> NotAFuture<AnyValue> for T {}

impl<F: Future> NotAFuture<AFuture> for F {}

/// Stands for a value of any type.
#[doc(hidden)]
#[derive(Debug)]
pub enum AnyValue {}

/// Stands for a future.
#[doc(hidden)]
#[derive(Debug)]
pub enum AFuture {}

/// What `time_async` and `run_async` take: a future, or a closure that returns one, which is called
/// at once.
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
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a future, nor a closure that returns one",
    label = "not a future"
)]
pub trait AsyncWork<Kind> {
    /// The future.
    type Future: Future;

    /// Makes it.
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
