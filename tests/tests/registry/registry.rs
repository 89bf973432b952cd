//! Registries: what is in them, what is refused, and what leaves.

use std::error::Error as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use linked_dependency as _;
use measurand::registry::{Flow, Labels, Point, Problem, RegisterError, SettingError, Sink, Value};
use measurand::unit::Seconds;
use measurand::{Counter, Descriptor, Gauge, Histogram, Kind, Metrics, Registry};
use measurand_tests::{sample, samples};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

/// A pool of connections.
#[derive(Debug, Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct Pool {
    /// Connections opened.
    opened_total: Counter,
    /// Connections idle.
    idle: Gauge,
}

#[test]
fn a_dependency_that_nothing_calls_is_on_the_page() {
    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert!(text.contains("# TYPE linked_things_total counter\nlinked_things_total 0\n"), "{text}");
    assert!(text.contains("\nlinked_in_progress 0\n"), "{text}");
    let labels = "function=\"do_thing\",module=\"linked_dependency\",outcome=\"ok\"";
    assert!(text.contains(&format!("\nfunction_calls_total{{{labels}}} 0\n")), "{text}");
}

#[test]
fn instances_are_there_until_the_last_clone_is_dropped() {
    let registry = Registry::new();
    let orders = Pool::register(&registry, "orders").unwrap();
    let users = Pool::register(&registry, "users").unwrap();
    orders.opened_total.inc();
    users.opened_total.inc_by(2);
    let clone = orders.clone();
    drop(orders);
    clone.opened_total.inc();
    assert_eq!(
        samples(&scrape(&registry), "pool_opened_total"),
        ["pool_opened_total{pool=\"orders\"} 2", "pool_opened_total{pool=\"users\"} 2"]
    );
    drop(clone);
    assert_eq!(
        samples(&scrape(&registry), "pool_opened_total"),
        ["pool_opened_total{pool=\"users\"} 2"]
    );
    drop(users);
    assert_eq!(scrape(&registry), "");
}

#[test]
fn the_error_of_an_existing_instance_hands_it_back() {
    let registry = Registry::new();
    let first = Pool::register(&registry, "orders").unwrap();
    first.opened_total.inc();
    let Err(RegisterError::AlreadyRegistered(same)) = Pool::register(&registry, "orders") else {
        panic!("it is registered already")
    };
    let error = Pool::register(&registry, "orders").unwrap_err();
    let what = "`Pool` with pool=\"orders\" is registered already: use the existing one, which this error holds";
    assert_eq!((error.to_string(), error.source().is_none()), (what.to_owned(), true));
    drop(error);
    drop(first);
    same.opened_total.inc();
    assert_eq!(same.opened_total.get(), 2);
    assert_eq!(sample(&scrape(&registry), "pool_opened_total{pool=\"orders\"}"), 2.0);
    drop(same);
    let again = Pool::register(&registry, "orders").unwrap();
    assert_eq!(again.opened_total.get(), 0);
}

#[test]
fn a_leaked_instance_stays() {
    let registry = Registry::new();
    let pool: &'static Pool = Pool::register(&registry, "orders").unwrap().leak();
    pool.opened_total.inc();
    assert_eq!(sample(&scrape(&registry), "pool_opened_total{pool=\"orders\"}"), 1.0);
    assert!(matches!(
        Pool::register(&registry, "orders"),
        Err(RegisterError::AlreadyRegistered(_))
    ));
}

#[test]
fn an_instance_outlives_its_registry() {
    let registry = Registry::new();
    let orders = Pool::register(&registry, "orders").unwrap();
    drop(registry);
    orders.opened_total.inc();
    assert_eq!(orders.opened_total.get(), 1);
}

#[test]
fn instances_come_and_go_beside_scrapes() {
    let registry = Registry::new();
    let is_done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                for line in samples(&scrape(&registry), "pool_opened_total") {
                    assert!(line.ends_with(" 0") || line.ends_with(" 1"), "{line}");
                }
            }
        });
        let workers: Vec<_> = ["a", "b"]
            .map(|name| {
                let registry = &registry;
                scope.spawn(move || {
                    for round in 0..500 {
                        let pool = Pool::register(registry, &format!("{name}{}", round % 7));
                        let pool = pool.unwrap();
                        pool.opened_total.inc();
                    }
                })
            })
            .into_iter()
            .collect();
        workers.into_iter().for_each(|worker| worker.join().unwrap());
        is_done.store(true, Ordering::Relaxed);
    });
    assert_eq!(scrape(&registry), "");
}

mod clashing {
    use measurand::{Counter, Gauge, Histogram, Metrics, unit::Seconds};

    /// The first by its place.
    #[derive(Debug, Metrics)]
    #[metrics(namespace = "clash", local)]
    pub(super) struct First {
        /// Things.
        pub(super) things_total: Counter,
        /// Time to wait.
        pub(super) wait_seconds: Histogram<Seconds>,
    }

    /// One family of another help text, and one that is its own in text but not in OpenMetrics.
    #[derive(Debug, Metrics)]
    #[metrics(namespace = "clash", instance(pool: &str))]
    pub(super) struct Second {
        /// Things.
        pub(super) things: Gauge,
    }

    /// The same family as in `First`.
    #[derive(Debug, Metrics)]
    #[metrics(namespace = "clash", local)]
    pub(super) struct Same {
        /// Things.
        pub(super) things_total: Counter,
    }

    /// The same name, another help text.
    #[derive(Debug, Metrics)]
    #[metrics(namespace = "clash", local)]
    pub(super) struct OtherHelp {
        /// Other things.
        pub(super) things_total: Counter,
        /// Something else.
        pub(super) innocent: Gauge,
    }
}

#[test]
fn registering_a_family_whose_name_is_taken_is_refused_with_both_places() {
    use clashing::{First, OtherHelp, Second};
    let registry = Registry::new();
    First::register(&registry).unwrap();
    let error = Second::register(&registry, "a").unwrap_err();
    let text = error.to_string();
    assert!(text.contains("`clash_things` of "), "{text}");
    assert!(text.contains("has a name in common with `clash_things_total`"), "{text}");
    assert_eq!(text.matches("registry.rs:").count(), 2, "{text}");

    let error = OtherHelp::register(&registry).unwrap_err();
    assert!(error.to_string().contains("another help text"), "{error}");
    // The registry is as it was.
    registry.validate().unwrap();
    assert!(!scrape(&registry).contains("innocent"));
}

#[test]
fn equal_families_merge_and_equal_series_add_up() {
    use clashing::{First, Same};
    let registry = Registry::new();
    First::register(&registry).unwrap();
    Same::register(&registry).unwrap();
    First::register(&registry).unwrap();
    let before = sample(&scrape(&registry), "clash_things_total");
    First::global().things_total.inc_by(2);
    Same::global().things_total.inc_by(3);
    let text = scrape(&registry);
    assert_eq!(sample(&text, "clash_things_total"), before + 5.0);
    assert_eq!(text.matches("# TYPE clash_things_total ").count(), 1);
}

#[test]
fn the_global_registry_leaves_out_the_later_of_two_and_says_so() {
    // The statics of this file clash in the registry of the binary, where nobody could refuse them.
    let error = Registry::global().validate().unwrap_err();
    let conflicts: Vec<_> = error
        .problems()
        .iter()
        .filter_map(|problem| match problem {
            Problem::Conflict(conflict) => Some(conflict),
            _ => None,
        })
        .collect();
    assert_eq!(conflicts.len(), 1, "{error}");
    assert_eq!(conflicts[0].name, "clash_things_total");
    assert!(conflicts[0].location.line > conflicts[0].kept_location.line);
    assert_eq!(conflicts[0].location.package, "measurand-tests");

    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert_eq!(sample(&text, "measurand_conflicts"), 1.0);
    assert!(text.contains("# HELP clash_things_total Things.\n"), "{text}");
    assert!(!text.contains("Other things."), "{text}");
    // What does not clash stays.
    assert!(text.contains("\nclash_innocent 0\n"), "{text}");
}

#[test]
fn rejected_values_are_counted_by_family() {
    /// Times.
    #[derive(Metrics)]
    #[metrics(namespace = "rejected", local)]
    struct Times {
        /// Time to wait.
        wait_seconds: Histogram<Seconds>,
        /// Time spent.
        spent_seconds_total: Counter<Seconds>,
        /// Energy spent.
        spent_joules_total: Counter<measurand::unit::Joules>,
    }
    let registry = Registry::new();
    Times::register(&registry).unwrap();
    assert!(!scrape(&registry).contains("measurand_"));
    let times = Times::global();
    for seconds in [f64::NAN, -1.0, f64::INFINITY, 1e11] {
        times.wait_seconds.observe(Seconds::from_f64(seconds));
        times.spent_seconds_total.inc_by(Seconds::from_f64(seconds));
    }
    for joules in [f64::NAN, -1.0, f64::INFINITY] {
        times.spent_joules_total.inc_by(joules);
    }
    times.spent_seconds_total.inc_by(std::time::Duration::MAX);
    times.spent_seconds_total.inc_by(Seconds::from_f64(1.5));
    let text = scrape(&registry);
    assert_eq!(
        samples(&text, "measurand_rejected_values_total"),
        [
            "measurand_rejected_values_total{family=\"rejected_spent_joules_total\"} 3",
            "measurand_rejected_values_total{family=\"rejected_spent_seconds_total\"} 5",
            "measurand_rejected_values_total{family=\"rejected_wait_seconds\"} 4",
        ]
    );
    assert_eq!(sample(&text, "rejected_spent_seconds_total"), 1.5);
    assert_eq!(sample(&text, "rejected_wait_seconds_count"), 0.0);
}

#[test]
fn settings_change_names_and_labels_before_the_first_gather() {
    let registry = Registry::new();
    let pool = Pool::register(&registry, "orders").unwrap();
    assert_eq!(
        registry.prefix_package("no-such-package", "x"),
        Err(SettingError::UnknownPackage {
            package: "no-such-package".to_owned(),
            known: vec!["measurand-tests".to_owned()],
        })
    );
    assert!(matches!(
        registry.prefix_package("measurand-tests", "no prefix"),
        Err(SettingError::Prefix(_))
    ));
    registry.prefix_package("measurand-tests", "db").unwrap();
    for name in ["le", "quantile", "__name__", "a-b", "", "0"] {
        assert!(matches!(registry.set_label(name, "x"), Err(SettingError::LabelName(_))), "{name}");
    }
    assert!(matches!(registry.set_label("pool", "x"), Err(SettingError::LabelTaken { .. })));
    registry.set_label("shard", "7").unwrap();
    assert_eq!(
        samples(&scrape(&registry), "db_pool_idle"),
        ["db_pool_idle{pool=\"orders\",shard=\"7\"} 0"]
    );
    assert_eq!(registry.set_label("shard", "8"), Err(SettingError::AlreadyGathered));
    assert_eq!(registry.exclude_package("measurand-tests"), Err(SettingError::AlreadyGathered));

    /// A struct with a label that is taken.
    #[derive(Metrics)]
    #[metrics(namespace = "taken", instance(shard: &str))]
    struct Taken {
        /// Anything.
        anything: Gauge,
    }
    let error = Taken::register(&registry, "1").err().unwrap();
    assert!(matches!(error, RegisterError::LabelTaken { .. }), "{error}");
    assert!(error.to_string().starts_with("`Taken` with shard=\"1\" was not registered: "));
    drop(pool);
}

#[test]
fn a_package_can_be_left_out() {
    let registry = Registry::new();
    let _pool = Pool::register(&registry, "orders").unwrap();
    registry.exclude_package("measurand-tests").unwrap();
    assert_eq!(scrape(&registry), "");
}

#[test]
fn a_sink_sees_families_by_name_and_series_by_value() {
    /// Notes what it is given.
    #[derive(Default)]
    struct Notes(Vec<String>);
    impl Sink for Notes {
        fn family(&mut self, family: &Descriptor) -> Flow {
            assert_eq!(family.location().package, "measurand-tests");
            assert!(family.location().file.ends_with("registry.rs"));
            self.0.push(format!("{} {:?}", family.name(), family.kind()));
            Flow::Continue
        }

        fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
            assert_eq!(matches!(point.value, Value::Counter(_)), family.kind() == Kind::Counter);
            let labels: Vec<_> = labels.iter().collect();
            self.0.push(format!("{labels:?}"));
            Flow::Continue
        }
    }
    let registry = Registry::new();
    let _pools = ["b", "a"].map(|name| Pool::register(&registry, name).unwrap());
    let mut notes = Notes::default();
    registry.gather(&mut notes);
    assert_eq!(
        notes.0,
        [
            "pool_idle Gauge",
            "[(\"pool\", \"a\")]",
            "[(\"pool\", \"b\")]",
            "pool_opened_total Counter",
            "[(\"pool\", \"a\")]",
            "[(\"pool\", \"b\")]",
        ]
    );
}

#[test]
fn a_sink_may_register_and_gather() {
    /// Registers while it is poured into.
    struct Nested(Registry);
    impl Sink for Nested {
        fn family(&mut self, _: &Descriptor) -> Flow {
            let pool = Pool::register(&self.0, "nested").unwrap();
            assert!(scrape(&self.0).contains("nested"));
            drop(pool);
            Flow::Continue
        }

        fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
            Flow::Continue
        }
    }
    let registry = Registry::new();
    let _pool = Pool::register(&registry, "outer").unwrap();
    registry.gather(&mut Nested(registry.clone()));
}

#[test]
fn a_label_may_be_called_as_the_parameter_before_it() {
    /// A cache of packages.
    #[derive(Metrics)]
    #[metrics(namespace = "packages", instance(registry: &str, r#loop: u8))]
    struct Packages {
        /// Packages cached.
        cached: Gauge,
    }
    let registry = Registry::new();
    let _packages = Packages::register(&registry, "mirror", 1).unwrap();
    assert_eq!(
        samples(&scrape(&registry), "packages_cached"),
        ["packages_cached{registry=\"mirror\",loop=\"1\"} 0"]
    );
}

/// Scrapes when it is dropped, as a connection that says good-bye might.
struct ScrapesAtTheEnd;

impl Drop for ScrapesAtTheEnd {
    fn drop(&mut self) {
        scrape(DROPPED_IN.get().unwrap());
    }
}

static DROPPED_IN: std::sync::OnceLock<Registry> = std::sync::OnceLock::new();

/// Has a field with a destructor that comes back to the registry.
#[derive(Metrics)]
#[metrics(namespace = "pool", instance(destructor: &str))]
struct WithDestructor {
    /// Connections opened.
    opened_total: Counter,
    #[metric(skip = ScrapesAtTheEnd)]
    _connection: ScrapesAtTheEnd,
}

#[test]
fn a_destructor_may_scrape_whether_or_not_it_was_registered() {
    let registry = DROPPED_IN.get_or_init(Registry::new);
    let first = WithDestructor::register(registry, "a").unwrap();
    let error = WithDestructor::register(registry, "a").err().unwrap();
    assert!(matches!(error, RegisterError::AlreadyRegistered(_)));
    drop(error);
    drop(first);
    // Another family of that name, so that the registration is refused and its instance dropped.
    let _pool = Pool::register(registry, "orders").unwrap();
    let error = WithDestructor::register(registry, "a").err().unwrap();
    assert!(matches!(error, RegisterError::Conflict { .. }), "{error}");
    let text = error.to_string();
    assert!(
        text.starts_with("`WithDestructor` with destructor=\"a\" was not registered: "),
        "{text}"
    );
    let source = error.source().unwrap().to_string();
    assert!(text.ends_with(&source) && source.contains("other label names"), "{source}");
}
