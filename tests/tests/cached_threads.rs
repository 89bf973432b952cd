//! The thread of a collector that collects by itself. No other test here has one.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use measurand::Registry;
use measurand::registry::{Cached, Collector, Points};
use measurand_tests::{PATIENCE, until};

/// Does what a closure does.
struct Does<F>(F);

impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Does<F> {
    fn collect(&self, points: &mut Points<'_>) {
        (self.0)(points);
    }
}

const SELDOM: Duration = Duration::from_secs(3_600);

/// How many threads collect.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
    let name = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("comm"));
    tasks
        .filter_map(|task| name(task).ok())
        .filter(|name| name.starts_with("measurand-cache"))
        .count()
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

#[test]
fn its_thread_ends_when_it_is_dropped_which_waits_for_nothing() {
    let before = threads();
    let registry = Registry::new();
    let collectors = [(); 3].map(|()| {
        let cached = Cached::every(SELDOM, Does(|_: &mut Points<'_>| ()));
        registry.register_collector(cached).unwrap()
    });
    until("the threads", || (threads() == before + 3).then_some(()));
    registry.encode_text(&mut String::new());
    assert_eq!(threads(), before + 3);
    drop(collectors);
    until("their end", || (threads() == before).then_some(()));
    // Also one that hangs just then, and what is never registered.
    let gate = Gate::default();
    let (wait, is_inside) = (gate.clone(), Arc::new(AtomicBool::new(false)));
    let inside = is_inside.clone();
    let cached = Cached::every(
        SELDOM,
        Does(move |_: &mut Points<'_>| {
            inside.store(true, Ordering::SeqCst);
            wait.pass();
        }),
    );
    until("the collection", || is_inside.load(Ordering::SeqCst).then_some(()));
    let started = Instant::now();
    drop(cached);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    gate.open();
    until("its end", || (threads() == before).then_some(()));
}
