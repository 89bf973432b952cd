//! Prometheus metrics declared as types: mistakes in metrics are compile errors.
//!
//! ```
//! use std::time::Duration;
//! use measurand::unit::{Bytes, Seconds};
//! use measurand::{Counter, Histogram, InProgress, Metrics};
//!
//! /// Metrics of the digest endpoint.
//! #[derive(Metrics)]
//! #[metrics(namespace = "digest", global = METRICS)]
//! pub struct DigestMetrics {
//!     /// Bytes read from request bodies.
//!     pub read_bytes_total: Counter<Bytes>,
//!     /// Requests being hashed now.
//!     pub in_progress: InProgress,
//!     /// Time to hash one body.
//!     #[metric(buckets = exponential(0.0001, 4, 10))]
//!     pub hash_duration_seconds: Histogram<Seconds>,
//! }
//!
//! let _guard = METRICS.in_progress.start();
//! METRICS.read_bytes_total.inc_by(1_024);
//! METRICS.hash_duration_seconds.observe(Duration::from_micros(250));
//!
//! let text = measurand::Registry::global().to_text();
//! assert!(text.contains("digest_read_bytes_total 1024\n"));
//! ```
//!
//! - [`Metrics`](derive@Metrics) declares a struct of metrics; its page lists all options and
//!   rules.
//! - [`Counter`], [`Gauge`], [`InProgress`] and [`Histogram`] are the types of its fields, each
//!   with one of the units of [`unit`](mod@unit).
//! - [`NativeHistogram`], [`PeakGauge`], [`StateSet`], [`Info`], [`Unknown`] and [`Read`] are less
//!   common kinds, and [`build_info!`] shows the version of the build.
//! - [`ConfigMetrics`](derive@ConfigMetrics) shows the numbers of a config struct.
//! - [`Family`] has one of these for each label set. Labels are types too: enums with
//!   [`LabelValue`](derive@LabelValue), structs with [`LabelSet`](derive@LabelSet). The module
//!   [`family`] has an example.
//! - [`instrument_metrics`] counts the calls of functions, in families that all functions share or
//!   in a field of type [`Calls`]. The module [`calls`] has an example.
//! - [`Registry`] contains the metrics of the whole binary, without any call at startup.
//! - [`registry::Collector`] shows values that something else keeps, and [`registry::Gather`] is
//!   anything that can be served and encoded.
//! - [`actix`] (feature `actix`) serves metrics with actix-web, [`scrape`] (feature `serve`) with
//!   any other server, and [`exposition`] encodes them in every format.
//! - [`push`] (feature `pushgateway`) pushes the metrics of a job to a Pushgateway.
//! - [`export`] (feature `export`) sends metrics at an interval, with [`otlp`] (feature
//!   `otlp-http`) to OpenTelemetry receivers.
//! - [`health`] (feature `health`) answers liveness and readiness probes, by checks of what the
//!   service needs.
//! - [`testing`] (feature `testing`) has tools for testing instrumented code.
//!
//! The [guides](mod@guide) cover the rest, and migration from other crates.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `record` | yes | recording; without it, all types exist, and updates compile to nothing |
//! | `actix` | no | the module [`actix`]: a scrape endpoint for actix-web, and a separate listener; outcomes for its responses, and labels from its methods and status codes |
//! | `serve` | no | the module [`scrape`]: a handler of scrapes for any web server; implied by `actix` |
//! | `health` | no | the module [`health`]: liveness and readiness, for any web server; implied by `actix` |
//! | `health-http` | no | [`health::Check::http_get`], a check that requests a URL |
//! | `pushgateway` | no | the module [`push`]: pushing the metrics of jobs that end before they are scraped |
//! | `outgoing` | no | the module [`outgoing`]: destinations of metrics; implied by all features that send |
//! | `outgoing-tls` | no | sending over TLS, with rustls 0.23 and ring, which needs a C compiler |
//! | `gzip` | no | pages compressed by gzip; implied by `actix` |
//! | `tls` | no | the listener of [`actix`] over TLS, with rustls 0.23 and ring, which needs a C compiler |
//! | `web-config` | no | the configuration file `web.yml` of Prometheus exporters, for the listener of [`actix`] |
//! | `access` | no | the module [`access`]: access control; implied by `actix` |
//! | `profile` | no | the module [`profile`], on Linux: CPU profiles for `go tool pprof` and as flame graphs; served by `actix` |
//! | `profile-heap` | no | also heap profiles, if jemalloc is the allocator; it is built from C |
//! | `requests` | no | the module [`requests`]: metrics of the requests of any web server; implied by `actix` |
//! | `export` | no | the module [`export`]: exports at an interval; implied by `otlp-http` |
//! | `otlp` | no | the module [`otlp`]: encoding metrics for OpenTelemetry receivers, without dependencies |
//! | `otlp-http` | no | sending OTLP over HTTP, and configuration by OpenTelemetry's environment variables |
//! | `otlp-grpc` | no | sending OTLP over gRPC, with the crate `tonic` |
//! | `zstd` | no | pages compressed by Zstandard, which needs a C compiler |
//! | `experimental-openmetrics-2` | no | OpenMetrics 2.0, a release candidate, for scrapers that ask for that version |
//! | `testing` | no | the module [`testing`]: isolated metrics for tests; for dev-dependencies |
//! | `summary` | no | [`Summary`]: quantiles of recent observations |
//! | `process` | no | [`collectors`]: the CPU time, memory, files, threads and network of the process |
//! | `tokio` | no | [`collectors`]: a Tokio runtime |
//! | `jemalloc` | no | [`collectors`]: the allocator jemalloc |
//! | `opentelemetry_0_33` | no | exemplars with the current span of OpenTelemetry 0.33 |
//! | `opentelemetry_sdk_0_33` | no | the module [`facade`]: instruments of OpenTelemetry 0.33 on the same page |
//! | `http` | no | outcomes and labels from the types of the crate `http`, version 1 |
//!
//! # Limitations
//!
//! - A library should depend on this crate with `default-features = false`: the binary decides
//!   whether metrics are recorded, by its own dependency with the feature `record`.
//! - A crate that is never named is not linked, so its metrics are missing; name it with
//!   `use that_crate as _;`.
//! - Updates are not async-signal-safe. A forked child starts with the values of its parent.
//! - Without a link-time list, metrics appear at their first update, not before. This is so on
//!   `wasm` targets and under Miri, in a program that loads this crate as a dynamic library, and in
//!   some static libraries that are linked by another language's build. There, a struct that has
//!   only gauges outside families must be registered with `register(Registry::global())`, updates
//!   use atomic read-modify-write instructions, and settings of a package need one of its metrics
//!   to be registered or updated before.
//! - A binary may contain several builds of semver-compatible versions of this crate, such as one
//!   from a registry and one from a path. Each has its own metrics and its own page.
//!   [`Registry::validate`] reports this, and `measurand_conflicts` counts it, except where panics
//!   abort. To distinguish builds, the binary contains eight digits of a hash of the path of this
//!   crate, which is the same on every machine for a crate from a registry.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(docsrs, doc(auto_cfg(hide(measurand_loom))))]

// The model checker loom needs only the storage, and its atomics cannot be created in constants.
#[cfg(not(measurand_loom))]
#[doc(hidden)]
#[path = "private.rs"]
pub mod __private_0_1;
#[cfg(all(feature = "access", not(measurand_loom)))]
pub mod access;
#[cfg(all(feature = "actix", not(measurand_loom)))]
pub mod actix;
#[cfg(not(measurand_loom))]
mod build_info;
#[cfg(not(measurand_loom))]
pub mod calls;
#[cfg_attr(measurand_loom, allow(dead_code, reason = "only what threads share is modelled"))]
mod clock;
#[cfg(all(any(feature = "jemalloc", feature = "process", feature = "tokio"), not(measurand_loom)))]
pub mod collectors;
#[cfg(not(measurand_loom))]
mod config;
#[cfg(not(measurand_loom))]
mod declare;
#[cfg(not(measurand_loom))]
pub mod descriptor;
#[cfg(not(measurand_loom))]
pub mod exemplar;
#[cfg(all(feature = "export", not(measurand_loom)))]
pub mod export;
#[cfg(not(measurand_loom))]
pub mod exposition;
#[cfg(all(feature = "opentelemetry_sdk_0_33", not(measurand_loom)))]
pub mod facade;
#[cfg(not(measurand_loom))]
pub mod family;
#[cfg(any(doc, doctest))]
pub mod guide;
#[cfg(all(feature = "health", not(measurand_loom)))]
pub mod health;
#[cfg(not(measurand_loom))]
#[doc(hidden)]
pub mod hints;
#[cfg(not(measurand_loom))]
mod idle;
#[cfg(not(measurand_loom))]
mod isolation;
#[cfg(not(measurand_loom))]
mod kind;
#[cfg(not(measurand_loom))]
mod labels;
#[cfg(not(measurand_loom))]
mod link;
#[cfg_attr(measurand_loom, allow(dead_code, reason = "only what threads share is modelled"))]
mod memory;
#[cfg(not(measurand_loom))]
pub mod metric;
#[cfg(not(measurand_loom))]
pub mod naming;
mod number;
#[cfg(all(feature = "otlp", not(measurand_loom)))]
pub mod otlp;
#[cfg(all(feature = "outgoing", not(measurand_loom)))]
pub mod outgoing;
#[cfg_attr(measurand_loom, allow(dead_code, reason = "only the slabs are modelled"))]
mod place;
#[cfg_attr(measurand_loom, allow(dead_code, reason = "only what threads share is modelled"))]
mod process;
#[cfg(all(feature = "profile", target_os = "linux", not(measurand_loom)))]
pub mod profile;
#[cfg(all(feature = "pushgateway", not(measurand_loom)))]
pub mod push;
#[cfg(not(measurand_loom))]
mod read;
#[cfg(not(measurand_loom))]
pub mod registry;
#[cfg(all(feature = "requests", not(measurand_loom)))]
pub mod requests;
#[cfg(not(measurand_loom))]
pub mod runtime;
#[cfg(all(feature = "serve", not(measurand_loom)))]
pub mod scrape;
#[cfg(not(measurand_loom))]
mod series;
#[cfg_attr(measurand_loom, allow(dead_code, reason = "only what threads share is modelled"))]
mod storage;
mod sync;
#[cfg(all(feature = "testing", not(measurand_loom)))]
pub mod testing;
#[cfg_attr(measurand_loom, allow(dead_code, reason = "only what threads share is modelled"))]
mod turn;
pub mod unit;
#[cfg(not(measurand_loom))]
mod wire;

#[cfg(not(measurand_loom))]
#[doc(inline)]
pub use calls::Calls;
#[cfg(not(measurand_loom))]
pub use config::ConfigMetrics;
#[cfg(not(measurand_loom))]
#[doc(inline)]
pub use descriptor::{Descriptor, Location};
#[cfg(not(measurand_loom))]
#[doc(inline)]
pub use exposition::encode_text;
#[cfg(not(measurand_loom))]
#[doc(inline)]
pub use family::{Family, Info, LabelSet, LabelValue, Series};
#[cfg(not(measurand_loom))]
pub use kind::Kind;
#[cfg(not(measurand_loom))]
#[doc(inline)]
pub use measurand_macros::{ConfigMetrics, LabelSet, LabelValue, Metrics, instrument_metrics};
#[cfg(all(feature = "summary", not(measurand_loom)))]
#[doc(inline)]
pub use metric::Summary;
#[cfg(not(measurand_loom))]
#[doc(inline)]
pub use metric::{
    Counter, Gauge, Histogram, InProgress, NativeHistogram, PeakGauge, Read, StateSet, Unknown,
    WithExemplars,
};
pub use number::Number;
#[cfg(not(measurand_loom))]
#[doc(inline)]
pub use registry::{Registered, Registry};
