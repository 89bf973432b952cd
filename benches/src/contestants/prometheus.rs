//! prometheus, the crate of TiKV.

use std::sync::Arc;

use ::prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
};

use super::{Churn, Contestant, Page, Update, page, repeat, walk};
use crate::input::{BOUNDS, Closed, Observations, Open, Series};

pub(super) const CONTESTANT: Contestant = Contestant {
    name: "prometheus",
    counter,
    histogram,
    closed_labels,
    open_labels,
    counters,
    histograms,
    new_counters: counters,
};

fn counter() -> Update {
    let counter = IntCounter::new("update_requests_total", "Requests answered.").unwrap();
    Box::new(move |times| repeat(times, |_| counter.inc()))
}

fn histogram() -> Update {
    let histogram = Histogram::with_opts(options()).unwrap();
    let seconds = &Observations::get().seconds;
    Box::new(move |times| {
        repeat(times, |index| histogram.observe(seconds[index % Observations::COUNT]));
    })
}

fn options() -> HistogramOpts {
    HistogramOpts::new("bench_latency_seconds", "Time to answer.").buckets(BOUNDS.to_vec())
}

fn closed_labels(requests: Arc<[Closed]>) -> Update {
    let family = family(&["method", "outcome"]);
    Box::new(move |times| {
        walk(times, &requests, |(method, outcome)| {
            family.with_label_values(&[method.as_str(), outcome.as_str()]).inc();
        });
    })
}

fn open_labels(requests: Arc<[Open]>) -> Update {
    let family = family(&["method", "outcome", "tenant"]);
    Box::new(move |times| {
        walk(times, &requests, |(method, outcome, tenant)| {
            family.with_label_values(&[method.as_str(), outcome.as_str(), tenant]).inc();
        });
    })
}

fn family(labels: &[&str]) -> IntCounterVec {
    IntCounterVec::new(Opts::new("bench_requests_total", "Requests answered."), labels).unwrap()
}

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    page(counted(series), write)
}

/// A registry with a labelled counter of these series.
pub(super) fn counted(series: &mut dyn Iterator<Item = &Series>) -> Registry {
    let registry = Registry::new();
    let family = family(&["shop", "route", "tenant"]);
    registry.register(Box::new(family.clone())).unwrap();
    for Series { shop, route, tenant, count } in series {
        family.with_label_values(&[shop, route, tenant]).inc_by(*count);
    }
    registry
}

fn histograms(routes: &mut dyn Iterator<Item = &String>) -> Page {
    let registry = Registry::new();
    let family = HistogramVec::new(options(), &["route"]).unwrap();
    registry.register(Box::new(family.clone())).unwrap();
    for route in routes {
        let histogram = family.with_label_values(&[route]);
        for seconds in &Observations::get().seconds[..100] {
            histogram.observe(*seconds);
        }
    }
    page(registry, write)
}

fn write(registry: &Registry, text: &mut String) {
    TextEncoder::new().encode_utf8(&registry.gather(), text).unwrap();
}

struct Churning {
    registry: Registry,
    family: IntCounterVec,
}

pub(super) fn churn() -> Box<dyn Churn> {
    let registry = Registry::new();
    let family = family(&["shop", "route", "tenant"]);
    registry.register(Box::new(family.clone())).unwrap();
    Box::new(Churning { registry, family })
}

impl Churn for Churning {
    fn count(&self, Series { shop, route, tenant, .. }: &Series) {
        self.family.with_label_values(&[shop, route, tenant]).inc();
    }

    fn remove(&self, Series { shop, route, tenant, .. }: &Series) {
        self.family.remove_label_values(&[shop, route, tenant]).unwrap();
    }

    fn scrape(&self, text: &mut String) {
        text.clear();
        write(&self.registry, text);
    }
}
