//! A global allocator that counts in metrics, so that metrics are updated in the midst of their
//! own allocations.

use std::alloc::{GlobalAlloc, Layout, System};

use measurand::unit::Bytes;
use measurand::{
    Calls, Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics,
    NativeHistogram, StateSet, Summary, WithExemplars, instrument_metrics,
};

/// How much memory is asked for.
#[derive(Clone, Copy, Debug, LabelValue)]
pub enum Extent {
    /// Less than a page.
    Small,
    /// A page and more.
    Large,
}

/// Which allocations.
#[derive(Clone, Copy, Debug, LabelSet)]
pub struct AllocationLabels {
    /// How large they are.
    pub extent: Extent,
    /// The size, rounded up to a power of two.
    pub size: usize,
}

/// What the allocator does.
#[derive(Debug, Metrics)]
#[metrics(namespace = "allocator", global = METRICS)]
pub struct AllocatorMetrics {
    /// Allocations.
    pub allocations_total: Counter,
    /// Memory asked for.
    pub allocated_bytes_total: Counter<Bytes>,
    /// Size of an allocation.
    #[metric(buckets = exponential(16, 4, 8))]
    pub allocation_size_bytes: Histogram<Bytes>,
    /// Size of an allocation, in native buckets.
    #[metric(native(schema = 8))]
    pub native_size_bytes: NativeHistogram<Bytes>,
    /// Allocations being made.
    pub in_progress: InProgress,
    /// Allocations by extent.
    pub extents_total: Family<Extent, Counter>,
    /// The last size by extent.
    pub last_size_bytes: Family<Extent, Gauge<Bytes>>,
    /// Allocations by size.
    #[metric(max_series = 1000)]
    pub sizes_total: Family<AllocationLabels, Counter>,
    /// Allocations by size, of few sizes.
    #[metric(max_series = 2)]
    pub few_sizes_total: Family<AllocationLabels, Counter>,
    /// Sizes by rounded size.
    #[metric(max_series = 1000, buckets = exponential(16, 4, 8))]
    pub sizes_bytes: Family<AllocationLabels, Histogram<Bytes>>,
    /// Sizes by rounded size, in native buckets.
    #[metric(max_series = 1000, native(schema = 8, max_buckets = 40))]
    pub native_sizes_bytes: Family<AllocationLabels, NativeHistogram<Bytes>>,
    /// Allocations being made, by size.
    #[metric(max_series = 1000)]
    pub sizes_in_progress: Family<AllocationLabels, InProgress>,
    /// Sizes of late.
    #[metric(quantiles = [(0.5, 0.05), (0.99, 0.001)])]
    pub late_size_bytes: Summary<Bytes>,
    /// Sizes of late by rounded size.
    #[metric(max_series = 1000, quantiles = [(0.5, 0.05)])]
    pub late_sizes_bytes: Family<AllocationLabels, Summary<Bytes>>,
    /// Sizes with what led to them.
    #[metric(buckets = exponential(16, 4, 8))]
    pub told_size_bytes: WithExemplars<Histogram<Bytes>>,
    /// Allocations with what led to them, by size.
    #[metric(max_series = 1000)]
    pub told_sizes_total: Family<AllocationLabels, WithExemplars<Counter>>,
    /// The extent of the last one.
    pub last_extent: StateSet<Extent>,
    /// Rounding of sizes.
    #[metric(max_series = 1000)]
    pub round: Calls<AllocationLabels>,
}

/// The size, rounded up.
#[instrument_metrics]
fn round(size: usize) -> Result<usize, usize> {
    size.checked_next_power_of_two().ok_or(size)
}

/// Is called for each allocation too.
#[instrument_metrics(METRICS.round, labels(labels), sample = 7)]
fn round_again(labels: AllocationLabels) -> usize {
    labels.size.next_power_of_two()
}

/// Passes everything on to the system, and counts.
#[derive(Debug)]
pub struct Counting;

// SAFETY: everything is passed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _guard = METRICS.in_progress.start();
        METRICS.allocations_total.inc();
        METRICS.allocated_bytes_total.inc_by(layout.size() as u64);
        METRICS.allocation_size_bytes.observe(layout.size() as u64);
        METRICS.native_size_bytes.observe(layout.size() as u64);
        let extent = if layout.size() < 4096 { Extent::Small } else { Extent::Large };
        let size = round(layout.size()).unwrap_or(0);
        let labels = AllocationLabels { extent, size };
        round_again(labels);
        let _by_size = METRICS.sizes_in_progress.with(labels).start();
        METRICS.extents_total.with(extent).inc();
        METRICS.last_size_bytes.with(extent).set(layout.size() as u64);
        METRICS.sizes_total.with(labels).inc();
        METRICS.few_sizes_total.with(labels).inc();
        METRICS.sizes_bytes.with(labels).observe(layout.size() as u64);
        METRICS.late_size_bytes.observe(layout.size() as u64);
        METRICS.late_sizes_bytes.with(labels).observe(layout.size() as u64);
        let lead = [("extent", "any")];
        METRICS.told_size_bytes.observe_with_exemplar(layout.size() as u64, &lead);
        METRICS.told_sizes_total.with(labels).inc_by_with_exemplar(1, &lead);
        METRICS.last_extent.set(extent);
        METRICS.native_sizes_bytes.with(labels).observe(layout.size() as u64);
        // SAFETY: the caller's promises are passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are passed on.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[global_allocator]
    static ALLOCATOR: Counting = Counting;

    /// Allocates at the end of its thread.
    struct AllocatesAtTheEnd;

    impl Drop for AllocatesAtTheEnd {
        fn drop(&mut self) {
            for size in 0..12 {
                drop(Vec::<u8>::with_capacity(1 << size));
            }
            METRICS.few_sizes_total.clear();
            METRICS.sizes_total.remove(AllocationLabels { extent: Extent::Small, size: 64 });
        }
    }

    thread_local! {
        static BEFORE: AllocatesAtTheEnd = const { AllocatesAtTheEnd };
        static AFTER: AllocatesAtTheEnd = const { AllocatesAtTheEnd };
    }

    #[test]
    fn an_allocator_that_counts_neither_hangs_nor_crashes() {
        // Families lose series all the time, and threads end in allocations.
        let work = |thread| {
            BEFORE.with(|_| ());
            let boxes: Vec<_> = (0..100).map(|size| vec![0u8; size]).collect();
            METRICS.sizes_total.remove_where(|labels| labels.get("size") == Some("64"));
            if thread % 10 == 0 {
                METRICS.sizes_bytes.clear();
                METRICS.extents_total.clear();
                METRICS.few_sizes_total.clear();
                measurand::encode_text(&mut String::new());
            }
            AFTER.with(|_| ());
            drop(boxes);
        };
        let threads: Vec<_> =
            (0..300).map(|thread| std::thread::spawn(move || work(thread))).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        METRICS.remove_where(|_| true);
        std::thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| {
                    let boxes: Vec<_> = (0..1_000).map(Box::new).collect();
                    assert_eq!(boxes.len(), 1_000);
                });
            }
        });
        let mut text = String::new();
        measurand::encode_text(&mut text);
        let sample = |name: &str| -> u64 {
            let line = text.lines().find_map(|line| line.strip_prefix(name));
            line.unwrap_or_else(|| panic!("{name} is in {text}")).trim().parse().unwrap()
        };
        assert!(sample("allocator_allocations_total ") >= 100_000);
        let seen = sample("allocator_allocation_size_bytes_count ");
        assert!(seen >= 100_000, "{seen}");
        // What made a table was rejected.
        let seen = sample("allocator_native_size_bytes_count ");
        assert!(seen >= 99_000, "{seen}");
        // The scrape itself allocates, so nothing stands still; but nothing is negative.
        assert!(sample("allocator_in_progress ") < 1_000);
        let sum = |name: &str| -> u64 {
            let lines = text.lines().filter(|line| line.starts_with(name));
            lines.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
        };
        for family in ["late_size_bytes_count", "told_size_bytes_count"] {
            let seen = sample(&format!("allocator_{family} "));
            assert!((99_000..10_000_000).contains(&seen), "{seen} {family}");
        }
        let families = ["extents_total", "sizes_total", "few_sizes_total", "sizes_bytes_count"];
        let later = ["late_sizes_bytes_count", "told_sizes_total", "native_sizes_bytes_count"];
        for family in families.into_iter().chain(later) {
            let seen = sum(&format!("allocator_{family}{{"));
            // What came back in from where a series was made was rejected.
            assert!((99_000..10_000_000).contains(&seen), "{seen} {family}\n{text}");
        }
        assert!(sum("allocator_sizes_in_progress{") < 1_000, "{text}");
        assert!(sum("allocator_round_in_progress{") < 1_000, "{text}");
        assert!(sum("function_calls_in_progress{") < 1_000, "{text}");
        for calls in ["allocator_round_calls_total{", "function_calls_total{function=\"round\""] {
            assert!((99_000..10_000_000).contains(&sum(calls)), "{calls}\n{text}");
        }
        let few = text.lines().filter(|line| line.starts_with("allocator_few_sizes_total{"));
        assert!(few.count() <= 4, "{text}");
    }
}
