//! The smallest program that measures something with measurand.

use std::time::Duration;

use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics};

/// What the program does.
#[derive(Metrics)]
#[metrics(namespace = "minimal", global = METRICS)]
struct MinimalMetrics {
    /// Requests answered.
    requests_total: Counter,
    /// Time to answer.
    latency_seconds: Histogram<Seconds>,
}

fn main() {
    METRICS.requests_total.inc();
    METRICS.latency_seconds.observe(Duration::from_millis(3));

    let mut text = String::new();
    measurand::encode_text(&mut text);
    print!("{text}");
}
