//! The latest changes of a table, so that a list of its series can be updated without visiting all
//! of them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::series::OpenSeries;
use crate::sync::{ArcSwap, Mutex, yield_now};

/// A state of a table, from which later changes are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The serial number of the last created series.
    pub(super) serial: u32,
    /// The number of series that were created or removed.
    pub(super) changes: u64,
}

impl Version {
    /// The version before the first series.
    pub(crate) const ZERO: Version = Version { serial: 0, changes: 0 };
}

/// The number of changes that are remembered. A list that has missed more visits all series, which
/// is cheap for each of so many changes.
const MEMORY: usize = 1_024;

/// How often the processor is yielded to a reader so that it can finish.
const TRIES: usize = if cfg!(measurand_loom) { 2 } else { 1_000 };

/// The series of the latest changes. The lock is replaceable, since a fork may leave it locked.
pub(super) struct Recent<C>(ArcSwap<Mutex<RecentChanges<C>>>);

struct RecentChanges<C> {
    /// The number of the last change.
    last: u64,
    series: VecDeque<Arc<OpenSeries<C>>>,
}

impl<C> Recent<C> {
    /// Creates a record that begins after the change with the number `last`.
    pub(super) fn new(last: u64) -> Self {
        let series = VecDeque::new();
        Recent(ArcSwap::from_pointee(Mutex::new(RecentChanges { last, series })))
    }

    /// Forgets everything up to the change with the number `last`.
    pub(super) fn forget(&self, last: u64) {
        let series = VecDeque::new();
        // It is leaked: a thread that did not survive a fork may have left it half changed.
        std::mem::forget(self.0.swap(Arc::new(Mutex::new(RecentChanges { last, series }))));
    }

    /// Adds a change. Only the thread that has the table's turn may call this.
    ///
    /// A reader only holds the lock while it copies. If it stands still, or did not survive a fork,
    /// earlier changes are forgotten so that nobody waits for it.
    pub(super) fn push(&self, number: u64, series: Arc<OpenSeries<C>>) {
        let changes = self.0.load_full();
        for _ in 0..TRIES {
            if let Ok(mut changes) = changes.try_lock() {
                changes.last = number;
                changes.series.push_back(series);
                let is_full = changes.series.len() > MEMORY;
                let forgotten = if is_full { changes.series.pop_front() } else { None };
                drop(changes);
                drop(forgotten);
                return;
            }
            yield_now();
        }
        let series = VecDeque::from([series]);
        drop(self.0.swap(Arc::new(Mutex::new(RecentChanges { last: number, series }))));
    }

    /// Returns the series that changed after the change `from` and up to `to`, each once. `None` if
    /// they are no longer remembered.
    pub(super) fn between(&self, from: u64, to: u64) -> Option<Vec<Arc<OpenSeries<C>>>> {
        let len = usize::try_from(to.checked_sub(from)?).ok().filter(|len| *len <= MEMORY)?;
        // Allocated before locking: an allocator that updates metrics may come here.
        let mut recent = Vec::new();
        recent.try_reserve_exact(len).ok()?;
        let changes = self.0.load_full();
        let changes = changes.try_lock().ok()?;
        let first = changes.last - changes.series.len() as u64;
        let skipped = from.checked_sub(first)?;
        recent.extend(changes.series.iter().skip(skipped as usize).take(len).cloned());
        drop(changes);
        recent.sort_unstable_by_key(|series| series.serial);
        recent.dedup_by_key(|series| series.serial);
        Some(recent)
    }
}

#[cfg(all(test, not(measurand_loom)))]
mod tests {
    use super::*;
    use crate::storage::Key;

    #[test]
    fn a_reader_that_stands_still_keeps_nobody_waiting() {
        let series = |serial| Arc::new(OpenSeries::new(0, serial, Key::all_other(1), false, ()));
        let recent = Recent::new(0);
        recent.push(1, series(1));
        let changes = recent.0.load_full();
        let standing = changes.lock().unwrap();
        recent.push(2, series(2));
        drop(standing);
        recent.push(3, series(3));
        // Earlier changes are forgotten, and reported as such.
        assert!(recent.between(0, 3).is_none());
        let serials: Vec<_> = recent.between(1, 3).unwrap().iter().map(|it| it.serial).collect();
        assert_eq!(serials, [2, 3]);
    }
}
