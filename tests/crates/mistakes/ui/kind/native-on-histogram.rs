use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native")]
struct Things {
    /// A thing.
    #[metric(native(factor = 1.1))]
    duration_seconds: Histogram<Seconds>,
}

fn main() {}
