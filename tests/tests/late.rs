//! What the linker did not bring is on the page from its first update on.

mod unlinked;

use std::sync::Barrier;
use std::thread;
use std::time::Duration;

use measurand::registry::Problem;
use measurand::unit::{Celsius, Joules, Seconds};
use measurand::{
    Calls, Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry,
    instrument_metrics,
};
use measurand_tests::{sample, samples};

fn page() -> String {
    let mut text = String::new();
    measurand::encode_text(&mut text);
    text
}

/// How many allocations that takes.
fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}

#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet, Clone, Copy)]
struct Shop<'a> {
    shop: &'a str,
}

/// Checks that something is on the page from its first update on, which the others add to, and that
/// these allocate nothing.
#[track_caller]
fn check(prefix: &str, update: impl Fn(), name: &str) {
    assert_eq!(samples(&page(), prefix), [""; 0]);
    update();
    assert_eq!(sample(&page(), name), 1.0);
    assert_eq!(allocations(&update), 0);
    assert_eq!(sample(&page(), name), 2.0);
}

/// A counter.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_plain")]
struct LateCounter {
    /// Things.
    things_total: Counter,
}

#[test]
fn a_counter_is_there_from_its_first_update_on() {
    let update = || LateCounter::global().things_total.inc();
    check("late_plain", update, "late_plain_things_total");
}

/// A counter of a fractional unit.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_float")]
struct LateFloat {
    /// Energy.
    used_joules_total: Counter<Joules>,
}

#[test]
fn a_counter_of_floats_is_there_from_its_first_update_on() {
    let update = || LateFloat::global().used_joules_total.inc_by(1.0);
    check("late_float", update, "late_float_used_joules_total");
}

/// A histogram.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_times")]
struct LateHistogram {
    /// Time.
    time_seconds: Histogram<Seconds>,
}

#[test]
fn a_histogram_is_there_from_its_first_update_on() {
    let update = || LateHistogram::global().time_seconds.observe(Duration::from_millis(5));
    check("late_times", update, "late_times_time_seconds_bucket{le=\"0.005\"}");
}

/// What runs.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_running")]
struct LateRunning {
    /// Jobs.
    jobs_in_progress: InProgress,
}

#[test]
fn what_runs_is_there_from_its_first_start_on() {
    let update = || std::mem::forget(LateRunning::global().jobs_in_progress.start());
    check("late_running", update, "late_running_jobs_in_progress");
}

/// A family of closed labels, in cells that could be in slabs.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_closed")]
struct LateClosed {
    /// Sales.
    sales_total: Family<Tender, Counter>,
}

#[test]
fn a_closed_family_is_there_from_its_first_update_on() {
    let update = || LateClosed::global().sales_total.with(Tender::Cash).inc();
    check("late_closed", update, "late_closed_sales_total{tender=\"cash\"}");
    assert_eq!(sample(&page(), "late_closed_sales_total{tender=\"card\"}"), 0.0);
}

/// A family of closed labels, which has cells of its own anyway.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_till")]
struct LateGauges {
    /// Heat of a drawer.
    drawer_celsius: Family<Tender, Gauge<Celsius>>,
}

#[test]
fn a_closed_family_of_gauges_is_there_from_its_first_update_on() {
    let update = || LateGauges::global().drawer_celsius.with(Tender::Card).add(1.0);
    check("late_till", update, "late_till_drawer_celsius{tender=\"card\"}");
}

/// A family of open labels.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_open")]
struct LateOpen {
    /// Visits.
    #[metric(max_series = 10)]
    visits_total: Family<Shop<'static>, Counter>,
    /// Visitors.
    #[metric(max_series = 10)]
    visitors: Family<Shop<'static>, Gauge>,
}

#[test]
fn an_open_family_is_there_from_its_first_update_on() {
    let update = || LateOpen::global().visits_total.with(Shop { shop: "north" }).inc();
    check("late_open_visits", update, "late_open_visits_total{shop=\"north\"}");
    LateOpen::global().visitors.with(Shop { shop: "south" }).set(3);
    assert_eq!(sample(&page(), "late_open_visitors{shop=\"south\"}"), 3.0);
}

/// A family of open labels, whose first series is kept.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_kept")]
struct LateKept {
    /// Visits.
    #[metric(max_series = 10)]
    visits_total: Family<Shop<'static>, Counter>,
}

#[test]
fn a_kept_series_is_there_from_its_first_update_on() {
    let kept = LateKept::global().visits_total.with(Shop { shop: "north" }).keep();
    kept.inc();
    assert_eq!(sample(&page(), "late_kept_visits_total{shop=\"north\"}"), 1.0);
}

/// Calls, by closed labels and by open ones.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_calls")]
struct LateCalls {
    /// Payments.
    payments: Calls<Tender>,
}

#[instrument_metrics(LateCalls::global().payments, labels(tender))]
fn pay(tender: Tender) {
    let _ = tender;
}

#[test]
fn calls_that_a_struct_counts_are_there_from_the_first_on() {
    let ended = "late_calls_payments_calls_total{tender=\"cash\",outcome=\"ok\"}";
    check("late_calls", || pay(Tender::Cash), ended);
}

/// Calls by open labels.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_open_calls")]
struct LateOpenCalls {
    /// Visits.
    #[metric(max_series = 10)]
    visits: Calls<Shop<'static>>,
}

#[instrument_metrics(LateOpenCalls::global().visits, labels(Shop { shop }))]
fn visit(shop: &str) {
    let _ = shop;
}

#[test]
fn calls_by_open_labels_are_there_from_the_first_on() {
    visit("north");
    let ended = "late_open_calls_visits_calls_total{shop=\"north\",outcome=\"ok\"}";
    assert_eq!(sample(&page(), ended), 1.0);
}

/// It is in the slice.
#[instrument_metrics]
fn linked_function() {}

#[instrument_metrics(crate = crate::unlinked)]
fn late_function() {}

#[instrument_metrics(crate = crate::unlinked)]
async fn late_async_function() -> Result<(), ()> {
    Err(())
}

fn function_calls(function: &str, outcome: &str) -> String {
    let labels = format!("function=\"{function}\",module=\"late\",outcome=\"{outcome}\"");
    format!("function_calls_total{{{labels}}}")
}

#[test]
fn a_function_is_there_from_its_first_call_on() {
    let ended = function_calls("late_function", "ok");
    check("function_calls_total{function=\"late_function\"", late_function, &ended);
    let text = page();
    assert_eq!(text.matches("# TYPE function_calls_total counter\n").count(), 1, "{text}");
    // It shares the families with those that the linker brought.
    assert_eq!(sample(&text, &function_calls("linked_function", "ok")), 0.0);
    linked_function();
}

#[tokio::test]
async fn an_async_function_is_there_from_its_first_call_on() {
    assert_eq!(late_async_function().await, Err(()));
    assert_eq!(sample(&page(), &function_calls("late_async_function", "error")), 1.0);
}

/// What many threads update first at once.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_race")]
struct LateRace {
    /// Things.
    things_total: Counter,
    /// Others.
    others_total: Counter,
    /// Visits.
    #[metric(max_series = 10)]
    visits_total: Family<Shop<'static>, Counter>,
}

#[instrument_metrics(crate = crate::unlinked)]
fn late_race() {}

#[test]
fn threads_that_come_at_once_have_one_struct() {
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for index in 0..8 {
            let barrier = &barrier;
            scope.spawn(move || {
                barrier.wait();
                let race = LateRace::global();
                if index % 2 == 0 {
                    race.things_total.inc();
                } else {
                    race.others_total.inc();
                }
                race.visits_total.with(Shop { shop: "north" }).inc();
                late_race();
                // What a thread has counted is on its page.
                assert!(sample(&page(), "late_race_visits_total{shop=\"north\"}") > 0.0);
            });
        }
    });
    let text = page();
    assert_eq!(sample(&text, "late_race_things_total"), 4.0);
    assert_eq!(sample(&text, "late_race_others_total"), 4.0);
    assert_eq!(sample(&text, "late_race_visits_total{shop=\"north\"}"), 8.0);
    assert_eq!(sample(&text, &function_calls("late_race", "ok")), 8.0);
    assert_eq!(text.matches("# TYPE late_race_things_total").count(), 1, "{text}");
}

/// It comes first.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_conflict", local)]
struct First {
    /// Things.
    things_total: Counter,
}

/// It comes second, with another kind of the same name.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_conflict", local)]
struct Second {
    /// Things.
    things: InProgress,
    /// Others.
    others_total: Counter,
}

#[test]
fn a_newcomer_that_conflicts_is_left_out_and_reported() {
    First::global().things_total.inc();
    let text = page();
    assert_eq!(sample(&text, "late_conflict_things_total"), 1.0);
    let guard = Second::global().things.start();
    Second::global().others_total.inc();
    let text = page();
    drop(guard);
    assert_eq!(sample(&text, "late_conflict_things_total"), 1.0);
    assert_eq!(sample(&text, "late_conflict_others_total"), 1.0);
    assert!(samples(&text, "late_conflict_things ").is_empty(), "{text}");
    assert!(sample(&text, "measurand_conflicts") >= 1.0);
    let error = Registry::global().validate().unwrap_err();
    let is_it = |problem: &Problem| matches!(problem, Problem::Conflict(conflict) if conflict.name == "late_conflict_things");
    assert!(error.problems().iter().any(is_it), "{error}");
}

/// It is registered before it is updated.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_registered")]
struct RegisteredFirst {
    /// Things.
    things_total: Counter,
}

/// It is registered when it was updated.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_updated")]
struct UpdatedFirst {
    /// Things.
    things_total: Counter,
}

#[test]
fn what_is_registered_by_hand_is_there_once() {
    RegisteredFirst::register(Registry::global()).unwrap();
    assert_eq!(sample(&page(), "late_registered_things_total"), 0.0);
    RegisteredFirst::global().things_total.inc();
    UpdatedFirst::global().things_total.inc();
    UpdatedFirst::register(Registry::global()).unwrap();
    for name in ["late_registered_things_total", "late_updated_things_total"] {
        let text = page();
        assert_eq!(sample(&text, name), 1.0);
        assert_eq!(samples(&text, name).len(), 1, "{text}");
    }
    // Of a registry of one's own it is no business.
    let mut text = String::new();
    Registry::new().encode_text(&mut text);
    assert_eq!(text, "");
}

/// What has nothing but gauges.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late_set")]
struct OnlyGauge {
    /// Things.
    things: Gauge,
}

#[test]
fn gauges_alone_are_registered_by_hand() {
    OnlyGauge::global().things.set(2);
    assert_eq!(samples(&page(), "late_set"), [""; 0]);
    OnlyGauge::register(Registry::global()).unwrap();
    assert_eq!(sample(&page(), "late_set_things"), 2.0);
}
