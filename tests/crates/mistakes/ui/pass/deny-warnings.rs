#![deny(warnings)]

use measurand::unit::{Bytes, Seconds};
use measurand::{Counter, Gauge, Histogram, InProgress, Metrics, Registry};

measurand::unit!(
    /// Printed pages.
    pub Pages = "pages",
    whole
);

/// A static struct.
#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "cart", const_labels(version = "1"), global = METRICS)]
pub struct ShopMetrics {
    /// Orders placed.
    pub orders_total: Counter,
    /// Bytes read.
    pub read_bytes_total: Counter<Bytes>,
    /// Pages printed.
    pub printed_pages_total: Counter<Pages>,
    /// Requests waiting.
    pub queue_length: Gauge,
    /// Orders being placed.
    pub in_progress: InProgress,
    /// Time to place an order.
    #[metric(buckets = exponential(0.001, 4, 5))]
    pub order_duration_seconds: Histogram<Seconds>,
    /// The cache.
    #[metric(flatten(prefix = "cache"))]
    pub cache: CacheMetrics,
    /// How many orders there may be.
    #[metric(skip = 5)]
    pub limit: u32,
}

/// A group.
#[derive(Metrics)]
#[metrics(group)]
pub struct CacheMetrics {
    /// Look-ups that found something.
    pub hits_total: Counter,
}

/// A struct whose names may be defined again.
#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "cart", local)]
pub struct LocalMetrics {
    /// Orders placed.
    pub orders_total: Counter,
}

/// A pool.
#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
pub struct PoolMetrics {
    /// Connections that are open.
    pub open_connections: Gauge,
}

fn main() {
    METRICS.orders_total.inc();
    LocalMetrics::global().orders_total.inc();
    let pool = PoolMetrics::register(&Registry::new(), "orders").unwrap();
    pool.open_connections.set(METRICS.limit);
}
