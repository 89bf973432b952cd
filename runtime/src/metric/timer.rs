//! Measuring how long something takes.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use super::Histogram;
use super::histogram::observe;
use crate::series::AnySeries;
use crate::storage::IS_RECORDING;
use crate::unit::Seconds;

/// Observes the time since it was started, at the latest when it is dropped.
///
/// Made by [`Histogram::start_timer`], and by that of a [`Handle`](crate::family::Handle).
#[must_use = "the time is observed when the timer is dropped: bind it, as in `let _timer = …`"]
pub struct Timer<'a, S: AnySeries<Histogram<Seconds>> = &'a Histogram<Seconds>> {
    histogram: Option<S>,
    started: Instant,
    lifetime: PhantomData<&'a ()>,
}

impl<S: AnySeries<Histogram<Seconds>>> Timer<'_, S> {
    pub(super) fn new(histogram: S) -> Self {
        Timer { histogram: Some(histogram), started: Instant::now(), lifetime: PhantomData }
    }

    /// Observes the time now, and says what it was.
    #[doc(alias = "observe_duration")]
    #[doc(alias = "stop_and_record")]
    pub fn observe(mut self) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some(histogram) = self.histogram.take() {
            observe(&histogram, elapsed);
        }
        elapsed
    }

    /// Observes nothing, and says how much time went by.
    #[doc(alias = "stop_and_discard")]
    pub fn discard(mut self) -> Duration {
        self.histogram = None;
        self.started.elapsed()
    }
}

impl<S: AnySeries<Histogram<Seconds>>> Drop for Timer<'_, S> {
    fn drop(&mut self) {
        if let Some(histogram) = self.histogram.take() {
            observe(&histogram, self.started.elapsed());
        }
    }
}

impl<S: AnySeries<Histogram<Seconds>>> fmt::Debug for Timer<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("started", &self.started).finish_non_exhaustive()
    }
}

pin_project! {
    /// A future whose time is observed, from when it is first polled until it is ready or dropped.
    ///
    /// Made by [`Histogram::time_async`], and by that of a [`Handle`](crate::family::Handle).
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct TimedFuture<S: AnySeries<Histogram<Seconds>>, F> {
        // It is dropped before the time is observed.
        #[pin]
        future: F,
        timer: Option<Timer<'static, S>>,
        unpolled: Option<S>,
    }
}

impl<S: AnySeries<Histogram<Seconds>>, F> TimedFuture<S, F> {
    pub(super) fn new(histogram: S, future: F) -> Self {
        let unpolled = IS_RECORDING.then_some(histogram);
        TimedFuture { future, timer: None, unpolled }
    }
}

impl<S: AnySeries<Histogram<Seconds>>, F: Future> Future for TimedFuture<S, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(histogram) = this.unpolled.take() {
            *this.timer = Some(Timer::new(histogram));
        }
        let polled = this.future.poll(context);
        if polled.is_ready() {
            *this.timer = None;
        }
        polled
    }
}

impl<S: AnySeries<Histogram<Seconds>>, F> fmt::Debug for TimedFuture<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimedFuture")
    }
}
