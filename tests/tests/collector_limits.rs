//! Collectors that take too long, and the threads on which they run.

use std::any::Any;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

use measurand::registry::{Collector, Point, Points, Problem};
use measurand::{Counter, Descriptor, Metrics, Registered, Registry};
use measurand_tests::{PATIENCE, Page, in_time, sample, samples, until};

/// Threads are counted, and time is.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    Page::parse(text.as_bytes()).unwrap();
    text
}

fn gauge(name: &str) -> Descriptor {
    Descriptor::gauge(name, "Of a test.").build().unwrap()
}

/// Does what a closure does.
struct Does<F>(F);

impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Does<F> {
    fn collect(&self, points: &mut Points<'_>) {
        (self.0)(points);
    }
}

fn register<F: Fn(&mut Points<'_>) + Send + Sync + 'static>(
    registry: &Registry,
    collect: F,
) -> Registered<Does<F>> {
    registry.register_collector(Does(collect)).unwrap()
}

/// What the code counts itself.
#[derive(Metrics)]
#[metrics(namespace = "limited", instance)]
struct Counts {
    /// Things.
    things_total: Counter,
}

/// Shuts who comes, until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn pass(&self) {
        let (is_open, changed) = &*self.0;
        let is_open = is_open.lock().unwrap();
        let waited = changed.wait_timeout_while(is_open, PATIENCE, |is_open| !*is_open);
        assert!(!waited.unwrap().1.timed_out(), "nobody has opened it");
    }

    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

/// Opens it also where the test fails, so that nothing waits.
impl Drop for Opens {
    fn drop(&mut self) {
        self.0.open();
    }
}

struct Opens(Gate);

/// How many threads of this crate there are.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm"));
    tasks
        .filter_map(|task| name(task).ok())
        .filter(|name| name.starts_with("measurand-colle"))
        .count()
}

/// A collector that hangs until its gate is opened, and how often it was started.
fn hanging(registry: &Registry, name: &str, gate: &Gate) -> Arc<AtomicUsize> {
    let (starts, mine, gate) = (Arc::new(AtomicUsize::new(0)), gauge(name), gate.clone());
    let started = starts.clone();
    let collector = register(registry, move |points: &mut Points<'_>| {
        started.fetch_add(1, Ordering::SeqCst);
        points.push(&mine, &[], Point::gauge(1));
        gate.pass();
        points.push(&mine, &[], Point::gauge(2));
    });
    collector.leak();
    starts
}

/// Short, but nothing that does not hang takes as long.
const LIMIT: Duration = Duration::from_millis(300);

#[test]
fn a_late_collector_costs_its_own_families_only_and_holds_one_thread() {
    let _alone = alone();
    let registry = Registry::new();
    registry.set_collector_timeout(LIMIT);
    let gate = Gate::default();
    let _opens = Opens(gate.clone());
    let [first, last] = ["a_first", "z_last"].map(gauge);
    register(&registry, move |points| points.push(&first, &[], Point::gauge(1))).leak();
    let starts = hanging(&registry, "hanging", &gate);
    register(&registry, move |points| points.push(&last, &[], Point::gauge(2))).leak();
    let before = threads();
    for gather in 1..20 {
        let started = Instant::now();
        let page = scrape(&registry);
        // Only the first one waits.
        assert!(gather == 1 || started.elapsed() < PATIENCE, "{:?}", started.elapsed());
        assert_eq!(samples(&page, "hanging"), [""; 0]);
        assert_eq!((sample(&page, "a_first"), sample(&page, "z_last")), (1.0, 2.0));
        let timeouts = samples(&page, "measurand_collector_timeouts_total");
        assert_eq!(timeouts.len(), 1, "{page}");
        assert!(timeouts[0].ends_with(&format!(" {gather}")), "{page}");
    }
    assert_eq!(starts.load(Ordering::SeqCst), 1);
    // The one that hangs, the one for the others.
    assert!(threads() <= before + 2, "{before} {}", threads());
    let error = registry.validate().unwrap_err();
    let [Problem::CollectorLate { collector, limit }] = error.problems() else { panic!("{error}") };
    assert!(collector.contains("hanging") && *limit == LIMIT, "{error}");
    assert!(error.to_string().contains("did not finish within 300ms"), "{error}");
    // It comes back when it has come to its end.
    gate.open();
    let page = until("the collector", || {
        let page = scrape(&registry);
        (!samples(&page, "hanging").is_empty()).then_some(page)
    });
    // Of equal series the first point stays, and it is of this gather.
    assert_eq!(sample(&page, "hanging"), 1.0);
    assert_eq!(starts.load(Ordering::SeqCst), 2);
}

#[test]
fn what_comes_too_late_touches_no_later_gather() {
    let _alone = alone();
    let registry = Registry::new();
    registry.set_collector_timeout(LIMIT);
    let (gate, round) = (Gate::default(), Arc::new(AtomicUsize::new(0)));
    let _opens = Opens(gate.clone());
    let (wait, now, mine) = (gate.clone(), round.clone(), gauge("of_round"));
    register(&registry, move |points: &mut Points<'_>| {
        let round = now.fetch_add(1, Ordering::SeqCst);
        if round == 0 {
            wait.pass();
        }
        points.push(&mine, &[], Point::gauge(round as f64));
    })
    .leak();
    let other = gauge("other");
    register(&registry, move |points| points.push(&other, &[], Point::gauge(7))).leak();
    assert_eq!(samples(&scrape(&registry), "of_round"), [""; 0]);
    gate.open();
    let mut last = 0.0;
    for _ in 0..200 {
        let page = scrape(&registry);
        assert_eq!(sample(&page, "other"), 7.0);
        if let [line] = samples(&page, "of_round")[..] {
            let value: f64 = line.rsplit_once(' ').unwrap().1.parse().unwrap();
            assert!(value > last, "{value} behind {last}");
            last = value;
        }
    }
    assert!(last > 0.0);
}

#[test]
fn collectors_share_the_limit_and_none_waits_for_a_slow_one() {
    let _alone = alone();
    in_time(|| {
        let registry = Registry::new();
        registry.set_collector_timeout(Duration::from_millis(500));
        let gate = Gate::default();
        let _opens = Opens(gate.clone());
        for index in 0..6 {
            hanging(&registry, &format!("hanging_{index}"), &gate);
            let good = gauge(&format!("good_{index}"));
            register(&registry, move |points| points.push(&good, &[], Point::gauge(1))).leak();
        }
        let started = Instant::now();
        let page = scrape(&registry);
        // Six times the limit would be 3 seconds.
        assert!(started.elapsed() < Duration::from_millis(2_500), "{:?}", started.elapsed());
        assert_eq!(samples(&page, "good").len(), 6, "{page}");
        assert_eq!(samples(&page, "hanging"), [""; 0]);
        let timeouts = samples(&page, "measurand_collector_timeouts_total");
        assert!(timeouts.len() == 1 && timeouts[0].ends_with(" 6"), "{timeouts:?}");
    });
}

#[test]
fn fast_collectors_run_on_one_thread_that_is_kept() {
    let _alone = alone();
    let registry = Registry::new();
    let ids = Arc::new(Mutex::new(HashSet::<ThreadId>::new()));
    for index in 0..10 {
        let (ids, mine) = (ids.clone(), gauge(&format!("fast_{index}")));
        register(&registry, move |points: &mut Points<'_>| {
            ids.lock().unwrap().insert(thread::current().id());
            points.push(&mine, &[], Point::gauge(1));
        })
        .leak();
    }
    for _ in 0..300 {
        assert_eq!(samples(&scrape(&registry), "fast").len(), 10);
    }
    // A machine that is busy elsewhere may make a collector seem slow.
    let ids = ids.lock().unwrap();
    assert!(ids.len() <= 4 && !ids.contains(&thread::current().id()), "{ids:?}");
}

#[test]
fn who_gathers_inside_of_a_collector_comes_to_an_end_though_another_one_hangs() {
    let _alone = alone();
    in_time(|| {
        let registry = Registry::new();
        registry.set_collector_timeout(Duration::from_millis(500));
        let gate = Gate::default();
        let _opens = Opens(gate.clone());
        let (inner, outer) = (registry.clone(), gauge("outer"));
        let nested = Arc::new(Mutex::new(String::new()));
        let seen = nested.clone();
        register(&registry, move |points: &mut Points<'_>| {
            *seen.lock().unwrap() = scrape(&inner);
            points.push(&outer, &[], Point::gauge(1));
        })
        .leak();
        hanging(&registry, "hanging", &gate);
        let page = scrape(&registry);
        assert_eq!(sample(&page, "outer"), 1.0);
        assert_eq!(samples(&page, "hanging"), [""; 0]);
        let nested = nested.lock().unwrap();
        assert_eq!(samples(&nested, "outer"), [""; 0]);
        assert_eq!(samples(&nested, "measurand_collector_timeouts_total").len(), 1, "{nested}");
    });
}

#[test]
fn collectors_that_gather_each_other_on_two_threads_are_no_deadlock() {
    let _alone = alone();
    in_time(|| {
        let registry = Registry::new();
        for name in ["one", "two"] {
            let (inner, mine) = (registry.clone(), gauge(name));
            register(&registry, move |points: &mut Points<'_>| {
                assert_eq!(samples(&scrape(&inner), name), [""; 0]);
                points.push(&mine, &[], Point::gauge(1));
            })
            .leak();
        }
        thread::scope(|threads| {
            for _ in 0..2 {
                threads.spawn(|| {
                    for _ in 0..50 {
                        let page = scrape(&registry);
                        assert_eq!((sample(&page, "one"), sample(&page, "two")), (1.0, 1.0));
                        assert_eq!(samples(&page, "measurand"), [""; 0]);
                    }
                });
            }
        });
    });
}

#[test]
fn a_collector_that_hangs_may_be_unregistered_and_ends_later() {
    let _alone = alone();
    /// Says when it is dropped.
    struct Hangs(Gate, Arc<AtomicBool>);
    impl Collector for Hangs {
        fn collect(&self, _: &mut Points<'_>) {
            self.0.pass();
        }
    }
    impl Drop for Hangs {
        fn drop(&mut self) {
            self.1.store(true, Ordering::SeqCst);
            panic!("also in a destructor");
        }
    }
    let registry = Registry::new();
    registry.set_collector_timeout(LIMIT);
    let (gate, is_dropped) = (Gate::default(), Arc::new(AtomicBool::new(false)));
    let _opens = Opens(gate.clone());
    let collector = registry.register_collector(Hangs(gate.clone(), is_dropped.clone())).unwrap();
    assert_eq!(samples(&scrape(&registry), "measurand_collector_timeouts").len(), 1);
    drop(collector);
    assert_eq!(scrape(&registry), "");
    assert!(!is_dropped.load(Ordering::SeqCst));
    gate.open();
    until("the end of it", || is_dropped.load(Ordering::SeqCst).then_some(()));
    // Its thread is none the worse.
    let mine = gauge("mine");
    register(&registry, move |points| points.push(&mine, &[], Point::gauge(1))).leak();
    assert_eq!(sample(&scrape(&registry), "mine"), 1.0);
}

#[test]
fn the_limit_may_be_none_at_all_or_as_long_as_one_likes() {
    let _alone = alone();
    let registry = Registry::new();
    let mine = gauge("mine");
    register(&registry, move |points: &mut Points<'_>| {
        thread::sleep(Duration::from_millis(20));
        points.push(&mine, &[], Point::gauge(1));
    })
    .leak();
    registry.set_collector_timeout(Duration::MAX);
    assert_eq!(sample(&scrape(&registry), "mine"), 1.0);
    registry.set_collector_timeout(Duration::ZERO);
    assert_eq!(samples(&scrape(&registry), "mine"), [""; 0]);
    registry.set_collector_timeout(Duration::from_secs(10));
    until("the end of the late one", || {
        (!samples(&scrape(&registry), "mine").is_empty()).then_some(())
    });
}

#[test]
fn a_thousand_scrapes_beside_collectors_that_misbehave_give_the_others_whole() {
    let _alone = alone();
    in_time(|| {
        let registry = Registry::new();
        registry.set_collector_timeout(LIMIT);
        let gate = Gate::default();
        let _opens = Opens(gate.clone());
        let metrics = Counts::register(&registry).unwrap();
        for index in 0..3 {
            let good = gauge(&format!("good_{index}"));
            register(&registry, move |points| points.push(&good, &[], Point::gauge(index))).leak();
        }
        let bad = gauge("panics");
        register(&registry, move |points: &mut Points<'_>| {
            points.push(&bad, &[], Point::gauge(1));
            // Without the message, which takes its time.
            std::panic::resume_unwind(Box::new("no figures"));
        })
        .leak();
        let starts = hanging(&registry, "hangs", &gate);
        // It registers another one, and drops the one before, each time.
        let (inner, round) = (registry.clone(), AtomicUsize::new(0));
        let last = Mutex::new(None);
        let again = gauge("again");
        register(&registry, move |points: &mut Points<'_>| {
            let round = round.fetch_add(1, Ordering::SeqCst);
            let other = gauge(&format!("other_{}", round % 7));
            let other = register(&inner, move |points| points.push(&other, &[], Point::gauge(1)));
            let before = last.lock().unwrap().replace(Box::new(other) as Box<dyn Any + Send>);
            drop(before);
            points.push(&again, &[], Point::gauge(round as f64));
        })
        .leak();
        let mut late = 0;
        for scrapes in 1..=1_000 {
            metrics.things_total.inc();
            let page = scrape(&registry);
            assert_eq!(sample(&page, "limited_things_total"), f64::from(scrapes));
            for bad in ["panics", "hangs"] {
                assert_eq!(samples(&page, bad), [""; 0]);
            }
            // On a machine that is busy elsewhere anybody may be late once.
            let good = samples(&page, "good").len() + samples(&page, "again").len();
            late += usize::from(good < 4);
        }
        assert!(late <= 10, "{late}");
        assert_eq!(starts.load(Ordering::SeqCst), 1);
        let page = scrape(&registry);
        let panics = samples(&page, "measurand_collector_panics_total");
        let [panics] = panics[..] else { panic!("{page}") };
        let panics: u32 = panics.rsplit_once(' ').unwrap().1.parse().unwrap();
        assert!(panics > 990, "{panics}");
    });
}
