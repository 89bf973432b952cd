//! The smallest program that measures something with prometheus.

use std::sync::LazyLock;
use std::time::Duration;

use prometheus::{Histogram, IntCounter, TextEncoder, register_histogram, register_int_counter};

static REQUESTS: LazyLock<IntCounter> = LazyLock::new(|| {
    register_int_counter!("minimal_requests_total", "Requests answered.").unwrap()
});
static LATENCY: LazyLock<Histogram> = LazyLock::new(|| {
    register_histogram!("minimal_latency_seconds", "Time to answer.").unwrap()
});

fn main() {
    REQUESTS.inc();
    LATENCY.observe(Duration::from_millis(3).as_secs_f64());

    let text = TextEncoder::new().encode_to_string(&prometheus::gather()).unwrap();
    print!("{text}");
}
