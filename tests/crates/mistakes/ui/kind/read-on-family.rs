use measurand::family::Method;
use measurand::{Family, Gauge, Metrics};

fn waiting() -> usize {
    3
}

/// The queue.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Queue {
    /// Jobs that wait.
    #[metric(read = waiting)]
    waiting_jobs: Family<Method, Gauge>,
}

fn main() {}
