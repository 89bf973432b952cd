//! Gathering and validating a registry.

use std::collections::TryReserveError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::claims::Claims;
use super::collected_points::CollectedPoints;
use super::conflict::{Problem, ValidateError};
use super::gather::{GatherBuffers, GatherError};
use super::points::CollectorPoints;
use super::published::Published;
use super::report::Report;
use super::state::{RegistryState, Removed};
use super::{Flow, Labels, Point, Registry, Sink};
use crate::descriptor::Descriptor;
use crate::{isolation, link, process, storage};

/// How long a gather waits for a thread that changes the state. After that it shows the families
/// that were last published.
const GATHER_PATIENCE: Duration = Duration::from_secs(1);

/// Why the families are walked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Gather,
    /// Unlike after a gather, settings may still change.
    Check,
}

/// A sink that stops at once.
struct StoppingSink;

impl Sink for StoppingSink {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Stop
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        Flow::Stop
    }
}

impl Registry {
    /// Checks for everything that a gather would leave out: conflicting families, labels declared
    /// twice, points that cannot be shown, failing collectors, several builds of this crate.
    ///
    /// A gather finds the same, counts it in `measurand_conflicts` and logs it. Call this in a test
    /// to find it earlier:
    ///
    /// ```
    /// measurand::Registry::global().validate()?;
    /// # Ok::<(), measurand::registry::ValidateError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns all problems, with the locations of both families of a conflict. Collectors are run
    /// to find theirs.
    pub fn validate(&self) -> Result<(), ValidateError> {
        let mut report = Report::default();
        if self.change(|state| state.has_collectors()) == Some(true) {
            // If there is not enough memory for it, collectors are not checked.
            report = self.pour(&mut StoppingSink, Purpose::Check).unwrap_or_default();
        }
        let problems = self.change(|state| state.all_problems().cloned().collect());
        let mut problems: Vec<_> = problems.unwrap_or_default();
        problems.extend_from_slice(report.of_gather());
        if problems.is_empty() { Ok(()) } else { Err(ValidateError::new(problems)) }
    }

    /// Passes every family and its series to `sink`: families sorted by name, series by label
    /// values.
    ///
    /// No lock is held while the sink runs, so metrics may be updated and registered meanwhile. The
    /// returned report lists what was left out, which is also logged and counted.
    ///
    /// If there is not enough memory for the list of series, the process ends, as it does when a
    /// `Vec` cannot grow. [`try_gather`](Registry::try_gather) returns an error instead.
    ///
    /// ```
    /// use measurand::registry::{Flow, Labels, Point, Sink, Value};
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Counter, Descriptor, Registry};
    ///
    /// /// Adds up all counters.
    /// struct Total(f64);
    ///
    /// impl Sink for Total {
    ///     fn family(&mut self, _: &Descriptor) -> Flow {
    ///         Flow::Continue
    ///     }
    ///
    ///     fn point(&mut self, _: &Descriptor, _: Labels<'_>, point: &Point<'_>) -> Flow {
    ///         let Value::Counter(value) = point.value else { return Flow::Skip };
    ///         self.0 += value.as_f64();
    ///         Flow::Continue
    ///     }
    /// }
    ///
    /// let registry = Registry::new();
    /// let options = FamilyOptions::new("doc_total_orders_total", "Orders taken.").max_series(100);
    /// let orders = options.register::<Counter, 1>(&registry, ["shop"])?;
    /// orders.with(["north"]).inc_by(2);
    /// orders.with(["south"]).inc();
    /// let mut total = Total(0.0);
    /// assert!(registry.gather(&mut total).is_whole());
    /// assert_eq!(total.0, 3.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn gather(&self, sink: &mut dyn Sink) -> Report {
        self.try_gather(sink).unwrap_or_else(|error| error.end_process())
    }

    /// Like [`gather`](Registry::gather), but returns an error if memory is short.
    ///
    /// # Errors
    ///
    /// Returns an error if there is not enough memory for the list of series. Nothing was passed to
    /// the sink then.
    ///
    /// ```
    /// use measurand::registry::{Flow, Labels, Point, Sink};
    /// use measurand::{Descriptor, Registry};
    ///
    /// struct Nowhere;
    ///
    /// impl Sink for Nowhere {
    ///     fn family(&mut self, _: &Descriptor) -> Flow {
    ///         Flow::Skip
    ///     }
    ///     fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
    ///         Flow::Continue
    ///     }
    /// }
    ///
    /// let report = Registry::new().try_gather(&mut Nowhere)?;
    /// assert!(report.is_whole());
    /// # Ok::<(), measurand::registry::GatherError>(())
    /// ```
    pub fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        self.pour(sink, Purpose::Gather)
    }

    fn pour(&self, sink: &mut dyn Sink, purpose: Purpose) -> Result<Report, GatherError> {
        match isolation::is_in().then(|| self.change(|state| state.ungathered())).flatten() {
            Some(state) => self.with_own_state(state).pour_here(sink, purpose),
            None => self.pour_here(sink, purpose),
        }
    }

    /// Returns a registry with the same settings and its own state: an isolation has other series.
    fn with_own_state(&self, state: RegistryState) -> Registry {
        let registry = Registry::with_state(state, None, self.shared.is_pedantic);
        let timeout = self.shared.collector_timeout.load(Ordering::Relaxed);
        registry.shared.collector_timeout.store(timeout, Ordering::Relaxed);
        registry
    }

    fn pour_here(&self, sink: &mut dyn Sink, purpose: Purpose) -> Result<Report, GatherError> {
        if process::is_forked() {
            storage::after_fork();
        }
        let mut buffers = self.shared.buffers.take();
        let published = self.collected(&mut buffers, purpose, &*sink)?;
        let problems = |given: &CollectedPoints| self.problems(given, &published, purpose);
        let gathered = published.gather(sink, &mut buffers, problems);
        self.shared.buffers.put(buffers);
        gathered
    }

    /// Runs the collectors, and returns the families, with those that collectors just gave.
    fn collected(
        &self,
        buffers: &mut GatherBuffers,
        purpose: Purpose,
        sink: &dyn Sink,
    ) -> Result<Arc<Published>, GatherError> {
        let GatherBuffers { given, failed, rounds, .. } = buffers;
        let published = self.published(purpose)?;
        if published.collectors.is_empty() {
            return Ok(published);
        }
        let timeout = Duration::from_nanos(self.shared.collector_timeout.load(Ordering::Relaxed));
        let left = sink.deadline().map(|end| end.saturating_duration_since(Instant::now()));
        let timeout = left.unwrap_or(Duration::MAX).min(timeout);
        let is_wanted = |claims: &Claims| {
            // A collector that describes nothing may give any family.
            let is_described = claims.claims.iter().any(|claim| claim.is_described);
            !is_described || claims.claims.iter().any(|claim| sink.wants(&claim.shown))
        };
        let collectors = published.collectors.iter().filter(|(.., claims)| is_wanted(claims));
        rounds.collect(collectors, given, failed, timeout);
        given.shortage()?;
        let is_new = |(id, _, claims): &(u64, _, Arc<Claims>)| given.has_news_of(*id, claims);
        if published.collectors.iter().any(is_new) {
            let mut removed = Removed::default();
            // If another thread blocks the state, new families are left out.
            self.change_within(GATHER_PATIENCE, |state| state.settle(given, &mut removed));
        }
        Ok(self.published(purpose)?)
    }

    /// Returns what keeps metrics off the page, with the problems of the given points.
    fn problems(
        &self,
        given: &CollectedPoints,
        published: &Published,
        purpose: Purpose,
    ) -> Result<Arc<[Problem]>, TryReserveError> {
        let is_known = |run: &CollectorPoints| {
            let known = published.claims(run.owner).map_or(&[][..], |claims| &claims.problems);
            known == run.problems()
        };
        if given.runs().iter().all(is_known) {
            return Ok(published.problems.clone());
        }
        self.change_within(GATHER_PATIENCE, |state| state.set_problems(given));
        Ok(self.published(purpose)?.problems.clone())
    }

    /// Returns the families of all that was registered before this call.
    fn published(&self, purpose: Purpose) -> Result<Arc<Published>, TryReserveError> {
        let late = self.shared.late.as_ref().map(|late| late.load(Ordering::Acquire));
        let has_late = late.is_some_and(|late| late < link::late_len());
        if !has_late && !self.shared.is_changed.load(Ordering::Acquire) {
            return Ok(self.shared.published.load_full());
        }
        type Changed = Result<(Option<Arc<Published>>, Vec<Problem>), TryReserveError>;
        let changed = self.change_within(GATHER_PATIENCE, |state| -> Changed {
            let old = state.publish()?.map(|new| self.shared.published.swap(Arc::new(new)));
            if purpose == Purpose::Check {
                // The next gather has to come here, too.
                state.is_changed = true;
                return Ok((old, Vec::new()));
            }
            state.is_gathered = true;
            Ok((old, state.unlogged()))
        });
        let Some((old, news)) = changed.transpose()? else {
            return Ok(self.shared.published.load_full());
        };
        // Outside of the turn, since dropping user values or logging may come back to this
        // registry.
        drop(old);
        news.iter().for_each(|problem| log::error!("{problem}"));
        Ok(self.shared.published.load_full())
    }
}
