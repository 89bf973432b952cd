//! What the service reports about itself.

use measurand::unit::{Bytes, Seconds};
use measurand::{Counter, Histogram, InProgress, Metrics};

/// Everything the digest endpoint reports.
///
/// Each request that reaches the endpoint ends in exactly one of `requests_total` and
/// `rejected_total`.
#[derive(Metrics)]
#[metrics(namespace = "digest", global = METRICS)]
pub(crate) struct DigestMetrics {
    /// Bytes read from request bodies.
    pub(crate) read_bytes_total: Counter<Bytes>,
    /// Time spent hashing one body, without waiting for the client.
    // From 1 µs for an empty body to 0.26 s for some hundred megabytes.
    #[metric(buckets = exponential(0.000_001, 4.0, 10))]
    pub(crate) hash_duration_seconds: Histogram<Seconds>,
    /// Size of the bodies that were hashed.
    // From 64 bytes to 16 MiB.
    #[metric(buckets = exponential(64, 4, 10))]
    pub(crate) body_size_bytes: Histogram<Bytes>,
    /// Requests being hashed now.
    pub(crate) in_progress: InProgress,
    /// Requests answered with a digest.
    pub(crate) requests_total: Counter,
    /// Requests with an unknown algorithm, or whose body broke off.
    pub(crate) rejected_total: Counter,
}
