use measured::metric::histogram::Thresholds;
use measured::{Counter, CounterVec, FloatGauge, Gauge, Histogram, MetricGroup};

use crate::{DEFAULT_BUCKETS, FailureLabelsSet};

/// What the AREA service does with a NOUN.
#[derive(MetricGroup)]
#[metric(new())]
pub(crate) struct NounMetrics {
    /// Requests for a NOUN that were answered.
    #[metric(rename = "AREA_NOUN_requests_total")]
    requests: Counter,
    /// Requests for a NOUN that failed, by what was the matter.
    #[metric(rename = "AREA_NOUN_failures_total")]
    failures: CounterVec<FailureLabelsSet>,
    /// Bytes of a NOUN that were read from the AREA store.
    #[metric(rename = "AREA_NOUN_read_bytes_total")]
    read: Counter,
    /// Processor time spent on a NOUN.
    #[metric(rename = "AREA_NOUN_busy_seconds_total")]
    busy: FloatGauge,
    /// How many wait in the queue of the AREA service.
    #[metric(rename = "AREA_NOUN_queue_length")]
    queue_length: Gauge,
    /// What the cache of the AREA service holds in memory.
    #[metric(rename = "AREA_NOUN_cache_size_bytes")]
    cache_size: Gauge,
    /// How often a NOUN was found in the cache of the AREA service.
    #[metric(rename = "AREA_NOUN_cache_hit_ratio")]
    cache_hit: FloatGauge,
    /// Requests for a NOUN that are being answered.
    #[metric(rename = "AREA_NOUN_requests_in_progress")]
    requests_in_progress: Gauge,
    /// Time to answer a request for a NOUN.
    #[metric(
        rename = "AREA_NOUN_request_duration_seconds",
        metadata = Thresholds::with_buckets(DEFAULT_BUCKETS),
    )]
    request_duration: Histogram<11>,
    /// Size of the answer to a request for a NOUN.
    #[metric(
        rename = "AREA_NOUN_response_size_bytes",
        metadata = Thresholds::exponential_buckets(64.0, 4.0),
    )]
    response_size: Histogram<11>,
}
