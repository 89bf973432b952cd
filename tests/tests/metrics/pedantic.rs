//! Collectors that do not describe what they give, in registries that mind and in others.

use measurand::registry::{Collector, Point, Points, Problem, RegisterError};
use measurand::{Counter, Descriptor, Metrics, Registry};
use measurand_tests::{sample, samples};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

fn gauge(name: &str) -> Descriptor {
    Descriptor::gauge(name, "Of a test.").build().unwrap()
}

/// Describes some families, and gives others.
struct Gives {
    described: Vec<Descriptor>,
    given: Vec<Descriptor>,
}

impl Collector for Gives {
    fn describe(&self) -> Vec<Descriptor> {
        self.described.clone()
    }

    fn collect(&self, points: &mut Points<'_>) {
        for family in &self.given {
            points.push(family, &[], Point::gauge(1));
        }
    }
}

fn gives(described: &[&str], given: &[&str]) -> Gives {
    let all = |names: &[&str]| names.iter().map(|name| gauge(name)).collect();
    Gives { described: all(described), given: all(given) }
}

#[test]
fn a_pedantic_registry_takes_what_was_described_and_nothing_else() {
    let registry = Registry::pedantic();
    registry.register_collector(gives(&["a", "unused"], &["a", "other"])).unwrap().leak();
    for _ in 0..2 {
        let page = scrape(&registry);
        assert_eq!(sample(&page, "a"), 1.0);
        assert_eq!(samples(&page, "other"), [""; 0]);
        assert_eq!(sample(&page, "measurand_conflicts"), 1.0);
    }
    let error = registry.validate().unwrap_err();
    let [Problem::Point(point)] = error.problems() else { panic!("{error}") };
    assert_eq!(point.metric, "other");
    assert!(error.to_string().contains("its collector does not describe this family"), "{error}");
    // Another help text is another family.
    let registry = Registry::pedantic();
    let other = Descriptor::gauge("a", "Otherwise.").build().unwrap();
    let collector = Gives { described: vec![gauge("a")], given: vec![other] };
    registry.register_collector(collector).unwrap().leak();
    assert_eq!(scrape(&registry).lines().filter(|line| line.starts_with("a ")).count(), 0);
}

#[test]
fn a_pedantic_registry_refuses_what_is_unchecked() {
    let registry = Registry::pedantic();
    let error = registry.register_collector(gives(&[], &["a"])).unwrap_err();
    let RegisterError::Unchecked { title, .. } = &error else { panic!("{error}") };
    assert_eq!(title, "collector `Gives`");
    assert!(error.to_string().starts_with("collector `Gives` was not registered: "), "{error}");
    assert_eq!(scrape(&registry), "");
}

#[test]
fn a_view_of_a_pedantic_registry_is_pedantic() {
    let registry = Registry::pedantic();
    let view = registry.with_prefix("view").unwrap();
    view.register_collector(gives(&["a"], &["a", "other"])).unwrap().leak();
    assert_eq!(sample(&scrape(&registry), "view_a"), 1.0);
    let error = registry.validate().unwrap_err();
    let [Problem::Point(point)] = error.problems() else { panic!("{error}") };
    assert_eq!(point.metric, "view_other");
    assert!(view.register_collector(gives(&[], &[])).is_err());
}

#[test]
fn what_is_declared_is_at_home_in_a_pedantic_registry() {
    /// Counts.
    #[derive(Metrics)]
    #[metrics(namespace = "pedantic", instance)]
    struct Counts {
        /// Things.
        things_total: Counter,
    }
    let registry = Registry::pedantic();
    let counts = Counts::register(&registry).unwrap();
    counts.things_total.inc();
    assert_eq!(sample(&scrape(&registry), "pedantic_things_total"), 1.0);
    registry.validate().unwrap();
}

#[test]
fn elsewhere_an_unchecked_collector_gives_what_it_likes() {
    let registry = Registry::new();
    registry.register_collector(gives(&[], &["a", "b"])).unwrap().leak();
    registry.register_collector(gives(&["c"], &["c", "d"])).unwrap().leak();
    let page = scrape(&registry);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(sample(&page, name), 1.0);
    }
    registry.validate().unwrap();
}
