//! Who is measured: each brings the same things, made with its own API as its docs advise.

pub(crate) mod distributions;
mod fastmetrics;
pub(crate) mod floor;
pub(crate) mod formats;
pub(crate) mod hostile;
pub(crate) mod instrumented;
mod measurand;
mod measured;
mod metrics;
pub(crate) mod middleware;
mod opentelemetry;
pub(crate) mod process;
mod prometheus;
mod prometheus_client;

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::input::{Closed, Open, Series};

/// The contestant that all others are compared with.
pub(crate) const MEASURAND: &str = "measurand";
/// How the names of those begin that are no contestants, but say what the machine allows.
pub(crate) const FLOOR: &str = "floor";

/// A crate to measure.
pub(crate) struct Contestant {
    pub(crate) name: &'static str,
    /// One counter without labels.
    pub(crate) counter: fn() -> Update,
    /// One histogram without labels, of [`BOUNDS`](crate::input::BOUNDS).
    pub(crate) histogram: fn() -> Update,
    /// A counter with two closed labels, looked up at each update.
    pub(crate) closed_labels: fn(Arc<[Closed]>) -> Update,
    /// A counter with two closed labels and an open one, looked up at each update.
    pub(crate) open_labels: fn(Arc<[Open]>) -> Update,
    /// A registry with a labelled counter of these series.
    pub(crate) counters: fn(&mut dyn Iterator<Item = &Series>) -> Page,
    /// A registry with a labelled histogram of these series.
    pub(crate) histograms: fn(&mut dyn Iterator<Item = &String>) -> Page,
    /// The same as `counters`, for who makes them again and again.
    pub(crate) new_counters: fn(&mut dyn Iterator<Item = &Series>) -> Page,
}

/// All of them, measurand first.
pub(crate) const ALL: [Contestant; 7] = [
    measurand::CONTESTANT,
    prometheus::CONTESTANT,
    prometheus_client::CONTESTANT,
    metrics::CONTESTANT,
    measured::CONTESTANT,
    fastmetrics::CONTESTANT,
    opentelemetry::CONTESTANT,
];

/// measurand with an instance for each series.
pub(crate) const INSTANCES: [Contestant; 2] = [measurand::INSTANCES, measured::CONTESTANT];

/// Those whose series come and go while they are scraped.
pub(crate) const CHURNING: [(&str, MakeChurn); 2] =
    [(MEASURAND, measurand::churn), ("prometheus", prometheus::churn)];

/// Makes a family without series, and its registry.
pub(crate) type MakeChurn = fn() -> Box<dyn Churn>;

/// A labelled counter in a registry, for several threads.
pub(crate) trait Churn: Sync {
    /// Counts in a series, which is made if it is not there.
    fn count(&self, series: &Series);
    /// Removes a series.
    fn remove(&self, series: &Series);
    /// Writes the page.
    fn scrape(&self, text: &mut String);
}

/// Updates one metric that many times; any thread may call it.
pub(crate) type Update = Box<dyn Fn(u64) + Send + Sync>;

/// Metrics that can be scraped.
pub(crate) type Page = Box<dyn Scrape>;

/// A registry and the buffer that it is written to.
pub(crate) trait Scrape {
    /// Writes the page again.
    fn scrape(&mut self);
    /// What was written.
    fn text(&self) -> &[u8];
    /// How much memory the buffer has, which is not the registry's.
    fn capacity(&self) -> usize;
}

/// A buffer that is kept from scrape to scrape: what contestants write to differs.
trait Buffer: Default + AsRef<[u8]> {
    fn clear(&mut self);
    fn capacity(&self) -> usize;
}

impl Buffer for String {
    fn clear(&mut self) {
        self.clear();
    }

    fn capacity(&self) -> usize {
        self.capacity()
    }
}

impl Buffer for Vec<u8> {
    fn clear(&mut self) {
        self.clear();
    }

    fn capacity(&self) -> usize {
        self.capacity()
    }
}

struct Kept<M, B, W> {
    metrics: M,
    buffer: B,
    write: W,
}

/// A page from whatever holds the metrics, and a function that writes them to a cleared buffer.
fn page<M: 'static, B: Buffer + 'static>(
    metrics: M,
    write: impl FnMut(&M, &mut B) + 'static,
) -> Page {
    Box::new(Kept { metrics, buffer: B::default(), write })
}

impl<M, B: Buffer, W: FnMut(&M, &mut B)> Scrape for Kept<M, B, W> {
    fn scrape(&mut self) {
        self.buffer.clear();
        (self.write)(&self.metrics, &mut self.buffer);
    }

    fn text(&self) -> &[u8] {
        self.buffer.as_ref()
    }

    fn capacity(&self) -> usize {
        self.buffer.capacity()
    }
}

/// Calls `operation` with 0, 1, 2, ….
///
/// After each call stands what the compiler must take for other code: it keeps nothing of the
/// contestants' memory in registers from one call to the next, and merges no two calls.
#[inline(always)]
fn repeat(times: u64, mut operation: impl FnMut(usize)) {
    for index in 0..times {
        operation(index as usize);
        black_box(());
    }
}

/// Calls `operation` with one item after the other, round and round.
///
/// Each call starts elsewhere: threads that go side by side would meet at every series.
#[inline(always)]
fn walk<T>(times: u64, items: &[T], mut operation: impl FnMut(&T)) {
    static START: AtomicUsize = AtomicUsize::new(0);
    let items = black_box(items);
    let mut next = START.fetch_add(1021, Ordering::Relaxed) % items.len();
    repeat(times, |_| {
        operation(&items[next]);
        next += 1;
        if next == items.len() {
            next = 0;
        }
    });
}
