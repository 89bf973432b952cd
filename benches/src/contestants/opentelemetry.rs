//! opentelemetry, with its SDK and an exporter that writes text without a detour.

use std::sync::Arc;

use ::opentelemetry::KeyValue;
use ::opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry_prometheus_text_exporter::PrometheusExporter;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::reader::MetricReader as _;
use opentelemetry_sdk::metrics::{Instrument, SdkMeterProvider, Stream};
use prost::Message as _;

use super::{Contestant, Page, Update, page, repeat, walk};
use crate::input::{BOUNDS, Closed, Observations, Open, Series};

pub(super) const CONTESTANT: Contestant = Contestant {
    name: "opentelemetry",
    counter,
    histogram,
    closed_labels,
    open_labels,
    counters,
    histograms,
    new_counters: counters,
};

/// An exporter that writes what the others write: no lines about resource and scope.
///
/// Series beyond a limit are counted into one, and memory is reserved for as many as the limit
/// says. So it is raised no further than is needed.
fn pipeline(series: Option<usize>) -> (PrometheusExporter, SdkMeterProvider, Meter) {
    let exporter = PrometheusExporter::builder().without_target_info().without_scope_info().build();
    let provider = SdkMeterProvider::builder().with_reader(exporter.clone());
    let provider = match series {
        Some(limit) => provider.with_view(move |_: &Instrument| {
            Stream::builder().with_cardinality_limit(limit).build().ok()
        }),
        None => provider,
    };
    let provider = provider.build();
    let meter = provider.meter("bench");
    (exporter, provider, meter)
}

fn counter() -> Update {
    let (exporter, provider, meter) = pipeline(None);
    let counter = meter.u64_counter("update_requests").build();
    Box::new(move |times| {
        // Without them the counter would be one that counts nothing.
        let _alive = (&exporter, &provider);
        repeat(times, |_| counter.add(1, &[]));
    })
}

fn histogram() -> Update {
    let (exporter, provider, meter) = pipeline(None);
    let histogram =
        meter.f64_histogram("update_latency_seconds").with_boundaries(BOUNDS.to_vec()).build();
    let seconds = &Observations::get().seconds;
    Box::new(move |times| {
        let _alive = (&exporter, &provider);
        repeat(times, |index| histogram.record(seconds[index % Observations::COUNT], &[]));
    })
}

fn closed_labels(requests: Arc<[Closed]>) -> Update {
    let (exporter, provider, meter) = pipeline(None);
    let counter = meter.u64_counter("bench_requests").build();
    Box::new(move |times| {
        let _alive = (&exporter, &provider);
        walk(times, &requests, |(method, outcome)| {
            let labels = [
                KeyValue::new("method", method.as_str()),
                KeyValue::new("outcome", outcome.as_str()),
            ];
            counter.add(1, &labels);
        });
    })
}

fn open_labels(requests: Arc<[Open]>) -> Update {
    let (exporter, provider, meter) = pipeline(Some(requests.len()));
    let counter = meter.u64_counter("bench_requests").build();
    Box::new(move |times| {
        let _alive = (&exporter, &provider);
        walk(times, &requests, |(method, outcome, tenant)| {
            let labels = [
                KeyValue::new("method", method.as_str()),
                KeyValue::new("outcome", outcome.as_str()),
                KeyValue::new("tenant", tenant.clone()),
            ];
            counter.add(1, &labels);
        });
    })
}

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    page(counted(series), write)
}

/// What `opentelemetry-otlp` makes of it: a tree of messages, which is encoded then.
pub(super) fn otlp(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let mut metrics = ResourceMetrics::default();
    page(counted(series), move |(exporter, _), body: &mut Vec<u8>| {
        exporter.collect(&mut metrics).unwrap();
        ExportMetricsServiceRequest::from(&metrics).encode(body).unwrap();
    })
}

fn counted(series: &mut dyn Iterator<Item = &Series>) -> (PrometheusExporter, SdkMeterProvider) {
    let (exporter, provider, meter) = pipeline(series.size_hint().1);
    // The exporter puts `_total` behind the name.
    let counter =
        meter.u64_counter("bench_requests").with_description("Requests answered.").build();
    for Series { shop, route, tenant, count } in series {
        let labels = [
            KeyValue::new("shop", shop.clone()),
            KeyValue::new("route", route.clone()),
            KeyValue::new("tenant", tenant.clone()),
        ];
        counter.add(*count, &labels);
    }
    (exporter, provider)
}

fn histograms(routes: &mut dyn Iterator<Item = &String>) -> Page {
    let (exporter, provider, meter) = pipeline(routes.size_hint().1);
    let histogram = meter
        .f64_histogram("bench_latency_seconds")
        .with_description("Time to answer.")
        .with_boundaries(BOUNDS.to_vec())
        .build();
    for route in routes {
        let labels = [KeyValue::new("route", route.clone())];
        for seconds in &Observations::get().seconds[..100] {
            histogram.record(*seconds, &labels);
        }
    }
    page((exporter, provider), write)
}

fn write((exporter, _): &(PrometheusExporter, SdkMeterProvider), text: &mut Vec<u8>) {
    exporter.export(text).unwrap();
}
