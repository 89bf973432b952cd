//! Does one work a number of times and nothing else, so that `tests/instructions.rs` can count the
//! instructions: `instructions counter-inc 1000`.

use std::env;
use std::future::Future as _;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use measurand::family::StatusClass;
use measurand::unit::Seconds;
use measurand::{
    Calls, Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry,
    instrument_metrics,
};

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

/// What calls are about.
#[derive(Clone, Copy, LabelValue)]
enum Op {
    Even,
    Odd,
}

/// Labels of which the compiler does not know every value.
#[derive(LabelSet)]
struct OpenLabels<'a> {
    op: Op,
    tenant: &'a str,
}

/// Series that are looked up by their labels.
#[derive(Metrics)]
#[metrics(namespace = "family", global = FAMILIES)]
struct FamilyMetrics {
    /// Requests by closed labels.
    closed_requests_total: Family<(Op, StatusClass), Counter>,
    /// Requests by open labels.
    #[metric(max_series = 2_000)]
    open_requests_total: Family<OpenLabels<'static>, Counter>,
    /// Time to answer, by open labels.
    #[metric(max_series = 2_000)]
    open_latency_seconds: Family<OpenLabels<'static>, Histogram<Seconds>>,
    /// Open calls.
    #[metric(max_series = 2_000)]
    open: Calls<OpenLabels<'static>>,
}

#[instrument_metrics(
    FAMILIES.open,
    labels(op = op(round), tenant = TENANTS[round % TENANTS.len()]),
    sample = 64
)]
#[inline(never)]
fn open_call(round: usize) -> usize {
    black_box(round)
}

const TENANTS: [&str; 4] = ["t0000000", "t0000001", "t0000002", "t0000003"];

fn op(round: usize) -> Op {
    if round.is_multiple_of(2) { Op::Even } else { Op::Odd }
}

fn open_labels(round: usize) -> OpenLabels<'static> {
    OpenLabels { op: op(round), tenant: TENANTS[round % TENANTS.len()] }
}

/// Calls of one's own.
#[derive(Metrics)]
#[metrics(namespace = "calls", global = CALLS)]
struct CallMetrics {
    /// Rounds.
    round: Calls<Op>,
}

#[instrument_metrics(
    CALLS.round,
    labels(op = if round.is_multiple_of(2) { Op::Even } else { Op::Odd }),
    sample = 64
)]
#[inline(never)]
fn sampled_field_call(round: usize) -> usize {
    black_box(round)
}

/// The same without being counted, to be taken away from what the others take.
#[inline(never)]
fn bare_call(round: usize) -> usize {
    black_box(round)
}

#[instrument_metrics(skip(duration))]
#[inline(never)]
fn counted_call(round: usize) -> usize {
    black_box(round)
}

#[instrument_metrics(sample = 64)]
#[inline(never)]
fn sampled_call(round: usize) -> usize {
    black_box(round)
}

#[instrument_metrics(sample = 64)]
#[inline(never)]
fn sampled_result_call(round: usize) -> Result<usize, usize> {
    if round.is_multiple_of(2) { Ok(black_box(round)) } else { Err(round) }
}

#[instrument_metrics(sample = 64)]
async fn sampled_async_call(round: usize) -> Result<usize, usize> {
    if round.is_multiple_of(2) { Ok(black_box(round)) } else { Err(round) }
}

fn main() {
    let args: Vec<_> = env::args().skip(1).collect();
    let [work, rounds] = &args[..] else { panic!("type `instructions counter-inc 1000`") };
    let rounds = rounds.parse().expect("the number of rounds is a number");
    let registry = Registry::new();
    let durations = durations();
    match &**work {
        "call-bare" => repeat(rounds, |round| _ = black_box(bare_call(round))),
        "call" => repeat(rounds, |round| _ = black_box(counted_call(round))),
        "call-sampled" => repeat(rounds, |round| _ = black_box(sampled_call(round))),
        "call-field" => repeat(rounds, |round| _ = black_box(sampled_field_call(round))),
        "call-result" => repeat(rounds, |round| {
            let _ = black_box(sampled_result_call(round));
        }),
        "call-async" => repeat(rounds, |round| {
            let mut context = Context::from_waker(Waker::noop());
            let mut call = pin!(sampled_async_call(round));
            let _ = black_box(call.as_mut().poll(&mut context));
        }),
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
        "closed-inc" => repeat(rounds, |round| {
            let status = if round.is_multiple_of(3) {
                StatusClass::Success
            } else {
                StatusClass::ClientError
            };
            FAMILIES.closed_requests_total.with((op(round), status)).inc();
        }),
        "open-inc" => repeat(rounds, |round| {
            FAMILIES.open_requests_total.with(open_labels(round)).inc();
        }),
        "open-observe" => repeat(rounds, |round| {
            let series = FAMILIES.open_latency_seconds.with(open_labels(round));
            series.observe(durations[round % durations.len()]);
        }),
        "kept-inc" => {
            let kept = FAMILIES.open_requests_total.with(open_labels(0)).keep();
            repeat(rounds, |_| kept.inc());
        }
        "call-open" => repeat(rounds, |round| _ = black_box(open_call(round))),
        "encode-open" => {
            for index in 0..1_000 {
                let labels = OpenLabels { op: op(index), tenant: &format!("t{index:07}") };
                FAMILIES.open_requests_total.with(labels).inc_by(1_000_000 + index as u64);
            }
            encode(rounds, Registry::global(), 0, |_| ());
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
