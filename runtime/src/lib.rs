//! Prometheus metrics declared as types: what is wrong with one is a compile error.
//!
//! ```
//! use std::time::Duration;
//! use measurand::unit::{Bytes, Seconds};
//! use measurand::{Counter, Histogram, InProgress, Metrics};
//!
//! /// Everything the digest endpoint reports.
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
//! - [`Metrics`](derive@Metrics) declares a struct of metrics; its page has all options and rules.
//! - [`Counter`], [`Gauge`], [`InProgress`] and [`Histogram`] are what its fields are, each in one
//!   of the units of [`unit`](mod@unit).
//! - [`NativeHistogram`], [`PeakGauge`], [`StateSet`], [`Info`], [`Unknown`] and [`Read`] are kinds for
//!   less common things, and [`build_info!`] shows what was built.
//! - [`ConfigMetrics`](derive@ConfigMetrics) shows the numbers of a config struct.
//! - [`Family`] has one of these for each set of labels, which are types too: enums with
//!   [`LabelValue`](derive@LabelValue), structs with [`LabelSet`](derive@LabelSet). The module
//!   [`family`] has an example.
//! - [`instrument_metrics`] counts the calls of functions, in families that all of them share or in
//!   a field of type [`Calls`]. The module [`calls`] has an example.
//! - [`Registry`] knows the metrics of the whole binary, with nothing to call at start.
//! - [`registry::Collector`] shows figures that something else keeps, and [`registry::Gather`] is what can
//!   be served and encoded.
//! - [`actix`] (feature `actix`) serves them; [`scrape`] (feature `serve`) does so for any other server, and
//!   [`exposition`] writes them without one, in every format.
//! - [`push`] (feature `pushgateway`) leaves the metrics of a job in a Pushgateway when it ends.
//! - [`export`] sends them at an interval, by [`otlp`] (feature `otlp-http`) to receivers of OpenTelemetry.
//! - [`health`] (feature `health`) says whether the service is alive and ready, by checks of what it needs.
//! - [`testing`] (feature `testing`) is a kit for tests of instrumented code.
//!
//! The [guides](mod@guide) have the rest, and what you know from other crates.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `record` | yes | counting itself; off, every type is there and every update compiles to nothing |
//! | `actix` | no | the module [`actix`]: a scrape endpoint for actix-web, and a listener of its own; its responses have outcomes, and its methods and status codes are labels |
//! | `serve` | no | the module [`scrape`]: a handler of scrapes for any web server; on with `actix` |
//! | `health` | no | the module [`health`]: checks of health and readiness, for any web server; on with `actix` |
//! | `health-http` | no | [`health::Check::http_get`], a check that asks a URL |
//! | `pushgateway` | no | the module [`push`]: metrics of jobs that end before anyone scrapes them |
//! | `outgoing` | no | the module [`outgoing`]: where metrics are sent; on with what sends, and with `health-http` |
//! | `outgoing-tls` | no | the same over TLS, by rustls 0.23 with ring, which needs a C compiler to build |
//! | `gzip` | no | pages compressed by gzip; on with `actix` |
//! | `tls` | no | the listener of [`actix`] over TLS, by rustls 0.23 with ring, which needs a C compiler to build |
//! | `web-config` | no | the file `web.yml` of exporters, for the listener of [`actix`] |
//! | `access` | no | the module [`access`]: who may see the metrics; on with `actix` |
//! | `profile` | no | the module [`profile`], on Linux: where the time goes, for `go tool pprof` and as a flame graph; `actix` serves it |
//! | `profile-heap` | no | profiles of the heap as well, where jemalloc is the allocator, which is built in C |
//! | `requests` | no | the module [`requests`]: metrics of the requests of any web server; on with `actix` |
//! | `export` | no | the module [`export`]: exports at an interval; on with what exports |
//! | `otlp` | no | the module [`otlp`]: metrics encoded for receivers of OpenTelemetry, without a dependency |
//! | `otlp-http` | no | the same sent over HTTP, and the environment of OpenTelemetry |
//! | `otlp-grpc` | no | the same over gRPC, by the crate `tonic`; `outgoing-tls` is for both |
//! | `zstd` | no | pages compressed by Zstandard, which needs a C compiler to build |
//! | `experimental-openmetrics-2` | no | OpenMetrics 2.0, a release candidate, for scrapers that ask for that version |
//! | `testing` | no | the module [`testing`]: what a test counts and reads is its own; for dev-dependencies |
//! | `summary` | no | [`Summary`]: quantiles of what was observed of late |
//! | `process` | no | [`collectors`]: this process, its time, memory, files, threads and network |
//! | `tokio` | no | [`collectors`]: a Tokio runtime |
//! | `jemalloc` | no | [`collectors`]: the allocator jemalloc |
//! | `opentelemetry_0_33` | no | exemplars lead to the span of OpenTelemetry 0.33 that a thread is in |
//! | `opentelemetry_sdk_0_33` | no | the module [`facade`]: the instruments of OpenTelemetry 0.33 on the same page |
//! | `http` | no | the same for the types of the crate `http`, version 1 |
//!
//! # What to know
//!
//! - A library depends on this crate with `default-features = false`: whether anything is recorded
//!   is for the binary to say, whose own dependency on it turns `record` on.
//! - A crate that nothing names is not linked, and its metrics with it; `use that_crate as _;`
//!   names it.
//! - Updates are not async-signal-safe. A forked child starts with its parent's counts.
//! - Metrics that the linker does not bring are on the page from their first update on, not before:
//!   on `wasm` targets and under Miri, which have no link-time list, of a program that has this crate
//!   from a dynamic library, and in some static libraries that another language's build links. A
//!   struct that has nothing but gauges outside families is not seen to be updated: call
//!   `register(Registry::global())` on it. They count with locked instructions there, and settings
//!   of a package need a metric of it that is on the page, or registered, by then.
//! - A binary may hold several builds of one breaking version, such as one of a registry and one of a
//!   path. Each has its own metrics and its own page, [`Registry::validate`] finds it, and
//!   `measurand_conflicts` counts it; where panics abort it cannot be found. That these builds can be
//!   told apart, eight digits of a hash of where the crate lies are in the binary: the same on every
//!   machine for a crate of a registry.

// A model checker needs only the storage, and its atomics cannot be made in constants.
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
pub use calls::Calls;
#[cfg(not(measurand_loom))]
pub use config::ConfigMetrics;
#[cfg(not(measurand_loom))]
pub use descriptor::{Descriptor, Location};
#[cfg(not(measurand_loom))]
pub use exposition::encode_text;
#[cfg(not(measurand_loom))]
pub use family::{Family, Info, LabelSet, LabelValue, Series};
#[cfg(not(measurand_loom))]
pub use kind::Kind;
#[cfg(not(measurand_loom))]
pub use measurand_macros::{ConfigMetrics, LabelSet, LabelValue, Metrics, instrument_metrics};
#[cfg(all(feature = "summary", not(measurand_loom)))]
pub use metric::Summary;
#[cfg(not(measurand_loom))]
pub use metric::{
    Counter, Gauge, Histogram, InProgress, NativeHistogram, PeakGauge, Read, StateSet, Unknown,
    WithExemplars,
};
pub use number::Number;
#[cfg(not(measurand_loom))]
pub use registry::{Registered, Registry};
