//! A scrape into a buffer that is kept allocates nothing.

use allocation_counter::measure;
use measurand::unit::Seconds;
use measurand::{Counter, Histogram, Metrics, Registry};

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
