//! The instruments of OpenTelemetry's API, version 0.33.
//!
//! A [`Reader`] is read by a registry whenever that is scraped, so that one endpoint shows what this crate counts and
//! what libraries measure through OpenTelemetry:
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
//! // A library, which knows nothing of all that:
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
//! | name | with `_` for each run of other characters than letters and digits |
//! | unit | a word at the end of the name, unless it has that: `seconds` of `s`, `bytes` of `By`, `meters_per_second` of `m/s`; none of what stands in braces; `ratio` of `1`, of gauges alone |
//! | monotonic sum | a counter, with `_total` |
//! | other sum, gauge | a gauge |
//! | histogram | a histogram with the same buckets |
//! | exponential histogram | a native histogram; what is finer than schema 8 is brought to that |
//! | attributes | labels, with `_` for other characters, and after `key_` what starts with none of a letter or is `le` of a histogram; of those that become one the values are joined by `;` |
//! | scope | labels `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url`, and `otel_scope_` with the name of each of its attributes |
//! | resource | one family `target_info` |
//! | start of a stream | created timestamp |
//!
//! Instruments of one name in several scopes are one family. Where they are of different kinds, or have other buckets
//! than the first, by the names of the scopes, it is logged once and counted in `measurand_conflicts`, and the first
//! stays; of different descriptions, the first is shown. So it is where a metric of this crate has the name.
//!
//! The SDK of that version has no exemplars. After the provider was shut down, none of its instruments is shown.
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

use families::Families;

/// Reads the instruments of a `MeterProvider` for a registry. A clone reads the same.
///
/// Give one to the provider and one to [`Registry::register_collector`](crate::Registry::register_collector);
/// [the module](self) has an example.
#[derive(Clone)]
pub struct Reader {
    shared: Arc<Shared>,
}

struct Shared {
    reader: ManualReader,
    /// Whether it was logged that it cannot be read.
    has_said: AtomicBool,
    /// Names that no family has, of which that was logged.
    unfit: Mutex<BTreeSet<String>>,
}

impl Reader {
    /// Makes a reader, which shows nothing before a provider has it.
    pub fn new() -> Reader {
        let reader = ManualReader::builder().with_temporality(Temporality::Cumulative).build();
        let shared =
            Shared { reader, has_said: AtomicBool::new(false), unfit: Mutex::new(BTreeSet::new()) };
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
                for (name, error) in Families::of(&metrics).push_to(points) {
                    self.is_unfit(name, &error);
                }
            }
            Err(error) => self.cannot(&error),
        }
    }
}

impl Reader {
    /// That there is no provider any more, or none yet, is no error.
    fn cannot(&self, error: &OTelSdkError) {
        let is_first = !self.shared.has_said.swap(true, Ordering::Relaxed);
        match is_first {
            true => log::warn!("OpenTelemetry's instruments are not on the page: {error}"),
            false => log::debug!("OpenTelemetry's instruments are not on the page: {error}"),
        }
    }

    fn is_unfit(&self, name: String, error: &DescriptorError) {
        let mut unfit = unpoisoned(self.shared.unfit.lock());
        if unfit.len() < MOST_UNFIT && unfit.insert(name) {
            log::warn!("an instrument of OpenTelemetry is not on the page: {error}");
        }
    }
}

/// Further ones are not logged.
const MOST_UNFIT: usize = 100;
