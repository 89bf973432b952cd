//! Health and readiness: whether the process is alive, and whether the service can do its work.
//!
//! [`Health`] has checks of what a service needs, and answers probes, such as those of Kubernetes.
//! With the feature `actix` there are [routes](crate::actix::HealthRoutes) for it. For another
//! server, enable the feature `health`, and send what [`Health::live`] and [`Health::ready`]
//! return.
//!
//! ```no_run
//! use actix_web::{App, HttpServer};
//! use measurand::Registry;
//! use measurand::actix::{Endpoint, HealthRoutes};
//! use measurand::health::{Check, Health};
//!
//! # async fn ping() -> Result<(), std::io::Error> { Ok(()) }
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let health = Health::new()
//!     .check(Check::new("database", || async { ping().await }))?
//!     .check(Check::tcp("search", "search.internal:9200").optional())?
//!     .metrics(Registry::global())?;
//!
//! let routes = HealthRoutes::new(health.clone());
//! HttpServer::new(move || App::new().service(Endpoint::new()).service(routes.clone()))
//!     .bind("127.0.0.1:8080")?
//!     .run()
//!     .await?;
//! # Ok(())
//! # }
//! ```
//!
//! `GET /healthz` is answered immediately, whatever the checks do: it makes an orchestrator restart
//! processes that hang, but not those whose database is down. `GET /readyz` runs the checks, and
//! answers 503 if a required one fails:
//!
//! ```text
//! not ready
//! database: timed out
//! search: ok (optional)
//! ```
//!
//! The error of a failed check may contain secrets: it is logged, once for each change, and is part
//! of responses only with [`show_errors`](Health::show_errors).

mod answer;
mod check;
mod deadlines;
mod error;
mod families;
mod outcome;
mod page;
mod ready_made;
mod slot;

pub use answer::HealthAnswer;
pub use check::Check;
pub use error::{DuplicateCheck, HealthMetricsError};

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use crate::registry::Registry;
use crate::sync::unpoisoned;
use families::HealthFamilies;
use page::{Form, Line, Readiness};
use slot::CheckSlot;

/// The health of a service. Clones share the checks and the state.
///
/// ```
/// use measurand::health::{Check, Health};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let health = Health::new()
///     .check(Check::new("database", || async { Ok::<(), std::io::Error>(()) }))?
///     .check(Check::new("cache", || async { Err("no connection to 10.0.0.7") }).optional())?;
///
/// assert_eq!(health.live().body, "ok\n");
/// let answer = health.ready("", "").await;
/// assert_eq!(answer.status, 200);
/// assert_eq!(answer.body, "ready\ndatabase: ok\ncache: failed (optional)\n");
/// # Ok::<(), measurand::health::DuplicateCheck>(())
/// # }).unwrap();
/// ```
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`check`](Health::check) | none | adds a check of something that the service needs |
/// | [`metrics`](Health::metrics) | none | adds metrics of the checks to a registry |
/// | [`show_errors`](Health::show_errors) | no | whether responses show why checks fail |
#[derive(Clone)]
#[must_use = "it answers nothing until `live` and `ready` are called"]
pub struct Health {
    shared: Arc<Shared>,
    shows_errors: bool,
}

struct Shared {
    slots: Mutex<Vec<Arc<CheckSlot>>>,
    is_starting: AtomicBool,
    is_draining: AtomicBool,
    shown: Arc<OnceLock<HealthFamilies>>,
}

impl Health {
    /// Creates the health of a service that accepts requests from now on, if its checks pass.
    pub fn new() -> Health {
        Health::of(false)
    }

    /// Creates the health of a service that accepts no requests until [`started`](Health::started)
    /// is called.
    ///
    /// ```
    /// use measurand::health::Health;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let health = Health::starting();
    /// let answer = health.ready("", "").await;
    /// assert_eq!((answer.status, answer.body.as_str()), (503, "starting\n"));
    /// // … fill caches …
    /// health.started();
    /// assert_eq!(health.ready("", "").await.status, 200);
    /// # });
    /// ```
    pub fn starting() -> Health {
        Health::of(true)
    }

    fn of(is_starting: bool) -> Health {
        let shared = Shared {
            slots: Mutex::default(),
            is_starting: AtomicBool::new(is_starting),
            is_draining: AtomicBool::new(false),
            shown: Arc::default(),
        };
        Health { shared: Arc::new(shared), shows_errors: false }
    }

    /// Adds a check, for all clones. Responses show checks in the order in which they were added.
    ///
    /// # Errors
    ///
    /// Returns an error if there is a check of that name already.
    pub fn check(self, check: Check) -> Result<Health, DuplicateCheck> {
        let name = check.name.clone();
        let slot = Arc::new(CheckSlot::new(check, self.shared.shown.clone()));
        {
            let mut slots = self.shared.lock();
            if slots.iter().any(|slot| slot.check.name == name) {
                // Dropping the check may run user code, so unlock first.
                drop(slots);
                return Err(DuplicateCheck { name });
            }
            slots.push(slot.clone());
        }
        if let Some(shown) = self.shared.shown.get() {
            shown.add(&name, None);
        }
        Ok(self)
    }

    /// Sets whether responses of this clone show why checks fail. The default is no, since errors
    /// may contain confidential data, such as addresses and passwords; they are logged anyway.
    ///
    /// ```
    /// use measurand::health::{Check, Health};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let check = Check::new("database", || async { Err("no connection to 10.0.0.7") });
    /// let health = Health::new().check(check)?;
    /// assert_eq!(health.ready("", "").await.body, "not ready\ndatabase: failed\n");
    /// let internal = health.show_errors(true);
    /// let body = internal.ready("", "").await.body;
    /// assert_eq!(body, "not ready\ndatabase: failed: no connection to 10.0.0.7\n");
    /// # Ok::<(), measurand::health::DuplicateCheck>(())
    /// # }).unwrap();
    /// ```
    pub fn show_errors(self, show: bool) -> Health {
        Health { shows_errors: show, ..self }
    }

    /// Adds metrics of the checks to a registry, including checks that are added later, for as long
    /// as a clone exists.
    ///
    /// | family | shows |
    /// |---|---|
    /// | `health_ready` | 1 while the service accepts requests, by the last results; else 0 |
    /// | `health_check_healthy{check}` | 1 if the last run of the check passed, else 0; absent before the first run |
    /// | `health_check_duration_seconds{check}` | how long the last run took |
    /// | `health_checks_total{check,result}` | runs by result: `ok`, `failed`, `timed_out`, `panicked` |
    ///
    /// Scrapes do not run checks.
    ///
    /// # Errors
    ///
    /// Returns an error if this was called before, or if the registry has families of these names,
    /// such as those of another `Health`.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::health::{Check, Health};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let registry = Registry::new();
    /// let database = Check::new("database", || async { Ok::<(), String>(()) });
    /// let health = Health::new().check(database)?.metrics(&registry)?;
    /// health.ready("", "").await;
    /// let text = registry.to_text();
    /// assert!(text.contains("health_check_healthy{check=\"database\"} 1\n"));
    /// assert!(text.contains("health_checks_total{check=\"database\",result=\"ok\"} 1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    #[track_caller]
    pub fn metrics(self, registry: &Registry) -> Result<Health, HealthMetricsError> {
        const TWICE: &str = "the metrics of this `Health` were added already; call `metrics` once, for one registry";
        if self.shared.shown.get().is_some() {
            return Err(HealthMetricsError(TWICE.to_owned()));
        }
        // Weak, so that the registry does not keep it alive.
        let shared = Arc::downgrade(&self.shared);
        let is_ready = move || shared.upgrade().is_some_and(|shared| shared.is_ready());
        let shown = HealthFamilies::new(registry, is_ready).map_err(|error| {
            HealthMetricsError(format!(
                "{error}\nhelp: to use several `Health`s with one registry, give each a view of it: \
                 `.metrics(&registry.with_label(\"of\", \"…\")?)`"
            ))
        })?;
        self.shared.shown.set(shown).map_err(|_| HealthMetricsError(TWICE.to_owned()))?;
        if let Some(shown) = self.shared.shown.get() {
            for slot in self.shared.slots() {
                shown.add(&slot.check.name, slot.last().as_deref());
            }
        }
        Ok(self)
    }

    /// Marks a service that was [`starting`](Health::starting) as started.
    pub fn started(&self) {
        self.shared.is_starting.store(false, Ordering::Release);
    }

    /// Makes readiness answer 503 from now on, so that no more requests are sent to a service that
    /// is about to stop. Call it when the process is told to stop, and keep serving until the
    /// probes have noticed.
    ///
    /// ```
    /// use measurand::health::Health;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let health = Health::new();
    /// health.drain();
    /// let answer = health.ready("", "").await;
    /// assert_eq!((answer.status, answer.body.as_str()), (503, "draining\n"));
    /// assert_eq!(health.live().status, 200);
    /// # });
    /// ```
    pub fn drain(&self) {
        self.shared.is_draining.store(true, Ordering::Release);
    }

    /// Answers a liveness probe: 200, immediately.
    pub fn live(&self) -> HealthAnswer {
        HealthAnswer::new(200, Form::Text, "ok\n".to_owned())
    }

    /// Answers a readiness probe: 200, or 503 while the service starts, drains, or fails a required
    /// check.
    ///
    /// `accept` is the header `Accept`, or empty, and `query` is the part after `?`. The response
    /// is JSON if `Accept` prefers that or the query has `format=json`, and text otherwise. Neither
    /// can cause an error.
    ///
    /// Checks whose cached results are too old run concurrently. Dropping this future does not stop
    /// them. While the service starts or drains, no check runs, and the last results are shown.
    ///
    /// ```
    /// use measurand::health::{Check, Health};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let check = Check::new("database", || async { Err("no connection") });
    /// let health = Health::new().check(check)?;
    /// let answer = health.ready("application/json", "").await;
    /// assert_eq!(answer.status, 503);
    /// assert_eq!(
    ///     answer.body,
    ///     "{\"status\":\"not_ready\",\"checks\":[\
    ///      {\"name\":\"database\",\"status\":\"failed\",\"optional\":false}]}\n"
    /// );
    /// # Ok::<(), measurand::health::DuplicateCheck>(())
    /// # }).unwrap();
    /// ```
    pub async fn ready(&self, accept: &str, query: &str) -> HealthAnswer {
        let slots = self.shared.slots();
        let mut outcomes: Vec<_> = slots.iter().map(|slot| slot.last()).collect();
        if self.shared.pause().is_none() {
            // All checks are started before the first one is awaited.
            let asked: Vec<_> = slots.iter().map(CheckSlot::ask).collect();
            for ((slot, asked), outcome) in slots.iter().zip(asked).zip(&mut outcomes) {
                *outcome = Some(slot.outcome(asked).await);
            }
        }
        let lines: Vec<_> = slots.iter().zip(outcomes).map(line).collect();
        // The service may have begun to drain meanwhile.
        let readiness = self.shared.pause().unwrap_or_else(|| of_checks(&lines));
        let form = Form::of(accept, query);
        let status = if readiness == Readiness::Ready { 200 } else { 503 };
        let body = form.write(readiness, &lines, self.shows_errors);
        let mut answer = HealthAnswer::new(status, form, body);
        answer.headers.push(("Vary", "Accept".to_owned()));
        answer
    }
}

impl Shared {
    /// Returns why the service accepts no requests whatever its checks say, if so.
    fn pause(&self) -> Option<Readiness> {
        if self.is_draining.load(Ordering::Acquire) {
            Some(Readiness::Draining)
        } else if self.is_starting.load(Ordering::Acquire) {
            Some(Readiness::Starting)
        } else {
            None
        }
    }

    /// Returns whether the service is ready, by the last results.
    fn is_ready(&self) -> bool {
        let slots = self.slots();
        let lines: Vec<_> = slots.iter().map(|slot| line((slot, slot.last()))).collect();
        self.pause().unwrap_or_else(|| of_checks(&lines)) == Readiness::Ready
    }

    fn slots(&self) -> Vec<Arc<CheckSlot>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<CheckSlot>>> {
        unpoisoned(self.slots.lock())
    }
}

fn line((slot, outcome): (&Arc<CheckSlot>, Option<Arc<outcome::CheckOutcome>>)) -> Line<'_> {
    Line { name: &slot.check.name, is_optional: slot.check.is_optional, outcome }
}

/// Returns the readiness by the results of checks.
fn of_checks(lines: &[Line<'_>]) -> Readiness {
    let is_ok = |line: &Line<'_>| line.outcome.as_ref().is_some_and(|outcome| outcome.is_ok());
    match lines.iter().all(|line| line.is_optional || is_ok(line)) {
        true => Readiness::Ready,
        false => Readiness::NotReady,
    }
}

impl Default for Health {
    fn default() -> Health {
        Health::new()
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slots = self.shared.slots();
        let checks: Vec<_> = slots.iter().map(|slot| &slot.check).collect();
        f.debug_struct("Health")
            .field("checks", &checks)
            .field("shows_errors", &self.shows_errors)
            .finish_non_exhaustive()
    }
}
