//! An allocator that counts only now and then, so that a thread's first look into a family is in
//! the midst of something else. Few allocations have the label value of
//! another.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use measurand::{Counter, Family, LabelSet, Metrics};

#[derive(LabelSet, Clone, Copy)]
struct Number {
    number: u64,
}

/// What the allocator does.
#[derive(Metrics)]
#[metrics(namespace = "moody", global = MOODY)]
struct MoodyMetrics {
    /// Allocations.
    #[metric(max_series = 1000)]
    allocations_total: Family<Number, Counter>,
}

struct Moody;

thread_local! {
    static IS_COUNTING: Cell<bool> = const { Cell::new(false) };
}

static LAST: AtomicU64 = AtomicU64::new(0);

/// Where the numbers of allocations start. There are fewer of them than there may be series.
const ALLOCATIONS: u64 = 1_000_000;

fn count_allocation() {
    let number = ALLOCATIONS + LAST.fetch_add(1, Ordering::Relaxed) % 500;
    MOODY.allocations_total.with(Number { number }).inc();
}

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Moody {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if IS_COUNTING.get() {
            count_allocation();
        }
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if IS_COUNTING.get() {
            count_allocation();
        }
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Moody = Moody;

/// Runs it in a new thread, whose allocations count while it runs.
fn counting(work: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        IS_COUNTING.set(true);
        work();
        IS_COUNTING.set(false);
        sender.send(()).unwrap();
    });
    receiver.recv_timeout(Duration::from_secs(60)).expect("it hangs or panics");
}

#[test]
fn a_first_update_counts() {
    counting(|| MOODY.allocations_total.with(Number { number: 1 }).inc());
    assert_eq!(MOODY.allocations_total.with(Number { number: 1 }).get(), 1);
}

#[test]
fn what_a_thread_does_first_ends() {
    for number in 10..60 {
        MOODY.allocations_total.with(Number { number }).inc();
        counting(move || {
            assert!(MOODY.allocations_total.remove(Number { number }));
        });
        MOODY.allocations_total.with(Number { number }).inc();
        counting(move || {
            assert_eq!(MOODY.allocations_total.with(Number { number }).get(), 1);
            MOODY.allocations_total.with(Number { number }).keep().inc();
            let is_it = |text: &str| text == number.to_string();
            let removed =
                MOODY.allocations_total.remove_where(|labels| is_it(labels.get("number").unwrap()));
            assert_eq!(removed, 1);
        });
        counting(|| measurand::encode_text(&mut String::new()));
        // So that allocations make series again.
        MOODY.allocations_total.remove_where(|labels| labels.get("number").unwrap().len() > 6);
    }
}

/// Counts and allocates when it is dropped.
struct AllocatesAtTheEnd;

impl Drop for AllocatesAtTheEnd {
    fn drop(&mut self) {
        IS_COUNTING.set(true);
        for number in 100..120 {
            drop(Box::new(number));
            MOODY.allocations_total.with(Number { number }).inc();
            MOODY.allocations_total.remove(Number { number: number + 1 });
        }
        IS_COUNTING.set(false);
    }
}

#[test]
fn the_end_of_a_thread_ends() {
    thread_local! {
        static BEFORE: AllocatesAtTheEnd = const { AllocatesAtTheEnd };
        static AFTER: AllocatesAtTheEnd = const { AllocatesAtTheEnd };
    }
    for _ in 0..20 {
        let threads: Vec<_> = (0..20)
            .map(|index| {
                thread::spawn(move || {
                    BEFORE.with(|_| ());
                    if index % 2 == 0 {
                        MOODY.allocations_total.with(Number { number: 100 }).inc();
                        AFTER.with(|_| ());
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    }
    assert!(MOODY.allocations_total.with(Number { number: 110 }).get() < 1_000);
}
