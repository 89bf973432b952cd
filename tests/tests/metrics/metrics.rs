//! What the metrics themselves do.

use std::future::Future as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use measurand::unit::{Bytes, Celsius, Joules, Seconds};
use measurand::{Counter, Gauge, Histogram, InProgress, Metrics, Registry};

/// One of each, apart for each test.
#[derive(Metrics)]
#[metrics(namespace = "each", instance(test: &str))]
struct Each {
    /// Things.
    things_total: Counter,
    /// Energy.
    spent_joules_total: Counter<Joules>,
    /// Time spent.
    spent_seconds_total: Counter<Seconds>,
    /// A level.
    level: Gauge,
    /// Last success.
    last_success_timestamp_seconds: Gauge<Seconds>,
    /// Size.
    size_bytes: Gauge<Bytes>,
    /// Running now.
    in_progress: InProgress,
    /// Time to wait.
    wait_seconds: Histogram<Seconds>,
    /// Size of a body.
    #[metric(buckets = [1, 2])]
    body_size_bytes: Histogram<Bytes>,
    /// Temperature.
    #[metric(buckets = [0, 20])]
    room_celsius: Histogram<Celsius>,
}

fn each(test: &str) -> impl std::ops::Deref<Target = Each> + Sync {
    Each::register(&Registry::new(), test).unwrap()
}

#[test]
fn counters_count_in_their_unit() {
    let each = each("counters");
    each.things_total.inc();
    each.things_total.inc_by(41);
    each.spent_joules_total.inc_by(1.5);
    each.spent_joules_total.inc_by(2);
    each.spent_seconds_total.inc_by(Duration::from_millis(1500));
    each.spent_seconds_total.inc_by(Seconds::from_f64(0.25));
    assert_eq!(each.things_total.get(), 42);
    assert_eq!(each.spent_joules_total.get(), 3.5);
    assert_eq!(each.spent_seconds_total.get(), Duration::from_millis(1750));
}

#[test]
fn a_counter_wraps_as_prometheus_expects_of_a_reset() {
    let each = each("wrap");
    each.things_total.inc_by(u64::MAX);
    each.things_total.inc_by(3);
    assert_eq!(each.things_total.get(), 2);
}

#[test]
fn gauges_take_what_their_unit_is_given_in() {
    let each = each("gauges");
    each.level.set(5u8);
    each.level.inc();
    each.level.add(0.5);
    each.level.sub(3);
    each.level.dec();
    assert_eq!(each.level.get(), 2.5);
    each.size_bytes.set(1_000);
    each.size_bytes.sub(1);
    assert_eq!(each.size_bytes.get(), 999.0);
    each.last_success_timestamp_seconds.set(Duration::from_millis(500));
    assert_eq!(each.last_success_timestamp_seconds.get(), 0.5);
    each.last_success_timestamp_seconds.set_to_current_time();
    assert!(each.last_success_timestamp_seconds.get() > 1.7e9);
}

#[test]
fn in_progress_goes_down_however_it_ends() {
    let each = each("in_progress");
    let guard = each.in_progress.start();
    let second = each.in_progress.start();
    assert_eq!(each.in_progress.get(), 2);
    drop(guard);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        let _guard = each.in_progress.start();
        panic!("on purpose");
    }));
    assert!(panicked.is_err());
    assert_eq!(each.in_progress.get(), 1);
    drop(second);
    assert_eq!(each.in_progress.get(), 0);
}

#[test]
fn in_progress_is_never_negative_while_threads_run() {
    let each = each("never_negative");
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| (0..100_000).for_each(|_| drop(each.in_progress.start())));
        }
        for _ in 0..20_000 {
            assert!(each.in_progress.get() <= 1_000);
        }
    });
}

#[test]
fn ten_million_nanoseconds_are_exactly_a_hundredth_of_a_second() {
    let each = each("nanoseconds");
    for _ in 0..10_000_000 {
        each.wait_seconds.observe(Duration::from_nanos(1));
    }
    let snapshot = each.wait_seconds.snapshot();
    assert_eq!(snapshot.count(), 10_000_000);
    assert_eq!(snapshot.sum(), Duration::from_millis(10));
}

#[test]
fn a_sum_goes_on_past_64_bits() {
    let each = each("carry");
    let long = Duration::from_nanos(u64::MAX);
    for _ in 0..5 {
        each.wait_seconds.observe(long);
    }
    for _ in 0..5 {
        each.body_size_bytes.observe(u64::MAX);
    }
    assert_eq!(each.wait_seconds.snapshot().sum(), long * 5);
    assert_eq!(each.body_size_bytes.snapshot().sum(), 5 * u128::from(u64::MAX));
}

#[test]
fn an_observation_falls_into_the_first_bucket_that_holds_it() {
    let each = each("buckets");
    for size in [0, 1, 2, 3, u64::MAX] {
        each.body_size_bytes.observe(size);
    }
    let buckets: Vec<_> = each
        .body_size_bytes
        .snapshot()
        .buckets()
        .map(|bucket| (bucket.upper_bound, bucket.count))
        .collect();
    assert_eq!(buckets, [(1.0, 2), (2.0, 1), (f64::INFINITY, 2)]);
}

#[test]
fn nan_counts_in_the_last_bucket_and_makes_the_sum_nan() {
    let each = each("nan");
    each.room_celsius.observe(21.5);
    each.room_celsius.observe(f64::NAN);
    each.room_celsius.observe(f64::NEG_INFINITY);
    let snapshot = each.room_celsius.snapshot();
    let counts: Vec<_> = snapshot.buckets().map(|bucket| bucket.count).collect();
    assert_eq!(counts, [1, 0, 2]);
    assert!(snapshot.sum().is_nan());
}

#[test]
fn a_timer_observes_once_or_not_at_all() {
    let each = each("timer");
    drop(each.wait_seconds.start_timer());
    each.wait_seconds.start_timer().observe();
    each.wait_seconds.start_timer().discard();
    assert_eq!(each.wait_seconds.time(|| 7), 7);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        each.wait_seconds.time(|| panic!("on purpose"));
    }));
    assert!(panicked.is_err());
    assert_eq!(each.wait_seconds.snapshot().count(), 4);
}

#[test]
fn threads_lose_nothing() {
    let each = each("threads");
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50_000 {
                    each.things_total.inc();
                    each.spent_joules_total.inc_by(1);
                    each.level.inc();
                    each.body_size_bytes.observe(2);
                }
            });
        }
    });
    assert_eq!(each.things_total.get(), 400_000);
    assert_eq!(each.spent_joules_total.get(), 400_000.0);
    assert_eq!(each.level.get(), 400_000.0);
    assert_eq!(each.body_size_bytes.snapshot().count(), 400_000);
    assert_eq!(each.body_size_bytes.snapshot().sum(), 800_000);
}

#[test]
fn metrics_can_be_shown_for_debugging() {
    let each = each("debug");
    each.things_total.inc();
    each.body_size_bytes.observe(1);
    assert_eq!(format!("{:?}", each.things_total), "Counter(1)");
    assert_eq!(format!("{:?}", each.level), "Gauge(0.0)");
    assert!(format!("{:?}", each.body_size_bytes).contains("count: 1"));
}

#[test]
fn futures_are_timed_from_their_first_poll_until_they_are_ready_or_dropped() {
    const PAUSE: Duration = Duration::from_millis(2);
    let each = each("time_async");
    let waits = &each.wait_seconds;
    let count = || waits.snapshot().count();
    let mut context = Context::from_waker(Waker::noop());
    let pauses = |mut polls: u32| {
        std::future::poll_fn(move |_| {
            thread::sleep(PAUSE);
            polls -= 1;
            if polls == 0 { Poll::Ready(12) } else { Poll::Pending }
        })
    };

    drop(waits.time_async(pauses(1)));
    assert_eq!(count(), 0, "never polled");

    let mut future = pin!(waits.time_async(pauses(2)));
    thread::sleep(Duration::from_secs(1));
    assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
    assert_eq!(count(), 0);
    assert_eq!(future.as_mut().poll(&mut context), Poll::Ready(12));
    assert_eq!(count(), 1, "when it is ready, not when it is dropped");
    let sum = waits.snapshot().sum();
    assert!((2 * PAUSE..Duration::from_secs(1)).contains(&sum), "{sum:?}");

    let mut future = Box::pin(waits.time_async(|| pauses(2)));
    assert_eq!(future.as_mut().poll(&mut context), Poll::Pending);
    drop(future);
    assert_eq!(count(), 2, "dropped before it was ready");

    let mut future = Box::pin(waits.time_async(async || -> u8 { panic!("as it should") }));
    catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context))).unwrap_err();
    drop(future);
    assert_eq!(count(), 3, "panicked");
}

#[test]
fn what_a_timed_future_holds_is_dropped_before_its_time_is_observed() {
    struct OnDrop<'a>(&'a Histogram<Seconds>);
    impl Drop for OnDrop<'_> {
        fn drop(&mut self) {
            assert_eq!(self.0.snapshot().count(), 0);
        }
    }
    let each = each("time_async_drop");
    let held = OnDrop(&each.wait_seconds);
    let mut future = Box::pin(each.wait_seconds.time_async(async {
        let _held = held;
        std::future::pending::<()>().await;
    }));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(future);
    assert_eq!(each.wait_seconds.snapshot().count(), 1);
}
