//! Without the feature `record` everything is there, and nothing is counted.

#![cfg(not(feature = "record"))]

use std::time::Duration;

use measurand::unit::Seconds;
use measurand::{Counter, Gauge, Histogram, InProgress, Metrics, Registry};

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
    assert_eq!(text, "");
    let registry = Registry::new();
    Silent::register(&registry).unwrap();
    registry.encode_text(&mut text);
    assert!(text.contains("\nsilent_things_total 0\n"), "{text}");
}
