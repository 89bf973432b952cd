//! Families that are made at run time, and families with fixed labels.

use std::panic::Location;
use std::time::Duration;

use measurand::descriptor::DescriptorError;
use measurand::family::{Method, StatusClass};
use measurand::naming::{LabelError, NameError};
use measurand::registry::RegisterError;
use measurand::runtime::{DynamicLabelsError, FamilyOptions, InvalidFamily, RegisterFamilyError};
use measurand::unit::{Bytes, Joules, Seconds};
use measurand::{
    Counter, Family, Gauge, Histogram, InProgress, LabelValue, Metrics, PeakGauge, Registry, Series,
};
use measurand_tests::{sample, samples};

fn text(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

fn options(name: &str) -> FamilyOptions {
    FamilyOptions::new(name, "Of a test.").max_series(10)
}

#[test]
fn every_kind_can_be_made_at_run_time() {
    let registry = Registry::new();
    let counter = options("c_total").register::<Counter, 2>(&registry, ["a", "b"]).unwrap();
    let energy = options("e_joules_total").register::<Counter<Joules>, 1>(&registry, ["a"]);
    let energy = energy.unwrap();
    let gauge = options("g").register::<Gauge, 1>(&registry, ["a"]).unwrap();
    let jobs = options("j").register::<InProgress, 1>(&registry, ["a"]).unwrap();
    let usual =
        options("usual_seconds").register::<Histogram<Seconds>, 1>(&registry, ["a"]).unwrap();
    assert_eq!(usual.with(["x"]).snapshot().buckets().count(), 12);
    drop(usual);
    let time = options("t_seconds").buckets([0.1, 1.0, f64::INFINITY]);
    let time = time.register::<Histogram<Seconds>, 1>(&registry, ["a"]).unwrap();

    counter.with(["ab", "c"]).inc();
    counter.with(["a", "bc"]).inc_by(2);
    energy.with(["x"]).inc_by(0.5);
    gauge.with(["x"]).set(-1.5);
    let _running = jobs.with(["x"]).start();
    time.with(["x"]).observe(Duration::from_millis(500));

    let text = text(&registry);
    assert_eq!(sample(&text, r#"c_total{a="ab",b="c"}"#), 1.0);
    assert_eq!(sample(&text, r#"c_total{a="a",b="bc"}"#), 2.0);
    assert_eq!(sample(&text, r#"e_joules_total{a="x"}"#), 0.5);
    assert_eq!(sample(&text, r#"g{a="x"}"#), -1.5);
    assert_eq!(sample(&text, r#"j{a="x"}"#), 1.0);
    assert_eq!(sample(&text, r#"t_seconds_bucket{a="x",le="0.1"}"#), 0.0);
    assert_eq!(sample(&text, r#"t_seconds_bucket{a="x",le="1"}"#), 1.0);
    assert_eq!(sample(&text, r#"t_seconds_sum{a="x"}"#), 0.5);
    assert!(text.contains("# HELP c_total Of a test.\n# TYPE c_total counter\n"));
}

#[test]
fn a_counter_gets_its_total() {
    let registry = Registry::new();
    let counter = |name: &str| options(name).register::<Counter<Seconds>, 1>(&registry, ["a"]);
    let busy = counter("plugin_busy_seconds").unwrap();
    let idle = counter("plugin_idle_seconds_total").unwrap();
    let hits = options("plugin_hits").register::<Counter, 1>(&registry, ["a"]).unwrap();
    let gauge = options("plugin_hooks").register::<Gauge, 1>(&registry, ["a"]).unwrap();
    busy.with(["x"]).inc_by(Duration::from_secs(1));
    idle.with(["x"]).inc_by(Duration::from_secs(2));
    hits.with(["x"]).inc();
    gauge.with(["x"]).set(3.0);
    let text = text(&registry);
    assert!(text.contains("# TYPE plugin_busy_seconds_total counter\n"), "{text}");
    assert!(text.contains("plugin_busy_seconds_total{a=\"x\"} 1\n"), "{text}");
    assert!(
        text.contains("# TYPE plugin_hits_total counter\nplugin_hits_total{a=\"x\"} 1\n"),
        "{text}"
    );
    assert!(text.contains("plugin_idle_seconds_total{a=\"x\"} 2\n"), "{text}");
    assert!(text.contains("plugin_hooks{a=\"x\"} 3\n"), "{text}");

    // Both spellings are one family.
    let error = counter("plugin_busy_seconds_total").unwrap_err();
    assert!(matches!(error, RegisterFamilyError::Register(_)), "{error}");
}

#[test]
fn the_limit_holds_and_its_overflow_is_counted() {
    let registry = Registry::new();
    let family = options("full_total").register::<Counter, 1>(&registry, ["a"]).unwrap();
    for value in 0..25 {
        family.with([&value.to_string()]).inc();
    }
    let text = text(&registry);
    assert_eq!(samples(&text, "full_total").len(), 11);
    assert_eq!(sample(&text, r#"full_total{a="__other__"}"#), 15.0);
    let dropped = r#"measurand_overflow_updates_total{family="full_total"}"#;
    assert_eq!(sample(&text, dropped), 15.0);
}

#[test]
fn a_family_leaves_with_its_last_clone_and_can_come_again() {
    let registry = Registry::new();
    let family = options("again_total").register::<Counter, 1>(&registry, ["a"]).unwrap();
    family.with(["x"]).inc();
    let clone = family.clone();
    drop(family);
    assert!(text(&registry).contains("again_total{a=\"x\"} 1\n"));
    drop(clone);
    assert_eq!(text(&registry), "");
    let family = options("again_total").register::<Counter, 1>(&registry, ["a"]).unwrap();
    family.with(["x"]).inc();
    assert!(text(&registry).contains("again_total{a=\"x\"} 1\n"));
    // The name is free again for one with other labels.
    drop(family);
    let family = options("again_total").register::<Counter, 1>(&registry, ["b"]).unwrap();
    family.with(["x"]).inc();
    assert!(text(&registry).contains("again_total{b=\"x\"} 1\n"));
}

#[test]
fn the_same_again_is_handed_back_and_another_is_a_conflict() {
    let registry = Registry::new();
    let first = options("same_total").register::<Counter, 2>(&registry, ["a", "b"]).unwrap();
    first.with(["x", "y"]).inc();
    let error = options("same_total").register::<Counter, 2>(&registry, ["a", "b"]).unwrap_err();
    let RegisterFamilyError::Register(RegisterError::AlreadyRegistered(second)) = error else {
        panic!("{error}");
    };
    second.with(["x", "y"]).inc();
    assert_eq!(first.with(["x", "y"]).get(), 2);

    let others = [
        options("same_total").register::<Counter, 2>(&registry, ["a", "c"]).map(drop).err(),
        FamilyOptions::new("same_total", "Other help.")
            .max_series(5)
            .register::<Counter, 2>(&registry, ["a", "b"])
            .map(drop)
            .err(),
    ];
    for error in others.map(Option::unwrap) {
        let RegisterFamilyError::Register(RegisterError::Conflict { conflict, .. }) = &error else {
            panic!("{error}");
        };
        assert!(conflict.to_string().contains(Location::caller().file()), "{conflict}");
    }
    let error = options("same_total").register::<Gauge, 2>(&registry, ["a", "b"]).unwrap_err();
    assert!(
        matches!(error, RegisterFamilyError::Register(RegisterError::Conflict { .. })),
        "{error}"
    );
    assert_eq!(first.with(["x", "y"]).get(), 2);
    assert!(text(&registry).contains("same_total{a=\"x\",b=\"y\"} 2\n"));
}

/// Declared at compile time.
#[derive(Metrics)]
#[metrics(local)]
struct Declared {
    /// Of a test.
    #[metric(max_series = 10)]
    declared_total: Family<Tenant<'static>, Counter>,
}

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[test]
fn a_declared_family_is_not_displaced() {
    let registry = Registry::new();
    Declared::register(&registry).unwrap();
    Declared::global().declared_total.with(Tenant("x")).inc();
    let error = options("declared_total").register::<Counter, 1>(&registry, ["b"]).unwrap_err();
    assert!(
        matches!(error, RegisterFamilyError::Register(RegisterError::Conflict { .. })),
        "{error}"
    );
    // Equal ones add up.
    let equal = options("declared_total").register::<Counter, 1>(&registry, ["tenant"]).unwrap();
    equal.with(["x"]).inc_by(2);
    equal.with(["y"]).inc();
    let page = text(&registry);
    assert!(page.contains("declared_total{tenant=\"x\"} 3\ndeclared_total{tenant=\"y\"} 1\n"));
    drop(equal);
    let page = text(&registry);
    assert!(page.ends_with("declared_total{tenant=\"x\"} 1\n"), "{page}");
}

#[test]
fn what_cannot_be_a_family_is_refused_with_the_reason() {
    let registry = Registry::new();
    let check = |options: FamilyOptions, labels: [&str; 2], expected: &str| {
        let error = options.register::<Histogram, 2>(&registry, labels).unwrap_err();
        assert!(matches!(error, RegisterFamilyError::Invalid(_)), "{error}");
        assert!(error.to_string().contains(expected), "{error}");
    };
    let good = || options("h").buckets([1.0]);
    let named = |name: &str| options(name).buckets([1.0]);
    check(named(""), ["a", "b"], "empty");
    check(named("a:b"), ["a", "b"], "`:`");
    check(named("a-b"), ["a", "b"], "a-b");
    check(named("_a"), ["a", "b"], "_a");
    check(good(), ["a", "a"], "two labels of `h` are called `a`");
    check(good(), ["a", "le"], "`le` is reserved");
    check(good(), ["a", "__name__"], "__name__");
    check(good(), ["a", "b-c"], "b-c");
    check(options("h"), ["a", "b"], "at least one bucket");
    check(options("h").buckets([2.0, 1.0]), ["a", "b"], "strictly increasing");
    check(options("h").buckets([0.5]), ["a", "b"], "not a whole number");
    check(options("h").buckets([f64::NAN]), ["a", "b"], "NaN");
    check(FamilyOptions::new("h", " ").max_series(1).buckets([1.0]), ["a", "b"], "no help text");
    check(FamilyOptions::new("h", "H.").buckets([1.0]), ["a", "b"], "needs a limit");
    check(FamilyOptions::new("h", "H.").max_series(0).buckets([1.0]), ["a", "b"], "needs a limit");

    let error = good().register::<Counter, 1>(&registry, ["a"]).unwrap_err();
    assert!(error.to_string().contains("not a histogram"), "{error}");
    let error = options("c").register::<Counter, 0>(&registry, []).unwrap_err();
    assert!(error.to_string().contains("1 to 24 labels"), "{error}");
    let error = options("c").register_dynamic::<Counter>(&registry, &["a"; 25]).unwrap_err();
    assert!(error.to_string().contains("two labels"), "{error}");
    assert_eq!(text(&registry), "");
}

#[test]
fn the_reason_can_be_matched_on() {
    let registry = Registry::new();
    fn check(options: FamilyOptions, labels: &[&str], expected: impl Into<InvalidFamily>) {
        let registry = Registry::new();
        let error = options.register_dynamic::<Counter>(&registry, labels).unwrap_err();
        let RegisterFamilyError::Invalid(reason) = &error else { panic!("{error}") };
        assert_eq!(*reason, expected.into());
        assert_eq!(reason.to_string(), error.to_string());
        assert!(reason.to_string().contains("\nhelp: "), "{reason}");
    }
    let c = || options("c_total");
    let family = || "c_total".to_owned();
    let label = |label: &str| label.to_owned();
    let name = |name: &str, error| DescriptorError::Name { name: name.to_owned(), error };
    check(options(""), &["a"], name("", NameError::Empty));
    check(options("a-b"), &["a"], name("a-b", NameError::Charset));
    check(options("_a"), &["a"], name("_a", NameError::LeadingUnderscore));
    let error = LabelError::Charset;
    check(c(), &["b-c"], DescriptorError::Label { label: label("b-c"), error });
    let twice = DescriptorError::LabelTwice { family: family(), label: label("a") };
    check(c(), &["a", "a"], twice);
    check(c(), &[], InvalidFamily::LabelCount { family: family(), count: 0 });
    check(c().max_series(0), &["a"], InvalidFamily::NoLimit { family: family() });
    check(c().max_label_bytes(0), &["a"], InvalidFamily::NoLabelBytes { family: family() });
    let soon = c().expire_after(std::time::Duration::ZERO);
    check(soon, &["a"], InvalidFamily::ExpiresAtOnce { family: family() });
    check(c().buckets([1.0]), &["a"], DescriptorError::NoHistogram { family: family() });
    let silent = FamilyOptions::new("c_total", "").max_series(1);
    check(silent, &["a"], DescriptorError::NoHelp { family: family() });

    let error = options("h").register::<Histogram, 1>(&registry, ["a"]).unwrap_err();
    let RegisterFamilyError::Invalid(InvalidFamily::Descriptor(reason)) = &error else {
        panic!("{error}")
    };
    assert!(matches!(reason, DescriptorError::Buckets { .. }), "{error}");
}

#[test]
fn labels_are_given_by_order_or_by_name_and_mistakes_are_errors() {
    let registry = Registry::new();
    let family = options("d_total").register_dynamic::<Counter>(&registry, &["a", "b", "c"]);
    let family = family.unwrap();
    family.try_with(&["1", "2", "3"]).unwrap().inc();
    let kept = family.try_with_pairs(&[("c", "3"), ("a", "1"), ("b", "2")]).unwrap().keep();
    kept.inc();
    assert!(text(&registry).contains("d_total{a=\"1\",b=\"2\",c=\"3\"} 2\n"));

    let error = |labels: &[(&str, &str)]| family.try_with_pairs(labels).unwrap_err();
    assert_eq!(
        family.try_with(&[]).unwrap_err(),
        DynamicLabelsError::Number { expected: 3, given: 0 }
    );
    let given = family.try_with(&["1", "2", "3", "4"]).unwrap_err();
    assert_eq!(
        given.to_string(),
        "the family has 3 labels, but 4 values were given: give one for each"
    );
    assert_eq!(
        error(&[("a", "1"), ("b", "2")]),
        DynamicLabelsError::Missing { name: "c".to_owned() }
    );
    let unknown = error(&[("a", "1"), ("b", "2"), ("d", "3")]);
    assert_eq!(unknown.to_string(), "the family has no label `d`; it has `a`, `b`, `c`");
    let twice = error(&[("a", "1"), ("a", "2"), ("c", "3")]);
    assert_eq!(twice, DynamicLabelsError::Twice { name: "a".to_owned() });

    assert_eq!(family.label_names(), ["a", "b", "c"]);
    assert_eq!(family.remove_where(|labels| labels.get("b") == Some("2")), 1);
    assert_eq!(text(&registry), "");
    kept.inc();
    assert_eq!(text(&registry), "");
}

#[test]
fn a_series_is_removed_by_its_values() {
    let registry = Registry::new();
    let family =
        options("d_total").max_series(2).register_dynamic::<Counter>(&registry, &["a", "b"]);
    let family = family.unwrap();
    assert_eq!(family.remove(&["1", "2"]), Ok(false));
    family.try_with(&["1", "2"]).unwrap().inc();
    family.try_with(&["2", "1"]).unwrap().inc();
    assert_eq!(family.remove(&["1"]), Err(DynamicLabelsError::Number { expected: 2, given: 1 }));
    assert_eq!(
        family.remove(&["1", "2", ""]),
        Err(DynamicLabelsError::Number { expected: 2, given: 3 })
    );
    assert_eq!(family.remove(&["1", "2"]), Ok(true));
    assert_eq!(family.remove(&["1", "2"]), Ok(false));
    assert_eq!(samples(&text(&registry), "d_total"), ["d_total{a=\"2\",b=\"1\"} 1"]);
    // There is room again.
    family.try_with(&["3", "3"]).unwrap().inc();
    let lines = ["d_total{a=\"2\",b=\"1\"} 1", "d_total{a=\"3\",b=\"3\"} 1"];
    assert_eq!(samples(&text(&registry), "d_total"), lines);
}

#[test]
fn fixed_labels_leave_a_smaller_family() {
    /// Of a test.
    #[derive(Metrics)]
    #[metrics(local)]
    struct Fixed {
        /// Pairs.
        pairs_total: Family<(Method, StatusClass), Counter>,
        /// Triples.
        #[metric(max_series = 10)]
        triples_total: Family<(Method, Tenant<'static>, StatusClass), Counter>,
    }
    let fixed = Fixed::global();
    fixed.pairs_total.fix(Method::Get).with(StatusClass::Success).inc();
    fixed.pairs_total.fix(StatusClass::Success).with(Method::Get).inc();
    assert_eq!(fixed.pairs_total.with((Method::Get, StatusClass::Success)).get(), 2);

    let tenant = String::from("x");
    let gets = fixed.triples_total.fix(Method::Get);
    gets.with((Tenant(&tenant), StatusClass::Success)).inc();
    gets.fix(StatusClass::Success).with(Tenant(&tenant)).inc();
    fixed.triples_total.fix(StatusClass::Success).fix(Method::Get).with(Tenant("x")).inc();
    let all = fixed.triples_total.with((Method::Get, Tenant("x"), StatusClass::Success));
    assert_eq!(all.get(), 3);
}

#[test]
fn metrics_of_every_kind_are_made_without_labels() {
    let registry = Registry::new();
    let total = options("things").register_unlabelled::<Counter>(&registry).unwrap();
    total.inc_by(3);
    let level = options("level").register_unlabelled::<Gauge>(&registry).unwrap();
    level.set(-1.5);
    let peak = options("peak").register_unlabelled::<PeakGauge>(&registry).unwrap();
    peak.set(4);
    peak.set(1);
    let running = options("running").register_unlabelled::<InProgress>(&registry).unwrap();
    let guard = running.start();
    let sizes = options("size_bytes").buckets([8.0, 64.0]);
    let sizes = sizes.register_unlabelled::<Histogram<Bytes>>(&registry).unwrap();
    sizes.observe(9);
    let waits = options("wait_seconds").register_unlabelled::<Histogram<Seconds>>(&registry);
    let waits = waits.unwrap();
    waits.observe(Duration::from_millis(6));
    assert_eq!(waits.snapshot().count(), 1);
    let page = text(&registry);
    for line in [
        "# TYPE things_total counter\nthings_total 3\n",
        "# TYPE level gauge\nlevel -1.5\n",
        "# TYPE peak gauge\npeak 4\n",
        "# TYPE running gauge\nrunning 1\n",
        "size_bytes_bucket{le=\"8\"} 0\nsize_bytes_bucket{le=\"64\"} 1\n",
        "wait_seconds_bucket{le=\"0.005\"} 0\nwait_seconds_bucket{le=\"0.01\"} 1\n",
    ] {
        assert!(page.contains(line), "{line} in\n{page}");
    }
    let series: Series<Counter> = Series::of(total.clone(), |total| &**total);
    series.inc();
    assert_eq!(total.get(), 4);
    let error = options("things").register_unlabelled::<Counter>(&registry).unwrap_err();
    let RegisterFamilyError::Register(RegisterError::AlreadyRegistered(existing)) = error else {
        panic!("{error}")
    };
    assert_eq!(existing.get(), 4);
    drop((total, series, existing, level, peak, guard));
    drop((running, sizes, waits));
    assert_eq!(text(&registry), "");
}
