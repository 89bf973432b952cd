//! Counting from many threads: nothing is lost, torn, or counted twice.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use measurand::registry::{Flow, Labels, Point, Sink, Value};
use measurand::unit::{Joules, Seconds};
use measurand::{Counter, Descriptor, Histogram, InProgress, Metrics, Number, Registry};
use measurand_tests::sample;

fn scrape() -> String {
    let mut text = String::new();
    measurand::encode_text(&mut text);
    text
}

/// The memory that the process has, in bytes.
#[cfg(target_os = "linux")]
fn resident_bytes() -> u64 {
    let statm = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: u64 = statm.split(' ').nth(1).expect("resident pages").parse().expect("a number");
    pages * 4096
}

/// For threads that come and go.
#[derive(Metrics)]
#[metrics(namespace = "short_lived", global = SHORT_LIVED)]
struct ShortLived {
    /// Things.
    things_total: Counter,
    /// Energy.
    spent_joules_total: Counter<Joules>,
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
    /// Running now.
    in_progress: InProgress,
}

#[cfg(target_os = "linux")]
#[test]
fn a_hundred_thousand_threads_are_counted_exactly_and_leave_no_memory() {
    let run = |threads: u64| {
        for _ in 0..threads / 200 {
            // More threads at a time than there are slabs.
            thread::scope(|scope| {
                for _ in 0..200 {
                    scope.spawn(|| {
                        let _guard = SHORT_LIVED.in_progress.start();
                        SHORT_LIVED.things_total.inc_by(3);
                        SHORT_LIVED.spent_joules_total.inc_by(0.5);
                        SHORT_LIVED.wait_seconds.observe(Duration::from_millis(20));
                    });
                }
            });
        }
    };
    run(2_000);
    scrape();
    let before = resident_bytes();
    run(100_000);
    let text = scrape();
    let grown = resident_bytes().saturating_sub(before);
    assert_eq!(sample(&text, "short_lived_things_total"), 306_000.0);
    assert_eq!(sample(&text, "short_lived_spent_joules_total"), 51_000.0);
    assert_eq!(sample(&text, "short_lived_wait_seconds_count"), 102_000.0);
    assert_eq!(sample(&text, "short_lived_wait_seconds_sum"), 2_040.0);
    assert_eq!(sample(&text, "short_lived_in_progress"), 0.0);
    assert!(grown <= 8 << 20, "{grown} bytes more");
}

/// For threads that all live at the same time.
#[derive(Metrics)]
#[metrics(namespace = "crowd", global = CROWD)]
struct Crowd {
    /// Things.
    things_total: Counter,
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
    /// Running now.
    in_progress: InProgress,
}

#[test]
fn more_threads_than_slabs_count_together() {
    let threads = 300;
    let barrier = std::sync::Barrier::new(threads + 1);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                let guard = CROWD.in_progress.start();
                barrier.wait();
                for _ in 0..1_000 {
                    CROWD.things_total.inc();
                    CROWD.wait_seconds.observe(Duration::from_nanos(1));
                }
                barrier.wait();
                drop(guard);
            });
        }
        barrier.wait();
        assert_eq!(CROWD.in_progress.get(), 300);
        assert_eq!(sample(&scrape(), "crowd_in_progress"), 300.0);
        barrier.wait();
    });
    let text = scrape();
    assert_eq!(sample(&text, "crowd_things_total"), 300_000.0);
    assert_eq!(sample(&text, "crowd_wait_seconds_count"), 300_000.0);
    assert_eq!(sample(&text, "crowd_wait_seconds_sum"), 0.0003);
    assert_eq!(sample(&text, "crowd_in_progress"), 0.0);
    assert_eq!(CROWD.things_total.get(), 300_000);
    assert_eq!(CROWD.wait_seconds.snapshot().count(), 300_000);
}

/// For one histogram that is read while it is written.
#[derive(Metrics)]
#[metrics(namespace = "torn", global = TORN)]
struct Torn {
    /// Amounts of 1 to 3.
    #[metric(buckets = [1, 2])]
    amounts: Histogram,
}

/// Every reading of the one histogram.
#[derive(Default)]
struct Readings {
    last: (u64, u128),
    taken: u64,
}

impl Sink for Readings {
    fn family(&mut self, family: &Descriptor) -> Flow {
        if family.name() == "torn_amounts" { Flow::Continue } else { Flow::Skip }
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, point: &Point<'_>) -> Flow {
        let value = point.value;
        let Value::Histogram(histogram) = value else { panic!("{value:?}") };
        let Number::Whole(sum) = histogram.sum else { panic!("{value:?}") };
        let [ones, twos, threes] = *histogram.counts else { panic!("{value:?}") };
        let count = ones + twos + threes;
        assert_eq!(
            sum,
            u128::from(ones + 2 * twos + 3 * threes),
            "bucket and sum are of one moment"
        );
        assert!(count >= self.last.0 && sum >= self.last.1, "nothing goes back");
        self.last = (count, sum);
        self.taken += 1;
        Flow::Continue
    }
}

#[test]
fn no_scrape_beside_eight_writers_is_torn() {
    const EACH: u64 = 2_600_000;
    let registry = Registry::new();
    Torn::register(&registry).unwrap();
    let finished = AtomicU64::new(0);
    let mut readings = Readings::default();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                (0..EACH).for_each(|i| TORN.amounts.observe(i % 3 + 1));
                finished.fetch_add(1, Ordering::Relaxed);
            });
        }
        while finished.load(Ordering::Relaxed) < 8 {
            registry.gather(&mut readings);
        }
    });
    registry.gather(&mut readings);
    assert_eq!(readings.last.0, 8 * EACH);
    assert!(readings.taken > 1);
}

/// For updates at odd moments.
#[derive(Metrics)]
#[metrics(namespace = "odd", global = ODD)]
struct Odd {
    /// Things.
    things_total: Counter,
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
    /// Running now.
    in_progress: InProgress,
}

/// Counts when it is dropped.
struct CountsAtTheEnd;

impl Drop for CountsAtTheEnd {
    fn drop(&mut self) {
        let _guard = ODD.in_progress.start();
        ODD.things_total.inc();
        ODD.wait_seconds.observe(Duration::from_secs(1));
    }
}

#[test]
fn updates_at_odd_moments_count() {
    thread_local! {
        static BEFORE: RefCell<Option<CountsAtTheEnd>> = const { RefCell::new(None) };
        static AFTER: RefCell<Option<CountsAtTheEnd>> = const { RefCell::new(None) };
    }
    // From destructors of thread-local values, made before and after the thread's first update.
    for _ in 0..100 {
        thread::spawn(|| {
            BEFORE.set(Some(CountsAtTheEnd));
            ODD.things_total.inc();
            AFTER.set(Some(CountsAtTheEnd));
        })
        .join()
        .unwrap();
    }
    // In a thread that counts in nothing else.
    thread::spawn(|| BEFORE.set(Some(CountsAtTheEnd))).join().unwrap();
    assert_eq!(ODD.things_total.get(), 301);
    assert_eq!(ODD.wait_seconds.snapshot().count(), 201);
    assert_eq!(ODD.in_progress.get(), 0);

    // From a panic, and from what unwinding drops.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ODD.things_total.inc()));
    let panicked = thread::spawn(|| {
        let _counts = CountsAtTheEnd;
        panic!("on purpose");
    })
    .join();
    std::panic::set_hook(hook);
    assert!(panicked.is_err());
    assert_eq!(ODD.things_total.get(), 303);

    // From a sink, while it is poured into.
    struct Counting(Option<Arc<CountsAtTheEnd>>);
    impl Sink for Counting {
        fn family(&mut self, _: &Descriptor) -> Flow {
            self.0 = None;
            ODD.things_total.inc();
            Flow::Continue
        }

        fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
            Flow::Continue
        }
    }
    let registry = Registry::new();
    Odd::register(&registry).unwrap();
    registry.gather(&mut Counting(Some(Arc::new(CountsAtTheEnd))));
    assert_eq!(ODD.things_total.get(), 307);
}

/// For a process that nobody scrapes.
#[derive(Metrics)]
#[metrics(namespace = "unscraped", global = UNSCRAPED)]
struct Unscraped {
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
}

#[test]
fn observing_without_a_scrape_takes_no_memory() {
    UNSCRAPED.wait_seconds.observe(Duration::ZERO);
    let allocations = allocation_counter::measure(|| {
        for i in 0..20_000_000 {
            UNSCRAPED.wait_seconds.observe(Duration::from_nanos(i));
        }
    });
    assert_eq!(allocations.count_total, 0);
    assert_eq!(UNSCRAPED.wait_seconds.snapshot().count(), 20_000_001);
}

/// For guards that end in another thread than they start in.
#[derive(Metrics)]
#[metrics(namespace = "moved", global = MOVED)]
struct Moved {
    /// Running now.
    in_progress: InProgress,
}

#[test]
fn a_guard_may_end_in_another_thread() {
    let (sender, receiver) = std::sync::mpsc::sync_channel(100);
    let ender = thread::spawn(move || receiver.into_iter().for_each(drop));
    let is_done = AtomicU64::new(0);
    thread::scope(|scope| {
        let starter = scope.spawn(|| {
            (0..200_000).for_each(|_| sender.send(MOVED.in_progress.start()).unwrap());
            is_done.store(1, Ordering::Relaxed);
        });
        while is_done.load(Ordering::Relaxed) == 0 {
            // A difference that went below 0 would be near 2^64.
            assert!(MOVED.in_progress.get() < 200_000);
        }
        starter.join().unwrap();
    });
    drop(sender);
    ender.join().unwrap();
    assert_eq!(MOVED.in_progress.get(), 0);
}
