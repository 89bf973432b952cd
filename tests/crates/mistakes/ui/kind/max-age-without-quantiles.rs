use std::time::Duration;

use measurand::unit::Seconds;
use measurand::{Metrics, Summary};

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Api {
    /// Time to answer.
    #[metric(max_age = Duration::from_secs(60), age_buckets = 3)]
    duration_seconds: Summary<Seconds>,
    /// Time to send.
    #[metric(quantiles = [(0.5, 0.05)], max_age = 60, age_buckets = 0)]
    sent_seconds: Summary<Seconds>,
}

fn main() {}
