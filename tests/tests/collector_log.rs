//! What is wrong with a collector stands in the log, once.

use std::sync::Mutex;

use measurand::registry::{Collector, Point, Points};
use measurand::{Descriptor, Registry};

static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());
static REGISTRY: Mutex<Option<Registry>> = Mutex::new(None);

/// Keeps what is logged, and scrapes meanwhile, as a logger that measures itself might.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        let registry = REGISTRY.lock().unwrap().clone();
        registry.unwrap().encode_text(&mut String::new());
        LINES.lock().unwrap().push(record.args().to_string());
    }

    fn flush(&self) {}
}

struct Fails;

impl Collector for Fails {
    fn collect(&self, _: &mut Points<'_>) {
        panic!("the pool is gone")
    }
}

struct Confuses(Descriptor);

impl Collector for Confuses {
    fn collect(&self, points: &mut Points<'_>) {
        points.push(&self.0, &[], Point::counter(1_u32));
    }
}

#[test]
fn what_is_wrong_is_logged_once_and_the_logger_may_scrape() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Error);
    let registry = Registry::new();
    *REGISTRY.lock().unwrap() = Some(registry.clone());
    let level = Descriptor::gauge("level", "Level.").build().unwrap();
    let _fails = registry.register_collector(Fails).unwrap();
    let _confuses = registry.register_collector(Confuses(level)).unwrap();
    let mut text = String::new();
    for _ in 0..3 {
        text.clear();
        registry.encode_text(&mut text);
    }
    let mut lines = LINES.lock().unwrap().clone();
    lines.sort();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[1].ends_with(", and is left out: the pool is gone"), "{lines:?}");
    assert!(lines[1].contains("Fails`"), "{lines:?}");
    assert!(lines[0].contains("metric `level` of "), "{lines:?}");
    assert!(text.contains("\nmeasurand_conflicts 1\n"), "{text}");
    assert!(text.contains("Fails\"} "), "{text}");
}
