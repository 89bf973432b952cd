use std::sync::atomic::AtomicU64;

use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::{Registry, Unit};

use crate::{DEFAULT_BUCKETS, FailureLabels};

/// What the AREA service does with a NOUN.
pub(crate) struct NounMetrics {
    requests: Counter,
    failures: Family<FailureLabels, Counter>,
    read: Counter,
    busy: Counter<f64, AtomicU64>,
    queue_length: Gauge,
    cache_size: Gauge,
    cache_hit: Gauge<f64, AtomicU64>,
    requests_in_progress: Gauge,
    request_duration: Histogram,
    response_size: Histogram,
}

impl NounMetrics {
    pub(crate) fn register(registry: &mut Registry) -> NounMetrics {
        let metrics = NounMetrics {
            requests: Counter::default(),
            failures: Family::default(),
            read: Counter::default(),
            busy: Counter::default(),
            queue_length: Gauge::default(),
            cache_size: Gauge::default(),
            cache_hit: Gauge::default(),
            requests_in_progress: Gauge::default(),
            request_duration: Histogram::new(DEFAULT_BUCKETS),
            response_size: Histogram::new(exponential_buckets(64.0, 4.0, 11)),
        };
        let registry = registry.sub_registry_with_prefix("AREA_NOUN");
        registry.register(
            "requests",
            "Requests for a NOUN that were answered",
            metrics.requests.clone(),
        );
        registry.register(
            "failures",
            "Requests for a NOUN that failed, by what was the matter",
            metrics.failures.clone(),
        );
        registry.register_with_unit(
            "read",
            "Bytes of a NOUN that were read from the AREA store",
            Unit::Bytes,
            metrics.read.clone(),
        );
        registry.register_with_unit(
            "busy",
            "Processor time spent on a NOUN",
            Unit::Seconds,
            metrics.busy.clone(),
        );
        registry.register(
            "queue_length",
            "How many wait in the queue of the AREA service",
            metrics.queue_length.clone(),
        );
        registry.register_with_unit(
            "cache_size",
            "What the cache of the AREA service holds in memory",
            Unit::Bytes,
            metrics.cache_size.clone(),
        );
        registry.register_with_unit(
            "cache_hit",
            "How often a NOUN was found in the cache of the AREA service",
            Unit::Ratios,
            metrics.cache_hit.clone(),
        );
        registry.register(
            "requests_in_progress",
            "Requests for a NOUN that are being answered",
            metrics.requests_in_progress.clone(),
        );
        registry.register_with_unit(
            "request_duration",
            "Time to answer a request for a NOUN",
            Unit::Seconds,
            metrics.request_duration.clone(),
        );
        registry.register_with_unit(
            "response_size",
            "Size of the answer to a request for a NOUN",
            Unit::Bytes,
            metrics.response_size.clone(),
        );
        metrics
    }
}
