//! What a binary can say of the instrumented functions of its packages. One test, since settings are
//! made before the first gather of the process.

use measurand::registry::Problem;
use measurand::{Counter, Metrics, Registry, instrument_metrics};
use measurand_tests::{sample, samples};

/// Wants a name that functions have.
#[derive(Metrics)]
#[metrics(namespace = "function")]
struct Clashing {
    /// Something else.
    calls_total: Counter,
}

#[instrument_metrics]
fn called() {}

#[test]
fn functions_of_a_package_are_prefixed_labelled_and_in_conflict_with_what_has_their_names() {
    let registry = Registry::global();
    registry.prefix_package("linked-dependency", "dep").unwrap();
    registry.set_label("shard", "7").unwrap();
    called();
    linked_dependency::do_thing();
    Clashing::global().calls_total.inc();

    let error = registry.validate().unwrap_err();
    let [Problem::Conflict(conflict)] = error.problems() else { panic!("{error}") };
    let both = conflict.to_string();
    assert!(both.contains("`function_calls_total`"), "{both}");
    assert_eq!(both.matches("function_settings.rs").count(), 2, "{both}");

    let mut text = String::new();
    registry.encode_text(&mut text);
    let labels = "function=\"do_thing\",module=\"linked_dependency\",outcome=\"ok\",shard=\"7\"";
    assert_eq!(sample(&text, &format!("dep_function_calls_total{{{labels}}}")), 1.0);
    // The first by its place stays.
    assert_eq!(samples(&text, "function_calls_total"), ["function_calls_total{shard=\"7\"} 1"]);
    let in_progress = "{function=\"called\",module=\"function_settings\",shard=\"7\"}";
    assert_eq!(sample(&text, &format!("function_calls_in_progress{in_progress}")), 0.0);
    assert_eq!(sample(&text, "measurand_conflicts{shard=\"7\"}"), 1.0);
}
