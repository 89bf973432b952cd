//! A scrape into a buffer that is kept allocates nothing.

use std::sync::{Mutex, MutexGuard};

use allocation_counter::measure;
use futures_util::FutureExt as _;
use measurand::exposition::{Encoder, Format};
use measurand::unit::Seconds;
use measurand::{
    Calls, Counter, Family, Gauge, Histogram, LabelSet, LabelValue, Metrics, NativeHistogram,
    Registry, WithExemplars, instrument_metrics,
};

/// Scrapes that run at the same time need room for one more.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Some of each.
#[derive(Metrics)]
#[metrics(namespace = "allocations", instance(name: &str))]
struct Some {
    /// Things.
    things_total: Counter,
    /// Time spent.
    spent_seconds_total: Counter<Seconds>,
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
    /// Size, in native buckets.
    #[metric(buckets = [1, 10])]
    size: NativeHistogram,
    /// With exemplars.
    traced_total: WithExemplars<Counter>,
    /// With exemplars, in buckets.
    traced_seconds: WithExemplars<Histogram<Seconds>>,
}

#[instrument_metrics]
fn call(fails: bool) -> Result<u32, String> {
    if fails { Err(String::new()) } else { Ok(1) }
}

#[instrument_metrics]
async fn call_later(fails: bool) -> Result<u32, String> {
    std::future::ready(()).await;
    if fails { Err(String::new()) } else { Ok(1) }
}

#[instrument_metrics]
async fn cancelled() {
    std::future::pending().await
}

/// Calls of one's own.
#[derive(Metrics)]
#[metrics(namespace = "allocations_of", global = CALLS)]
struct CallMetrics {
    /// Sales.
    #[metric(max_series = 100)]
    sale: Calls<Sale<'static>>,
}

#[instrument_metrics(CALLS.sale, labels(tender = Tender::Cash, shop = shop, number = number))]
fn sell(shop: &str, number: u32) -> Result<u32, String> {
    let _ = shop;
    Ok(number)
}

#[test]
fn an_instrumented_call_allocates_nothing() {
    let _alone = alone();
    let shop = "a shop whose name takes more than twenty-three bytes";
    let work = || {
        for fails in [false, true] {
            assert_eq!(call(fails).is_err(), fails);
            assert_eq!(call_later(fails).now_or_never().unwrap().is_err(), fails);
            assert!(cancelled().now_or_never().is_none());
        }
        sell(shop, 7).unwrap();
    };
    work();
    let allocations = measure(|| (0..1_000).for_each(|_| work()));
    assert_eq!(allocations.count_total, 0);
    let mut text = String::new();
    measurand::encode_text(&mut text);
    let labels = "function=\"cancelled\",module=\"scrape_allocations\",outcome=\"cancelled\"";
    assert!(text.contains(&format!("function_calls_total{{{labels}}} 2002\n")), "{text}");

    // Nor does a scrape of what was counted.
    let allocations = measure(|| {
        for _ in 0..10 {
            text.clear();
            measurand::encode_text(&mut text);
            work();
        }
    });
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn a_scrape_into_a_kept_buffer_allocates_nothing() {
    let _alone = alone();
    // So that there are slabs before the first scrape.
    StaticFamilies::global().things_total.with(Tender::Cash).inc();
    let registry = Registry::new();
    let kept: Vec<_> =
        (0..100).map(|name| Some::register(&registry, &name.to_string()).unwrap()).collect();
    let mut text = String::new();
    registry.encode_text(&mut text);
    for some in &kept {
        some.things_total.inc_by(1_000_000);
        some.spent_seconds_total.inc_by(Seconds::from_f64(1.25));
        some.wait_seconds.observe(Seconds::from_f64(0.125));
        (0..50).for_each(|size| some.size.observe(1 << size));
        some.traced_total.inc_by_with_exemplar(1, &[("trace_id", "4bf92f")]);
        let time = Seconds::from_f64(0.125);
        some.traced_seconds.observe_with_exemplar(time, &[("trace_id", "4bf92f")]);
    }
    registry.encode_text(&mut text);
    text.reserve(1 << 16);
    let allocations = measure(|| {
        for _ in 0..10 {
            text.clear();
            registry.encode_text(&mut text);
        }
    });
    assert_eq!(allocations.count_total, 0);
    assert!(text.contains("allocations_things_total{name=\"99\"} 1000000\n"));

    for format in Format::ALL {
        for created in [false, true] {
            let encoder = Encoder::new(*format).created_samples(created);
            let mut page = Vec::new();
            encoder.encode(&registry, &mut page).unwrap();
            page.reserve(1 << 16);
            let allocations = measure(|| {
                for _ in 0..10 {
                    page.clear();
                    encoder.encode(&registry, &mut page).unwrap();
                }
            });
            assert_eq!(allocations.count_total, 0, "{format}");
            assert!(*format == Format::Text || page.windows(6).any(|it| it == b"4bf92f"));
        }
    }
}

#[test]
fn an_update_allocates_nothing() {
    let _alone = alone();
    let some = Some::register(&Registry::new(), "a").unwrap();
    some.wait_seconds.observe(Seconds::from_f64(0.125));
    let allocations = measure(|| {
        for _ in 0..1_000 {
            some.things_total.inc();
            some.wait_seconds.time(|| {});
        }
    });
    assert_eq!(allocations.count_total, 0);
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
    number: u32,
}

/// Families.
#[derive(Metrics)]
#[metrics(namespace = "family_allocations", instance(name: &str))]
struct Families {
    /// Things.
    things_total: Family<Tender, Counter>,
    /// A level.
    level: Family<Tender, Gauge>,
    /// Sales.
    #[metric(max_series = 100)]
    sales_total: Family<Sale<'static>, Counter>,
    /// Time to sell.
    #[metric(max_series = 100)]
    sale_seconds: Family<Sale<'static>, Histogram<Seconds>>,
}

/// The same in slabs.
#[derive(Metrics)]
#[metrics(namespace = "static_family_allocations", local)]
struct StaticFamilies {
    /// Things.
    things_total: Family<Tender, Counter>,
    /// Time to wait.
    wait_seconds: Family<Tender, Histogram<Seconds>>,
    /// Sales.
    #[metric(max_series = 100)]
    sales_total: Family<Sale<'static>, Counter>,
}

/// Updates series that are all there.
fn update(families: &Families, shop: &str) {
    let of_statics = StaticFamilies::global();
    for number in 0..50 {
        for tender in [Tender::Cash, Tender::Card] {
            let sale = Sale { tender, shop, number };
            families.things_total.with(tender).inc();
            families.level.with(tender).set(number);
            families.sales_total.with(sale).inc();
            families.sale_seconds.with(sale).observe(Seconds::from_f64(0.125));
            families.sale_seconds.with(sale).time(|| ());
            of_statics.things_total.with(tender).inc();
            of_statics.wait_seconds.with(tender).time(|| ());
            of_statics.sales_total.with(sale).keep().inc();
            assert!(families.sales_total.with(sale).get() > 0);
        }
    }
    // These are turned away.
    for number in 50..100 {
        families.sales_total.with(Sale { tender: Tender::Cash, shop, number }).inc();
    }
}

#[test]
fn updates_and_scrapes_of_families_allocate_nothing_unless_series_come() {
    let _alone = alone();
    // Too long to stand in a value itself.
    let shop = "a shop whose name takes more than twenty-three bytes";
    let registry = Registry::new();
    let families = Families::register(&registry, "a").unwrap();
    StaticFamilies::register(&registry).unwrap();
    let mut text = String::with_capacity(1 << 20);
    for _ in 0..2 {
        update(&families, shop);
        registry.encode_text(&mut text);
        text.clear();
    }
    let allocations = measure(|| {
        for _ in 0..10 {
            update(&families, shop);
            text.clear();
            registry.encode_text(&mut text);
        }
    });
    assert_eq!(allocations.count_total, 0);
    assert!(text.contains(",number=\"7\"} 12\n"));
    // Also where closed series were cleared, and after open ones have left.
    StaticFamilies::global().things_total.clear();
    StaticFamilies::global().wait_seconds.clear();
    families.things_total.clear();
    assert!(families.sales_total.remove(Sale { tender: Tender::Cash, shop, number: 3 }));
    text.clear();
    registry.encode_text(&mut text);
    let allocations = measure(|| {
        for _ in 0..10 {
            text.clear();
            registry.encode_text(&mut text);
        }
    });
    assert_eq!(allocations.count_total, 0);
    let gone = format!("sales_total{{name=\"a\",tender=\"cash\",shop=\"{shop}\",number=\"3\"}}");
    assert!(text.contains("tender=\"cash\"") && !text.contains(&gone), "{text}");
}
