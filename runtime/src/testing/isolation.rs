//! Isolations for tests.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::{Deref, Sub};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::isolation::{Context, IsolationState};
use crate::registry::{Gather, GatherError, Report, Sink};

/// Values of metrics that are recorded and read separately from all others.
///
/// A clone is the same isolation. Its values are dropped with the last clone, and are never part of
/// those of the process.
///
/// ```
/// use std::thread;
/// use measurand::testing::Isolation;
/// use measurand::{Counter, Metrics};
///
/// /// Metrics of workers.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_isolation", global = WORKERS)]
/// struct WorkerMetrics {
///     /// Jobs done.
///     jobs_total: Counter,
/// }
///
/// let isolation = Isolation::new();
/// thread::scope(|scope| {
///     for _ in 0..3 {
///         scope.spawn(|| isolation.run(|| WORKERS.jobs_total.inc()));
///     }
/// });
/// assert_eq!(isolation.run(|| WORKERS.jobs_total.get()), 3);
/// assert_eq!(WORKERS.jobs_total.get(), 0);
/// ```
#[derive(Clone)]
pub struct Isolation(Arc<IsolationState>);

impl Isolation {
    /// Creates an empty isolation.
    pub fn new() -> Isolation {
        Isolation(IsolationState::new())
    }

    /// Returns the isolation that this thread is in, if there is one.
    ///
    /// ```
    /// use std::thread;
    /// use measurand::testing::{self, Isolation};
    ///
    /// assert!(Isolation::current().is_none());
    /// let _isolation = testing::isolate();
    /// let isolation = Isolation::current().unwrap();
    /// thread::spawn(move || isolation.run(|| assert!(Isolation::current().is_some()))).join().unwrap();
    /// ```
    pub fn current() -> Option<Isolation> {
        Context::here().into_state().map(Isolation)
    }

    /// Enters the isolation on this thread, until the returned guard is dropped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::testing::{Entered, Isolation};
    /// use measurand::unit::Seconds;
    /// use measurand::{Histogram, Metrics};
    ///
    /// /// Metrics of jobs.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_enter", global = JOBS)]
    /// struct JobMetrics {
    ///     /// Time that jobs take.
    ///     duration_seconds: Histogram<Seconds>,
    /// }
    ///
    /// let isolation = Isolation::new();
    /// let entered: Entered = isolation.enter();
    /// isolation.pause();
    /// let timer = JOBS.duration_seconds.start_timer();
    /// isolation.advance(Duration::from_secs(3));
    /// timer.observe();
    /// assert_eq!(JOBS.duration_seconds.snapshot().sum(), Duration::from_secs(3));
    /// drop(entered);
    /// assert_eq!(JOBS.duration_seconds.snapshot().count(), 0);
    /// ```
    pub fn enter(&self) -> Entered {
        let before = Context::of(&self.0).swap();
        Entered { isolation: self.clone(), before, not_send: PhantomData }
    }

    /// Runs `work` in the isolation.
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        work()
    }

    /// Wraps a future, so that it is polled in the isolation, on any thread.
    ///
    /// ```
    /// use measurand::testing::Isolation;
    /// use measurand::{Counter, Metrics};
    ///
    /// /// Metrics of the fetcher.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_isolated_future", global = FETCHER)]
    /// struct FetcherMetrics {
    ///     /// Pages fetched.
    ///     pages_total: Counter,
    /// }
    ///
    /// let isolation = Isolation::new();
    /// let work = isolation.wrap(async {
    ///     FETCHER.pages_total.inc();
    ///     FETCHER.pages_total.get()
    /// });
    /// # let runtime = actix_web::rt::Runtime::new().unwrap();
    /// assert_eq!(runtime.block_on(work), 1);
    /// ```
    pub fn wrap<F: Future>(&self, future: F) -> Isolated<F> {
        Isolated { future, isolation: self.clone() }
    }

    /// Wraps a source, such as a registry, so that it is gathered in the isolation, for an endpoint
    /// or an exporter that gathers on another thread.
    ///
    /// ```
    /// use std::thread;
    /// use measurand::testing::Isolation;
    /// use measurand::{Counter, Metrics, Registry, exposition::encode_text_of};
    ///
    /// /// Metrics of the shop.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_isolated_source", global = SHOP)]
    /// struct ShopMetrics {
    ///     /// Sales.
    ///     sales_total: Counter,
    /// }
    ///
    /// let isolation = Isolation::new();
    /// isolation.run(|| SHOP.sales_total.inc());
    /// let source = isolation.source(Registry::global());
    /// thread::spawn(move || {
    ///     let mut text = String::new();
    ///     encode_text_of(&source, &mut text);
    ///     assert!(text.contains("doc_isolated_source_sales_total 1\n"));
    /// }).join().unwrap();
    /// ```
    pub fn source<G: Gather>(&self, of: G) -> IsolatedSource<G> {
        IsolatedSource { of, isolation: self.clone() }
    }

    /// Moves the time of the isolation forward, as [`advance`] does.
    pub fn advance(&self, by: Duration) {
        self.0.advance(by);
    }

    /// Stops the time of the isolation, as [`pause`] does.
    pub fn pause(&self) {
        self.0.pause();
    }
}

impl Default for Isolation {
    fn default() -> Self {
        Isolation::new()
    }
}

impl fmt::Debug for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolation").finish_non_exhaustive()
    }
}

/// A guard that keeps this thread in an isolation until it is dropped. It dereferences to the
/// isolation.
///
/// ```
/// use measurand::testing::{self, Entered, Isolation};
///
/// /// What each test of a module begins with.
/// fn begin() -> Entered {
///     let entered = testing::isolate();
///     entered.pause();
///     entered
/// }
///
/// let entered = begin();
/// assert!(Isolation::current().is_some());
/// drop(entered);
/// assert!(Isolation::current().is_none());
/// ```
#[must_use = "the isolation ends when this is dropped: bind it, as in `let _isolation = …`"]
pub struct Entered {
    isolation: Isolation,
    before: Context,
    not_send: PhantomData<*const ()>,
}

impl Deref for Entered {
    type Target = Isolation;

    fn deref(&self) -> &Isolation {
        &self.isolation
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        drop(std::mem::take(&mut self.before).swap());
    }
}

impl fmt::Debug for Entered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entered").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that is polled in an isolation. Created by [`Isolation::wrap`].
    ///
    /// ```
    /// use measurand::testing::{Isolated, Isolation};
    ///
    /// # let runtime = actix_web::rt::Runtime::new().unwrap();
    /// let future: Isolated<_> = Isolation::new().wrap(async { Isolation::current().is_some() });
    /// assert!(runtime.block_on(future));
    /// ```
    #[must_use = "futures do nothing unless they are awaited"]
    pub struct Isolated<F> {
        #[pin]
        future: F,
        isolation: Isolation,
    }
}

impl<F: Future> Future for Isolated<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        this.isolation.run(|| this.future.poll(context))
    }
}

impl<F> fmt::Debug for Isolated<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolated").finish_non_exhaustive()
    }
}

/// A source that is gathered in an isolation. Created by [`Isolation::source`].
///
/// ```
/// use measurand::actix::Endpoint;
/// use measurand::testing::{self, IsolatedSource};
/// use measurand::Registry;
///
/// let isolation = testing::isolate();
/// let source: IsolatedSource<&Registry> = isolation.source(Registry::global());
/// // The endpoint shows what this test counts.
/// let endpoint = Endpoint::new().source(source);
/// # drop(endpoint);
/// ```
#[derive(Clone, Debug)]
pub struct IsolatedSource<G> {
    of: G,
    isolation: Isolation,
}

impl<G: Gather> Gather for IsolatedSource<G> {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        self.isolation.run(|| self.of.try_gather(sink))
    }
}

/// Enters a new isolation on this thread, until the returned guard is dropped: metrics start at 0,
/// and are independent of those of all other threads.
///
/// ```
/// use measurand::{Counter, Metrics, testing};
///
/// /// Metrics of the mailer.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_isolate", global = MAIL)]
/// struct MailMetrics {
///     /// Mails sent.
///     sent_total: Counter,
/// }
///
/// MAIL.sent_total.inc_by(7);
/// let isolation = testing::isolate();
/// MAIL.sent_total.inc();
/// assert_eq!(MAIL.sent_total.get(), 1);
/// drop(isolation);
/// assert_eq!(MAIL.sent_total.get(), 7);
/// ```
pub fn isolate() -> Entered {
    Isolation::new().enter()
}

/// Runs `work` in a new isolation.
///
/// ```
/// use measurand::{Histogram, Metrics, testing, unit::Bytes};
///
/// /// Metrics of the mailer.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_isolated", global = MAIL)]
/// struct MailMetrics {
///     /// Size of the mails.
///     #[metric(buckets = [1_000, 100_000])]
///     size_bytes: Histogram<Bytes>,
/// }
///
/// let sizes = testing::isolated(|| {
///     MAIL.size_bytes.observe(512);
///     MAIL.size_bytes.snapshot()
/// });
/// assert_eq!((sizes.count(), sizes.sum()), (1, 512));
/// ```
pub fn isolated<R>(work: impl FnOnce() -> R) -> R {
    Isolation::new().run(work)
}

/// Returns by how much a block changes the result of `read`, regardless of other threads.
///
/// The block runs in the isolation of the thread, or in a new one if there is none.
///
/// ```
/// use measurand::{Gauge, Metrics, testing};
///
/// /// Metrics of the queue.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_difference", global = QUEUE)]
/// struct QueueMetrics {
///     /// Jobs waiting.
///     waiting_jobs: Gauge,
/// }
///
/// fn take(jobs: u32) {
///     QUEUE.waiting_jobs.sub(jobs);
/// }
///
/// let _isolation = testing::isolate();
/// QUEUE.waiting_jobs.set(5);
/// assert_eq!(testing::difference(|| QUEUE.waiting_jobs.get(), || take(2)), -2.0);
/// ```
///
/// # Panics
///
/// Panics if the result is an unsigned integer and has decreased: use a signed integer or a float.
pub fn difference<T: Sub>(read: impl Fn() -> T, block: impl FnOnce()) -> T::Output {
    let _entered = Isolation::current().unwrap_or_default().enter();
    let before = read();
    block();
    read() - before
}

fn current() -> Isolation {
    Isolation::current().expect(
        "time can only be changed in an isolation\nhelp: begin with `let _isolation = testing::isolate();`",
    )
}

/// Moves the time of this thread's isolation forward.
///
/// ```
/// use std::time::Duration;
/// use measurand::{Metrics, Summary, testing, unit::Seconds};
///
/// /// Metrics of answers.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_advance", global = ANSWERS)]
/// struct Answers {
///     /// Time to answer.
///     #[metric(quantiles = [(0.5, 0.05)], max_age = "1m")]
///     duration_seconds: Summary<Seconds>,
/// }
///
/// let _isolation = testing::isolate();
/// testing::pause();
/// let timer = ANSWERS.duration_seconds.start_timer();
/// testing::advance(Duration::from_secs(3));
/// timer.observe();
/// let median = || ANSWERS.duration_seconds.snapshot().quantiles().next().unwrap().1;
/// assert_eq!(median(), 3.0);
///
/// testing::advance(Duration::from_secs(60));
/// assert!(median().is_nan());
/// ```
///
/// # Panics
///
/// Panics if the thread is not in an isolation.
#[track_caller]
pub fn advance(by: Duration) {
    current().advance(by);
}

/// Stops the time of this thread's isolation, except for [`advance`]: so durations are known
/// exactly.
///
/// # Panics
///
/// Panics if the thread is not in an isolation.
///
/// ```
/// use std::time::Duration;
/// use measurand::unit::Seconds;
/// use measurand::{Histogram, Metrics, testing};
///
/// /// Metrics of jobs.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_pause", global = JOBS)]
/// struct JobMetrics {
///     /// Time that jobs take.
///     duration_seconds: Histogram<Seconds>,
/// }
///
/// let _isolation = testing::isolate();
/// testing::pause();
/// let timer = JOBS.duration_seconds.start_timer();
/// testing::advance(Duration::from_millis(250));
/// timer.observe();
/// assert_eq!(JOBS.duration_seconds.snapshot().sum(), Duration::from_millis(250));
/// ```
#[track_caller]
pub fn pause() {
    current().pause();
}
