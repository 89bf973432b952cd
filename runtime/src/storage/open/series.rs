//! A series of an open family, and its holders.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::storage::key::Key;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, OnceBox, Ordering};

/// A series of an open family.
#[derive(Debug)]
pub(crate) struct OpenSeries<C> {
    /// The index of the combination of closed values, and whether the series was removed.
    state: AtomicU32,
    /// The serial number, which rises with each created series.
    pub(super) serial: u32,
    /// When the series was created, in nanoseconds.
    created: u64,
    key: Key,
    /// The state of a series that is removed automatically.
    watch: OnceBox<Watch>,
    pub(crate) cells: C,
}

/// The flag in the state of a removed series.
const REMOVED: u32 = 1 << 31;

/// Replaces the number of scopes once the last one has ended.
const CLOSED: u32 = u32::MAX;

/// The state of a series that is removed when it is no longer updated, or when its scopes have
/// ended.
#[derive(Debug, Default)]
struct Watch {
    /// Whether it expires when it is not updated.
    can_expire: bool,
    /// The number of scopes of the series; [`CLOSED`] once the last one has ended.
    scopes: AtomicU32,
    /// The number of holders, which keep a series from expiring.
    held: AtomicU32,
    /// The progress of the series when it was last checked, and since when that has not changed, in
    /// milliseconds.
    last: AtomicU64,
    since: AtomicU64,
    /// Whether it has left the table but is still shown, since an update may be on its way to it.
    is_leaving: AtomicBool,
}

impl<C> OpenSeries<C> {
    pub(super) fn new(position: u32, serial: u32, key: Key, can_expire: bool, cells: C) -> Self {
        let watch = OnceBox::new();
        if can_expire {
            watch.get_or_init(|| Box::new(Watch { can_expire, ..Watch::default() }));
        }
        let created = u64::try_from(clock::now().as_nanos()).unwrap_or(u64::MAX);
        OpenSeries { state: AtomicU32::new(position), serial, created, key, watch, cells }
    }

    /// Returns when it was created.
    pub(crate) fn created(&self) -> Duration {
        Duration::from_nanos(self.created)
    }

    /// Returns whether look-ups no longer find it.
    pub(crate) fn is_removed(&self) -> bool {
        self.state.load(Ordering::Acquire) & REMOVED != 0
    }

    /// Returns whether it is no longer shown.
    pub(crate) fn is_gone(&self) -> bool {
        let is_leaving = |watch: &Watch| watch.is_leaving.load(Ordering::Acquire);
        self.is_removed() && !self.expiring().is_some_and(is_leaving)
    }

    /// Returns its state if it can expire.
    fn expiring(&self) -> Option<&Watch> {
        self.watch.get().filter(|watch| watch.can_expire)
    }

    /// Returns whether it expires when it is not updated.
    #[cfg(feature = "requests")]
    pub(crate) fn can_expire(&self) -> bool {
        self.expiring().is_some()
    }

    /// Begins a scope. Returns `false` if the last one has just ended, so that the series is being
    /// removed.
    pub(crate) fn enter_scope(&self) -> bool {
        let watch = self.watch.get_or_init(Box::default);
        // Fails only for `CLOSED`.
        let next = |scopes: u32| scopes.checked_add(1);
        watch.scopes.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
    }

    /// Ends a scope, and returns whether it was the last one.
    pub(crate) fn leave_scope(&self) -> bool {
        let Some(watch) = self.watch.get() else { return false };
        let next = |scopes| Some(if scopes == 1 { CLOSED } else { scopes - 1 });
        watch.scopes.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) == Ok(1)
    }

    /// Returns the index of its combination of closed values.
    pub(crate) fn position(&self) -> usize {
        (self.state.load(Ordering::Relaxed) & !REMOVED) as usize
    }

    /// Returns its open values.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Returns whether it was not removed and has these closed values.
    #[inline]
    pub(super) fn is_at(&self, position: u32) -> bool {
        self.state.load(Ordering::Acquire) == position
    }

    pub(super) fn set_removed(&self) {
        self.state.fetch_or(REMOVED, Ordering::SeqCst);
    }

    /// Removes the series to let it expire, unless it is held: either a new holder sees that it was
    /// removed, or this sees the holder.
    pub(super) fn try_expire(&self) -> bool {
        let Some(watch) = self.expiring() else { return false };
        watch.is_leaving.store(true, Ordering::Release);
        self.set_removed();
        if watch.held.load(Ordering::SeqCst) == 0 {
            return true;
        }
        self.state.fetch_and(!REMOVED, Ordering::SeqCst);
        watch.is_leaving.store(false, Ordering::Release);
        false
    }

    /// Stops showing it.
    pub(super) fn leave(&self) {
        if let Some(watch) = self.expiring() {
            watch.is_leaving.store(false, Ordering::Release);
        }
    }

    /// Returns whether nobody holds it and it was not updated for longer than `after`.
    /// `has_changed` returns whether it was updated since the last call.
    pub(super) fn is_idle(
        &self,
        now: Duration,
        after: Duration,
        has_changed: impl FnOnce(&C, &mut u64) -> bool,
    ) -> bool {
        let Some(watch) = self.expiring() else { return false };
        let mut last = watch.last.load(Ordering::Relaxed);
        let has_changed = has_changed(&self.cells, &mut last);
        watch.last.store(last, Ordering::Relaxed);
        // 0 means that it was not checked yet.
        let now = now.as_millis() as u64 + 1;
        let since = watch.since.load(Ordering::Relaxed);
        if has_changed || since == 0 || watch.held.load(Ordering::SeqCst) > 0 {
            watch.since.store(now, Ordering::Relaxed);
            return false;
        }
        u128::from(now.saturating_sub(since)) > after.as_millis()
    }
}

/// A series that is held, so that it does not expire.
#[derive(Debug)]
pub(crate) struct Held<C>(Arc<OpenSeries<C>>);

impl<C> Held<C> {
    /// Holds a series. `None` if it was removed or has expired.
    pub(crate) fn new(series: &Arc<OpenSeries<C>>) -> Option<Held<C>> {
        match series.expiring() {
            None => Some(Held(series.clone())),
            Some(watch) => {
                watch.held.fetch_add(1, Ordering::SeqCst);
                let held = Held(series.clone());
                (held.0.state.load(Ordering::SeqCst) & REMOVED == 0).then_some(held)
            }
        }
    }
}

impl<C> Deref for Held<C> {
    type Target = OpenSeries<C>;

    #[inline]
    fn deref(&self) -> &OpenSeries<C> {
        &self.0
    }
}

impl<C> Clone for Held<C> {
    fn clone(&self) -> Self {
        if let Some(watch) = self.0.expiring() {
            watch.held.fetch_add(1, Ordering::SeqCst);
        }
        Held(self.0.clone())
    }
}

impl<C> Drop for Held<C> {
    #[inline]
    fn drop(&mut self) {
        if let Some(watch) = self.0.expiring() {
            watch.held.fetch_sub(1, Ordering::SeqCst);
        }
    }
}
