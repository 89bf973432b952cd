//! metrics, with its Prometheus exporter.

use std::sync::Arc;

use ::metrics::{counter, describe_counter, describe_histogram, histogram, with_local_recorder};
use ::metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

use super::{Contestant, Page, Update, page, repeat, walk};
use crate::input::{BOUNDS, Closed, Observations, Open, Series};

pub(super) const CONTESTANT: Contestant = Contestant {
    name: "metrics",
    counter,
    histogram,
    closed_labels,
    open_labels,
    counters,
    histograms,
    new_counters: counters,
};

/// Without a listener: only what records and renders.
fn recorder() -> PrometheusRecorder {
    PrometheusBuilder::new().set_buckets(&BOUNDS).unwrap().build_recorder()
}

fn counter() -> Update {
    // The handle is kept; the macro would look it up each time.
    let counter = with_local_recorder(&recorder(), || counter!("update_requests_total"));
    Box::new(move |times| repeat(times, |_| counter.increment(1)))
}

fn histogram() -> Update {
    let recorder = recorder();
    let histogram = with_local_recorder(&recorder, || histogram!("update_latency_seconds"));
    let handle = recorder.handle();
    let seconds = &Observations::get().seconds;
    Box::new(move |times| {
        repeat(times, |index| histogram.record(seconds[index % Observations::COUNT]));
        // Recording only stores the value; this counts them in buckets, and has to run now and
        // then. Who does it does not matter to the sum of the work.
        handle.run_upkeep();
    })
}

fn closed_labels(requests: Arc<[Closed]>) -> Update {
    let recorder = recorder();
    Box::new(move |times| {
        with_local_recorder(&recorder, || {
            walk(times, &requests, |(method, outcome)| {
                let (method, outcome) = (method.as_str(), outcome.as_str());
                counter!("bench_requests_total", "method" => method, "outcome" => outcome)
                    .increment(1);
            });
        });
    })
}

fn open_labels(requests: Arc<[Open]>) -> Update {
    let recorder = recorder();
    Box::new(move |times| {
        with_local_recorder(&recorder, || {
            walk(times, &requests, |(method, outcome, tenant)| {
                let (method, outcome, tenant) = (method.as_str(), outcome.as_str(), tenant.clone());
                counter!(
                    "bench_requests_total",
                    "method" => method, "outcome" => outcome, "tenant" => tenant
                )
                .increment(1);
            });
        });
    })
}

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let recorder = recorder();
    with_local_recorder(&recorder, || {
        describe_counter!("bench_requests_total", "Requests answered.");
        for Series { shop, route, tenant, count } in series {
            let (shop, route, tenant) = (shop.clone(), route.clone(), tenant.clone());
            counter!("bench_requests_total", "shop" => shop, "route" => route, "tenant" => tenant)
                .increment(*count);
        }
    });
    page(recorder.handle(), write)
}

fn histograms(routes: &mut dyn Iterator<Item = &String>) -> Page {
    let recorder = recorder();
    with_local_recorder(&recorder, || {
        describe_histogram!("bench_latency_seconds", "Time to answer.");
        for route in routes {
            let histogram = histogram!("bench_latency_seconds", "route" => route.clone());
            for seconds in &Observations::get().seconds[..100] {
                histogram.record(*seconds);
            }
        }
    });
    page(recorder.handle(), write)
}

fn write(handle: &PrometheusHandle, text: &mut Vec<u8>) {
    handle.render_to_write(text).unwrap();
}
