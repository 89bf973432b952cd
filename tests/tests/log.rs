//! What is left out of a scrape stands in the log, once.

use std::sync::Mutex;

use measurand::{Counter, Gauge, Metrics};

/// The first by its place.
#[derive(Metrics)]
#[metrics(namespace = "logged", local)]
struct First {
    /// Things.
    things_total: Counter,
}

/// The same name, another kind in OpenMetrics.
#[derive(Metrics)]
#[metrics(namespace = "logged", local)]
struct Second {
    /// Things.
    things: Gauge,
}

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Keeps what is logged, and scrapes meanwhile, as a logger that measures itself might.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        First::global().things_total.inc();
        measurand::encode_text(&mut String::new());
        LINES.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

#[test]
fn a_conflict_is_logged_once_and_the_logger_may_scrape() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Error);
    Second::global().things.set(1);
    let mut text = String::new();
    for _ in 0..3 {
        text.clear();
        measurand::encode_text(&mut text);
    }
    let lines = LINES.lock().unwrap().clone();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains("`logged_things` of "), "{lines:?}");
    assert!(text.contains("\nlogged_things_total 1\n"), "{text}");
    assert!(text.contains("\nmeasurand_conflicts 1\n"), "{text}");
    assert!(!text.contains("logged_things 1"), "{text}");
}
