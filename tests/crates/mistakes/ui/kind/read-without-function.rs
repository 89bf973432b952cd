use measurand::{Gauge, Metrics, Read};

/// The queue.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Queue {
    /// Jobs that wait.
    waiting_jobs: Read<Gauge>,
}

fn main() {}
