//! prometheus, the crate of TiKV.

use ::prometheus::{
    Histogram, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, Opts, Registry, TextEncoder,
};

use super::{Contestant, Page, Update, page, repeat};
use crate::input::{BOUNDS, Observations, Series};

pub(super) const CONTESTANT: Contestant =
    Contestant { name: "prometheus", counter, histogram, counters, histograms };

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

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let registry = Registry::new();
    let options = Opts::new("bench_requests_total", "Requests answered.");
    let family = IntCounterVec::new(options, &["shop", "route", "tenant"]).unwrap();
    registry.register(Box::new(family.clone())).unwrap();
    for Series { shop, route, tenant, count } in series {
        family.with_label_values(&[shop, route, tenant]).inc_by(*count);
    }
    page(registry, write)
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
