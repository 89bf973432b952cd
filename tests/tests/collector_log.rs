//! What is wrong with a collector stands in the log, once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use measurand::exposition::encode_text_of;
use measurand::registry::{Cached, Collector, Point, Points, Registries};
use measurand::{Descriptor, Registry};
use measurand_tests::until;

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

/// Waits for what somebody else has.
struct Hangs(Arc<Mutex<()>>);

impl Collector for Hangs {
    fn collect(&self, _: &mut Points<'_>) {
        drop(self.0.lock());
    }
}

struct Shows(Descriptor);

impl Collector for Shows {
    fn collect(&self, points: &mut Points<'_>) {
        points.push(&self.0, &[], Point::gauge(1));
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

    // And what comes too late, what fails by itself, and what of several registries does not fit.
    LINES.lock().unwrap().clear();
    registry.set_collector_timeout(Duration::from_millis(300));
    let hangs = Arc::new(Mutex::new(()));
    let held = hangs.lock().unwrap();
    let _hangs = registry.register_collector(Hangs(hangs.clone())).unwrap();
    let cached = Cached::every(Duration::from_millis(2), Fails);
    let _cached = registry.register_collector(cached).unwrap();
    let [one, two] = ["Level.", "Another level."].map(|help| {
        let registry = Registry::new();
        let level = Descriptor::gauge("level", help).build().unwrap();
        registry.register_collector(Shows(level)).unwrap().leak();
        registry
    });
    let several = Registries::new([registry, one, two]);
    let lines = until("the lines", || {
        for _ in 0..3 {
            text.clear();
            encode_text_of(&several, &mut text);
        }
        let lines = LINES.lock().unwrap().clone();
        (lines.len() >= 3).then_some(lines)
    });
    drop(held);
    let count = |part: &str| lines.iter().filter(|line| line.contains(part)).count();
    assert_eq!(count("Hangs` did not finish within 300ms"), 1, "{lines:?}");
    assert_eq!(count("Fails` panicked; its last result stays: the pool is gone"), 1);
    assert_eq!(count("another help text"), 1, "{lines:?}");
    assert_eq!(lines.len(), 3, "{lines:?}");
}
