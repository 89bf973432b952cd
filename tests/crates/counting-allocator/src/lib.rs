//! A global allocator that counts in metrics, so that metrics are updated in the midst of their
//! own allocations.

use std::alloc::{GlobalAlloc, Layout, System};

use measurand::unit::Bytes;
use measurand::{Counter, Histogram, InProgress, Metrics};

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
    /// Allocations being made.
    pub in_progress: InProgress,
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

    #[test]
    fn an_allocator_that_counts_neither_hangs_nor_crashes() {
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
        // The scrape itself allocates, so nothing stands still; but nothing is negative.
        assert!(sample("allocator_in_progress ") < 1_000);
    }
}
