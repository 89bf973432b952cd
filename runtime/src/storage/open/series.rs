//! A series of an open family, and who holds it.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crate::clock;
use crate::storage::key::Key;
use crate::sync::{AtomicBool, AtomicU32, AtomicU64, OnceBox, Ordering};

/// A series of an open family.
#[derive(Debug)]
pub(crate) struct OpenSeries<C> {
    /// Which combination of closed values, and whether it was removed.
    state: AtomicU32,
    /// Rises from one series made to the next.
    pub(super) serial: u32,
    /// When it was made, in nanoseconds.
    created: u64,
    key: Key,
    /// What is known of one that leaves by itself.
    watch: OnceBox<Watch>,
    pub(crate) cells: C,
}

/// Set in the state of a series that was removed.
const REMOVED: u32 = 1 << 31;

/// In place of the number of scopes, once the last one has ended.
const CLOSED: u32 = u32::MAX;

/// What is known of a series that leaves when nobody updates it, or when its scopes have ended.
#[derive(Debug, Default)]
struct Watch {
    /// Whether it leaves when nobody updates it.
    can_expire: bool,
    /// How many scopes it is in; [`CLOSED`] once the last one has ended.
    scopes: AtomicU32,
    /// How many hold one that can expire, so that it may not leave.
    held: AtomicU32,
    /// What it had counted when it was looked at, and since when that has not changed, in
    /// milliseconds.
    last: AtomicU64,
    since: AtomicU64,
    /// Whether it has left the table but is still shown: an update may be on its way to it.
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

    /// When it was made.
    pub(crate) fn created(&self) -> Duration {
        Duration::from_nanos(self.created)
    }

    /// Whether no update finds it any more.
    pub(crate) fn is_removed(&self) -> bool {
        self.state.load(Ordering::Acquire) & REMOVED != 0
    }

    /// Whether it is not to be shown any more.
    pub(crate) fn is_gone(&self) -> bool {
        let is_leaving = |watch: &Watch| watch.is_leaving.load(Ordering::Acquire);
        self.is_removed() && !self.expiring().is_some_and(is_leaving)
    }

    /// What is known of it if it can expire.
    fn expiring(&self) -> Option<&Watch> {
        self.watch.get().filter(|watch| watch.can_expire)
    }

    /// Whether it may leave when nobody updates it.
    #[cfg(feature = "requests")]
    pub(crate) fn can_expire(&self) -> bool {
        self.expiring().is_some()
    }

    /// Begins a scope of it. False if the last one has just ended, so that it is leaving.
    pub(crate) fn enter_scope(&self) -> bool {
        let watch = self.watch.get_or_init(Box::default);
        // One more than `CLOSED` there cannot be.
        let next = |scopes: u32| scopes.checked_add(1);
        watch.scopes.fetch_update(Ordering::AcqRel, Ordering::Acquire, next).is_ok()
    }

    /// Ends a scope of it, and says whether that was the last one.
    pub(crate) fn leave_scope(&self) -> bool {
        let Some(watch) = self.watch.get() else { return false };
        let next = |scopes| Some(if scopes == 1 { CLOSED } else { scopes - 1 });
        watch.scopes.fetch_update(Ordering::AcqRel, Ordering::Acquire, next) == Ok(1)
    }

    /// Which combination of closed values it has.
    pub(crate) fn position(&self) -> usize {
        (self.state.load(Ordering::Relaxed) & !REMOVED) as usize
    }

    /// Its open values.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Whether it is there, and has these closed values.
    #[inline]
    pub(super) fn is_at(&self, position: u32) -> bool {
        self.state.load(Ordering::Acquire) == position
    }

    pub(super) fn set_removed(&self) {
        self.state.fetch_or(REMOVED, Ordering::SeqCst);
    }

    /// Removes it to expire, unless somebody holds it: either they see that it was removed, or this
    /// sees that they hold it.
    pub(super) fn start_leaving(&self) -> bool {
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

    /// It is not shown any more.
    pub(super) fn leave(&self) {
        if let Some(watch) = self.expiring() {
            watch.is_leaving.store(false, Ordering::Release);
        }
    }

    /// Whether nobody holds it, and it was not updated for so long. `has_changed` tells whether it
    /// was since it was asked last.
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
        // 0 says that it was not looked at yet.
        let now = now.as_millis() as u64 + 1;
        let since = watch.since.load(Ordering::Relaxed);
        if has_changed || since == 0 || watch.held.load(Ordering::SeqCst) > 0 {
            watch.since.store(now, Ordering::Relaxed);
            return false;
        }
        u128::from(now.saturating_sub(since)) > after.as_millis()
    }
}

/// A series that somebody holds, so that it does not expire.
#[derive(Debug)]
pub(crate) struct Held<C>(Arc<OpenSeries<C>>);

impl<C> Held<C> {
    /// Nothing if it has expired.
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
