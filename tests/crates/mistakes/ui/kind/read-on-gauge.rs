use measurand::{Gauge, Metrics};

fn waiting() -> usize {
    3
}

/// The queue.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Queue {
    /// Jobs that wait.
    #[metric(read = waiting)]
    waiting_jobs: Gauge,
}

fn main() {}
