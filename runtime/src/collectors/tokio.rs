//! A Tokio runtime, as far as its stable API shows.

use ::tokio::runtime::Handle;

use super::built;
use crate::descriptor::Descriptor;
use crate::registry::{Collector, Point, Points};
use crate::unit::Seconds;

/// Shows a Tokio runtime.
///
/// | family | shows |
/// |---|---|
/// | `tokio_workers` | threads that run tasks |
/// | `tokio_alive_tasks` | tasks that were spawned and have not ended |
/// | `tokio_global_queue_depth` | tasks that wait for any worker |
/// | `tokio_worker_busy_seconds_total{worker}` | time that a worker was busy, updated when it parks |
/// | `tokio_worker_parks_total{worker}` | how often a worker went to sleep for lack of work |
/// | `tokio_worker_park_changes_total{worker}` | how often a worker went to sleep or woke up; odd while it sleeps |
///
/// The last three need a target with 64-bit atomics.
///
/// For several runtimes, register a collector for each, distinguished by a label:
///
/// ```
/// use measurand::Registry;
/// use measurand::collectors::TokioCollector;
///
/// let io = tokio::runtime::Builder::new_current_thread().build()?;
/// let registry = Registry::new();
/// let labelled = registry.with_label("runtime", "io")?;
/// let _collector = labelled.register_collector(TokioCollector::new(io.handle().clone()))?;
/// let mut text = String::new();
/// registry.encode_text(&mut text);
/// assert!(text.contains("tokio_workers{runtime=\"io\"} 1\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Each worker of actix-web is a separate runtime with one thread.
#[derive(Debug)]
pub struct TokioCollector {
    handle: Handle,
    workers: Descriptor,
    alive_tasks: Descriptor,
    global_queue_depth: Descriptor,
    #[cfg(target_has_atomic = "64")]
    of_worker: OfWorker,
}

/// Families with a series for each worker.
#[cfg(target_has_atomic = "64")]
#[derive(Debug)]
struct OfWorker {
    busy: Descriptor,
    parks: Descriptor,
    park_changes: Descriptor,
}

impl TokioCollector {
    /// Creates a collector of the runtime of `handle`. It does not keep the runtime from shutting
    /// down; the last values are shown afterwards.
    #[must_use = "it shows nothing until it is registered"]
    pub fn new(handle: Handle) -> TokioCollector {
        let gauge = |name: &str, help: &str| built(Descriptor::gauge(name, help));
        TokioCollector {
            handle,
            workers: gauge("tokio_workers", "Threads that run tasks."),
            alive_tasks: gauge("tokio_alive_tasks", "Tasks that were spawned and have not ended."),
            global_queue_depth: gauge(
                "tokio_global_queue_depth",
                "Tasks that wait for any worker.",
            ),
            #[cfg(target_has_atomic = "64")]
            of_worker: OfWorker::new(),
        }
    }
}

#[cfg(target_has_atomic = "64")]
impl OfWorker {
    fn new() -> OfWorker {
        let counter = |name: &str, help: &str| Descriptor::counter(name, help).labels(["worker"]);
        OfWorker {
            busy: built(
                counter(
                    "tokio_worker_busy_seconds_total",
                    "Time that the worker was busy, told when it parks.",
                )
                .unit::<Seconds>(),
            ),
            parks: built(counter(
                "tokio_worker_parks_total",
                "Times that the worker went to sleep for lack of work.",
            )),
            park_changes: built(counter(
                "tokio_worker_park_changes_total",
                "Times that the worker went to sleep or woke; odd while it sleeps.",
            )),
        }
    }
}

impl Collector for TokioCollector {
    fn describe(&self) -> Vec<Descriptor> {
        let runtime = [&self.workers, &self.alive_tasks, &self.global_queue_depth];
        #[cfg_attr(not(target_has_atomic = "64"), allow(unused_mut, reason = "nothing more"))]
        let mut families: Vec<_> = runtime.map(Descriptor::clone).into();
        #[cfg(target_has_atomic = "64")]
        {
            let OfWorker { busy, parks, park_changes } = &self.of_worker;
            families.extend([busy, parks, park_changes].map(Descriptor::clone));
        }
        families
    }

    fn collect(&self, points: &mut Points<'_>) {
        let metrics = self.handle.metrics();
        points.push(&self.workers, &[], Point::gauge(metrics.num_workers()));
        points.push(&self.alive_tasks, &[], Point::gauge(metrics.num_alive_tasks()));
        points.push(&self.global_queue_depth, &[], Point::gauge(metrics.global_queue_depth()));
        #[cfg(target_has_atomic = "64")]
        for worker in 0..metrics.num_workers() {
            let OfWorker { busy, parks, park_changes } = &self.of_worker;
            let label = &[worker.to_string()];
            let label = &label.each_ref().map(String::as_str);
            let busy_time = metrics.worker_total_busy_duration(worker);
            points.push(busy, label, Point::counter(busy_time));
            points.push(parks, label, Point::counter(metrics.worker_park_count(worker)));
            let changes = metrics.worker_park_unpark_count(worker);
            points.push(park_changes, label, Point::counter(changes));
        }
    }
}
