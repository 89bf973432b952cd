use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Api {
    /// Time to answer.
    #[metric(quantiles = [(0.99, 0.001)])]
    duration_seconds: Histogram<Seconds>,
}

fn main() {}
