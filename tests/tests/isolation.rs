//! Tests that run beside each other on the same metrics: each sees its own.

use std::sync::LazyLock;
use std::thread;

use measurand::registry::Registered;
use measurand::unit::Seconds;
use measurand::{
    Counter, Family, Gauge, Histogram, InProgress, LabelSet, Metrics, NativeHistogram, Registry,
    Series, Summary, instrument_metrics, testing,
};
use std::time::Duration;

#[derive(LabelSet)]
struct User<'a> {
    user: &'a str,
}

#[derive(LabelSet)]
struct Switch {
    is_first: bool,
}

/// The metrics that all tests use.
#[derive(Metrics)]
#[metrics(namespace = "isolation", global = SHARED)]
struct SharedMetrics {
    /// A gauge.
    level: Gauge,
    /// A counter.
    events_total: Counter,
    /// An open family, which is full with the users of a few tests.
    #[metric(max_series = 10)]
    requests_total: Family<User<'static>, Counter>,
    /// A summary.
    #[metric(quantiles = [(0.5, 0.01)])]
    answer_seconds: Summary<Seconds>,
    /// A histogram.
    wait_seconds: Histogram<Seconds>,
    /// A native histogram.
    size: NativeHistogram,
    /// A closed family.
    switched_total: Family<Switch, Counter>,
    /// Jobs.
    jobs_in_progress: InProgress,
}

/// An instance that all tests use.
#[derive(Metrics)]
#[metrics(namespace = "isolation_instance", instance)]
struct InstanceMetrics {
    /// A counter.
    events_total: Counter,
    /// A gauge.
    level: Gauge,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::new);
static INSTANCE: LazyLock<Registered<InstanceMetrics>> =
    LazyLock::new(|| InstanceMetrics::register(&REGISTRY).unwrap());
/// Kept by the first test that gets here, and used by all.
static KEPT: LazyLock<Series<Counter>> =
    LazyLock::new(|| SHARED.requests_total.with(User { user: "kept" }).keep());

#[instrument_metrics]
fn work(steps: usize) -> usize {
    (0..steps).for_each(|_| thread::yield_now());
    steps
}

fn sees_its_own(number: usize) {
    let _isolation = testing::isolate();
    let (rounds, level) = (number % 7 + 1, number as f64);
    let user = format!("user {number}");
    for round in 1..=rounds {
        SHARED.level.set(level);
        SHARED.level.inc();
        INSTANCE.level.add(level);
        INSTANCE.events_total.inc();
        SHARED.events_total.inc();
        SHARED.requests_total.with(User { user: &user }).inc();
        KEPT.inc();
        SHARED.switched_total.with(Switch { is_first: round == 1 }).inc();
        SHARED.answer_seconds.observe(Duration::from_secs(number as u64));
        SHARED.wait_seconds.observe(Duration::from_secs(1));
        SHARED.size.observe(number as u64);
        let _job = SHARED.jobs_in_progress.start();
        // Others have their turn.
        work(2);
        assert_eq!(SHARED.jobs_in_progress.get(), 1);
        assert_eq!(SHARED.level.get(), level + 1.0);
        assert_eq!(INSTANCE.level.get(), level * round as f64);
    }
    let count = rounds as u64;
    assert_eq!(INSTANCE.events_total.get(), count);
    assert_eq!(SHARED.events_total.get(), count);
    assert_eq!(SHARED.requests_total.with(User { user: &user }).get(), count);
    assert_eq!(KEPT.get(), count);
    assert_eq!(SHARED.requests_total.with(User { user: "kept" }).get(), count);
    assert_eq!(SHARED.switched_total.with(Switch { is_first: true }).get(), 1);
    let answers = SHARED.answer_seconds.snapshot();
    assert_eq!(answers.count(), count);
    assert!(answers.quantiles().eq([(0.5, number as f64)]));
    assert_eq!(SHARED.wait_seconds.snapshot().count(), count);
    let sizes = SHARED.size.snapshot();
    assert_eq!((sizes.count(), sizes.sum()), (count, (number * rounds) as u128));
    assert_eq!(testing::calls_of("work").durations().count(), count);
    // And so on the page.
    let value = |name| testing::value(&*REGISTRY, name, &[]);
    assert_eq!(value("isolation_instance_events_total"), count as f64);
    testing::assert_families(
        Registry::global(),
        &["isolation_requests_total", "isolation_level", "measurand_overflow_updates_total"],
        &format!(
            r#"
            isolation_level {}
            isolation_requests_total{{user="kept"}} {count}
            isolation_requests_total{{user="user {number}"}} {count}
            "#,
            level + 1.0
        ),
    );
}

/// A test for each number of three digits.
macro_rules! tests {
    ($($digit:ident $value:literal,)*) => {
        tests! { @hundreds [$($digit $value,)*] $($digit $value,)* }
    };
    (@hundreds $all:tt $($digit:ident $value:literal,)*) => {$(
        mod $digit {
            tests! { @tens $value $all $all }
        }
    )*};
    (@tens $hundreds:literal [$($digit:ident $value:literal,)*] $all:tt) => {$(
        mod $digit {
            tests! { @ones $hundreds $value $all }
        }
    )*};
    (@ones $hundreds:literal $tens:literal [$($digit:ident $value:literal,)*]) => {$(
        #[test]
        fn $digit() {
            crate::sees_its_own($hundreds * 100 + $tens * 10 + $value);
        }
    )*};
}

tests! { n0 0, n1 1, n2 2, n3 3, n4 4, n5 5, n6 6, n7 7, n8 8, n9 9, }
