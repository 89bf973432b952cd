//! Calls of functions that return a future, which start when it is first polled.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::cells::{CallCells, CallSeries};
use super::guard::{RunningCall, Timing};
use super::outcome::{End, Fallible, Outcome};
use crate::series::{Found, Handle, Kept, Target};

pin_project! {
    /// A future whose polling is one call. The future is dropped before the call ends.
    #[doc(hidden)]
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct Instrumented<'a, T: Target<CallSeries<E>>, E: 'static, F, C> {
        #[pin]
        future: F,
        call: FutureCall<'a, T, E>,
        end_of: C,
    }
}

impl<'a, T: Target<CallSeries<E>>, E: 'static, F, C> Instrumented<'a, T, E, F, C> {
    #[inline]
    pub(super) fn new(
        series: Handle<'a, T, CallSeries<E>>,
        timing: Timing,
        future: F,
        end_of: C,
    ) -> Self {
        let call = FutureCall { state: FutureState::Unpolled(series, timing), is_inside: false };
        Instrumented { future, call, end_of }
    }
}

impl<T, E, F, C> Future for Instrumented<'_, T, E, F, C>
where
    T: Target<CallSeries<E>>,
    E: 'static,
    F: Future,
    C: Fn(&F::Output) -> End,
{
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.call.enter();
        let polled = this.future.poll(context);
        let end = match &polled {
            Poll::Ready(value) => Some((this.end_of)(value)),
            Poll::Pending => None,
        };
        this.call.leave(end);
        polled
    }
}

/// A function that returns how a call ended, given the value of its future.
type EndOf<F> = fn(&<F as Future>::Output) -> End;

pin_project! {
    /// A future whose polling is one call. Created by
    /// [`Calls::run_async`](super::Calls::run_async), and by the same method of a
    /// [`Handle`](crate::family::Handle).
    ///
    /// ```
    /// use std::future::{Ready, ready};
    /// use measurand::calls::{NoLabels, Outcome, RunFuture};
    /// use measurand::{Calls, Metrics};
    ///
    /// /// The fetcher.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_run_future", global = FETCHER)]
    /// struct FetcherMetrics {
    ///     /// Pages fetched.
    ///     pages: Calls,
    /// }
    ///
    /// /// A fetch, for a struct that polls it.
    /// type Fetch = RunFuture<'static, NoLabels, Ready<Result<&'static str, String>>>;
    ///
    /// # let runtime = actix_web::rt::Runtime::new().unwrap();
    /// # runtime.block_on(async {
    /// let fetch: Fetch = FETCHER.pages.run_async(ready(Ok("home")));
    /// assert_eq!(fetch.await.as_deref(), Ok("home"));
    /// assert_eq!(FETCHER.pages.count(Outcome::Ok), 1);
    /// # });
    /// ```
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct RunFuture<'a, E: 'static, F: Future> {
        #[pin]
        instrumented: Instrumented<'a, Found<CallCells>, E, F, EndOf<F>>,
    }
}

impl<'a, E: 'static, F: Future<Output: Fallible>> RunFuture<'a, E, F> {
    pub(super) fn new(series: Kept<'a, CallSeries<E>>, future: F) -> Self {
        let instrumented = Instrumented::new(series, Timing::Every, future, End::of_fallible as _);
        RunFuture { instrumented }
    }
}

impl<E: 'static, F: Future> Future for RunFuture<'_, E, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        self.project().instrumented.poll(context)
    }
}

impl<E: 'static, F: Future> fmt::Debug for RunFuture<'_, E, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RunFuture").finish_non_exhaustive()
    }
}

struct FutureCall<'a, T: Target<CallSeries<E>>, E: 'static> {
    state: FutureState<'a, T, E>,
    /// Whether the future is being polled. If it is dropped while this is set, it has panicked.
    is_inside: bool,
}

enum FutureState<'a, T, E: 'static> {
    Unpolled(Handle<'a, T, CallSeries<E>>, Timing),
    Running(RunningCall<'a, T, E>),
    Ended,
}

impl<T: Target<CallSeries<E>>, E: 'static> FutureCall<'_, T, E> {
    #[inline]
    fn enter(&mut self) {
        if matches!(self.state, FutureState::Unpolled(..))
            && let FutureState::Unpolled(series, timing) =
                std::mem::replace(&mut self.state, FutureState::Ended)
        {
            self.state = FutureState::Running(RunningCall::start(series, timing));
        }
        self.is_inside = true;
    }

    #[inline]
    fn leave(&mut self, end: Option<End>) {
        self.is_inside = false;
        if let (Some(end), FutureState::Running(running)) = (end, &self.state) {
            running.end(end);
            self.state = FutureState::Ended;
        }
    }
}

impl<T: Target<CallSeries<E>>, E: 'static> Drop for FutureCall<'_, T, E> {
    #[inline]
    fn drop(&mut self) {
        if let FutureState::Running(running) = &self.state {
            let outcome = if self.is_inside { Outcome::Panicked } else { Outcome::Cancelled };
            running.end_with(outcome);
        }
    }
}

impl<T: Target<CallSeries<E>>, E: 'static, F, C> fmt::Debug for Instrumented<'_, T, E, F, C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instrumented").finish_non_exhaustive()
    }
}
