//! Collectors: families whose points are made at each gather.

use std::time::Duration;

use super::given::Points;
use super::registered::Numbered;
use crate::descriptor::Descriptor;

/// Gives points at each gather, of figures that something else keeps: a pool, the operating system,
/// another library.
///
/// Where this crate can count a thing itself, a metric of a struct is simpler and costs less. Add a
/// collector by [`Registry::register_collector`](super::Registry::register_collector).
///
/// It runs before any sink is shown anything, under no lock: it may register, drop what is registered, and
/// gather. It is not run again inside itself, so what it gathers is without its own families. Of two threads
/// that gather at the same time the second one waits for the first.
///
/// It runs on a thread of this crate, save where there are none, and has until the
/// [limit](super::Registry::set_collector_timeout) to come to an end: after that its families are left out
/// of that gather, and those of others are not. One that hangs is not started again meanwhile, and holds
/// that one thread. Wrap one that is slow by nature in [`Cached::every`](super::Cached::every).
///
/// If it panics, what it gave is left out of that gather, and nothing else of the page.
///
/// Panics are counted in `measurand_collector_panics_total`, and what came too late in
/// `measurand_collector_timeouts_total`; both are reported by
/// [`try_gather`](super::Registry::try_gather), and the first of each is logged.
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
/// /// Shows a queue that somebody else fills.
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
/// let length = Descriptor::gauge("doc_queue_length", "Jobs that wait.").labels(["queue"]).build()?;
/// let collector = registry.register_collector(QueueCollector { queue, length })?;
///
/// let mut text = String::new();
/// registry.encode_text(&mut text);
/// assert!(text.contains("doc_queue_length{queue=\"mail\"} 2\n"));
///
/// // Its families leave with the last clone of what was returned.
/// drop(collector);
/// text.clear();
/// registry.encode_text(&mut text);
/// assert!(text.is_empty());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Collector: Send + Sync + 'static {
    /// The families that it may give, so that a conflict is found when it is registered. What is not
    /// said here is checked when it is first given; one that says nothing is *unchecked*, which a
    /// [pedantic](super::Registry::pedantic) registry refuses.
    fn describe(&self) -> Vec<Descriptor> {
        Vec::new()
    }

    /// Gives the points of this moment.
    fn collect(&self, points: &mut Points<'_>);

    /// What a registry shows of one that collects by itself.
    #[doc(hidden)]
    fn background(&self) -> Option<Background> {
        None
    }
}

/// A collector that collects by itself.
#[derive(Clone, Copy, Debug)]
pub struct Background {
    /// The type of what it has collect.
    pub(super) title: &'static str,
    /// How old its figures are.
    pub(super) age: Duration,
    pub(super) panics: u64,
}

impl<C: Collector> Collector for Numbered<C> {
    fn collect(&self, points: &mut Points<'_>) {
        self.metrics.collect(points);
    }

    fn background(&self) -> Option<Background> {
        self.metrics.background()
    }
}
