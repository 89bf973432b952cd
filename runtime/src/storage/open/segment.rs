//! A part of the series of a table, found by bits of their hash.

use std::sync::Arc;

use super::series::OpenSeries;
use crate::sync::{AtomicU32, OnceLock, Ordering};

/// Slots for series. Each is filled at most once.
#[derive(Debug)]
pub(super) struct Segment<C: 'static> {
    /// For each slot: [`EMPTY`], [`TOMBSTONE`], or bits of the hash of its series.
    tags: Box<[AtomicU32]>,
    series: Box<[OnceLock<Arc<OpenSeries<C>>>]>,
}

/// The tag of an empty slot: a search ends here.
const EMPTY: u32 = 0;
/// The tag of a slot whose series was removed: a search goes on.
const TOMBSTONE: u32 = 1;

/// Returns the tag of a hash, which is neither [`EMPTY`] nor [`TOMBSTONE`].
#[inline]
pub(super) fn tag(hash: u64) -> u32 {
    (hash as u32).max(TOMBSTONE + 1)
}

impl<C: 'static> Segment<C> {
    pub(super) fn new(slots: usize) -> Self {
        Segment {
            tags: (0..slots).map(|_| AtomicU32::new(EMPTY)).collect(),
            series: (0..slots).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Returns whether the segment has no slots.
    pub(super) fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// Returns whether one more series would make searches long, with `used` slots not empty.
    pub(super) fn is_full(&self, used: u32) -> bool {
        (used as usize + 1) * 8 > self.tags.len() * 7
    }

    /// Returns the slots where a series with this tag may be, the likeliest first.
    #[inline]
    fn search(&self, tag: u32) -> impl Iterator<Item = usize> {
        let slots = self.tags.len();
        let start = ((u64::from(tag) * slots as u64) >> 32) as usize;
        (start..slots).chain(0..start)
    }

    /// Returns the series with this tag for which `predicate` returns `true`, and its slot.
    #[inline]
    pub(super) fn find(
        &self,
        tag: u32,
        predicate: impl Fn(&OpenSeries<C>) -> bool,
    ) -> Option<(usize, &Arc<OpenSeries<C>>)> {
        for slot in self.search(tag) {
            let other = self.tags[slot].load(Ordering::Acquire);
            if other == EMPTY {
                return None;
            }
            if other == tag
                && let Some(series) = self.series[slot].get()
                && predicate(series)
            {
                return Some((slot, series));
            }
        }
        None
    }

    /// Inserts a series into an empty slot, of which there must be one.
    pub(super) fn insert(&self, tag: u32, series: Arc<OpenSeries<C>>) {
        let is_empty = |slot: &usize| self.tags[*slot].load(Ordering::Relaxed) == EMPTY;
        let slot = self.search(tag).find(is_empty);
        let is_set = slot.map(|slot| (slot, self.series[slot].set(series)));
        if let Some((slot, Ok(()))) = is_set {
            // A thread that sees the tag sees the series.
            self.tags[slot].store(tag, Ordering::Release);
        }
    }

    /// Marks a slot as one whose series was removed.
    pub(super) fn bury(&self, slot: usize) {
        self.tags[slot].store(TOMBSTONE, Ordering::Release);
    }

    /// Returns all series that were not removed, with their tags.
    pub(super) fn live(&self) -> impl Iterator<Item = (u32, &Arc<OpenSeries<C>>)> {
        let slots = std::iter::zip(&self.tags, &self.series);
        slots.filter_map(|(tag, series)| {
            let tag = tag.load(Ordering::Acquire);
            let series = series.get().filter(|series| tag > TOMBSTONE && !series.is_removed())?;
            Some((tag, series))
        })
    }

    /// Returns the segment without removed series and with room for more, and the number of its
    /// series.
    pub(super) fn rebuilt(&self, least_slots: usize) -> (Self, u32) {
        let count = self.live().count();
        let rebuilt = Segment::new(((count + 1) * 7 / 4).max(least_slots));
        self.live().for_each(|(tag, series)| rebuilt.insert(tag, series.clone()));
        (rebuilt, count as u32)
    }
}
