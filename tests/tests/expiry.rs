//! Series that leave when nobody updates them.

use std::thread::sleep;
use std::time::Duration;

use measurand::family::FamilyOptions;
use measurand::unit::Seconds;
use measurand::{
    Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry,
};
use measurand_tests::sample;

#[derive(LabelValue)]
struct Partition(u32);

const AFTER: Duration = Duration::from_millis(50);

/// Of a test.
#[derive(Metrics)]
#[metrics(local)]
struct Expiring {
    /// Records read.
    #[metric(max_series = 10, expire_after = AFTER)]
    records_total: Family<Partition, Counter>,
    /// Records waiting.
    #[metric(max_series = 10, expire_after = Duration::from_millis(50))]
    lag: Family<Partition, Gauge>,
    /// Reads running.
    #[metric(max_series = 10, expire_after = AFTER)]
    reads: Family<Partition, InProgress>,
    /// Time to read.
    #[metric(max_series = 10, expire_after = AFTER)]
    read_duration_seconds: Family<Partition, Histogram<Seconds>>,
    /// Records that stay.
    #[metric(max_series = 10)]
    kept_total: Family<Partition, Counter>,
}

fn text(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

#[test]
fn a_series_leaves_when_nobody_updates_it() {
    let registry = Registry::new();
    Expiring::register(&registry).unwrap();
    let metrics = Expiring::global();
    let update = |partition: u32| {
        metrics.records_total.with(Partition(partition)).inc();
        metrics.lag.with(Partition(partition)).set(5.0);
        metrics.read_duration_seconds.with(Partition(partition)).observe(AFTER);
        metrics.kept_total.with(Partition(partition)).inc();
    };
    update(1);
    update(2);
    let running = metrics.reads.with(Partition(1)).start();
    drop(metrics.reads.with(Partition(2)).start());
    text(&registry);
    // Partition 1 is in use all the time, though its gauge is set to the same value each time.
    let mut page = String::new();
    for _ in 0..3 {
        sleep(2 * AFTER);
        update(1);
        page = text(&registry);
    }
    assert_eq!(sample(&page, r#"records_total{partition="1"}"#), 4.0);
    assert_eq!(sample(&page, r#"lag{partition="1"}"#), 5.0);
    assert_eq!(sample(&page, r#"reads{partition="1"}"#), 1.0);
    assert_eq!(sample(&page, r#"read_duration_seconds_count{partition="1"}"#), 4.0);
    let left: Vec<_> = page.lines().filter(|line| line.contains(r#""2""#)).collect();
    assert_eq!(left, [r#"kept_total{partition="2"} 1"#]);

    // What comes again starts at 0, and what ends is no longer in use.
    update(2);
    drop(running);
    assert_eq!(sample(&text(&registry), r#"records_total{partition="2"}"#), 1.0);
    sleep(2 * AFTER);
    text(&registry);
    assert!(!text(&registry).contains("reads"));
}

#[test]
fn an_expired_series_makes_room_for_another() {
    #[derive(LabelSet)]
    struct Labels<'a> {
        tenant: &'a str,
    }
    #[derive(Metrics)]
    #[metrics(local)]
    struct Full {
        /// Requests.
        #[metric(max_series = 1, expire_after = AFTER)]
        requests_total: Family<Labels<'static>, Counter>,
    }
    let registry = Registry::new();
    Full::register(&registry).unwrap();
    let requests = &Full::global().requests_total;
    requests.with(Labels { tenant: "a" }).inc();
    text(&registry);
    requests.with(Labels { tenant: "b" }).inc();
    sleep(2 * AFTER);
    text(&registry);
    requests.with(Labels { tenant: "b" }).inc();
    assert_eq!(sample(&text(&registry), r#"requests_total{tenant="b"}"#), 1.0);
}

#[test]
fn a_family_that_is_made_at_run_time_can_expire_too() {
    let registry = Registry::new();
    let family = FamilyOptions::new("late_total", "Of a test.").max_series(5).expire_after(AFTER);
    let family = family.register::<Counter, 1>(&registry, ["a"]).unwrap();
    family.with(["x"]).inc();
    assert!(text(&registry).contains("late_total{a=\"x\"} 1\n"));
    sleep(2 * AFTER);
    text(&registry);
    assert_eq!(text(&registry), "");
}
