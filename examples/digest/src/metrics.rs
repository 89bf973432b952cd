//! The metrics of the service.

use measurand::unit::{Bytes, Seconds};
use measurand::{Calls, Counter, Family, Histogram, LabelSet, Metrics, NativeHistogram};

use crate::service::Algorithm;

/// Everything the digest endpoint reports.
///
/// A request that names a known algorithm is a call of `body`; any other is in `rejected_total`. As requests, all of
/// them are measured by the middleware.
#[derive(Metrics)]
#[metrics(namespace = "digest", global = METRICS)]
pub(crate) struct DigestMetrics {
    /// Bytes read from request bodies.
    pub(crate) read_bytes_total: Counter<Bytes>,
    /// Time spent hashing one body, without waiting for the client.
    // For scrapers without native histograms: from 1 µs for an empty body to 0.26 s for a body of
    // some hundred megabytes.
    #[metric(buckets = exponential(0.000_001, 4.0, 10))]
    pub(crate) hash_duration_seconds: NativeHistogram<Seconds>,
    /// Size of the bodies that were hashed.
    // From 64 bytes to 16 MiB.
    #[metric(buckets = exponential(64, 4, 10))]
    pub(crate) body_size_bytes: Histogram<Bytes>,
    /// Requests with a known algorithm, by who sent them.
    // Clients can send any name; those after the first 500 are counted as `__other__`.
    #[metric(max_series = 500)]
    pub(crate) tenant_requests_total: Family<TenantLabels<'static>, Counter>,
    /// Receiving and hashing of bodies
    // From 0.1 ms to 26 s, since it waits for the client.
    #[metric(buckets = exponential(0.000_1, 4, 10))]
    pub(crate) body: Calls<Algorithm>,
    /// Requests without a known algorithm.
    pub(crate) rejected_total: Counter,
}

/// The labels of a tenant, which is named by the header `X-Tenant`.
#[derive(LabelSet)]
pub(crate) struct TenantLabels<'a> {
    pub(crate) algorithm: Algorithm,
    pub(crate) tenant: &'a str,
}
