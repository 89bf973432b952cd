//! Series of label sets whose values are known only at run time, looked up by borrowed values
//! without a lock.
//!
//! A hash selects a *segment* and a slot in it. A reader loads the segment, compares tags of 32
//! bits, and compares the label values of the one series whose tag is equal. Series are created and
//! removed by one thread at a time, for which no reader waits; a full segment is rebuilt on its
//! own.

mod recent;
mod segment;
mod series;

use std::array;
use std::collections::TryReserveError;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

// A model must be the same in every run.
#[cfg(measurand_loom)]
use foldhash::fast::FixedState as RandomState;
#[cfg(not(measurand_loom))]
use foldhash::fast::RandomState;

use super::key::{ByKey, Key, KeyLabels, OTHER};
use super::{enter, is_inside};
use crate::clock;
use crate::memory;
use crate::sync::{ArcSwap, AtomicBool, AtomicU32, AtomicU64, AtomicUsize, OnceBox, Ordering};
use crate::turn::{Guarded, PATIENCE, Taken, Turn};
use recent::Recent;
pub(crate) use recent::Version;
use segment::{Segment, tag};
pub(crate) use series::{Held, OpenSeries};

/// Set by the first update that a limit turned away. No other memory access is ordered by it.
static IS_ANY_OVERFLOW: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Returns whether any family of the process has ever reached its limit.
pub(crate) fn is_any_overflow() -> bool {
    IS_ANY_OVERFLOW.load(std::sync::atomic::Ordering::Relaxed)
}

/// The approximate number of series in a segment.
const SEGMENT_SERIES: usize = 128;

/// The number of segments that are created together when a series first needs one of them, so that
/// a high limit by itself takes no memory.
const CHUNK_SEGMENTS: usize = 16;

/// With at most this many series, each segment is created with all its slots: rebuilding takes the
/// longer, the more threads there are.
const FEW_SERIES: usize = 2_048;

pub(crate) struct OpenTable<C: 'static> {
    hasher: RandomState,
    /// The number of segments: a power of two.
    segments: usize,
    chunks: Box<[OnceBox<Chunk<C>>]>,
    max_series: usize,
    /// Longer values get no series of their own, since the number of series alone does not bound
    /// the memory.
    max_value_bytes: usize,
    /// The smallest number of slots of a segment.
    least_slots: usize,
    open_labels: usize,
    /// The key of the overflow series.
    other: Key,
    /// Whether the limit is reached, so that a miss need not wait for the writer's turn.
    is_full: AtomicBool,
    /// The turn to create and remove series.
    writer: Turn,
    /// Whether removed series still take slots.
    is_untidy: AtomicBool,
    /// The number of series that count against the limit.
    live: AtomicUsize,
    /// The serial number of the last created series.
    last_serial: AtomicU32,
    /// The number of series that were created or removed.
    changes: AtomicU64,
    recent: Recent<C>,
    /// The number of updates that went to an overflow series.
    overflow_updates: AtomicU64,
    /// The time without an update after which a series expires.
    expire_after: Option<Duration>,
    leaving: Guarded<Leaving<C>>,
    /// Replaced segments that other threads may still be reading.
    outdated: Guarded<Vec<Arc<Segment<C>>>>,
}

struct Chunk<C: 'static> {
    segments: [ArcSwap<Segment<C>>; CHUNK_SEGMENTS],
    /// For each segment: the number of slots that are not empty, and of those whose series was
    /// removed.
    used: [AtomicU32; CHUNK_SEGMENTS],
    tombstones: [AtomicU32; CHUNK_SEGMENTS],
}

impl<C: 'static> Chunk<C> {
    fn new() -> Self {
        let empty = Arc::new(Segment::new(0));
        let zeros = || array::from_fn(|_| AtomicU32::new(0));
        Chunk {
            segments: array::from_fn(|_| ArcSwap::new(empty.clone())),
            used: zeros(),
            tombstones: zeros(),
        }
    }
}

/// The limits on the series of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_series: usize,
    /// The longest label value in bytes.
    pub(crate) max_value_bytes: usize,
    /// The time without an update after which a series expires.
    pub(crate) expire_after: Option<Duration>,
}

/// The state of expiry.
struct Leaving<C> {
    /// Series that look-ups no longer find, but that are still shown.
    series: Vec<Arc<OpenSeries<C>>>,
    /// When all series are checked again.
    next_look: Duration,
}

impl<C> Leaving<C> {
    fn new() -> Self {
        Leaving { series: Vec::new(), next_look: Duration::ZERO }
    }
}

/// The number of checks of all series within the expiry time. If they would be less than [`OFTEN`]
/// apart, every gather checks.
const LOOKS: u32 = 8;
const OFTEN: Duration = Duration::from_secs(1);

/// The parts of a hash.
#[derive(Clone, Copy)]
struct Hash {
    segment: usize,
    tag: u32,
}

/// A replaced segment, to be dropped after the turn has ended.
type Outdated<C> = Option<Arc<Segment<C>>>;

impl<C: 'static> OpenTable<C> {
    /// Creates a table with `open_labels` open labels.
    pub(crate) fn new(limits: Limits, open_labels: usize) -> Self {
        let Limits { max_series, max_value_bytes, expire_after } = limits;
        let segments = (max_series / SEGMENT_SERIES).clamp(1, 1 << 16).next_power_of_two();
        OpenTable {
            hasher: RandomState::default(),
            segments,
            chunks: (0..segments.div_ceil(CHUNK_SEGMENTS)).map(|_| OnceBox::new()).collect(),
            max_series,
            max_value_bytes,
            least_slots: match max_series {
                0..=FEW_SERIES => (max_series / segments + 8) * 8 / 5,
                _ => 8,
            },
            open_labels,
            other: Key::all_other(open_labels),
            is_full: AtomicBool::new(false),
            writer: Turn::new(),
            is_untidy: AtomicBool::new(false),
            live: AtomicUsize::new(0),
            last_serial: AtomicU32::new(0),
            changes: AtomicU64::new(0),
            recent: Recent::new(0),
            overflow_updates: AtomicU64::new(0),
            expire_after,
            leaving: Guarded::new(Leaving::new()),
            outdated: Guarded::new(Vec::new()),
        }
    }

    /// Creates an empty table with the same limits.
    pub(crate) fn with_same_limits(&self) -> Self {
        let OpenTable { max_series, max_value_bytes, expire_after, .. } = *self;
        OpenTable::new(Limits { max_series, max_value_bytes, expire_after }, self.open_labels)
    }

    /// Returns the series with the same labels as `series` of a similar table, created if missing.
    pub(crate) fn get_or_make_like(
        &self,
        series: &OpenSeries<C>,
        make: impl FnOnce() -> C,
    ) -> Option<Held<C>> {
        let (position, values) = (series.position() as u32, self.open_labels);
        let labels = ByKey { key: series.key(), position, values };
        match self.get(&labels) {
            None if is_inside() => None,
            None => {
                let _inside = enter();
                self.get_or_make(&labels, make)
            }
            found => found,
        }
    }

    /// Updates the series with these labels, or returns `update` if there is none.
    #[inline]
    pub(crate) fn update<K: KeyLabels, U: FnOnce(&C)>(&self, labels: &K, update: U) -> Option<U> {
        let position = labels.closed();
        let mut update = Some(update);
        self.find(
            self.hash(position, labels),
            |series| series.is_at(position) && series.key().is(labels),
            |series| {
                if let Some(update) = update.take() {
                    update(&series.cells);
                }
            },
        );
        update
    }

    /// Returns the series with these labels.
    pub(crate) fn get<K: KeyLabels>(&self, labels: &K) -> Option<Held<C>> {
        let position = labels.closed();
        let predicate = |series: &OpenSeries<C>| series.is_at(position) && series.key().is(labels);
        self.find(self.hash(position, labels), predicate, Held::new).flatten()
    }

    /// Prepares this thread for look-ups, the first of which allocates.
    pub(crate) fn prepare(&self) {
        if let Some(chunk) = self.chunk(0, true) {
            drop(chunk.segments[0].load());
        }
    }

    #[inline]
    fn find<R>(
        &self,
        hash: Hash,
        predicate: impl Fn(&OpenSeries<C>) -> bool,
        then: impl FnOnce(&Arc<OpenSeries<C>>) -> R,
    ) -> Option<R> {
        let chunk = self.chunks.get(hash.segment / CHUNK_SEGMENTS)?.get()?;
        let segment = chunk.segments[hash.segment % CHUNK_SEGMENTS].load();
        segment.find(hash.tag, predicate).map(|(_, series)| then(series))
    }

    #[inline]
    fn hash<K: KeyLabels>(&self, position: u32, labels: &K) -> Hash {
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
        // There are at most 2^16 segments, so these bits do not overlap with the tag's.
        Hash { segment: (hash >> 48) as usize & (self.segments - 1), tag: tag(hash) }
    }

    /// Returns whether the limit is not reached.
    #[cfg(feature = "requests")]
    pub(crate) fn has_room(&self) -> bool {
        self.live.load(Ordering::Relaxed) < self.max_series
    }

    /// Returns the chunk of a segment, created if `make` is set.
    fn chunk(&self, segment: usize, make: bool) -> Option<&Chunk<C>> {
        let chunk = self.chunks.get(segment / CHUNK_SEGMENTS)?;
        match chunk.get() {
            None if make => Some(chunk.get_or_init(|| Box::new(Chunk::new()))),
            chunk => chunk,
        }
    }

    /// Takes the turn to create and remove series. `None` if the thread that has it stands still.
    fn take_turn(&self) -> Option<Taken<'_>> {
        let turn = self.writer.take(PATIENCE)?;
        if turn.is_inherited {
            self.recover();
        }
        Some(turn)
    }

    /// Repairs what a thread that did not survive a fork may have left half done.
    #[cold]
    fn recover(&self) {
        let mut live = 0;
        for chunk in self.chunks.iter().filter_map(OnceBox::get) {
            for (index, segment) in chunk.segments.iter().enumerate() {
                let (rebuilt, used) = segment.load().rebuilt(self.least_slots);
                let is_other = |series: &OpenSeries<C>| *series.key() == self.other;
                live += rebuilt.live().filter(|(_, series)| !is_other(series)).count();
                drop(segment.swap(Arc::new(rebuilt)));
                chunk.used[index].store(used, Ordering::Relaxed);
                chunk.tombstones[index].store(0, Ordering::Relaxed);
            }
        }
        self.live.store(live, Ordering::Relaxed);
        self.is_full.store(false, Ordering::Relaxed);
        // Serial numbers are never used twice.
        let serial = self.last_serial.load(Ordering::Relaxed).wrapping_add(1);
        self.last_serial.store(serial, Ordering::Release);
        self.recent.forget(self.changes.fetch_add(1, Ordering::AcqRel) + 1);
    }

    /// Returns the series with these labels, created if missing. If the limit is reached or a value
    /// is too long, returns the overflow series instead. Only this checks the length, since
    /// look-ups never find a value that is too long. `None` if the thread that has the turn stands
    /// still.
    pub(crate) fn get_or_make<K: KeyLabels>(
        &self,
        labels: &K,
        make: impl FnOnce() -> C,
    ) -> Option<Held<C>> {
        let position = labels.closed();
        let is_other = Key::is_other(labels);
        let is_full = self.is_full.load(Ordering::Relaxed) && !is_other;
        if is_full || Key::is_too_long(labels, self.max_value_bytes) {
            return self.overflow(position, labels, make);
        }
        // User code may render the values, and must not run while other threads wait.
        let (key, hash) = (Key::new(labels), self.hash(position, labels));
        let turn = self.take_turn()?;
        // Another thread may have created or moved it meanwhile.
        let predicate = |series: &OpenSeries<C>| series.is_at(position) && *series.key() == key;
        if let Some(series) = self.find(hash, predicate, Held::new).flatten() {
            return Some(series);
        }
        if !is_other {
            if self.live.load(Ordering::Relaxed) >= self.max_series {
                self.is_full.store(true, Ordering::Relaxed);
                drop(turn);
                return self.overflow(position, labels, make);
            }
            self.live.fetch_add(1, Ordering::Relaxed);
        }
        let (series, outdated) = self.insert(position, hash, key, make());
        drop(turn);
        self.discard(outdated);
        series
    }

    /// Returns the overflow series for these closed values.
    fn overflow<K: KeyLabels>(
        &self,
        position: u32,
        labels: &K,
        make: impl FnOnce() -> C,
    ) -> Option<Held<C>> {
        self.overflow_updates.fetch_add(1, Ordering::Relaxed);
        IS_ANY_OVERFLOW.store(true, std::sync::atomic::Ordering::Relaxed);
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u32(position);
        labels.open_values(&mut |_| {
            hasher.write(OTHER.as_bytes());
            hasher.write_usize(OTHER.len());
        });
        let hash = self.split(hasher.finish());
        let predicate =
            |series: &OpenSeries<C>| series.is_at(position) && *series.key() == self.other;
        if let Some(series) = self.find(hash, predicate, Held::new).flatten() {
            return Some(series);
        }
        let key = Key::all_other(labels.open_len());
        let turn = self.take_turn()?;
        let found = self.find(hash, predicate, Held::new).flatten();
        if found.is_some() {
            return found;
        }
        let (series, outdated) = self.insert(position, hash, key, make());
        drop(turn);
        self.discard(outdated);
        series
    }

    /// Creates a series during this thread's turn. Also returns the segment that it replaced, if
    /// any.
    fn insert(
        &self,
        position: u32,
        hash: Hash,
        key: Key,
        cells: C,
    ) -> (Option<Held<C>>, Outdated<C>) {
        let serial = self.last_serial.load(Ordering::Relaxed).wrapping_add(1);
        let can_expire = self.expire_after.is_some();
        let series = Arc::new(OpenSeries::new(position, serial, key, can_expire, cells));
        let held = Held::new(&series);
        let Some(chunk) = self.chunk(hash.segment, true) else { return (None, None) };
        let index = hash.segment % CHUNK_SEGMENTS;
        let mut segment = chunk.segments[index].load_full();
        let mut used = chunk.used[index].load(Ordering::Relaxed);
        let mut outdated = None;
        if segment.is_full(used) {
            let grown;
            (grown, used) = segment.rebuilt(self.least_slots);
            chunk.tombstones[index].store(0, Ordering::Relaxed);
            let grown = Arc::new(grown);
            outdated = Some(chunk.segments[index].swap(grown.clone()));
            segment = grown;
        }
        segment.insert(hash.tag, series.clone());
        chunk.used[index].store(used + 1, Ordering::Relaxed);
        self.note(series);
        // A thread that sees this number sees that the change was noted.
        self.last_serial.store(serial, Ordering::Release);
        (held, outdated)
    }

    /// Notes during this thread's turn that a series was created or removed.
    fn note(&self, series: Arc<OpenSeries<C>>) {
        let number = self.changes.load(Ordering::Relaxed) + 1;
        self.recent.push(number, series);
        // A thread that sees this number finds the series.
        self.changes.store(number, Ordering::Release);
    }

    /// Drops a replaced segment, or keeps it if series may expire: a thread still reading the
    /// segment may update one that has left it.
    fn discard(&self, outdated: impl IntoIterator<Item = Arc<Segment<C>>>) {
        if self.expire_after.is_none() {
            return drop(outdated);
        }
        // The segment without slots is shared by all that have no series yet.
        let outdated: Vec<_> = outdated.into_iter().filter(|it| !it.is_empty()).collect();
        if !outdated.is_empty() {
            let _inside = enter();
            let keep = |all: &mut Vec<_>| all.extend(outdated);
            self.outdated.with(PATIENCE, Vec::new, keep);
        }
    }

    /// Removes the series with these labels. Returns `false` if there is none.
    pub(crate) fn remove<K: KeyLabels>(&self, labels: &K) -> bool {
        let (position, key) = (labels.closed(), Key::new(labels));
        let predicate = |series: &OpenSeries<C>| series.is_at(position) && *series.key() == key;
        self.remove_if(self.hash(position, labels), predicate, |series| {
            series.set_removed();
            true
        })
    }

    /// Removes a series if `mark` returns `true` for it.
    fn remove_if(
        &self,
        hash: Hash,
        predicate: impl Fn(&OpenSeries<C>) -> bool,
        mark: impl FnOnce(&OpenSeries<C>) -> bool,
    ) -> bool {
        // An allocator that comes back here must not wait for the turn that this thread has.
        if is_inside() {
            return false;
        }
        let _inside = enter();
        let Some(_turn) = self.take_turn() else { return false };
        let Some(chunk) = self.chunk(hash.segment, false) else { return false };
        let index = hash.segment % CHUNK_SEGMENTS;
        let segment = chunk.segments[index].load();
        let Some((slot, series)) = segment.find(hash.tag, predicate) else { return false };
        // A thread that reads an older segment sees the mark.
        if !mark(series) {
            return false;
        }
        segment.bury(slot);
        if *series.key() != self.other {
            self.live.fetch_sub(1, Ordering::Relaxed);
            self.is_full.store(false, Ordering::Relaxed);
        }
        chunk.tombstones[index].fetch_add(1, Ordering::Relaxed);
        self.is_untidy.store(true, Ordering::Release);
        self.note(series.clone());
        true
    }

    /// Drops removed series that nobody holds, by rebuilding their segments one at a time.
    pub(crate) fn tidy(&self) {
        if !self.is_untidy.load(Ordering::Relaxed) || is_inside() {
            return;
        }
        // The flag is cleared first, so that a removal from now on is left to the next call.
        self.is_untidy.swap(false, Ordering::AcqRel);
        for chunk in self.chunks.iter().filter_map(OnceBox::get) {
            for (index, tombstones) in chunk.tombstones.iter().enumerate() {
                if tombstones.load(Ordering::Relaxed) == 0 {
                    continue;
                }
                let _inside = enter();
                let Some(turn) = self.take_turn() else {
                    self.is_untidy.store(true, Ordering::Release);
                    return;
                };
                let (rebuilt, used) = chunk.segments[index].load().rebuilt(self.least_slots);
                chunk.used[index].store(used, Ordering::Relaxed);
                tombstones.store(0, Ordering::Relaxed);
                let outdated = chunk.segments[index].swap(Arc::new(rebuilt));
                drop(turn);
                self.discard([outdated]);
            }
        }
    }

    /// Removes this very series, if it is still there.
    pub(crate) fn remove_series(&self, series: &OpenSeries<C>) {
        let (position, values) = (series.position() as u32, self.open_labels);
        let hash = self.hash(position, &ByKey { key: series.key(), position, values });
        let is_same = |other: &OpenSeries<C>| std::ptr::eq(other, series);
        self.remove_if(hash, is_same, |series| {
            series.set_removed();
            true
        });
    }

    /// Returns whether it is an overflow series.
    pub(crate) fn is_other(&self, series: &OpenSeries<C>) -> bool {
        *series.key() == self.other
    }

    /// Removes every series for which `predicate` returns `true`, and returns their number. The turn
    /// is not held while `predicate` runs.
    pub(crate) fn remove_where(&self, mut predicate: impl FnMut(&OpenSeries<C>) -> bool) -> usize {
        let mut removed = 0;
        self.visit(|series, hash| {
            let is_same = |other: &OpenSeries<C>| std::ptr::eq(other, &**series);
            let mark = |series: &OpenSeries<C>| {
                series.set_removed();
                true
            };
            if predicate(series) && self.remove_if(hash, is_same, mark) {
                removed += 1;
            }
        });
        removed
    }

    /// Removes series that nobody holds and that were not updated for too long. Checking all of
    /// them takes longer than a scrape, so that is not done each time. `has_changed` returns
    /// whether a series was updated since its last call.
    ///
    /// An update may be on its way to a series that has just left the table. So the series is still
    /// shown until every thread that could have found it is done, and if it was updated after all,
    /// until its time is over once more.
    pub(crate) fn expire(&self, has_changed: impl Fn(&C, &mut u64) -> bool) {
        let Some(after) = self.expire_after else { return };
        if is_inside() {
            return;
        }
        let now = clock::now();
        // If another gather is checking already, this one need not.
        self.leaving.with(Duration::ZERO, Leaving::new, |Leaving { series, next_look }| {
            if now >= *next_look {
                let pause = Some(after / LOOKS).filter(|pause| *pause > OFTEN);
                *next_look = now.saturating_add(pause.unwrap_or_default());
                self.visit(|candidate, hash| {
                    let is_same = |other: &OpenSeries<C>| std::ptr::eq(other, &**candidate);
                    if candidate.is_idle(now, after, &has_changed)
                        && self.remove_if(hash, is_same, OpenSeries::try_expire)
                    {
                        series.push(candidate.clone());
                    }
                });
            }
            if series.is_empty() {
                return;
            }
            self.tidy();
            if !self.has_outdated_segments() {
                let all = std::mem::take(series).into_iter();
                let (gone, left) = all.partition(|it| it.is_idle(now, after, &has_changed));
                *series = left;
                self.hide_expired(gone);
            }
        });
    }

    /// Expires the first series that nobody holds, as if its time were over.
    #[cfg(all(measurand_loom, test))]
    pub(super) fn expire_now(&self) -> Option<Arc<OpenSeries<C>>> {
        let mut left = None;
        self.visit(|series, hash| {
            let is_same = |other: &OpenSeries<C>| std::ptr::eq(other, &**series);
            if self.remove_if(hash, is_same, OpenSeries::try_expire) {
                left = Some(series.clone());
            }
        });
        left
    }

    /// Returns whether a thread may still be reading a replaced segment.
    fn has_outdated_segments(&self) -> bool {
        let drop_unused = |outdated: &mut Vec<Arc<Segment<C>>>| {
            let unused = |segment| Arc::try_unwrap(segment).err();
            *outdated = std::mem::take(outdated).into_iter().filter_map(unused).collect();
            !outdated.is_empty()
        };
        let _inside = enter();
        self.outdated.with(PATIENCE, Vec::new, drop_unused).unwrap_or(true)
    }

    /// Stops showing series that have left the table.
    fn hide_expired(&self, gone: Vec<Arc<OpenSeries<C>>>) {
        let _inside = enter();
        let Some(_turn) = self.take_turn() else { return };
        for series in gone {
            series.leave();
            self.note(series);
        }
    }

    /// Calls `show` with every series.
    pub(crate) fn for_each(&self, mut show: impl FnMut(&Arc<OpenSeries<C>>)) {
        self.visit(|series, _| show(series));
    }

    fn visit(&self, mut show: impl FnMut(&Arc<OpenSeries<C>>, Hash)) {
        for (start, chunk) in self.chunks.iter().enumerate() {
            let Some(chunk) = chunk.get() else { continue };
            for (index, segment) in chunk.segments.iter().enumerate() {
                let segment = segment.load_full();
                for (tag, series) in segment.live() {
                    show(series, Hash { segment: start * CHUNK_SEGMENTS + index, tag });
                }
            }
        }
    }

    /// Returns the current version.
    pub(crate) fn version(&self) -> Version {
        let serial = self.last_serial.load(Ordering::Acquire);
        Version { serial, changes: self.changes.load(Ordering::Acquire) }
    }

    /// Returns the series that were created or removed between two versions, if they are
    /// remembered.
    pub(crate) fn changed_between(
        &self,
        from: Version,
        to: Version,
    ) -> Option<Vec<Arc<OpenSeries<C>>>> {
        self.recent.between(from.changes, to.changes)
    }

    /// Returns every series that was created after a version, and perhaps some from before it.
    ///
    /// # Errors
    ///
    /// Fails if memory for them cannot be allocated.
    pub(crate) fn made_since(
        &self,
        from: Version,
    ) -> Result<Vec<Arc<OpenSeries<C>>>, TryReserveError> {
        let (mut made, mut pushed) = (Vec::new(), Ok(()));
        self.for_each(|series| {
            let is_new =
                from == Version::ZERO || series.serial.wrapping_sub(from.serial) as i32 > 0;
            if is_new && pushed.is_ok() {
                pushed = memory::push(&mut made, series.clone());
            }
        });
        pushed.map(|()| made)
    }

    pub(crate) fn overflow_updates(&self) -> u64 {
        self.overflow_updates.load(Ordering::Relaxed)
    }
}

impl<C> std::fmt::Debug for OpenTable<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OpenTable").field("live", &self.live).finish_non_exhaustive()
    }
}
