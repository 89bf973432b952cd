use measurand::unit::Seconds;
use measurand::{Histogram, Metrics, Read};

fn busy() -> std::time::Duration {
    std::time::Duration::ZERO
}

/// The queue.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Queue {
    /// Time that workers were busy.
    #[metric(read = busy)]
    busy_seconds: Read<Histogram<Seconds>>,
}

fn main() {}
