//! Runs of checks: how often they are begun, what ends them, and who waits for them.

use std::convert::Infallible;
use std::fmt;
use std::future;
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use futures_util::future::join_all;
use measurand::Registry;
use measurand::health::{Check, Health};
use measurand_tests::{PATIENCE, sample, until};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::{Barrier as AsyncBarrier, Notify};

/// So short that nobody waits for it in vain.
const SHORT: Duration = Duration::from_millis(30);

/// As good as for ever.
const LONG: Duration = Duration::from_secs(3_600);

/// It has no timer and no sockets: checks need neither.
fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn body(health: &Health) -> String {
    runtime().block_on(health.ready("", "")).body
}

/// Counts its runs, and ends each at once.
fn counted(name: &str, runs: &Arc<AtomicUsize>, end: Result<(), &'static str>) -> Check {
    let runs = runs.clone();
    Check::new(name, move || {
        runs.fetch_add(1, Ordering::Relaxed);
        future::ready(end)
    })
}

fn ok(name: &str) -> Check {
    Check::new(name, || future::ready(Ok::<(), Infallible>(())))
}

#[test]
fn a_result_holds_for_a_while_be_it_good_or_bad() {
    for (end, text) in [(Ok(()), "ready\na: ok\n"), (Err("no"), "not ready\na: failed\n")] {
        let runs = Arc::default();
        let health = Health::new().check(counted("a", &runs, end).cache(LONG)).unwrap();
        for _ in 0..3 {
            assert_eq!(body(&health), text);
        }
        assert_eq!(runs.load(Ordering::Relaxed), 1);

        let runs = Arc::default();
        let health = Health::new().check(counted("a", &runs, end).cache(Duration::ZERO)).unwrap();
        for _ in 0..3 {
            assert_eq!(body(&health), text);
        }
        assert_eq!(runs.load(Ordering::Relaxed), 3);

        let runs = Arc::default();
        let health = Health::new().check(counted("a", &runs, end).cache(SHORT)).unwrap();
        until("a second run", || {
            assert_eq!(body(&health), text);
            (runs.load(Ordering::Relaxed) > 1).then_some(())
        });
    }
}

#[test]
fn a_hundred_who_ask_at_the_same_time_share_a_run() {
    let (runs, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counted, opens) = (runs.clone(), gate.clone());
    let check = Check::new("a", move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let gate = opens.clone();
        async move {
            gate.notified().await;
            Err("no")
        }
    });
    let health = Health::new().check(check.cache(Duration::ZERO)).unwrap();
    runtime().block_on(async {
        let all = join_all((0..100).map(|_| health.ready("", "")));
        let open = async {
            // All of them have asked before this is polled.
            gate.notify_one();
        };
        let (answers, ()) = futures_util::join!(all, open);
        assert!(answers.iter().all(|answer| answer.body == "not ready\na: failed\n"));
    });
    assert_eq!(runs.load(Ordering::Relaxed), 1);
}

#[test]
fn there_is_one_run_at_a_time_whatever_threads_ask() {
    let (now, runs) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (now.clone(), runs.clone());
    let alone = move || {
        let (now, runs) = &counts;
        runs.fetch_add(1, Ordering::Relaxed);
        let before = now.fetch_add(1, Ordering::Relaxed);
        thread::yield_now();
        now.fetch_sub(1, Ordering::Relaxed);
        if before == 0 { Ok(()) } else { Err("not alone") }
    };
    let other = alone.clone();
    let health =
        Health::new().check(Check::blocking("a", alone.clone()).cache(Duration::ZERO)).unwrap();
    // Of a second one, which is async.
    let also = Health::new()
        .check(Check::new("a", move || future::ready(other())).cache(Duration::ZERO))
        .unwrap();
    for health in [&health, &also] {
        let barrier = Barrier::new(20);
        thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    barrier.wait();
                    for _ in 0..20 {
                        assert_eq!(body(health), "ready\na: ok\n");
                    }
                });
            }
        });
    }
    let runs = runs.load(Ordering::Relaxed);
    assert!((2..=800).contains(&runs), "{runs}");
}

#[test]
fn checks_run_at_the_same_time() {
    let (both, also) = (Arc::new(Barrier::new(2)), Arc::new(AsyncBarrier::new(2)));
    let blocking = |name| {
        let both = both.clone();
        Check::blocking(name, move || {
            both.wait();
            Ok::<(), Infallible>(())
        })
    };
    let is_async = |name| {
        let also = also.clone();
        Check::new(name, move || {
            let also = also.clone();
            async move {
                also.wait().await;
                Ok::<(), Infallible>(())
            }
        })
    };
    let checks = [blocking("a"), is_async("b"), blocking("c"), is_async("d")];
    let health = checks
        .into_iter()
        .fold(Health::new(), |health, check| health.check(check.timeout(PATIENCE)).unwrap());
    assert_eq!(body(&health), "ready\na: ok\nb: ok\nc: ok\nd: ok\n");
}

#[test]
fn an_async_check_that_hangs_is_cancelled() {
    /// It is dropped with the future.
    struct Ends(Arc<AtomicUsize>);
    impl Drop for Ends {
        fn drop(&mut self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let (runs, ends) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (runs.clone(), ends.clone());
    let check = Check::new("a", move || {
        let hangs = counts.0.fetch_add(1, Ordering::Relaxed) == 0;
        let ends = Ends(counts.1.clone());
        async move {
            let _ends = ends;
            if hangs {
                future::pending::<()>().await;
            }
            Ok::<(), Infallible>(())
        }
    });
    let health = Health::new().check(check.timeout(SHORT).cache(Duration::ZERO)).unwrap();
    runtime().block_on(async {
        assert_eq!(health.ready("", "").await.body, "not ready\na: timed out\n");
        // The next run begins when that one was dropped, and may be late again on a slow machine.
        while health.ready("", "").await.body != "ready\na: ok\n" {
            tokio::task::yield_now().await;
        }
    });
    let [runs, ends] = [runs, ends].map(|count| count.load(Ordering::Relaxed));
    assert!(runs >= 2 && runs == ends, "{runs} {ends}");
}

/// A check that hangs until it is told to go on, and what counts its runs.
fn hanging() -> (impl Fn() -> Result<(), Infallible>, mpsc::Sender<()>, Arc<AtomicUsize>) {
    let (go_on, wait) = mpsc::channel::<()>();
    let (wait, runs) = (Mutex::new(wait), Arc::new(AtomicUsize::new(0)));
    let counted = runs.clone();
    let work = move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let _ = wait.lock().unwrap().recv_timeout(PATIENCE);
        Ok(())
    };
    (work, go_on, runs)
}

#[test]
fn a_blocking_check_that_hangs_is_not_begun_again() {
    let (work, go_on, runs) = hanging();
    let check = Check::blocking("a", work).timeout(SHORT).cache(Duration::ZERO);
    let registry = Registry::new();
    let health = Health::new().check(check).unwrap().metrics(&registry).unwrap();
    for _ in 0..10 {
        assert_eq!(body(&health), "not ready\na: timed out\n");
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    let counted = "health_checks_total{check=\"a\",result=\"timed_out\"}";
    assert_eq!(sample(&registry.to_text(), counted), 1.0);
    drop(go_on);
    until("the check to be ok", || (body(&health) == "ready\na: ok\n").then_some(()));
    assert!(runs.load(Ordering::Relaxed) >= 2);
}

#[test]
fn an_async_check_that_blocks_is_late_and_not_begun_again() {
    let (work, go_on, runs) = hanging();
    let runtime = Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let check = Check::new("a", move || {
        let end = work();
        async move { end }
    });
    let check = check.runtime(runtime.handle().clone()).timeout(SHORT).cache(Duration::ZERO);
    let health = Health::new().check(check).unwrap();
    for _ in 0..10 {
        assert_eq!(body(&health), "not ready\na: timed out\n");
    }
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    drop(go_on);
    until("the check to be ok", || (body(&health) == "ready\na: ok\n").then_some(()));
}

#[test]
fn a_check_that_panics_says_so_and_goes_on_the_next_time() {
    /// It panics when it is dropped.
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("when dropped");
        }
    }
    /// It panics when it is written.
    struct Unwritable;
    impl fmt::Display for Unwritable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("when written");
        }
    }
    type Never = future::Ready<Result<(), Infallible>>;
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let checks = [
        Check::new("a", || async {
            if true { panic!("in the future") } else { Ok::<(), &str>(()) }
        }),
        Check::new("b", || -> Never { panic!("in the function") }),
        Check::new("c", || {
            let panics = Panics;
            async move {
                let _panics = panics;
                Ok::<(), &str>(())
            }
        }),
        Check::new("d", || future::ready(Err(Unwritable))),
        Check::blocking("e", move || match counted.fetch_add(1, Ordering::Relaxed) {
            0 => panic!("{}", "on the thread"),
            _ => Ok::<(), &str>(()),
        }),
        Check::blocking("f", || -> Result<(), &str> { std::panic::panic_any(Panics) }),
    ];
    let health = checks.into_iter().fold(Health::new(), |health, check| {
        health.check(check.timeout(PATIENCE).cache(Duration::ZERO)).unwrap()
    });
    let text =
        "not ready\na: panicked\nb: panicked\nc: panicked\nd: panicked\ne: panicked\nf: panicked\n";
    assert_eq!(body(&health), text);
    let text = "not ready\n\
                a: panicked: in the future\n\
                b: panicked: in the function\n\
                c: panicked: when dropped\n\
                d: panicked: when written\n\
                e: ok\n\
                f: panicked: it does not say why\n";
    assert_eq!(body(&health.show_errors(true)), text);
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

/// Polls a future once.
fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn a_run_goes_on_when_who_has_asked_goes_away() {
    let (runs, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let (counted, opens) = (runs.clone(), gate.clone());
    let is_async = Check::new("a", move || {
        counted.fetch_add(1, Ordering::Relaxed);
        let gate = opens.clone();
        async move {
            gate.notified().await;
            Ok::<(), Infallible>(())
        }
    });
    let (work, go_on, blocking_runs) = hanging();
    let blocking = Check::blocking("b", work);
    let health = Health::new().check(is_async.timeout(PATIENCE).cache(LONG)).unwrap();
    let health = health.check(blocking.timeout(PATIENCE).cache(LONG)).unwrap();
    runtime().block_on(async {
        let mut second = {
            let mut first = Box::pin(health.ready("", ""));
            assert!(poll(first.as_mut()).is_pending());
            let mut second = Box::pin(health.ready("", ""));
            assert!(poll(second.as_mut()).is_pending());
            second
        };
        assert!(poll(second.as_mut()).is_pending());
        gate.notify_one();
        drop(go_on);
        assert_eq!(second.await.body, "ready\na: ok\nb: ok\n");
    });
    let runs = [runs, blocking_runs].map(|runs| runs.load(Ordering::Relaxed));
    assert_eq!(runs, [1, 1]);
}

#[test]
fn a_run_that_is_lost_with_its_runtime_is_begun_by_another_one_who_waits() {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let check = Check::new("a", move || {
        let hangs = counted.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            if hangs {
                future::pending::<()>().await;
            }
            Ok::<(), Infallible>(())
        }
    });
    let health = Health::new().check(check.timeout(PATIENCE)).unwrap();
    let first = runtime();
    first.block_on(async {
        let mut asks = pin!(health.ready("", ""));
        assert!(poll(asks.as_mut()).is_pending());
        while runs.load(Ordering::Relaxed) == 0 {
            tokio::task::yield_now().await;
        }
    });
    runtime().block_on(async {
        let mut asks = pin!(health.ready("", ""));
        assert!(poll(asks.as_mut()).is_pending());
        // Elsewhere, since it would block.
        thread::spawn(|| drop(first)).join().unwrap();
        assert_eq!(asks.await.body, "ready\na: ok\n");
    });
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}

/// Wakes a thread.
struct Unpark(thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Runs a future where there is no runtime at all.
fn without_runtime<T>(future: impl Future<Output = T>) -> T {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => thread::park_timeout(PATIENCE),
        }
    }
}

#[test]
fn only_async_checks_need_a_runtime() {
    let (work, go_on, _) = hanging();
    let health = Health::new()
        .check(Check::blocking("a", || Ok::<(), Infallible>(())).timeout(PATIENCE))
        .unwrap()
        .check(Check::blocking("b", work).timeout(SHORT).optional())
        .unwrap();
    assert_eq!(
        without_runtime(health.ready("", "")).body,
        "ready\na: ok\nb: timed out (optional)\n"
    );
    drop(go_on);

    let health = Health::new().check(ok("a").cache(LONG)).unwrap();
    let text = without_runtime(health.clone().show_errors(true).ready("", "")).body;
    assert!(text.starts_with("not ready\na: failed: it is async, and "), "{text}");
    assert!(text.contains("`Check::runtime`"), "{text}");
    // That does not hold for who asks in one.
    assert_eq!(body(&health), "ready\na: ok\n");

    let runtime = runtime();
    let ended = runtime.handle().clone();
    drop(runtime);
    let health = Health::new().check(ok("a").runtime(ended)).unwrap().show_errors(true);
    let text = without_runtime(health.ready("", "")).body;
    assert!(text.starts_with("not ready\na: failed: its runtime "), "{text}");
}
