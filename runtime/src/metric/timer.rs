//! Measuring how long something takes.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use super::Histogram;
use crate::storage::IS_RECORDING;
use crate::unit::Seconds;

/// Observes the time since it was started, at the latest when it is dropped.
///
/// Made by [`Histogram::start_timer`].
#[derive(Debug)]
#[must_use = "the time is observed when the timer is dropped: bind it, as in `let _timer = …`"]
pub struct Timer<'a> {
    histogram: Option<&'a Histogram<Seconds>>,
    started: Instant,
}

impl<'a> Timer<'a> {
    pub(super) fn new(histogram: &'a Histogram<Seconds>) -> Self {
        Timer { histogram: Some(histogram), started: Instant::now() }
    }

    /// Observes the time now, and says what it was.
    #[doc(alias = "observe_duration")]
    #[doc(alias = "stop_and_record")]
    pub fn observe(mut self) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some(histogram) = self.histogram.take() {
            histogram.observe(elapsed);
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

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        if let Some(histogram) = self.histogram.take() {
            histogram.observe(self.started.elapsed());
        }
    }
}

/// Where time can be observed.
#[doc(hidden)]
pub trait StartTimer {
    /// Observes it when it is dropped.
    type Timer;

    /// Starts to measure.
    fn start(self) -> Self::Timer;
}

impl<'a> StartTimer for &'a Histogram<Seconds> {
    type Timer = Timer<'a>;

    fn start(self) -> Timer<'a> {
        self.start_timer()
    }
}

pin_project! {
    /// A future whose time is observed, from when it is first polled until it is ready or dropped.
    ///
    /// Made by [`Histogram::time_async`], and by that of a [`Handle`](crate::family::Handle).
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct TimedFuture<H: StartTimer, F> {
        // It is dropped before the time is observed.
        #[pin]
        future: F,
        timer: Option<H::Timer>,
        unpolled: Option<H>,
    }
}

impl<H: StartTimer, F> TimedFuture<H, F> {
    pub(crate) fn new(histogram: H, future: F) -> Self {
        let unpolled = IS_RECORDING.then_some(histogram);
        TimedFuture { future, timer: None, unpolled }
    }
}

impl<H: StartTimer, F: Future> Future for TimedFuture<H, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(histogram) = this.unpolled.take() {
            *this.timer = Some(histogram.start());
        }
        let polled = this.future.poll(context);
        if polled.is_ready() {
            *this.timer = None;
        }
        polled
    }
}

impl<H: StartTimer, F> fmt::Debug for TimedFuture<H, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TimedFuture")
    }
}
