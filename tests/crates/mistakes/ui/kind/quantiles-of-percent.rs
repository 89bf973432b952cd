use measurand::unit::Seconds;
use measurand::{Metrics, Summary};

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Api {
    /// Time to answer.
    #[metric(quantiles = [(50, 0.01), (99, 0.001)])]
    duration_seconds: Summary<Seconds>,
}

fn main() {}
