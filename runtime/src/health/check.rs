//! What a service needs, and how it is found out whether it has that.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;

use super::outcome::Failure;
use crate::registry::message_of;

/// A future of a run.
type Run = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// What a check does.
#[derive(Clone)]
pub(super) enum Work {
    /// On a Tokio runtime.
    Async(Arc<dyn Fn() -> Run + Send + Sync>),
    /// On a thread of its own. It is told how much time it has.
    Blocking(Arc<dyn Fn(Duration) -> Result<(), String> + Send + Sync>),
}

/// A check of something that a service needs, such as its database.
///
/// It runs when readiness is asked for and its last result is too old. However many ask at the same time, it
/// runs once, and all of them get the result. A run ends as `ok`, `failed`, `timed out` or `panicked`.
///
/// ```
/// use std::time::Duration;
/// use measurand::health::{Check, Health};
///
/// # async fn ping() -> Result<(), std::io::Error> { Ok(()) }
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let database = Check::new("database", || async { ping().await })
///     .timeout(Duration::from_secs(2))
///     .cache(Duration::from_secs(10));
/// let health = Health::new().check(database).unwrap();
/// assert_eq!(health.ready("", "").await.body, "ready\ndatabase: ok\n");
/// # });
/// ```
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`timeout`](Check::timeout) | 5 s | how long a run may take |
/// | [`cache`](Check::cache) | 1 s | how long a result holds |
/// | [`optional`](Check::optional) | no | whether the service can do without it |
/// | [`runtime`](Check::runtime) | that of who asks | where an async check runs |
#[derive(Clone)]
#[must_use = "it checks nothing until it is handed to `Health::check`"]
pub struct Check {
    pub(super) name: String,
    pub(super) work: Work,
    pub(super) timeout: Duration,
    pub(super) cache: Duration,
    pub(super) is_optional: bool,
    pub(super) runtime: Option<Handle>,
}

impl Check {
    /// Makes a check of an async function, which is called for each run.
    ///
    /// A run is a task of the Tokio runtime that readiness is asked for in, unless [`runtime`](Check::runtime)
    /// says otherwise; outside of any it fails. The task goes on if who has asked goes away, and is cancelled
    /// when its time is up. It must not block: for work that does there is [`Check::blocking`].
    pub fn new<F, R, E>(name: impl Into<String>, run: F) -> Check
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        let run = move || -> Run {
            let future = run();
            Box::pin(async move { future.await.map_err(|error| error.to_string()) })
        };
        Check::of(name.into(), Work::Async(Arc::new(run)))
    }

    /// Makes a check of a function that may block. Each run has a thread of its own.
    ///
    /// It cannot be cancelled: when its time is up the check has timed out, and it does so for all who ask until
    /// the function returns. It is not called again before that, so a check that hangs holds one thread.
    ///
    /// ```
    /// use measurand::health::{Check, Health};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let config = Check::blocking("config", || std::fs::read("/nowhere/config.toml").map(drop));
    /// let health = Health::new().check(config).unwrap();
    /// assert_eq!(health.ready("", "").await.body, "not ready\nconfig: failed\n");
    /// # });
    /// ```
    pub fn blocking<F, E>(name: impl Into<String>, run: F) -> Check
    where
        F: Fn() -> Result<(), E> + Send + Sync + 'static,
        E: fmt::Display,
    {
        Check::blocking_within(name.into(), move |_| run().map_err(|error| error.to_string()))
    }

    /// The same of a function that knows how much time it has.
    pub(super) fn blocking_within(
        name: String,
        run: impl Fn(Duration) -> Result<(), String> + Send + Sync + 'static,
    ) -> Check {
        Check::of(name, Work::Blocking(Arc::new(run)))
    }

    fn of(name: String, work: Work) -> Check {
        Check {
            name,
            work,
            timeout: Duration::from_secs(5),
            cache: Duration::from_secs(1),
            is_optional: false,
            runtime: None,
        }
    }

    /// Sets how long a run may take, instead of 5 seconds.
    ///
    /// Whoever probes should wait longer than that: the probe of Kubernetes gives up after 1 second unless its
    /// `timeoutSeconds` says otherwise.
    pub fn timeout(self, timeout: Duration) -> Check {
        Check { timeout, ..self }
    }

    /// Sets how long a result holds, instead of 1 second: be it good or bad, those who ask within this time
    /// from its end are given it. With zero, only those who come while the check runs share its result.
    pub fn cache(self, time: Duration) -> Check {
        Check { cache: time, ..self }
    }

    /// Marks the check as one that the service can do without: it is shown and measured, and does not make
    /// readiness fail.
    ///
    /// ```
    /// use measurand::health::{Check, Health};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let cache = Check::new("cache", || async { Err("no connection") }).optional();
    /// let answer = Health::new().check(cache).unwrap().ready("", "").await;
    /// assert_eq!(answer.status, 200);
    /// assert_eq!(answer.body, "ready\ncache: failed (optional)\n");
    /// # });
    /// ```
    pub fn optional(self) -> Check {
        Check { is_optional: true, ..self }
    }

    /// Runs an async check on this runtime, and not on that of who asks first.
    ///
    /// It is for a check that needs what belongs to a runtime, such as a pool of connections, and for one that
    /// might block: it then holds up a thread of this runtime, and no worker of the server. A runtime that
    /// nobody drives, such as one of a single thread outside of `block_on`, runs nothing.
    ///
    /// ```
    /// use measurand::health::{Check, Health};
    /// use tokio::runtime::Handle;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let queue = Check::new("queue", || async { Ok::<(), String>(()) }).runtime(Handle::current());
    /// let health = Health::new().check(queue).unwrap();
    /// # assert_eq!(health.ready("", "").await.status, 200);
    /// # });
    /// ```
    pub fn runtime(self, runtime: Handle) -> Check {
        Check { runtime: Some(runtime), ..self }
    }
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .field("timeout", &self.timeout)
            .field("cache", &self.cache)
            .field("is_optional", &self.is_optional)
            .finish_non_exhaustive()
    }
}

/// Runs an async check, whatever panics of it.
pub(super) async fn run_async(make: &(dyn Fn() -> Run + Send + Sync)) -> Result<(), Failure> {
    let mut run = caught(make)?;
    let end = std::future::poll_fn(|context| match caught(|| run.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(end)) => Poll::Ready(end.map_err(Failure::error)),
        Err(panic) => Poll::Ready(Err(panic)),
    });
    let end = end.await;
    caught(|| drop(run)).and(end)
}

/// Runs a blocking check, whatever panics of it.
pub(super) fn run_blocking(
    run: &(dyn Fn(Duration) -> Result<(), String> + Send + Sync),
    limit: Duration,
) -> Result<(), Failure> {
    caught(|| run(limit))?.map_err(Failure::error)
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let failure = Failure::panic(message_of(&*payload));
        // It may panic when it is dropped.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        failure
    })
}
