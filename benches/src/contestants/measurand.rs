//! measurand, with static structs and, for series that are made again and again, instances.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::measurand::exposition::{Encoder, Format};
use ::measurand::otlp::{self, EncodedRequests, Resource};
use ::measurand::runtime::{FamilyOptions, RuntimeFamily};
use ::measurand::unit::Seconds;
use ::measurand::{Counter, Family, Histogram, LabelSet, Metrics, Registered, Registry};

use super::{Buffer, Churn, Contestant, MEASURAND, Page, Update, page, repeat, walk};
use crate::input::{Closed, Method, Observations, Open, Outcome, Series};

pub(super) const CONTESTANT: Contestant = Contestant {
    name: MEASURAND,
    counter,
    histogram,
    closed_labels,
    open_labels,
    counters,
    histograms,
    new_counters,
};

pub(super) const INSTANCES: Contestant = Contestant { counters: instances, ..CONTESTANT };

#[derive(LabelSet)]
struct OpenLabels<'a> {
    method: Method,
    outcome: Outcome,
    tenant: &'a str,
}

#[derive(LabelSet)]
struct CounterLabels<'a> {
    shop: &'a str,
    route: &'a str,
    tenant: &'a str,
}

#[derive(LabelSet)]
struct HistogramLabels<'a> {
    route: &'a str,
}

type Counters = Family<CounterLabels<'static>, Counter>;
type Histograms = Family<HistogramLabels<'static>, Histogram<Seconds>>;

/// What is updated.
#[derive(Metrics)]
#[metrics(namespace = "update", global = METRICS)]
struct UpdateMetrics {
    /// Requests answered.
    requests_total: Counter,
    /// Time to answer.
    latency_seconds: Histogram<Seconds>,
    /// Requests with closed labels.
    closed_requests_total: Family<Closed, Counter>,
    /// Requests of few tenants.
    #[metric(max_series = 100)]
    few_requests_total: Family<OpenLabels<'static>, Counter>,
    /// Requests of many tenants.
    #[metric(max_series = 10_000)]
    many_requests_total: Family<OpenLabels<'static>, Counter>,
}

/// Counters to scrape.
///
/// What is static keeps its series as long as the process runs, so each page has a struct of its
/// own.
macro_rules! counters {
    ($max_series:tt) => {{
        /// Counters to scrape.
        #[derive(Metrics)]
        #[metrics(namespace = "bench", local)]
        struct CounterMetrics {
            /// Requests answered.
            #[metric(max_series = $max_series)]
            requests_total: Counters,
        }
        CounterPage {
            max_series: $max_series,
            register: |registry| {
                CounterMetrics::register(registry).unwrap();
                &CounterMetrics::global().requests_total
            },
            is_taken: AtomicBool::new(false),
        }
    }};
}

struct CounterPage {
    max_series: usize,
    register: fn(&Registry) -> &'static Counters,
    is_taken: AtomicBool,
}

static COUNTER_PAGES: [CounterPage; 5] = [
    counters!(1_000),
    counters!(10_000),
    counters!(10_000),
    counters!(100_000),
    counters!(1_000_000),
];

/// Histograms to scrape.
#[derive(Metrics)]
#[metrics(namespace = "bench", local)]
struct HistogramMetrics {
    /// Time to answer.
    #[metric(max_series = 1_000)]
    latency_seconds: Histograms,
}

/// Counters to make.
#[derive(Metrics)]
#[metrics(namespace = "bench", instance(page: &str))]
struct NewMetrics {
    /// Requests answered.
    #[metric(max_series = 10_000)]
    requests_total: Counters,
}

/// Counters that are instances.
#[derive(Metrics)]
#[metrics(namespace = "bench", instance(shop: &str, route: &str, tenant: &str))]
struct InstanceMetrics {
    /// Requests answered.
    requests_total: Counter,
}

/// Counters that come and go.
#[derive(Metrics)]
#[metrics(namespace = "bench", local, global = CHURN)]
struct ChurnMetrics {
    /// Requests answered.
    #[metric(max_series = 20_000)]
    requests_total: Counters,
}

fn counter() -> Update {
    Box::new(|times| repeat(times, |_| METRICS.requests_total.inc()))
}

fn histogram() -> Update {
    let durations = &Observations::get().durations;
    Box::new(|times| {
        repeat(times, |index| {
            METRICS.latency_seconds.observe(durations[index % Observations::COUNT]);
        });
    })
}

fn closed_labels(requests: Arc<[Closed]>) -> Update {
    Box::new(move |times| {
        walk(times, &requests, |labels| METRICS.closed_requests_total.with(*labels).inc());
    })
}

fn open_labels(requests: Arc<[Open]>) -> Update {
    let is_few = requests.len() <= 100;
    let family = if is_few { &METRICS.few_requests_total } else { &METRICS.many_requests_total };
    Box::new(move |times| {
        walk(times, &requests, |(method, outcome, tenant)| {
            family.with(OpenLabels { method: *method, outcome: *outcome, tenant }).inc();
        });
    })
}

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let count = series.size_hint().1;
    let unused = COUNTER_PAGES.iter().find(|page| {
        Some(page.max_series) == count && !page.is_taken.swap(true, Ordering::Relaxed)
    });
    let registry = Registry::new();
    fill((unused.expect("each work has its page").register)(&registry), series);
    page(registry, Registry::encode_text_bytes)
}

fn new_counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let registry = Registry::new();
    let instance = NewMetrics::register(&registry, "new").unwrap();
    fill(&instance.requests_total, series);
    page((registry, instance), |(registry, _), text| registry.encode_text_bytes(text))
}

/// A labelled counter of these series, in a format.
pub(super) fn formatted(format: Format, series: &mut dyn Iterator<Item = &Series>) -> Page {
    page(counted(series), move |(registry, _), page| {
        Encoder::new(format).encode(registry, page).unwrap();
    })
}

type Counted = Registered<RuntimeFamily<Counter, 3>>;

/// A labelled counter of some series.
fn counted(series: &mut dyn Iterator<Item = &Series>) -> (Registry, Counted) {
    let registry = Registry::new();
    let options = FamilyOptions::new("bench_requests_total", "Requests answered.");
    let options = options.max_series(series.size_hint().0);
    let family = options.register::<Counter, 3>(&registry, ["shop", "route", "tenant"]).unwrap();
    for Series { shop, route, tenant, count } in series {
        family.with([shop, route, tenant]).inc_by(*count);
    }
    (registry, family)
}

/// A request of OTLP.
#[derive(Default)]
struct Body(EncodedRequests);

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        self.0.iter().next().unwrap_or_default()
    }
}

impl Buffer for Body {
    // Encoding clears it.
    fn clear(&mut self) {}

    fn capacity(&self) -> usize {
        self.as_ref().len()
    }
}

/// All series in one request, as the peer has them.
pub(super) fn otlp(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let encoder = otlp::Encoder::new(Resource::new("bench")).max_request_bytes(usize::MAX);
    page(counted(series), move |(registry, _), body: &mut Body| {
        encoder.encode(registry, &mut body.0).unwrap();
    })
}

fn fill(family: &Counters, series: &mut dyn Iterator<Item = &Series>) {
    for Series { shop, route, tenant, count } in series {
        family.with(CounterLabels { shop, route, tenant }).inc_by(*count);
    }
}

fn instances(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let registry = Registry::new();
    let instances: Vec<_> = series
        .map(|Series { shop, route, tenant, count }| {
            let instance = InstanceMetrics::register(&registry, shop, route, tenant).unwrap();
            instance.requests_total.inc_by(*count);
            instance
        })
        .collect();
    // The registry is dropped first: without one, the instances have nowhere to take leave.
    page((registry, instances), |(registry, _), text| registry.encode_text_bytes(text))
}

fn histograms(routes: &mut dyn Iterator<Item = &String>) -> Page {
    let registry = Registry::new();
    HistogramMetrics::register(&registry).unwrap();
    for route in routes {
        let family = &HistogramMetrics::global().latency_seconds;
        let histogram = family.with(HistogramLabels { route }).keep();
        for duration in &Observations::get().durations[..100] {
            histogram.observe(*duration);
        }
    }
    page(registry, Registry::encode_text_bytes)
}

pub(super) fn churn() -> Box<dyn Churn> {
    let registry = Registry::new();
    ChurnMetrics::register(&registry).unwrap();
    Box::new(registry)
}

impl Churn for Registry {
    fn count(&self, Series { shop, route, tenant, .. }: &Series) {
        CHURN.requests_total.with(CounterLabels { shop, route, tenant }).inc();
    }

    fn remove(&self, Series { shop, route, tenant, .. }: &Series) {
        CHURN.requests_total.remove(CounterLabels { shop, route, tenant });
    }

    fn scrape(&self, text: &mut String) {
        text.clear();
        self.encode_text(text);
    }
}
