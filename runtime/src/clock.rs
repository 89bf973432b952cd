//! The time, as one that only goes forward: whatever is kept of times is kept as this, so that nobody who
//! sets the clock of the machine takes any of it back, and tests can move it.

#[cfg(not(measurand_loom))]
use std::time::Instant;
use std::time::{Duration, SystemTime};

#[cfg(not(measurand_loom))]
use crate::isolation;

/// Whether the standard library has a clock; where it has none, reading it panics.
pub(crate) const HAS_CLOCK: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// When someone asked first.
#[cfg(not(measurand_loom))]
struct Start {
    instant: Instant,
    wall: SystemTime,
}

/// Not a lock: a child may be forked while a thread asks first.
#[cfg(not(measurand_loom))]
static START: once_cell::race::OnceBox<Start> = once_cell::race::OnceBox::new();

/// How far tests have moved it, in nanoseconds.
#[cfg(not(measurand_loom))]
static MOVED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

#[cfg(not(measurand_loom))]
fn start() -> &'static Start {
    START.get_or_init(|| Box::new(Start { instant: Instant::now(), wall: SystemTime::now() }))
}

/// The time since someone asked first; where there is no clock, always the same.
#[cfg(not(measurand_loom))]
pub(crate) fn now() -> Duration {
    if !HAS_CLOCK {
        return Duration::ZERO;
    }
    let moved = MOVED.load(std::sync::atomic::Ordering::Relaxed);
    let elapsed = instant().saturating_duration_since(start().instant);
    elapsed.saturating_add(Duration::from_nanos(moved))
}

/// The time to measure with how long something takes.
#[cfg(not(measurand_loom))]
#[inline]
pub(crate) fn instant() -> Instant {
    match isolation::moved() {
        None => Instant::now(),
        Some((moved, paused)) => {
            let now = paused.unwrap_or_else(Instant::now);
            now.checked_add(moved).unwrap_or(now)
        }
    }
}

/// What a calendar says of a time, by what the clock of the machine said when someone asked first.
#[cfg(not(measurand_loom))]
pub(crate) fn date(time: Duration) -> SystemTime {
    if !HAS_CLOCK {
        return SystemTime::UNIX_EPOCH;
    }
    start().wall.checked_add(time).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Moves the time forward, for tests of what happens after a time.
#[cfg(not(measurand_loom))]
pub(crate) fn advance(by: Duration) {
    let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
    MOVED.fetch_add(by, std::sync::atomic::Ordering::Relaxed);
}

#[cfg(not(measurand_loom))]
pub(crate) use std::thread::sleep;

/// A model has no time: nobody in it stands still.
#[cfg(measurand_loom)]
pub(crate) fn now() -> Duration {
    Duration::ZERO
}

#[cfg(measurand_loom)]
pub(crate) fn date(_: Duration) -> SystemTime {
    SystemTime::UNIX_EPOCH
}

#[cfg(measurand_loom)]
pub(crate) fn sleep(_: Duration) {
    loom::thread::yield_now();
}
