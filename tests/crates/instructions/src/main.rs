//! Does one work a number of times and nothing else, so that `tests/instructions.rs` can count the
//! instructions: `instructions counter-inc 1000`.

use std::env;
use std::hint::black_box;
use std::time::Duration;

use measurand::unit::Seconds;
use measurand::{Counter, Gauge, Histogram, InProgress, Metrics, Registry};

/// Metrics with cells in every thread's slab, and a gauge.
#[derive(Metrics)]
#[metrics(namespace = "owned", global = METRICS)]
struct OwnedMetrics {
    /// Requests answered.
    requests_total: Counter,
    /// Requests waiting.
    queue_length: Gauge,
    /// Requests being answered.
    in_progress: InProgress,
    /// Time to answer.
    latency_seconds: Histogram<Seconds>,
}

/// A counter with a cell that threads share.
#[derive(Metrics)]
#[metrics(namespace = "shared", instance(shop: &str, route: &str, tenant: &str))]
struct CounterMetrics {
    /// Requests answered.
    requests_total: Counter,
}

/// A histogram with cells that threads share.
#[derive(Metrics)]
#[metrics(namespace = "shared", instance(route: &str))]
struct HistogramMetrics {
    /// Time to answer.
    latency_seconds: Histogram<Seconds>,
}

fn main() {
    let args: Vec<_> = env::args().skip(1).collect();
    let [work, rounds] = &args[..] else { panic!("type `instructions counter-inc 1000`") };
    let rounds = rounds.parse().expect("the number of rounds is a number");
    let registry = Registry::new();
    let durations = durations();
    match &**work {
        "counter-inc" => repeat(rounds, |_| METRICS.requests_total.inc()),
        "counter-inc-shared" => {
            let counter = CounterMetrics::register(&registry, "eu", "/orders", "t").unwrap();
            repeat(rounds, |_| counter.requests_total.inc());
        }
        "gauge-set" => repeat(rounds, |round| METRICS.queue_length.set(round as f64)),
        "in-progress" => repeat(rounds, |_| drop(black_box(METRICS.in_progress.start()))),
        "histogram-observe" => repeat(rounds, |round| {
            METRICS.latency_seconds.observe(durations[round % durations.len()]);
        }),
        "histogram-observe-shared" => {
            let histogram = HistogramMetrics::register(&registry, "/orders").unwrap();
            repeat(rounds, |round| {
                histogram.latency_seconds.observe(durations[round % durations.len()]);
            });
        }
        "encode-counters" => encode(rounds, &registry, 1_000, |index| {
            let shop = format!("eu-{}", index % 9);
            let route = format!("/orders/{:02}", index % 100);
            let tenant = format!("t{index:07}");
            let counter = CounterMetrics::register(&registry, &shop, &route, &tenant).unwrap();
            counter.requests_total.inc_by(1_000_000 + index);
            counter
        }),
        "encode-histograms" => encode(rounds, &registry, 100, |index| {
            let route = format!("/orders/{index:05}");
            let histogram = HistogramMetrics::register(&registry, &route).unwrap();
            durations.iter().for_each(|duration| histogram.latency_seconds.observe(*duration));
            histogram
        }),
        _ => panic!("there is no work `{work}`"),
    }
}

/// After each round anything in memory may have changed, as far as the compiler knows. So it does
/// each as if it stood alone.
fn repeat(rounds: usize, work: impl Fn(usize)) {
    for round in 0..rounds {
        work(black_box(round));
    }
}

fn encode<T>(rounds: usize, registry: &Registry, instances: u64, make: impl Fn(u64) -> T) {
    let _kept: Vec<T> = (0..instances).map(make).collect();
    let mut text = Vec::new();
    for _ in 0..rounds {
        text.clear();
        registry.encode_text_bytes(&mut text);
        black_box(&text);
    }
}

/// Durations in every bucket, from 3 ms to 15 s, in an order without a pattern.
fn durations() -> [Duration; 1024] {
    std::array::from_fn(|index| {
        // An odd factor reaches every remainder once.
        let part = (index * 389 % 1024) as f64 / 1024.0;
        Duration::from_secs_f64(0.003 * 5_000_f64.powf(part))
    })
}
