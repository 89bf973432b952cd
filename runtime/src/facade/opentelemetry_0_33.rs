//! The instruments of OpenTelemetry's API, version 0.33.
//!
//! A registry reads a [`Reader`] at each scrape, so that one endpoint shows the metrics of this
//! crate and those that libraries record through OpenTelemetry:
//!
//! ```
//! use measurand::Registry;
//! use measurand::facade::opentelemetry_0_33::Reader;
//! # use {opentelemetry_0_33 as opentelemetry, opentelemetry_sdk_0_33 as opentelemetry_sdk};
//! use opentelemetry::KeyValue;
//! use opentelemetry::metrics::MeterProvider as _;
//! use opentelemetry_sdk::metrics::SdkMeterProvider;
//!
//! let reader = Reader::new();
//! let provider = SdkMeterProvider::builder().with_reader(reader.clone()).build();
//! let registry = Registry::new(); // Or `Registry::global()`.
//! registry.register_collector(reader)?.leak();
//!
//! // In a library, which only uses OpenTelemetry:
//! let meter = provider.meter("mailer");
//! let sent = meter.u64_counter("mail.sent").with_unit("By").build();
//! sent.add(512, &[KeyValue::new("mail.kind", "receipt")]);
//!
//! let page = registry.to_text();
//! assert!(page.contains("mail_sent_bytes_total{mail_kind=\"receipt\",otel_scope_name=\"mailer\"} 512\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Names, units and labels follow OpenTelemetry's [specification][spec]:
//!
//! | OpenTelemetry | page |
//! |---|---|
//! | name | with `_` for each run of characters that are not letters or digits |
//! | unit | a word at the end of the name, unless it is there already: `seconds` for `s`, `bytes` for `By`, `meters_per_second` for `m/s`; `ratio` for `1`, for gauges only; annotations in braces are dropped |
//! | monotonic sum | a counter, with `_total` |
//! | other sum, gauge | a gauge |
//! | histogram | a histogram with the same buckets |
//! | exponential histogram | a native histogram; scales finer than schema 8 are reduced to that |
//! | attributes | labels, with `_` for other characters, and prefixed with `key_` if they do not start with a letter, or are `le` on a histogram; if several become the same label, their values are joined by `;` |
//! | scope | labels `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url`, and `otel_scope_` with the name of each of its attributes |
//! | resource | one family `target_info` |
//! | start of a stream | created timestamp |
//!
//! Instruments of the same name in several scopes are one family. If they have different kinds or
//! buckets, the first one by the names of the scopes stays, and the conflict is logged once and
//! counted in `measurand_conflicts`; if they have different descriptions, the first one is shown.
//! The same applies to a metric of this crate with that name.
//!
//! The SDK of that version has no exemplars. After the provider is shut down, its instruments are
//! not shown any more.
//!
//! [spec]: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#otlp-metric-points-to-prometheus

mod families;
mod names;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use opentelemetry_sdk_0_33::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk_0_33::metrics::data::ResourceMetrics;
use opentelemetry_sdk_0_33::metrics::reader::MetricReader;
use opentelemetry_sdk_0_33::metrics::{InstrumentKind, ManualReader, Pipeline, Temporality};

use crate::descriptor::DescriptorError;
use crate::registry::{Collector, Points};
use crate::sync::unpoisoned;

use families::InstrumentFamilies;

/// A reader that shows the instruments of a `MeterProvider` in a registry. Clones read the same.
///
/// Pass one clone to the provider and one to
/// [`Registry::register_collector`](crate::Registry::register_collector); the [module](self) has an
/// example.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

struct Shared {
    reader: ManualReader,
    /// Whether a failure to read was logged.
    has_logged: AtomicBool,
    /// The invalid names of families that were logged.
    left_out: Mutex<BTreeSet<String>>,
}

impl Reader {
    /// Creates a reader, which shows nothing until it is passed to a provider.
    pub fn new() -> Reader {
        let reader = ManualReader::builder().with_temporality(Temporality::Cumulative).build();
        let shared = Shared {
            reader,
            has_logged: AtomicBool::new(false),
            left_out: Mutex::new(BTreeSet::new()),
        };
        Reader { shared: Arc::new(shared) }
    }
}

impl Default for Reader {
    fn default() -> Reader {
        Reader::new()
    }
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").finish_non_exhaustive()
    }
}

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.shared.reader.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.shared.reader.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.shared.reader.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.shared.reader.shutdown_with_timeout(timeout)
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.shared.reader.temporality(kind)
    }
}

impl Collector for Reader {
    fn collect(&self, points: &mut Points<'_>) {
        let mut metrics = ResourceMetrics::default();
        match self.shared.reader.collect(&mut metrics) {
            Ok(()) => {
                for (name, error) in InstrumentFamilies::of(&metrics).push_to(points) {
                    self.leave_out(name, &error);
                }
            }
            Err(error) => self.cannot(&error),
        }
    }
}

impl Reader {
    /// Logs that the instruments cannot be read, as before there is a provider, or after its
    /// shutdown.
    fn cannot(&self, error: &OTelSdkError) {
        let is_first = !self.shared.has_logged.swap(true, Ordering::Relaxed);
        match is_first {
            true => log::warn!("OpenTelemetry's instruments are left out: {error}"),
            false => log::debug!("OpenTelemetry's instruments are left out: {error}"),
        }
    }

    fn leave_out(&self, name: String, error: &DescriptorError) {
        let mut left_out = unpoisoned(self.shared.left_out.lock());
        if left_out.len() < MOST_LEFT_OUT && left_out.insert(name) {
            log::warn!("an OpenTelemetry instrument is left out: {error}");
        }
    }
}

/// The most invalid names that are logged.
const MOST_LEFT_OUT: usize = 100;
