//! What a binary decides at start goes for what comes late, too.

mod unlinked;

use measurand::registry::{Problem, SettingError};
use measurand::{Counter, Family, LabelSet, Metrics, Registry, instrument_metrics};
use measurand_tests::{sample, samples};

/// The linker brings it.
#[derive(Metrics)]
#[metrics(namespace = "early")]
struct Early {
    /// Things.
    things_total: Counter,
}

/// It comes before the first scrape.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "late")]
struct Late {
    /// Things.
    things_total: Counter,
}

/// It comes after that.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "later")]
struct Later {
    /// Things.
    things_total: Counter,
}

#[derive(LabelSet, Clone, Copy)]
struct Shard {
    shard: u32,
}

/// It has a label that is set for all.
#[derive(Metrics)]
#[metrics(crate = crate::unlinked, namespace = "labelled")]
struct Labelled {
    /// Things.
    #[metric(max_series = 10)]
    things_total: Family<Shard, Counter>,
    /// Others.
    others_total: Counter,
}

#[instrument_metrics(crate = crate::unlinked)]
fn late_function() {}

#[test]
fn settings_go_for_what_comes_late() {
    let registry = Registry::global();
    Late::global().things_total.inc();
    registry.exclude_package("linked-dependency").unwrap();
    registry.prefix_package("measurand-tests", "mine").unwrap();
    registry.set_label("shard", "7").unwrap();
    // It has joined, so its label is known.
    assert!(matches!(registry.set_label("shard", "8"), Ok(())));

    Early::global().things_total.inc();
    linked_dependency::do_thing();
    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert_eq!(sample(&text, "mine_early_things_total{shard=\"8\"}"), 1.0);
    assert_eq!(sample(&text, "mine_late_things_total{shard=\"8\"}"), 1.0);
    // It is in the slice and left out, and stays so.
    assert_eq!(samples(&text, "linked_"), [""; 0]);

    Later::global().things_total.inc();
    late_function();
    Labelled::global().things_total.with(Shard { shard: 1 }).inc();
    Labelled::global().others_total.inc();
    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert_eq!(sample(&text, "mine_later_things_total{shard=\"8\"}"), 1.0);
    let calls = samples(&text, "mine_function_calls_total");
    let ok = |line: &&&str| line.contains("late_function") && line.contains("\"ok\"");
    assert!(calls.iter().find(ok).is_some_and(|line| line.ends_with("shard=\"8\"} 1")), "{text}");
    assert_eq!(samples(&text, "mine_labelled"), [""; 0]);
    assert_eq!(sample(&text, "measurand_conflicts{shard=\"8\"}"), 1.0);
    let error = registry.validate().unwrap_err();
    let [Problem::LabelTaken { label, metric }] = error.problems() else { panic!("{error}") };
    assert_eq!((label.as_str(), metric.as_str()), ("shard", "labelled_things_total"));
    assert!(error.to_string().contains("declares the label `shard`"), "{error}");
    assert_eq!(registry.set_label("other", "1"), Err(SettingError::AlreadyGathered));
}
