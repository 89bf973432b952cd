//! What is a user's is dropped and called without a lock: a destructor, a sink, a logger or a closure
//! may come back to the registry, and even wait for another thread that does.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

use measurand::registry::{Flow, Labels, Point, RegisterError, Registered, Sink};
use measurand::runtime::{FamilyOptions, RuntimeFamily};
use measurand::{
    Counter, Descriptor, Family, Gauge, Histogram, InProgress, LabelSet, Metrics, Registry,
};
use measurand_tests::{Page, in_time, samples};

/// Does something when it is dropped.
struct OnDrop(Mutex<Option<Box<dyn FnOnce() + Send>>>);

impl OnDrop {
    const fn new() -> OnDrop {
        OnDrop(Mutex::new(None))
    }

    /// What it does, instead of what its thread says.
    fn set(&self, work: impl FnOnce() + Send + 'static) {
        *self.0.lock().unwrap() = Some(Box::new(work));
    }

    fn of(work: impl FnOnce() + Send + 'static) -> OnDrop {
        let on_drop = OnDrop::new();
        on_drop.set(work);
        on_drop
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        match self.0.get_mut().unwrap().take() {
            Some(work) => work(),
            None => {
                let work = UNSET.with_borrow(Clone::clone);
                work.iter().for_each(|work| work());
            }
        }
    }
}

thread_local! {
    /// What those do that nobody could tell: their registration was refused.
    static UNSET: RefCell<Option<Rc<dyn Fn()>>> = const { RefCell::new(None) };
}

#[derive(LabelSet, Clone, Copy)]
struct Shop<'a> {
    shop: &'a str,
}

/// Has data of a user.
#[derive(Metrics)]
#[metrics(namespace = "dropped", instance(name: &str))]
struct Owner {
    /// Things.
    things_total: Counter,
    /// Sales.
    #[metric(max_series = 5)]
    sales_total: Family<Shop<'static>, Counter>,
    #[metric(skip = OnDrop::new())]
    data: OnDrop,
}

/// Has a family of nearly the same name as one of `Owner`, and data of a user.
#[derive(Metrics)]
#[metrics(namespace = "dropped", instance(other: &str))]
struct Rival {
    /// Things.
    things: Gauge,
    #[metric(skip = OnDrop::new())]
    _data: OnDrop,
}

/// What destructors use.
#[derive(Metrics)]
#[metrics(namespace = "dropped_used", instance(name: &str))]
struct Used {
    /// Things.
    things_total: Counter,
    /// A level.
    level: Gauge,
    /// Ones.
    #[metric(buckets = [1])]
    ones: Histogram,
    /// Running now.
    running: InProgress,
    /// Sales.
    #[metric(max_series = 5)]
    sales_total: Family<Shop<'static>, Counter>,
}

/// Counted in statics too.
#[derive(Metrics)]
#[metrics(namespace = "dropped_static", local)]
struct Statics {
    /// Things.
    things_total: Counter,
    /// Sales.
    #[metric(max_series = 5)]
    sales_total: Family<Shop<'static>, Counter>,
}

static CALLS: AtomicU64 = AtomicU64::new(0);

/// Does everything that can be done to a registry.
fn do_everything(registry: &Registry) {
    let name = format!("n{}", CALLS.fetch_add(1, Ordering::Relaxed));
    let scrape = || registry.encode_text(&mut String::new());
    scrape();
    let used = Used::register(registry, &name).unwrap();
    used.things_total.inc();
    used.level.set(1.0);
    used.ones.observe(1);
    used.sales_total.with(Shop { shop: "north" }).inc();
    used.sales_total.clear();
    let running = used.running.start();
    scrape();
    drop(running);
    let clone = used.clone();
    drop(used);
    drop(clone);
    let options = FamilyOptions::new(format!("dropped_late_{name}_total"), "Of a test.");
    let family = options.max_series(5).register::<Counter, 1>(registry, ["a"]).unwrap();
    family.with(["x"]).inc();
    scrape();
    drop(family);
    Statics::global().things_total.inc();
    let sales = &Statics::global().sales_total;
    sales.with(Shop { shop: "north" }).inc();
    sales.remove_where(|_| true);
    registry.validate().unwrap();
    scrape();
}

/// Does it here, and in another thread while this one waits: a lock that the same thread may take
/// twice would not be enough.
fn do_everything_twice(registry: &Registry) {
    do_everything(registry);
    thread::scope(|scope| {
        scope.spawn(|| do_everything(registry));
    });
}

/// How often something was dropped.
#[derive(Clone, Default)]
struct Drops(Arc<AtomicU64>);

impl Drops {
    /// What does everything, and is counted once it has done it.
    fn busy(&self, registry: &Registry) -> impl Fn() + Send + use<> {
        let (drops, registry) = (self.clone(), registry.clone());
        move || {
            do_everything_twice(&registry);
            drops.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    Page::parse(text.as_bytes()).unwrap();
    text
}

/// Registers one that is busy when it is dropped.
fn register_busy(registry: &Registry, name: &str, drops: &Drops) -> Registered<Owner> {
    let owner = Owner::register(registry, name).unwrap();
    owner.data.set(drops.busy(registry));
    owner.things_total.inc();
    owner.sales_total.with(Shop { shop: "north" }).inc();
    owner
}

#[test]
fn an_instance_is_dropped_without_a_lock_whenever_it_came() {
    in_time(|| {
        let (registry, drops) = (Registry::new(), Drops::default());
        // Before the first scrape.
        drop(register_busy(&registry, "a", &drops));
        scrape(&registry);
        // Between two scrapes, alone and beside one that stays.
        drop(register_busy(&registry, "b", &drops));
        let stays = register_busy(&registry, "c", &drops);
        drop(register_busy(&registry, "d", &drops));
        scrape(&registry);
        // Known to a scrape.
        let known = register_busy(&registry, "e", &drops);
        scrape(&registry);
        drop(known);
        scrape(&registry);
        // More than are put off until the next scrape.
        let many: Vec<_> =
            (0..100).map(|n| register_busy(&registry, &format!("m{n}"), &drops)).collect();
        drop(many);
        let shown = scrape(&registry);
        assert_eq!(samples(&shown, "dropped_things_total"), ["dropped_things_total{name=\"c\"} 1"]);
        drop(stays);
        assert_eq!(scrape(&registry), "");
        assert_eq!(drops.get(), 105);
    });
}

#[test]
fn an_instance_of_a_package_that_is_left_out_is_dropped_without_a_lock() {
    in_time(|| {
        let (registry, drops) = (Registry::new(), Drops::default());
        let first = register_busy(&registry, "a", &drops);
        registry.exclude_package(env!("CARGO_PKG_NAME")).unwrap();
        scrape(&registry);
        drop(register_busy(&registry, "b", &drops));
        let known = register_busy(&registry, "c", &drops);
        scrape(&registry);
        drop((first, known));
        scrape(&registry);
        drop(register_busy(&registry, "d", &drops));
        scrape(&registry);
        // Whoever is left out is still let go of, without waiting for the end of the registry.
        assert_eq!(drops.get(), 4);
    });
}

#[test]
fn what_is_refused_is_dropped_without_a_lock() {
    in_time(|| {
        let (registry, drops) = (Registry::new(), Drops::default());
        let busy: Rc<dyn Fn()> = Rc::new(drops.busy(&registry));
        let owner = Owner::register(&registry, "a").unwrap();
        owner.data.set(|| ());
        UNSET.set(Some(busy.clone()));
        for is_gathered in [false, true] {
            let error = Owner::register(&registry, "a").err().unwrap();
            assert!(matches!(error, RegisterError::AlreadyRegistered(_)), "{error}");
            drop(error);
            let error = Rival::register(&registry, "a").err().unwrap();
            assert!(matches!(error, RegisterError::Conflict { .. }), "{error}");
            assert_eq!(drops.get(), if is_gathered { 4 } else { 2 });
            scrape(&registry);
        }
        drop(owner);

        // A label of the registry's own.
        let labelled = Registry::new();
        labelled.set_label("other", "x").unwrap();
        let error = Rival::register(&labelled, "a").err().unwrap();
        assert!(matches!(error, RegisterError::LabelTaken { .. }), "{error}");
        assert_eq!(drops.get(), 5);
        UNSET.set(None);
    });
}

#[test]
fn the_last_that_an_error_holds_is_dropped_without_a_lock() {
    in_time(|| {
        let (registry, drops) = (Registry::new(), Drops::default());
        let owner = register_busy(&registry, "a", &drops);
        UNSET.set(Some(Rc::new(|| ())));
        let error = Owner::register(&registry, "a").err().unwrap();
        drop(owner);
        scrape(&registry);
        assert_eq!(drops.get(), 0);
        drop(error);
        scrape(&registry);
        assert_eq!(drops.get(), 1);
        UNSET.set(None);
    });
}

#[test]
fn a_registry_may_go_before_its_instances_and_with_them() {
    in_time(|| {
        let (other, drops) = (Registry::new(), Drops::default());
        // Its instances are still there; they come back to another registry.
        let mut registry = Registry::new();
        let first = Owner::register(&registry, "a").unwrap();
        first.data.set(drops.busy(&other));
        scrape(&registry);
        registry = Registry::new();
        drop(first);
        assert_eq!(drops.get(), 1);

        // An instance keeps a clone of its own registry.
        let second = Owner::register(&registry, "b").unwrap();
        second.data.set(drops.busy(&registry));
        drop(second);
        scrape(&registry);
        assert_eq!(drops.get(), 2);
    });
}

/// Drops and does everything at each family and each series.
struct DropsWhilePoured {
    registry: Registry,
    owners: Vec<Registered<Owner>>,
    families: Vec<Registered<RuntimeFamily<Counter, 1>>>,
    seen: usize,
}

impl Sink for DropsWhilePoured {
    fn family(&mut self, _: &Descriptor) -> Flow {
        drop(self.families.pop());
        drop(self.owners.pop());
        self.seen += 1;
        Flow::Continue
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        drop(self.owners.pop());
        do_everything_twice(&self.registry);
        Flow::Continue
    }
}

#[test]
fn a_sink_may_drop_instances_and_come_back() {
    in_time(|| {
        let (registry, drops) = (Registry::new(), Drops::default());
        let owners: Vec<_> =
            (0..20).map(|n| register_busy(&registry, &format!("n{n}"), &drops)).collect();
        let families = ["dropped_first_total", "dropped_second_total"].map(|name| {
            let options = FamilyOptions::new(name, "Of a test.").max_series(5);
            let family = options.register::<Counter, 1>(&registry, ["a"]).unwrap();
            family.with(["x"]).inc();
            family
        });
        let mut sink = DropsWhilePoured {
            registry: registry.clone(),
            owners,
            families: families.into(),
            seen: 0,
        };
        registry.gather(&mut sink);
        // The page is of one moment: what goes meanwhile is still on it.
        assert_eq!(sink.seen, 4);
        drop(sink);
        assert_eq!(scrape(&registry), "");
        assert_eq!(drops.get(), 20);
    });
}

#[test]
fn a_sink_that_panics_leaves_the_registry_as_it_was() {
    struct Panics;
    impl Sink for Panics {
        fn family(&mut self, _: &Descriptor) -> Flow {
            Flow::Continue
        }

        fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
            std::panic::resume_unwind(Box::new("on purpose"));
        }
    }
    in_time(|| {
        let (registry, drops) = (Registry::new(), Drops::default());
        let owner = register_busy(&registry, "a", &drops);
        for _ in 0..3 {
            catch_unwind(AssertUnwindSafe(|| registry.gather(&mut Panics))).unwrap_err();
            do_everything_twice(&registry);
            let shown = scrape(&registry);
            assert_eq!(
                samples(&shown, "dropped_things_total"),
                ["dropped_things_total{name=\"a\"} 1"]
            );
        }
        drop(owner);
        assert_eq!(scrape(&registry), "");
    });
}

#[test]
fn a_destructor_that_panics_takes_nothing_with_it() {
    in_time(|| {
        let registry = Registry::new();
        let stays = Owner::register(&registry, "stays").unwrap();
        stays.data.set(|| ());
        let drops = Drops::default();
        let panicking = |name: &str| {
            let owner = Owner::register(&registry, name).unwrap();
            let drops = drops.clone();
            owner.data.set(move || {
                drops.0.fetch_add(1, Ordering::Relaxed);
                std::panic::resume_unwind(Box::new("on purpose"));
            });
            owner.things_total.inc();
            owner
        };
        for round in 0..20 {
            let owner = panicking("panics");
            if round % 2 == 0 {
                scrape(&registry);
            }
            // The panic comes out of the drop or of a scrape behind it, and no second time.
            let _ = catch_unwind(AssertUnwindSafe(|| drop(owner)));
            for _ in 0..3 {
                if drops.get() == round {
                    let _ = catch_unwind(AssertUnwindSafe(|| scrape(&registry)));
                }
            }
            assert_eq!(drops.get(), round + 1);
            do_everything_twice(&registry);
            let shown = scrape(&registry);
            assert_eq!(
                samples(&shown, "dropped_things_total"),
                ["dropped_things_total{name=\"stays\"} 0"]
            );
        }
        // A registration that is refused, too.
        UNSET.set(Some(Rc::new(|| std::panic::resume_unwind(Box::new("on purpose")))));
        let _ = catch_unwind(AssertUnwindSafe(|| drop(Owner::register(&registry, "stays"))));
        let _ = catch_unwind(AssertUnwindSafe(|| drop(Rival::register(&registry, "a"))));
        UNSET.set(None);
        do_everything_twice(&registry);
        let shown = scrape(&registry);
        assert_eq!(
            samples(&shown, "dropped_things_total"),
            ["dropped_things_total{name=\"stays\"} 0"]
        );
    });
}

/// Labels that do everything when they are dropped.
#[derive(LabelSet)]
struct Noisy<'a> {
    shop: &'a str,
    #[label(skip)]
    registry: &'a Registry,
}

impl Drop for Noisy<'_> {
    fn drop(&mut self) {
        do_everything_twice(self.registry);
    }
}

/// Of noisy labels.
#[derive(Metrics)]
#[metrics(namespace = "noisy", instance(name: &str))]
struct NoisyOwner {
    /// Sales.
    #[metric(max_series = 2)]
    sales_total: Family<Noisy<'static>, Counter>,
    /// Ones.
    #[metric(max_series = 2, buckets = [1])]
    ones: Family<Noisy<'static>, Histogram>,
    /// Running now.
    #[metric(max_series = 2)]
    running: Family<Noisy<'static>, InProgress>,
}

#[test]
fn labels_are_dropped_without_a_lock() {
    in_time(|| {
        let registry = &Registry::new();
        let owner = NoisyOwner::register(registry, "a").unwrap();
        // More than there may be series, so that `__other__` is made too.
        for shop in ["a", "b", "c", "d", "a"] {
            let labels = || Noisy { shop, registry };
            owner.sales_total.with(labels()).inc();
            owner.ones.with(labels()).observe(1);
            drop(owner.running.with(labels()).keep().start());
            assert_eq!(owner.running.with(labels()).get(), 0);
        }
        let shown = scrape(registry);
        assert_eq!(samples(&shown, "noisy_sales_total").len(), 3, "{shown}");
        assert!(owner.sales_total.remove(Noisy { shop: "a", registry }));
        assert!(!owner.sales_total.remove(Noisy { shop: "none", registry }));
    });
}

#[test]
fn closures_are_called_and_dropped_without_a_lock() {
    in_time(|| {
        let (registry, drops) = (Registry::new(), Drops::default());
        let owner = Owner::register(&registry, "a").unwrap();
        owner.data.set(|| ());
        let sales = &owner.sales_total;
        let update = || ["a", "b", "c"].map(|shop| sales.with(Shop { shop }).inc());
        update();
        scrape(&registry);

        // What picks series changes the family that it picks from.
        let captured = OnDrop::of(drops.busy(&registry));
        let removed = sales.remove_where(|labels| {
            let _ = &captured;
            sales.with(Shop { shop: "d" }).inc();
            sales.remove(Shop { shop: "c" });
            do_everything_twice(&registry);
            labels.get("shop") == Some("a")
        });
        assert_eq!(removed, 1);
        drop(captured);
        assert_eq!(sales.with(Shop { shop: "a" }).get(), 0);
        assert_eq!(drops.get(), 1);

        update();
        let mut sum = 0;
        sales.for_each(|_, series| {
            do_everything_twice(&registry);
            sum += series.get();
            sales.clear();
        });
        assert!(sum > 0);
        assert!(!scrape(&registry).contains("dropped_sales_total{"));

        // One that panics leaves the family as it is.
        update();
        let panics = |_: &Labels<'_>| -> bool { std::panic::resume_unwind(Box::new("on purpose")) };
        catch_unwind(AssertUnwindSafe(|| sales.remove_where(panics))).unwrap_err();
        update();
        do_everything_twice(&registry);
        let shown = scrape(&registry);
        assert_eq!(samples(&shown, "dropped_sales_total").len(), 3, "{shown}");
        assert_eq!(sales.with(Shop { shop: "a" }).get(), 2);
    });
}

/// The first by its place.
#[derive(Metrics)]
#[metrics(namespace = "dropped_clash", local)]
struct Clashing {
    /// Things.
    things_total: Counter,
}

/// The same name, another kind.
#[derive(Metrics)]
#[metrics(namespace = "dropped_clash", local)]
struct Clashes {
    /// Things.
    things: Gauge,
}

/// Does everything to the global registry.
struct Logger;

static LOGGED: AtomicU64 = AtomicU64::new(0);

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        if record.args().to_string().contains("dropped_clash_things") {
            LOGGED.fetch_add(1, Ordering::Relaxed);
        }
        let registry = Registry::global();
        let everything = || {
            let name = format!("n{}", CALLS.fetch_add(1, Ordering::Relaxed));
            let used = Used::register(registry, &name).unwrap();
            used.sales_total.with(Shop { shop: "north" }).inc();
            scrape(registry);
            drop(used);
            scrape(registry);
        };
        everything();
        thread::scope(|scope| {
            scope.spawn(everything);
        });
    }

    fn flush(&self) {}
}

#[test]
fn a_logger_is_called_without_a_lock() {
    in_time(|| {
        log::set_logger(&Logger).unwrap();
        log::set_max_level(log::LevelFilter::Trace);
        Clashing::global().things_total.inc();
        Clashes::global().things.set(1.0);
        let drops = Drops::default();
        let registry = Registry::global();
        drop(register_busy_in_global(registry, &drops));
        for _ in 0..3 {
            scrape(registry);
        }
        assert_eq!(LOGGED.load(Ordering::Relaxed), 1);
        assert_eq!(drops.get(), 1);
    });
}

/// Its destructor scrapes; the clash would fail what validates.
fn register_busy_in_global(registry: &'static Registry, drops: &Drops) -> Registered<Owner> {
    let owner = Owner::register(registry, "global").unwrap();
    let drops = drops.clone();
    owner.data.set(move || {
        scrape(registry);
        thread::scope(|scope| {
            scope.spawn(|| scrape(registry));
        });
        drops.0.fetch_add(1, Ordering::Relaxed);
    });
    owner
}
