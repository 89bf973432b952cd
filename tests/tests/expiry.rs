//! Series that leave when nobody updates them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::Duration;

use measurand::runtime::FamilyOptions;
use measurand::unit::Seconds;
use measurand::{
    Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry,
};
use measurand_tests::{sample, samples};

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

#[test]
fn a_series_that_somebody_holds_stays() {
    #[derive(Metrics)]
    #[metrics(local)]
    struct Held {
        /// Records read.
        #[metric(max_series = 10, expire_after = AFTER)]
        held_records_total: Family<Partition, Counter>,
        /// Time to read.
        #[metric(max_series = 10, expire_after = AFTER)]
        held_duration_seconds: Family<Partition, Histogram<Seconds>>,
    }
    let registry = Registry::new();
    Held::register(&registry).unwrap();
    let metrics = Held::global();
    let kept = metrics.held_records_total.with(Partition(1)).keep();
    let clone = kept.clone();
    kept.inc();
    metrics.held_records_total.with(Partition(2)).inc();
    let timer = metrics.held_duration_seconds.with(Partition(1)).start_timer();
    text(&registry);
    drop(clone);
    for _ in 0..3 {
        sleep(2 * AFTER);
        text(&registry);
    }
    // Whatever comes late is on the page.
    kept.inc();
    timer.observe();
    let page = text(&registry);
    assert_eq!(sample(&page, r#"held_records_total{partition="1"}"#), 2.0);
    assert_eq!(sample(&page, r#"held_duration_seconds_count{partition="1"}"#), 1.0);
    assert!(!page.contains(r#"partition="2""#), "{page}");
    // Then nobody holds them.
    drop(kept);
    text(&registry);
    sleep(2 * AFTER);
    text(&registry);
    let page = text(&registry);
    assert!(!page.contains("held_"), "{page}");
}

#[test]
fn no_update_is_lost_on_its_way_to_a_series_that_expires() {
    #[derive(Metrics)]
    #[metrics(local)]
    struct Busy {
        /// Records read.
        #[metric(max_series = 100_000, expire_after = Duration::from_millis(1))]
        busy_records_total: Family<Partition, Counter>,
    }
    const SERIES: u32 = 3_000;
    // About as many series later as make the time after which one leaves.
    const LAG: u32 = 12;
    let registry = Registry::new();
    Busy::register(&registry).unwrap();
    let family = &Busy::global().busy_records_total;
    let is_done = AtomicBool::new(false);
    // Which of the two updates of each series a page has shown, whether it came again between them
    // or not.
    let mut shown = BTreeMap::<String, (bool, bool)>::new();
    std::thread::scope(|scope| {
        let updater = scope.spawn(|| {
            for number in 0..SERIES + LAG {
                if number < SERIES {
                    family.with(Partition(number)).inc();
                }
                if let Some(number) = number.checked_sub(LAG) {
                    family.with(Partition(number)).inc_by(1_000);
                }
                sleep(Duration::from_micros(30));
            }
            is_done.store(true, Ordering::Release);
        });
        loop {
            let is_last = is_done.load(Ordering::Acquire);
            let page = text(&registry);
            for line in samples(&page, "busy_records_total") {
                let (name, value) = line.rsplit_once(' ').unwrap();
                let value: u64 = value.parse().unwrap();
                assert!(matches!(value, 1 | 1_000 | 1_001), "{line}");
                let (first, second) = shown.entry(name.to_owned()).or_default();
                *first |= value % 1_000 == 1;
                *second |= value >= 1_000;
            }
            if is_last {
                assert!(samples(&page, "busy_records_total").len() < shown.len(), "some have left");
                break;
            }
        }
        updater.join().unwrap();
    });
    assert_eq!(shown.len(), SERIES as usize);
    let lost: Vec<_> = shown.iter().filter(|(_, shown)| **shown != (true, true)).collect();
    assert!(lost.is_empty(), "{lost:?}");
}
