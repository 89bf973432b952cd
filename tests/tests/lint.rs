//! Names that are decided at run time: which are refused, and which are only listed.

use measurand::family::Family;
use measurand::naming::Rule;
use measurand::registry::{Lint, Registered};
use measurand::runtime::{FamilyOptions, RegisterFamilyError, RuntimeFamily};
use measurand::unit::{Bytes, Seconds};
use measurand::{Counter, Gauge, Histogram, InProgress, LabelValue, Metrics, Registry};

measurand::unit!(/** Pages of a document. */ Pages = "pages", whole);

fn options(name: &str) -> FamilyOptions {
    FamilyOptions::new(name, "Of a test.").max_series(10)
}

/// What a registry says of one family: nothing, rules, or that there can be no such family.
fn verdict(options: FamilyOptions, labels: &[&str], kind: &str) -> Result<Vec<Lint>, String> {
    let registry = Registry::new();
    macro_rules! lint {
        ($metric:ty) => {
            match options.register_dynamic::<$metric>(&registry, labels) {
                Ok(_family) => Ok(registry.lint()),
                Err(RegisterFamilyError::Invalid(problem)) => Err(problem.to_string()),
                Err(other) => panic!("{other}"),
            }
        };
    }
    match kind {
        "counter" => lint!(Counter),
        "counter seconds" => lint!(Counter<Seconds>),
        "gauge" => lint!(Gauge),
        "gauge bytes" => lint!(Gauge<Bytes>),
        "gauge pages" => lint!(Gauge<Pages>),
        "gauge seconds" => lint!(Gauge<Seconds>),
        "histogram" => lint!(Histogram),
        "histogram seconds" => lint!(Histogram<Seconds>),
        "in progress" => lint!(InProgress),
        _ => panic!("there is no kind `{kind}`"),
    }
}

/// Expects the rules that are listed, in their order, or a part of the error.
#[track_caller]
fn check(name: &str, labels: &[&str], kind: &str, expected: Result<&str, &str>) {
    let options = match kind.split(' ').next() {
        Some("histogram") => options(name).buckets([1.0, 2.0]),
        _ => options(name),
    };
    check_options(options, labels, kind, expected);
}

#[track_caller]
fn check_options(
    options: FamilyOptions,
    labels: &[&str],
    kind: &str,
    expected: Result<&str, &str>,
) {
    match (verdict(options, labels, kind), expected) {
        (Ok(lints), Ok(rules)) => {
            let listed: Vec<_> = lints.iter().map(|lint| lint.rule.as_str()).collect();
            assert_eq!(listed.join(" "), rules, "{lints:#?}");
            assert!(lints.iter().all(|lint| lint.message.contains("\nhelp: ")), "{lints:#?}");
            assert!(!lints.iter().any(|lint| lint.message.contains("expect(")), "{lints:#?}");
        }
        (Err(problem), Err(part)) => {
            assert!(problem.contains(part), "{problem}");
            assert!(problem.contains("\nhelp: "), "{problem}");
        }
        (verdict, _) => panic!("{verdict:?} instead of {expected:?}"),
    }
}

#[test]
fn good_names_are_not_listed() {
    check("requests_total", &["code"], "counter", Ok(""));
    check("cpu_seconds_total", &["cpu", "mode"], "counter seconds", Ok(""));
    check("queue_length", &["queue"], "gauge", Ok(""));
    check("cache_bytes", &["cache"], "gauge bytes", Ok(""));
    check("printed_pages", &["printer"], "gauge pages", Ok(""));
    check("answer_duration_seconds", &["path"], "histogram seconds", Ok(""));
    check("batch_size", &["path"], "histogram", Ok(""));
    check("jobs_running", &["queue"], "in progress", Ok(""));
    // What is off unless asked for: a namespace, and few labels.
    check("hits", &["a", "b", "c", "d", "e", "f", "g"], "gauge", Ok(""));
}

/// Expects that the one message offers this name.
#[track_caller]
fn check_suggestion(name: &str, kind: &str, suggested: &str) {
    let options = match kind.split(' ').next() {
        Some("histogram") => options(name).buckets([1.0, 2.0]),
        _ => options(name),
    };
    let lints = verdict(options, &["queue"], kind).unwrap_or_default();
    let offers = |lint: &Lint| lint.message.contains(&format!("rename it to `{suggested}`"));
    assert!(!lints.is_empty() && lints.iter().all(offers), "{lints:#?}");
}

#[test]
fn a_suggested_name_replaces_the_word() {
    check_suggestion("spent_usecs_total", "counter", "spent_seconds_total");
    check_suggestion("spent_usecs_total", "counter seconds", "spent_seconds_total");
    check_suggestion("wait_msec", "histogram seconds", "wait_seconds");
    check_suggestion("wait_msecs", "histogram", "wait_seconds");
    check_suggestion("wait_millis", "histogram", "wait_seconds");
    check_suggestion("wait_micros", "gauge", "wait_seconds");
    check_suggestion("wait_nanos", "gauge seconds", "wait_seconds");
    check_suggestion("cache_kbytes", "gauge", "cache_bytes");
    check_suggestion("cache_mbytes_used", "gauge", "cache_used_bytes");
    check_suggestion("cache_gbytes", "gauge bytes", "cache_bytes");
    check_suggestion("millis_spent_total", "counter", "spent_seconds_total");
    check_suggestion("queue_counter_total", "counter", "queue_total");
    check_suggestion("requests_per_queue_total", "counter", "requests_total");
}

#[test]
fn rules_are_listed() {
    check("queueLength", &["queue"], "gauge", Ok("snake_case"));
    check("queue_length", &["queueName"], "gauge", Ok("snake_case"));
    check("queueLength", &["queueName"], "gauge", Ok("snake_case snake_case"));

    check("queue_total", &["queue"], "gauge", Ok("counter_total"));
    check("wait_seconds_total", &["queue"], "histogram seconds", Ok("counter_total unit_suffix"));

    check("queue_bucket", &["queue"], "gauge", Ok("reserved_suffix"));
    check("queue_count", &["queue"], "gauge", Ok("reserved_suffix"));
    check("queue_sum", &["queue"], "gauge", Ok("reserved_suffix"));
    check("queue_created", &["queue"], "gauge", Ok("reserved_suffix"));
    check("queue_gcount", &["queue"], "gauge", Ok("reserved_suffix"));
    check("queue_gsum", &["queue"], "gauge", Ok("reserved_suffix"));
    check("queue_info", &["queue"], "gauge", Ok("reserved_suffix"));
    check("queue_created", &["queue"], "histogram", Ok("reserved_suffix"));
    check("queue_bucket", &["queue"], "histogram", Ok(""));
    check("queue_count", &["queue"], "histogram", Ok(""));

    check("queue_gauge", &["queue"], "gauge", Ok("kind_in_name"));
    check("queue_gauge_length", &["queue"], "gauge", Ok("kind_in_name"));
    check("queue_counter_total", &["queue"], "counter", Ok("kind_in_name"));
    check("queue_histogram", &["queue"], "histogram", Ok("kind_in_name"));
    check("queue_stats", &["queue"], "gauge", Ok("kind_in_name"));

    check("uptime_minutes", &["host"], "gauge", Ok("base_unit"));
    check("wait_milliseconds", &["queue"], "gauge", Ok("base_unit"));
    check("cache_kilobytes", &["cache"], "gauge", Ok("base_unit"));
    check("read_kilopages", &["book"], "gauge pages", Ok("base_unit unit_suffix"));

    check("wait_ms", &["queue"], "gauge", Ok("abbreviation"));
    check("cache_mb", &["cache"], "gauge", Ok("abbreviation"));
    check("wait_secs", &["queue"], "counter", Ok("abbreviation"));
    check("retention_d", &["queue"], "gauge", Ok("abbreviation"));

    check("cpu_percent", &["cpu"], "gauge", Ok("percent"));
    check("cpu_pct", &["cpu"], "gauge", Ok("percent"));

    check("wait_second", &["queue"], "gauge", Ok("singular_unit"));
    check("sent_bytes_per_second", &["link"], "gauge", Ok("singular_unit"));
    check("wait_seconds_max", &["queue"], "gauge seconds", Ok("singular_unit unit_suffix"));

    check("wait", &["queue"], "gauge seconds", Ok("unit_suffix"));
    check("wait_seconds", &["queue"], "gauge", Ok("unit_suffix"));
    check("cache_bytes", &["cache"], "gauge seconds", Ok("unit_suffix"));
    check("printed", &["printer"], "gauge pages", Ok("unit_suffix"));

    check("requests_by_path_total", &["path"], "counter", Ok("label_in_name"));
    check("requests_per_path", &["path"], "counter", Ok("label_in_name"));

    for label in [
        "job",
        "instance",
        "region",
        "zone",
        "cluster",
        "availability_zone",
        "az",
        "datacenter",
        "dc",
        "service",
        "env",
        "environment",
        "type",
    ] {
        check("hits", &["code", label], "gauge", Ok("target_label"));
    }
    check("hits", &["job", "instance"], "gauge", Ok("target_label target_label"));

    let bounds = |count: u32| (0..count).map(f64::from).collect::<Vec<_>>();
    check_options(options("size").buckets(bounds(40)), &["a"], "histogram", Ok(""));
    check_options(options("size").buckets(bounds(41)), &["a"], "histogram", Ok("bucket_count"));

    let worst = "cpuWait_gauge_percent_ms";
    let all = "snake_case kind_in_name abbreviation percent unit_suffix target_label";
    check(worst, &["job"], "gauge seconds", Ok(all));
}

#[test]
fn errors_are_refused() {
    check("", &["a"], "gauge", Err("metric `` is empty"));
    check("", &["a"], "counter", Err("metric `` is empty"));
    check("job:hits:rate5m", &["a"], "gauge", Err("`job:hits:rate5m` has a `:`"));
    check("plug-in_hits", &["a"], "counter", Err("metric `plug-in_hits` has a character"));
    check("plug-in_hits", &["a"], "gauge", Err("help: write `plug_in_hits`"));
    check("hits\n", &["a"], "gauge", Err("has a character"));
    check("treffer_zähler", &["a"], "gauge", Err("has a character"));
    check("2xx", &["a"], "gauge", Err("`2xx` starts with a digit"));
    check("_hits", &["a"], "gauge", Err("`_hits` starts with `_`"));
    check("__hits", &["a"], "counter", Err("`__hits` starts with `_`"));

    check("hits", &[""], "gauge", Err("a label has an empty name"));
    check("hits", &["a", "b-c"], "gauge", Err("label `b-c` has a character"));
    check("hits", &["a:b"], "gauge", Err("label `a:b` has a character"));
    check("hits", &["ä"], "gauge", Err("label `ä` has a character"));
    check("hits", &["2a"], "gauge", Err("label `2a` starts with a digit"));
    check("hits", &["_a"], "gauge", Err("label `_a` starts with `_`"));
    check("hits", &["__name__"], "gauge", Err("label `__name__` starts with `_`"));
    check("hits", &["a", "b", "a"], "gauge", Err("two labels of `hits` are called `a`"));
    check("hits", &["le"], "histogram", Err("label `le` is reserved"));
    check("hits", &["le"], "gauge", Ok(""));
    check("hits", &["quantile"], "gauge", Ok(""));
    check("hits", &[], "gauge", Err("1 to 24 labels"));
    let names: Vec<String> = (0..25).map(|number| format!("l{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    check("hits", &names, "gauge", Err("1 to 24 labels"));
    check("hits", &names[..24], "gauge", Ok(""));

    let blank = |help: &str| FamilyOptions::new("hits", help).max_series(10);
    check_options(blank(""), &["a"], "gauge", Err("`hits` has no help text"));
    check_options(blank(" \n\t"), &["a"], "gauge", Err("`hits` has no help text"));
    check_options(FamilyOptions::new("hits", "H."), &["a"], "gauge", Err("`.max_series(500)`"));
    check_options(options("hits").max_series(0), &["a"], "gauge", Err("`.max_series(500)`"));
    let no_bytes = options("hits").max_label_bytes(0);
    check_options(no_bytes, &["a"], "gauge", Err("`.max_label_bytes(4096)`"));
    let at_once = options("hits").expire_after(std::time::Duration::ZERO);
    check_options(at_once, &["a"], "gauge", Err("expires at once"));

    check_options(options("hits"), &["a"], "histogram", Err("at least one bucket"));
    let bounds = |bounds: &[f64]| options("hits").buckets(bounds);
    check_options(bounds(&[2.0, 1.0]), &["a"], "histogram", Err("strictly increasing"));
    check_options(bounds(&[1.0, 1.0]), &["a"], "histogram", Err("strictly increasing"));
    check_options(bounds(&[f64::NAN]), &["a"], "histogram", Err("NaN"));
    check_options(bounds(&[f64::NEG_INFINITY]), &["a"], "histogram", Err("infinite"));
    check_options(bounds(&[0.5]), &["a"], "histogram", Err("not a whole number"));
    check_options(bounds(&[1.0]), &["a"], "gauge", Err("not a histogram"));
}

#[test]
fn a_name_has_at_most_255_bytes() {
    let name = |bytes: usize| "x".repeat(bytes);
    let error = "the name `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…` is longer than 255 bytes";
    check(&name(255), &["a"], "gauge", Ok(""));
    check(&name(256), &["a"], "gauge", Err(error));
    check(&name(1_000_000), &["a"], "gauge", Err(error));
    // With what a counter gets.
    check(&name(249), &["a"], "counter", Ok(""));
    check(&name(250), &["a"], "counter", Err(error));
    check(&format!("{}_total", name(249)), &["a"], "counter", Ok(""));
    check(&format!("{}ä", name(255)), &["a"], "gauge", Err(error));
    check(&"ä".repeat(128), &["a"], "gauge", Err("the name `ääää"));
}

#[test]
fn lints_are_sorted_and_say_where() {
    let registry = Registry::new();
    let line = line!() + 2;
    let register = |name: &str, label: &str| -> Registered<RuntimeFamily<Gauge, 1>> {
        options(name).register(&registry, [label]).unwrap()
    };
    let families =
        [register("z_ms", "job"), register("a_total", "code"), register("level", "zone")];
    let lints = registry.lint();
    let listed: Vec<_> = lints.iter().map(|lint| (lint.metric.as_str(), lint.rule)).collect();
    let expected = [
        ("a_total", Rule::CounterTotal),
        ("level", Rule::TargetLabel),
        ("z_ms", Rule::Abbreviation),
        ("z_ms", Rule::TargetLabel),
    ];
    assert_eq!(listed, expected);
    for lint in &lints {
        let location = lint.location;
        assert_eq!((location.file, location.line, location.package), (file!(), line, "(run time)"));
    }
    assert_eq!(
        lints[1].to_string(),
        format!(
            "label `zone` clashes with a label that Prometheus attaches to the target\n\
             help: call it `destination_zone`\n\
             note: `level` breaks the rule `target_label` at {}",
            lints[1].location
        )
    );
    assert_eq!(
        lints[2].message,
        "gauge `z_ms` has the abbreviation `ms`, which is not a base unit\n\
         help: rename it to `z_seconds` and write `Gauge<Seconds>`"
    );

    // What has left is not listed.
    drop(families);
    assert_eq!(registry.lint(), []);
}

/// Whose names are waived.
#[derive(LabelValue)]
#[label(name = "zone", expect(target_label, reason = "of a test"))]
struct Zone<'a>(&'a str);

#[derive(Metrics)]
#[metrics(
    namespace = "myShop",
    local,
    const_labels(env = "test"),
    expect(snake_case, target_label, reason = "of a test")
)]
struct Waived {
    /// Of a test.
    #[metric(max_series = 10, expect(counter_total, reason = "of a test"))]
    waiting_total: Family<Zone<'static>, Gauge>,
    /// Of a test.
    kilo_total: Counter,
}

#[test]
fn what_the_compiler_has_checked_is_listed_only_for_its_prefix() {
    let registry = Registry::new();
    Waived::register(&registry).unwrap();
    Waived::global().waiting_total.with(Zone("x")).set(1.0);
    assert_eq!(registry.lint(), []);

    registry.prefix_package(env!("CARGO_PKG_NAME"), "shop_gauge").unwrap();
    let lints = registry.lint();
    // Neither what is waived nor what the name alone breaks.
    let of_gauge = lints.iter().filter(|lint| lint.metric == "shop_gauge_myShop_waiting_total");
    assert_eq!(of_gauge.count(), 1, "{lints:#?}");
    assert!(lints.iter().all(|lint| lint.rule == Rule::KindInName), "{lints:#?}");

    let registry = Registry::new();
    Waived::register(&registry).unwrap();
    registry.prefix_package(env!("CARGO_PKG_NAME"), "shop_gauge").unwrap();
    registry.exclude_package(env!("CARGO_PKG_NAME")).unwrap();
    assert_eq!(registry.lint(), []);
}

#[test]
fn the_registry_of_the_binary_has_nothing_to_list() {
    assert_eq!(Registry::global().lint(), []);
}
