//! Places: where a metric's cells are in every thread's slab, and the totals of all slabs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;

use foldhash::fast::FixedState;

use crate::sync::{AtomicU64, Ordering};
use crate::unit::Representation;

/// The index of a place without cells yet: all metrics get theirs together, at the first update.
const UNASSIGNED: usize = usize::MAX;

/// The index of a place without cells in slabs: the metric has its own.
const SHARED: usize = usize::MAX - 1;

/// The number of cells before a histogram's buckets: a state, the sum, and what is saved while they
/// change.
pub(crate) const HISTOGRAM_HEAD: usize = 9;

/// The index of both halves of the sum in the totals of a histogram. The buckets follow them.
pub(crate) const HISTOGRAM_SUM: usize = HISTOGRAM_HEAD - 2;

/// The cells that a metric asks for. The order of shapes is that of a slab.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// This many adjacent integers.
    Whole(usize),
    /// One float.
    Float,
    /// A histogram.
    Histogram {
        /// The number of buckets, `+Inf` included.
        buckets: usize,
        /// Whether the sum is an integer.
        is_integral: bool,
    },
}

impl Shape {
    /// Returns the number of cells.
    pub(crate) const fn len(self) -> usize {
        match self {
            Shape::Histogram { buckets, .. } => Shape::histogram_len(buckets),
            Shape::Whole(cells) => cells,
            Shape::Float => 1,
        }
    }

    /// Returns the number of cells of a histogram with `buckets` buckets.
    pub(crate) const fn histogram_len(buckets: usize) -> usize {
        HISTOGRAM_HEAD + buckets
    }

    /// Returns the shape of a single number.
    pub(crate) const fn of<R: Representation>() -> Shape {
        if R::INTEGRAL { Shape::Whole(1) } else { Shape::Float }
    }
}

/// Where a metric's cells are: at an index in every slab, or only in the metric.
#[doc(hidden)]
#[derive(Debug)]
pub struct Place {
    index: AtomicUsize,
    /// The link of its metric to the binary, unless it was created at run time.
    link: Option<Link>,
}

/// How storage reaches the metrics of the binary, of which it knows nothing else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// Registers the metric's struct or function, if it is not in the link-time slice.
    pub(crate) join: fn(),
    /// Calls a function with the cells of everything that the linker has collected.
    pub(crate) visit_places: VisitPlaces,
}

/// A function that passes on every place, with the shape of its cells and the number of rows.
pub(crate) type VisitPlaces = fn(&mut dyn FnMut(&'static Place, Shape, usize));

impl Place {
    /// Creates the place of a metric of a static struct or a function.
    pub(crate) const fn in_slabs(link: Link) -> Place {
        Place { index: AtomicUsize::new(UNASSIGNED), link: Some(link) }
    }

    /// Returns the link of its metric to the binary.
    pub(crate) fn link(&self) -> Option<Link> {
        self.link
    }

    /// Returns a copy that no longer changes. Cells must have been assigned before.
    pub(crate) fn frozen(&self) -> Place {
        match self.is_waiting() {
            true => Place::AT_RUN_TIME,
            false => Place { index: AtomicUsize::new(self.index()), link: None },
        }
    }

    /// The place of a metric that is created at run time.
    #[allow(clippy::declare_interior_mutable_const, reason = "each metric has a place of its own")]
    pub(crate) const AT_RUN_TIME: Place = Place { index: AtomicUsize::new(SHARED), link: None };

    pub(crate) fn assign(&self, index: usize) {
        self.index.store(index, Ordering::Relaxed);
    }

    /// Returns whether it is still waiting for cells, or for the decision that it gets none.
    pub(crate) fn is_waiting(&self) -> bool {
        self.index() == UNASSIGNED
    }

    /// Registers the metric, which is not in the link-time slice, and makes it use its own cells
    /// from now on.
    pub(crate) fn join_late(&self) {
        if !self.is_waiting() {
            return;
        }
        if let Some(link) = self.link {
            (link.join)();
        }
        // If this fails, another thread has done the same.
        let _ =
            self.index.compare_exchange(UNASSIGNED, SHARED, Ordering::Release, Ordering::Relaxed);
    }

    /// Returns the index, or one that no slab has.
    #[inline]
    pub(crate) fn index(&self) -> usize {
        self.index.load(Ordering::Relaxed)
    }

    /// Returns the index of the cells of a position, each of which has `len` of them.
    #[inline]
    pub(crate) fn at(&self, position: usize, len: usize) -> usize {
        // Saturating, so that an index outside slabs stays outside.
        self.index().saturating_add(position.saturating_mul(len))
    }

    /// Returns whether its cells are in slabs, or may still be.
    #[inline]
    pub(crate) fn is_in_slabs(&self) -> bool {
        self.index() != SHARED
    }

    /// Returns whether its cells are in slabs.
    pub(crate) fn is_assigned(&self) -> bool {
        self.index() < SHARED
    }
}

/// The cells of one thread.
pub(crate) type Slab = &'static [AtomicU64];

/// The sum of every cell over all slabs, and the slabs.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Totals {
    pub(crate) cells: Vec<u64>,
    pub(crate) slabs: Vec<Slab>,
    /// The number of slabs when the sums were taken.
    pub(crate) slabs_made: usize,
    /// The number of the last reset before the sums were taken.
    pub(crate) clearings: u64,
    pub(crate) moments: Moments,
}

/// Values that a gather has read from cells with several rows, so that all rows show the same
/// moment.
#[derive(Debug, Default)]
pub(crate) struct Moments {
    /// The values by the address of the cells, which do not move while the gather has their rows.
    read: RefCell<HashMap<usize, u64, FixedState>>,
}

impl Moments {
    /// Returns what this gather has read from these cells, calling `read` the first time. If memory
    /// for it cannot be allocated, each row is read by itself.
    pub(crate) fn of<C>(&self, cells: &C, read: impl FnOnce() -> u64) -> u64 {
        let address = std::ptr::from_ref(cells).addr();
        let Ok(mut known) = self.read.try_borrow_mut() else { return read() };
        if let Some(known) = known.get(&address) {
            return *known;
        }
        let now = read();
        if known.try_reserve(1).is_ok() {
            known.insert(address, now);
        }
        now
    }

    pub(crate) fn clear(&mut self) {
        self.read.get_mut().clear();
    }

    pub(crate) fn bytes(&self) -> usize {
        let capacity = self.read.try_borrow().map_or(0, |read| read.capacity());
        capacity * (size_of::<(usize, u64)>() + 1)
    }
}

impl Totals {
    /// Returns the current sum of a cell over all slabs.
    pub(crate) fn now(&self, index: usize) -> u64 {
        let cells = self.slabs.iter().filter_map(|slab| slab.get(index));
        cells.fold(0, |total, cell| total.wrapping_add(cell.load(Ordering::Acquire)))
    }

    /// Adds the buckets of a histogram to `counts`, and returns the bits of its sum.
    pub(crate) fn block(&self, index: usize, counts: &mut [u64]) -> Option<u128> {
        let (sum, buckets) = split_block(self.cells.get(index..)?)?;
        for (count, bucket) in std::iter::zip(counts, buckets) {
            *count = count.wrapping_add(*bucket);
        }
        Some(sum)
    }
}

/// Subtracts the buckets of a histogram from `counts`, and returns the bits of its sum.
pub(crate) fn take_block(cells: &[u64], counts: &mut [u64]) -> Option<u128> {
    let (sum, buckets) = split_block(cells)?;
    for (count, bucket) in std::iter::zip(counts, buckets) {
        *count = count.wrapping_sub(*bucket);
    }
    Some(sum)
}

/// Returns the bits of the sum of a histogram, and its buckets.
fn split_block(cells: &[u64]) -> Option<(u128, &[u64])> {
    split_copy(cells.get(HISTOGRAM_SUM..)?)
}

/// Returns the bits of the sum, and the buckets, of a copy that starts with the sum.
pub(crate) fn split_copy(copy: &[u64]) -> Option<(u128, &[u64])> {
    let [low, high, buckets @ ..] = copy else { return None };
    Some((u128::from(*high) << 64 | u128::from(*low), buckets))
}
