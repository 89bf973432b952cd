//! Collectors that collect by themselves, so that no scrape waits for them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use allocation_counter::measure;
use measurand::registry::{
    Cached, Collector, Flow, Labels, Point, Points, Problem, RegisterError, Sink,
};
use measurand::{Descriptor, Registry};
use measurand_tests::{PATIENCE, Page, sample, samples, until};

/// Allocations are counted.
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

/// A page with a sample.
fn page_with(registry: &Registry, name: &str) -> String {
    until(name, || {
        let page = scrape(registry);
        (!samples(&page, name).is_empty()).then_some(page)
    })
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

fn does<F: Fn(&mut Points<'_>) + Send + Sync + 'static>(collect: F) -> Does<F> {
    Does { described: Vec::new(), collect }
}

fn age(page: &str) -> f64 {
    let [line] = samples(page, "measurand_cached_age_seconds")[..] else { panic!("{page}") };
    line.rsplit_once(' ').unwrap().1.parse().unwrap()
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

const OFTEN: Duration = Duration::from_millis(2);
const SELDOM: Duration = Duration::from_secs(3_600);

#[test]
fn a_scrape_shows_the_last_figures_and_never_waits() {
    let _alone = alone();
    let registry = Registry::new();
    let (gate, mine) = (Gate::default(), gauge("slow"));
    let wait = gate.clone();
    let cached = Cached::every(
        SELDOM,
        does(move |points: &mut Points<'_>| {
            wait.pass();
            points.push(&mine, &[], Point::gauge(1));
        }),
    );
    registry.register_collector(cached).unwrap().leak();
    let mut last = 0.0;
    for _ in 0..20 {
        let started = Instant::now();
        let page = scrape(&registry);
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
        assert_eq!(samples(&page, "slow"), [""; 0]);
        // How long nobody has seen any.
        assert!(age(&page) > last, "{page}");
        last = age(&page);
    }
    gate.open();
    let page = page_with(&registry, "slow");
    assert_eq!(sample(&page, "slow"), 1.0);
    let later = scrape(&registry);
    assert!(age(&later) > age(&page), "{later}");
    assert!(registry.validate().is_ok());
}

#[test]
fn figures_change_by_the_interval_and_not_by_scrapes() {
    let _alone = alone();
    let registry = Registry::new();
    let (rounds, mine) = (Arc::new(AtomicUsize::new(0)), gauge("round"));
    let count = rounds.clone();
    let collector = does(move |points: &mut Points<'_>| {
        let round = count.fetch_add(1, Ordering::SeqCst) + 1;
        points.push(&mine, &[], Point::gauge(round as f64));
    });
    let _often = registry.register_collector(Cached::every(OFTEN, collector)).unwrap();
    let first = sample(&page_with(&registry, "round"), "round");
    let later = until("another round", || {
        Some(sample(&scrape(&registry), "round")).filter(|round| *round > first + 3.0)
    });
    assert!(later <= rounds.load(Ordering::SeqCst) as f64);

    let registry = Registry::new();
    let (rounds, mine) = (Arc::new(AtomicUsize::new(0)), gauge("round"));
    let count = rounds.clone();
    let collector = does(move |points: &mut Points<'_>| {
        count.fetch_add(1, Ordering::SeqCst);
        points.push(&mine, &[], Point::gauge(7));
    });
    let _seldom = registry.register_collector(Cached::every(SELDOM, collector)).unwrap();
    page_with(&registry, "round");
    (0..50).for_each(|_| assert_eq!(sample(&scrape(&registry), "round"), 7.0));
    assert_eq!(rounds.load(Ordering::SeqCst), 1);
}

#[test]
fn a_panic_keeps_the_last_figures_and_is_counted() {
    let _alone = alone();
    let registry = Registry::new();
    let (rounds, mine) = (Arc::new(AtomicUsize::new(0)), gauge("fails"));
    let count = rounds.clone();
    let collector = does(move |points: &mut Points<'_>| {
        let round = count.fetch_add(1, Ordering::SeqCst) + 1;
        points.push(&mine, &[], Point::gauge(round as f64));
        assert!(round < 3, "the pool is gone");
    });
    registry.register_collector(Cached::every(OFTEN, collector)).unwrap().leak();
    until("a panic", || (rounds.load(Ordering::SeqCst) > 4).then_some(()));
    let page = scrape(&registry);
    assert_eq!(sample(&page, "fails"), 2.0);
    let panics = samples(&page, "measurand_collector_panics_total");
    // By the type of what is cached.
    assert!(panics.len() == 1 && panics[0].contains("{collector=\"cached::Does<"), "{page}");
    // They are shown, so nothing is left out; their age tells.
    assert!(registry.validate().is_ok());
    let before = age(&page);
    until("old figures", || (age(&scrape(&registry)) > before + 0.01).then_some(()));
}

#[test]
fn what_it_describes_and_gives_is_judged_as_of_any_collector() {
    let _alone = alone();
    let (mine, other) = (gauge("described"), gauge("undescribed"));
    let collector = || {
        let (mine, other) = (mine.clone(), other.clone());
        let described = vec![mine.clone()];
        let collect = move |points: &mut Points<'_>| {
            points.push(&mine, &[], Point::gauge(1));
            points.push(&mine, &["x"], Point::gauge(1));
            points.push(&other, &[], Point::gauge(1));
        };
        Cached::every(SELDOM, Does { described, collect })
    };
    let registry = Registry::pedantic();
    let view = registry.with_prefix("view").unwrap();
    let cached = view.register_collector(collector()).unwrap();
    let page = page_with(&registry, "view_described");
    assert_eq!(samples(&page, "view_undescribed"), [""; 0]);
    let error = registry.validate().unwrap_err();
    let names = error.problems().iter().map(|problem| match problem {
        Problem::Point(point) => point.metric.as_str(),
        problem => panic!("{problem}"),
    });
    assert_eq!(names.collect::<Vec<_>>(), ["view_described", "view_undescribed"], "{error}");
    // It is there already.
    let error = view.register_collector(collector()).unwrap_err();
    assert!(matches!(error, RegisterError::AlreadyRegistered(_)), "{error}");
    drop((cached, error));
    assert_eq!(scrape(&registry), "");
    let error = registry.register_collector(Cached::every(SELDOM, does(|_: &mut Points<'_>| ())));
    assert!(matches!(error.unwrap_err(), RegisterError::Unchecked { .. }));
}

#[test]
fn points_of_every_shape_are_kept() {
    let _alone = alone();
    let wait = Descriptor::histogram("kept_wait", "Waits.").buckets([1.0, 2.0]).labels(["a"]);
    let reads = Descriptor::counter("kept_reads_total", "Reads.").labels(["a", "b"]);
    let (wait, reads) = (wait.build().unwrap(), reads.build().unwrap());
    let give = move |points: &mut Points<'_>| {
        for a in ["y", "x"] {
            points.push(&wait, &[a], Point::histogram(&[1, 2, 3], 9_u8));
            points.push(&reads, &[a, "\"\n"], Point::counter(5_u8));
        }
    };
    let (plain, cached) = (Registry::new(), Registry::new());
    plain.register_collector(does(give.clone())).unwrap().leak();
    cached.register_collector(Cached::every(SELDOM, does(give))).unwrap().leak();
    let page = page_with(&cached, "kept");
    let kept = |page: &str| {
        let lines = page.lines().filter(|line| line.contains("kept_"));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(kept(&page), kept(&scrape(&plain)));
    assert_eq!(samples(&page, "kept").len(), 12);
}

#[test]
fn a_scrape_of_it_allocates_nothing() {
    let _alone = alone();
    struct Nowhere;
    impl Sink for Nowhere {
        fn family(&mut self, _: &Descriptor) -> Flow {
            Flow::Continue
        }
        fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
            Flow::Continue
        }
    }
    let registry = Registry::new();
    let mine = gauge("mine");
    let collector = does(move |points: &mut Points<'_>| points.push(&mine, &[], Point::gauge(1)));
    registry.register_collector(Cached::every(SELDOM, collector)).unwrap().leak();
    page_with(&registry, "mine");
    (0..2).for_each(|_| assert!(registry.gather(&mut Nowhere).is_whole()));
    let allocations = measure(|| (0..10).for_each(|_| drop(registry.gather(&mut Nowhere))));
    assert_eq!(allocations.count_total, 0);
}

#[test]
fn of_several_of_one_type_the_oldest_figures_tell() {
    let _alone = alone();
    /// Hangs if it is to.
    struct Hangs(Option<Gate>);
    impl Collector for Hangs {
        fn collect(&self, _: &mut Points<'_>) {
            if let Some(gate) = &self.0 {
                gate.pass();
            }
        }
    }
    let registry = Registry::new();
    let gate = Gate::default();
    registry.register_collector(Cached::every(SELDOM, Hangs(Some(gate.clone())))).unwrap().leak();
    std::thread::sleep(Duration::from_millis(20));
    registry.register_collector(Cached::every(OFTEN, Hangs(None))).unwrap().leak();
    let page = scrape(&registry);
    assert!(age(&page) >= 0.02, "{page}");
    gate.open();
}
