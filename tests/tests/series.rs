//! Kept series: of any metric, borrowed from nothing, and those that leave with their last holder.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use measurand::registry::Registered;
use measurand::unit::Seconds;
use measurand::{
    Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry, Series,
};
use measurand_tests::{sample, samples};

#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet, Clone, Copy)]
struct Sale<'a> {
    tender: Tender,
    shop: &'a str,
}

const SALE: Sale<'_> = Sale { tender: Tender::Card, shop: "a" };

/// Of each kind one alone, one with closed labels and one with open ones.
#[derive(Metrics)]
#[metrics(group)]
struct Kinds {
    /// Things.
    things_total: Counter,
    /// Things.
    closed_things_total: Family<Tender, Counter>,
    /// Things.
    #[metric(max_series = 3)]
    open_things_total: Family<Sale<'static>, Counter>,
    /// A level.
    level: Gauge,
    /// A level.
    closed_level: Family<Tender, Gauge>,
    /// A level.
    #[metric(max_series = 3)]
    open_level: Family<Sale<'static>, Gauge>,
    /// Running now.
    in_progress: InProgress,
    /// Running now.
    closed_in_progress: Family<Tender, InProgress>,
    /// Running now.
    #[metric(max_series = 3)]
    open_in_progress: Family<Sale<'static>, InProgress>,
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
    /// Time to wait.
    closed_wait_seconds: Family<Tender, Histogram<Seconds>>,
    /// Time to wait.
    #[metric(max_series = 3)]
    open_wait_seconds: Family<Sale<'static>, Histogram<Seconds>>,
}

/// All of a static.
#[derive(Metrics)]
#[metrics(namespace = "kept", global = STATIC)]
struct Static {
    #[metric(flatten)]
    kinds: Kinds,
}

/// All of an instance.
#[derive(Metrics)]
#[metrics(namespace = "kept_of", instance(pool: &str))]
struct Instance {
    #[metric(flatten)]
    kinds: Kinds,
}

/// Everything of `kinds` kept, which `of` keeps alive.
struct Kept {
    counters: [Series<Counter>; 3],
    gauges: [Series<Gauge>; 3],
    in_progress: [Series<InProgress>; 3],
    histograms: [Series<Histogram<Seconds>>; 3],
}

impl Kept {
    fn new(
        kinds: &Kinds,
        counter: Series<Counter>,
        gauge: Series<Gauge>,
        in_progress: Series<InProgress>,
        histogram: Series<Histogram<Seconds>>,
    ) -> Kept {
        let tender = Tender::Card;
        Kept {
            counters: [
                counter,
                kinds.closed_things_total.with(tender).keep(),
                kinds.open_things_total.with(SALE).keep(),
            ],
            gauges: [
                gauge,
                kinds.closed_level.with(tender).keep(),
                kinds.open_level.with(SALE).keep(),
            ],
            in_progress: [
                in_progress,
                kinds.closed_in_progress.with(tender).keep(),
                kinds.open_in_progress.with(SALE).keep(),
            ],
            histograms: [
                histogram,
                kinds.closed_wait_seconds.with(tender).keep(),
                kinds.open_wait_seconds.with(SALE).keep(),
            ],
        }
    }

    /// Updates all from several threads, and says what all series of a kind hold then.
    fn update(self) {
        let kept = Arc::new(self);
        let threads = (0..4).map(|_| {
            let kept = kept.clone();
            thread::spawn(move || {
                for _ in 0..1_000 {
                    kept.counters.iter().for_each(Series::<Counter>::inc);
                    kept.gauges.iter().for_each(|gauge| gauge.add(2));
                    kept.in_progress.iter().for_each(|running| drop(running.start()));
                    for histogram in &kept.histograms {
                        histogram.observe(Duration::from_millis(20));
                        histogram.observe(Seconds::from_f64(-1.0));
                    }
                }
            })
        });
        threads.collect::<Vec<_>>().into_iter().for_each(|thread| thread.join().unwrap());

        assert_eq!(kept.counters.each_ref().map(Series::<Counter>::get), [4_000; 3]);
        assert_eq!(kept.gauges.each_ref().map(Series::<Gauge>::get), [8_000.0; 3]);
        assert_eq!(kept.in_progress.each_ref().map(Series::<InProgress>::get), [0; 3]);
        let guard = kept.in_progress.each_ref().map(|running| running.clone().start());
        assert_eq!(kept.in_progress.each_ref().map(Series::<InProgress>::get), [1; 3]);
        drop(guard);
        for histogram in &kept.histograms {
            let waits = histogram.snapshot();
            assert_eq!((waits.count(), waits.sum()), (4_000, Duration::from_secs(80)));
            drop(histogram.start_timer());
            assert_eq!(histogram.time(|| 7), 7);
            assert_eq!(histogram.snapshot().count(), 4_002);
        }
    }
}

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

/// What a page shows of a counter of each sort.
fn check(page: &str, prefix: &str, before: &str) {
    let value = |name: &str, labels: &str| {
        let labels = match (before, labels) {
            ("", "") => String::new(),
            (before, labels) => format!("{{{before}{labels}}}").replace(",}", "}"),
        };
        sample(page, &format!("{prefix}_{name}{labels}"))
    };
    let (closed, open) = ("tender=\"card\"", "tender=\"card\",shop=\"a\"");
    for (name, expected) in [("things_total", 4_000.0), ("level", 8_000.0), ("in_progress", 0.0)] {
        assert_eq!(value(name, ""), expected);
        assert_eq!(value(&format!("closed_{name}"), closed), expected);
        assert_eq!(value(&format!("open_{name}"), open), expected);
    }
    assert_eq!(value("wait_seconds_count", ""), 4002.0);
    assert_eq!(value("closed_wait_seconds_count", closed), 4002.0);
    assert_eq!(value("open_wait_seconds_count", open), 4002.0);
    for name in ["wait_seconds", "closed_wait_seconds", "open_wait_seconds"] {
        let rejected = format!("measurand_rejected_values_total{{family=\"{prefix}_{name}\"}}");
        assert_eq!(sample(page, &rejected), 4000.0);
    }
}

#[test]
fn series_of_a_static_are_kept() {
    let kinds = &STATIC.kinds;
    Kept::new(
        kinds,
        kinds.things_total.keep(),
        Series::from(&kinds.level),
        Series::of(kinds, |kinds| &kinds.in_progress),
        (&kinds.wait_seconds).into(),
    )
    .update();
    check(&scrape(Registry::global()), "kept", "");
}

#[test]
fn series_of_an_instance_are_kept() {
    let registry = Registry::new();
    let instance = Instance::register(&registry, "b").unwrap();
    Kept::new(
        &instance.kinds,
        Series::of(instance.clone(), |instance| &instance.kinds.things_total),
        Series::of(instance.clone(), |instance| &instance.kinds.level),
        Series::of(instance.clone(), |instance| &instance.kinds.in_progress),
        Series::of(instance.clone(), |instance| &instance.kinds.wait_seconds),
    )
    .update();
    check(&scrape(&registry), "kept_of", "pool=\"b\",");
}

/// A struct that holds its metrics and what it keeps of them.
struct Client {
    metrics: Registered<Instance>,
    things: Series<Counter>,
    cash: Series<Counter>,
}

#[test]
fn a_struct_holds_its_metrics_and_their_series() {
    let registry = Registry::new();
    let metrics = Instance::register(&registry, "c").unwrap();
    let things = metrics.kinds.open_things_total.with(SALE).keep();
    let cash = metrics.kinds.closed_things_total.with(Tender::Cash).keep();
    let client = Client { things, cash, metrics };
    client.things.inc_by(2);
    client.cash.inc_by(3);
    let page = scrape(&registry);
    let labels = "{pool=\"c\",tender=\"card\",shop=\"a\"}";
    assert_eq!(sample(&page, &format!("kept_of_open_things_total{labels}")), 2.0);
    let labels = "{pool=\"c\",tender=\"cash\"}";
    assert_eq!(sample(&page, &format!("kept_of_closed_things_total{labels}")), 3.0);

    // What is kept outlives the metrics; nobody reads it.
    let Client { metrics, things, cash } = client;
    drop(metrics);
    things.inc();
    cash.inc();
    assert_eq!((things.get(), cash.get()), (3, 4));
    assert_eq!(shown(&registry, "kept_of_open_things_total"), 0);
}

#[test]
fn what_is_cleared_or_removed_starts_again() {
    let registry = Registry::new();
    let metrics = Instance::register(&registry, "d").unwrap();
    let closed = metrics.kinds.closed_things_total.with(Tender::Card).keep();
    let open = metrics.kinds.open_things_total.with(SALE).keep();
    closed.inc();
    open.inc();
    assert!(metrics.kinds.closed_things_total.remove(Tender::Card));
    assert!(metrics.kinds.open_things_total.remove(SALE));
    // There is one series of closed labels for ever, and of open ones this one has left.
    closed.inc_by(5);
    open.inc_by(5);
    assert_eq!((closed.get(), open.get()), (5, 6));
    let page = scrape(&registry);
    let labels = "{pool=\"d\",tender=\"card\"}";
    assert_eq!(sample(&page, &format!("kept_of_closed_things_total{labels}")), 5.0);
    assert_eq!(samples(&page, "kept_of_open_things_total").len(), 0);
}

/// What leaves.
#[derive(Metrics)]
#[metrics(namespace = "scoped", instance)]
struct Scoped {
    /// Waiting.
    #[metric(max_series = 2)]
    waiting: Family<Sale<'static>, Gauge>,
    /// Sent.
    #[metric(max_series = 50, expire_after = Duration::from_millis(1))]
    sent_total: Family<Sale<'static>, Counter>,
}

fn shown(registry: &Registry, name: &str) -> usize {
    samples(&scrape(registry), name).len()
}

#[test]
fn a_scoped_series_leaves_with_its_last_holder() {
    let registry = Registry::new();
    let metrics = Scoped::register(&registry).unwrap();
    let first = metrics.waiting.with(SALE).scoped();
    first.set(1);
    let second = metrics.waiting.with(SALE).scoped();
    let clone = second.clone();
    second.add(1);
    let kept = metrics.waiting.with(SALE).keep();
    assert_eq!((kept.get(), shown(&registry, "scoped_waiting")), (2.0, 1));
    drop((first, second));
    assert_eq!(shown(&registry, "scoped_waiting"), 1);
    thread::spawn(move || drop(clone)).join().unwrap();
    assert_eq!(shown(&registry, "scoped_waiting"), 0);

    // One that comes again starts at 0, and the one that was kept has nothing to do with it.
    kept.set(7);
    let again = metrics.waiting.with(SALE).scoped();
    assert_eq!(again.get(), 0.0);
    again.set(3);
    assert_eq!((shown(&registry, "scoped_waiting"), kept.get()), (1, 7.0));
    // Room is made again each time.
    drop(again);
    for index in 0..20 {
        let shop = index.to_string();
        let scoped = metrics.waiting.with(Sale { shop: &shop, ..SALE }).scoped();
        scoped.set(1);
        assert_eq!(shown(&registry, "scoped_waiting"), 1);
    }
    assert_eq!(shown(&registry, "scoped_waiting"), 0);
}

#[test]
fn what_has_no_room_is_no_scope_of_the_rest() {
    let registry = Registry::new();
    let metrics = Scoped::register(&registry).unwrap();
    let with = |shop: &str| metrics.waiting.with(Sale { shop, ..SALE }).scoped();
    let held = [with("a"), with("b"), with("c"), with("d")];
    held.iter().for_each(|series| series.add(1));
    let page = scrape(&registry);
    let other = "scoped_waiting{tender=\"card\",shop=\"__other__\"}";
    assert_eq!(sample(&page, other), 2.0);
    drop(held);
    let page = scrape(&registry);
    assert_eq!(samples(&page, "scoped_waiting").len(), 1, "{page}");
    assert_eq!(sample(&page, other), 2.0);
}

#[test]
fn a_scope_keeps_a_series_from_expiring() {
    let registry = Registry::new();
    let metrics = Scoped::register(&registry).unwrap();
    let scoped = metrics.sent_total.with(SALE).scoped();
    scoped.inc();
    for _ in 0..5 {
        thread::sleep(Duration::from_millis(5));
        assert_eq!(shown(&registry, "scoped_sent_total"), 1);
    }
    drop(scoped);
    assert_eq!(shown(&registry, "scoped_sent_total"), 0);
}

#[test]
fn no_update_of_a_holder_is_lost_while_others_leave() {
    let registry = Registry::new();
    let metrics = Scoped::register(&registry).unwrap();
    let threads = (0..4).map(|_| {
        let metrics = metrics.clone();
        thread::spawn(move || {
            for _ in 0..2_000 {
                let scoped = metrics.waiting.with(SALE).scoped();
                scoped.add(1);
                // As long as it is held it is the series that is found.
                assert!(metrics.waiting.with(SALE).get() >= 1.0);
                scoped.sub(1);
            }
        })
    });
    let threads: Vec<_> = threads.collect();
    while !threads.iter().all(thread::JoinHandle::is_finished) {
        assert!(shown(&registry, "scoped_waiting") <= 1);
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(shown(&registry, "scoped_waiting"), 0);
}
