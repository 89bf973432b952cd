//! Collectors: families whose points are computed at each gather.

use std::time::Duration;

use super::points::Points;
use super::registered::WithId;
use crate::descriptor::Descriptor;

/// A source of points that are read at each gather, for values that something else keeps: a pool,
/// the operating system, another library.
///
/// Where your code can count something itself, a metric in a struct is simpler and costs less. Add
/// a collector with [`Registry::register_collector`](super::Registry::register_collector).
///
/// A collector runs before the sink sees anything, and no lock is held: it may register metrics,
/// drop registered ones, and gather. A gather inside a collector leaves out that collector's own
/// families. If two threads gather at the same time, the second waits for the first to finish with
/// a collector.
///
/// Collectors run on threads of this crate, where the target has threads, and must finish within
/// the [time limit](super::Registry::set_collector_timeout). The families of one that does not are
/// left out of that gather; all others are shown. A collector that hangs is not started again
/// meanwhile, and occupies one thread. Wrap one that is slow by nature in
/// [`Cached::every`](super::Cached::every).
///
/// If a collector panics, its points are left out of that gather, and nothing else is.
///
/// Panics are counted in `measurand_collector_panics_total`, and timeouts in
/// `measurand_collector_timeouts_total`. [`try_gather`](super::Registry::try_gather) reports both,
/// and the first of each is logged.
///
/// ```
/// use std::sync::Arc;
/// use measurand::registry::{Collector, Point, Points};
/// use measurand::{Descriptor, Registry};
///
/// struct Queue {
///     jobs: Vec<u32>,
/// }
///
/// /// Shows the length of a queue that other code fills.
/// struct QueueCollector {
///     queue: Arc<Queue>,
///     length: Descriptor,
/// }
///
/// impl Collector for QueueCollector {
///     fn describe(&self) -> Vec<Descriptor> {
///         vec![self.length.clone()]
///     }
///
///     fn collect(&self, points: &mut Points<'_>) {
///         points.push(&self.length, &["mail"], Point::gauge(self.queue.jobs.len()));
///     }
/// }
///
/// let registry = Registry::new();
/// let queue = Arc::new(Queue { jobs: vec![3, 5] });
/// let length = Descriptor::gauge("doc_queue_length", "Jobs waiting.").labels(["queue"]).build()?;
/// let collector = registry.register_collector(QueueCollector { queue, length })?;
///
/// let mut text = String::new();
/// registry.encode_text(&mut text);
/// assert!(text.contains("doc_queue_length{queue=\"mail\"} 2\n"));
///
/// // Its families leave the page when the last clone of the returned handle is dropped.
/// drop(collector);
/// text.clear();
/// registry.encode_text(&mut text);
/// assert!(text.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Collector: Send + Sync + 'static {
    /// Returns the families that this collector may give, so that conflicts are found when it is
    /// registered. A family that is not listed here is checked when it is first given. A collector
    /// that lists none is *unchecked*, and refused by a [pedantic](super::Registry::pedantic)
    /// registry.
    fn describe(&self) -> Vec<Descriptor> {
        Vec::new()
    }

    /// Pushes the current points.
    fn collect(&self, points: &mut Points<'_>);

    /// Returns what a registry shows about a collector that runs in the background.
    #[doc(hidden)]
    fn background(&self) -> Option<Background> {
        None
    }
}

/// What a registry shows about a collector that runs in the background.
#[derive(Clone, Copy, Debug)]
pub struct Background {
    /// The type of the wrapped collector.
    pub(super) title: &'static str,
    /// The age of its last result.
    pub(super) age: Duration,
    pub(super) panics: u64,
}

impl<C: Collector> Collector for WithId<C> {
    fn collect(&self, points: &mut Points<'_>) {
        self.metrics.collect(points);
    }

    fn background(&self) -> Option<Background> {
        self.metrics.background()
    }
}
