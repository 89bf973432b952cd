//! Metrics over OTLP, the protocol of OpenTelemetry.
//!
//! With the feature `otlp-http`, [`OtlpExporter`] sends metrics at an interval, and [`Environment`]
//! configures it from the variables `OTEL_…`; with `otlp-grpc`, gRPC is supported as well.
//! [`Encoder`] encodes the bodies of requests for a transport of your own.
//!
//! # Mapping
//!
//! The mapping follows the [specification] of OpenTelemetry. Names and labels stay as they are, the
//! help text is the description, the unit is that of UCUM (`seconds` is `s`, `bytes` is `By`), and
//! `prometheus.type` in the metadata of a metric is its original type.
//!
//! | kind | becomes |
//! |---|---|
//! | counter | `Sum`, monotonic, cumulative since its series was created |
//! | gauge, unknown | `Gauge` |
//! | info, state set | `Sum`, not monotonic, cumulative |
//! | histogram | `Histogram`, cumulative |
//! | native histogram, with classic buckets or without | `ExponentialHistogram`, cumulative |
//! | summary | `Summary` |
//!
//! - [`Temporality::Delta`] sends monotonic sums and histograms as deltas, for receivers that
//!   accept nothing else.
//! - Whole numbers are integers unless they are above `i64::MAX`; all others are floats.
//! - A histogram with native and classic buckets is sent with its native ones only, which
//!   Prometheus also prefers.
//! - Native buckets are sent without gaps. If one side of 0 would need more than 1,024 buckets, the
//!   scale of a coarser schema is used, so that a single outlier does not make the point large. NaN
//!   and infinite values are in no bucket of an exponential histogram, and so are not counted.
//! - Valid labels `trace_id` and `span_id` of an exemplar become its trace and span ID; its other
//!   labels are attributes.
//! - A Prometheus stale marker becomes a point without a recorded value.
//!
//! [specification]: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/

#[cfg(feature = "otlp-http")]
mod answer;
#[cfg(feature = "otlp-http")]
mod delta;
mod encoder;
#[cfg(feature = "otlp-http")]
mod environment;
mod exponential;
#[cfg(feature = "otlp-http")]
mod exporter;
mod point;
mod requests;
mod resource;
mod sink;
#[cfg(feature = "otlp-http")]
mod transport;
mod unit;

#[cfg(feature = "otlp-http")]
pub use delta::Temporality;
pub use encoder::Encoder;
#[cfg(feature = "otlp-http")]
pub use environment::{Environment, EnvironmentError};
#[cfg(feature = "otlp-http")]
pub use exporter::OtlpExporter;
pub use requests::EncodedRequests;
pub use resource::Resource;
