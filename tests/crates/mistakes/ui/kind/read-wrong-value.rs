use measurand::unit::Seconds;
use measurand::{Counter, Metrics, Read};

fn busy() -> u64 {
    3
}

/// The queue.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Queue {
    /// Time that workers were busy.
    #[metric(read = busy)]
    busy_seconds_total: Read<Counter<Seconds>>,
}

fn main() {}
