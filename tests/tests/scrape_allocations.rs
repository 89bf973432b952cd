//! A scrape into a buffer that is kept allocates nothing.

use std::sync::{Mutex, MutexGuard};

use allocation_counter::measure;
use measurand::unit::Seconds;
use measurand::{Counter, Family, Gauge, Histogram, LabelSet, LabelValue, Metrics, Registry};

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
    }
    text.reserve(1 << 16);
    let allocations = measure(|| {
        for _ in 0..10 {
            text.clear();
            registry.encode_text(&mut text);
        }
    });
    assert_eq!(allocations.count_total, 0);
    assert!(text.contains("allocations_things_total{name=\"99\"} 1000000\n"));
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
