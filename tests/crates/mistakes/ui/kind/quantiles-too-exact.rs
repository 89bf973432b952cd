use measurand::unit::Seconds;
use measurand::{Metrics, Summary};

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Api {
    /// Time to answer.
    #[metric(quantiles = [(0.5, 0.00001)])]
    duration_seconds: Summary<Seconds>,
    /// Time to send.
    #[metric(quantiles = [(0.5, 0)])]
    sent_seconds: Summary<Seconds>,
}

fn main() {}
