//! Collectors: families whose points are made at each gather.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::arranged::Arranged;
use super::claims::Claims;
use super::conflict::Problem;
use super::given::Points;
use super::registered::Numbered;
use crate::descriptor::Descriptor;

/// Gives points at each gather, of figures that something else keeps: a pool, the operating system,
/// another library.
///
/// Where this crate can count a thing itself, a metric of a struct is simpler and costs less. Add a
/// collector by [`Registry::register_collector`](super::Registry::register_collector).
///
/// It runs before any sink is shown anything, under no lock: it may take its time, register, drop what
/// is registered, and gather. It is not run again inside itself, so what it gathers is without its own
/// families. Threads that gather at the same time run it at the same time.
///
/// If it panics, what it gave is left out of that gather, and nothing else of the page. Panics are counted
/// in `measurand_collector_panics_total`, reported by [`try_gather`](super::Registry::try_gather), and the
/// first is logged.
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
    /// said here is checked when it is first given.
    fn describe(&self) -> Vec<Descriptor> {
        Vec::new()
    }

    /// Gives the points of this moment.
    fn collect(&self, points: &mut Points<'_>);
}

impl<C: Collector> Collector for Numbered<C> {
    fn collect(&self, points: &mut Points<'_>) {
        self.metrics.collect(points);
    }
}

/// A collector in a registry.
pub(super) struct Registrant {
    pub(super) id: u64,
    pub(super) collector: Arc<dyn Collector>,
    /// Its type.
    pub(super) title: &'static str,
    pub(super) panics: AtomicU64,
    is_logged: AtomicBool,
}

thread_local! {
    /// The collectors that this thread is inside of.
    static RUNNING: RefCell<Vec<u64>> = const { RefCell::new(Vec::new()) };
}

/// While a collector runs in this thread.
struct Running(u64);

impl Running {
    /// Nothing if it runs already.
    fn start(id: u64) -> Option<Running> {
        let push = |running: &RefCell<Vec<u64>>| {
            let mut running = running.borrow_mut();
            let is_new = !running.contains(&id);
            if is_new {
                running.push(id);
            }
            is_new
        };
        // A thread that ends has no more to come back to.
        RUNNING.try_with(push).unwrap_or(true).then(|| Running(id))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = RUNNING.try_with(|running| running.borrow_mut().retain(|id| *id != self.0));
    }
}

impl Registrant {
    pub(super) fn new<C: Collector>(collector: Arc<Numbered<C>>) -> Registrant {
        Registrant {
            id: collector.id,
            collector,
            title: std::any::type_name::<C>(),
            panics: AtomicU64::new(0),
            is_logged: AtomicBool::new(false),
        }
    }

    /// Runs it, unless this thread is inside of it, and says what has failed. What it gave before a panic
    /// is taken back.
    pub(super) fn run(&self, known: &Claims, arranged: &mut Arranged) -> Option<Problem> {
        let _running = Running::start(self.id)?;
        let mut given = arranged.room(self.id);
        let collect = || self.collector.collect(&mut Points::new(&mut given, known));
        match catch_unwind(AssertUnwindSafe(collect)) {
            Ok(()) => {
                arranged.push(given);
                None
            }
            Err(payload) => {
                arranged.put_back(given);
                self.panics.fetch_add(1, Ordering::Relaxed);
                let problem = Problem::CollectorPanicked {
                    collector: self.title.to_owned(),
                    message: message_of(&*payload).to_owned(),
                };
                if !self.is_logged.swap(true, Ordering::Relaxed) {
                    log::error!("{problem}");
                }
                // It may panic when it is dropped.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
                Some(problem)
            }
        }
    }
}

fn message_of(payload: &(dyn Any + Send)) -> &str {
    match payload.downcast_ref::<String>() {
        Some(message) => message,
        None => payload.downcast_ref::<&str>().copied().unwrap_or("it does not say why"),
    }
}
