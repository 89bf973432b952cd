//! Running exports: their threads, flush and shutdown.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::error::{ExportError, FlushError};
use super::exporter::{Exporter, Sent};
use super::families::ExportFamilies;
use super::round::gather_for;
use super::state::{Due, ExportState, Task, later};
use crate::process;
use crate::registry::SharedGather;
use crate::sync::unpoisoned;

/// How long dropping waits for the last export.
const DROP_TIMEOUT: Duration = Duration::from_secs(5);

/// Running exports, until this is shut down or dropped. Created by
/// [`Exporters::start`](super::Exporters::start).
///
/// ```
/// use std::time::Duration;
/// use measurand::export::{Console, Exporters};
///
/// let exporting = Exporters::new().exporter(Console::new()).start()?;
/// // Before something that may end the process:
/// exporting.flush(Duration::from_secs(1))?;
/// // When the service ends:
/// exporting.shutdown(Duration::from_secs(5))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "it stops when this is dropped: bind it, as in `let exporting = …`"]
pub struct Exporting {
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    /// The process that the threads belong to: a forked child does not have them.
    process: u32,
}

/// What the threads share. No user code is called while the state is locked.
struct Shared {
    source: SharedGather,
    exporters: Vec<Arc<dyn Exporter>>,
    shown: Option<ExportFamilies>,
    /// Whether the last export of each exporter failed; changes are logged.
    has_failed: Vec<AtomicBool>,
    state: Mutex<ExportState>,
    changed: Condvar,
}

impl Exporting {
    pub(super) fn start(
        source: SharedGather,
        exporters: Vec<Arc<dyn Exporter>>,
        shown: Option<ExportFamilies>,
    ) -> io::Result<Exporting> {
        let schedules = exporters.iter().map(|exporter| exporter.schedule());
        let state = Mutex::new(ExportState::new(schedules, Instant::now()));
        if let Some(shown) = &shown {
            exporters.iter().for_each(|exporter| shown.add(exporter.title()));
        }
        let has_failed = exporters.iter().map(|_| AtomicBool::new(false)).collect();
        let changed = Condvar::new();
        let shared = Shared { source, exporters, shown, has_failed, state, changed };
        let exporting = Exporting {
            shared: Arc::new(shared),
            threads: Mutex::default(),
            process: process::id(),
        };
        // If a thread cannot be spawned, those that were are ended.
        let started = exporting.start_threads();
        if started.is_err() {
            exporting.shared.lock().end();
            exporting.shared.changed.notify_all();
        }
        started.map(|()| exporting)
    }

    fn start_threads(&self) -> io::Result<()> {
        if self.shared.exporters.is_empty() {
            return Ok(());
        }
        let shared = self.shared.clone();
        self.start_thread("metrics-gather", move || shared.gather_all())?;
        for exporter in 0..self.shared.exporters.len() {
            let shared = self.shared.clone();
            self.start_thread("metrics-export", move || shared.send_all(exporter))?;
        }
        Ok(())
    }

    fn start_thread(&self, name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = thread::Builder::new().name(name.to_owned()).spawn(work)?;
        unpoisoned(self.threads.lock()).push(thread);
        Ok(())
    }

    /// Exports now, through every exporter, and waits until everything is sent, at most for
    /// `timeout`.
    ///
    /// An export that is already in progress may lack the last updates, so it is waited for first.
    ///
    /// # Errors
    ///
    /// Returns an error if an exporter fails or does not finish in time; it then goes on sending.
    /// Also returns an error after a shutdown, and in a forked child, which has to start its own
    /// exporters.
    pub fn flush(&self, timeout: Duration) -> Result<(), FlushError> {
        if self.is_of_another_process() {
            return self.shared.stopped();
        }
        let deadline = later(Instant::now(), timeout);
        let mut state = self.shared.lock();
        if state.is_stopping() {
            drop(state);
            return self.shared.stopped();
        }
        let asked = state.ask();
        let failures = self.shared.wait_for(state, asked, timeout, deadline).1;
        self.shared.result(failures)
    }

    /// Exports once more and stops, within `timeout`: an export that has not finished by then is
    /// aborted.
    ///
    /// It needs no async runtime, so call it after the runtime of the service has ended. A later
    /// flush is an error, and another shutdown does nothing. Dropping this shuts down within 5
    /// seconds, and logs errors.
    ///
    /// # Errors
    ///
    /// Returns an error if an exporter fails or does not finish in time. What it had to send is
    /// lost.
    pub fn shutdown(&self, timeout: Duration) -> Result<(), FlushError> {
        if self.is_of_another_process() {
            return Ok(());
        }
        let deadline = later(Instant::now(), timeout);
        let mut state = self.shared.lock();
        let is_first = !state.is_stopping();
        let asked = state.stop();
        let (has_ended, failures) = self.shared.wait_for(state, asked, timeout, deadline);
        self.shared.lock().end();
        self.shared.changed.notify_all();
        if has_ended {
            // The threads have no more work, so joining them does not block.
            let threads = std::mem::take(&mut *unpoisoned(self.threads.lock()));
            for thread in threads {
                // If the thread panicked, the panic hook has reported it.
                let _ = thread.join();
            }
        } else {
            self.shared.exporters.iter().for_each(|exporter| exporter.interrupt());
        }
        if is_first { self.shared.result(failures) } else { Ok(()) }
    }

    fn is_of_another_process(&self) -> bool {
        self.process != process::id()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, ExportState> {
        unpoisoned(self.state.lock())
    }

    /// Waits until everything that was requested up to `asked` has ended. Returns whether it has,
    /// and what failed.
    fn wait_for(
        &self,
        mut state: MutexGuard<'_, ExportState>,
        asked: u64,
        timeout: Duration,
        deadline: Instant,
    ) -> (bool, Vec<(usize, ExportError)>) {
        self.changed.notify_all();
        while !state.has_ended(asked) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            let waited = self.changed.wait_timeout(state, left);
            state = unpoisoned(waited).0;
        }
        (state.has_ended(asked), state.failures(asked, timeout))
    }

    fn result(&self, failures: Vec<(usize, ExportError)>) -> Result<(), FlushError> {
        if failures.is_empty() {
            return Ok(());
        }
        let named = |(index, error): (usize, ExportError)| {
            (self.exporters[index].title().to_owned(), error)
        };
        Err(FlushError { failures: failures.into_iter().map(named).collect() })
    }

    /// Returns the error of exports that have stopped.
    fn stopped(&self) -> Result<(), FlushError> {
        let all = 0..self.exporters.len();
        self.result(all.map(|index| (index, ExportError::Stopped)).collect())
    }

    /// Waits for a change, or until `until`.
    fn wait<'a>(
        &self,
        state: MutexGuard<'a, ExportState>,
        until: Option<Instant>,
    ) -> MutexGuard<'a, ExportState> {
        match until {
            None => unpoisoned(self.changed.wait(state)),
            Some(until) => {
                let left = until.saturating_duration_since(Instant::now());
                let waited = self.changed.wait_timeout(state, left);
                unpoisoned(waited).0
            }
        }
    }

    /// Runs the thread that gathers.
    fn gather_all(&self) {
        let mut state = self.lock();
        loop {
            match state.next_gather(Instant::now()) {
                Task::End => return,
                Task::Wait(until) => state = self.wait(state, until),
                Task::Work(due) => {
                    drop(state);
                    let results = self.gather(&due);
                    state = self.lock();
                    for (exporter, result) in std::iter::zip(due.exporters, results) {
                        state.gathered(exporter, result);
                    }
                    self.changed.notify_all();
                }
            }
        }
    }

    fn gather(&self, due: &Due) -> Vec<Result<(), ExportError>> {
        due.missed.iter().for_each(|exporter| self.report_missed(*exporter));
        if due.exporters.is_empty() {
            return Vec::new();
        }
        let start = Instant::now();
        let exporters: Vec<_> =
            due.exporters.iter().map(|index| self.exporters[*index].clone()).collect();
        let results = gather_for(&*self.source, &exporters);
        for (exporter, result) in std::iter::zip(&due.exporters, &results) {
            if let Err(error) = result {
                self.report(*exporter, start.elapsed(), &Err(error.clone()));
            }
        }
        results
    }

    /// Runs the thread that sends for an exporter.
    fn send_all(&self, exporter: usize) {
        let mut state = self.lock();
        loop {
            match state.next_send(exporter, Instant::now()) {
                Task::End => return,
                Task::Wait(until) => state = self.wait(state, until),
                Task::Work(limit) => {
                    drop(state);
                    let start = Instant::now();
                    let send = || self.exporters[exporter].send(limit);
                    let result =
                        catch_unwind(AssertUnwindSafe(send)).unwrap_or(Err(ExportError::Panicked));
                    self.report(exporter, start.elapsed(), &result);
                    state = self.lock();
                    state.sent(exporter, result.map(drop));
                    self.changed.notify_all();
                }
            }
        }
    }

    /// Counts and logs an interval that is skipped, since the previous export is still in progress.
    /// A logger may panic.
    fn report_missed(&self, exporter: usize) {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let title = self.exporters[exporter].title();
            if let Some(shown) = &self.shown {
                shown.missed(title);
            }
            log::debug!("exporter `{title}` skips an interval: it is still sending");
        }));
    }

    /// Counts and logs the end of an export. A logger may panic.
    fn report(&self, exporter: usize, took: Duration, result: &Result<Sent, ExportError>) {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let title = self.exporters[exporter].title();
            if let Some(shown) = &self.shown {
                shown.ended(title, took, result);
            }
            let has_failed = self.has_failed[exporter].swap(result.is_err(), Ordering::Relaxed);
            match (result, has_failed) {
                (Err(error), false) => log::warn!("exporter `{title}` failed: {error}"),
                (Err(error), true) => log::debug!("exporter `{title}` failed again: {error}"),
                (Ok(_), true) => log::info!("exporter `{title}` has recovered"),
                (Ok(_), false) => {}
            }
        }));
    }
}

impl Drop for Exporting {
    fn drop(&mut self) {
        if let Err(error) = self.shutdown(DROP_TIMEOUT) {
            log::warn!("the last updates were not exported: {error}");
        }
    }
}

impl fmt::Debug for Exporting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = self.shared.exporters.iter().map(|exporter| exporter.title());
        f.debug_struct("Exporting")
            .field("exporters", &titles.collect::<Vec<_>>())
            .finish_non_exhaustive()
    }
}
