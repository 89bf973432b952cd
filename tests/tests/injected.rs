//! Structs that are handed to whoever counts in them: made anew for each test or component, in no
//! registry but those that they are registered with; and old names that stay as they are.

use measurand::registry::RegisterError;
use measurand::unit::Seconds;
use measurand::{Calls, Counter, Family, Gauge, Histogram, LabelValue, Metrics};
use measurand::{Registry, naming::Rule};

#[derive(LabelValue)]
enum Op {
    Get,
    Put,
}

/// A cache that is told where to count.
#[derive(Debug, Metrics)]
#[metrics(namespace = "injected", subsystem = "cache", instance)]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
    /// Look-ups by what was done.
    operations_total: Family<Op, Counter>,
    /// Look-ups.
    lookup: Calls,
}

/// The same with an empty list.
#[derive(Metrics)]
#[metrics(namespace = "injected", subsystem = "list", instance())]
struct ListMetrics {
    /// Items.
    items: Gauge,
}

fn text_of(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

#[test]
fn each_registry_has_its_own() {
    let (first, second) = (Registry::new(), Registry::new());
    let one = CacheMetrics::register(&first).unwrap();
    let two = CacheMetrics::register(&second).unwrap();
    one.hits_total.inc();
    two.hits_total.inc_by(2);
    two.operations_total.with(Op::Put).inc();
    two.operations_total.with(Op::Get).inc_by(0);
    assert!(text_of(&first).contains("\ninjected_cache_hits_total 1\n"), "{}", text_of(&first));
    let text = text_of(&second);
    assert!(text.contains("\ninjected_cache_hits_total 2\n"), "{text}");
    assert!(text.contains("\ninjected_cache_operations_total{op=\"put\"} 1\n"), "{text}");
    assert!(text.contains("\ninjected_cache_lookup_in_progress 0\n"), "{text}");
    let list = ListMetrics::register(&first).unwrap();
    list.items.set(3);
    assert!(text_of(&first).contains("\ninjected_list_items 3\n"));
}

#[test]
fn a_second_one_of_a_registry_is_refused_until_the_first_has_left() {
    let registry = Registry::new();
    let first = CacheMetrics::register(&registry).unwrap();
    first.hits_total.inc();
    match CacheMetrics::register(&registry) {
        Err(RegisterError::AlreadyRegistered(existing)) => {
            assert_eq!(existing.hits_total.get(), 1);
        }
        other => panic!("{other:?}"),
    }
    drop(first);
    assert!(!text_of(&registry).contains("injected_cache"));
    let third = CacheMetrics::register(&registry).unwrap();
    assert_eq!(third.hits_total.get(), 0);
}

/// Only where it is registered.
#[derive(Metrics)]
#[metrics(namespace = "unlinked", global = UNLINKED, unlinked)]
struct UnlinkedMetrics {
    /// Things done.
    things_total: Counter,
    /// Things by what was done.
    done_total: Family<Op, Counter>,
    /// Time it took.
    spent_seconds: Histogram<Seconds>,
    /// Things.
    work: Calls,
}

#[test]
fn unlinked_statics_show_where_they_are_registered_only() {
    UNLINKED.things_total.inc();
    UNLINKED.done_total.with(Op::Put).inc();
    assert_eq!(UNLINKED.things_total.get(), 1);
    assert!(!text_of(Registry::global()).contains("unlinked_"));
    let registry = Registry::new();
    UnlinkedMetrics::register(&registry).unwrap();
    let text = text_of(&registry);
    assert!(text.contains("\nunlinked_things_total 1\n"), "{text}");
    assert!(text.contains("\nunlinked_done_total{op=\"put\"} 1\n"), "{text}");
    assert!(text.contains("\nunlinked_spent_seconds_count 0\n"), "{text}");
    UNLINKED.things_total.inc();
    assert!(text_of(&registry).contains("\nunlinked_things_total 2\n"));
    assert!(!text_of(Registry::global()).contains("unlinked_"));
}

/// What a group counts.
#[derive(Metrics)]
#[metrics(group)]
struct OldGroup {
    /// Waiting.
    waiting: Gauge,
}

/// Names that dashboards know.
#[derive(Metrics)]
#[metrics(
    namespace = "oldNames",
    subsystem = "ms",
    const_labels(job = "a"),
    legacy(reason = "moved here as they were")
)]
struct LegacyMetrics {
    /// Requests.
    requests: Counter,
    /// Time to answer.
    latency_ms: Histogram<Seconds>,
    /// Waiting.
    #[metric(expect(counter_total, reason = "this one too"))]
    waiting_total: Gauge,
    /// Requests by what was done.
    requests_by_op: Family<Op, Counter>,
    /// Calls.
    gauge_work: Calls,
    /// A group.
    #[metric(flatten(prefix = "percent"))]
    group: OldGroup,
    /// A good name.
    good_total: Counter,
}

#[test]
fn legacy_names_stay_as_they_are_and_are_no_news() {
    let metrics = LegacyMetrics::global();
    metrics.requests.inc();
    metrics.latency_ms.observe(std::time::Duration::from_secs(1));
    metrics.waiting_total.set(1);
    metrics.requests_by_op.with(Op::Get).inc();
    metrics.group.waiting.set(1);
    metrics.good_total.inc();
    drop(metrics.gauge_work.start());
    let text = text_of(Registry::global());
    for line in [
        "oldNames_ms_requests{job=\"a\"} 1",
        "oldNames_ms_latency_ms_count{job=\"a\"} 1",
        "oldNames_ms_percent_waiting{job=\"a\"} 1",
        "oldNames_ms_good_total{job=\"a\"} 1",
    ] {
        assert!(text.contains(&format!("\n{line}\n")), "{line}\nis not in\n{text}");
    }
    let lints = Registry::global().lint();
    let broken = |rule: Rule| lints.iter().any(|lint| format!("{lint:?}").contains(rule.as_str()));
    assert!(!broken(Rule::Abbreviation) && !broken(Rule::SnakeCase), "{lints:?}");
}

#[derive(Metrics)]
#[metrics(
    namespace = "wide",
    instance(a: &str, b: &str, c: &str, d: u64, e: u64, f: u64, g: String, h: String)
)]
struct WideMetrics {
    /// Of a test.
    things: Gauge,
}

#[test]
fn an_instance_has_as_many_labels_as_it_likes() {
    let registry = Registry::new();
    let (g, h) = ("g".to_owned(), "h".to_owned());
    let wide = WideMetrics::register(&registry, "a", "b", "c", 1, 2, 3, g, h).unwrap();
    wide.things.set(4);
    let mut text = String::new();
    registry.encode_text(&mut text);
    let series = r#"wide_things{a="a",b="b",c="c",d="1",e="2",f="3",g="g",h="h"} 4"#;
    assert!(text.contains(series), "{text}");
}
