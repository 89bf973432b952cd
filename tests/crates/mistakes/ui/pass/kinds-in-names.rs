//! Another kind's name says what is counted, and a ratio says of what.

use measurand::{Counter, Family, Gauge, Histogram, LabelValue, Metrics};

#[derive(LabelValue, Clone, Copy)]
enum Slab {
    Small,
    Large,
}

#[derive(Metrics)]
#[metrics(namespace = "scraper", subsystem = "native_histogram")]
struct ScraperMetrics {
    /// Scrapes with more buckets than may be.
    limit_exceeded_total: Counter,
    /// How long the summary of an order is.
    order_summary_length: Gauge,
}

#[derive(Metrics)]
#[metrics(namespace = "allocator")]
struct AllocatorMetrics {
    /// Values of the loop's counter.
    #[metric(buckets = exponential(1, 4, 10))]
    loop_counter_values: Histogram,
    /// Objects in a slab.
    objects_per_slab: Family<Slab, Gauge>,
}

fn main() {}
