//! The threads on which collectors run. They are kept for a while, for the next gather.

use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use once_cell::race::OnceBox;

use crate::process;
use crate::sync::unpoisoned;
use crate::turn::Guarded;

/// A thread that runs collectors.
pub(super) struct Worker {
    /// Which process it is of: a forked child does not have it.
    process: u32,
    order: Mutex<Order>,
    is_ordered: Condvar,
}

enum Order {
    None,
    /// To help with a gather, by its number.
    Help(Arc<dyn Work>, u64),
    End,
}

/// What threads help with.
pub(super) trait Work: Send + Sync {
    /// Does what there is to do, by the number of the gather. It says whether the thread was handed in:
    /// somebody else keeps it then.
    fn help(&self, number: u64, worker: &Arc<Worker>) -> bool;
}

/// No more threads than this wait for work. More are made only where collectors are slow.
const MOST_IDLE: usize = 4;

/// How long one waits for work: a scraper that comes every minute has no thread made.
const IDLE_FOR: Duration = Duration::from_secs(90);

/// How long it takes at most to look at who is idle.
const PATIENCE: Duration = Duration::from_secs(1);

/// Those that have nothing to do. A child may be forked while a thread looks.
fn idle<R>(look: impl FnOnce(&mut Vec<Arc<Worker>>) -> R) -> Option<R> {
    static IDLE: OnceBox<Guarded<Vec<Arc<Worker>>>> = OnceBox::new();
    IDLE.get_or_init(Box::default).with(PATIENCE, Vec::new, look)
}

/// Has a thread help with a gather. If there is none to be had, it says so.
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

/// Keeps a thread that waits for work, or ends it if there are enough.
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
            // A collector may have forked, and nothing here is the child's.
            if self.process != process::id() || !is_handed_in && !is_kept(&self) {
                return;
            }
        }
    }

    /// Waits for work; there is none for one that has waited for long.
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
                // Whom somebody has taken has work to come.
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
        /// Whether this thread finds no other one.
        pub(in crate::registry) static ARE_NONE: Cell<bool> = const { Cell::new(false) };
    }
}
