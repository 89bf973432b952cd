//! Without the feature `record` everything is there, and nothing is counted.

#![cfg(not(feature = "record"))]

use std::time::Duration;

use measurand::calls::Outcome;
use measurand::unit::Seconds;
use measurand::{
    Calls, Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry,
    instrument_metrics,
};

/// One of each.
#[derive(Metrics)]
#[metrics(namespace = "silent", global = SILENT)]
struct Silent {
    /// Things.
    things_total: Counter,
    /// A level.
    level: Gauge,
    /// Running now.
    in_progress: InProgress,
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
}

#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet, Clone, Copy)]
struct Sale<'a> {
    tender: Tender,
    shop: &'a str,
}

/// Families.
#[derive(Metrics)]
#[metrics(namespace = "silent_family", local)]
struct SilentFamilies {
    /// Things.
    things_total: Family<Tender, Counter>,
    /// A level.
    level: Family<Tender, Gauge>,
    /// Running now.
    in_progress: Family<Tender, InProgress>,
    /// Time to wait.
    wait_seconds: Family<Tender, Histogram<Seconds>>,
    /// Sales.
    #[metric(max_series = 2)]
    sales_total: Family<Sale<'static>, Counter>,
    /// Sales running.
    #[metric(max_series = 2)]
    sales_in_progress: Family<Sale<'static>, InProgress>,
    /// Time to sell.
    #[metric(max_series = 2)]
    sale_seconds: Family<Sale<'static>, Histogram<Seconds>>,
}

#[test]
fn families_count_nothing_and_make_no_series() {
    let registry = Registry::new();
    SilentFamilies::register(&registry).unwrap();
    let silent = SilentFamilies::global();
    silent.things_total.with(Tender::Cash).inc();
    silent.things_total.with(Tender::Cash).keep().inc_by(5);
    silent.level.with(Tender::Card).set(5);
    let _guard = silent.in_progress.with(Tender::Cash).start();
    assert_eq!(silent.wait_seconds.with(Tender::Cash).time(|| 7), 7);
    silent.wait_seconds.with(Tender::Cash).observe(Seconds::from_f64(f64::NAN));
    let mut guards = Vec::new();
    for shop in ["a", "b", "c"] {
        let sale = Sale { tender: Tender::Card, shop };
        silent.sales_total.with(sale).inc();
        let kept = silent.sales_total.with(sale).keep();
        kept.inc();
        assert_eq!((kept.get(), silent.sales_total.with(sale).get()), (0, 0));
        guards.push(silent.sales_in_progress.with(sale).start());
        assert_eq!(silent.sales_in_progress.with(sale).get(), 0);
        drop(silent.sale_seconds.with(sale).start_timer());
        silent.sale_seconds.with(sale).start_timer().observe();
        assert_eq!(silent.sale_seconds.with(sale).snapshot().count(), 0);
        assert!(!silent.sales_total.remove(sale));
    }
    assert_eq!(silent.wait_seconds.with(Tender::Cash).snapshot().count(), 0);
    assert!(!silent.things_total.remove(Tender::Cash));
    assert_eq!(silent.remove_where(|_| true), 0);
    silent.sales_total.clear();
    let mut text = String::new();
    registry.encode_text(&mut text);
    assert!(text.contains("\nsilent_family_things_total{tender=\"cash\"} 0\n"), "{text}");
    assert!(!text.contains("sale"), "{text}");
    assert!(!text.contains("measurand_"), "{text}");
}

/// Calls.
#[derive(Metrics)]
#[metrics(namespace = "silent_calls", global = SILENT_CALLS)]
struct SilentCalls {
    /// Things.
    thing: Calls,
    /// Sales.
    #[metric(max_series = 2)]
    sale: Calls<Sale<'static>>,
}

#[instrument_metrics]
fn alone(number: u32) -> Result<u32, u32> {
    if number > 1 { Err(number) } else { Ok(number) }
}

#[instrument_metrics(SILENT_CALLS.thing)]
async fn in_a_field(number: u32) -> u32 {
    number
}

#[instrument_metrics(SILENT_CALLS.sale, labels(tender = Tender::Cash, shop = shop))]
fn sell(shop: &str) -> usize {
    shop.len()
}

#[test]
fn functions_run_and_their_calls_are_not_counted() {
    assert_eq!((alone(1), alone(2)), (Ok(1), Err(2)));
    let mut future = std::pin::pin!(in_a_field(7));
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    assert!(std::future::Future::poll(future.as_mut(), &mut context).is_ready());
    assert_eq!(sell("acme"), 4);
    let call = SILENT_CALLS.sale.with(Sale { tender: Tender::Card, shop: "acme" }).start();
    call.end(Outcome::Ok);
    assert_eq!(SILENT_CALLS.thing.count(Outcome::Ok), 0);
    assert_eq!((SILENT_CALLS.thing.in_progress(), SILENT_CALLS.thing.durations().count()), (0, 0));
    let registry = Registry::new();
    SilentCalls::register(&registry).unwrap();
    let mut text = String::new();
    registry.encode_text(&mut text);
    assert!(text.contains("silent_calls_thing_calls_total{outcome=\"ok\"} 0\n"), "{text}");
    assert!(!text.contains("acme"), "{text}");
}

#[test]
fn nothing_is_counted_and_nothing_is_linked() {
    SILENT.things_total.inc();
    SILENT.level.set(5);
    let _guard = SILENT.in_progress.start();
    SILENT.wait_seconds.observe(Duration::from_secs(1));
    SILENT.wait_seconds.observe(Seconds::from_f64(f64::NAN));
    assert_eq!(SILENT.wait_seconds.time(|| 7), 7);
    assert_eq!(SILENT.things_total.get(), 0);
    assert_eq!(SILENT.level.get(), 0.0);
    assert_eq!(SILENT.in_progress.get(), 0);
    assert_eq!(SILENT.wait_seconds.snapshot().count(), 0);

    let mut text = String::new();
    measurand::encode_text(&mut text);
    // A page that shows nothing says why.
    assert!(text.starts_with("# Nothing is recorded: the feature `record` "), "{text}");
    assert_eq!(text.lines().count(), 1);
    let registry = Registry::new();
    Silent::register(&registry).unwrap();
    registry.encode_text(&mut text);
    assert!(text.contains("\nsilent_things_total 0\n"), "{text}");
}
