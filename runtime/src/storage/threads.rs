//! The slab of the current thread: the statics around [`Pool`](super::pool::Pool).

use std::cell::Cell;
use std::ops::Range;
use std::thread;

use once_cell::race::OnceBox;

use super::block;
use super::pool::{Pool, TakenSlab};
use crate::clock;
use crate::place::{Place, Shape, Slab, VisitPlaces};
use crate::process;

thread_local! {
    /// Empty before the first update and while the thread ends. Has no destructor, so it can be
    /// read at any time.
    static SLAB: Cell<Slab> = const { Cell::new(&[]) };
    /// Set while this thread is in a cold path, which an allocator that updates metrics may
    /// re-enter.
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
    /// Whether this thread has allocated what look-ups in an open family need.
    static IS_PREPARED: Cell<bool> = const { Cell::new(false) };
    static PREPARED: PreparedReset = const { PreparedReset };
    /// Returns the slab to the pool when the thread ends.
    static OWNED: Owned = const { Owned(Cell::new(None)) };
}

struct Owned(Cell<Option<TakenSlab>>);

impl Drop for Owned {
    fn drop(&mut self) {
        if let (Some(taken), Some(layout)) = (self.0.take(), LAYOUT.get()) {
            // Destructors that run after this one count in the shared slab.
            SLAB.set(&[]);
            layout.pool.give_back(taken);
        }
    }
}

/// The slabs, and which cells each metric has in them.
pub(super) struct Layout {
    pub(super) pool: Pool,
    /// Runs of cells of one shape, in the order of a slab.
    pub(super) regions: Vec<Region>,
    pub(super) cells: usize,
}

/// Set once. Two threads may compute it at the same time: both give every metric the same place.
static LAYOUT: OnceBox<Layout> = OnceBox::new();

/// Returns the layout, if anything was counted yet.
pub(super) fn layout() -> Option<&'static Layout> {
    LAYOUT.get()
}

/// Returns this thread's slab; empty if it has none.
#[inline]
pub(super) fn own_slab() -> Slab {
    SLAB.get()
}

/// The slabs that a thread may count in: its own, which may be empty, and the shared one.
pub(super) struct Slabs {
    pub(super) own: Slab,
    pub(super) shared: Slab,
}

/// Marks this thread as inside a cold path until the returned guard is dropped.
pub(crate) fn enter() -> impl Drop {
    InsideReset(IS_INSIDE.replace(true))
}

/// Returns whether this thread is inside a cold path.
pub(crate) fn is_inside() -> bool {
    IS_INSIDE.get()
}

/// Returns whether this thread has allocated what look-ups in an open family need.
#[inline]
pub(crate) fn is_prepared() -> bool {
    IS_PREPARED.get()
}

/// Records that this thread is prepared for look-ups, until it ends.
pub(crate) fn set_prepared() {
    // What the look-up has allocated before this is destroyed after it.
    if PREPARED.try_with(|_| ()).is_ok() {
        IS_PREPARED.set(true);
    }
}

/// Resets [`IS_PREPARED`] when the thread ends: look-ups may then allocate again.
struct PreparedReset;

impl Drop for PreparedReset {
    fn drop(&mut self) {
        IS_PREPARED.set(false);
    }
}

/// Gives this thread a slab if possible, and every metric its place. `None` if the thread is inside
/// a cold path already, or if the metric is not in the link-time slice: it joins the registry
/// instead.
pub(super) fn join(place: &Place) -> Option<Slabs> {
    if is_inside() {
        return None;
    }
    let _inside = enter();
    let layout = layout_of(place)?;
    if !place.is_assigned() {
        place.join_late();
        return None;
    }
    if SLAB.get().is_empty() && layout.cells > 0 {
        take_slab(layout);
    }
    Some(Slabs { own: SLAB.get(), shared: layout.pool.shared() })
}

/// Registers a metric that is not in the link-time slice and has no cells in slabs. This thread
/// must be inside already.
pub(crate) fn join_late(place: &Place) {
    if place.is_waiting() {
        layout_of(place);
        place.join_late();
    }
}

/// Returns the layout, which the first metric to be updated creates.
fn layout_of(place: &Place) -> Option<&'static Layout> {
    LAYOUT.get().or_else(|| {
        let link = place.link()?;
        Some(LAYOUT.get_or_init(|| Box::new(lay_out(link.visit_places))))
    })
}

fn take_slab(layout: &'static Layout) {
    let Some(taken) = layout.pool.take() else { return };
    // If the thread is ending, nothing would return the slab.
    match OWNED.try_with(|owned| owned.0.set(Some(taken))) {
        Ok(()) => SLAB.set(taken.slab),
        Err(_) => layout.pool.give_back(taken),
    }
}

/// A run of cells of one shape.
#[derive(Clone, Copy, Debug)]
pub(super) struct Region {
    pub(super) shape: Shape,
    pub(super) start: usize,
    pub(super) len: usize,
}

impl Region {
    pub(super) fn is_histogram(&self) -> bool {
        matches!(self.shape, Shape::Histogram { .. })
    }

    /// The indices of its cells in a slab.
    pub(super) fn cells(&self) -> Range<usize> {
        self.start..self.start + self.len
    }
}

/// Makes room for the threads of a forked child.
pub(crate) fn after_fork() {
    let Some(layout) = LAYOUT.get() else { return };
    let own = OWNED.try_with(|owned| owned.0.get()).ok().flatten();
    layout.pool.after_fork(own, |slab| {
        let histograms = layout.regions.iter().filter(|region| region.is_histogram());
        let blocks = histograms.filter_map(|region| slab.get(region.cells()));
        blocks.for_each(block::take_back);
    });
}

/// Restores the flag on drop.
struct InsideReset(bool);

impl Drop for InsideReset {
    fn drop(&mut self) {
        IS_INSIDE.set(self.0);
    }
}

/// Gives every metric of the slice its place.
fn lay_out(visit_places: VisitPlaces) -> Layout {
    // From here on, forks are noticed and time counts: nothing static was updated before.
    process::is_forked();
    clock::now();
    // Metrics that are not in the slice are added at their first update.
    let mut asked: Vec<(Shape, &Place, usize)> = Vec::new();
    visit_places(&mut |place, shape, positions| asked.push((shape, place, positions)));
    asked.sort_by_key(|(shape, ..)| *shape);
    let (mut cells, mut regions) = (0, Vec::<Region>::new());
    for (shape, place, positions) in asked {
        place.assign(cells);
        for _ in 0..positions {
            match regions.last_mut() {
                Some(last) if last.shape == shape && !matches!(shape, Shape::Histogram { .. }) => {
                    last.len += shape.len();
                }
                _ => regions.push(Region { shape, start: cells, len: shape.len() }),
            }
            cells += shape.len();
        }
    }
    let cores = thread::available_parallelism().map_or(1, usize::from);
    Layout { pool: Pool::new(cells, (4 * cores).max(64)), regions, cells }
}
