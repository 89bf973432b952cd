#![deny(
    unreachable_pub,
    unused,
    nonstandard_style,
    rust_2018_idioms,
    let_underscore,
    single_use_lifetimes,
    unused_qualifications
)]

use measurand::unit::{Bytes, Seconds};
use measurand::{Counter, Gauge, Histogram, InProgress, Metrics, Registry};

measurand::unit!(
    /// Printed pages.
    pub(crate) Pages = "pages",
    whole
);

/// A static struct.
#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "cart", const_labels(version = "1"), global = METRICS)]
pub(crate) struct ShopMetrics {
    /// Orders placed.
    pub(crate) orders_total: Counter,
    /// Bytes read.
    pub(crate) read_bytes_total: Counter<Bytes>,
    /// Pages printed.
    pub(crate) printed_pages_total: Counter<Pages>,
    /// Requests waiting.
    pub(crate) queue_length: Gauge,
    /// Orders being placed.
    pub(crate) in_progress: InProgress,
    /// Time to place an order.
    #[metric(buckets = exponential(0.001, 4, 5))]
    pub(crate) order_duration_seconds: Histogram<Seconds>,
    /// The cache.
    #[metric(flatten(prefix = "cache"))]
    pub(crate) cache: CacheMetrics,
    /// How many orders there may be.
    #[metric(skip = 5)]
    pub(crate) limit: u32,
}

/// A group.
#[derive(Metrics)]
#[metrics(group)]
pub(crate) struct CacheMetrics {
    /// Look-ups that found something.
    pub(crate) hits_total: Counter,
}

/// A struct whose names may be defined again.
#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "cart", local)]
pub(crate) struct LocalMetrics {
    /// Orders placed.
    pub(crate) orders_total: Counter,
}

/// A pool.
#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
pub(crate) struct PoolMetrics {
    /// Connections that are open.
    pub(crate) open_connections: Gauge,
}

fn main() {
    METRICS.orders_total.inc();
    LocalMetrics::global().orders_total.inc();
    let pool = PoolMetrics::register(&Registry::new(), "orders").unwrap();
    pool.open_connections.set(METRICS.limit);
}
