//! Collectors: families whose points are made at each gather.

use std::sync::atomic::{AtomicBool, AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use measurand::naming::Rule;
use measurand::registry::{Collector, Point, Points, Problem, RegisterError, SettingError};
use measurand::unit::Seconds;
use measurand::{
    Counter, Descriptor, Family, Histogram, LabelValue, Metrics, Number, Registered, Registry,
};
use measurand_tests::{in_time, sample, samples};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

/// The lines that are no comments.
fn lines(registry: &Registry) -> Vec<String> {
    scrape(registry).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

fn gauge(name: &str) -> Descriptor {
    Descriptor::gauge(name, "Of a test.").labels(["a"]).build().unwrap()
}

/// Does what a closure does.
struct Does<F> {
    described: Vec<Descriptor>,
    collect: F,
}

impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Does<F> {
    fn describe(&self) -> Vec<Descriptor> {
        self.described.clone()
    }

    fn collect(&self, points: &mut Points<'_>) {
        (self.collect)(points);
    }
}

/// Registers what describes nothing.
fn register<F: Fn(&mut Points<'_>) + Send + Sync + 'static>(
    registry: &Registry,
    collect: F,
) -> Registered<Does<F>> {
    registry.register_collector(Does { described: Vec::new(), collect }).unwrap()
}

fn problems(registry: &Registry) -> Vec<Problem> {
    registry.validate().err().map(|error| error.problems().to_vec()).unwrap_or_default()
}

#[derive(LabelValue, Clone, Copy)]
enum Color {
    Red,
    Green,
}

/// What the code counts itself.
#[derive(Metrics)]
#[metrics(namespace = "counted", instance)]
struct Counted {
    /// Beads counted.
    beads_total: Family<Color, Counter>,
    /// Knots tied.
    knots_total: Counter,
}

#[test]
fn every_kind_is_shown_in_order_among_the_others() {
    let registry = Registry::new();
    registry.set_label("shard", "7").unwrap();
    let counted = Counted::register(&registry).unwrap();
    counted.knots_total.inc();
    let reads = Descriptor::counter("counted_disk_reads", "Reads.").labels(["disk", "zone_"]);
    let reads = reads.build().unwrap();
    let busy =
        Descriptor::counter("busy_seconds_total", "Busy.").unit::<Seconds>().build().unwrap();
    let wait = Descriptor::histogram("wait_seconds", "Wait.").unit::<Seconds>();
    let wait = wait.buckets([0.5, 1.0]).labels(["a"]).build().unwrap();
    let level = Descriptor::gauge("z_level", "Level.").build().unwrap();
    let _collector = register(&registry, move |points| {
        points.push(&level, &[], Point::gauge(-2));
        points.push(&reads, &["b", ""], Point::counter(1_u64));
        points.push(&wait, &["x"], Point::histogram(&[1, 2, 3], Duration::from_millis(4_500)));
        points.push(&reads, &["a\"", "z"], Point::counter(2.5));
        points.push(&busy, &[], Point::counter(Duration::from_millis(1_250)));
        points.push(&reads, &["a\"", "y"], Point::counter(3_u8));
    });
    assert_eq!(
        lines(&registry),
        [
            "busy_seconds_total{shard=\"7\"} 1.25",
            "counted_beads_total{color=\"green\",shard=\"7\"} 0",
            "counted_beads_total{color=\"red\",shard=\"7\"} 0",
            "counted_disk_reads_total{disk=\"a\\\"\",zone_=\"y\",shard=\"7\"} 3",
            "counted_disk_reads_total{disk=\"a\\\"\",zone_=\"z\",shard=\"7\"} 2.5",
            "counted_disk_reads_total{disk=\"b\",shard=\"7\"} 1",
            "counted_knots_total{shard=\"7\"} 1",
            "wait_seconds_bucket{a=\"x\",shard=\"7\",le=\"0.5\"} 1",
            "wait_seconds_bucket{a=\"x\",shard=\"7\",le=\"1\"} 3",
            "wait_seconds_bucket{a=\"x\",shard=\"7\",le=\"+Inf\"} 6",
            "wait_seconds_sum{a=\"x\",shard=\"7\"} 4.5",
            "wait_seconds_count{a=\"x\",shard=\"7\"} 6",
            "z_level{shard=\"7\"} -2",
        ]
        .map(|line| line.to_owned())
    );
    assert!(scrape(&registry).contains("# HELP z_level Level.\n# TYPE z_level gauge\n"));
    registry.validate().unwrap();
}

#[test]
fn its_families_leave_with_the_last_clone() {
    /// Says when it is dropped.
    struct Watched(Arc<AtomicBool>, Descriptor);
    impl Drop for Watched {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    impl Collector for Watched {
        fn collect(&self, points: &mut Points<'_>) {
            points.push(&self.1, &["x"], Point::gauge(1));
        }
    }
    let registry = Registry::new();
    let is_dropped = Arc::new(AtomicBool::new(false));
    let collector = Watched(is_dropped.clone(), gauge("watched"));
    let collector = registry.register_collector(collector).unwrap();
    assert_eq!(format!("{collector:?}"), "Registered(collector `Watched`)");
    let clone = collector.clone();
    drop(collector);
    assert_eq!(lines(&registry), ["watched{a=\"x\"} 1"]);
    drop(clone);
    assert!(is_dropped.load(Ordering::Relaxed), "nobody has to scrape for that");
    assert_eq!(scrape(&registry), "");

    let is_dropped = Arc::new(AtomicBool::new(false));
    let collector = Watched(is_dropped.clone(), gauge("watched"));
    let leaked = registry.register_collector(collector).unwrap().leak();
    assert_eq!(leaked.1.name(), "watched");
    assert_eq!(lines(&registry), ["watched{a=\"x\"} 1"]);
    assert!(!is_dropped.load(Ordering::Relaxed));
}

#[test]
fn a_panic_costs_its_own_families_only() {
    struct Fails(Descriptor, AtomicUsize);
    impl Collector for Fails {
        fn collect(&self, points: &mut Points<'_>) {
            points.push(&self.0, &["x"], Point::gauge(1));
            points.push(&self.0, &[], Point::gauge(1));
            if self.1.fetch_add(1, Ordering::Relaxed) > 0 {
                panic!("the pool is gone");
            }
        }
    }
    let registry = Registry::new();
    let good = [gauge("a_good"), gauge("z_good")];
    let [first, last] = good.clone();
    let _first = register(&registry, move |points| points.push(&first, &["x"], Point::gauge(1)));
    let fails = Fails(gauge("fails"), AtomicUsize::new(0));
    let _fails = registry.register_collector(fails).unwrap();
    let _last = register(&registry, move |points| points.push(&last, &["x"], Point::gauge(2)));
    assert_eq!(
        lines(&registry),
        ["a_good{a=\"x\"} 1", "fails{a=\"x\"} 1", "measurand_conflicts 1", "z_good{a=\"x\"} 2"]
    );
    for panics in 1..4 {
        let page = scrape(&registry);
        assert_eq!(samples(&page, "fails"), [""; 0]);
        assert_eq!(samples(&page, "z_good"), ["z_good{a=\"x\"} 2"]);
        let panicked = samples(&page, "measurand_collector_panics_total");
        let expected = format!("{{collector=\"{}\"}} {panics}", std::any::type_name::<Fails>());
        assert_eq!(panicked, [format!("measurand_collector_panics_total{expected}")]);
    }
}

#[test]
fn it_may_do_to_its_registry_what_it_likes() {
    let registry = Registry::new();
    let other = Arc::new(Mutex::new(None));
    let (inner, mine) = (registry.clone(), gauge("mine"));
    let collector = {
        let other = other.clone();
        register(&registry, move |points| {
            let counted = Counted::register(&inner).unwrap();
            counted.knots_total.inc_by(3);
            points.push(&mine, &["x"], Point::gauge(1));
            // It is not run again inside itself, and others are.
            let page = scrape(&inner);
            assert_eq!(sample(&page, "counted_knots_total"), 3.0);
            assert_eq!(samples(&page, "mine"), [""; 0]);
            assert_eq!(samples(&page, "another"), ["another{a=\"x\"} 5"]);
            let late = gauge("late");
            register(&inner, move |points| points.push(&late, &["x"], Point::gauge(1))).leak();
            drop(other.lock().unwrap().take());
            inner.validate().unwrap();
        })
    };
    let another = gauge("another");
    let another = register(&registry, move |points| {
        points.push(&another, &["x"], Point::gauge(5));
    });
    *other.lock().unwrap() = Some(Box::new(another) as Box<dyn std::any::Any + Send>);
    let page = within_patience_of(registry.clone());
    assert_eq!(samples(&page, "mine"), ["mine{a=\"x\"} 1"]);
    // What it has dropped and registered.
    assert_eq!(samples(&page, "counted"), [""; 0]);
    drop(collector);
    assert_eq!(lines(&registry), ["late{a=\"x\"} 1"]);
}

/// A page, or a panic if it takes too long.
fn within_patience_of(registry: Registry) -> String {
    let page = Arc::new(Mutex::new(String::new()));
    let made = page.clone();
    in_time(move || *made.lock().unwrap() = scrape(&registry));
    let page = page.lock().unwrap();
    page.clone()
}

#[test]
fn it_may_drop_itself() {
    let registry = Registry::new();
    let own = Arc::new(Mutex::new(None));
    let (taken, mine) = (own.clone(), gauge("mine"));
    let collector = register(&registry, move |points| {
        points.push(&mine, &["x"], Point::gauge(1));
        drop(taken.lock().unwrap().take());
    });
    *own.lock().unwrap() = Some(Box::new(collector) as Box<dyn std::any::Any + Send>);
    assert_eq!(within_patience_of(registry.clone()), "");
    assert_eq!(scrape(&registry), "");
}

#[test]
fn two_threads_may_gather_at_once_and_each_collector_runs_once_at_a_time() {
    let registry = Registry::new();
    let (running, mine) = (AtomicUsize::new(0), gauge("mine"));
    let _collector = register(&registry, move |points| {
        assert_eq!(running.fetch_add(1, Ordering::SeqCst), 0);
        thread::yield_now();
        points.push(&mine, &["x"], Point::gauge(1));
        running.fetch_sub(1, Ordering::SeqCst);
    });
    for _ in 0..20 {
        let pages = thread::scope(|threads| {
            let scrapes = [(); 3].map(|()| threads.spawn(|| scrape(&registry)));
            scrapes.map(|scrape| scrape.join().unwrap())
        });
        pages.iter().for_each(|page| assert!(page.ends_with("mine{a=\"x\"} 1\n"), "{page}"));
        assert_eq!(samples(&pages[0], "measurand"), [""; 0]);
    }
}

#[test]
fn a_family_of_several_is_one() {
    let registry = Registry::new();
    let mine = || Descriptor::counter("counted_beads", "Beads counted.").labels(["color"]).build();
    let (first, second) = (mine().unwrap(), mine().unwrap());
    assert_ne!(first.location(), gauge("x").location());
    let one = register(&registry, move |points| {
        points.push(&first, &["zinc"], Point::counter(1_u32));
        points.push(&first, &["blue"], Point::counter(2_u32));
    });
    let two = register(&registry, move |points| {
        points.push(&second, &["lime"], Point::counter(3_u32));
    });
    let of_collectors = [
        "counted_beads_total{color=\"blue\"} 2",
        "counted_beads_total{color=\"lime\"} 3",
        "counted_beads_total{color=\"zinc\"} 1",
    ];
    assert_eq!(lines(&registry), of_collectors);
    // And what the code counts itself, though it came later, and leaves sooner.
    let counted = Counted::register(&registry).unwrap();
    counted.beads_total.with(Color::Red).inc_by(7);
    counted.beads_total.with(Color::Green).inc_by(8);
    for _ in 0..2 {
        let page = scrape(&registry);
        assert_eq!(page.matches("# TYPE counted_beads_total counter\n").count(), 1, "{page}");
        assert_eq!(
            samples(&page, "counted_beads"),
            [
                "counted_beads_total{color=\"blue\"} 2",
                "counted_beads_total{color=\"green\"} 8",
                "counted_beads_total{color=\"lime\"} 3",
                "counted_beads_total{color=\"red\"} 7",
                "counted_beads_total{color=\"zinc\"} 1",
            ]
        );
    }
    registry.validate().unwrap();
    drop(counted);
    assert_eq!(lines(&registry), of_collectors);
    let counted = Counted::register(&registry).unwrap();
    drop((one, two));
    assert_eq!(samples(&scrape(&registry), "counted_beads").len(), 2);
    drop(counted);
    assert_eq!(scrape(&registry), "");
}

/// Open labels, and values in nanoseconds.
#[derive(Metrics)]
#[metrics(namespace = "open", instance)]
struct Open {
    /// Time to wait.
    #[metric(max_series = 10, buckets = [1.0])]
    wait_seconds: Family<Tenant<'static>, Histogram<Seconds>>,
}

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[test]
fn a_family_of_any_storage_has_given_points_too() {
    let registry = Registry::new();
    let wait = Descriptor::histogram("open_wait_seconds", "Time to wait.").unit::<Seconds>();
    let wait = wait.labels(["tenant"]).buckets([1.0]).build().unwrap();
    let _collector = register(&registry, move |points| {
        for tenant in ["a", "c", "e"] {
            points.push(&wait, &[tenant], Point::histogram(&[1, 1], Duration::from_secs(4)));
        }
    });
    assert_eq!(samples(&scrape(&registry), "open_wait_seconds_sum").len(), 3);
    let open = Open::register(&registry).unwrap();
    open.wait_seconds.with(Tenant("d")).observe(Duration::from_secs(2));
    open.wait_seconds.with(Tenant("b")).observe(Duration::from_secs(3));
    // There already, so that it stays as it is.
    open.wait_seconds.with(Tenant("c")).observe(Duration::from_secs(5));
    let page = scrape(&registry);
    let sum = |tenant, sum| format!("open_wait_seconds_sum{{tenant=\"{tenant}\"}} {sum}");
    let sums = [sum("a", 4), sum("b", 3), sum("c", 5), sum("d", 2), sum("e", 4)];
    assert_eq!(samples(&page, "open_wait_seconds_sum"), sums);
    assert_eq!(samples(&page, "measurand_conflicts"), ["measurand_conflicts 1"]);
}

#[test]
fn what_conflicts_is_left_out_and_reported() {
    let registry = Registry::new();
    let counted = Counted::register(&registry).unwrap();
    let histogram = Descriptor::histogram("h", "H.").buckets([1.0]).build().unwrap();
    let of_histogram = gauge("h_bucket");
    let other_help = Descriptor::counter("counted_knots_total", "Knots.").build().unwrap();
    let own = Descriptor::gauge("measurand_conflicts", "Mine.").build().unwrap();
    let good = gauge("good");
    let _collector = register(&registry, move |points| {
        points.push(&histogram, &[], Point::histogram(&[1, 0], 1));
        points.push(&of_histogram, &["x"], Point::gauge(1));
        points.push(&other_help, &[], Point::counter(99_u32));
        points.push(&own, &[], Point::gauge(99));
        points.push(&good, &["x"], Point::gauge(1));
    });
    let found = problems(&registry);
    let texts: Vec<_> = found.iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 3, "{texts:?}");
    assert!(found.iter().all(|problem| matches!(problem, Problem::Conflict(_))), "{texts:?}");
    // By name.
    assert!(texts[0].contains("another help text"), "{texts:?}");
    assert!(texts[1].contains("`h_bucket`") && texts[1].contains("`h`"), "{texts:?}");
    assert!(texts[2].contains("(package `measurand`)"), "{texts:?}");
    // Nothing was gathered yet.
    registry.set_label("shard", "7").unwrap();
    for _ in 0..2 {
        let page = scrape(&registry);
        assert_eq!(sample(&page, "measurand_conflicts{shard=\"7\"}"), 3.0);
        assert_eq!(sample(&page, "counted_knots_total{shard=\"7\"}"), 0.0);
        assert_eq!(samples(&page, "h_bucket{a"), [""; 0]);
        assert_eq!(samples(&page, "good"), ["good{a=\"x\",shard=\"7\"} 1"]);
    }
    assert_eq!(registry.set_label("host", "x"), Err(SettingError::AlreadyGathered));
    // There is room for it when what was there has left.
    drop(counted);
    let page = scrape(&registry);
    assert_eq!(sample(&page, "counted_knots_total{shard=\"7\"}"), 99.0);
    assert_eq!(sample(&page, "measurand_conflicts{shard=\"7\"}"), 2.0);
}

#[test]
fn a_described_family_has_its_name_from_the_start() {
    let registry = Registry::new();
    registry.set_label("shard", "7").unwrap();
    let knots = || Descriptor::gauge("counted_knots_total", "Knots.").build().unwrap();
    let nothing = |_: &mut Points<'_>| ();
    let describes = |described: Descriptor| Does { described: vec![described], collect: nothing };
    let collector = registry.register_collector(describes(knots())).unwrap();
    let error = Counted::register(&registry).unwrap_err();
    assert!(matches!(error, RegisterError::Conflict { .. }), "{error}");
    drop(collector);
    let _counted = Counted::register(&registry).unwrap();
    let error = registry.register_collector(describes(knots())).unwrap_err();
    assert!(matches!(error, RegisterError::Conflict { .. }), "{error}");
    assert!(error.to_string().starts_with("collector `"), "{error}");
    let shard = Descriptor::gauge("sharded", "Sharded.").labels(["shard"]).build().unwrap();
    let error = registry.register_collector(describes(shard)).unwrap_err();
    assert!(matches!(error, RegisterError::LabelTaken { .. }), "{error}");
    registry.validate().unwrap();
    assert_eq!(samples(&scrape(&registry), "measurand"), [""; 0]);
}

#[test]
fn points_that_cannot_be_are_left_out_and_reported() {
    let registry = Registry::new();
    let level = gauge("level");
    let count = Descriptor::counter("count_total", "Count.").build().unwrap();
    let size = Descriptor::histogram("size", "Size.").buckets([1.0]).build().unwrap();
    let declared = Descriptor::counter("counted_knots_total", "Knots tied.").build().unwrap();
    let is_bad = Arc::new(AtomicBool::new(true));
    let bad = is_bad.clone();
    let _collector = register(&registry, move |points| {
        points.push(&level, &["x"], Point::gauge(1));
        if !bad.load(Ordering::Relaxed) {
            return;
        }
        points.push(&level, &["x"], Point::gauge(2));
        points.push(&level, &[], Point::gauge(3));
        points.push(&level, &["x", "y"], Point::gauge(3));
        points.push(&level, &["y"], Point::counter(4_u8));
        points.push(&count, &[], Point::counter(-1));
        points.push(&count, &[], Point::counter(f64::NAN));
        points.push(&size, &[], Point::histogram(&[1], 1));
        points.push(&declared, &[], Point::counter(5_u8));
    });
    let _counted = Counted::register(&registry).unwrap();
    let texts: Vec<_> = problems(&registry).iter().map(ToString::to_string).collect();
    let is_told = |part: &str| assert!(texts.iter().any(|text| text.contains(part)), "{texts:?}");
    is_told("`level`");
    is_told("it has 0 label values for 1 labels");
    is_told("it has 2 label values for 1 labels");
    is_told("it is of another kind: give a `Point::gauge`");
    is_told("a counter cannot be NaN or below 0");
    is_told("it has 1 counts for 2 buckets");
    is_told("there is a series with these labels already");
    assert_eq!(texts.len(), 7, "{texts:?}");
    let page = scrape(&registry);
    assert_eq!(samples(&page, "level"), ["level{a=\"x\"} 1"]);
    assert_eq!(samples(&page, "count_total"), [""; 0]);
    assert_eq!(samples(&page, "counted_knots"), ["counted_knots_total 0"]);
    assert_eq!(sample(&page, "measurand_conflicts"), 7.0);
    // It tells of what is, not of what was.
    is_bad.store(false, Ordering::Relaxed);
    let page = scrape(&registry);
    assert_eq!(samples(&page, "measurand_conflicts"), [""; 0]);
    registry.validate().unwrap();
}

#[test]
fn families_that_come_and_go_leave_nothing_behind() {
    let registry = Registry::new();
    let round = Arc::new(AtomicUsize::new(0));
    // It gives on another thread what is dropped on this one.
    let given = Arc::new(AtomicI64::new(0));
    let (name, bytes) = (round.clone(), given.clone());
    let _collector = register(&registry, move |points| {
        let given = measure(|| {
            let family = gauge(&format!("of_round_{}", name.load(Ordering::Relaxed)));
            points.push(&family, &["x"], Point::gauge(1));
        });
        bytes.fetch_add(given.bytes_current, Ordering::Relaxed);
    });
    let mut text = String::with_capacity(1 << 16);
    let mut scrape = || {
        text.clear();
        let now = round.fetch_add(1, Ordering::Relaxed) + 1;
        registry.encode_text(&mut text);
        assert!(text.ends_with(&format!("of_round_{now}{{a=\"x\"}} 1\n")), "{text}");
    };
    (0..100).for_each(|_| scrape());
    given.store(0, Ordering::Relaxed);
    let left = measure(|| (0..2_000).for_each(|_| scrape())).bytes_current;
    let left = left + given.load(Ordering::Relaxed);
    assert!(left.abs() < 20_000, "{left}");
}

#[test]
fn a_scrape_of_what_stays_allocates_nothing() {
    let registry = Registry::new();
    let (level, beads) = (gauge("level"), Descriptor::counter("counted_beads", "Beads counted."));
    let beads = beads.labels(["color"]).build().unwrap();
    let _counted = Counted::register(&registry).unwrap();
    let _collector = register(&registry, move |points| {
        points.push(&beads, &["blue"], Point::counter(1_u8));
        points.push(&level, &["x"], Point::gauge(1));
        points.push(&level, &["y"], Point::gauge(1));
    });
    let mut text = String::with_capacity(1 << 16);
    registry.encode_text(&mut text);
    registry.encode_text(&mut text);
    let mut gathers = || {
        for _ in 0..10 {
            text.clear();
            registry.encode_text(&mut text);
        }
    };
    // Where other tests have the threads that are kept, one is made.
    let mut counts = (0..20).map(|_| measure(&mut gathers).count_total);
    assert!(counts.any(|count| count == 0));
    assert!(text.contains("level{a=\"y\"} 1\n"));
}

#[test]
fn rules_that_its_names_break_are_listed() {
    let registry = Registry::new();
    let lag = Descriptor::gauge("plugin_lag_ms", "How far the plug-in is behind.").build().unwrap();
    let described = vec![lag];
    let collector = Does { described, collect: |_: &mut Points<'_>| () };
    let _collector = registry.register_collector(collector).unwrap();
    let lints = registry.lint();
    assert_eq!(lints.iter().map(|lint| lint.rule).collect::<Vec<_>>(), [Rule::Abbreviation]);
}

#[test]
fn settings_of_packages_do_not_concern_it() {
    let registry = Registry::new();
    let _counted = Counted::register(&registry).unwrap();
    // As of a proxy, which hands on what another registry has.
    let families = Arc::new(Mutex::new(Vec::<Descriptor>::new()));
    struct Notes<'a>(&'a Mutex<Vec<Descriptor>>);
    impl measurand::registry::Sink for Notes<'_> {
        fn family(&mut self, family: &Descriptor) -> measurand::registry::Flow {
            self.0.lock().unwrap().push(family.clone());
            measurand::registry::Flow::Skip
        }
        fn point(
            &mut self,
            _: &Descriptor,
            _: measurand::registry::Labels<'_>,
            _: &Point<'_>,
        ) -> measurand::registry::Flow {
            measurand::registry::Flow::Stop
        }
    }
    registry.gather(&mut Notes(&families));
    let knots = families.lock().unwrap().pop().unwrap();
    assert_eq!(knots.name(), "counted_knots_total");
    let proxy = Registry::new();
    let _other = Counted::register(&proxy).unwrap();
    proxy.prefix_package("measurand-tests", "own").unwrap();
    let _collector = register(&proxy, move |points| {
        points.push(&knots, &[], Point::counter(4_u8));
    });
    let page = scrape(&proxy);
    assert_eq!(samples(&page, "own_counted_knots"), ["own_counted_knots_total 0"]);
    assert_eq!(samples(&page, "counted_knots"), ["counted_knots_total 4"]);
    let only = Registry::new();
    let error = only.exclude_package("measurand-tests").unwrap_err();
    assert!(matches!(error, SettingError::UnknownPackage { .. }), "{error}");
}

#[test]
fn numbers_come_from_what_people_count_in() {
    assert_eq!(Number::from(-1), Number::Float(-1.0));
    assert_eq!(Number::from(u64::MAX), Number::Whole(u128::from(u64::MAX)));
    assert_eq!(Number::from(Duration::from_secs(2)).as_f64(), 2.0);
    assert_eq!(Number::from(0.5_f32), Number::Float(0.5));
}

/// Before, each family and each collector was compared with all others: this took minutes.
#[test]
fn many_families_and_many_collectors_are_no_square() {
    const MANY: usize = 10_000;
    in_time(|| {
        let families = || (0..MANY).map(|index| gauge(&format!("many_{index}_items"))).collect();
        let registry = Registry::new();
        let all: Vec<Descriptor> = families();
        let one = register(&registry, move |points| {
            // Not one behind the other, and twice, of which the first stays.
            for family in all.iter().rev().chain(&all) {
                points.push(family, &["x"], Point::gauge(1));
            }
        });
        for _ in 0..3 {
            assert_eq!(samples(&scrape(&registry), "many_").len(), MANY);
        }
        drop(one);
        assert_eq!(samples(&scrape(&registry), "many_").len(), 0);

        let families: Vec<Descriptor> = families();
        let collectors = families.into_iter().map(|family| {
            register(&registry, move |points| points.push(&family, &["x"], Point::gauge(1)))
        });
        let collectors: Vec<_> = collectors.collect();
        for _ in 0..3 {
            assert_eq!(samples(&scrape(&registry), "many_").len(), MANY);
        }
        drop(collectors);
        assert_eq!(scrape(&registry), "");
    });
}
