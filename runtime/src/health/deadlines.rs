//! Deadlines of runs: one thread watches all of them, while there are any.
//!
//! So time limits need no timers of a runtime, and also work if a check blocks its runtime.

use std::collections::BTreeMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::Instant;

use crate::process;
use crate::sync::unpoisoned;

/// Notified when the time of a run is up.
pub(super) trait Expire: Send + Sync {
    fn expire(&self, run: u64);
}

/// The deadline of a run, which is identified by the address of its slot, which lives until the run
/// is over, and a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Deadline {
    pub(super) at: Instant,
    pub(super) place: usize,
    pub(super) run: u64,
}

struct Deadlines {
    coming: BTreeMap<Deadline, Weak<dyn Expire>>,
    /// The process that has a watching thread.
    watched_in: Option<u32>,
}

static DEADLINES: Mutex<Deadlines> =
    Mutex::new(Deadlines { coming: BTreeMap::new(), watched_in: None });

/// Notified when another deadline becomes the first.
static EARLIER: Condvar = Condvar::new();

/// Notifies `of` when the time is up.
///
/// # Errors
///
/// Returns an error if no thread can be spawned.
pub(super) fn add(deadline: Deadline, of: Weak<dyn Expire>) -> io::Result<()> {
    let (is_watched, is_first) = {
        let mut deadlines = lock();
        deadlines.coming.insert(deadline, of);
        let process = Some(process::id());
        let is_watched = std::mem::replace(&mut deadlines.watched_in, process) == process;
        (is_watched, deadlines.coming.keys().next() == Some(&deadline))
    };
    if is_watched {
        if is_first {
            EARLIER.notify_one();
        }
        return Ok(());
    }
    let thread = thread::Builder::new().name("health-limits".to_owned());
    thread.spawn(watch).map(drop).inspect_err(|_| {
        let mut deadlines = lock();
        deadlines.watched_in = None;
        deadlines.coming.remove(&deadline);
    })
}

/// Removes the deadline of a run that is over.
pub(super) fn remove(deadline: Deadline) {
    let of = lock().coming.remove(&deadline);
    drop(of);
}

fn watch() {
    let mut deadlines = lock();
    loop {
        let Some(first) = deadlines.coming.first_entry() else {
            deadlines.watched_in = None;
            return;
        };
        let time = first.key().at.saturating_duration_since(Instant::now());
        if time.is_zero() {
            let (deadline, of) = first.remove_entry();
            drop(deadlines);
            // This logs, and may drop user values; both may panic.
            let _ = catch_unwind(AssertUnwindSafe(|| {
                if let Some(of) = of.upgrade() {
                    of.expire(deadline.run);
                }
            }));
            deadlines = lock();
        } else {
            let waited = EARLIER.wait_timeout(deadlines, time);
            deadlines = unpoisoned(waited).0;
        }
    }
}

fn lock() -> MutexGuard<'static, Deadlines> {
    unpoisoned(DEADLINES.lock())
}
