use measurand::unit::{Bytes, Ratio, Seconds};
use measurand::{Counter, Family, Gauge, Histogram, InProgress, Metrics};

use crate::Failure;

/// What the AREA service does with a NOUN.
#[derive(Metrics)]
#[metrics(namespace = "AREA", subsystem = "NOUN", global = METRICS)]
pub(crate) struct NounMetrics {
    /// Requests for a NOUN that were answered.
    requests_total: Counter,
    /// Requests for a NOUN that failed, by what was the matter.
    failures_total: Family<Failure, Counter>,
    /// Bytes of a NOUN that were read from the AREA store.
    read_bytes_total: Counter<Bytes>,
    /// Processor time spent on a NOUN.
    busy_seconds_total: Counter<Seconds>,
    /// How many wait in the queue of the AREA service.
    queue_length: Gauge,
    /// What the cache of the AREA service holds in memory.
    cache_size_bytes: Gauge<Bytes>,
    /// How often a NOUN was found in the cache of the AREA service.
    cache_hit_ratio: Gauge<Ratio>,
    /// Requests for a NOUN that are being answered.
    requests_in_progress: InProgress,
    /// Time to answer a request for a NOUN.
    request_duration_seconds: Histogram<Seconds>,
    /// Size of the answer to a request for a NOUN.
    #[metric(buckets = exponential(64, 4, 11))]
    response_size_bytes: Histogram<Bytes>,
}
