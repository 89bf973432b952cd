//! A check with its last result and its current run, of which there is one at a time.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};
use std::thread;
use std::time::Instant;

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use super::check::{Check, CheckWork, run_async, run_blocking};
use super::deadlines::{self, Deadline, Expire};
use super::families::HealthFamilies;
use super::outcome::{CheckFailure, CheckOutcome, Status};
use crate::process;
use crate::sync::unpoisoned;

type ResultSender = watch::Sender<Option<Arc<CheckOutcome>>>;
type ResultReceiver = watch::Receiver<Option<Arc<CheckOutcome>>>;

/// A check of a [`Health`](super::Health).
pub(super) struct CheckSlot {
    pub(super) check: Check,
    shown: Arc<OnceLock<HealthFamilies>>,
    state: Mutex<SlotState>,
}

#[derive(Default)]
struct SlotState {
    /// The last result, and when the run ended.
    last: Option<(Arc<CheckOutcome>, Instant)>,
    run: Option<CurrentRun>,
    /// The number of runs so far.
    runs: u64,
    /// The status that was logged last.
    logged: Option<Status>,
}

/// A run that has not ended.
struct CurrentRun {
    number: u64,
    /// The process of the run: a forked child does not have it.
    process: u32,
    /// Whether its result is known, and being stored.
    is_claimed: bool,
    /// Whether it has ended since then.
    has_ended: bool,
    progress: Progress,
    /// Cancels an async run.
    abort: Option<AbortHandle>,
}

enum Progress {
    /// Its result is awaited.
    Awaited(ResultSender),
    /// It has timed out, but has not ended. No other run starts before that.
    TooLate(Arc<CheckOutcome>),
}

/// What a caller gets.
pub(super) enum RunResult {
    Known(Arc<CheckOutcome>),
    /// The result of a run, which this caller may have started.
    Coming {
        receiver: ResultReceiver,
        is_own: bool,
    },
}

impl CheckSlot {
    pub(super) fn new(check: Check, shown: Arc<OnceLock<HealthFamilies>>) -> CheckSlot {
        CheckSlot { check, shown, state: Mutex::default() }
    }

    /// Returns the last result.
    pub(super) fn last(&self) -> Option<Arc<CheckOutcome>> {
        self.lock().last.as_ref().map(|(outcome, _)| outcome.clone())
    }

    /// Starts a run if there is none and the last result is too old.
    pub(super) fn ask(self: &Arc<Self>) -> RunResult {
        let (number, receiver) = {
            let mut state = self.lock();
            let here = process::id();
            match &state.run {
                Some(CurrentRun { process, progress, .. }) if *process == here => match progress {
                    Progress::Awaited(sender) => {
                        return RunResult::Coming { receiver: sender.subscribe(), is_own: false };
                    }
                    Progress::TooLate(outcome) => return RunResult::Known(outcome.clone()),
                },
                _ => {}
            }
            match &state.last {
                Some((outcome, at)) if at.elapsed() < self.check.cache => {
                    return RunResult::Known(outcome.clone());
                }
                _ => {}
            }
            let (sender, receiver) = watch::channel(None);
            state.runs += 1;
            let number = state.runs;
            state.run = Some(CurrentRun {
                number,
                process: here,
                is_claimed: false,
                has_ended: false,
                progress: Progress::Awaited(sender),
                abort: None,
            });
            (number, receiver)
        };
        match self.begin(number) {
            Ok(()) => RunResult::Coming { receiver, is_own: true },
            Err(error) => RunResult::Known(self.not_begun(error)),
        }
    }

    /// Waits for the result.
    pub(super) async fn outcome(self: &Arc<Self>, mut asked: RunResult) -> Arc<CheckOutcome> {
        loop {
            let (mut receiver, is_own) = match asked {
                RunResult::Known(outcome) => return outcome,
                RunResult::Coming { receiver, is_own } => (receiver, is_own),
            };
            let outcome = match receiver.wait_for(Option::is_some).await {
                Ok(outcome) => outcome.clone(),
                Err(_) => None,
            };
            // The run ended without a result, for example since the runtime of another caller
            // ended.
            asked = match outcome {
                Some(outcome) => RunResult::Known(outcome),
                None if is_own => {
                    let error = "its runtime has ended; use one that goes on, or \
                                 set one with `Check::runtime`";
                    RunResult::Known(self.not_begun(error.to_owned()))
                }
                None => self.ask(),
            };
        }
    }

    fn begin(self: &Arc<Self>, number: u64) -> Result<(), String> {
        let started = Instant::now();
        let limit = self.check.timeout;
        let place = Arc::as_ptr(self).addr();
        // A deadline that cannot be represented means no limit.
        let deadline = started.checked_add(limit).map(|at| Deadline { at, place, run: number });
        // Dropping this without a result makes the run a lost one.
        let running = RunHandle { slot: self.clone(), number, started, deadline };
        if let Some(deadline) = deadline {
            let this: Weak<CheckSlot> = Arc::downgrade(self);
            deadlines::add(deadline, this).map_err(|error| {
                format!("no thread could be spawned for its time limit: {error}")
            })?;
        }
        match self.check.work.clone() {
            CheckWork::Blocking(work) => {
                let run = move || running.end(run_blocking(&*work, limit));
                let thread = thread::Builder::new().name("health-check".to_owned());
                thread
                    .spawn(run)
                    .map_err(|error| format!("no thread could be spawned: {error}"))?;
            }
            CheckWork::Async(make) => {
                let runtime = match &self.check.runtime {
                    Some(runtime) => runtime.clone(),
                    None => Handle::try_current().map_err(|_| {
                        "it is async, and there is no Tokio runtime; set one with \
                         `Check::runtime`, or use `Check::blocking`"
                    })?,
                };
                let run = async move {
                    // Moved in here, so that it is dropped last if the task is cancelled.
                    let running = running;
                    let end = run_async(&*make).await;
                    running.end(end);
                };
                self.may_be_aborted(number, runtime.spawn(run).abort_handle());
            }
        }
        Ok(())
    }

    /// Counts and logs a run that could not be started. Its result is not cached.
    fn not_begun(&self, error: String) -> Arc<CheckOutcome> {
        let outcome = Arc::new(CheckOutcome::not_begun(error));
        if let Some(shown) = self.shown.get() {
            shown.ran(&self.check.name, &outcome);
        }
        let is_news = self.lock().logged.replace(outcome.status) != Some(outcome.status);
        if is_news {
            self.log(&outcome);
        }
        outcome
    }

    fn may_be_aborted(&self, number: u64, abort: AbortHandle) {
        let is_too_late = match &mut self.lock().run {
            Some(run) if run.number == number && !run.is_claimed => {
                run.abort = Some(abort.clone());
                false
            }
            Some(run) => run.number == number,
            None => false,
        };
        if is_too_late {
            abort.abort();
        }
    }

    /// Returns whether the caller may set the result of this run: only the first one may.
    fn claim(&self, number: u64) -> bool {
        let mut state = self.lock();
        let run = state.run.as_mut().filter(|run| run.number == number && !run.is_claimed);
        run.map(|run| run.is_claimed = true).is_some()
    }

    /// Stores the result of a run that was claimed, and passes it to all that wait.
    fn tell(&self, number: u64, outcome: CheckOutcome, has_ended: bool) {
        let outcome = Arc::new(outcome);
        // Counted before the next run can start, and before the result is returned to anyone.
        if let Some(shown) = self.shown.get() {
            shown.ran(&self.check.name, &outcome);
        }
        let (is_news, progress, abort) = {
            let mut state = self.lock();
            state.last = Some((outcome.clone(), Instant::now()));
            let is_news = state.logged.replace(outcome.status) != Some(outcome.status);
            let is_over =
                |run: &mut CurrentRun| run.number == number && (has_ended || run.has_ended);
            match state.run.take_if(is_over) {
                Some(run) => (is_news, Some(run.progress), None),
                None => match state.run.as_mut().filter(|run| run.number == number) {
                    Some(run) => {
                        let too_late = Progress::TooLate(outcome.clone());
                        let progress = std::mem::replace(&mut run.progress, too_late);
                        (is_news, Some(progress), run.abort.take())
                    }
                    None => (is_news, None, None),
                },
            }
        };
        if let Some(Progress::Awaited(sender)) = progress {
            sender.send_replace(Some(outcome.clone()));
        }
        if let Some(abort) = abort {
            abort.abort();
        }
        if is_news {
            self.log(&outcome);
        }
    }

    /// Notes the end of a run whose result is known already, or that has none.
    fn forget(&self, number: u64) {
        let forgotten = {
            let mut state = self.lock();
            match &mut state.run {
                Some(run) if run.number == number => {
                    let is_being_told =
                        run.is_claimed && matches!(run.progress, Progress::Awaited(_));
                    run.has_ended = true;
                    if is_being_told { None } else { state.run.take() }
                }
                _ => None,
            }
        };
        // This wakes up those who wait for it.
        drop(forgotten);
    }

    fn log(&self, outcome: &CheckOutcome) {
        let (name, error) = (&self.check.name, &outcome.error);
        match outcome.status {
            Status::Ok => log::info!("the health check `{name}` is ok"),
            Status::Failed => log::warn!("the health check `{name}` failed: {error}"),
            Status::TimedOut => log::warn!("the health check `{name}` timed out: {error}"),
            Status::Panicked => log::warn!("the health check `{name}` panicked: {error}"),
        }
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        unpoisoned(self.state.lock())
    }
}

impl Expire for CheckSlot {
    fn expire(&self, run: u64) {
        if self.claim(run) {
            let limit = self.check.timeout;
            self.tell(run, CheckOutcome::late(limit, limit), false);
        }
    }
}

/// A handle of a run where it runs. Dropping it ends the run.
struct RunHandle {
    slot: Arc<CheckSlot>,
    number: u64,
    started: Instant,
    deadline: Option<Deadline>,
}

impl RunHandle {
    fn end(self, end: Result<(), CheckFailure>) {
        let RunHandle { slot, number, started, .. } = &self;
        if slot.claim(*number) {
            let outcome = CheckOutcome::of(end, started.elapsed(), slot.check.timeout);
            slot.tell(*number, outcome, true);
        }
    }
}

impl Drop for RunHandle {
    fn drop(&mut self) {
        if let Some(deadline) = self.deadline {
            deadlines::remove(deadline);
        }
        // The run may be over already, which is fine.
        self.slot.forget(self.number);
    }
}
