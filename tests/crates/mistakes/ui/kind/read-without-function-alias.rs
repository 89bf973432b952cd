use measurand::{Gauge, Metrics, Read};

type Length = Read<Gauge>;

/// The queue.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Queue {
    /// Jobs that wait.
    waiting_jobs: Length,
}

fn main() {}
