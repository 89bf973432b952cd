//! measured, with its labels interned by paracord.

use std::mem;
use std::sync::Arc;

use ::measured::label::StaticLabelSet;
use ::measured::metric::histogram::Thresholds;
use ::measured::text::TextEncoder;
use ::measured::{Counter, CounterVec, Histogram, HistogramVec, LabelGroup, MetricGroup};
use paracord::ParaCord;

use super::{Contestant, Page, Update, page, repeat, walk};
use crate::input::{BOUNDS, Closed, Method, Observations, Open, Outcome, Series};

pub(super) const CONTESTANT: Contestant = Contestant {
    name: "measured",
    counter,
    histogram,
    closed_labels,
    open_labels,
    counters,
    histograms,
    new_counters: counters,
};

#[derive(Clone, Copy, PartialEq, Debug, LabelGroup)]
#[label(set = CounterLabelSet)]
struct CounterLabels<'a> {
    #[label(dynamic_with = ParaCord)]
    shop: &'a str,
    #[label(dynamic_with = ParaCord)]
    route: &'a str,
    #[label(dynamic_with = ParaCord)]
    tenant: &'a str,
}

#[derive(Clone, Copy, PartialEq, Debug, LabelGroup)]
#[label(set = HistogramLabelSet)]
struct HistogramLabels<'a> {
    #[label(dynamic_with = ParaCord)]
    route: &'a str,
}

#[derive(Clone, Copy, PartialEq, Debug, LabelGroup)]
#[label(set = ClosedLabelSet)]
struct ClosedLabels {
    method: Method,
    outcome: Outcome,
}

#[derive(Clone, Copy, PartialEq, Debug, LabelGroup)]
#[label(set = OpenLabelSet)]
struct OpenLabels<'a> {
    method: Method,
    outcome: Outcome,
    #[label(dynamic_with = ParaCord)]
    tenant: &'a str,
}

#[derive(MetricGroup)]
struct CounterMetrics {
    /// Requests answered.
    bench_requests_total: CounterVec<CounterLabelSet>,
}

#[derive(MetricGroup)]
struct HistogramMetrics {
    /// Time to answer.
    bench_latency_seconds: HistogramVec<HistogramLabelSet, 11>,
}

fn counter() -> Update {
    let counter = Counter::new();
    Box::new(move |times| repeat(times, |_| counter.inc()))
}

fn histogram() -> Update {
    let histogram = Histogram::<11>::with_metadata(Thresholds::with_buckets(BOUNDS));
    let seconds = &Observations::get().seconds;
    Box::new(move |times| {
        repeat(times, |index| {
            histogram.get_metric().observe(seconds[index % Observations::COUNT]);
        });
    })
}

fn closed_labels(requests: Arc<[Closed]>) -> Update {
    let family = CounterVec::<ClosedLabelSet>::new();
    Box::new(move |times| {
        walk(times, &requests, |&(method, outcome)| {
            family.inc(ClosedLabels { method, outcome });
        });
    })
}

fn open_labels(requests: Arc<[Open]>) -> Update {
    let family = CounterVec::with_label_set(OpenLabelSet {
        method: StaticLabelSet::new(),
        outcome: StaticLabelSet::new(),
        tenant: ParaCord::default(),
    });
    Box::new(move |times| {
        walk(times, &requests, |(method, outcome, tenant)| {
            family.inc(OpenLabels { method: *method, outcome: *outcome, tenant });
        });
    })
}

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let bench_requests_total = CounterVec::with_label_set(CounterLabelSet {
        shop: ParaCord::default(),
        route: ParaCord::default(),
        tenant: ParaCord::default(),
    });
    for Series { shop, route, tenant, count } in series {
        bench_requests_total.inc_by(CounterLabels { shop, route, tenant }, *count);
    }
    page(CounterMetrics { bench_requests_total }, write)
}

fn histograms(routes: &mut dyn Iterator<Item = &String>) -> Page {
    let bench_latency_seconds = HistogramVec::with_label_set_and_metadata(
        HistogramLabelSet { route: ParaCord::default() },
        Thresholds::with_buckets(BOUNDS),
    );
    for route in routes {
        for seconds in &Observations::get().seconds[..100] {
            bench_latency_seconds.observe(HistogramLabels { route }, *seconds);
        }
    }
    page(HistogramMetrics { bench_latency_seconds }, write)
}

/// The encoder owns what it writes to, and gives it back.
fn write<G: MetricGroup<TextEncoder<Vec<u8>>>>(group: &G, text: &mut Vec<u8>) {
    let mut encoder = TextEncoder::new(mem::take(text));
    group.collect_group_into(&mut encoder).unwrap();
    *text = encoder.writer;
}
