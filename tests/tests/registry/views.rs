//! Views of a registry, which add to the names and labels of what is registered through them.

use measurand::naming::{NameError, Rule};
use measurand::registry::{Collector, Point, Points, Problem, RegisterError, SettingError};
use measurand::runtime::{FamilyOptions, RegisterFamilyError};
use measurand::{Counter, Descriptor, Family, Gauge, LabelValue, Metrics, Registry};
use measurand_tests::{sample, samples};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

/// The lines that are no comments.
fn lines(registry: &Registry) -> Vec<String> {
    scrape(registry).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

/// A struct that is there once.
#[derive(Metrics)]
#[metrics(namespace = "viewed", local)]
struct Statics {
    /// Things.
    things_total: Counter,
    /// Things by tenant.
    #[metric(max_series = 10)]
    tenants_total: Family<Tenant<'static>, Counter>,
}

/// An instance.
#[derive(Metrics)]
#[metrics(namespace = "viewed_pool", instance(pool: &str), const_labels(version = "1"))]
struct Pool {
    /// Connections idle.
    idle: Gauge,
}

/// Gives one point, and says so before if it is to.
struct Gives(Descriptor, bool);

impl Gives {
    fn new(name: &str, labels: &[&str], is_described: bool) -> Gives {
        let descriptor = Descriptor::gauge(name, "Of a test.").labels(labels.iter().copied());
        Gives(descriptor.build().unwrap(), is_described)
    }
}

impl Collector for Gives {
    fn describe(&self) -> Vec<Descriptor> {
        if self.1 { vec![self.0.clone()] } else { Vec::new() }
    }

    fn collect(&self, points: &mut Points<'_>) {
        points.push(&self.0, &["x"], Point::gauge(1));
    }
}

/// The static struct counts what all tests do.
fn is_of_another_test(line: &str) -> bool {
    line.contains("viewed_things_total") || line.contains("tenant=\"both\"")
}

#[test]
fn whatever_is_registered_through_a_view_has_its_prefix_and_labels() {
    let registry = Registry::new();
    registry.set_label("host", "h").unwrap();
    let view = registry.with_prefix("db").unwrap().with_label("shard", "a\"7").unwrap();
    Statics::register(&view).unwrap();
    let _pool = Pool::register(&view, "orders").unwrap();
    let options = FamilyOptions::new("hits_total", "Hits.").max_series(10);
    let hits = options.register::<Counter, 1>(&view, ["hook"]).unwrap();
    hits.with(["before"]).inc();
    let _gives = view.register_collector(Gives::new("unchecked", &["a"], false)).unwrap();
    let _describes = view.register_collector(Gives::new("described", &["a"], true)).unwrap();
    Statics::global().tenants_total.with(Tenant("t")).inc();
    let expected = [
        "db_described{a=\"x\",shard=\"a\\\"7\",host=\"h\"} 1",
        "db_hits_total{hook=\"before\",shard=\"a\\\"7\",host=\"h\"} 1",
        "db_unchecked{a=\"x\",shard=\"a\\\"7\",host=\"h\"} 1",
        "db_viewed_pool_idle{pool=\"orders\",version=\"1\",shard=\"a\\\"7\",host=\"h\"} 0",
        "db_viewed_tenants_total{tenant=\"t\",shard=\"a\\\"7\",host=\"h\"} 1",
    ];
    for _ in 0..2 {
        let lines = lines(&view);
        let lines: Vec<_> = lines.iter().filter(|line| !is_of_another_test(line)).collect();
        assert_eq!(lines, expected);
    }
    // A view is the same registry.
    assert_eq!(scrape(&view), scrape(&registry));
    registry.validate().unwrap();
    // And what is registered without it has nothing of it.
    let _pool = Pool::register(&registry, "orders").unwrap();
    let plain = "viewed_pool_idle{pool=\"orders\",version=\"1\",host=\"h\"}";
    assert_eq!(sample(&scrape(&registry), plain), 0.0);
}

#[test]
fn views_of_views_put_the_outer_prefix_first_and_labels_in_one_order() {
    let registry = Registry::new();
    let outer = registry.with_prefix("outer").unwrap().with_label("b", "1").unwrap();
    let inner = outer.with_label("a", "2").unwrap().with_prefix("inner").unwrap();
    let other = registry.with_label("a", "3").unwrap().with_label("b", "4").unwrap();
    let other = other.with_prefix("outer").unwrap().with_prefix("inner").unwrap();
    let _pools = [&inner, &other].map(|view| Pool::register(view, "x").unwrap());
    assert_eq!(
        lines(&registry),
        [
            "outer_inner_viewed_pool_idle{pool=\"x\",version=\"1\",a=\"2\",b=\"1\"} 0",
            "outer_inner_viewed_pool_idle{pool=\"x\",version=\"1\",a=\"3\",b=\"4\"} 0",
        ]
    );
    registry.validate().unwrap();
    assert!(format!("{inner:?}").contains("outer_inner_"), "{inner:?}");
}

#[test]
fn one_static_struct_under_two_views_is_two_sets_of_series() {
    let registry = Registry::new();
    let view = |shard| registry.with_label("shard", shard).unwrap();
    for _ in 0..2 {
        // Once more is no change, also by a view that was made anew.
        Statics::register(&view("7")).unwrap();
        Statics::register(&view("8")).unwrap();
    }
    let before = Statics::global().things_total.get();
    Statics::global().things_total.inc();
    Statics::global().tenants_total.with(Tenant("both")).inc();
    let page = scrape(&registry);
    for shard in ["7", "8"] {
        let things = sample(&page, &format!("viewed_things_total{{shard=\"{shard}\"}}"));
        assert!(things > before as f64, "{page}");
        let name = format!("viewed_tenants_total{{tenant=\"both\",shard=\"{shard}\"}}");
        assert_eq!(sample(&page, &name), 1.0);
    }
    assert_eq!(samples(&page, "viewed_things_total").len(), 2);
    // Without the label it would be another family.
    let error = Statics::register(&registry).unwrap_err();
    assert!(error.to_string().contains("other label names"), "{error}");
    assert_eq!(error.to_string().matches("views.rs:").count(), 2, "{error}");
    registry.validate().unwrap();
}

#[test]
fn an_instance_is_there_once_for_each_view() {
    let registry = Registry::new();
    let view = |shard| registry.with_label("shard", shard).unwrap();
    let first = Pool::register(&view("7"), "orders").unwrap();
    let second = Pool::register(&view("8"), "orders").unwrap();
    first.idle.set(7.0);
    second.idle.set(8.0);
    let Err(RegisterError::AlreadyRegistered(same)) = Pool::register(&view("7"), "orders") else {
        panic!("it is registered already")
    };
    assert_eq!(same.idle.get(), 7.0);
    let family = |view: &Registry| {
        let options = FamilyOptions::new("once_total", "Of a test.").max_series(10);
        options.register::<Counter, 1>(view, ["a"])
    };
    let families = ["7", "8"].map(|shard| family(&view(shard)).unwrap());
    families[0].with(["x"]).inc();
    let Err(RegisterFamilyError::Register(RegisterError::AlreadyRegistered(same_family))) =
        family(&view("7"))
    else {
        panic!("it is registered already")
    };
    assert_eq!(same_family.with(["x"]).get(), 1);
    drop((first, same));
    assert_eq!(samples(&scrape(&registry), "viewed_pool").len(), 1);
    drop(second);
    assert_eq!(samples(&scrape(&registry), "viewed_pool").len(), 0);
}

#[test]
fn a_label_that_a_metric_declares_itself_is_refused() {
    let registry = Registry::new();
    for (label, metric) in [("pool", "viewed_pool_idle"), ("version", "viewed_pool_idle")] {
        let view = registry.with_label(label, "x").unwrap();
        let error = Pool::register(&view, "orders").unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(&format!("metric `{metric}` declares the label `{label}`")),
            "{text}"
        );
        let RegisterError::LabelTaken { .. } = error else { panic!("{error}") };
    }
    let view = registry.with_label("a", "x").unwrap();
    let error = view.register_collector(Gives::new("given", &["a"], true)).unwrap_err();
    assert!(matches!(error, RegisterError::LabelTaken { .. }), "{error}");
    let options = FamilyOptions::new("made_total", "Of a test.").max_series(10);
    let error = options.register::<Counter, 1>(&view, ["a"]).unwrap_err();
    assert!(error.to_string().contains("`made_total` declares the label `a`"), "{error}");
    assert_eq!(scrape(&registry), "");
    // What nobody could know before is left out, and said.
    let _gives = view.register_collector(Gives::new("given", &["a"], false)).unwrap();
    let error = registry.validate().unwrap_err();
    let [Problem::LabelTaken { label, metric }] = error.problems() else { panic!("{error}") };
    assert_eq!((label.as_str(), metric.as_str()), ("a", "given"));
    assert_eq!(lines(&registry), ["measurand_conflicts 1"]);
    // The other way around, too.
    let registry = Registry::new();
    registry.set_label("shard", "1").unwrap();
    let view = registry.with_label("shard", "2").unwrap();
    let error = Statics::register(&view).unwrap_err();
    assert!(matches!(error, RegisterError::LabelTaken { .. }), "{error}");
    let view = registry.with_label("host", "2").unwrap();
    Statics::register(&view).unwrap();
    let error = registry.set_label("host", "1").unwrap_err();
    assert!(matches!(error, SettingError::LabelTaken { .. }), "{error}");
}

#[test]
fn names_that_cannot_be_are_refused() {
    let registry = Registry::new();
    for prefix in ["", "0", "a-b", "a b", "_a", "a:b", "db_"] {
        let error = registry.with_prefix(prefix).unwrap_err();
        assert_eq!(error, SettingError::Prefix(prefix.to_owned()));
    }
    for label in ["", "0", "a-b", "le", "quantile", "__name__"] {
        let error = registry.with_label(label, "x").unwrap_err();
        assert_eq!(error, SettingError::LabelName(label.to_owned()));
    }
    let view = registry.with_label("shard", "7").unwrap();
    let error = view.with_label("shard", "8").unwrap_err();
    assert_eq!(error, SettingError::LabelTwice { label: "shard".to_owned() });
    assert!(error.to_string().contains("`shard`"), "{error}");
    // A name that only the view makes too long.
    let long = registry.with_prefix(&"a".repeat(250)).unwrap();
    let error = Pool::register(&long, "orders").unwrap_err();
    assert!(matches!(error, RegisterError::Name { error: NameError::TooLong, .. }), "{error}");
    assert!(error.to_string().starts_with("`Pool` with pool=\"orders\" was not registered: "));
    let error = long.register_collector(Gives::new("given", &["a"], true)).unwrap_err();
    assert!(matches!(error, RegisterError::Name { .. }), "{error}");
    assert_eq!(scrape(&registry), "");
    let _gives = long.register_collector(Gives::new("given", &["a"], false)).unwrap();
    let error = registry.validate().unwrap_err();
    let [Problem::Name { error: NameError::TooLong, .. }] = error.problems() else {
        panic!("{error}")
    };
}

#[test]
fn conflicts_show_the_names_that_views_make() {
    let registry = Registry::new();
    let view = registry.with_prefix("viewed").unwrap();
    let _pool = Pool::register(&registry, "orders").unwrap();
    let given = Gives::new("pool_idle", &["pool"], false);
    let _gives = view.register_collector(given).unwrap();
    let error = registry.validate().unwrap_err();
    let [Problem::Conflict(conflict)] = error.problems() else { panic!("{error}") };
    assert_eq!((&*conflict.name, &*conflict.kept_name), ("viewed_pool_idle", "viewed_pool_idle"));
    assert_eq!(error.to_string().matches("views.rs:").count(), 2, "{error}");
    // Nor a point that no series can show.
    let bad = registry.with_prefix("bad").unwrap();
    let _gives = bad.register_collector(Gives::new("point", &["a", "b"], true)).unwrap();
    let error = registry.validate().unwrap_err();
    assert!(error.to_string().contains("a point of metric `bad_point` of "), "{error}");
}

#[test]
fn rules_that_a_prefix_breaks_are_listed() {
    let registry = Registry::new();
    let view = registry.with_prefix("Db").unwrap();
    Statics::register(&view).unwrap();
    let lints = registry.lint();
    let of = |name: &str| lints.iter().filter(|lint| lint.metric == name).count();
    assert_eq!(of("Db_viewed_things_total"), 1, "{lints:?}");
    assert!(lints.iter().all(|lint| lint.rule == Rule::SnakeCase), "{lints:?}");
    let registry = Registry::new();
    Statics::register(&registry.with_prefix("db").unwrap()).unwrap();
    assert_eq!(registry.lint(), []);
}
