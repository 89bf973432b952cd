//! Health and readiness: whether the process lives, and whether it can do its work.
//!
//! [`Health`] has the checks of what a service needs, and answers those who probe it, such as Kubernetes. With
//! the feature `actix` there are [routes](crate::actix::HealthRoutes) for it. For another server take the
//! feature `health`, and send back what [`Health::live`] and [`Health::ready`] give.
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
//! `GET /healthz` is answered at once, whatever the checks do: who restarts processes by it restarts those that
//! hang, and not those whose database is away. `GET /readyz` runs the checks, and is 503 where one fails that
//! the service cannot do without:
//!
//! ```text
//! not ready
//! database: timed out
//! search: ok (optional)
//! ```
//!
//! Why a check has failed may be a secret: it stands in the log, once per change, and in no answer unless
//! [`show_errors`](Health::show_errors) says so.

mod answer;
mod check;
mod deadlines;
mod error;
mod outcome;
mod page;
mod ready_made;
mod shown;
mod slot;

pub use answer::HealthAnswer;
pub use check::Check;
pub use error::{DuplicateCheck, HealthMetricsError};

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use crate::registry::Registry;
use crate::sync::unpoisoned;
use page::{Form, Line, Readiness};
use shown::Shown;
use slot::Slot;

/// The health of a service. A clone has the same checks and the same state.
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
/// | [`check`](Health::check) | none | adds something that the service needs |
/// | [`metrics`](Health::metrics) | none | shows the checks in a registry |
/// | [`show_errors`](Health::show_errors) | no | whether answers say why checks fail |
#[derive(Clone)]
#[must_use = "it answers nothing until `live` and `ready` are called"]
pub struct Health {
    shared: Arc<Shared>,
    shows_errors: bool,
}

struct Shared {
    slots: Mutex<Vec<Arc<Slot>>>,
    is_starting: AtomicBool,
    is_draining: AtomicBool,
    shown: Arc<OnceLock<Shown>>,
}

impl Health {
    /// Makes the health of a service that takes requests from now on, as far as its checks allow.
    pub fn new() -> Health {
        Health::of(false)
    }

    /// Makes the health of a service that takes no requests before [`started`](Health::started) is called.
    ///
    /// ```
    /// use measurand::health::Health;
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let health = Health::starting();
    /// let answer = health.ready("", "").await;
    /// assert_eq!((answer.status, answer.body.as_str()), (503, "starting\n"));
    /// // … caches are filled …
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

    /// Adds a check, for all clones. Answers show checks in the order in which they were added.
    ///
    /// # Errors
    ///
    /// If there is a check of that name already.
    pub fn check(self, check: Check) -> Result<Health, DuplicateCheck> {
        let name = check.name.clone();
        let slot = Arc::new(Slot::new(check, self.shared.shown.clone()));
        {
            let mut slots = self.shared.lock();
            if slots.iter().any(|slot| slot.check.name == name) {
                // What is the user's is dropped when it is unlocked.
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

    /// Sets whether answers of this clone say why checks fail. They do not by default, since errors may hold
    /// what is nobody's business, such as addresses and passwords; the log has them anyway.
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

    /// Shows the checks in a registry, those that are added later as well, for as long as a clone is there.
    ///
    /// | family | shows |
    /// |---|---|
    /// | `health_ready` | 1 while the service takes requests, as far as the last results tell; else 0 |
    /// | `health_check_healthy{check}` | 1 if the last run of the check was ok, else 0; not there before the first |
    /// | `health_check_duration_seconds{check}` | how long that took |
    /// | `health_checks_total{check,result}` | runs by how they ended: `ok`, `failed`, `timed_out`, `panicked` |
    ///
    /// A scrape runs no check.
    ///
    /// # Errors
    ///
    /// If these checks are shown already, or the registry has families of these names, such as those of another
    /// `Health`.
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
        const TWICE: &str =
            "the metrics of this `Health` are shown already; call `metrics` once, for one registry";
        if self.shared.shown.get().is_some() {
            return Err(HealthMetricsError(TWICE.to_owned()));
        }
        // The registry does not keep it.
        let shared = Arc::downgrade(&self.shared);
        let is_ready = move || shared.upgrade().is_some_and(|shared| shared.is_ready());
        let shown = Shown::new(registry, is_ready).map_err(|error| {
            HealthMetricsError(format!(
                "{error}\nhelp: for several `Health`s in a registry, give each a view of it: \
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

    /// Ends the start of a service that was [`starting`](Health::starting).
    pub fn started(&self) {
        self.shared.is_starting.store(false, Ordering::Release);
    }

    /// Has readiness be 503 from now on, so that no more requests are sent to a service that is about to stop.
    /// Call it when the process is told to stop, and go on serving until whoever probes has seen it.
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

    /// Answers whether the process lives: 200, at once.
    pub fn live(&self) -> HealthAnswer {
        HealthAnswer::new(200, Form::Text, "ok\n".to_owned())
    }

    /// Answers whether the service can do its work: 200, or 503 while it starts, drains, or lacks something that
    /// it cannot do without.
    ///
    /// `accept` is the header `Accept`, empty if there is none, and `query` what follows the `?`. The answer is
    /// JSON where `Accept` wants that most or the query has `format=json`, and text otherwise; nothing that
    /// either says is an error.
    ///
    /// Checks whose last result is too old run at the same time. A run that was begun goes on if this is
    /// dropped. While the service starts or drains no check runs, and the last results are shown.
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
            // All of them begin before the first is waited for.
            let asked: Vec<_> = slots.iter().map(Slot::ask).collect();
            for ((slot, asked), outcome) in slots.iter().zip(asked).zip(&mut outcomes) {
                *outcome = Some(slot.outcome(asked).await);
            }
        }
        let lines: Vec<_> = slots.iter().zip(outcomes).map(line).collect();
        // It may have come to drain meanwhile.
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
    /// Why the service takes no requests, whatever its checks say.
    fn pause(&self) -> Option<Readiness> {
        if self.is_draining.load(Ordering::Acquire) {
            Some(Readiness::Draining)
        } else if self.is_starting.load(Ordering::Acquire) {
            Some(Readiness::Starting)
        } else {
            None
        }
    }

    /// Whether it is ready, as far as is known.
    fn is_ready(&self) -> bool {
        let slots = self.slots();
        let lines: Vec<_> = slots.iter().map(|slot| line((slot, slot.last()))).collect();
        self.pause().unwrap_or_else(|| of_checks(&lines)) == Readiness::Ready
    }

    fn slots(&self) -> Vec<Arc<Slot>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Arc<Slot>>> {
        unpoisoned(self.slots.lock())
    }
}

fn line((slot, outcome): (&Arc<Slot>, Option<Arc<outcome::Outcome>>)) -> Line<'_> {
    Line { name: &slot.check.name, is_optional: slot.check.is_optional, outcome }
}

/// What checks say of readiness.
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
