//! The state of exporters, and what their threads do next.

use std::time::{Duration, Instant};

use super::error::ExportError;
use super::exporter::Schedule;

/// The state of all exporters.
///
/// A flush requests a new number. A gather for an exporter includes all numbers that were requested
/// before, and the flush is over when every exporter has ended an export that includes its number.
#[derive(Debug)]
pub(super) struct ExportState {
    slots: Vec<ExporterState>,
    asked: u64,
    is_stopping: bool,
    is_over: bool,
}

#[derive(Debug)]
struct ExporterState {
    schedule: Schedule,
    /// When the next export is due.
    due: Instant,
    phase: Phase,
    /// The number that was requested at the last gather.
    began: u64,
    /// When the last gather began.
    began_at: Instant,
    /// The number that the last export that ended includes.
    ended: u64,
    result: Result<(), ExportError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Gathering,
    Ready,
    Sending,
}

/// What a thread has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Task<T> {
    Work(T),
    /// Wait until then, or for a change.
    Wait(Option<Instant>),
    End,
}

/// The exporters to gather for, and those that skip their interval.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Due {
    pub(super) exporters: Vec<usize>,
    pub(super) missed: Vec<usize>,
}

impl ExportState {
    pub(super) fn new(schedules: impl Iterator<Item = Schedule>, now: Instant) -> ExportState {
        let slot = |schedule: Schedule| ExporterState {
            schedule,
            due: later(now, schedule.interval),
            phase: Phase::Idle,
            began: 0,
            began_at: now,
            ended: 0,
            result: Ok(()),
        };
        ExportState {
            slots: schedules.map(slot).collect(),
            asked: 0,
            is_stopping: false,
            is_over: false,
        }
    }

    /// Requests an export of everything up to now, and returns its number.
    pub(super) fn ask(&mut self) -> u64 {
        self.asked += 1;
        self.asked
    }

    /// Requests a last export, and returns its number.
    pub(super) fn stop(&mut self) -> u64 {
        if !self.is_stopping {
            self.is_stopping = true;
            self.ask();
        }
        self.asked
    }

    /// Ends all threads as soon as possible.
    pub(super) fn end(&mut self) {
        (self.is_stopping, self.is_over) = (true, true);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping
    }

    /// Returns what the gathering thread has to do.
    pub(super) fn next_gather(&mut self, now: Instant) -> Task<Due> {
        if self.is_over {
            return Task::End;
        }
        let (mut exporters, mut missed) = (Vec::new(), Vec::new());
        for (index, slot) in self.slots.iter_mut().enumerate() {
            let is_due = slot.due <= now && !self.is_stopping;
            let is_asked = slot.began < self.asked;
            if is_due {
                slot.due = next_after(slot.due, slot.schedule.interval, now);
            }
            match slot.phase {
                Phase::Idle if is_due || is_asked => {
                    (slot.phase, slot.began, slot.began_at) = (Phase::Gathering, self.asked, now);
                    exporters.push(index);
                }
                Phase::Idle => {}
                Phase::Gathering | Phase::Ready | Phase::Sending if is_due => missed.push(index),
                Phase::Gathering | Phase::Ready | Phase::Sending => {}
            }
        }
        if !exporters.is_empty() || !missed.is_empty() {
            return Task::Work(Due { exporters, missed });
        }
        match (self.is_stopping, self.slots.iter().all(|slot| slot.began == self.asked)) {
            (true, true) => Task::End,
            (true, false) => Task::Wait(None),
            (false, _) => Task::Wait(self.slots.iter().map(|slot| slot.due).min()),
        }
    }

    /// Notes the end of a gather for an exporter.
    pub(super) fn gathered(&mut self, exporter: usize, result: Result<(), ExportError>) {
        match result {
            Ok(()) => self.slots[exporter].phase = Phase::Ready,
            Err(error) => self.sent(exporter, Err(error)),
        }
    }

    /// Returns what the thread of an exporter has to do, with the time limit of sending.
    pub(super) fn next_send(&mut self, exporter: usize, now: Instant) -> Task<Duration> {
        if self.is_over {
            return Task::End;
        }
        let slot = &mut self.slots[exporter];
        match slot.phase {
            Phase::Ready => {
                slot.phase = Phase::Sending;
                let since = now.saturating_duration_since(slot.began_at);
                Task::Work(slot.schedule.timeout.saturating_sub(since))
            }
            Phase::Idle if self.is_stopping && slot.ended == self.asked => Task::End,
            Phase::Idle | Phase::Gathering | Phase::Sending => Task::Wait(None),
        }
    }

    /// Notes the end of an export.
    pub(super) fn sent(&mut self, exporter: usize, result: Result<(), ExportError>) {
        let slot = &mut self.slots[exporter];
        (slot.phase, slot.ended, slot.result) = (Phase::Idle, slot.began, result);
    }

    /// Returns whether all exporters have ended the export of that number.
    pub(super) fn has_ended(&self, asked: u64) -> bool {
        self.slots.iter().all(|slot| slot.ended >= asked)
    }

    /// Returns the exporters that failed, and those that have not ended the export of that number.
    pub(super) fn failures(&self, asked: u64, limit: Duration) -> Vec<(usize, ExportError)> {
        let failure = |slot: &ExporterState| match slot.ended >= asked {
            true => slot.result.clone().err(),
            false => Some(ExportError::Late { limit }),
        };
        let slots = self.slots.iter().enumerate();
        slots.filter_map(|(index, slot)| Some((index, failure(slot)?))).collect()
    }
}

/// Returns `now` plus `by`, or a time far ahead if that cannot be represented.
pub(super) fn later(now: Instant, by: Duration) -> Instant {
    now.checked_add(by).unwrap_or(now + Duration::from_secs(1 << 31))
}

/// Returns the next due time after `now`.
fn next_after(due: Instant, interval: Duration, now: Instant) -> Instant {
    let late = now.saturating_duration_since(due).as_nanos();
    let interval_nanos = interval.as_nanos().max(1);
    // Always within one interval, so it fits.
    let over = u64::try_from(late % interval_nanos).unwrap_or_default();
    later(now, interval.saturating_sub(Duration::from_nanos(over)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn state(intervals: &[u32], now: Instant) -> ExportState {
        let schedule =
            |seconds: &u32| Schedule { interval: *seconds * SECOND, timeout: 30 * SECOND };
        ExportState::new(intervals.iter().map(schedule), now)
    }

    fn work(exporters: &[usize], missed: &[usize]) -> Task<Due> {
        Task::Work(Due { exporters: exporters.to_vec(), missed: missed.to_vec() })
    }

    /// Exports without delay.
    fn export(state: &mut ExportState, exporter: usize, now: Instant) {
        state.gathered(exporter, Ok(()));
        assert!(matches!(state.next_send(exporter, now), Task::Work(_)));
        state.sent(exporter, Ok(()));
    }

    #[test]
    fn those_whose_interval_has_come_are_gathered_for_together() {
        let start = Instant::now();
        let mut state = state(&[2, 3, 6], start);
        assert_eq!(state.next_gather(start), Task::Wait(Some(start + 2 * SECOND)));
        for (second, due) in [(2, &[0][..]), (3, &[1]), (4, &[0]), (6, &[0, 1, 2]), (8, &[0])] {
            let now = start + second * SECOND;
            assert_eq!(state.next_gather(now), work(due, &[]), "{second}");
            due.iter().for_each(|exporter| export(&mut state, *exporter, now));
        }
        assert_eq!(state.next_gather(start + 8 * SECOND), Task::Wait(Some(start + 9 * SECOND)));
    }

    #[test]
    fn one_that_is_late_keeps_to_its_times() {
        let start = Instant::now();
        let mut state = state(&[2], start);
        let late = start + 7 * SECOND;
        assert_eq!(state.next_gather(late), work(&[0], &[]));
        export(&mut state, 0, late);
        assert_eq!(state.next_gather(late), Task::Wait(Some(start + 8 * SECOND)));
    }

    #[test]
    fn one_that_still_sends_misses_its_interval_and_holds_up_no_other() {
        let start = Instant::now();
        let mut state = state(&[1, 1], start);
        let at = |second: u32| start + second * SECOND;
        assert_eq!(state.next_gather(at(1)), work(&[0, 1], &[]));
        state.gathered(0, Ok(()));
        // The rest of its time limit.
        assert_eq!(state.next_send(0, at(2)), Task::Work(29 * SECOND));
        export(&mut state, 1, at(1));
        assert_eq!(state.next_gather(at(2)), work(&[1], &[0]));
        export(&mut state, 1, at(2));
        state.sent(0, Ok(()));
        assert_eq!(state.next_gather(at(3)), work(&[0, 1], &[]));
    }

    #[test]
    fn a_flush_is_of_what_is_gathered_after_it() {
        let start = Instant::now();
        let mut state = state(&[60, 60], start);
        assert_eq!(state.next_gather(start + 60 * SECOND), work(&[0, 1], &[]));
        export(&mut state, 1, start);
        let asked = state.ask();
        // The gather for the first one began before the flush.
        assert_eq!(state.next_gather(start), work(&[1], &[]));
        export(&mut state, 1, start);
        state.gathered(0, Err(ExportError::Panicked));
        assert!(!state.has_ended(asked));
        assert!(matches!(&*state.failures(asked, SECOND), [(0, ExportError::Late { .. })]));
        assert_eq!(state.next_gather(start), work(&[0], &[]));
        export(&mut state, 0, start);
        assert!(state.has_ended(asked) && state.failures(asked, SECOND).is_empty());
    }

    #[test]
    fn what_stops_exports_once_more_and_then_never() {
        let start = Instant::now();
        let mut state = state(&[1], start);
        let asked = state.stop();
        assert_eq!(state.stop(), asked);
        assert_eq!(state.next_send(0, start), Task::Wait(None));
        assert_eq!(state.next_gather(start), work(&[0], &[]));
        // No further interval is due.
        assert_eq!(state.next_gather(start + 9 * SECOND), Task::End);
        export(&mut state, 0, start);
        assert_eq!(state.next_send(0, start), Task::End);
        assert!(state.has_ended(asked));
    }

    #[test]
    fn what_nobody_waits_for_ends_at_once() {
        let start = Instant::now();
        let mut state = state(&[1], start);
        state.stop();
        assert_eq!(state.next_gather(start), work(&[0], &[]));
        state.end();
        state.gathered(0, Ok(()));
        assert_eq!(state.next_gather(start), Task::End);
        assert_eq!(state.next_send(0, start), Task::End);
    }

    #[test]
    fn no_interval_is_too_long_for_the_clock() {
        let start = Instant::now();
        let schedule = Schedule { interval: Duration::MAX, timeout: SECOND };
        let mut state = ExportState::new([schedule].into_iter(), start);
        assert!(matches!(state.next_gather(start + SECOND), Task::Wait(Some(due)) if due > start));
    }
}
