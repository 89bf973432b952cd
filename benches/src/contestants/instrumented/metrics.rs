//! metrics, updated by hand: there is no attribute for it.

use std::sync::LazyLock;
use std::time::Instant;

use ::metrics::{Counter, Gauge, Histogram, counter, gauge, histogram, with_local_recorder};
use ::metrics_exporter_prometheus::{PrometheusBuilder, PrometheusRecorder};

use super::{Function, Instrumented, Odd, Update};
use crate::input::BOUNDS;

pub(super) const INSTRUMENTED: Instrumented = Instrumented {
    name: "metrics by hand",
    calls: |function| {
        upkeep(match function {
            Function::Plain => super::calls(plain),
            Function::Fallible => super::calls(fallible),
            Function::Future => super::polls(future),
        })
    },
    counted: Some(|function| super::counted(&RECORDER.handle().render(), module_path!(), function)),
};

static RECORDER: LazyLock<PrometheusRecorder> =
    LazyLock::new(|| PrometheusBuilder::new().set_buckets(&BOUNDS).unwrap().build_recorder());

/// Handles that are kept; the macros would look them up at each call.
struct CallMetrics {
    ok: Counter,
    error: Counter,
    duration: Histogram,
    running: Gauge,
}

static PLAIN: LazyLock<CallMetrics> = LazyLock::new(|| CallMetrics::new(Function::Plain));
static FALLIBLE: LazyLock<CallMetrics> = LazyLock::new(|| CallMetrics::new(Function::Fallible));
static FUTURE: LazyLock<CallMetrics> = LazyLock::new(|| CallMetrics::new(Function::Future));

impl CallMetrics {
    fn new(function: Function) -> CallMetrics {
        let (name, module) = (function.name(), module_path!());
        let ended = |outcome: &'static str| {
            counter!(
                "function_calls_total",
                "function" => name, "module" => module, "outcome" => outcome
            )
        };
        with_local_recorder(&*RECORDER, || CallMetrics {
            ok: ended("ok"),
            error: ended("error"),
            duration: histogram!(
                "function_calls_duration_seconds",
                "function" => name, "module" => module
            ),
            running: gauge!("function_calls_running", "function" => name, "module" => module),
        })
    }
}

#[inline(never)]
fn plain(value: u64) -> u64 {
    PLAIN.running.increment(1.0);
    let start = Instant::now();
    let value = super::echo(value);
    PLAIN.duration.record(start.elapsed());
    PLAIN.ok.increment(1);
    PLAIN.running.decrement(1.0);
    value
}

#[inline(never)]
fn fallible(value: u64) -> Result<u64, Odd> {
    FALLIBLE.running.increment(1.0);
    let start = Instant::now();
    let result = super::even(value);
    FALLIBLE.duration.record(start.elapsed());
    let ended = if result.is_ok() { &FALLIBLE.ok } else { &FALLIBLE.error };
    ended.increment(1);
    FALLIBLE.running.decrement(1.0);
    result
}

#[inline(never)]
async fn future(value: u64) -> u64 {
    FUTURE.running.increment(1.0);
    let start = Instant::now();
    let value = super::echo(value);
    FUTURE.duration.record(start.elapsed());
    FUTURE.ok.increment(1);
    FUTURE.running.decrement(1.0);
    value
}

/// Counts at the end what was observed, as in the work of histograms.
fn upkeep(calls: Update) -> Update {
    let handle = RECORDER.handle();
    Box::new(move |times| {
        calls(times);
        handle.run_upkeep();
    })
}
