//! measurand, with a static struct for updates and instances for scrapes.

use ::measurand::unit::Seconds;
use ::measurand::{Counter, Histogram, Metrics, Registry};

use super::{Contestant, MEASURAND, Page, Update, page, repeat};
use crate::input::{Observations, Series};

pub(super) const CONTESTANT: Contestant =
    Contestant { name: MEASURAND, counter, histogram, counters, histograms };

/// What is updated.
#[derive(Metrics)]
#[metrics(namespace = "update", global = METRICS)]
struct UpdateMetrics {
    /// Requests answered.
    requests_total: Counter,
    /// Time to answer.
    latency_seconds: Histogram<Seconds>,
}

/// Counters to scrape.
#[derive(Metrics)]
#[metrics(namespace = "bench", instance(shop: &str, route: &str, tenant: &str))]
struct CounterMetrics {
    /// Requests answered.
    requests_total: Counter,
}

/// Histograms to scrape.
#[derive(Metrics)]
#[metrics(namespace = "bench", instance(route: &str))]
struct HistogramMetrics {
    /// Time to answer.
    latency_seconds: Histogram<Seconds>,
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

fn counters(series: &mut dyn Iterator<Item = &Series>) -> Page {
    let registry = Registry::new();
    let instances: Vec<_> = series
        .map(|Series { shop, route, tenant, count }| {
            let instance = CounterMetrics::register(&registry, shop, route, tenant).unwrap();
            instance.requests_total.inc_by(*count);
            instance
        })
        .collect();
    // The registry is dropped first: without one, the instances have nowhere to take leave.
    page((registry, instances), |(registry, _), text| registry.encode_text(text))
}

fn histograms(routes: &mut dyn Iterator<Item = &String>) -> Page {
    let registry = Registry::new();
    let instances: Vec<_> = routes
        .map(|route| {
            let instance = HistogramMetrics::register(&registry, route).unwrap();
            for duration in &Observations::get().durations[..100] {
                instance.latency_seconds.observe(*duration);
            }
            instance
        })
        .collect();
    page((registry, instances), |(registry, _), text| registry.encode_text(text))
}
