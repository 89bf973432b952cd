use measurand::{Gauge, Metrics, Read};

fn waiting() -> usize {
    3
}

/// The queue.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Queue {
    /// Jobs that wait.
    #[metric(read = waiting())]
    waiting_jobs: Read<Gauge>,
}

fn main() {}
