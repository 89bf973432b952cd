//! The series of labels whose values are known only when they come: found by borrowed values,
//! without a lock.
//!
//! A hash chooses a *segment* and a slot in it. A reader loads the segment, looks at tags of 32
//! bits, and compares the values of the one series whose tag is equal. Series are made and removed
//! under a lock that no reader takes; a segment that is full is made anew, alone.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

// A model is the same each time.
#[cfg(measurand_loom)]
use foldhash::fast::FixedState as RandomState;
#[cfg(not(measurand_loom))]
use foldhash::fast::RandomState;

use super::key::{Key, OTHER};
use super::{enter, is_inside};
use crate::sync::{
    ArcSwap, AtomicBool, AtomicU32, AtomicU64, Mutex, MutexGuard, OnceLock, Ordering,
};

/// The labels of a series that is looked for.
pub(crate) trait Labels {
    /// Which combination of closed values they have.
    fn closed(&self) -> u32;

    /// How many open values they have.
    fn open_len(&self) -> usize;

    /// Shows every open value, in order.
    fn open_values(&self, visit: &mut impl FnMut(&str));
}

/// Set by the first update that a limit turned away. It is no part of any protocol.
static IS_ANY_OVERFLOW: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Whether any family of the process has ever been full.
pub(crate) fn is_any_overflow() -> bool {
    IS_ANY_OVERFLOW.load(std::sync::atomic::Ordering::Relaxed)
}

/// A series of an open family.
#[derive(Debug)]
pub(crate) struct Series<C> {
    /// Which combination of closed values, and whether it was removed.
    state: AtomicU32,
    /// Rises from one series made to the next.
    serial: u32,
    key: Key,
    pub(crate) cells: C,
}

/// Set in the state of a series that was removed.
const REMOVED: u32 = 1 << 31;

impl<C> Series<C> {
    pub(crate) fn is_removed(&self) -> bool {
        self.state.load(Ordering::Acquire) & REMOVED != 0
    }

    /// Which combination of closed values it has.
    pub(crate) fn position(&self) -> usize {
        (self.state.load(Ordering::Relaxed) & !REMOVED) as usize
    }

    /// Which number it has among all that were made.
    pub(crate) fn serial(&self) -> u32 {
        self.serial
    }

    /// Its open values.
    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    /// Whether it is there, and the series of these labels.
    #[inline]
    fn is<K: Labels>(&self, position: u32, labels: &K) -> bool {
        self.state.load(Ordering::Acquire) == position && self.key.is(labels)
    }
}

/// Slots where a series may be. Each is filled once.
#[derive(Debug)]
struct Segment<C: 'static> {
    /// Of each slot: [`EMPTY`], [`TOMBSTONE`], or bits of the hash of the series that is in it.
    tags: Box<[AtomicU32]>,
    series: Box<[OnceLock<Arc<Series<C>>>]>,
}

/// Nothing is in the slot: a search ends here.
const EMPTY: u32 = 0;
/// The series in the slot was removed: a search goes on.
const TOMBSTONE: u32 = 1;

/// How many series share a segment, about.
const SEGMENT_SERIES: usize = 128;

/// With no more series than this, each segment is made with all its slots at once: making one anew
/// takes the longer, the more threads there are.
const FEW_SERIES: usize = 2_048;

#[derive(Debug)]
pub(crate) struct OpenTable<C: 'static> {
    hasher: RandomState,
    /// As many as a power of two.
    segments: Box<[ArcSwap<Segment<C>>]>,
    max_series: usize,
    /// A value that is longer has no series: the number alone does not bound the memory.
    max_value_bytes: usize,
    /// A segment is made with so many slots at least.
    least_slots: usize,
    /// The key of a series that stands for the rest.
    other: Key,
    /// Whether all series are there that may be, so that a miss need not ask for the lock.
    is_full: AtomicBool,
    writer: Mutex<Writer>,
    /// The serial number of the last series that was made.
    last_serial: AtomicU32,
    /// How many were removed.
    removals: AtomicU64,
    /// How many updates went to a series that stands for the rest.
    overflow_updates: AtomicU64,
}

#[derive(Debug)]
struct Writer {
    /// Those that count against the limit.
    live: usize,
    /// Slots that are not empty, for each segment.
    used: Vec<u32>,
    /// Those of them whose series was removed.
    tombstones: Vec<u32>,
}

/// A state of a table: what has changed since is what came behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    serial: u32,
    removals: u64,
}

impl Version {
    /// Before the first series.
    pub(crate) const ZERO: Version = Version { serial: 0, removals: 0 };

    /// Whether series were removed between the two.
    pub(crate) fn has_removals_until(self, later: Version) -> bool {
        self.removals != later.removals
    }
}

/// A hash, taken apart.
#[derive(Clone, Copy)]
struct Hash {
    segment: usize,
    tag: u32,
}

impl<C: 'static> OpenTable<C> {
    /// A table of at most so many series, with so many open labels whose values have at most so
    /// many bytes.
    pub(crate) fn new(max_series: usize, open_labels: usize, max_value_bytes: usize) -> Self {
        let segments = (max_series / SEGMENT_SERIES).clamp(1, 1 << 16).next_power_of_two();
        OpenTable {
            hasher: RandomState::default(),
            segments: (0..segments).map(|_| ArcSwap::from_pointee(Segment::new(0))).collect(),
            max_series,
            max_value_bytes,
            least_slots: match max_series {
                0..=FEW_SERIES => (max_series / segments + 8) * 8 / 5,
                _ => 8,
            },
            other: Key::all_other(open_labels),
            is_full: AtomicBool::new(false),
            writer: Mutex::new(Writer {
                live: 0,
                used: vec![0; segments],
                tombstones: vec![0; segments],
            }),
            last_serial: AtomicU32::new(0),
            removals: AtomicU64::new(0),
            overflow_updates: AtomicU64::new(0),
        }
    }

    /// Updates the series of these labels, or gives the update back if there is none.
    #[inline]
    pub(crate) fn update<K: Labels, U: FnOnce(&C)>(&self, labels: &K, update: U) -> Option<U> {
        let position = labels.closed();
        let mut update = Some(update);
        self.find(
            self.hash(position, labels),
            |series| series.is(position, labels),
            |series| {
                if let Some(update) = update.take() {
                    update(&series.cells);
                }
            },
        );
        update
    }

    /// The series of these labels.
    pub(crate) fn get<K: Labels>(&self, labels: &K) -> Option<Arc<Series<C>>> {
        let position = labels.closed();
        self.find(self.hash(position, labels), |series| series.is(position, labels), Arc::clone)
    }

    /// Lets this thread look into tables: what that needs is allocated at the first time.
    pub(crate) fn prepare(&self) {
        if let Some(segment) = self.segments.first() {
            drop(segment.load());
        }
    }

    #[inline]
    fn find<R>(
        &self,
        hash: Hash,
        is_it: impl Fn(&Series<C>) -> bool,
        then: impl FnOnce(&Arc<Series<C>>) -> R,
    ) -> Option<R> {
        let segment = self.segments.get(hash.segment)?.load();
        segment.find(hash.tag, is_it).and_then(|slot| segment.series[slot].get()).map(then)
    }

    #[inline]
    fn hash<K: Labels>(&self, position: u32, labels: &K) -> Hash {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u32(position);
        labels.open_values(&mut |value| {
            hasher.write(value.as_bytes());
            hasher.write_usize(value.len());
        });
        self.split(hasher.finish())
    }

    #[inline]
    fn split(&self, hash: u64) -> Hash {
        // There are at most 2^16 of them, so these bits are none of the tag's.
        let segment = (hash >> 48) as usize & (self.segments.len() - 1);
        Hash { segment, tag: (hash as u32).max(TOMBSTONE + 1) }
    }

    /// The series of these labels, which is made if it is not there; or the one that stands for
    /// the rest, if there are as many as there may be or a value is too long. That is looked at
    /// here alone, since such a value is never found.
    pub(crate) fn get_or_make<K: Labels>(
        &self,
        labels: &K,
        make: impl FnOnce() -> C,
    ) -> Arc<Series<C>> {
        let position = labels.closed();
        let is_full = self.is_full.load(Ordering::Relaxed);
        if is_full && !Key::is_other(labels) || Key::is_too_long(labels, self.max_value_bytes) {
            return self.overflow(position, labels, make);
        }
        let key = Key::new(labels);
        let mut old = None;
        let mut writer = self.writer();
        // Another thread may have made it, or moved it, meanwhile.
        if let Some(series) = self.get(labels) {
            return series;
        }
        let counts = !Key::is_other(labels);
        if counts && writer.live >= self.max_series {
            self.is_full.store(true, Ordering::Relaxed);
            drop(writer);
            return self.overflow(position, labels, make);
        }
        writer.live += usize::from(counts);
        let hash = self.hash(position, labels);
        let series = self.insert(&mut writer, position, hash, key, make(), &mut old);
        drop(writer);
        // An old segment is dropped without the lock.
        drop(old);
        series
    }

    /// The series that stands for all of the same closed values that are too many.
    fn overflow<K: Labels>(
        &self,
        position: u32,
        labels: &K,
        make: impl FnOnce() -> C,
    ) -> Arc<Series<C>> {
        self.overflow_updates.fetch_add(1, Ordering::Relaxed);
        IS_ANY_OVERFLOW.store(true, std::sync::atomic::Ordering::Relaxed);
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u32(position);
        labels.open_values(&mut |_| {
            hasher.write(OTHER.as_bytes());
            hasher.write_usize(OTHER.len());
        });
        let hash = self.split(hasher.finish());
        let is_it = |series: &Series<C>| {
            series.state.load(Ordering::Acquire) == position && series.key == self.other
        };
        if let Some(series) = self.find(hash, is_it, Arc::clone) {
            return series;
        }
        let key = Key::all_other(labels.open_len());
        let mut old = None;
        let mut writer = self.writer();
        let series = self
            .find(hash, is_it, Arc::clone)
            .unwrap_or_else(|| self.insert(&mut writer, position, hash, key, make(), &mut old));
        drop(writer);
        drop(old);
        series
    }

    /// Makes a series. What takes its place is put into `old`.
    fn insert(
        &self,
        writer: &mut Writer,
        position: u32,
        hash: Hash,
        key: Key,
        cells: C,
        old: &mut Option<Arc<Segment<C>>>,
    ) -> Arc<Series<C>> {
        let serial = self.last_serial.load(Ordering::Relaxed).wrapping_add(1);
        let state = AtomicU32::new(position);
        let series = Arc::new(Series { state, serial, key, cells });
        let mut segment = self.segments[hash.segment].load_full();
        let used = &mut writer.used[hash.segment];
        if (*used as usize + 1) * 8 > segment.tags.len() * 7 {
            let grown;
            (grown, *used) = segment.rebuilt(self.least_slots);
            writer.tombstones[hash.segment] = 0;
            let grown = Arc::new(grown);
            *old = Some(self.segments[hash.segment].swap(grown.clone()));
            segment = grown;
        }
        segment.insert(hash.tag, series.clone());
        *used += 1;
        // Whoever sees the number finds the series.
        self.last_serial.store(serial, Ordering::Release);
        series
    }

    /// Removes the series of these labels. False if there is none.
    pub(crate) fn remove<K: Labels>(&self, labels: &K) -> bool {
        let position = labels.closed();
        let hash = self.hash(position, labels);
        self.remove_if(hash, |series| series.is(position, labels))
    }

    fn remove_if(&self, hash: Hash, is_it: impl Fn(&Series<C>) -> bool) -> bool {
        // An allocator that comes back in may not wait for the lock that this thread holds.
        if is_inside() {
            return false;
        }
        let _inside = enter();
        let mut writer = self.writer();
        let segment = self.segments[hash.segment].load();
        let Some(slot) = segment.find(hash.tag, is_it) else { return false };
        segment.tags[slot].store(TOMBSTONE, Ordering::Release);
        if let Some(series) = segment.series[slot].get() {
            // Who has an older segment sees that it was removed.
            series.state.fetch_or(REMOVED, Ordering::Release);
            if series.key != self.other {
                writer.live -= 1;
                self.is_full.store(false, Ordering::Relaxed);
            }
        }
        writer.tombstones[hash.segment] += 1;
        self.removals.fetch_add(1, Ordering::Release);
        true
    }

    /// Drops the series that were removed, save for those that are kept: makes the segments that
    /// they are in anew, one at a time.
    pub(crate) fn tidy(&self) {
        if is_inside() {
            return;
        }
        for index in 0..self.segments.len() {
            let _inside = enter();
            let mut writer = self.writer();
            if writer.tombstones[index] == 0 {
                continue;
            }
            let (rebuilt, used) = self.segments[index].load().rebuilt(self.least_slots);
            writer.used[index] = used;
            writer.tombstones[index] = 0;
            let old = self.segments[index].swap(Arc::new(rebuilt));
            // Keys are freed without the lock.
            drop(writer);
            drop(old);
        }
    }

    /// Removes every series that `is_it` picks, and says how many. No lock is held while it does.
    pub(crate) fn remove_where(&self, mut is_it: impl FnMut(&Series<C>) -> bool) -> usize {
        let mut removed = 0;
        self.visit(|series, hash| {
            if is_it(series) && self.remove_if(hash, |other| std::ptr::eq(other, &**series)) {
                removed += 1;
            }
        });
        removed
    }

    /// Shows every series.
    pub(crate) fn for_each(&self, mut show: impl FnMut(&Arc<Series<C>>)) {
        self.visit(|series, _| show(series));
    }

    fn visit(&self, mut show: impl FnMut(&Arc<Series<C>>, Hash)) {
        for (index, segment) in self.segments.iter().enumerate() {
            let segment = segment.load_full();
            for (tag, series) in std::iter::zip(&segment.tags, &segment.series) {
                let tag = tag.load(Ordering::Acquire);
                if tag > TOMBSTONE
                    && let Some(series) = series.get()
                    && !series.is_removed()
                {
                    show(series, Hash { segment: index, tag });
                }
            }
        }
    }

    /// What the table is now.
    pub(crate) fn version(&self) -> Version {
        let removals = self.removals.load(Ordering::Acquire);
        Version { serial: self.last_serial.load(Ordering::Acquire), removals }
    }

    /// Every series that was made after one version and up to another. One that was made 2^32
    /// series ago may be among them.
    pub(crate) fn made_between(&self, from: Version, to: Version) -> Vec<Arc<Series<C>>> {
        let len = to.serial.wrapping_sub(from.serial);
        let mut made = Vec::new();
        if len > 0 {
            self.for_each(|series| {
                if series.serial.wrapping_sub(from.serial).wrapping_sub(1) < len {
                    made.push(series.clone());
                }
            });
        }
        made
    }

    pub(crate) fn overflow_updates(&self) -> u64 {
        self.overflow_updates.load(Ordering::Relaxed)
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl<C: 'static> Segment<C> {
    fn new(slots: usize) -> Self {
        Segment {
            tags: (0..slots).map(|_| AtomicU32::new(EMPTY)).collect(),
            series: (0..slots).map(|_| OnceLock::new()).collect(),
        }
    }

    /// The slots where a series of that tag may be, the likeliest first.
    #[inline]
    fn search(&self, tag: u32) -> impl Iterator<Item = usize> {
        let slots = self.tags.len();
        let start = ((u64::from(tag) * slots as u64) >> 32) as usize;
        (start..slots).chain(0..start)
    }

    /// The slot of the series that has this tag, and is it.
    #[inline]
    fn find(&self, tag: u32, is_it: impl Fn(&Series<C>) -> bool) -> Option<usize> {
        for slot in self.search(tag) {
            match self.tags[slot].load(Ordering::Acquire) {
                EMPTY => return None,
                other if other == tag && self.series[slot].get().is_some_and(|it| is_it(it)) => {
                    return Some(slot);
                }
                _ => {}
            }
        }
        None
    }

    /// Puts a series into an empty slot, of which there must be one.
    fn insert(&self, tag: u32, series: Arc<Series<C>>) {
        let is_empty = |slot: &usize| self.tags[*slot].load(Ordering::Relaxed) == EMPTY;
        let slot = self.search(tag).find(is_empty);
        let is_set = slot.map(|slot| (slot, self.series[slot].set(series)));
        if let Some((slot, Ok(()))) = is_set {
            // Whoever sees the tag sees the series.
            self.tags[slot].store(tag, Ordering::Release);
        }
    }

    /// The segment without the series that were removed, and with room for half as many again;
    /// and how many there are.
    fn rebuilt(&self, least_slots: usize) -> (Self, u32) {
        let live = || {
            let slots = std::iter::zip(&self.tags, &self.series);
            let slots = slots.map(|(tag, series)| (tag.load(Ordering::Relaxed), series.get()));
            slots.filter_map(|(tag, series)| Some((tag, series.filter(|_| tag > TOMBSTONE)?)))
        };
        let count = live().count();
        let rebuilt = Segment::new(((count + 1) * 7 / 4).max(least_slots));
        live().for_each(|(tag, series)| rebuilt.insert(tag, series.clone()));
        (rebuilt, count as u32)
    }
}
