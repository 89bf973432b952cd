use lazy_static::lazy_static;
use prometheus::{
    Counter, Gauge, Histogram, IntCounter, IntCounterVec, IntGauge, exponential_buckets,
    register_counter, register_gauge, register_histogram, register_int_counter,
    register_int_counter_vec, register_int_gauge,
};

lazy_static! {
    /// Requests answered.
    pub(crate) static ref REQUESTS: IntCounter = register_int_counter!(
        "AREA_NOUN_requests_total",
        "Requests for a NOUN that were answered."
    )
    .unwrap();
    /// Requests that failed.
    pub(crate) static ref FAILURES: IntCounterVec = register_int_counter_vec!(
        "AREA_NOUN_failures_total",
        "Requests for a NOUN that failed, by what was the matter.",
        &["failure"]
    )
    .unwrap();
    /// Bytes read.
    pub(crate) static ref READ_BYTES: IntCounter = register_int_counter!(
        "AREA_NOUN_read_bytes_total",
        "Bytes of a NOUN that were read from the AREA store."
    )
    .unwrap();
    /// Processor time.
    pub(crate) static ref BUSY_SECONDS: Counter = register_counter!(
        "AREA_NOUN_busy_seconds_total",
        "Processor time spent on a NOUN."
    )
    .unwrap();
    /// What waits.
    pub(crate) static ref QUEUE_LENGTH: IntGauge = register_int_gauge!(
        "AREA_NOUN_queue_length",
        "How many wait in the queue of the AREA service."
    )
    .unwrap();
    /// The cache in memory.
    pub(crate) static ref CACHE_SIZE_BYTES: IntGauge = register_int_gauge!(
        "AREA_NOUN_cache_size_bytes",
        "What the cache of the AREA service holds in memory."
    )
    .unwrap();
    /// The cache's hits.
    pub(crate) static ref CACHE_HIT_RATIO: Gauge = register_gauge!(
        "AREA_NOUN_cache_hit_ratio",
        "How often a NOUN was found in the cache of the AREA service."
    )
    .unwrap();
    /// What runs.
    pub(crate) static ref REQUESTS_IN_PROGRESS: IntGauge = register_int_gauge!(
        "AREA_NOUN_requests_in_progress",
        "Requests for a NOUN that are being answered."
    )
    .unwrap();
    /// Time to answer.
    pub(crate) static ref REQUEST_DURATION_SECONDS: Histogram = register_histogram!(
        "AREA_NOUN_request_duration_seconds",
        "Time to answer a request for a NOUN."
    )
    .unwrap();
    /// Size of answers.
    pub(crate) static ref RESPONSE_SIZE_BYTES: Histogram = register_histogram!(
        "AREA_NOUN_response_size_bytes",
        "Size of the answer to a request for a NOUN.",
        exponential_buckets(64.0, 4.0, 11).unwrap()
    )
    .unwrap();
}
