//! measurand by metrics that are updated by hand.

use ::measurand::unit::Seconds;
use ::measurand::{Counter, Family, Histogram, InProgress, LabelValue, Metrics};

use super::{Counted, Function, Instrumented, Odd};

pub(super) const INSTRUMENTED: Instrumented = Instrumented {
    name: "floor: by hand",
    calls: |function| match function {
        Function::Plain => super::calls(plain),
        Function::Fallible => super::calls(fallible),
        Function::Future => super::polls(future),
    },
    counted: Some(counted),
};

/// How a call ended.
#[derive(LabelValue, Clone, Copy)]
enum Outcome {
    Ok,
    Error,
}

/// Calls of a function.
#[derive(Metrics)]
#[metrics(group)]
struct CallMetrics {
    /// Calls that have ended.
    calls_total: Family<Outcome, Counter>,
    /// Time that calls took.
    duration_seconds: Histogram<Seconds>,
    /// Calls that run now.
    in_progress: InProgress,
}

/// Calls of all functions.
#[derive(Metrics)]
#[metrics(namespace = "by_hand", global = METRICS)]
struct ByHandMetrics {
    #[metric(flatten(prefix = "plain"))]
    plain: CallMetrics,
    #[metric(flatten(prefix = "fallible"))]
    fallible: CallMetrics,
    #[metric(flatten(prefix = "future"))]
    future: CallMetrics,
}

#[inline(never)]
fn plain(value: u64) -> u64 {
    let _running = METRICS.plain.in_progress.start();
    let _timer = METRICS.plain.duration_seconds.start_timer();
    let value = super::echo(value);
    METRICS.plain.calls_total.with(Outcome::Ok).inc();
    value
}

#[inline(never)]
fn fallible(value: u64) -> Result<u64, Odd> {
    let _running = METRICS.fallible.in_progress.start();
    let _timer = METRICS.fallible.duration_seconds.start_timer();
    let result = super::even(value);
    let outcome = if result.is_ok() { Outcome::Ok } else { Outcome::Error };
    METRICS.fallible.calls_total.with(outcome).inc();
    result
}

#[inline(never)]
async fn future(value: u64) -> u64 {
    let _running = METRICS.future.in_progress.start();
    let _timer = METRICS.future.duration_seconds.start_timer();
    let value = super::echo(value);
    METRICS.future.calls_total.with(Outcome::Ok).inc();
    value
}

fn counted(function: Function) -> Counted {
    let metrics = match function {
        Function::Plain => &METRICS.plain,
        Function::Fallible => &METRICS.fallible,
        Function::Future => &METRICS.future,
    };
    let errors = metrics.calls_total.with(Outcome::Error).get();
    Counted {
        calls: metrics.calls_total.with(Outcome::Ok).get() + errors,
        errors,
        timed: Some(metrics.duration_seconds.snapshot().count()),
    }
}
