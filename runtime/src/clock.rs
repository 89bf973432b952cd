//! Time that only goes forward, as a number.

use std::time::Duration;

/// Whether the standard library has a clock; where it has none, reading it panics.
pub(crate) const HAS_CLOCK: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

/// The time since someone asked first; where there is no clock, always the same.
#[cfg(not(measurand_loom))]
pub(crate) fn now() -> Duration {
    use std::time::Instant;

    use once_cell::race::OnceBox;

    // Not a lock: a child may be forked while a thread asks first.
    static START: OnceBox<Instant> = OnceBox::new();
    if !HAS_CLOCK {
        return Duration::ZERO;
    }
    START.get_or_init(|| Box::new(Instant::now())).elapsed()
}

#[cfg(not(measurand_loom))]
pub(crate) use std::thread::sleep;

/// A model has no time: nobody in it stands still.
#[cfg(measurand_loom)]
pub(crate) fn now() -> Duration {
    Duration::ZERO
}

#[cfg(measurand_loom)]
pub(crate) fn sleep(_: Duration) {
    loom::thread::yield_now();
}
