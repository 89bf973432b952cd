//! Isolations, as tests use them.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::ops::{Deref, Sub};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::isolation::{Context, World};
use crate::registry::{Gather, GatherError, Report, Sink};

/// What is counted and read apart from everything else.
///
/// A clone is the same isolation. What was counted in it is gone with its last clone, and was never part of
/// what the process counts.
///
/// ```
/// use std::thread;
/// use measurand::testing::Isolation;
/// use measurand::{Counter, Metrics};
///
/// /// The workers.
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
pub struct Isolation(Arc<World>);

impl Isolation {
    /// An isolation in which nothing was counted.
    pub fn new() -> Isolation {
        Isolation(World::new())
    }

    /// The isolation that this thread is in, if it is in one.
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
        Context::here().into_world().map(Isolation)
    }

    /// Has this thread be in it until what is returned is dropped.
    pub fn enter(&self) -> Entered {
        let before = Context::of(&self.0).swap();
        Entered { isolation: self.clone(), before, not_send: PhantomData }
    }

    /// Does some work in it.
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        let _entered = self.enter();
        work()
    }

    /// Has a future be in it whenever it is polled, on whichever thread.
    ///
    /// ```
    /// use measurand::testing::Isolation;
    /// use measurand::{Counter, Metrics};
    ///
    /// /// The fetcher.
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

    /// What a source of metrics, such as a registry, shows in it, for an endpoint or an exporter that gathers
    /// on a thread of its own.
    ///
    /// ```
    /// use std::thread;
    /// use measurand::testing::Isolation;
    /// use measurand::{Counter, Metrics, Registry, exposition::encode_text_of};
    ///
    /// /// The shop.
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

    /// Moves its time forward, as [`advance`] does.
    pub fn advance(&self, by: Duration) {
        self.0.advance(by);
    }

    /// Has its time stand still, as [`pause`] does.
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
        f.write_str("Isolation")
    }
}

/// This thread is in an isolation until it is dropped. It is one too: `entered.wrap(…)`.
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
        f.write_str("Entered")
    }
}

pin_project! {
    /// A future that is polled in an isolation. Made by [`Isolation::wrap`].
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
        f.write_str("Isolated")
    }
}

/// What a source shows in an isolation. Made by [`Isolation::source`].
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

/// Has this thread be in an isolation of its own until what is returned is dropped: what it counts starts
/// at 0, and nobody else sees it or has a part in it.
///
/// ```
/// use measurand::{Counter, Metrics, testing};
///
/// /// The mails.
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

/// Does some work in an isolation of its own.
///
/// ```
/// use measurand::{Histogram, Metrics, testing, unit::Bytes};
///
/// /// The mails.
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

/// By how much a block changes what `read` reads: exactly that, whatever other threads do meanwhile.
///
/// The block is part of the isolation that the thread is in, or has one of its own if it is in none.
///
/// ```
/// use measurand::{Gauge, Metrics, testing};
///
/// /// The queue.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_difference", global = QUEUE)]
/// struct QueueMetrics {
///     /// Jobs that wait.
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
/// If what is read is unsigned and has gone down: read it as a signed number or a float.
pub fn difference<T: Sub>(read: impl Fn() -> T, block: impl FnOnce()) -> T::Output {
    let _entered = Isolation::current().unwrap_or_default().enter();
    let before = read();
    block();
    read() - before
}

fn current() -> Isolation {
    Isolation::current().expect(
        "only the time of an isolation moves\nhelp: begin with `let _isolation = testing::isolate();`",
    )
}

/// Moves the time forward for the isolation that this thread is in.
///
/// ```
/// use std::time::Duration;
/// use measurand::{Metrics, Summary, testing, unit::Seconds};
///
/// /// The store's answers.
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
/// If the thread is in none.
#[track_caller]
pub fn advance(by: Duration) {
    current().advance(by);
}

/// Has the time stand still for the isolation that this thread is in, but for [`advance`]: so the sum of
/// durations is known exactly.
///
/// # Panics
///
/// If the thread is in none.
#[track_caller]
pub fn pause() {
    current().pause();
}
