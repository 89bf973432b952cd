//! Exemplars: of counters and of buckets, given by hand or taken from the present trace.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::thread;
use std::time::{Duration, SystemTime};

use measurand::exemplar::{Exemplar, SpanId, TraceId, set_source};
use measurand::family::Method;
use measurand::registry::{Collector, Flow, Labels, Point, Points, Sink, Value};
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Seconds};
use measurand::{
    Counter, Descriptor, Family, Histogram, LabelSet, Metrics, NativeHistogram, Number, Registry,
    WithExemplars,
};
use measurand_tests::Clock;

#[derive(LabelSet)]
struct Peer<'a> {
    peer: &'a str,
}

/// All places where a series can be.
#[derive(Metrics)]
#[metrics(namespace = "exemplars", global = STATIC)]
struct StaticMetrics {
    /// Alone.
    alone_total: WithExemplars<Counter>,
    /// By method.
    closed_bytes_total: Family<Method, WithExemplars<Counter<Bytes>>>,
    /// By peer.
    #[metric(max_series = 10)]
    open_total: Family<Peer<'static>, WithExemplars<Counter>>,
    /// Time.
    #[metric(buckets = [0.1, 1])]
    alone_seconds: WithExemplars<Histogram<Seconds>>,
    /// Time of timers.
    #[metric(buckets = [0.1, 1])]
    timer_seconds: WithExemplars<Histogram<Seconds>>,
    /// Sizes by method.
    #[metric(buckets = [10, 100])]
    closed_size: Family<Method, WithExemplars<Histogram>>,
    /// Sizes by peer.
    #[metric(max_series = 10, buckets = [10, 100])]
    open_size: Family<Peer<'static>, WithExemplars<Histogram>>,
}

/// An instance.
#[derive(Metrics)]
#[metrics(namespace = "exemplars_instance", instance)]
struct InstanceMetrics {
    /// Sizes.
    #[metric(buckets = [10, 100])]
    size: WithExemplars<Histogram>,
    /// Things.
    things_total: WithExemplars<Counter>,
    /// Sizes in native buckets.
    native_size: WithExemplars<NativeHistogram>,
    /// Times in native buckets.
    native_seconds: WithExemplars<NativeHistogram<Seconds>>,
}

/// The exemplars of each series, as their labels, their values and their times.
#[derive(Default)]
struct Shown(BTreeMap<String, Vec<Exemplar>>);

impl Sink for Shown {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let values: Vec<_> = labels.iter().map(|(_, value)| value).collect();
        let series = format!("{} {}", family.name(), values.join(" "));
        self.0.insert(series, point.exemplars.to_vec());
        Flow::Continue
    }
}

fn shown(registry: &Registry) -> BTreeMap<String, Vec<Exemplar>> {
    let mut shown = Shown::default();
    registry.gather(&mut shown);
    shown.0
}

fn ids(exemplars: &[Exemplar]) -> Vec<String> {
    let id = |exemplar: &Exemplar| exemplar.labels().next().unwrap().1.to_owned();
    exemplars.iter().map(id).collect()
}

thread_local! {
    static TRACE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Works for a trace.
fn within<R>(trace: u64, work: impl FnOnce() -> R) -> R {
    // Whichever test comes first sets it.
    let _ = set_source(|| {
        let trace = TRACE.get()?;
        Some((TraceId::from(u128::from(trace)), SpanId::from(trace + 1)))
    });
    TRACE.set(Some(trace));
    let done = work();
    TRACE.set(None);
    done
}

#[test]
fn the_present_trace_is_the_exemplar_wherever_the_series_is() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let instance = InstanceMetrics::register(&registry).unwrap();
    let made = FamilyOptions::new("exemplars_made", "Made.")
        .max_series(3)
        .buckets([10.0])
        .register::<WithExemplars<Histogram>, 1>(&registry, ["x"])
        .unwrap();
    within(7, || {
        STATIC.alone_total.inc();
        STATIC.closed_bytes_total.with(Method::Get).inc_by(20);
        STATIC.open_total.with(Peer { peer: "a" }).keep().inc();
        STATIC.alone_seconds.observe(Duration::from_millis(500));
        STATIC.closed_size.with(Method::Get).observe(50);
        STATIC.open_size.with(Peer { peer: "a" }).observe(50);
        instance.size.observe(5);
        instance.things_total.inc_by(3);
        made.with(["y"]).observe(11);
    });
    // Outside of a trace there is none.
    STATIC.closed_size.with(Method::Put).observe(50);
    let static_ = shown(Registry::global());
    let of = |series: &str| {
        let exemplars = &static_[series];
        assert_eq!(exemplars.len(), 1, "{series}");
        let labels: Vec<_> = exemplars[0].labels().collect();
        assert_eq!(
            labels,
            [("trace_id", &*"0".repeat(31).add("7")), ("span_id", "0000000000000008")]
        );
        exemplars[0].value()
    };
    assert_eq!(of("exemplars_alone_total "), Number::Whole(1));
    assert_eq!(of("exemplars_closed_bytes_total GET"), Number::Whole(20));
    assert_eq!(of("exemplars_open_total a"), Number::Whole(1));
    assert_eq!(of("exemplars_alone_seconds "), Number::Nanoseconds(500_000_000));
    assert_eq!(of("exemplars_closed_size GET"), Number::Whole(50));
    assert_eq!(of("exemplars_open_size a"), Number::Whole(50));
    assert!(static_["exemplars_closed_size PUT"].is_empty());
    let own = shown(&registry);
    assert_eq!(own["exemplars_instance_size "][0].value(), Number::Whole(5));
    assert_eq!(own["exemplars_instance_things_total "][0].value(), Number::Whole(3));
    assert_eq!(own["exemplars_made y"][0].value(), Number::Whole(11));
    let exemplar = &own["exemplars_made y"][0];
    let age = SystemTime::now().duration_since(exemplar.time().unwrap());
    assert!(
        age.is_ok_and(|age| age < Duration::from_secs(60))
            || exemplar.time() > Some(SystemTime::now())
    );
    assert_eq!(STATIC.alone_total.get(), 1);
    assert_eq!(STATIC.closed_size.with(Method::Get).snapshot().sum(), 50);
}

trait Add {
    fn add(self, more: &str) -> String;
}

impl Add for String {
    fn add(mut self, more: &str) -> String {
        self.push_str(more);
        self
    }
}

#[test]
fn the_source_is_set_once() {
    within(1, || {});
    assert!(set_source(|| None).is_err());
}

#[test]
fn each_bucket_has_its_own_and_keeps_it_for_a_second() {
    let clock = Clock::take();
    let registry = Registry::new();
    let instance = InstanceMetrics::register(&registry).unwrap();
    let observe = |value: u64, id: &str| instance.size.observe_with_exemplar(value, &[("id", id)]);
    observe(500, "inf");
    observe(10, "low");
    observe(11, "mid");
    observe(9, "too soon");
    assert_eq!(ids(&shown(&registry)["exemplars_instance_size "]), ["low", "mid", "inf"]);
    clock.advance(Duration::from_secs(2));
    observe(9, "later");
    let exemplars = instance.size.exemplars();
    assert_eq!(ids(&exemplars), ["later", "mid", "inf"]);
    assert!(exemplars[0].time() > exemplars[1].time());
    assert_eq!(instance.size.snapshot().count(), 5);
}

#[test]
fn values_of_a_native_histogram_that_are_far_apart_have_each_their_own() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let instance = InstanceMetrics::register(&registry).unwrap();
    for value in [1_000, 1, 4_000, 16, 17] {
        let id = value.to_string();
        instance.native_size.observe_with_exemplar(value, &[("id", &id)]);
    }
    assert_eq!(ids(&instance.native_size.exemplars()), ["1", "16", "1000", "4000"]);
    assert_eq!(ids(&shown(&registry)["exemplars_instance_native_size "]).len(), 4);
    assert_eq!(
        (instance.native_size.snapshot().count(), instance.native_size.snapshot().schema()),
        (5, 3)
    );
    within(3, || assert_eq!(instance.native_seconds.time(|| 2), 2));
    assert_eq!(instance.native_seconds.exemplars().len(), 1);
}

#[test]
fn labels_that_no_exemplar_can_have_are_dropped_and_counted() {
    let registry = Registry::new();
    let instance = InstanceMetrics::register(&registry).unwrap();
    let long = "x".repeat(200);
    instance.things_total.inc_by_with_exemplar(2, &[("id", &long)]);
    instance.size.observe_with_exemplar(1, &[("no-name", "x")]);
    assert_eq!((instance.things_total.get(), instance.size.snapshot().count()), (2, 1));
    assert!(instance.things_total.exemplars().is_empty() && instance.size.exemplars().is_empty());
    let mut page = String::new();
    registry.encode_text(&mut page);
    for family in ["exemplars_instance_things_total", "exemplars_instance_size"] {
        let rejected = format!("measurand_rejected_values_total{{family=\"{family}\"}} 1\n");
        assert!(page.contains(&rejected), "{page}");
    }
}

#[test]
fn a_series_that_is_removed_leaves_its_exemplars() {
    let _clock = Clock::take();
    let family = FamilyOptions::new("exemplars_removed", "Removed.")
        .max_series(3)
        .buckets([10.0])
        .register::<WithExemplars<Histogram>, 1>(&Registry::new(), ["x"])
        .unwrap();
    family.with(["a"]).observe_with_exemplar(1, &[("id", "1")]);
    assert!(family.remove(["a"]));
    family.with(["a"]).observe(1);
    assert!(family.with(["a"]).exemplars().is_empty());
    STATIC.closed_size.with(Method::Patch).observe_with_exemplar(1, &[("id", "1")]);
    assert_eq!(STATIC.closed_size.with(Method::Patch).exemplars().len(), 1);
    STATIC.closed_size.remove(Method::Patch);
    assert!(STATIC.closed_size.with(Method::Patch).exemplars().is_empty());
}

#[test]
fn timers_leave_exemplars() {
    let clock = Clock::take();
    within(9, || {
        let timer = STATIC.timer_seconds.start_timer();
        clock.advance(Duration::from_secs(2));
        timer.observe();
        assert_eq!(STATIC.timer_seconds.time(|| 3), 3);
    });
    let low = &STATIC.timer_seconds.exemplars()[0];
    assert_eq!(low.labels().next().map(|(_, id)| id.ends_with('9')), Some(true));
}

#[test]
fn timers_take_exemplars_by_hand() {
    let _clock = Clock::take();
    let registry = Registry::new();
    let options = |name| FamilyOptions::new(name, "Time.");
    let classic = options("by_hand_seconds")
        .register_unlabelled::<WithExemplars<Histogram<Seconds>>>(&registry)
        .unwrap();
    let native = options("by_hand_native_seconds")
        .register_unlabelled::<WithExemplars<NativeHistogram<Seconds>>>(&registry)
        .unwrap();
    let elapsed = classic.start_timer().observe_with_exemplar(&[("id", "classic")]);
    native.start_timer().observe_with_exemplar(&[("id", "native")]);
    for (exemplars, id) in [(classic.exemplars(), "classic"), (native.exemplars(), "native")] {
        assert_eq!(exemplars.len(), 1);
        assert_eq!(exemplars[0].labels().next(), Some(("id", id)));
    }
    assert_eq!(classic.exemplars()[0].value(), Number::from(elapsed));
    assert_eq!((classic.snapshot().count(), native.snapshot().count()), (1, 1));
}

/// Under load every exemplar is whole: its label says its value. And none is older than the one that was
/// seen before.
#[test]
fn exemplars_are_never_torn_and_never_go_back() {
    let clock = Clock::take();
    let registry = Registry::new();
    let instance = InstanceMetrics::register(&registry).unwrap();
    let is_done = std::sync::atomic::AtomicBool::new(false);
    thread::scope(|scope| {
        for start in 0..3_u64 {
            let (instance, is_done) = (&instance, &is_done);
            scope.spawn(move || {
                let mut value = start;
                while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                    value = (value + 7) % 200;
                    let text = value.to_string();
                    instance
                        .size
                        .observe_with_exemplar(value, &[("value", &text), ("twice", &text)]);
                }
            });
        }
        let mut last = [None; 3];
        for _ in 0..2_000 {
            clock.advance(Duration::from_millis(300));
            let mut shown = Shown::default();
            registry.gather(&mut shown);
            for exemplar in &shown.0["exemplars_instance_size "] {
                let value = exemplar.value();
                let Number::Whole(whole) = value else { panic!("{value:?}") };
                assert!(
                    exemplar.labels().all(|(_, label)| label == whole.to_string()),
                    "{exemplar:?}"
                );
                let bucket = [10, 100].partition_point(|bound| *bound < whole);
                assert!(exemplar.time() >= last[bucket], "{exemplar:?}");
                last[bucket] = exemplar.time();
            }
        }
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(last.iter().all(Option::is_some));
    });
}

#[test]
fn collectors_give_exemplars() {
    struct Gives(Descriptor, Descriptor);
    impl Collector for Gives {
        fn collect(&self, points: &mut Points<'_>) {
            let exemplar = |id, value: u64| Exemplar::new([("id", id)], value, None).unwrap();
            let of_counter = [exemplar("a", 2)];
            points.push(&self.0, &[], Point::counter(3_u8).with_exemplars(&of_counter));
            let of_buckets = [exemplar("b", 1), exemplar("c", 20)];
            points.push(&self.1, &[], Point::histogram(&[1, 1], 21).with_exemplars(&of_buckets));
        }
    }
    let counter = Descriptor::counter("exemplars_given_total", "Given.").build().unwrap();
    let histogram = Descriptor::histogram("exemplars_sizes", "Given.").buckets([10.0]);
    let registry = Registry::new();
    registry.register_collector(Gives(counter, histogram.build().unwrap())).unwrap().leak();
    let shown = shown(&registry);
    assert_eq!(ids(&shown["exemplars_given_total "]), ["a"]);
    assert_eq!(ids(&shown["exemplars_sizes "]), ["b", "c"]);
    // A sink is shown the value beside them.
    struct Values(Vec<String>);
    impl Sink for Values {
        fn family(&mut self, _: &Descriptor) -> Flow {
            Flow::Continue
        }
        fn point(&mut self, _: &Descriptor, _: Labels<'_>, point: &Point<'_>) -> Flow {
            self.0.push(match point.value {
                Value::Counter(number) => format!("{number:?} {}", point.exemplars.len()),
                Value::Histogram(value) => format!("{:?} {}", value.counts, point.exemplars.len()),
                other => format!("{other:?}"),
            });
            Flow::Continue
        }
    }
    let mut values = Values(Vec::new());
    registry.gather(&mut values);
    assert_eq!(values.0, ["Whole(3) 1", "[1, 1] 2"]);
}
