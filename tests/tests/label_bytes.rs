//! Values of open labels that are too long: they are counted as `__other__`, and take no memory.

use allocation_counter::measure;
use measurand::calls::Outcome;
use measurand::registry::Registered;
use measurand::runtime::FamilyOptions;
use measurand::{
    Calls, Counter, Family, Gauge, InProgress, LabelSet, LabelValue, Metrics, Registry,
};
use measurand_tests::{sample, samples};

#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet, Clone, Copy)]
struct Sale<'a> {
    tender: Tender,
    shop: &'a str,
    till: &'a str,
}

#[derive(LabelValue)]
struct Path<'a>(&'a str);

const TEN: usize = 10;

/// Of a test.
#[derive(Metrics)]
#[metrics(namespace = "bytes", instance(name: &str))]
struct Metered {
    /// Requests answered.
    #[metric(max_series = 10)]
    paths_total: Family<Path<'static>, Counter>,
    /// Sales.
    #[metric(max_series = 10)]
    sales_total: Family<Sale<'static>, Counter>,
    /// Requests waiting.
    #[metric(max_series = 10, max_label_bytes = 4096)]
    waiting: Family<Path<'static>, Gauge>,
    /// Requests running.
    #[metric(max_series = 10, max_label_bytes = TEN)]
    running: Family<Path<'static>, InProgress>,
    /// Pricing.
    #[metric(max_series = 10)]
    pricing: Calls<Sale<'static>>,
    /// Delivery.
    #[metric(max_series = 10, max_label_bytes = TEN)]
    delivery: Calls<Sale<'static>>,
    /// Requests by some label.
    #[metric(max_series = 1000)]
    hostile_total: Family<Path<'static>, Counter>,
}

fn registered(registry: &Registry) -> Registered<Metered> {
    Metered::register(registry, "a").unwrap()
}

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

/// How many updates went to `__other__`.
fn overflow(text: &str, family: &str) -> f64 {
    sample(text, &format!("measurand_overflow_updates_total{{family=\"{family}\"}}"))
}

#[test]
fn a_kibibyte_is_kept_and_a_byte_more_is_other() {
    let registry = Registry::new();
    let metrics = registered(&registry);
    let kept = "x".repeat(1024);
    let long = "x".repeat(1025);
    metrics.paths_total.with(Path(&kept)).inc();
    metrics.paths_total.with(Path(&long)).inc_by(2);
    metrics.paths_total.with(Path(&long)).keep().inc_by(3);
    // Bytes count, not characters.
    metrics.paths_total.with(Path(&"ä".repeat(512))).inc();
    metrics.paths_total.with(Path(&"ä".repeat(513))).inc();
    let text = scrape(&registry);
    let named = |path: &str| format!("bytes_paths_total{{name=\"a\",path=\"{path}\"}}");
    assert_eq!(samples(&text, "bytes_paths_total").len(), 3);
    assert_eq!(sample(&text, &named(&kept)), 1.0);
    assert_eq!(sample(&text, &named(&"ä".repeat(512))), 1.0);
    assert_eq!(sample(&text, &named("__other__")), 6.0);
    assert_eq!(overflow(&text, "bytes_paths_total"), 3.0);
    assert!(!metrics.paths_total.remove(Path(&long)));
}

#[test]
fn one_value_that_is_too_long_makes_all_open_labels_other() {
    let registry = Registry::new();
    let metrics = registered(&registry);
    let long = "x".repeat(1025);
    let add = |tender, shop, till, n| {
        metrics.sales_total.with(Sale { tender, shop, till }).inc_by(n);
    };
    add(Tender::Cash, "a", &long, 1);
    add(Tender::Cash, &long, "b", 2);
    add(Tender::Cash, &long, &long, 4);
    add(Tender::Card, "a", &long, 8);
    add(Tender::Card, "a", "b", 16);
    // Each value has its own bound.
    let half = &long[..1000];
    add(Tender::Card, half, half, 32);
    let text = scrape(&registry);
    assert_eq!(samples(&text, "bytes_sales_total").len(), 4);
    let named = |tender: &str, shop: &str, till: &str| {
        let labels = format!("name=\"a\",tender=\"{tender}\",shop=\"{shop}\",till=\"{till}\"");
        sample(&text, &format!("bytes_sales_total{{{labels}}}"))
    };
    assert_eq!(named("cash", "__other__", "__other__"), 7.0);
    assert_eq!(named("card", "__other__", "__other__"), 8.0);
    assert_eq!(named("card", "a", "b"), 16.0);
    assert_eq!(named("card", half, half), 32.0);
    assert_eq!(overflow(&text, "bytes_sales_total"), 4.0);
}

#[test]
fn a_field_has_its_own_bound() {
    let registry = Registry::new();
    let metrics = registered(&registry);
    metrics.waiting.with(Path(&"x".repeat(4096))).set(1.0);
    metrics.waiting.with(Path(&"x".repeat(4097))).set(2.0);
    let _short = metrics.running.with(Path("0123456789")).start();
    let _long = metrics.running.with(Path("0123456789a")).start();
    // What stands for the rest may be longer than the bound.
    let _other = metrics.running.with(Path("__other__")).start();
    let text = scrape(&registry);
    assert_eq!(samples(&text, "bytes_waiting").len(), 2);
    assert_eq!(sample(&text, "bytes_waiting{name=\"a\",path=\"__other__\"}"), 2.0);
    assert_eq!(sample(&text, "bytes_running{name=\"a\",path=\"0123456789\"}"), 1.0);
    assert_eq!(sample(&text, "bytes_running{name=\"a\",path=\"__other__\"}"), 2.0);
    assert_eq!(overflow(&text, "bytes_running"), 1.0);
}

#[test]
fn calls_have_the_bound_too() {
    let registry = Registry::new();
    let metrics = registered(&registry);
    let long = "x".repeat(1025);
    let sale = |till| Sale { tender: Tender::Cash, shop: "a", till };
    metrics.pricing.with(sale(&long)).start().end(Outcome::Ok);
    metrics.pricing.with(sale(&long[..1024])).start().end(Outcome::Ok);
    metrics.delivery.with(sale("0123456789a")).start().end(Outcome::Error);
    metrics.delivery.with(sale("0123456789")).start().end(Outcome::Error);
    let text = scrape(&registry);
    let other = "name=\"a\",tender=\"cash\",shop=\"__other__\",till=\"__other__\"";
    for (family, outcome) in [("pricing", "ok"), ("delivery", "error")] {
        let named = format!("bytes_{family}_calls_total{{{other},outcome=\"{outcome}\"}}");
        assert_eq!(sample(&text, &named), 1.0);
        assert_eq!(samples(&text, &format!("bytes_{family}_in_progress")).len(), 2);
        assert_eq!(overflow(&text, &format!("bytes_{family}_calls_total")), 1.0);
    }
}

#[test]
fn families_made_at_run_time_have_the_bound_too() {
    let registry = Registry::new();
    let options = |name: &str| FamilyOptions::new(name, "Of a test.").max_series(10);
    let usual = options("usual_total").register::<Counter, 2>(&registry, ["a", "b"]).unwrap();
    let wide = options("wide_total").max_label_bytes(2000);
    let wide = wide.register_dynamic::<Counter>(&registry, &["a", "b"]).unwrap();
    let long = "x".repeat(1025);
    usual.with(["a", &long]).inc();
    usual.with(["a", &long[..1024]]).inc();
    wide.try_with(&["a", &long]).unwrap().inc();
    wide.try_with(&["a", &"x".repeat(2001)]).unwrap().inc();
    let text = scrape(&registry);
    assert_eq!(sample(&text, r#"usual_total{a="__other__",b="__other__"}"#), 1.0);
    assert_eq!(sample(&text, &format!("usual_total{{a=\"a\",b=\"{}\"}}", &long[..1024])), 1.0);
    assert_eq!(sample(&text, r#"wide_total{a="__other__",b="__other__"}"#), 1.0);
    assert_eq!(sample(&text, &format!("wide_total{{a=\"a\",b=\"{long}\"}}")), 1.0);

    let error = options("no_total").max_label_bytes(0).register::<Counter, 1>(&registry, ["a"]);
    let error = error.unwrap_err().to_string();
    assert!(error.contains("`.max_label_bytes(4096)`"), "{error}");
}

#[test]
fn a_million_long_values_take_the_memory_of_a_thousand_short_ones() {
    // Without optimization a million takes a minute, for the hash of each.
    let values = if cfg!(debug_assertions) { 100_000 } else { 1_000_000 };
    let registry = Registry::new();
    let metrics = registered(&registry);
    let mut value = "x".repeat(10 * 1024);
    let mut update = |number: u32, bytes: usize| {
        let start = value.len() - bytes;
        value.replace_range(start..start + 8, &format!("{number:08}"));
        metrics.hostile_total.with(Path(&value[start..])).inc();
    };
    update(0, 10 * 1024);
    let memory = measure(|| {
        (0..values).for_each(|number| update(number, 10 * 1024));
        (0..2_000).for_each(|number| update(number, 1024));
    });
    assert!(memory.bytes_max < 2 << 20, "{} bytes", memory.bytes_max);
    let text = scrape(&registry);
    assert_eq!(samples(&text, "bytes_hostile_total").len(), 1001);
    let other = sample(&text, "bytes_hostile_total{name=\"a\",path=\"__other__\"}");
    assert_eq!(other, f64::from(1 + values + 1_000));
}
