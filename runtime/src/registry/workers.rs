//! The pool of threads on which collectors run.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use once_cell::race::OnceBox;

use crate::process;
use crate::sync::unpoisoned;
use crate::turn::Guarded;

/// A thread that runs collectors.
pub(super) struct Worker {
    /// The process that it belongs to: a forked child does not have it.
    process: u32,
    order: Mutex<Order>,
    is_ordered: Condvar,
}

enum Order {
    None,
    /// Help with the gather of this number.
    Help(Arc<dyn Work>, u64),
    End,
}

/// Work that threads can help with.
pub(super) trait Work: Send + Sync {
    /// Works for the gather of this number. Returns whether the thread was handed in, so that the
    /// gather returns it to the pool.
    fn help(&self, number: u64, worker: &Arc<Worker>) -> bool;
}

/// The most idle threads that are kept. More run only if collectors are slow.
const MOST_IDLE: usize = 4;

/// How long an idle thread is kept: long enough that a scrape each minute spawns no thread.
const IDLE_FOR: Duration = Duration::from_secs(90);

/// How long to wait at most for access to the idle threads.
const PATIENCE: Duration = Duration::from_secs(1);

/// Calls `look` with the idle threads. `Guarded`, since the process may fork while a thread is in
/// here.
fn idle<R>(look: impl FnOnce(&mut Vec<Arc<Worker>>) -> R) -> Option<R> {
    static IDLE: OnceBox<Guarded<Vec<Arc<Worker>>>> = OnceBox::new();
    IDLE.get_or_init(Box::default).with(PATIENCE, Vec::new, look)
}

/// Lets a thread help with a gather. Returns false if no thread can be spawned.
pub(super) fn call(work: Arc<dyn Work>, number: u64) -> bool {
    #[cfg(test)]
    if tests::ARE_NONE.get() {
        return false;
    }
    let process = process::id();
    let of_this_process = |idle: &mut Vec<Arc<Worker>>| {
        idle.retain(|worker| worker.process == process);
        idle.pop()
    };
    if let Some(worker) = idle(of_this_process).flatten() {
        worker.order(Order::Help(work, number));
        return true;
    }
    let order = Order::Help(work, number);
    let (order, is_ordered) = (Mutex::new(order), Condvar::new());
    let worker = Worker { process, order, is_ordered };
    let thread = thread::Builder::new().name("measurand-collect".to_owned());
    thread.spawn(move || Arc::new(worker).work()).is_ok()
}

/// Returns a waiting thread to the pool, or ends it if there are enough.
pub(super) fn keep(worker: Arc<Worker>) {
    if !is_kept(&worker) {
        worker.order(Order::End);
    }
}

fn is_kept(worker: &Arc<Worker>) -> bool {
    let keep = |idle: &mut Vec<Arc<Worker>>| {
        let is_room = idle.len() < MOST_IDLE;
        if is_room {
            idle.push(worker.clone());
        }
        is_room
    };
    idle(keep).unwrap_or_default()
}

impl Worker {
    fn order(&self, order: Order) {
        *unpoisoned(self.order.lock()) = order;
        self.is_ordered.notify_one();
    }

    fn work(self: Arc<Self>) {
        while let Some((work, number)) = self.next() {
            let is_handed_in = work.help(number, &self);
            drop(work);
            // A collector may have forked; nothing here belongs to the child.
            if self.process != process::id() || !is_handed_in && !is_kept(&self) {
                return;
            }
        }
    }

    /// Waits for work, and returns `None` if the thread should end.
    fn next(self: &Arc<Self>) -> Option<(Arc<dyn Work>, u64)> {
        let mut order = unpoisoned(self.order.lock());
        loop {
            match std::mem::replace(&mut *order, Order::None) {
                Order::Help(work, number) => return Some((work, number)),
                Order::End => return None,
                Order::None => {}
            }
            let waited = self.is_ordered.wait_timeout(order, IDLE_FOR);
            let timeout;
            (order, timeout) = unpoisoned(waited);
            if timeout.timed_out() && matches!(*order, Order::None) {
                drop(order);
                let leave = |idle: &mut Vec<Arc<Worker>>| {
                    let index = idle.iter().position(|other| Arc::ptr_eq(other, self));
                    index.map(|index| idle.swap_remove(index))
                };
                // A thread that was taken from the pool is about to get work.
                if idle(leave).flatten().is_some() {
                    return None;
                }
                order = unpoisoned(self.order.lock());
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::cell::Cell;

    thread_local! {
        /// Whether `call` finds no thread, when called on this one.
        pub(in crate::registry) static ARE_NONE: Cell<bool> = const { Cell::new(false) };
    }
}
