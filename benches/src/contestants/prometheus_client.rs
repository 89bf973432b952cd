//! prometheus-client, the official one.

use std::sync::Arc;

use ::prometheus_client::encoding::{EncodeLabelSet, text};
use ::prometheus_client::metrics::counter::Counter;
use ::prometheus_client::metrics::family::Family;
use ::prometheus_client::metrics::histogram::Histogram;
use ::prometheus_client::registry::Registry;

use super::{Contestant, Page, Update, page, repeat, walk};
use crate::input::{BOUNDS, Closed, Method, Observations, Open, Outcome, Series};

pub(super) const CONTESTANT: Contestant = Contestant {
    name: "prometheus-client",
    counter,
    histogram,
    closed_labels,
    open_labels,
    counters,
    histograms,
    new_counters: counters,
};

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct CounterLabels {
    shop: String,
    route: String,
    tenant: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct HistogramLabels {
    route: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ClosedLabels {
    method: Method,
    outcome: Outcome,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OpenLabels {
    method: Method,
    outcome: Outcome,
    tenant: String,
}

fn counter() -> Update {
    let counter: Counter = Counter::default();
    Box::new(move |times| {
        repeat(times, |_| {
            counter.inc();
        });
    })
}

fn histogram() -> Update {
    let histogram = Histogram::new(BOUNDS);
    let seconds = &Observations::get().seconds;
    Box::new(move |times| {
        repeat(times, |index| histogram.observe(seconds[index % Observations::COUNT]));
    })
}

fn closed_labels(requests: Arc<[Closed]>) -> Update {
    let family = Family::<ClosedLabels, Counter>::default();
    Box::new(move |times| {
        walk(times, &requests, |&(method, outcome)| {
            family.get_or_create(&ClosedLabels { method, outcome }).inc();
        });
    })
}

fn open_labels(requests: Arc<[Open]>) -> Update {
    let family = Family::<OpenLabels, Counter>::default();
    Box::new(move |times| {
        walk(times, &requests, |(method, outcome, tenant)| {
            let labels = OpenLabels { method: *method, outcome: *outcome, tenant: tenant.clone() };
            family.get_or_create(&labels).inc();
        });
    })
}

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    page(counted(series), write)
}

/// A registry with a labelled counter of these series.
pub(super) fn counted(series: &mut dyn Iterator<Item = &Series>) -> Registry {
    let mut registry = Registry::default();
    let family = Family::<CounterLabels, Counter>::default();
    // The encoder puts `_total` behind the name.
    registry.register("bench_requests", "Requests answered", family.clone());
    for Series { shop, route, tenant, count } in series {
        let labels =
            CounterLabels { shop: shop.clone(), route: route.clone(), tenant: tenant.clone() };
        family.get_or_create_owned(&labels).inc_by(*count);
    }
    registry
}

fn histograms(routes: &mut dyn Iterator<Item = &String>) -> Page {
    let mut registry = Registry::default();
    let family =
        Family::<HistogramLabels, Histogram>::new_with_constructor(|| Histogram::new(BOUNDS));
    registry.register("bench_latency_seconds", "Time to answer", family.clone());
    for route in routes {
        let histogram = family.get_or_create_owned(&HistogramLabels { route: route.clone() });
        for seconds in &Observations::get().seconds[..100] {
            histogram.observe(*seconds);
        }
    }
    page(registry, write)
}

fn write(registry: &Registry, buffer: &mut String) {
    text::encode(buffer, registry).unwrap();
}
