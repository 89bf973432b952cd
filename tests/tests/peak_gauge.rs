//! Peak gauges: a scrape shows the largest value since the last one.

use std::thread;
use std::time::Duration;

use measurand::registry::{Flow, Labels, Point, Sink};
use measurand::unit::Seconds;
use measurand::{Descriptor, Family, LabelSet, LabelValue, Metrics, PeakGauge, Registry, Series};
use measurand_tests::{sample, samples};

#[derive(LabelValue, Clone, Copy)]
enum Side {
    Left,
    Right,
}

#[derive(LabelSet, Clone, Copy)]
struct Topic<'a> {
    topic: &'a str,
}

/// One of each sort.
#[derive(Metrics)]
#[metrics(group)]
struct Peaks {
    /// Alone.
    waiting: PeakGauge,
    /// In a unit.
    delay_seconds: PeakGauge<Seconds>,
    /// With closed labels.
    closed: Family<Side, PeakGauge>,
    /// With open labels.
    #[metric(max_series = 10, expire_after = Duration::from_secs(3_600))]
    open: Family<Topic<'static>, PeakGauge>,
}

/// A static.
#[derive(Metrics)]
#[metrics(namespace = "peaks", global = STATIC)]
struct Static {
    #[metric(flatten)]
    peaks: Peaks,
}

/// An instance.
#[derive(Metrics)]
#[metrics(namespace = "peaks_of", instance)]
struct Instance {
    #[metric(flatten)]
    peaks: Peaks,
}

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

fn check(peaks: &Peaks, prefix: &str, registry: &Registry) {
    let names = ["waiting", "delay_seconds", "closed{side=\"left\"}", "open{topic=\"a\"}"];
    let shown = || {
        let page = scrape(registry);
        names.map(|name| sample(&page, &format!("{prefix}_{name}")))
    };
    let topic = Topic { topic: "a" };
    let kept: Series<PeakGauge> = peaks.open.with(topic).keep();

    peaks.waiting.set(7);
    peaks.waiting.add(3);
    peaks.waiting.sub(9);
    peaks.waiting.inc();
    peaks.waiting.dec();
    peaks.delay_seconds.set(Duration::from_millis(2_500));
    peaks.delay_seconds.set(Duration::ZERO);
    peaks.closed.with(Side::Left).set(4);
    peaks.closed.with(Side::Left).set(-4);
    kept.set(-3);
    kept.set(-5);
    assert_eq!((peaks.waiting.get(), peaks.waiting.peak()), (1.0, 10.0));
    assert_eq!((kept.get(), kept.peak()), (-5.0, -3.0));
    assert_eq!(peaks.open.with(topic).peak(), -3.0);
    assert_eq!(shown(), [10.0, 2.5, 4.0, -3.0]);
    // From then on it is what it is now.
    assert_eq!(shown(), [1.0, 0.0, -4.0, -5.0]);
    assert_eq!(shown(), [1.0, 0.0, -4.0, -5.0]);
    peaks.waiting.set(0);
    assert_eq!(shown(), [1.0, 0.0, -4.0, -5.0]);
    assert_eq!(shown(), [0.0, 0.0, -4.0, -5.0]);

    assert!(peaks.open.remove(topic));
    assert_eq!(samples(&scrape(registry), &format!("{prefix}_open{{")).len(), 0);
    // The labels are few enough that all of them show.
    let page = scrape(registry);
    assert_eq!(sample(&page, &format!("{prefix}_closed{{side=\"right\"}}")), 0.0);
    assert!(page.contains(&format!("# TYPE {prefix}_waiting gauge\n")));
    peaks.closed.with(Side::Right).set(1);
    peaks.closed.clear();
    assert_eq!(sample(&scrape(registry), &format!("{prefix}_closed{{side=\"right\"}}")), 0.0);
}

#[test]
fn a_scrape_shows_the_peak_of_a_static() {
    check(&STATIC.peaks, "peaks", Registry::global());
}

#[test]
fn a_scrape_shows_the_peak_of_an_instance() {
    let registry = Registry::new();
    let instance = Instance::register(&registry).unwrap();
    check(&instance.peaks, "peaks_of", &registry);
}

/// Skips every family.
struct Nothing;

impl Sink for Nothing {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Skip
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        unreachable!("every family is skipped")
    }
}

#[test]
fn what_is_skipped_keeps_its_peak() {
    let registry = Registry::new();
    let instance = Instance::register(&registry).unwrap();
    instance.peaks.waiting.set(5);
    instance.peaks.waiting.set(0);
    registry.gather(&mut Nothing);
    assert_eq!(sample(&scrape(&registry), "peaks_of_waiting"), 5.0);
}

#[test]
fn no_peak_is_missed_between_scrapes() {
    let registry = Registry::new();
    let instance = Instance::register(&registry).unwrap();
    let writer = {
        let instance = instance.clone();
        thread::spawn(move || {
            for peak in 1..=20_000 {
                instance.peaks.waiting.set(peak);
                instance.peaks.waiting.set(0);
            }
        })
    };
    let mut last = 0.0;
    loop {
        let is_over = writer.is_finished();
        let shown = sample(&scrape(&registry), "peaks_of_waiting");
        // They rise, and a scrape that saw one of them cannot have missed all since.
        assert!(shown == 0.0 || shown >= last, "{shown} after {last}");
        last = if shown == 0.0 { last } else { shown };
        if is_over {
            break;
        }
    }
    assert_eq!(last, 20_000.0);
    writer.join().unwrap();
}
