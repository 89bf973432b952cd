//! What has changed in a table of late, so that who keeps a list of its series need not look at all
//! of them.

use std::collections::VecDeque;
use std::sync::Arc;

use super::series::OpenSeries;
use crate::sync::{ArcSwap, Mutex, yield_now};

/// A state of a table: what has changed since is what came after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The number of the last series that was made.
    pub(super) serial: u32,
    /// How often a series came or went.
    pub(super) changes: u64,
}

impl Version {
    /// Before the first series.
    pub(crate) const ZERO: Version = Version { serial: 0, changes: 0 };
}

/// So many changes are remembered. Whoever has missed more looks at all series, which costs each of
/// these changes little.
const MEMORY: usize = 1_024;

/// How often a reader is given the processor to come to its end.
const TRIES: usize = if cfg!(measurand_loom) { 2 } else { 1_000 };

/// The series of the last changes. Behind a pointer, since a fork may leave the lock behind.
pub(super) struct Recent<C>(ArcSwap<Mutex<Changes<C>>>);

struct Changes<C> {
    /// The number of the last one.
    last: u64,
    series: VecDeque<Arc<OpenSeries<C>>>,
}

impl<C> Recent<C> {
    /// Nothing is remembered up to this change.
    pub(super) fn new(last: u64) -> Self {
        let series = VecDeque::new();
        Recent(ArcSwap::from_pointee(Mutex::new(Changes { last, series })))
    }

    /// Forgets everything, so that it starts after this change.
    pub(super) fn forget(&self, last: u64) {
        let series = VecDeque::new();
        // A thread that a fork has left behind may have left it half changed.
        std::mem::forget(self.0.swap(Arc::new(Mutex::new(Changes { last, series }))));
    }

    /// Remembers a change, by who alone may make one.
    ///
    /// A reader copies what it needs and goes. If it does not, since it stands still or a fork has left
    /// it behind, what was before this change is forgotten, so that nobody waits for it.
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
        drop(self.0.swap(Arc::new(Mutex::new(Changes { last: number, series }))));
    }

    /// The series that changed after one change and up to another, each once; nothing if they are
    /// not remembered any more.
    pub(super) fn between(&self, from: u64, to: u64) -> Option<Vec<Arc<OpenSeries<C>>>> {
        let len = usize::try_from(to.checked_sub(from)?).ok().filter(|len| *len <= MEMORY)?;
        // Not under the lock: an allocator that counts may come here.
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
        // What was before is not remembered, which is said.
        assert!(recent.between(0, 3).is_none());
        let serials: Vec<_> = recent.between(1, 3).unwrap().iter().map(|it| it.serial).collect();
        assert_eq!(serials, [2, 3]);
    }
}
