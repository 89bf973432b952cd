//! Since when series count.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use measurand::calls::Outcome;
use measurand::family::Method;
use measurand::registry::{Collector, Flow, Labels, Point, Points, Sink};
use measurand::{
    Calls, Counter, Descriptor, Family, Gauge, Histogram, InProgress, LabelSet, Metrics, Registry,
};
use measurand_tests::Clock;

#[derive(LabelSet)]
struct Peer<'a> {
    peer: &'a str,
}

/// All places where a series can be.
#[derive(Metrics)]
#[metrics(namespace = "created", global = STATIC)]
struct StaticMetrics {
    /// Alone.
    alone_total: Counter,
    /// By method.
    closed_total: Family<Method, Counter>,
    /// By peer.
    #[metric(max_series = 10, expire_after = Duration::from_secs(600))]
    open_total: Family<Peer<'static>, Counter>,
    /// Sizes by peer.
    #[metric(max_series = 10, buckets = [1, 2])]
    open_size: Family<Peer<'static>, Histogram>,
    /// Work.
    work: Calls<Method>,
    /// Level.
    level: Gauge,
    /// Running.
    running: InProgress,
}

/// An instance.
#[derive(Metrics)]
#[metrics(namespace = "created_instance", instance(name: &str))]
struct InstanceMetrics {
    /// Alone.
    alone_total: Counter,
    /// By method.
    closed_total: Family<Method, Counter>,
}

/// When each series was created.
#[derive(Default)]
struct Created(BTreeMap<String, Option<SystemTime>>);

impl Sink for Created {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let values: Vec<_> = labels.iter().map(|(_, value)| value).collect();
        self.0.insert(format!("{} {}", family.name(), values.join(" ")), point.created);
        Flow::Continue
    }
}

fn created(registry: &Registry) -> BTreeMap<String, Option<SystemTime>> {
    let mut created = Created::default();
    registry.gather(&mut created);
    created.0
}

fn of(registry: &Registry, series: &str) -> SystemTime {
    let all = created(registry);
    let found = all.get(series).unwrap_or_else(|| panic!("no {series:?} in {all:#?}"));
    found.unwrap_or_else(|| panic!("{series:?} says nothing"))
}

const HOUR: Duration = Duration::from_secs(3_600);

// The clock is one for all, so that one test moves it.
#[test]
fn series_say_since_when_they_count() {
    let clock = Clock::take();
    let global = Registry::global();
    let before = SystemTime::now();
    STATIC.alone_total.inc();
    STATIC.closed_total.with(Method::Get).inc();
    STATIC.work.with(Method::Get).start().end(Outcome::Ok);
    STATIC.open_total.with(Peer { peer: "a" }).inc();
    let start = of(global, "created_alone_total ");
    assert!(start <= SystemTime::now() && start + Duration::from_secs(60) > before);
    assert_eq!(of(global, "created_closed_total GET"), start);
    assert_eq!(of(global, "created_work_calls_total GET ok"), start);
    assert_eq!(of(global, "created_work_duration_seconds GET"), start);
    let first = of(global, "created_open_total a");
    assert!(first >= start && first < start + HOUR);

    // What goes down says nothing.
    let all = created(global);
    for gauge in ["created_level ", "created_running ", "created_work_in_progress GET"] {
        assert_eq!(all.get(gauge), Some(&None), "{gauge}");
    }

    // What comes later says so.
    clock.advance(HOUR);
    STATIC.open_total.with(Peer { peer: "b" }).inc();
    STATIC.open_size.with(Peer { peer: "b" }).observe(1);
    assert!(of(global, "created_open_total b") >= first + HOUR);
    assert!(of(global, "created_open_size b") >= first + HOUR);
    assert_eq!(of(global, "created_alone_total "), start);
    let registry = Registry::new();
    let instance = InstanceMetrics::register(&registry, "x").unwrap();
    let registered = of(&registry, "created_instance_alone_total x");
    assert!(registered >= start + HOUR && registered < start + 2 * HOUR);
    assert_eq!(of(&registry, "created_instance_closed_total x GET"), registered);

    // What starts again at 0 says since when: removed, cleared, or gone for lack of updates.
    clock.advance(HOUR);
    assert!(STATIC.open_size.remove(Peer { peer: "b" }));
    STATIC.open_size.with(Peer { peer: "b" }).observe(1);
    assert!(of(global, "created_open_size b") >= first + 2 * HOUR);
    STATIC.closed_total.remove(Method::Get);
    STATIC.work.remove(Method::Get);
    instance.closed_total.remove(Method::Get);
    assert!(of(global, "created_closed_total GET") >= start + 2 * HOUR);
    assert_eq!(of(global, "created_closed_total PUT"), start);
    STATIC.work.with(Method::Get).start().end(Outcome::Ok);
    assert!(of(global, "created_work_calls_total GET ok") >= start + 2 * HOUR);
    assert!(of(&registry, "created_instance_closed_total x GET") >= registered + HOUR);
    assert_eq!(of(&registry, "created_instance_closed_total x PUT"), registered);

    created(global);
    clock.advance(HOUR);
    let mut tries = 0;
    while created(global).contains_key("created_open_total a") {
        tries += 1;
        assert!(tries < 1_000, "it does not expire");
        clock.advance(HOUR);
    }
    STATIC.open_total.with(Peer { peer: "a" }).inc();
    assert!(of(global, "created_open_total a") >= first + 3 * HOUR);

    // Another instance of the same labels counts since it came.
    drop(instance);
    let _again = InstanceMetrics::register(&registry, "x").unwrap();
    assert!(of(&registry, "created_instance_alone_total x") >= registered + 2 * HOUR);
}

#[test]
fn points_of_collectors_say_what_they_are_given() {
    struct Gives(Descriptor, SystemTime);
    impl Collector for Gives {
        fn collect(&self, points: &mut Points<'_>) {
            points.push(&self.0, &["x"], Point::counter(1_u8).since(self.1));
            points.push(&self.0, &["y"], Point::counter(1_u8));
        }
    }
    let descriptor = Descriptor::counter("given_total", "Given.").labels(["of"]).build().unwrap();
    let registry = Registry::new();
    let at = SystemTime::UNIX_EPOCH + HOUR;
    registry.register_collector(Gives(descriptor, at)).unwrap().leak();
    let created = created(&registry);
    assert_eq!(created.get("given_total x"), Some(&Some(at)));
    assert_eq!(created.get("given_total y"), Some(&None));
}
