//! Metrics by OTLP, the protocol of OpenTelemetry.
//!
//! With the feature `otlp-http`, [`OtlpExporter`] sends metrics at an interval, and [`Environment`] configures that by the
//! variables `OTEL_…`; with `otlp-grpc`, also over gRPC. [`Encoder`] makes the bodies of requests, for a transport of your
//! own.
//!
//! # What becomes of a metric
//!
//! The [specification] of OpenTelemetry says how Prometheus's metrics are mapped. Names and labels stay as they
//! are, the help is the description, the unit is that of UCUM (`seconds` is `s`, `bytes` is `By`), and
//! `prometheus.type` in the metadata of a metric says what it was.
//!
//! | kind | is a |
//! |---|---|
//! | counter | `Sum`, monotonic, cumulative since its series was created |
//! | gauge, unknown | `Gauge` |
//! | info, state set | `Sum`, not monotonic, cumulative |
//! | histogram | `Histogram`, cumulative |
//! | native histogram, with classic buckets or without | `ExponentialHistogram`, cumulative |
//! | summary | `Summary` |
//!
//! - [`Temporality::Delta`] makes deltas of what is monotonic and of histograms, for receivers that take nothing else.
//! - Counts of whole things and bytes are integers, save above `i64::MAX`; all else is a float.
//! - A histogram with native and classic buckets is sent with its native ones alone, as Prometheus prefers them.
//! - Native buckets stand side by side there, without gaps. Where they would be more than 1,024 on one side of 0, the
//!   scale is that of a coarser schema, so that a single value that is far off does not make the point long. Values
//!   that are NaN or infinite are in no bucket of an exponential histogram, and so not in its count.
//! - `trace_id` and `span_id` of an exemplar are its identities if they are valid; its other labels are attributes.
//! - A value that is Prometheus's marker of a series that is gone is a point without a recorded value.
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
pub use requests::Requests;
pub use resource::Resource;
