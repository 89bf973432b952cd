//! What leaves a registry because somebody says so, and what is there already.

use measurand::registry::{Collector, Point, Points, RegisterError};
use measurand::runtime::{FamilyOptions, RegisterFamilyError};
use measurand::unit::Seconds;
use measurand::{Calls, Counter, Descriptor, Family, Histogram, LabelValue, Metrics, Registry};
use measurand_tests::{Page, sample, samples};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    Page::parse(text.as_bytes()).unwrap();
    text
}

#[derive(LabelValue, Clone, Copy)]
enum Color {
    Red,
    #[allow(dead_code, reason = "one that is never counted")]
    Green,
}

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

/// A static struct with rows of every sort.
#[derive(Metrics)]
#[metrics(namespace = "leaving", unlinked, global = LEAVING)]
struct Leaving {
    /// Things.
    things_total: Counter,
    /// Things by color.
    colors_total: Family<Color, Counter>,
    /// Time to wait, by tenant.
    #[metric(max_series = 5_000, buckets = [1.0])]
    wait_seconds: Family<Tenant<'static>, Histogram<Seconds>>,
    /// Calls.
    visit: Calls,
}

/// The same things once more.
#[derive(Metrics)]
#[metrics(namespace = "leaving", local)]
struct Staying {
    /// Things.
    things_total: Counter,
    /// Time to wait, by tenant.
    #[metric(max_series = 5_000, buckets = [1.0])]
    wait_seconds: Family<Tenant<'static>, Histogram<Seconds>>,
}

/// A pool.
#[derive(Metrics)]
#[metrics(namespace = "leaving_pool", instance(pool: &str))]
struct Pool {
    /// Connections opened.
    opened_total: Counter,
    /// Uses by tenant.
    #[metric(max_series = 10)]
    uses_total: Family<Tenant<'static>, Counter>,
}

/// Gives one gauge.
struct Gives(Descriptor);

impl Gives {
    fn new(name: &str, labels: &[&str]) -> Gives {
        let family = Descriptor::gauge(name, "Of a test.").labels(labels.iter().copied());
        Gives(family.build().unwrap())
    }
}

impl Collector for Gives {
    fn describe(&self) -> Vec<Descriptor> {
        vec![self.0.clone()]
    }

    fn collect(&self, points: &mut Points<'_>) {
        let values = vec!["x"; self.0.label_names().len()];
        points.push(&self.0, &values, Point::gauge(1));
    }
}

#[test]
fn an_instance_leaves_at_once_though_there_are_clones() {
    let registry = Registry::new();
    let pool = Pool::register(&registry, "a").unwrap();
    pool.uses_total.with(Tenant("t")).inc();
    let clone = pool.clone();
    assert_eq!(samples(&scrape(&registry), "leaving_pool").len(), 2);
    assert!(!pool.unregister());
    assert_eq!(scrape(&registry), "");
    // It may be used still, and another one may come in its place.
    clone.opened_total.inc();
    clone.uses_total.with(Tenant("t")).inc();
    let other = Pool::register(&registry, "a").unwrap();
    other.opened_total.inc_by(5);
    assert_eq!(
        samples(&scrape(&registry), "leaving_pool"),
        ["leaving_pool_opened_total{pool=\"a\"} 5"]
    );
    // Whose place it is does not change when the old one goes.
    assert!(clone.unregister());
    assert_eq!(samples(&scrape(&registry), "leaving_pool").len(), 1);
    assert!(other.unregister());
    assert_eq!(scrape(&registry), "");
}

#[test]
fn families_and_collectors_leave_at_once_too() {
    let registry = Registry::new();
    let options = FamilyOptions::new("leaving_made_total", "Of a test.").max_series(10);
    let family = options.register::<Counter, 1>(&registry, ["a"]).unwrap();
    family.with(["x"]).inc();
    let lone = FamilyOptions::new("leaving_lone_total", "Of a test.");
    let lone = lone.register_unlabelled::<Counter>(&registry).unwrap();
    let collector = registry.register_collector(Gives::new("leaving_given", &[])).unwrap();
    assert_eq!(samples(&scrape(&registry), "leaving").len(), 3);
    let clones = (family.clone(), lone.clone(), collector.clone());
    assert!(!family.unregister() && !lone.unregister() && !collector.unregister());
    assert_eq!(scrape(&registry), "");
    assert!(clones.0.unregister() && clones.1.unregister() && clones.2.unregister());
    assert_eq!(scrape(&registry), "");
}

#[test]
fn a_static_struct_leaves_a_registry_with_all_of_its_series() {
    for tenant in 0..2_000 {
        LEAVING.wait_seconds.with(Tenant(&tenant.to_string())).observe(Seconds::from_f64(1.0));
    }
    let registry = Registry::new();
    Leaving::register(&registry).unwrap();
    Staying::register(&registry).unwrap();
    let staying = Staying::global();
    staying.things_total.inc_by(1_000);
    for tenant in (1_000..3_000).step_by(2) {
        staying.wait_seconds.with(Tenant(&tenant.to_string())).observe(Seconds::from_f64(1.0));
    }
    for _ in 0..2 {
        LEAVING.things_total.inc();
        let both = scrape(&registry);
        assert!(sample(&both, "leaving_things_total") > 1_000.0);
        assert_eq!(samples(&both, "leaving_wait_seconds_sum").len(), 2_500);
        assert_eq!(sample(&both, "leaving_wait_seconds_count{tenant=\"1002\"}"), 2.0);
        assert_eq!(samples(&both, "leaving_colors_total").len(), 2);
        assert!(samples(&both, "leaving_visit").len() > 2, "{both}");

        assert!(registry.unregister(&LEAVING));
        assert!(!registry.unregister(&LEAVING));
        let one = scrape(&registry);
        assert_eq!(sample(&one, "leaving_things_total"), 1_000.0);
        assert_eq!(samples(&one, "leaving_wait_seconds_sum").len(), 1_000);
        assert_eq!(sample(&one, "leaving_wait_seconds_count{tenant=\"1002\"}"), 1.0);
        assert_eq!(samples(&one, "leaving_colors_total").len(), 0);
        assert_eq!(samples(&one, "leaving_visit").len(), 0);
        // What it counts and has meanwhile comes back with it.
        assert_eq!(LEAVING.colors_total.with(Color::Red).get(), 0);
        Leaving::register(&registry).unwrap();
    }
    // Who is not there, or not a static, is not taken out.
    assert!(!Registry::new().unregister(&LEAVING));
    let leaked = Pool::register(&registry, "leaked").unwrap().leak();
    assert!(!registry.unregister(leaked));
    // And what never was scraped.
    let unseen = Registry::new();
    Leaving::register(&unseen).unwrap();
    assert!(unseen.unregister(&LEAVING));
    assert_eq!(scrape(&unseen), "");
}

#[test]
fn a_static_struct_leaves_the_view_that_it_is_taken_out_of() {
    let registry = Registry::new();
    let view = |shard| registry.with_label("shard", shard).unwrap();
    Staying::register(&view("7")).unwrap();
    Staying::register(&view("8")).unwrap();
    let things = |page: &str| samples(page, "leaving_things_total").len();
    assert_eq!(things(&scrape(&registry)), 2);
    assert!(!registry.unregister(Staying::global()));
    assert!(view("7").unregister(Staying::global()));
    let page = scrape(&registry);
    assert!(things(&page) == 1 && !page.contains("shard=\"7\""), "{page}");
    assert!(view("8").unregister(Staying::global()));
    assert_eq!(scrape(&registry), "");
}

#[test]
fn what_was_left_out_for_its_sake_has_its_place_then() {
    let registry = Registry::new();
    Staying::register(&registry).unwrap();
    let other = Descriptor::counter("leaving_things_total", "Otherwise.").build().unwrap();
    struct Given(Descriptor);
    impl Collector for Given {
        fn collect(&self, points: &mut Points<'_>) {
            points.push(&self.0, &[], Point::counter(7_u8));
        }
    }
    registry.register_collector(Given(other)).unwrap().leak();
    assert!(registry.validate().is_err());
    assert!(registry.unregister(Staying::global()));
    assert_eq!(sample(&scrape(&registry), "leaving_things_total"), 7.0);
    registry.validate().unwrap();
}

#[test]
fn what_is_there_already_is_handed_back() {
    let registry = Registry::new();
    // A static struct is there once, which is what was asked for.
    Staying::register(&registry).unwrap();
    Staying::register(&registry).unwrap();
    assert_eq!(samples(&scrape(&registry), "leaving_things_total").len(), 1);

    let pool = Pool::register(&registry, "a").unwrap();
    pool.opened_total.inc();
    let Err(RegisterError::AlreadyRegistered(same)) = Pool::register(&registry, "a") else {
        panic!("it is there already")
    };
    assert_eq!(same.opened_total.get(), 1);

    let family = || {
        let options = FamilyOptions::new("leaving_made_total", "Of a test.").max_series(10);
        options.register::<Counter, 1>(&registry, ["a"])
    };
    let made = family().unwrap();
    made.with(["x"]).inc();
    let Err(RegisterFamilyError::Register(RegisterError::AlreadyRegistered(same))) = family()
    else {
        panic!("it is there already")
    };
    assert_eq!(same.with(["x"]).get(), 1);

    let lone = registry.register_collector(Gives::new("leaving_given", &[])).unwrap();
    let error = registry.register_collector(Gives::new("leaving_given", &[])).unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("collector `Gives` is registered already: use the existing one"),
        "{text}"
    );
    let RegisterError::AlreadyRegistered(same) = error else { panic!("{error}") };
    drop(lone);
    assert_eq!(sample(&scrape(&registry), "leaving_given"), 1.0);
    drop(same);
    let _again = registry.register_collector(Gives::new("leaving_given", &[])).unwrap();
}

#[test]
fn collectors_of_one_type_that_may_give_other_series_are_several() {
    let registry = Registry::new();
    // By their labels, their families, their views and their types.
    let _one = registry.register_collector(Gives::new("leaving_labelled", &["a"])).unwrap();
    let _two = registry.register_collector(Gives::new("leaving_labelled", &["a"])).unwrap();
    let _three = registry.register_collector(Gives::new("leaving_given", &[])).unwrap();
    let _four = registry.register_collector(Gives::new("leaving_other", &[])).unwrap();
    let view = registry.with_prefix("view").unwrap();
    let _five = view.register_collector(Gives::new("leaving_given", &[])).unwrap();
    struct Other(Gives);
    impl Collector for Other {
        fn describe(&self) -> Vec<Descriptor> {
            self.0.describe()
        }
        fn collect(&self, _: &mut Points<'_>) {}
    }
    let _six = registry.register_collector(Other(Gives::new("leaving_given", &[]))).unwrap();
    assert_eq!(samples(&scrape(&registry), "leaving_labelled").len(), 1);
    assert_eq!(sample(&scrape(&registry), "view_leaving_given"), 1.0);
}
