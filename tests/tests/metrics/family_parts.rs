//! Families in several parts: instances, registries, equal declarations, and a page that is kept
//! up to date while series come and go.

use std::collections::BTreeMap;

use measurand::registry::{Flow, Labels, Point, Registered, Sink, Value};
use measurand::{Counter, Descriptor, Family, LabelSet, LabelValue, Metrics, Registry};
use measurand_tests::{sample, samples, usually_or_long};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

#[derive(LabelSet, Clone, Copy)]
struct Shop<'a> {
    shop: &'a str,
}

const fn shop(shop: &str) -> Shop<'_> {
    Shop { shop }
}

/// What customers pay with.
#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

/// A till.
#[derive(Metrics)]
#[metrics(namespace = "till", instance(till: &str), const_labels(version = "1"))]
struct Till {
    /// Sales.
    #[metric(max_series = 2)]
    sales_total: Family<Shop<'static>, Counter>,
    /// Receipts.
    receipts_total: Family<Tender, Counter>,
}

#[test]
fn each_instance_has_series_of_its_own_which_leave_with_it() {
    let registry = Registry::new();
    registry.set_label("shard", "7").unwrap();
    let first = Till::register(&registry, "1").unwrap();
    let second = Till::register(&registry, "2").unwrap();
    second.sales_total.with(shop("a")).inc_by(2);
    first.sales_total.with(shop("b")).inc_by(3);
    first.sales_total.with(shop("a")).inc();
    second.receipts_total.with(Tender::Card).inc();
    let expected = [
        "till_sales_total{till=\"1\",shop=\"a\",version=\"1\",shard=\"7\"} 1",
        "till_sales_total{till=\"1\",shop=\"b\",version=\"1\",shard=\"7\"} 3",
        "till_sales_total{till=\"2\",shop=\"a\",version=\"1\",shard=\"7\"} 2",
    ];
    assert_eq!(samples(&scrape(&registry), "till_sales_total"), expected);
    // Each has a limit of its own.
    second.sales_total.with(shop("c")).inc();
    second.sales_total.with(shop("d")).inc();
    first.sales_total.with(shop("d")).inc();
    let text = scrape(&registry);
    let overflow = "measurand_overflow_updates_total{family=\"till_sales_total\",shard=\"7\"}";
    assert_eq!(sample(&text, overflow), 2.0);
    assert_eq!(samples(&text, "till_sales_total").len(), 6);

    let clone = first.clone();
    drop(first);
    assert_eq!(samples(&scrape(&registry), "till_sales_total{till=\"1\"").len(), 3);
    drop(clone);
    let text = scrape(&registry);
    assert_eq!(samples(&text, "till_sales_total{till=\"1\"").len(), 0);
    assert_eq!(samples(&text, "till_sales_total{till=\"2\"").len(), 3);
    let expected = [
        "till_receipts_total{till=\"2\",tender=\"card\",version=\"1\",shard=\"7\"} 1",
        "till_receipts_total{till=\"2\",tender=\"cash\",version=\"1\",shard=\"7\"} 0",
    ];
    assert_eq!(samples(&text, "till_receipts_total"), expected);
    drop(second);
    assert_eq!(scrape(&registry), "");
    let again = Till::register(&registry, "1").unwrap();
    again.sales_total.with(shop("a")).inc();
    assert_eq!(
        samples(&scrape(&registry), "till_sales_total"),
        ["till_sales_total{till=\"1\",shop=\"a\",version=\"1\",shard=\"7\"} 1"]
    );
}

#[test]
fn two_registries_show_the_series_of_one_static_struct() {
    /// Shared.
    #[derive(Metrics)]
    #[metrics(namespace = "shared", local)]
    struct Shared {
        /// Sales.
        #[metric(max_series = 5)]
        sales_total: Family<Shop<'static>, Counter>,
        /// Receipts.
        receipts_total: Family<Tender, Counter>,
    }
    let registries = [Registry::new(), Registry::new()];
    Shared::register(&registries[0]).unwrap();
    let shared = Shared::global();
    shared.sales_total.with(shop("a")).inc();
    scrape(&registries[0]);
    Shared::register(&registries[1]).unwrap();
    shared.sales_total.with(shop("b")).inc();
    shared.receipts_total.with(Tender::Cash).inc();
    for _ in 0..3 {
        let [first, second] = [0, 1].map(|index| scrape(&registries[index]));
        assert_eq!(first, second);
        assert_eq!(samples(&first, "shared_").len(), 4);
    }
    shared.sales_total.remove(shop("a"));
    for registry in &registries {
        let text = scrape(registry);
        assert_eq!(samples(&text, "shared_sales_total"), ["shared_sales_total{shop=\"b\"} 1"]);
    }
}

mod equal {
    use super::{Shop, Tender};
    use measurand::{Counter, Family, Histogram, Metrics};

    /// A shop by its name and street.
    #[derive(measurand::LabelValue)]
    #[label(name = "shop")]
    pub(super) struct Name(pub(super) String);

    /// The first.
    #[derive(Metrics)]
    #[metrics(namespace = "equal", local)]
    pub(super) struct First {
        /// Sales.
        #[metric(max_series = 3)]
        pub(super) sales_total: Family<Shop<'static>, Counter>,
        /// Receipts.
        pub(super) receipts_total: Family<Tender, Counter>,
        /// Amounts.
        #[metric(max_series = 3, buckets = [1])]
        pub(super) amounts: Family<Shop<'static>, Histogram>,
    }

    /// The same families, and another limit.
    #[derive(Metrics)]
    #[metrics(namespace = "equal", local)]
    pub(super) struct Second {
        /// Sales.
        #[metric(max_series = 5)]
        pub(super) sales_total: Family<Name, Counter>,
        /// Receipts.
        pub(super) receipts_total: Family<Tender, Counter>,
        /// Amounts.
        #[metric(max_series = 5, buckets = [1])]
        pub(super) amounts: Family<Name, Histogram>,
    }

    /// The same labels, all of whose values are known.
    #[derive(Metrics)]
    #[metrics(namespace = "equal", local)]
    pub(super) struct Third {
        /// Sales.
        pub(super) sales_total: Family<Known, Counter>,
    }

    #[derive(measurand::LabelValue)]
    #[label(name = "shop")]
    pub(super) enum Known {
        A,
    }
}

#[test]
fn equal_families_add_up() {
    use equal::{First, Name, Second, Third};
    let registry = Registry::new();
    First::register(&registry).unwrap();
    Second::register(&registry).unwrap();
    let (first, second) = (First::global(), Second::global());
    let name = |name: &str| Name(name.to_owned());
    for round in 1..=3 {
        first.sales_total.with(shop("a")).inc();
        second.sales_total.with(name("a")).inc_by(10);
        second.sales_total.with(name("b")).inc();
        first.sales_total.with(shop("c")).inc();
        first.amounts.with(shop("a")).observe(1);
        second.amounts.with(name("a")).observe(2);
        first.receipts_total.with(Tender::Cash).inc();
        second.receipts_total.with(Tender::Cash).inc_by(2);
        second.receipts_total.with(Tender::Card).inc_by(2);
        let expected = [
            format!("equal_sales_total{{shop=\"a\"}} {}", 11 * round),
            format!("equal_sales_total{{shop=\"b\"}} {round}"),
            format!("equal_sales_total{{shop=\"c\"}} {round}"),
        ];
        let text = scrape(&registry);
        assert_eq!(samples(&text, "equal_sales_total"), expected);
        let expected = [
            format!("equal_receipts_total{{tender=\"card\"}} {}", 2 * round),
            format!("equal_receipts_total{{tender=\"cash\"}} {}", 3 * round),
        ];
        assert_eq!(samples(&text, "equal_receipts_total"), expected);
        assert_eq!(sample(&text, "equal_amounts_count{shop=\"a\"}"), 2.0 * f64::from(round));
        assert_eq!(sample(&text, "equal_amounts_sum{shop=\"a\"}"), 3.0 * f64::from(round));
        assert_eq!(samples(&text, "equal_amounts_count").len(), 1);
        assert_eq!(text.matches("# TYPE equal_sales_total").count(), 1);
    }
    // One of the two leaves, then the other.
    assert!(first.sales_total.remove(shop("a")));
    assert_eq!(sample(&scrape(&registry), "equal_sales_total{shop=\"a\"}"), 30.0);
    first.sales_total.with(shop("a")).inc();
    assert_eq!(sample(&scrape(&registry), "equal_sales_total{shop=\"a\"}"), 31.0);
    assert!(second.sales_total.remove(name("a")));
    assert_eq!(sample(&scrape(&registry), "equal_sales_total{shop=\"a\"}"), 1.0);
    first.receipts_total.clear();
    assert_eq!(sample(&scrape(&registry), "equal_receipts_total{tender=\"cash\"}"), 6.0);
    // What is past the limit of either is one series.
    for index in 0..10 {
        first.sales_total.with(shop(&index.to_string())).inc();
        second.sales_total.with(name(&index.to_string())).inc();
    }
    let text = scrape(&registry);
    let overflow = "measurand_overflow_updates_total{family=\"equal_sales_total\"}";
    assert_eq!(sample(&text, overflow), 15.0);
    assert_eq!(sample(&text, "equal_sales_total{shop=\"__other__\"}"), 15.0);
    // Closed and open labels are two families.
    let error = Third::register(&registry).unwrap_err();
    assert!(error.to_string().contains("equal_sales_total"), "{error}");
    let _ = Third::global().sales_total.with(equal::Known::A);
}

/// As simple as it can be.
struct Random(u64);

impl Random {
    fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % below
    }

    fn pick<'a>(&mut self, values: &'a [String]) -> &'a str {
        &values[self.next(values.len())]
    }
}

#[derive(LabelSet, Clone, Copy)]
struct Hostile<'a> {
    first: &'a str,
    tender: Option<Tender>,
    last: Option<&'a str>,
}

/// Two in one registry, and each with the same labels.
#[derive(Metrics)]
#[metrics(namespace = "model", instance(name: &str), const_labels(version = "a\"\\\n"))]
struct Model {
    /// Things.
    #[metric(max_series = 40)]
    things_total: Family<Hostile<'static>, Counter>,
    /// Others, with one label.
    #[metric(max_series = 30)]
    others_total: Family<Shop<'static>, Counter>,
}

/// Values that are easily mistaken for others.
fn hostile_values() -> Vec<String> {
    let mut values: Vec<String> = [
        "",
        " ",
        "a",
        "ab",
        "abc",
        "b",
        "\"",
        "\\",
        "\n",
        "\\n",
        "\\\\n",
        "\\\"",
        "a\"",
        "a\\",
        "a\n",
        "a\"b",
        "a\\b",
        "a\nb",
        "\0",
        "a\0",
        "\r",
        "\t",
        "!",
        "#",
        "[",
        "]",
        "~",
        "ä",
        "äö",
        "ö",
        "→",
        "🦀",
        "🦁",
        "\u{7f}",
        "\u{80}",
        "{}",
        "\"} 1\nfake 2",
        "a,b=\"c\"",
        "last=\"",
        "__other__",
        "__other",
        "\u{10ffff}",
        "é",
        "e\u{301}",
    ]
    .map(str::to_owned)
    .into();
    let long = "x".repeat(300);
    values
        .extend([&long[..], &long[1..], &long[..31], &long[..32], &long[..33]].map(str::to_owned));
    values.push(format!("{long}\"{long}"));
    values.push(format!("{long}\"{long}y"));
    values.push(format!("{}ä", &long[1..]));
    values.push(format!("{}ö", &long[1..]));
    values
}

fn line(name: &str, labels: &[(&str, &str)], value: u64) -> String {
    let escaped =
        |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let labels: Vec<_> = labels
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
        .collect();
    format!("{name}{{{}}} {value}\n", labels.join(","))
}

/// What an instance is to have: the values of its own labels, and a count.
#[derive(Default)]
struct Expected {
    things: BTreeMap<[String; 3], u64>,
    others: BTreeMap<String, u64>,
}

impl Expected {
    fn live_things(&self) -> usize {
        self.things.keys().filter(|key| key[0] != OTHER || key[2] != OTHER).count()
    }
}

const OTHER: &str = "__other__";

fn name_of(tender: Option<Tender>) -> &'static str {
    match tender {
        None => "",
        Some(Tender::Cash) => "cash",
        Some(Tender::Card) => "card",
    }
}

/// The page, made anew.
fn page(model: &BTreeMap<String, Expected>, overflow: [u64; 2]) -> String {
    let mut text = String::new();
    let help = |name: &str, help: &str| format!("# HELP {name} {help}\n# TYPE {name} counter\n");
    if overflow != [0, 0] {
        let name = "measurand_overflow_updates_total";
        text +=
            &help(name, "Updates of series that a family's limit kept from being made, by family.");
        let families = ["model_others_total", "model_things_total"];
        for (family, overflow) in std::iter::zip(families, overflow) {
            if overflow != 0 {
                text += &line(name, &[("family", family)], overflow);
            }
        }
    }
    let version = ("version", "a\"\\\n");
    if model.values().any(|expected| !expected.others.is_empty()) {
        text += &help("model_others_total", "Others, with one label.");
    }
    for (name, expected) in model {
        for (shop, value) in &expected.others {
            let labels = [("name", name.as_str()), ("shop", shop), version];
            text += &line("model_others_total", &labels, *value);
        }
    }
    if model.values().any(|expected| !expected.things.is_empty()) {
        text += &help("model_things_total", "Things.");
    }
    for (name, expected) in model {
        for ([first, tender, last], value) in &expected.things {
            let labels = [
                ("name", name.as_str()),
                ("first", first),
                ("tender", tender),
                ("last", last),
                version,
            ];
            text += &line("model_things_total", &labels, *value);
        }
    }
    text
}

/// Reads all labels and values back.
#[derive(Default)]
struct ReadBack(Vec<(Vec<String>, u64)>);

impl Sink for ReadBack {
    fn family(&mut self, family: &Descriptor) -> Flow {
        if family.name() == "model_things_total" { Flow::Continue } else { Flow::Skip }
    }

    fn point(&mut self, _: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let Value::Counter(value) = point.value else { panic!("{point:?}") };
        let labels = labels.iter().map(|(_, value)| value.to_owned()).collect();
        let measurand::Number::Whole(value) = value else { panic!("{value:?}") };
        self.0.push((labels, u64::try_from(value).unwrap()));
        Flow::Continue
    }
}

/// Creates and removes at random, and compares the page with one that is made anew.
fn run(seed: u64, steps: usize) {
    let mut random = Random(seed);
    let values = hostile_values();
    let names = ["", "a", "b\"", "\n"];
    let registry = Registry::new();
    let mut instances: BTreeMap<String, Registered<Model>> = BTreeMap::new();
    let mut model: BTreeMap<String, Expected> = BTreeMap::new();
    // Of the families by name. What an instance has turned away leaves with it.
    let mut overflow: BTreeMap<String, [u64; 2]> = BTreeMap::new();
    for step in 0..steps {
        let name = names[random.next(names.len())].to_owned();
        let Some(instance) = instances.get(&name) else {
            instances.insert(name.clone(), Model::register(&registry, &name).unwrap());
            model.insert(name, Expected::default());
            continue;
        };
        let expected = model.get_mut(&name).unwrap();
        let turned_away = overflow.entry(name.clone()).or_default();
        let first = random.pick(&values);
        let tender = [None, Some(Tender::Cash), Some(Tender::Card)][random.next(3)];
        // Few last ones, so that series are met again.
        let last = [None, Some(""), Some(first), Some(OTHER), Some("a\\")][random.next(5)];
        let key = [first, name_of(tender), last.unwrap_or_default()].map(str::to_owned);
        let labels = Hostile { first, tender, last };
        match random.next(24) {
            0..12 => {
                let amount = random.next(1000) as u64;
                instance.things_total.with(labels).inc_by(amount);
                let is_other = first == OTHER && key[2] == OTHER;
                let is_full = expected.live_things() >= 40;
                if !expected.things.contains_key(&key) && !is_other && is_full {
                    turned_away[1] += 1;
                    let other = [OTHER, &key[1], OTHER].map(str::to_owned);
                    *expected.things.entry(other).or_default() += amount;
                } else {
                    *expected.things.entry(key).or_default() += amount;
                }
            }
            12..16 => {
                instance.others_total.with(shop(first)).inc();
                let live = expected.others.keys().filter(|key| *key != OTHER).count();
                let is_there = expected.others.contains_key(first) || first == OTHER;
                if !is_there && live >= 30 {
                    turned_away[0] += 1;
                    *expected.others.entry(OTHER.to_owned()).or_default() += 1;
                } else {
                    *expected.others.entry(first.to_owned()).or_default() += 1;
                }
            }
            16..19 => {
                let is_there = expected.things.remove(&key).is_some();
                assert_eq!(instance.things_total.remove(labels), is_there);
            }
            19 => {
                let is_there = expected.others.remove(first).is_some();
                assert_eq!(instance.others_total.remove(shop(first)), is_there);
            }
            20 => {
                let removed =
                    instance.things_total.remove_where(|labels| labels.get("first") == Some(first));
                let before = expected.things.len();
                expected.things.retain(|key, _| key[0] != first);
                assert_eq!(removed, before - expected.things.len());
            }
            21 if random.next(4) == 0 => {
                let tender = key[1].as_str();
                let removed = instance
                    .remove_where(|labels| labels.get("tender").unwrap_or("cash") == tender);
                let before = expected.things.len() + expected.others.len();
                expected.things.retain(|key, _| key[1] != tender);
                expected.others.retain(|_, _| tender != "cash");
                assert_eq!(removed, before - expected.things.len() - expected.others.len());
            }
            22 if random.next(4) == 0 => {
                instance.things_total.clear();
                expected.things.clear();
            }
            23 if random.next(4) == 0 => {
                // As another instance of that name may come before the next scrape.
                instances.remove(&name);
                model.remove(&name);
                overflow.remove(&name);
            }
            _ => {
                let expected = expected.things.get(&key).copied().unwrap_or_default();
                assert_eq!(instance.things_total.with(labels).get(), expected);
            }
        }
        // Many changes between two scrapes, and few.
        if random.next([1, 3, 40][step / 500 % 3]) == 0 {
            let sums = overflow.values().fold([0, 0], |a, b| [a[0] + b[0], a[1] + b[1]]);
            let expected = page(&model, sums);
            let text = scrape(&registry);
            if text != expected {
                let differ = std::iter::zip(text.lines(), expected.lines()).find(|(a, b)| a != b);
                panic!("seed {seed}, step {step}: {differ:?}\n{text}\nbut expected\n{expected}");
            }
            if step % 10 == 0 {
                let mut read = ReadBack::default();
                registry.gather(&mut read);
                let mut expected = Vec::new();
                for (name, of_instance) in &model {
                    for ([first, tender, last], value) in &of_instance.things {
                        let labels = [name, first, tender, last, "a\"\\\n"].map(str::to_owned);
                        expected.push((labels.to_vec(), *value));
                    }
                }
                assert_eq!(read.0, expected);
            }
        }
    }
}

#[test]
fn a_page_that_is_kept_up_to_date_is_the_one_made_anew() {
    for seed in 1..=usually_or_long(3, 30) {
        run(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(seed), 3_000);
    }
}
