//! Checks of what a service needs.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::runtime::Handle;

use super::outcome::CheckFailure;
use crate::registry::message_of;

/// The future of a run.
type CheckFuture = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

/// The function of a check.
#[derive(Clone)]
pub(super) enum CheckWork {
    /// Runs on a Tokio runtime.
    Async(Arc<dyn Fn() -> CheckFuture + Send + Sync>),
    /// Runs on its own thread, and is passed its time limit.
    Blocking(Arc<dyn Fn(Duration) -> Result<(), String> + Send + Sync>),
}

/// A check of something that a service needs, such as its database.
///
/// It runs when readiness is requested and its last result is too old. Concurrent requests share
/// one run and its result. A run ends as `ok`, `failed`, `timed out` or `panicked`.
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
/// | [`timeout`](Check::timeout) | 5 s | the time limit of a run |
/// | [`cache`](Check::cache) | 1 s | how long a result is reused |
/// | [`optional`](Check::optional) | no | whether the service can work without it |
/// | [`runtime`](Check::runtime) | that of the caller | the runtime of an async check |
#[derive(Clone)]
#[must_use = "it checks nothing until it is passed to `Health::check`"]
pub struct Check {
    pub(super) name: String,
    pub(super) work: CheckWork,
    pub(super) timeout: Duration,
    pub(super) cache: Duration,
    pub(super) is_optional: bool,
    pub(super) runtime: Option<Handle>,
}

impl Check {
    /// Creates a check from an async function, which is called for each run.
    ///
    /// A run is a task of the Tokio runtime in which readiness is requested, unless
    /// [`runtime`](Check::runtime) sets one; outside of a runtime it fails. The task goes on if the
    /// request is dropped, and is cancelled when its time is up. It must not block: use
    /// [`Check::blocking`] for that.
    pub fn new<F, R, E>(name: impl Into<String>, run: F) -> Check
    where
        F: Fn() -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), E>> + Send + 'static,
        E: fmt::Display,
    {
        let run = move || -> CheckFuture {
            let future = run();
            Box::pin(async move { future.await.map_err(|error| error.to_string()) })
        };
        Check::of(name.into(), CheckWork::Async(Arc::new(run)))
    }

    /// Creates a check from a function that may block. Each run has its own thread.
    ///
    /// The function cannot be cancelled: when its time is up, the check has timed out, and remains
    /// so until the function returns. It is not called again before that, so a check that hangs
    /// occupies one thread.
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

    /// Like [`blocking`](Check::blocking), but passes the time limit to the function.
    pub(super) fn blocking_within(
        name: String,
        run: impl Fn(Duration) -> Result<(), String> + Send + Sync + 'static,
    ) -> Check {
        Check::of(name, CheckWork::Blocking(Arc::new(run)))
    }

    fn of(name: String, work: CheckWork) -> Check {
        Check {
            name,
            work,
            timeout: Duration::from_secs(5),
            cache: Duration::from_secs(1),
            is_optional: false,
            runtime: None,
        }
    }

    /// Sets the time limit of a run. The default is 5 seconds.
    ///
    /// Probes should have a longer timeout: in Kubernetes the default of `timeoutSeconds` is 1.
    pub fn timeout(self, timeout: Duration) -> Check {
        Check { timeout, ..self }
    }

    /// Sets how long a result, good or bad, is reused after its run has ended. The default is 1
    /// second. With zero, only requests that arrive during the run share its result.
    pub fn cache(self, time: Duration) -> Check {
        Check { cache: time, ..self }
    }

    /// Marks the check as optional: it is shown and measured, but does not affect readiness.
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

    /// Sets the runtime of an async check, instead of that of the caller.
    ///
    /// Use it for a check that needs something of a certain runtime, such as a connection pool, and
    /// for one that might block: it then blocks a thread of this runtime, not a worker of the
    /// server. A runtime that is not driven, such as a single-threaded one outside of `block_on`,
    /// runs nothing.
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

/// Runs an async check, and catches panics.
pub(super) async fn run_async(
    make: &(dyn Fn() -> CheckFuture + Send + Sync),
) -> Result<(), CheckFailure> {
    let mut run = caught(make)?;
    let end = std::future::poll_fn(|context| match caught(|| run.as_mut().poll(context)) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(end)) => Poll::Ready(end.map_err(CheckFailure::error)),
        Err(panic) => Poll::Ready(Err(panic)),
    });
    let end = end.await;
    caught(|| drop(run)).and(end)
}

/// Runs a blocking check, and catches panics.
pub(super) fn run_blocking(
    run: &(dyn Fn(Duration) -> Result<(), String> + Send + Sync),
    limit: Duration,
) -> Result<(), CheckFailure> {
    caught(|| run(limit))?.map_err(CheckFailure::error)
}

fn caught<T>(work: impl FnOnce() -> T) -> Result<T, CheckFailure> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        let failure = CheckFailure::panic(message_of(&*payload));
        // Dropping the payload may panic.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
        failure
    })
}
