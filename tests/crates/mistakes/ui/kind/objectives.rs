use measurand::unit::Seconds;
use measurand::{Metrics, Summary};

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Api {
    /// Time to answer.
    #[metric(objectives = [(0.5, 0.05)])]
    duration_seconds: Summary<Seconds>,
}

fn main() {}
