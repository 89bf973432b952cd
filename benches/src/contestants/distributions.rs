//! Kinds of distributions besides the classic histogram.

use ::measurand::unit::Seconds;
use ::measurand::{Histogram, Metrics, NativeHistogram, Summary};
use ::metrics::{histogram, with_local_recorder};
use ::metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_prometheus_text_exporter::PrometheusExporter;
use opentelemetry_sdk::metrics::{Aggregation, Instrument, SdkMeterProvider, Stream};

use super::{Update, repeat};
use crate::input::Observations;

/// The same durations in each.
#[derive(Metrics)]
#[metrics(namespace = "distributions", global = METRICS)]
struct DistributionMetrics {
    /// In 11 buckets.
    classic_seconds: Histogram<Seconds>,
    /// In native buckets.
    native_seconds: NativeHistogram<Seconds>,
    /// By quantiles.
    #[metric(quantiles = [(0.5, 0.05), (0.9, 0.01), (0.99, 0.001)])]
    latest_seconds: Summary<Seconds>,
}

pub(crate) fn classic() -> Update {
    let durations = &Observations::get().durations;
    Box::new(|times| {
        repeat(times, |index| {
            METRICS.classic_seconds.observe(durations[index % Observations::COUNT]);
        });
    })
}

pub(crate) fn native() -> Update {
    let durations = &Observations::get().durations;
    Box::new(|times| {
        repeat(times, |index| {
            METRICS.native_seconds.observe(durations[index % Observations::COUNT]);
        });
    })
}

/// OpenTelemetry's histogram of the same kind.
pub(crate) fn exponential() -> Update {
    let exporter = PrometheusExporter::builder().without_target_info().without_scope_info().build();
    let provider = SdkMeterProvider::builder().with_reader(exporter.clone());
    let provider = provider.with_view(|_: &Instrument| {
        let buckets = Aggregation::Base2ExponentialHistogram {
            max_size: 160,
            max_scale: 3,
            record_min_max: false,
        };
        Stream::builder().with_aggregation(buckets).build().ok()
    });
    let provider = provider.build();
    let histogram = provider.meter("bench").f64_histogram("update_latency_seconds").build();
    let seconds = &Observations::get().seconds;
    Box::new(move |times| {
        // Without them the histogram would be one that counts nothing.
        let _alive = (&exporter, &provider);
        repeat(times, |index| histogram.record(seconds[index % Observations::COUNT], &[]));
    })
}

pub(crate) fn summary() -> Update {
    let durations = &Observations::get().durations;
    Box::new(|times| {
        repeat(times, |index| {
            METRICS.latest_seconds.observe(durations[index % Observations::COUNT]);
        });
    })
}

/// What `metrics` makes of a histogram without buckets.
pub(crate) fn metrics_summary() -> Update {
    let recorder = PrometheusBuilder::new().build_recorder();
    let histogram = with_local_recorder(&recorder, || histogram!("update_latency_seconds"));
    let handle = recorder.handle();
    let seconds = &Observations::get().seconds;
    Box::new(move |times| {
        repeat(times, |index| histogram.record(seconds[index % Observations::COUNT]));
        // Recording only stores the value; this puts them into the sketch, and has to run now and
        // then.
        handle.run_upkeep();
    })
}
