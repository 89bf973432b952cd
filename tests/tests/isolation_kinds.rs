//! What is kept apart in an isolation, of every kind of metric, and at its edges.

use std::sync::LazyLock;
use std::thread;
use std::time::Duration;

use measurand::calls::Outcome;
use measurand::registry::{Collector, Point, Points};
use measurand::runtime::FamilyOptions;
use measurand::testing::{self, Isolation};
use measurand::unit::Seconds;
use measurand::{
    Calls, Counter, Descriptor, Family, Gauge, Histogram, InProgress, Info, LabelSet, LabelValue,
    Metrics, NativeHistogram, PeakGauge, Registry, Series, StateSet, Summary, Unknown,
    WithExemplars,
};

#[derive(LabelSet)]
struct Name<'a> {
    name: &'a str,
}

#[derive(LabelValue, Clone, Copy)]
enum Mode {
    Idle,
    Busy,
}

/// One of every kind.
#[derive(Metrics)]
#[metrics(namespace = "kinds", global = KINDS)]
struct KindMetrics {
    /// A counter.
    events_total: Counter,
    /// A counter of floats.
    busy_ratio_total: Counter<measurand::unit::Ratio>,
    /// A gauge.
    level: Gauge,
    /// A peak gauge.
    most: PeakGauge,
    /// An unknown.
    guess: Unknown,
    /// Jobs.
    jobs_in_progress: InProgress,
    /// A histogram.
    wait_seconds: Histogram<Seconds>,
    /// A native histogram.
    size: NativeHistogram,
    /// A summary.
    #[metric(quantiles = [(0.5, 0.01)], max_age = "1m")]
    answer_seconds: Summary<Seconds>,
    /// A state set.
    mode: StateSet<Mode>,
    /// An info.
    peer_info: Info<Name<'static>>,
    /// With exemplars.
    traced_total: WithExemplars<Counter>,
    /// Closed.
    modes_total: Family<Mode, Counter>,
    /// Open.
    #[metric(max_series = 2, expire_after = "10m")]
    names_total: Family<Name<'static>, Counter>,
    /// Calls.
    work: Calls<Mode>,
}

/// An instance.
#[derive(Metrics)]
#[metrics(namespace = "kinds_instance", instance)]
struct InstanceMetrics {
    /// A counter.
    events_total: Counter,
    /// Open.
    #[metric(max_series = 2)]
    names_total: Family<Name<'static>, Counter>,
}

fn page() -> String {
    let mut text = String::new();
    Registry::global().encode_text(&mut text);
    let lines = text.lines().filter(|line| line.starts_with("kinds_"));
    lines.map(|line| format!("{line}\n")).collect()
}

fn update_all() {
    KINDS.events_total.inc_by(3);
    KINDS.busy_ratio_total.inc_by(0.5);
    KINDS.level.set(7);
    KINDS.most.set(9);
    KINDS.most.set(2);
    KINDS.guess.set(4);
    KINDS.wait_seconds.observe(Duration::from_secs(2));
    KINDS.size.observe(5);
    KINDS.answer_seconds.observe(Duration::from_secs(1));
    KINDS.mode.set(Mode::Busy);
    KINDS.peer_info.set(Name { name: "a" });
    KINDS.traced_total.inc_by_with_exemplar(1, &[("trace_id", "1")]);
    KINDS.modes_total.with(Mode::Idle).inc();
    KINDS.names_total.with(Name { name: "x" }).inc();
    KINDS.work.with(Mode::Idle).run(|| Ok::<(), ()>(())).unwrap();
}

#[test]
fn every_kind_is_kept_apart() {
    let empty = testing::isolated(page);
    let isolation = Isolation::new();
    isolation.run(update_all);
    let seen = isolation.run(page);
    for line in [
        "kinds_events_total 3\n",
        "kinds_busy_ratio_total 0.5\n",
        "kinds_level 7\n",
        "kinds_most 9\n",
        "kinds_guess 4\n",
        "kinds_wait_seconds_sum 2\n",
        "kinds_size_count 1\n",
        "kinds_answer_seconds{quantile=\"0.5\"} 1\n",
        "kinds_mode{kinds_mode=\"busy\"} 1\n",
        "kinds_peer_info{name=\"a\"} 1\n",
        "kinds_traced_total 1\n",
        "kinds_modes_total{mode=\"idle\"} 1\n",
        "kinds_names_total{name=\"x\"} 1\n",
        "kinds_work_calls_total{mode=\"idle\",outcome=\"ok\"} 1\n",
    ] {
        assert!(seen.contains(line), "{line}{seen}");
        assert!(!empty.contains(line), "{line}{empty}");
    }
    // Peaks start anew, nothing else does.
    assert_eq!(isolation.run(page), seen.replace("kinds_most 9\n", "kinds_most 2\n"));
    assert_eq!(testing::isolated(page), empty);
    // Nor has anything of it come outside.
    assert_eq!(KINDS.level.get(), 0.0);
    assert_eq!(KINDS.names_total.with(Name { name: "x" }).get(), 0);
    assert_eq!(KINDS.work.with(Mode::Idle).count(Outcome::Ok), 0);
    assert_eq!(KINDS.answer_seconds.snapshot().count(), 0);
    assert_eq!(KINDS.size.snapshot().count(), 0);
    assert!(!KINDS.mode.is_set(Mode::Busy));
    assert!(
        page().lines().all(|line| !line.contains("name=\"x\"") && !line.contains("name=\"a\""))
    );
}

#[test]
fn what_is_removed_or_full_is_so_in_the_isolation_alone() {
    let outer = testing::isolate();
    let names = &KINDS.names_total;
    let get = |name| names.with(Name { name }).get();
    for name in ["a", "b", "c"] {
        names.with(Name { name }).inc();
    }
    assert_eq!((get("a"), get("b"), get("c"), get("__other__")), (1, 1, 0, 1));
    let overflow = "measurand_overflow_updates_total";
    let family = [("family", "kinds_names_total")];
    assert_eq!(testing::value(Registry::global(), overflow, &family), 1.0);

    let inner = testing::isolate();
    assert_eq!((get("a"), get("__other__")), (0, 0));
    names.with(Name { name: "d" }).inc();
    assert!(names.remove(Name { name: "d" }) && !names.remove(Name { name: "a" }));
    names.with(Name { name: "a" }).inc();
    names.clear();
    KINDS.modes_total.with(Mode::Busy).inc();
    KINDS.modes_total.clear();
    assert_eq!((get("a"), KINDS.modes_total.with(Mode::Busy).get()), (0, 0));
    assert_eq!(testing::find_value(Registry::global(), overflow, &family), None);
    drop(inner);

    assert_eq!((get("a"), get("b")), (1, 1));
    KINDS.wait_seconds.observe(Seconds::from_f64(f64::NAN));
    let rejected = "measurand_rejected_values_total";
    let family = [("family", "kinds_wait_seconds")];
    assert_eq!(testing::value(Registry::global(), rejected, &family), 1.0);
    drop(outer);
    assert_eq!(
        testing::isolated(|| testing::find_value(Registry::global(), rejected, &family)),
        None
    );
}

#[test]
fn series_expire_by_the_time_of_the_isolation() {
    let _isolation = testing::isolate();
    KINDS.names_total.with(Name { name: "gone" }).inc();
    let shows = || page().contains("name=\"gone\"");
    assert!(shows());
    for _ in 0..3 {
        testing::advance(Duration::from_secs(11 * 60));
        // A gather looks at what has changed, and the next one finds that nothing has.
        page();
    }
    assert!(!shows());
}

static KEPT: LazyLock<[Series<Counter>; 4]> = LazyLock::new(|| {
    [
        KINDS.events_total.keep(),
        KINDS.modes_total.with(Mode::Busy).keep(),
        KINDS.names_total.with(Name { name: "kept" }).keep(),
        KINDS.names_total.with(Name { name: "scoped" }).scoped(),
    ]
});

#[test]
fn what_is_kept_counts_where_its_thread_is() {
    let counts = || KEPT.each_ref().map(|series| series.get());
    let first = Isolation::new();
    // They are kept in an isolation.
    first.run(|| KEPT.iter().for_each(|series| series.inc_by(3)));
    let second = Isolation::new();
    second.run(|| KEPT.iter().for_each(|series| series.inc()));
    let before = counts();
    KEPT.iter().for_each(|series| series.inc_by(7));
    assert_eq!(counts(), before.map(|count| count + 7));
    assert_eq!(first.run(counts), [3; 4]);
    assert_eq!(second.run(counts), [1; 4]);
    let of_label = |name| KINDS.names_total.with(Name { name }).get();
    assert_eq!(second.run(|| (of_label("kept"), of_label("scoped"))), (1, 1));
    assert_eq!(first.run(|| (of_label("kept"), of_label("scoped"))), (3, 3));
    let other_thread = first.clone();
    thread::spawn(move || other_thread.run(|| KEPT[0].inc())).join().unwrap();
    assert_eq!(first.run(counts), [4, 3, 3, 3]);
}

#[test]
fn what_has_begun_ends_where_it_began() {
    let first = Isolation::new();
    let (job, call, timer) = first.run(|| {
        let job = KINDS.jobs_in_progress.start();
        (job, KINDS.work.with(Mode::Busy).start(), KINDS.wait_seconds.start_timer())
    });
    let running = || (KINDS.jobs_in_progress.get(), KINDS.work.with(Mode::Busy).in_progress());
    assert_eq!(first.run(running), (1, 1));
    testing::isolated(|| {
        drop(job);
        call.end(Outcome::Ok);
        timer.observe();
        assert_eq!((running(), KINDS.wait_seconds.snapshot().count()), ((0, 0), 0));
        // And the other way round.
        let job = KINDS.jobs_in_progress.start();
        first.run(|| drop(job));
        assert_eq!(running(), (0, 0));
    });
    assert_eq!(first.run(running), (0, 0));
    assert_eq!(first.run(|| KINDS.wait_seconds.snapshot().count()), 1);
}

#[test]
fn instances_and_run_time_families_are_kept_apart() {
    let registry = Registry::new();
    let instance = InstanceMetrics::register(&registry).unwrap();
    let family = FamilyOptions::new("kinds_plugin_events_total", "Events.")
        .max_series(10)
        .register::<Counter, 1>(&registry, ["plugin"])
        .unwrap();
    let update = |times| {
        instance.events_total.inc_by(times);
        instance.names_total.with(Name { name: "x" }).inc_by(times);
        family.with(["a"]).inc_by(times);
    };
    update(2);
    let expected = |times: u64| {
        format!(
            "kinds_instance_events_total {times}
             kinds_instance_names_total{{name=\"x\"}} {times}
             kinds_plugin_events_total{{plugin=\"a\"}} {times}"
        )
    };
    testing::assert_text(&registry, &expected(2));
    testing::isolated(|| {
        testing::assert_text(&registry, "kinds_instance_events_total 0");
        update(5);
        testing::assert_text(&registry, &expected(5));
        // Of another one that takes its place nothing was counted.
        let other = Registry::new();
        for _ in 0..100 {
            let instance = InstanceMetrics::register(&other).unwrap();
            assert_eq!(instance.events_total.get(), 0);
            instance.events_total.inc();
        }
    });
    testing::assert_text(&registry, &expected(2));
}

struct Reads(Descriptor);

impl Collector for Reads {
    fn collect(&self, points: &mut Points<'_>) {
        points.push(&self.0, &[], Point::gauge(KINDS.events_total.get()));
    }
}

#[test]
fn a_collector_reads_what_the_isolation_has() {
    let registry = Registry::new();
    let family = Descriptor::gauge("kinds_read", "What was read.").build().unwrap();
    let _collector = registry.register_collector(Reads(family)).unwrap();
    let isolation = Isolation::new();
    isolation.run(|| {
        KINDS.events_total.inc_by(6);
        testing::assert_text(&registry, "kinds_read 6");
    });
    testing::isolated(|| testing::assert_text(&registry, "kinds_read 0"));
}

#[test]
fn a_name_that_nothing_has_is_told_of() {
    let message = |test: fn()| {
        let payload = std::panic::catch_unwind(test).unwrap_err();
        payload
            .downcast_ref::<String>()
            .cloned()
            .unwrap_or_else(|| (*payload.downcast_ref::<&str>().unwrap()).to_owned())
    };
    let registry = Registry::global;
    let no_label = message(|| _ = testing::value(Registry::global(), "kinds_mode", &[]));
    assert!(no_label.contains("kinds_mode{kinds_mode=\"busy\"} 0"), "{no_label}");
    let no_name = message(|| _ = testing::value(Registry::global(), "kinds_mood", &[]));
    assert!(no_name.starts_with("there is no `kinds_mood`"), "{no_name}");
    let no_function = message(|| _ = testing::calls_of("no_such_function"));
    assert!(no_function.contains("is called `no_such_function`"), "{no_function}");
    let no_isolation = message(|| testing::advance(Duration::from_secs(1)));
    assert!(no_isolation.contains("testing::isolate()"), "{no_isolation}");
    testing::assert_no_lints(registry());
}
