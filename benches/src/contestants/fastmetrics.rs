//! fastmetrics.

use std::sync::Arc;

use ::fastmetrics::derive::LabelSet;
use ::fastmetrics::format::text::{self, TextProfile};
use ::fastmetrics::metrics::counter::Counter;
use ::fastmetrics::metrics::family::Family;
use ::fastmetrics::metrics::histogram::Histogram;
use ::fastmetrics::registry::Registry;

use super::{Contestant, Page, Update, page, repeat, walk};
use crate::input::{BOUNDS, Closed, Method, Observations, Open, Outcome, Series};

pub(super) const CONTESTANT: Contestant = Contestant {
    name: "fastmetrics",
    counter,
    histogram,
    closed_labels,
    open_labels,
    counters,
    histograms,
    new_counters: counters,
};

#[derive(Clone, PartialEq, Eq, Hash, LabelSet)]
struct CounterLabels {
    shop: String,
    route: String,
    tenant: String,
}

#[derive(Clone, PartialEq, Eq, Hash, LabelSet)]
struct HistogramLabels {
    route: String,
}

#[derive(Clone, PartialEq, Eq, Hash, LabelSet)]
struct ClosedLabels {
    method: Method,
    outcome: Outcome,
}

#[derive(Clone, PartialEq, Eq, Hash, LabelSet)]
struct OpenLabels {
    method: Method,
    outcome: Outcome,
    tenant: String,
}

fn counter() -> Update {
    let counter: Counter = Counter::default();
    Box::new(move |times| repeat(times, |_| counter.inc()))
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
            family.with_or_new(&ClosedLabels { method, outcome }, |counter| counter.inc());
        });
    })
}

fn open_labels(requests: Arc<[Open]>) -> Update {
    let family = Family::<OpenLabels, Counter>::default();
    Box::new(move |times| {
        walk(times, &requests, |(method, outcome, tenant)| {
            let labels = OpenLabels { method: *method, outcome: *outcome, tenant: tenant.clone() };
            family.with_or_new(&labels, |counter| counter.inc());
        });
    })
}

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let mut registry = Registry::default();
    let family = Family::<CounterLabels, Counter>::default();
    registry.register("bench_requests_total", "Requests answered", family.clone()).unwrap();
    for Series { shop, route, tenant, count } in series {
        let labels =
            CounterLabels { shop: shop.clone(), route: route.clone(), tenant: tenant.clone() };
        family.with_or_new(&labels, |counter| counter.inc_by(*count));
    }
    page(registry, write)
}

fn histograms(routes: &mut dyn Iterator<Item = &String>) -> Page {
    let mut registry = Registry::default();
    let family = Family::<HistogramLabels, Histogram>::new(|| Histogram::new(BOUNDS));
    registry.register("bench_latency_seconds", "Time to answer", family.clone()).unwrap();
    for route in routes {
        family.with_or_new(&HistogramLabels { route: route.clone() }, |histogram| {
            for seconds in &Observations::get().seconds[..100] {
                histogram.observe(*seconds);
            }
        });
    }
    page(registry, write)
}

fn write(registry: &Registry, buffer: &mut String) {
    text::encode(buffer, registry, TextProfile::PrometheusV0_0_4).unwrap();
}
