//! Who is measured: each brings the same four things, made with its own API as its docs advise.

mod fastmetrics;
pub(crate) mod floor;
mod measurand;
mod measured;
mod metrics;
mod opentelemetry;
mod prometheus;
mod prometheus_client;

use std::hint::black_box;

use crate::input::Series;

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
    /// A registry with a labelled counter of these series.
    pub(crate) counters: fn(&mut dyn Iterator<Item = &Series>) -> Page,
    /// A registry with a labelled histogram of these series.
    pub(crate) histograms: fn(&mut dyn Iterator<Item = &String>) -> Page,
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
