//! Families from many threads: every update is found in exactly one place.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{LazyLock, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use measurand::unit::Seconds;
use measurand::{
    Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry, Series,
};
use measurand_tests::{PATIENCE, sample, samples};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

/// Fails if `work` hangs.
fn in_time(work: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        // Nobody waits any more if it took too long.
        let _ = sender.send(());
    });
    if receiver.recv_timeout(PATIENCE * 3) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("it hangs");
    }
    worker.join().unwrap();
}

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

/// As simple as it can be.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % below
    }
}

/// Families of two limits.
#[derive(Metrics)]
#[metrics(namespace = "churn", instance(name: &str))]
struct Churn {
    /// Few.
    #[metric(max_series = 3)]
    few_total: Family<Sale<'static>, Counter>,
    /// Some.
    #[metric(max_series = 60)]
    some_total: Family<Sale<'static>, Counter>,
}

/// What marks a series that was seen.
const MARK: u64 = 1 << 40;

/// Counts what all these series have together, each of them once however often it is in there.
fn sum_once(kept: &[Series<Counter>]) -> u64 {
    let mut sum = 0;
    for series in kept {
        let value = series.get();
        if value < MARK {
            sum += value;
            series.inc_by(MARK);
        }
    }
    sum
}

/// No series twice, and no more than there may be.
fn check_page(text: &str, family: &str, limit: usize) {
    let lines = samples(text, family);
    let names: HashSet<_> = lines.iter().map(|line| line.rsplit_once(' ').unwrap().0).collect();
    assert_eq!(names.len(), lines.len(), "{text}");
    let live = lines.iter().filter(|line| !line.contains("__other__")).count();
    // Series that are removed and made again while a page is put together do not stand beside
    // those that took their place.
    assert!(live <= limit, "{live} of {limit}\n{text}");
    assert!(lines.len() - live <= 2, "{text}");
}

/// All threads update, through handles that they keep, and all remove.
fn churn(family: &Family<Sale<'static>, Counter>, registry: &Registry, name: &str, limit: usize) {
    const THREADS: usize = 6;
    const STEPS: usize = 20_000;
    let is_done = AtomicBool::new(false);
    let counted = AtomicU64::new(0);
    let all = Mutex::new(Vec::new());
    thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (all, counted) = (&all, &counted);
                scope.spawn(move || {
                    let mut random = Random(0x9e37_79b9 + thread as u64);
                    let (mut kept, mut own) = (Vec::new(), 0);
                    for _ in 0..STEPS {
                        let shop = random.next(limit * 2).to_string();
                        let tender = [Tender::Cash, Tender::Card][random.next(2)];
                        let sale = Sale { tender, shop: &shop };
                        match random.next(64) {
                            0..4 => {
                                family.remove(sale);
                            }
                            4 => {
                                family.remove_where(|labels| labels.get("shop") == Some(&shop));
                            }
                            5 if random.next(20) == 0 => family.clear(),
                            _ => {
                                let series = family.with(sale).keep();
                                series.inc();
                                kept.push(series);
                                own += 1;
                            }
                        }
                    }
                    counted.fetch_add(own, Ordering::Relaxed);
                    all.lock().unwrap().append(&mut kept);
                })
            })
            .collect();
        let scraper = scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                check_page(&scrape(registry), name, limit);
            }
        });
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        is_done.store(true, Ordering::Relaxed);
        scraper.join().unwrap();
    });
    let text = scrape(registry);
    check_page(&text, name, limit);
    let all = all.into_inner().unwrap();
    assert_eq!(sum_once(&all), counted.into_inner());
    // All that is on the page was marked, so each of these is one that was kept.
    for line in samples(&scrape(registry), name) {
        let value: u64 = line.rsplit_once(' ').unwrap().1.parse().unwrap();
        assert!(value >= MARK, "{line}");
    }
}

#[test]
fn every_update_is_in_one_series_while_all_threads_remove() {
    in_time(|| {
        let registry = Registry::new();
        let instance = Churn::register(&registry, "a").unwrap();
        churn(&instance.few_total, &registry, "churn_few_total", 3);
        churn(&instance.some_total, &registry, "churn_some_total", 60);
    });
}

/// One thread removes, and keeps what it removes; the others look series up at each update.
fn churn_by_labels(
    family: &Family<Sale<'static>, Counter>,
    registry: &Registry,
    name: &str,
    limit: usize,
) {
    const THREADS: u64 = 5;
    const STEPS: u64 = 60_000;
    let finished = AtomicU64::new(0);
    let mut removed = Vec::new();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let finished = &finished;
            scope.spawn(move || {
                let mut random = Random(0x9e37_79b9 + thread);
                for _ in 0..STEPS {
                    let shop = random.next(limit * 2).to_string();
                    let tender = [Tender::Cash, Tender::Card][random.next(2)];
                    family.with(Sale { tender, shop: &shop }).inc();
                }
                finished.fetch_add(1, Ordering::Relaxed);
            });
        }
        scope.spawn(|| {
            while finished.load(Ordering::Relaxed) < THREADS {
                check_page(&scrape(registry), name, limit);
            }
        });
        let mut random = Random(7);
        while finished.load(Ordering::Relaxed) < THREADS {
            let one_in = [1, 2, 10, 100][random.next(4)];
            let mut hits = Vec::new();
            let count = family.remove_where(|labels| {
                let is_hit = random.next(one_in) == 0;
                if is_hit {
                    let is_cash = labels.get("tender") == Some("cash");
                    let tender = if is_cash { Tender::Cash } else { Tender::Card };
                    let shop = labels.get("shop").unwrap();
                    // Nobody else removes, so this is the one that is shown.
                    hits.push(family.with(Sale { tender, shop }).keep());
                }
                is_hit
            });
            assert_eq!(count, hits.len());
            removed.append(&mut hits);
        }
    });
    let text = scrape(registry);
    let live: f64 = samples(&text, name)
        .into_iter()
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap())
        .sum();
    assert_eq!(sum_once(&removed) + live as u64, THREADS * STEPS);
    assert!(removed.len() > 10);
}

#[test]
fn every_update_by_labels_is_in_one_series_while_one_thread_removes() {
    in_time(|| {
        let registry = Registry::new();
        let instance = Churn::register(&registry, "a").unwrap();
        churn_by_labels(&instance.few_total, &registry, "churn_few_total", 3);
        churn_by_labels(&instance.some_total, &registry, "churn_some_total", 60);
    });
}

#[test]
fn updates_past_the_limit_are_counted_exactly_by_many_threads() {
    const THREADS: u64 = 8;
    let registry = Registry::new();
    let instance = Churn::register(&registry, "a").unwrap();
    // All race for three places.
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let family = &instance.few_total;
            scope.spawn(move || {
                for step in 0..2_000 {
                    let shop = ((thread * 7 + step) % 40).to_string();
                    family.with(Sale { tender: Tender::Card, shop: &shop }).inc();
                }
            });
        }
    });
    let text = scrape(&registry);
    let lines = samples(&text, "churn_few_total");
    assert_eq!(lines.len(), 4, "{text}");
    let value = |line: &str| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap();
    assert_eq!(lines.iter().map(|line| value(line)).sum::<u64>(), THREADS * 2_000);
    let other = sample(&text, "churn_few_total{name=\"a\",tender=\"card\",shop=\"__other__\"}");
    let overflow = "measurand_overflow_updates_total{family=\"churn_few_total\"}";
    assert_eq!(sample(&text, overflow), other);
}

/// Closed families whose cells are in slabs.
#[derive(Metrics)]
#[metrics(namespace = "closed_churn", local)]
struct ClosedChurn {
    /// Things.
    things_total: Family<Tender, Counter>,
    /// Running now.
    in_progress: Family<Tender, InProgress>,
    /// A level.
    level: Family<Tender, Gauge>,
    /// Amounts of 1 and 100.
    #[metric(buckets = [10])]
    amounts: Family<Tender, Histogram>,
}

#[test]
fn closed_series_that_are_cleared_beside_scrapes_never_go_below_zero() {
    in_time(|| {
        const STEPS: u64 = 300_000;
        let registry = Registry::new();
        ClosedChurn::register(&registry).unwrap();
        let churn = ClosedChurn::global();
        let finished = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    for step in 0..STEPS {
                        let _guard = churn.in_progress.with(Tender::Cash).start();
                        churn.things_total.with(Tender::Cash).inc();
                        churn.amounts.with(Tender::Cash).observe([1, 100][step as usize % 2]);
                    }
                    finished.fetch_add(1, Ordering::Relaxed);
                });
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    while finished.load(Ordering::Relaxed) < 3 {
                        churn.remove_where(|_| true);
                        thread::yield_now();
                    }
                });
            }
            while finished.load(Ordering::Relaxed) < 3 {
                let text = scrape(&registry);
                let things = sample(&text, "closed_churn_things_total{tender=\"cash\"}");
                assert!(things <= (3 * STEPS) as f64, "{text}");
                assert!(churn.things_total.with(Tender::Cash).get() <= 3 * STEPS);
                let running = sample(&text, "closed_churn_in_progress{tender=\"cash\"}");
                // Three run at most; where they never stand still, what is shown is near that.
                assert!(running <= 100.0, "{text}");
                let low = sample(&text, "closed_churn_amounts_bucket{tender=\"cash\",le=\"10\"}");
                let count = sample(&text, "closed_churn_amounts_count{tender=\"cash\"}");
                let sum = sample(&text, "closed_churn_amounts_sum{tender=\"cash\"}");
                assert!(count <= (3 * STEPS) as f64, "{text}");
                assert_eq!(sum, low + 100.0 * (count - low), "{text}");
            }
        });
        churn.remove_where(|_| true);
        let text = scrape(&registry);
        assert!(samples(&text, "closed_churn_").iter().all(|line| line.ends_with(" 0")), "{text}");
    });
}

#[test]
fn what_was_cleared_by_two_threads_does_not_come_back() {
    in_time(|| {
        /// Static.
        #[derive(Metrics)]
        #[metrics(namespace = "cleared_twice", local)]
        struct Twice {
            /// Things.
            things_total: Family<Tender, Counter>,
        }
        Twice::register(&Registry::new()).unwrap();
        let family = &Twice::global().things_total;
        let barrier = std::sync::Barrier::new(3);
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..20_000 {
                        barrier.wait();
                        family.remove(Tender::Cash);
                        family.with(Tender::Cash).inc();
                        family.remove(Tender::Cash);
                        barrier.wait();
                    }
                });
            }
            let mut came_back = 0;
            for _ in 0..20_000 {
                barrier.wait();
                barrier.wait();
                came_back += family.with(Tender::Cash).get();
            }
            assert_eq!(came_back, 0);
        });
    });
}

#[test]
fn instances_with_open_families_come_and_go_beside_scrapes() {
    in_time(|| {
        let registry = Registry::new();
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            let scraper = scope.spawn(|| {
                while !is_done.load(Ordering::Relaxed) {
                    let text = scrape(&registry);
                    let lines = samples(&text, "churn_few_total");
                    let names: HashSet<_> =
                        lines.iter().map(|line| line.rsplit_once(' ').unwrap().0).collect();
                    assert_eq!(names.len(), lines.len(), "{text}");
                    // It is there before its first update is.
                    let is_known = |line: &&str| line.ends_with(" 1") || line.ends_with(" 0");
                    assert!(lines.iter().all(is_known), "{text}");
                }
            });
            let workers: Vec<_> = (0..3)
                .map(|worker| {
                    let registry = &registry;
                    scope.spawn(move || {
                        for round in 0..2_000 {
                            let name = format!("{worker}{}", round % 5);
                            let churn = Churn::register(registry, &name).unwrap();
                            for shop in ["a", "b"] {
                                let family = &churn.few_total;
                                let sale = Sale { tender: Tender::Cash, shop };
                                if round % 2 == 0 {
                                    family.with(sale).inc();
                                }
                            }
                        }
                    })
                })
                .collect();
            workers.into_iter().for_each(|worker| worker.join().unwrap());
            is_done.store(true, Ordering::Relaxed);
            scraper.join().unwrap();
        });
        assert_eq!(scrape(&registry), "");
    });
}

/// The memory that the process has, in bytes.
#[cfg(target_os = "linux")]
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: u64 = statm.split(' ').nth(1).expect("resident pages").parse().expect("a number");
    pages * 4096
}

#[derive(LabelSet, Clone, Copy)]
struct Client<'a> {
    client: &'a str,
}

/// What anybody may put values into.
#[derive(Metrics)]
#[metrics(namespace = "attacked", instance(name: &str))]
struct Attacked {
    /// Requests.
    #[metric(max_series = 1000)]
    requests_total: Family<Client<'static>, Counter>,
    /// Requests that were not turned away.
    #[metric(max_series = 1000)]
    churned_total: Family<Client<'static>, Counter>,
}

static REST: LazyLock<String> = LazyLock::new(|| "\"} 1\nfake 2 \\".repeat(70));

/// A value of about 1 KiB for each number, full of what has to be escaped.
fn hostile(value: &mut String, number: u64) {
    use std::fmt::Write as _;
    value.clear();
    if number == 0 {
        return;
    }
    write!(value, "\"\\\n\0ä{number}{{}},").unwrap();
    value.push_str(&REST);
}

#[cfg(target_os = "linux")]
#[test]
fn a_million_hostile_values_take_no_more_memory_than_the_limit() {
    let registry = Registry::new();
    let attacked = Attacked::register(&registry, "").unwrap();
    let mut value = String::new();
    let mut run = |numbers: std::ops::Range<u64>| {
        for number in numbers {
            hostile(&mut value, number);
            attacked.requests_total.with(Client { client: &value }).inc();
            if number % 8 == 0 {
                attacked.churned_total.with(Client { client: &value }).inc();
            }
            if number % 4_000 == 0 {
                attacked.churned_total.clear();
            }
        }
    };
    run(0..2_000);
    let mut text = scrape(&registry);
    let before = resident_bytes();
    run(2_000..1_000_000);
    text.clear();
    registry.encode_text(&mut text);
    let grown = resident_bytes().saturating_sub(before);
    // Other tests of this binary run at the same time.
    assert!(grown <= 64 << 20, "{grown} bytes more");

    let overflow = "measurand_overflow_updates_total{family=\"attacked_requests_total\"}";
    assert_eq!(sample(&text, overflow), 999_000.0);
    let lines = samples(&text, "attacked_requests_total");
    assert_eq!(lines.len(), 1_001);
    assert_eq!(sample(&text, "attacked_requests_total{client=\"__other__\"}"), 999_000.0);
    assert!(!text.contains("\nfake"));
    // The empty value and the first of the others are there, at 1.
    assert_eq!(sample(&text, "attacked_requests_total"), 1.0);
    let start = "attacked_requests_total{client=\"\\\"\\\\\\n\0ä999{},\\\"} 1\\nfake 2 \\\\";
    assert_eq!(samples(&text, start).len(), 1);
    for line in text.lines() {
        assert!(line.starts_with(['#', 'a', 'm']), "{line}");
        assert!(line.starts_with('#') || line.rsplit_once(' ').unwrap().1.parse::<u64>().is_ok());
    }
    // Those of a family whose series go in time were never turned away.
    assert_eq!(samples(&text, "measurand_overflow_updates_total").len(), 1);
    assert_eq!(samples(&text, "attacked_churned_total").len(), 499);
}

/// For updates at odd moments.
#[derive(Metrics)]
#[metrics(namespace = "odd", local)]
struct Odd {
    /// Things.
    #[metric(max_series = 10)]
    things_total: Family<Sale<'static>, Counter>,
    /// Things, by what is known.
    closed_total: Family<Tender, Counter>,
    /// A level, whose cells are its own.
    level: Family<Tender, Gauge>,
    /// Time to wait.
    #[metric(max_series = 10)]
    wait_seconds: Family<Sale<'static>, Histogram<Seconds>>,
    /// Running now.
    #[metric(max_series = 10)]
    in_progress: Family<Sale<'static>, InProgress>,
}

struct CountsAtTheEnd(&'static str);

impl Drop for CountsAtTheEnd {
    fn drop(&mut self) {
        let (odd, sale) = (Odd::global(), Sale { tender: Tender::Cash, shop: self.0 });
        let _guard = odd.in_progress.with(sale).start();
        odd.things_total.with(sale).inc();
        odd.things_total.with(Sale { tender: Tender::Card, ..sale }).keep().inc();
        odd.things_total.remove(Sale { tender: Tender::Card, shop: "none" });
        odd.closed_total.with(Tender::Card).inc();
        odd.level.with(Tender::Card).inc();
        odd.wait_seconds.with(sale).time(|| ());
        assert_eq!(odd.wait_seconds.with(Sale { shop: "none", ..sale }).snapshot().count(), 0);
    }
}

#[test]
fn updates_from_destructors_of_thread_locals_count() {
    thread_local! {
        static BEFORE: RefCell<Option<CountsAtTheEnd>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<CountsAtTheEnd>> = const { RefCell::new(None) };
    }
    let registry = Registry::new();
    Odd::register(&registry).unwrap();
    let odd = Odd::global();
    for _ in 0..100 {
        thread::spawn(|| {
            BEFORE.set(Some(CountsAtTheEnd("before")));
            odd.things_total.with(Sale { tender: Tender::Cash, shop: "during" }).inc();
            AFTER.set(Some(CountsAtTheEnd("after")));
        })
        .join()
        .unwrap();
    }
    // In a thread that counts in nothing else.
    thread::spawn(|| BEFORE.set(Some(CountsAtTheEnd("first")))).join().unwrap();
    let text = scrape(&registry);
    let values: BTreeMap<_, _> = samples(&text, "odd_")
        .into_iter()
        .filter(|line| !line.contains("_sum{") && !line.contains("le=\""))
        .map(|line| line.rsplit_once(' ').unwrap())
        .filter(|(_, value)| *value != "0")
        .collect();
    let expected = [
        ("odd_closed_total{tender=\"card\"}", "201"),
        ("odd_level{tender=\"card\"}", "201"),
        ("odd_things_total{tender=\"card\",shop=\"after\"}", "100"),
        ("odd_things_total{tender=\"card\",shop=\"before\"}", "100"),
        ("odd_things_total{tender=\"card\",shop=\"first\"}", "1"),
        ("odd_things_total{tender=\"cash\",shop=\"after\"}", "100"),
        ("odd_things_total{tender=\"cash\",shop=\"before\"}", "100"),
        ("odd_things_total{tender=\"cash\",shop=\"during\"}", "100"),
        ("odd_things_total{tender=\"cash\",shop=\"first\"}", "1"),
        ("odd_wait_seconds_count{tender=\"cash\",shop=\"after\"}", "100"),
        ("odd_wait_seconds_count{tender=\"cash\",shop=\"before\"}", "100"),
        ("odd_wait_seconds_count{tender=\"cash\",shop=\"first\"}", "1"),
    ];
    assert_eq!(values, BTreeMap::from(expected), "{text}");
    assert!(
        Duration::from_secs_f64(sample(
            &text,
            "odd_wait_seconds_sum{tender=\"cash\",shop=\"first\"}"
        )) < PATIENCE
    );
}
