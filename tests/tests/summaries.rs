//! Summaries: count, sum, and quantiles of what was observed of late.

use std::thread;
use std::time::Duration;

use measurand::family::Method;
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Joules, Seconds};
use measurand::{Counter, Family, LabelSet, Metrics, Registry, Summary};
use measurand_tests::{Clock, usually_or_long};

#[derive(LabelSet)]
struct Peer<'a> {
    peer: &'a str,
}

/// All places where a series can be.
#[derive(Metrics)]
#[metrics(namespace = "summaries", instance)]
struct Summaries {
    /// Without quantiles.
    bare_bytes: Summary<Bytes>,
    /// Alone.
    #[metric(quantiles = [(0.5, 0.05), (0.9, 0.01), (0.99, 0.001)])]
    alone: Summary,
    /// By method.
    #[metric(quantiles = [(0, 0.01), (1, 0.01)])]
    closed_seconds: Family<Method, Summary<Seconds>>,
    /// By peer.
    #[metric(max_series = 10, quantiles = [(0.5, 0.05)], max_age = Duration::from_secs(60), age_buckets = 6)]
    open_joules: Family<Peer<'static>, Summary<Joules>>,
}

fn page(registry: &Registry) -> String {
    let mut page = String::new();
    registry.encode_text(&mut page);
    let is_sample = |line: &&str| !line.starts_with('#');
    page.lines().filter(is_sample).map(|line| format!("{line}\n")).collect()
}

#[test]
fn a_summary_shows_quantiles_sum_and_count_wherever_it_is() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let summaries = Summaries::register(&registry).unwrap();
    let before = page(&registry);
    assert!(before.starts_with("summaries_alone{quantile=\"0.5\"} NaN\n"), "{before}");
    let bare = "summaries_bare_bytes_sum 0\nsummaries_bare_bytes_count 0\n";
    assert!(before.contains(bare), "{before}");
    summaries.bare_bytes.observe(4_096);
    (1..=100).for_each(|value| summaries.alone.observe(value));
    let get = summaries.closed_seconds.with(Method::Get).keep();
    get.observe(Duration::from_millis(250));
    get.observe(Duration::from_millis(750));
    summaries.open_joules.with(Peer { peer: "x" }).observe(-1.5);
    let page = page(&registry);
    for line in [
        "summaries_alone{quantile=\"0.5\"} 50\n",
        "summaries_alone{quantile=\"0.9\"} 90\n",
        "summaries_alone{quantile=\"0.99\"} 99\n",
        "summaries_alone_sum 5050\nsummaries_alone_count 100\n",
        "summaries_bare_bytes_sum 4096\nsummaries_bare_bytes_count 1\n",
        "summaries_closed_seconds{method=\"GET\",quantile=\"0\"} 0.25\n",
        "summaries_closed_seconds{method=\"GET\",quantile=\"1\"} 0.75\n",
        "summaries_closed_seconds_sum{method=\"GET\"} 1\n",
        "summaries_closed_seconds_count{method=\"GET\"} 2\n",
        "summaries_closed_seconds{method=\"PUT\",quantile=\"1\"} NaN\n",
        "summaries_open_joules{peer=\"x\",quantile=\"0.5\"} -1.5\n",
        "summaries_open_joules_sum{peer=\"x\"} -1.5\n",
    ] {
        assert!(page.contains(line), "{line:?} is missing:\n{page}");
    }
    assert!(!page.contains("summaries_bare_bytes{"), "{page}");

    // What is removed starts again.
    summaries.closed_seconds.remove(Method::Get);
    summaries.open_joules.remove(Peer { peer: "x" });
    let snapshot = get.snapshot();
    assert_eq!((snapshot.count(), snapshot.sum()), (0, Duration::ZERO));
    assert!(snapshot.quantiles().all(|(_, value)| value.is_nan()));
    let gone = summaries.open_joules.with(Peer { peer: "x" }).snapshot();
    assert_eq!(gone.count(), 0);
    assert!(gone.quantiles().all(|(quantile, value)| quantile == 0.5 && value.is_nan()));
}

#[test]
fn nan_counts_and_has_no_rank() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let summaries = Summaries::register(&registry).unwrap();
    let joules = summaries.open_joules.with(Peer { peer: "x" }).keep();
    joules.observe(f64::NAN);
    assert!(joules.snapshot().quantiles().all(|(_, value)| value.is_nan()));
    joules.observe(2.0);
    joules.observe(f64::INFINITY);
    joules.observe(f64::NEG_INFINITY);
    let snapshot = joules.snapshot();
    assert_eq!(snapshot.count(), 4);
    assert!(snapshot.sum().is_nan());
    assert!(snapshot.quantiles().eq([(0.5, 2.0)]));
}

#[test]
fn after_the_window_there_is_no_quantile_and_the_count_stays() {
    let clock = Clock::take();
    let registry = Registry::new();
    let summaries = Summaries::register(&registry).unwrap();
    let joules = summaries.open_joules.with(Peer { peer: "x" }).keep();
    joules.observe(1.0);
    summaries.alone.observe(1);
    clock.advance(Duration::from_secs(40));
    joules.observe(3.0);
    assert!(joules.snapshot().quantiles().eq([(0.5, 1.0)]));
    clock.advance(Duration::from_secs(30));
    assert!(joules.snapshot().quantiles().eq([(0.5, 3.0)]));
    clock.advance(Duration::from_secs(60));
    assert!(joules.snapshot().quantiles().all(|(_, value)| value.is_nan()));
    assert_eq!((joules.snapshot().count(), joules.snapshot().sum()), (2, 4.0));
    let shown = page(&registry);
    assert!(shown.contains("summaries_open_joules{peer=\"x\",quantile=\"0.5\"} NaN\n"), "{shown}");
    assert!(shown.contains("summaries_open_joules_count{peer=\"x\"} 2\n"), "{shown}");
    // Ten minutes unless it is said.
    assert!(shown.contains("summaries_alone{quantile=\"0.5\"} 1\n"), "{shown}");
    clock.advance(Duration::from_secs(600));
    let shown = page(&registry);
    assert!(shown.contains("summaries_alone{quantile=\"0.5\"} NaN\n"), "{shown}");
}

/// An even stream of numbers that looks like chance.
struct Random(u64);

impl Random {
    fn next(&mut self) -> f64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// How far the rank of each quantile is off, of a million values of a shape.
#[track_caller]
fn check_shape(shape: &str, mut value: impl FnMut(&mut Random) -> f64) {
    let registry = Registry::new();
    let summaries = Shapes::register(&registry).unwrap();
    let mut random = Random(0x5EED);
    let mut values: Vec<f64> = (0..1_000_000).map(|_| value(&mut random)).collect();
    values.iter().for_each(|value| summaries.shape_joules.observe(*value));
    values.sort_by(f64::total_cmp);
    let snapshot = summaries.shape_joules.snapshot();
    assert_eq!(snapshot.count(), 1_000_000);
    for ((quantile, found), error) in
        std::iter::zip(snapshot.quantiles(), [0.001, 0.05, 0.01, 0.001, 0.0001])
    {
        let below = values.partition_point(|value| *value < found) as f64 / 1e6;
        let upto = values.partition_point(|value| *value <= found) as f64 / 1e6;
        assert!(
            below <= quantile + error && upto >= quantile - error,
            "{shape}: {found} is asked for {quantile} ± {error} and stands at {below} to {upto}"
        );
    }
}

/// One that looks at both ends.
#[derive(Metrics)]
#[metrics(namespace = "summaries_shapes", instance)]
struct Shapes {
    /// A shape.
    #[metric(quantiles = [(0.01, 0.001), (0.5, 0.05), (0.9, 0.01), (0.99, 0.001), (0.999, 0.0001)], max_age = Duration::from_secs(86_400))]
    shape_joules: Summary<Joules>,
}

#[test]
fn quantiles_are_within_their_errors_whatever_the_shape() {
    let _clock = Clock::take();
    check_shape("even", Random::next);
    check_shape("within half a percent", |random| 1_000.0 * (1.0 + 0.005 * random.next()));
    check_shape("exponential", |random| -(1.0 - random.next()).ln());
    check_shape("with a heavy tail", |random| (1.0 - random.next()).powi(-3));
    check_shape("two humps", |random| {
        let hump = if random.next() < 0.95 { 1.0 } else { 1e6 };
        hump * (1.0 + random.next())
    });
    let mut next = 0.0;
    check_shape("rising", move |_| {
        next += 1.0;
        next
    });
    let mut next = 0.0;
    check_shape("falling", move |_| {
        next -= 1.0;
        next
    });
    check_shape("few values", |random| (random.next() * 5.0).floor());
}

#[test]
fn summaries_are_made_at_run_time() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let family = FamilyOptions::new("summaries_made", "Made.")
        .max_series(3)
        .quantiles([(0.5, 0.05)])
        .max_age(Duration::from_secs(60))
        .age_buckets(2)
        .register::<Summary, 1>(&registry, ["x"])
        .unwrap();
    family.with(["a"]).observe(7);
    assert!(page(&registry).starts_with("summaries_made{x=\"a\",quantile=\"0.5\"} 7\n"));

    let options = || FamilyOptions::new("summaries_wrong", "Wrong.").max_series(3);
    #[track_caller]
    fn check(options: FamilyOptions, told: &str) {
        let error = options.register_unlabelled::<Summary>(&Registry::new()).unwrap_err();
        assert!(error.to_string().contains(told), "{error}");
    }
    check(options().quantiles([(1.5, 0.1)]), "a quantile must be from 0 to 1");
    check(options().quantiles([(f64::NAN, 0.1)]), "a quantile must be from 0 to 1");
    check(options().quantiles([(0.5, 0.0)]), "must be above 0 and below 1");
    check(options().quantiles([(0.5, 0.1), (0.5, 0.1)]), "strictly increasing");
    check(options().quantiles([(0.5, 1e-9)]), "no sketch can keep");
    check(options().quantiles([(0.5, 0.1)]).max_age(Duration::ZERO), "must look back");
    check(options().quantiles([(0.5, 0.1)]).age_buckets(0), "from 1 to 100");
    let error = options().quantiles([(0.5, 0.1)]).register_unlabelled::<Counter>(&registry);
    assert!(error.unwrap_err().to_string().contains("has no quantiles"));
}

#[test]
fn threads_lose_nothing() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let summaries = Summaries::register(&registry).unwrap();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..20_000).for_each(|value| summaries.alone.observe(value)));
        }
        for _ in 0..20 {
            page(&registry);
        }
    });
    let snapshot = summaries.alone.snapshot();
    assert_eq!((snapshot.count(), snapshot.sum()), (80_000, 4 * (20_000 * 19_999 / 2)));
    let median = snapshot.quantiles().next().unwrap().1;
    assert!((9_000.0..=11_000.0).contains(&median), "{median}");
    assert!(!page(&registry).contains("measurand_rejected_values_total"));
}

/// Nobody scrapes, and the values are all there are.
#[test]
fn observing_takes_next_to_no_memory() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let summaries = Summaries::register(&registry).unwrap();
    let joules = summaries.open_joules.with(Peer { peer: "x" }).keep();
    let few = if cfg!(debug_assertions) { 200_000 } else { 20_000_000 };
    let count = usually_or_long(few, 20_000_000);
    let mut random = Random(0x5EED);
    let taken = allocation_counter::measure(|| {
        for _ in 0..count {
            let value = random.next();
            summaries.alone.observe((value * 1e9) as u64);
            joules.observe(1.0 / (value - 0.5));
        }
    });
    assert!(taken.bytes_current < 1 << 20, "{taken:?}");
    assert_eq!(summaries.alone.snapshot().count(), count as u64);
}

#[test]
fn time_is_observed() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let summaries = Summaries::register(&registry).unwrap();
    let get = summaries.closed_seconds.with(Method::Get);
    assert_eq!(get.time(|| 3), 3);
    get.start_timer().discard();
    drop(get.keep().start_timer());
    assert_eq!(get.snapshot().count(), 2);
}
