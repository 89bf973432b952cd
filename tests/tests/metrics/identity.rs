//! An instance is itself, wherever in memory it is: what comes where another one was is not that one.

use std::collections::BTreeMap;

use measurand::registry::Registered;
use measurand::runtime::{FamilyOptions, RuntimeFamily};
use measurand::{Counter, Family, Gauge, LabelSet, Metrics, Registry};
use measurand_tests::{Page, Random, in_time, usually_or_long};

#[derive(LabelSet, Clone, Copy)]
struct Shop<'a> {
    shop: &'a str,
}

/// A pool of connections.
#[derive(Metrics)]
#[metrics(namespace = "identity_pool", instance(pool: &str))]
struct Pool {
    /// Connections opened.
    opened_total: Counter,
    /// Sales.
    #[metric(max_series = 10)]
    sales_total: Family<Shop<'static>, Counter>,
}

/// As large as a family that is made at run time, so that one of them comes where another was.
#[derive(Metrics)]
#[metrics(namespace = "identity_cache", instance(pool: &str))]
struct Cache {
    /// Entries by shop.
    #[metric(max_series = 10)]
    entries_total: Family<Shop<'static>, Counter>,
}

/// Never registered with the others: it makes the package known before it is left out.
#[derive(Metrics)]
#[metrics(namespace = "identity_package", instance(name: &str))]
struct OfPackage {
    /// Anything.
    anything: Gauge,
}

/// What came and is still there.
enum Living {
    Pool(Registered<Pool>),
    Cache(Registered<Cache>),
    /// With the name of its family.
    RunTime(Registered<RuntimeFamily<Counter, 1>>),
}

/// Its name, and the samples that it must show.
struct Expected {
    name: String,
    own: u64,
    shops: BTreeMap<&'static str, u64>,
}

const SHOPS: [&str; 3] = ["north", "south", "east"];

impl Living {
    fn new(registry: &Registry, name: &str, kind: usize) -> Living {
        match kind {
            0 => Living::Pool(Pool::register(registry, name).expect("no other of that name")),
            1 => Living::Cache(Cache::register(registry, name).expect("no other of that name")),
            _ => {
                let options = FamilyOptions::new(family_name(name), "Of a test.").max_series(10);
                let family = options.register::<Counter, 1>(registry, ["shop"]);
                Living::RunTime(family.expect("no other of that name"))
            }
        }
    }

    fn update(&self, shop: &'static str, amount: u64, expected: &mut Expected) {
        *expected.shops.entry(shop).or_default() += amount;
        expected.own += amount;
        match self {
            Living::Pool(pool) => {
                pool.opened_total.inc_by(amount);
                pool.sales_total.with(Shop { shop }).inc_by(amount);
            }
            Living::Cache(cache) => {
                cache.entries_total.with(Shop { shop }).inc_by(amount);
            }
            Living::RunTime(family) => family.with([shop]).inc_by(amount),
        }
    }

    fn remove(&self, shop: &'static str, expected: &mut Expected) {
        expected.shops.remove(shop);
        match self {
            Living::Pool(pool) => pool.sales_total.remove(Shop { shop }),
            Living::Cache(cache) => cache.entries_total.remove(Shop { shop }),
            Living::RunTime(family) => family.remove([shop]),
        };
    }

    /// What must be on the page, and nothing besides.
    fn show(&self, expected: &Expected, is_excluded: bool, page: &mut BTreeMap<String, f64>) {
        let Expected { name, own, shops } = expected;
        let (metric, family) = match self {
            Living::Pool(_) => (Some("identity_pool_opened_total"), "identity_pool_sales_total"),
            Living::Cache(_) => (None, "identity_cache_entries_total"),
            Living::RunTime(_) => {
                // It is of no package, so it is not left out with one.
                for (shop, value) in shops {
                    let family = family_name(name);
                    page.insert(format!("{family}{{shop=\"{shop}\"}}"), *value as f64);
                }
                return;
            }
        };
        if is_excluded {
            return;
        }
        if let Some(metric) = metric {
            page.insert(format!("{metric}{{pool=\"{name}\"}}"), *own as f64);
        }
        for (shop, value) in shops {
            let labels = format!("pool=\"{name}\",shop=\"{shop}\"");
            page.insert(format!("{family}{{{labels}}}"), *value as f64);
        }
    }
}

/// Families that are made at run time have names of their own, and few of them, which come again.
fn family_name(name: &str) -> String {
    format!("identity_late_{name}_total")
}

/// Registers, updates, drops and scrapes at random; the page shows what is there, and only that.
fn come_and_go(is_excluded: bool, seed: u64) {
    const NAMES: usize = 12;
    let registry = Registry::new();
    if is_excluded {
        let package = OfPackage::register(&registry, "").unwrap();
        registry.exclude_package(env!("CARGO_PKG_NAME")).unwrap();
        drop(package);
    }
    let mut random = Random(seed);
    let mut living: BTreeMap<(usize, usize), (Living, Expected)> = BTreeMap::new();
    let mut amounts = 1..;
    for step in 0..usually_or_long(15_000, 1_000_000) {
        let key @ (kind, number) = (random.below(3), random.below(NAMES));
        let shop = SHOPS[random.below(SHOPS.len())];
        match random.below(8) {
            0..=2 if !living.contains_key(&key) => {
                let name = format!("n{number}");
                let one = Living::new(&registry, &name, kind);
                let mut expected = Expected { name, own: 0, shops: BTreeMap::new() };
                // Every value is another one, so that no series can be taken for another.
                one.update(shop, amounts.next().unwrap(), &mut expected);
                living.insert(key, (one, expected));
            }
            0..=2 => drop(living.remove(&key)),
            3 => {
                // The same again at once, most likely at the same address.
                if let Some((one, Expected { name, .. })) = living.remove(&key) {
                    drop(one);
                    let one = Living::new(&registry, &name, kind);
                    let mut expected = Expected { name, own: 0, shops: BTreeMap::new() };
                    one.update(shop, amounts.next().unwrap(), &mut expected);
                    living.insert(key, (one, expected));
                }
            }
            4 => {
                if let Some((one, expected)) = living.get_mut(&key) {
                    one.remove(shop, expected);
                }
            }
            5 => {
                let mut text = Vec::new();
                registry.encode_text_bytes(&mut text);
                let page = Page::parse(&text).unwrap();
                let mut shown = BTreeMap::new();
                for (one, expected) in living.values() {
                    one.show(expected, is_excluded, &mut shown);
                }
                let page: BTreeMap<_, _> =
                    page.iter().map(|(name, value)| (name.to_owned(), value)).collect();
                assert_eq!(page, shown, "step {step} of {seed}");
            }
            _ => {
                if let Some((one, expected)) = living.get_mut(&key) {
                    one.update(shop, amounts.next().unwrap(), expected);
                }
            }
        }
    }
    living.clear();
    let mut text = String::new();
    registry.encode_text(&mut text);
    assert_eq!(text, "");
}

#[test]
fn every_living_instance_shows_its_own_series_and_no_dead_one_any() {
    in_time(|| (1..=3).for_each(|seed| come_and_go(false, seed * 0x9e37_79b9)));
}

#[test]
fn instances_of_a_package_that_is_left_out_come_and_go_too() {
    in_time(|| (1..=3).for_each(|seed| come_and_go(true, seed * 0x9e37_79b9)));
}

#[test]
fn what_comes_and_goes_between_two_scrapes_leaves_the_others_as_they_are() {
    in_time(|| {
        let registry = Registry::new();
        let stays = Pool::register(&registry, "stays").unwrap();
        stays.opened_total.inc_by(7);
        let scrape = || {
            let mut text = Vec::new();
            registry.encode_text_bytes(&mut text);
            Page::parse(&text).unwrap()
        };
        scrape();
        for round in 0..usually_or_long(300, 10_000_u64) {
            // Many at a time, so that some of them come where others were.
            for number in 0..round % 40 {
                let pool = Pool::register(&registry, &format!("n{number}")).unwrap();
                pool.opened_total.inc_by(1_000);
                pool.sales_total.with(Shop { shop: "north" }).inc_by(1_000);
            }
            let last = Pool::register(&registry, "last").unwrap();
            last.opened_total.inc_by(round);
            let page = scrape();
            let shown: Vec<_> = page.starting("identity_pool_opened_total").collect();
            let expected = [
                ("identity_pool_opened_total{pool=\"last\"}", round as f64),
                ("identity_pool_opened_total{pool=\"stays\"}", 7.0),
            ];
            assert_eq!(shown, expected, "round {round}");
            assert_eq!(page.sum("identity_pool_sales_total"), 0.0, "round {round}");
        }
    });
}
