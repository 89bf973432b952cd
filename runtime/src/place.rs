//! Where a metric's cells are in every thread's slab, and what all slabs hold there together.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::atomic::AtomicUsize;

use foldhash::fast::FixedState;

use crate::sync::{AtomicU64, Ordering};
use crate::unit::Representation;

/// No cells yet: they are given out, to all metrics at once, at the first update.
const UNASSIGNED: usize = usize::MAX;

/// No cells in slabs: the metric has its own.
const SHARED: usize = usize::MAX - 1;

/// What a histogram's cells start with: a state, the sum, and what is saved while they change.
pub(crate) const HISTOGRAM_HEAD: usize = 9;

/// Where both halves of the sum stand in the totals of a histogram, with the buckets after them.
pub(crate) const HISTOGRAM_SUM: usize = HISTOGRAM_HEAD - 2;

/// What cells a metric asks for. The order is that of a slab.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// So many integers side by side.
    Whole(usize),
    /// One float.
    Float,
    /// A histogram.
    Histogram {
        /// How many buckets, `+Inf` included.
        buckets: usize,
        /// Whether the sum is an integer.
        is_integral: bool,
    },
}

impl Shape {
    /// How many cells that is.
    pub(crate) const fn len(self) -> usize {
        match self {
            Shape::Histogram { buckets, .. } => Shape::histogram_len(buckets),
            Shape::Whole(cells) => cells,
            Shape::Float => 1,
        }
    }

    /// How many cells a histogram of so many buckets is.
    pub(crate) const fn histogram_len(buckets: usize) -> usize {
        HISTOGRAM_HEAD + buckets
    }

    /// The shape of one cell of a number.
    pub(crate) const fn of<R: Representation>() -> Shape {
        if R::INTEGRAL { Shape::Whole(1) } else { Shape::Float }
    }
}

/// Where a metric's cells are: an index into every slab, or nowhere.
#[doc(hidden)]
#[derive(Debug)]
pub struct Place {
    index: AtomicUsize,
    /// How its metric is known to the binary, unless it is made at run time.
    link: Option<Link>,
}

/// How the metrics of the binary are known: storage asks this way, since it knows nothing of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Link {
    /// Has the metric's struct or function join the global registry, where the linker did not put
    /// it into the slice.
    pub(crate) join: fn(),
    /// Has everything that the linker has put together ask for its cells.
    pub(crate) ask_all: AskAll,
}

/// Shows every place with the shape of its cells, and for how many rows.
pub(crate) type AskAll = fn(&mut dyn FnMut(&'static Place, Shape, usize));

impl Place {
    /// For a metric of a static struct or of a function, which joins so if it comes late.
    pub(crate) const fn in_slabs(link: Link) -> Place {
        Place { index: AtomicUsize::new(UNASSIGNED), link: Some(link) }
    }

    /// How its metric is known to the binary.
    pub(crate) fn link(&self) -> Option<Link> {
        self.link
    }

    /// Where it is for good: whoever asks has seen to it that the cells were given out.
    pub(crate) fn settled(&self) -> Place {
        match self.is_waiting() {
            true => Place::AT_RUN_TIME,
            false => Place { index: AtomicUsize::new(self.index()), link: None },
        }
    }

    /// For a metric that is made at run time.
    #[allow(clippy::declare_interior_mutable_const, reason = "each metric has a place of its own")]
    pub(crate) const AT_RUN_TIME: Place = Place { index: AtomicUsize::new(SHARED), link: None };

    pub(crate) fn assign(&self, index: usize) {
        self.index.store(index, Ordering::Relaxed);
    }

    /// Whether it has to wait for cells, or for being told that there will be none.
    pub(crate) fn is_waiting(&self) -> bool {
        self.index() == UNASSIGNED
    }

    /// The slice did not have this metric, and will not: it joins the registry now, and counts in
    /// cells of its own from now on, without coming back here.
    pub(crate) fn come_late(&self) {
        if !self.is_waiting() {
            return;
        }
        if let Some(link) = self.link {
            (link.join)();
        }
        // Failing means that another thread has been here as well.
        let _ =
            self.index.compare_exchange(UNASSIGNED, SHARED, Ordering::Release, Ordering::Relaxed);
    }

    /// The index, or one that no slab has.
    #[inline]
    pub(crate) fn index(&self) -> usize {
        self.index.load(Ordering::Relaxed)
    }

    /// The index of a member's cells, whose shape takes `len` of them.
    #[inline]
    pub(crate) fn at(&self, member: usize, len: usize) -> usize {
        // What is no index stays none.
        self.index().saturating_add(member.saturating_mul(len))
    }

    /// Whether its cells are in slabs, or will be.
    #[inline]
    pub(crate) fn is_in_slabs(&self) -> bool {
        self.index() != SHARED
    }

    /// Whether it has cells in slabs now.
    pub(crate) fn is_assigned(&self) -> bool {
        self.index() < SHARED
    }
}

/// One thread's cells.
pub(crate) type Slab = &'static [AtomicU64];

/// The sum of every cell over all slabs, and the slabs.
#[doc(hidden)]
#[derive(Debug, Default)]
pub struct Totals {
    pub(crate) cells: Vec<u64>,
    pub(crate) slabs: Vec<Slab>,
    /// How many slabs there were when these were taken.
    pub(crate) slabs_made: usize,
    /// The number of the last clearing before them.
    pub(crate) clearings: u64,
    pub(crate) moments: Moments,
}

/// What a gather has read of cells that several rows show, so that all of these are of one moment.
#[derive(Debug, Default)]
pub(crate) struct Moments {
    /// By the address of the cells, which stay where they are as long as the gather has their rows.
    read: RefCell<HashMap<usize, u64, FixedState>>,
}

impl Moments {
    /// What this gather has read of these cells, which is what `read` reads if it is the first time.
    /// Where there is no memory to remember it, each row has what it reads.
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
    /// What all slabs hold in one cell at this very moment.
    pub(crate) fn now(&self, index: usize) -> u64 {
        let cells = self.slabs.iter().filter_map(|slab| slab.get(index));
        cells.fold(0, |total, cell| total.wrapping_add(cell.load(Ordering::Acquire)))
    }

    /// Adds the buckets of a histogram to `counts`, and gives the bits of its sum.
    pub(crate) fn block(&self, index: usize, counts: &mut [u64]) -> Option<u128> {
        let (sum, buckets) = split_block(self.cells.get(index..)?)?;
        for (count, bucket) in std::iter::zip(counts, buckets) {
            *count = count.wrapping_add(*bucket);
        }
        Some(sum)
    }
}

/// Takes the buckets in the cells of a histogram away from `counts`, and gives the bits of its sum.
pub(crate) fn take_block(cells: &[u64], counts: &mut [u64]) -> Option<u128> {
    let (sum, buckets) = split_block(cells)?;
    for (count, bucket) in std::iter::zip(counts, buckets) {
        *count = count.wrapping_sub(*bucket);
    }
    Some(sum)
}

/// The bits of the sum of a histogram, and its buckets.
fn split_block(cells: &[u64]) -> Option<(u128, &[u64])> {
    split_copy(cells.get(HISTOGRAM_SUM..)?)
}

/// The same of a copy, which starts with the sum.
pub(crate) fn split_copy(copy: &[u64]) -> Option<(u128, &[u64])> {
    let [low, high, buckets @ ..] = copy else { return None };
    Some((u128::from(*high) << 64 | u128::from(*low), buckets))
}
