//! The series of labels whose values are known only when they come: found by borrowed values,
//! without a lock.
//!
//! A hash chooses a *segment* and a slot in it. A reader loads the segment, looks at tags of 32
//! bits, and compares the values of the one series whose tag is equal. Series are made and removed
//! by one thread at a time, which no reader waits for; a segment that is full is made anew, alone.

mod recent;
mod segment;
mod series;

use std::array;
use std::collections::TryReserveError;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

// A model is the same each time.
#[cfg(measurand_loom)]
use foldhash::fast::FixedState as RandomState;
#[cfg(not(measurand_loom))]
use foldhash::fast::RandomState;

use super::key::{ByKey, Key, Labels, OTHER};
use super::{enter, is_inside};
use crate::clock;
use crate::memory;
use crate::sync::{ArcSwap, AtomicBool, AtomicU32, AtomicU64, AtomicUsize, OnceBox, Ordering};
use crate::turn::{Guarded, PATIENCE, Taken, Turn};
use recent::Recent;
pub(crate) use recent::Version;
use segment::{Segment, tag};
pub(crate) use series::{Held, OpenSeries};

/// Set by the first update that a limit turned away. It is no part of any protocol.
static IS_ANY_OVERFLOW: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Whether any family of the process has ever been full.
pub(crate) fn is_any_overflow() -> bool {
    IS_ANY_OVERFLOW.load(std::sync::atomic::Ordering::Relaxed)
}

/// How many series share a segment, about.
const SEGMENT_SERIES: usize = 128;

/// How many segments are made at once, where a series first needs one of them: a generous limit
/// takes no memory.
const CHUNK_SEGMENTS: usize = 16;

/// With no more series than this, each segment is made with all its slots at once: making one anew
/// takes the longer, the more threads there are.
const FEW_SERIES: usize = 2_048;

pub(crate) struct OpenTable<C: 'static> {
    hasher: RandomState,
    /// How many segments there are: a power of two.
    segments: usize,
    chunks: Box<[OnceBox<Chunk<C>>]>,
    max_series: usize,
    /// A value that is longer has no series: the number alone does not bound the memory.
    max_value_bytes: usize,
    /// A segment is made with so many slots at least.
    least_slots: usize,
    open_labels: usize,
    /// The key of a series that stands for the rest.
    other: Key,
    /// Whether all series are there that may be, so that a miss need not wait for its turn.
    is_full: AtomicBool,
    /// Who makes and removes series.
    writer: Turn,
    /// Whether series were removed whose slots are not free again.
    is_untidy: AtomicBool,
    /// Those that count against the limit.
    live: AtomicUsize,
    /// The serial number of the last series that was made.
    last_serial: AtomicU32,
    /// How often a series came or went.
    changes: AtomicU64,
    recent: Recent<C>,
    /// How many updates went to a series that stands for the rest.
    overflow_updates: AtomicU64,
    /// After what time without an update a series leaves.
    expire_after: Option<Duration>,
    leaving: Guarded<Leaving<C>>,
    /// Segments that were made anew while somebody may still have been looking into them.
    outdated: Guarded<Vec<Arc<Segment<C>>>>,
}

struct Chunk<C: 'static> {
    segments: [ArcSwap<Segment<C>>; CHUNK_SEGMENTS],
    /// Of each: the slots that are not empty, and those of them whose series was removed.
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

/// What bounds the series of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) max_series: usize,
    /// The longest value.
    pub(crate) max_value_bytes: usize,
    /// After what time without an update a series leaves.
    pub(crate) expire_after: Option<Duration>,
}

/// What is known of series that expire.
struct Leaving<C> {
    /// Those that are not found any more, but still shown.
    series: Vec<Arc<OpenSeries<C>>>,
    /// When all series are looked at again.
    next_look: Duration,
}

impl<C> Leaving<C> {
    fn new() -> Self {
        Leaving { series: Vec::new(), next_look: Duration::ZERO }
    }
}

/// All series are looked at so often in the time that one may go without an update, or at each
/// gather if that is about as often.
const LOOKS: u32 = 8;
const OFTEN: Duration = Duration::from_secs(1);

/// A hash, taken apart.
#[derive(Clone, Copy)]
struct Hash {
    segment: usize,
    tag: u32,
}

/// What was taken out of a table, to be dropped when it is the next thread's turn.
type Outdated<C> = Option<Arc<Segment<C>>>;

impl<C: 'static> OpenTable<C> {
    /// A table with so many open labels.
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

    /// A table without series, with the same limits.
    pub(crate) fn alike(&self) -> Self {
        let OpenTable { max_series, max_value_bytes, expire_after, .. } = *self;
        OpenTable::new(Limits { max_series, max_value_bytes, expire_after }, self.open_labels)
    }

    /// The series that has the labels of one in another table like this, made if it is not there.
    pub(crate) fn same_as(
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

    /// Updates the series of these labels, or gives the update back if there is none.
    #[inline]
    pub(crate) fn update<K: Labels, U: FnOnce(&C)>(&self, labels: &K, update: U) -> Option<U> {
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

    /// The series of these labels.
    pub(crate) fn get<K: Labels>(&self, labels: &K) -> Option<Held<C>> {
        let position = labels.closed();
        let is_it = |series: &OpenSeries<C>| series.is_at(position) && series.key().is(labels);
        self.find(self.hash(position, labels), is_it, Held::new).flatten()
    }

    /// Lets this thread look into tables: what that needs is allocated at the first time.
    pub(crate) fn prepare(&self) {
        if let Some(chunk) = self.chunk(0, true) {
            drop(chunk.segments[0].load());
        }
    }

    #[inline]
    fn find<R>(
        &self,
        hash: Hash,
        is_it: impl Fn(&OpenSeries<C>) -> bool,
        then: impl FnOnce(&Arc<OpenSeries<C>>) -> R,
    ) -> Option<R> {
        let chunk = self.chunks.get(hash.segment / CHUNK_SEGMENTS)?.get()?;
        let segment = chunk.segments[hash.segment % CHUNK_SEGMENTS].load();
        segment.find(hash.tag, is_it).map(|(_, series)| then(series))
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
        Hash { segment: (hash >> 48) as usize & (self.segments - 1), tag: tag(hash) }
    }

    /// Whether there are fewer series than there may be.
    #[cfg(feature = "requests")]
    pub(crate) fn has_room(&self) -> bool {
        self.live.load(Ordering::Relaxed) < self.max_series
    }

    /// The chunk of a segment, made if that is wanted.
    fn chunk(&self, segment: usize, make: bool) -> Option<&Chunk<C>> {
        let chunk = self.chunks.get(segment / CHUNK_SEGMENTS)?;
        match chunk.get() {
            None if make => Some(chunk.get_or_init(|| Box::new(Chunk::new()))),
            chunk => chunk,
        }
    }

    /// The turn to make and remove series; nothing if the thread whose turn it is stands still.
    fn take_turn(&self) -> Option<Taken<'_>> {
        let turn = self.writer.take(PATIENCE)?;
        if turn.is_inherited {
            self.recover();
        }
        Some(turn)
    }

    /// Mends what a thread may have left half done that a fork has left behind.
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
        // Numbers that were given out stay so.
        let serial = self.last_serial.load(Ordering::Relaxed).wrapping_add(1);
        self.last_serial.store(serial, Ordering::Release);
        self.recent.forget(self.changes.fetch_add(1, Ordering::AcqRel) + 1);
    }

    /// The series of these labels, which is made if it is not there; or the one that stands for
    /// the rest, if there are as many as there may be or a value is too long. That is looked at
    /// here alone, since such a value is never found. Nothing if the thread whose turn it is to
    /// make one stands still.
    pub(crate) fn get_or_make<K: Labels>(
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
        // A value may be written by code of the user's, which is not to run while others wait.
        let (key, hash) = (Key::new(labels), self.hash(position, labels));
        let turn = self.take_turn()?;
        // Another thread may have made it, or moved it, meanwhile.
        let is_it = |series: &OpenSeries<C>| series.is_at(position) && *series.key() == key;
        if let Some(series) = self.find(hash, is_it, Held::new).flatten() {
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

    /// The series that stands for all of the same closed values that are too many.
    fn overflow<K: Labels>(
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
        let is_it = |series: &OpenSeries<C>| series.is_at(position) && *series.key() == self.other;
        if let Some(series) = self.find(hash, is_it, Held::new).flatten() {
            return Some(series);
        }
        let key = Key::all_other(labels.open_len());
        let turn = self.take_turn()?;
        let found = self.find(hash, is_it, Held::new).flatten();
        if found.is_some() {
            return found;
        }
        let (series, outdated) = self.insert(position, hash, key, make());
        drop(turn);
        self.discard(outdated);
        series
    }

    /// Makes a series, when it is this thread's turn, and gives what it takes the place of.
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
        // Whoever sees this number sees that it was noted.
        self.last_serial.store(serial, Ordering::Release);
        (held, outdated)
    }

    /// Says that a series came or went, when it is this thread's turn.
    fn note(&self, series: Arc<OpenSeries<C>>) {
        let number = self.changes.load(Ordering::Relaxed) + 1;
        self.recent.push(number, series);
        // Whoever sees this number finds the series.
        self.changes.store(number, Ordering::Release);
    }

    /// Drops a segment that was replaced, unless series may have left it into which somebody who
    /// looks into it still counts.
    fn discard(&self, outdated: impl IntoIterator<Item = Arc<Segment<C>>>) {
        if self.expire_after.is_none() {
            return drop(outdated);
        }
        // One without slots is shared by all that had no series yet.
        let outdated: Vec<_> = outdated.into_iter().filter(|it| !it.is_empty()).collect();
        if !outdated.is_empty() {
            let _inside = enter();
            let keep = |all: &mut Vec<_>| all.extend(outdated);
            self.outdated.with(PATIENCE, Vec::new, keep);
        }
    }

    /// Removes the series of these labels. False if there is none.
    pub(crate) fn remove<K: Labels>(&self, labels: &K) -> bool {
        let (position, key) = (labels.closed(), Key::new(labels));
        let is_it = |series: &OpenSeries<C>| series.is_at(position) && *series.key() == key;
        self.remove_if(self.hash(position, labels), is_it, |series| {
            series.set_removed();
            true
        })
    }

    /// Removes a series if `mark` has marked it.
    fn remove_if(
        &self,
        hash: Hash,
        is_it: impl Fn(&OpenSeries<C>) -> bool,
        mark: impl FnOnce(&OpenSeries<C>) -> bool,
    ) -> bool {
        // An allocator that comes back in may not wait for the turn that this thread has.
        if is_inside() {
            return false;
        }
        let _inside = enter();
        let Some(_turn) = self.take_turn() else { return false };
        let Some(chunk) = self.chunk(hash.segment, false) else { return false };
        let index = hash.segment % CHUNK_SEGMENTS;
        let segment = chunk.segments[index].load();
        let Some((slot, series)) = segment.find(hash.tag, is_it) else { return false };
        // Who has an older segment sees that it was removed.
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

    /// Drops the series that were removed, save for those that are held: makes the segments that
    /// they are in anew, one at a time.
    pub(crate) fn tidy(&self) {
        if !self.is_untidy.load(Ordering::Relaxed) || is_inside() {
            return;
        }
        // Before anything is looked at: what is removed meanwhile is for the next time.
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

    /// Removes that very series, if it is still there.
    pub(crate) fn remove_series(&self, series: &OpenSeries<C>) {
        let (position, values) = (series.position() as u32, self.open_labels);
        let hash = self.hash(position, &ByKey { key: series.key(), position, values });
        let is_same = |other: &OpenSeries<C>| std::ptr::eq(other, series);
        self.remove_if(hash, is_same, |series| {
            series.set_removed();
            true
        });
    }

    /// Whether it stands for those that there is no room for.
    pub(crate) fn is_other(&self, series: &OpenSeries<C>) -> bool {
        *series.key() == self.other
    }

    /// Removes every series that `is_it` picks, and says how many. It is nobody's turn while it
    /// does.
    pub(crate) fn remove_where(&self, mut is_it: impl FnMut(&OpenSeries<C>) -> bool) -> usize {
        let mut removed = 0;
        self.visit(|series, hash| {
            let is_same = |other: &OpenSeries<C>| std::ptr::eq(other, &**series);
            let mark = |series: &OpenSeries<C>| {
                series.set_removed();
                true
            };
            if is_it(series) && self.remove_if(hash, is_same, mark) {
                removed += 1;
            }
        });
        removed
    }

    /// Removes the series that nobody holds and nobody has updated for too long, sooner or later:
    /// looking at all of them takes longer than a scrape, so it is not done each time. `has_changed`
    /// says whether one was updated since it was asked last.
    ///
    /// An update may be on its way to a series that has just left the table. So it stays on the page
    /// until everyone has gone who could have found it, and if it was updated after all, until its
    /// time is over once more.
    pub(crate) fn expire(&self, has_changed: impl Fn(&C, &mut u64) -> bool) {
        let Some(after) = self.expire_after else { return };
        if is_inside() {
            return;
        }
        let now = clock::now();
        // Another gather does the same, if it is at it.
        self.leaving.with(Duration::ZERO, Leaving::new, |Leaving { series, next_look }| {
            if now >= *next_look {
                let pause = Some(after / LOOKS).filter(|pause| *pause > OFTEN);
                *next_look = now.saturating_add(pause.unwrap_or_default());
                self.visit(|candidate, hash| {
                    let is_same = |other: &OpenSeries<C>| std::ptr::eq(other, &**candidate);
                    if candidate.is_idle(now, after, &has_changed)
                        && self.remove_if(hash, is_same, OpenSeries::start_leaving)
                    {
                        series.push(candidate.clone());
                    }
                });
            }
            if series.is_empty() {
                return;
            }
            self.tidy();
            if !self.is_outdated_left() {
                let all = std::mem::take(series).into_iter();
                let (gone, left) = all.partition(|it| it.is_idle(now, after, &has_changed));
                *series = left;
                self.let_go(gone);
            }
        });
    }

    /// Takes the first series that nobody holds out of the table, as if its time were over.
    #[cfg(all(measurand_loom, test))]
    pub(super) fn expire_now(&self) -> Option<Arc<OpenSeries<C>>> {
        let mut left = None;
        self.visit(|series, hash| {
            let is_same = |other: &OpenSeries<C>| std::ptr::eq(other, &**series);
            if self.remove_if(hash, is_same, OpenSeries::start_leaving) {
                left = Some(series.clone());
            }
        });
        left
    }

    /// Whether anybody may still be looking into a segment that was replaced.
    fn is_outdated_left(&self) -> bool {
        let drop_unused = |outdated: &mut Vec<Arc<Segment<C>>>| {
            let unused = |segment| Arc::try_unwrap(segment).err();
            *outdated = std::mem::take(outdated).into_iter().filter_map(unused).collect();
            !outdated.is_empty()
        };
        let _inside = enter();
        self.outdated.with(PATIENCE, Vec::new, drop_unused).unwrap_or(true)
    }

    /// Takes series that have left the table off the page as well.
    fn let_go(&self, gone: Vec<Arc<OpenSeries<C>>>) {
        let _inside = enter();
        let Some(_turn) = self.take_turn() else { return };
        for series in gone {
            series.leave();
            self.note(series);
        }
    }

    /// Shows every series.
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

    /// What the table is now.
    pub(crate) fn version(&self) -> Version {
        let serial = self.last_serial.load(Ordering::Acquire);
        Version { serial, changes: self.changes.load(Ordering::Acquire) }
    }

    /// The series that came or went after one version and up to another, if they are remembered.
    pub(crate) fn changed_between(
        &self,
        from: Version,
        to: Version,
    ) -> Option<Vec<Arc<OpenSeries<C>>>> {
        self.recent.between(from.changes, to.changes)
    }

    /// Every series that was made after a version, and perhaps some from before it.
    ///
    /// # Errors
    ///
    /// If there is no memory for so many.
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
