//! Timers, which observe how long something takes.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;

use super::Histogram;
use crate::clock;
use crate::isolation;
use crate::series::{AnySeries, Stored};
use crate::storage::IS_RECORDING;
use crate::unit::Seconds;

/// A kind of metric that observes durations: in the unit [`Seconds`], a [`Histogram`], a
/// [`NativeHistogram`](super::NativeHistogram) or a `Summary`, with exemplars or without.
///
/// ```
/// use std::time::Duration;
/// use measurand::metric::{Observing, Timer};
/// use measurand::unit::Seconds;
/// use measurand::{Histogram, Metrics, Series};
///
/// /// Ends the timer of any kind of metric, and logs what took long.
/// fn finish<M: Observing>(timer: Timer<'static, Series<M>, M>) {
///     let elapsed = timer.observe();
///     if elapsed > Duration::from_secs(1) {
///         println!("took {elapsed:?}");
///     }
/// }
///
/// /// The store.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_observing", global = STORE)]
/// struct StoreMetrics {
///     /// Time to write.
///     write_seconds: Histogram<Seconds>,
/// }
///
/// finish(STORE.write_seconds.keep().start_timer());
/// assert_eq!(STORE.write_seconds.snapshot().count(), 1);
/// ```
pub trait Observing: Stored {
    /// Observes `elapsed`.
    #[doc(hidden)]
    fn observe_time(series: &impl AnySeries<Self>, elapsed: Duration);
}

/// Observes the time since it was started, at the latest when it is dropped.
///
/// ```
/// use measurand::unit::Seconds;
/// use measurand::{Histogram, Metrics};
///
/// /// The store.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_timer")]
/// struct Store {
///     /// Time to write.
///     write_seconds: Histogram<Seconds>,
/// }
///
/// fn write(is_cached: bool) {
///     let timer = Store::global().write_seconds.start_timer();
///     if is_cached {
///         // It was no write, so its time does not count.
///         timer.discard();
///         return;
///     }
///     // … the work, whose time counts however the function ends.
/// }
///
/// write(true);
/// write(false);
/// assert_eq!(Store::global().write_seconds.snapshot().count(), 1);
/// ```
///
/// Created by [`Histogram::start_timer`], and by the same method of a
/// [`Handle`](crate::family::Handle).
#[must_use = "the time is observed when the timer is dropped: bind it, as in `let _timer = …`"]
pub struct Timer<'a, S = &'a Histogram<Seconds>, M = Histogram<Seconds>>
where
    S: AnySeries<M>,
    M: Observing,
{
    series: Option<S>,
    started: Instant,
    context: isolation::Context,
    lifetime: PhantomData<&'a ()>,
    of: PhantomData<fn() -> M>,
}

impl<S: AnySeries<M>, M: Observing> Timer<'_, S, M> {
    pub(super) fn new(series: S) -> Self {
        Timer {
            series: Some(series),
            started: clock::instant(),
            context: isolation::Context::here(),
            lifetime: PhantomData,
            of: PhantomData,
        }
    }

    /// Observes the elapsed time now, and returns it.
    ///
    /// ```
    /// # use measurand::{Histogram, Metrics, unit::Seconds};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_timer_observe", global = STORE)]
    /// # struct M {
    /// #     /// Time to write.
    /// #     write_seconds: Histogram<Seconds>,
    /// # }
    /// let timer = STORE.write_seconds.start_timer();
    /// // … the work …
    /// let elapsed = timer.observe();
    /// assert_eq!(STORE.write_seconds.snapshot().sum(), elapsed);
    /// ```
    #[doc(alias = "observe_duration")]
    #[doc(alias = "stop_and_record")]
    pub fn observe(self) -> Duration {
        self.end(M::observe_time)
    }

    /// Passes the elapsed time to `observe`, and returns it.
    pub(super) fn end(mut self, observe: impl FnOnce(&S, Duration)) -> Duration {
        let elapsed = self.elapsed();
        if let Some(series) = self.series.take() {
            self.context.run(|| observe(&series, elapsed));
        }
        elapsed
    }

    /// Drops the timer without an observation, and returns the elapsed time.
    #[doc(alias = "stop_and_discard")]
    pub fn discard(mut self) -> Duration {
        self.series = None;
        self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        self.context.run(clock::instant).saturating_duration_since(self.started)
    }
}

impl<S: AnySeries<M>, M: Observing> Drop for Timer<'_, S, M> {
    fn drop(&mut self) {
        if let Some(series) = self.series.take() {
            let elapsed = self.elapsed();
            self.context.run(|| M::observe_time(&series, elapsed));
        }
    }
}

impl<S: AnySeries<M>, M: Observing> fmt::Debug for Timer<'_, S, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("started", &self.started).finish_non_exhaustive()
    }
}

pin_project! {
    /// A future whose duration is observed, from its first poll until it is ready or dropped.
    ///
    /// Created by [`Histogram::time_async`], and by the same method of a
    /// [`Handle`](crate::family::Handle).
    ///
    /// ```
    /// use std::pin::Pin;
    /// use measurand::metric::TimedFuture;
    /// use measurand::unit::Seconds;
    /// use measurand::{Histogram, Metrics, Series};
    ///
    /// /// The store.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_timed_future", global = STORE)]
    /// struct StoreMetrics {
    ///     /// Time to write.
    ///     write_seconds: Histogram<Seconds>,
    /// }
    ///
    /// /// A write, for a struct that polls it.
    /// type Write = TimedFuture<Series<Histogram<Seconds>>, Pin<Box<dyn Future<Output = u64>>>>;
    ///
    /// # let runtime = actix_web::rt::Runtime::new().unwrap();
    /// # runtime.block_on(async {
    /// let work: Pin<Box<dyn Future<Output = u64>>> = Box::pin(async { 4_096 });
    /// let write: Write = STORE.write_seconds.keep().time_async(work);
    /// assert_eq!(write.await, 4_096);
    /// assert_eq!(STORE.write_seconds.snapshot().count(), 1);
    /// # });
    /// ```
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct TimedFuture<S: AnySeries<M>, F, M: Observing = Histogram<Seconds>> {
        // Declared first, so that it is dropped before the time is observed.
        #[pin]
        future: F,
        timer: Option<Timer<'static, S, M>>,
        unpolled: Option<S>,
    }
}

impl<S: AnySeries<M>, F, M: Observing> TimedFuture<S, F, M> {
    pub(super) fn new(series: S, future: F) -> Self {
        let unpolled = IS_RECORDING.then_some(series);
        TimedFuture { future, timer: None, unpolled }
    }
}

impl<S: AnySeries<M>, F: Future, M: Observing> Future for TimedFuture<S, F, M> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        if let Some(series) = this.unpolled.take() {
            *this.timer = Some(Timer::new(series));
        }
        let polled = this.future.poll(context);
        if polled.is_ready() {
            *this.timer = None;
        }
        polled
    }
}

impl<S: AnySeries<M>, F, M: Observing> fmt::Debug for TimedFuture<S, F, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimedFuture").finish_non_exhaustive()
    }
}
