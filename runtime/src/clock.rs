//! A clock that only moves forward. All kept times are of this clock, so that setting the system's
//! clock does not affect them, and tests can advance it.

#[cfg(not(measurand_loom))]
use std::time::Instant;
use std::time::{Duration, SystemTime};

#[cfg(not(measurand_loom))]
use crate::isolation;

/// Whether the standard library has a clock. Without one, reading it panics.
pub(crate) const HAS_CLOCK: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// The time of the first call.
#[cfg(not(measurand_loom))]
struct Start {
    instant: Instant,
    wall: SystemTime,
}

/// Not behind a lock, since a child may be forked during the first call.
#[cfg(not(measurand_loom))]
static START: once_cell::race::OnceBox<Start> = once_cell::race::OnceBox::new();

/// By how much tests have advanced the clock, in nanoseconds.
#[cfg(not(measurand_loom))]
static MOVED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);

#[cfg(not(measurand_loom))]
fn start() -> &'static Start {
    START.get_or_init(|| Box::new(Start { instant: Instant::now(), wall: SystemTime::now() }))
}

/// Returns the time since the first call; always zero without a clock.
#[cfg(not(measurand_loom))]
pub(crate) fn now() -> Duration {
    if !HAS_CLOCK {
        return Duration::ZERO;
    }
    let moved = MOVED.load(std::sync::atomic::Ordering::Relaxed);
    let elapsed = instant().saturating_duration_since(start().instant);
    elapsed.saturating_add(Duration::from_nanos(moved))
}

/// Returns the current time for measuring durations.
#[cfg(not(measurand_loom))]
#[inline]
pub(crate) fn instant() -> Instant {
    match isolation::time_offset() {
        None => Instant::now(),
        Some((moved, paused)) => {
            let now = paused.unwrap_or_else(Instant::now);
            now.checked_add(moved).unwrap_or(now)
        }
    }
}

/// Converts a time to a date, based on the system's clock at the first call.
#[cfg(not(measurand_loom))]
pub(crate) fn date(time: Duration) -> SystemTime {
    if !HAS_CLOCK {
        return SystemTime::UNIX_EPOCH;
    }
    start().wall.checked_add(time).unwrap_or(SystemTime::UNIX_EPOCH)
}

/// Advances the clock, for tests of what happens after some time.
#[cfg(not(measurand_loom))]
pub(crate) fn advance(by: Duration) {
    let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
    MOVED.fetch_add(by, std::sync::atomic::Ordering::Relaxed);
}

#[cfg(not(measurand_loom))]
pub(crate) use std::thread::sleep;

/// Returns zero: models have no time, and no thread in them stands still.
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
