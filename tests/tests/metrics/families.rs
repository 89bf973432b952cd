//! Families: what each kind of metric does with labels, which series show, and what leaves.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use measurand::unit::{Celsius, Joules, Seconds};
use measurand::{
    Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry,
};
use measurand_tests::{sample, samples};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

/// What customers pay with. Its discriminants say nothing.
#[derive(LabelValue, Clone, Copy, Debug, PartialEq)]
enum Tender {
    Cash = 9,
    CreditCard = 3,
}

#[derive(LabelSet, Clone, Copy)]
struct Sale<'a> {
    tender: Tender,
    shop: &'a str,
}

const SALE: Sale<'_> = Sale { tender: Tender::CreditCard, shop: "Main St." };

/// One of each kind, with closed labels.
#[derive(Metrics)]
#[metrics(group)]
struct Closed {
    /// Things.
    things_total: Family<Tender, Counter>,
    /// Time spent.
    spent_seconds_total: Family<Tender, Counter<Seconds>>,
    /// Energy.
    spent_joules_total: Family<Tender, Counter<Joules>>,
    /// A level.
    level: Family<Tender, Gauge>,
    /// Last success.
    last_success_timestamp_seconds: Family<Tender, Gauge<Seconds>>,
    /// Running now.
    in_progress: Family<Tender, InProgress>,
    /// Amounts.
    #[metric(buckets = [1, 2])]
    amounts: Family<Tender, Histogram>,
    /// Time to wait.
    #[metric(buckets = [0.5])]
    wait_seconds: Family<Tender, Histogram<Seconds>>,
    /// Temperature.
    #[metric(buckets = [-1.5])]
    room_celsius: Family<Tender, Histogram<Celsius>>,
}

/// The same with an open label.
#[derive(Metrics)]
#[metrics(group)]
struct Open {
    /// Things.
    #[metric(max_series = 10)]
    things_total: Family<Sale<'static>, Counter>,
    /// Time spent.
    #[metric(max_series = 10)]
    spent_seconds_total: Family<Sale<'static>, Counter<Seconds>>,
    /// Energy.
    #[metric(max_series = 10)]
    spent_joules_total: Family<Sale<'static>, Counter<Joules>>,
    /// A level.
    #[metric(max_series = 10)]
    level: Family<Sale<'static>, Gauge>,
    /// Last success.
    #[metric(max_series = 10)]
    last_success_timestamp_seconds: Family<Sale<'static>, Gauge<Seconds>>,
    /// Running now.
    #[metric(max_series = 10)]
    in_progress: Family<Sale<'static>, InProgress>,
    /// Amounts.
    #[metric(max_series = 10, buckets = [1, 2])]
    amounts: Family<Sale<'static>, Histogram>,
    /// Time to wait.
    #[metric(max_series = 10, buckets = [0.5])]
    wait_seconds: Family<Sale<'static>, Histogram<Seconds>>,
    /// Temperature.
    #[metric(max_series = 10, buckets = [-1.5])]
    room_celsius: Family<Sale<'static>, Histogram<Celsius>>,
}

/// Updates each kind in every way, reads it, and compares the lines of its series on the page.
macro_rules! check_each_kind {
    ($each:expr, $with:expr, $registry:expr, $labels:expr) => {{
        let (each, with, labels) = ($each, $with, $labels);
        each.things_total.with(with).inc();
        each.things_total.with(with).inc_by(40);
        let kept = each.things_total.with(with).keep();
        kept.inc();
        assert_eq!((kept.get(), kept.clone().get()), (42, 42));
        assert_eq!(each.things_total.with(with).get(), 42);

        each.spent_seconds_total.with(with).inc_by(Duration::from_millis(1500));
        each.spent_seconds_total.with(with).keep().inc_by(Seconds::from_f64(0.25));
        each.spent_seconds_total.with(with).inc_by(Seconds::from_f64(-1.0));
        assert_eq!(each.spent_seconds_total.with(with).get(), Duration::from_millis(1750));

        each.spent_joules_total.with(with).inc_by(1.5);
        each.spent_joules_total.with(with).keep().inc_by(2);
        each.spent_joules_total.with(with).inc_by(f64::NAN);
        assert_eq!(each.spent_joules_total.with(with).get(), 3.5);

        each.level.with(with).set(5u8);
        each.level.with(with).keep().inc();
        each.level.with(with).add(0.5);
        each.level.with(with).keep().sub(3);
        each.level.with(with).dec();
        assert_eq!(each.level.with(with).get(), 2.5);

        each.last_success_timestamp_seconds.with(with).set_to_current_time();
        assert!(each.last_success_timestamp_seconds.with(with).get() > 1.7e9);
        each.last_success_timestamp_seconds.with(with).set(Duration::from_millis(500));

        let guard = each.in_progress.with(with).start();
        let second = each.in_progress.with(with).keep().start();
        drop(guard);
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _guard = each.in_progress.with(with).start();
            panic!("on purpose");
        }));
        assert!(panicked.is_err());
        assert_eq!(each.in_progress.with(with).get(), 1);

        for amount in [0, 1, 2, u64::MAX] {
            each.amounts.with(with).observe(amount);
        }
        each.amounts.with(with).keep().observe(u64::MAX);
        let snapshot = each.amounts.with(with).snapshot();
        let counts: Vec<_> = snapshot.buckets().map(|bucket| bucket.count).collect();
        assert_eq!(counts, [2, 1, 2]);
        assert_eq!(snapshot.sum(), 3 + 2 * u128::from(u64::MAX));

        each.wait_seconds.with(with).observe(Duration::from_millis(500));
        each.wait_seconds.with(with).observe(Duration::from_nanos(500_000_001));
        each.wait_seconds.with(with).keep().observe(Seconds::from_f64(1.0));
        each.wait_seconds.with(with).observe(Seconds::from_f64(f64::NAN));
        assert_eq!(each.wait_seconds.with(with).time(|| 7), 7);
        let timed = each.wait_seconds.with(with).time_async(async { 7 });
        assert_eq!(timed.now_or_never(), Some(7));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            each.wait_seconds.with(with).time(|| panic!("on purpose"))
        }));
        assert!(panicked.is_err());
        each.wait_seconds.with(with).start_timer().observe();
        each.wait_seconds.with(with).start_timer().discard();
        drop(each.wait_seconds.with(with).keep().start_timer());
        let snapshot = each.wait_seconds.with(with).snapshot();
        let counts: Vec<_> = snapshot.buckets().map(|bucket| bucket.count).collect();
        assert_eq!(counts, [6, 2]);
        assert!(snapshot.sum() > Duration::from_secs(2));

        each.room_celsius.with(with).observe(-2);
        each.room_celsius.with(with).keep().observe(0.25);
        assert_eq!(each.room_celsius.with(with).snapshot().sum(), -1.75);

        let text = scrape($registry);
        let wait_sum = sample(&text, &format!("each_wait_seconds_sum{{{labels}}}"));
        assert!(wait_sum > 2.0 && wait_sum < 62.0, "{wait_sum}");
        let mut lines = samples(&text, "each_");
        lines.retain(|line| line.contains(labels) && !line.starts_with("each_wait_seconds_sum"));
        let expected = [
            "each_amounts_bucket{…,le=\"1\"} 2",
            "each_amounts_bucket{…,le=\"2\"} 3",
            "each_amounts_bucket{…,le=\"+Inf\"} 5",
            "each_amounts_sum{…} 36893488147419103233",
            "each_amounts_count{…} 5",
            "each_in_progress{…} 1",
            "each_last_success_timestamp_seconds{…} 0.5",
            "each_level{…} 2.5",
            "each_room_celsius_bucket{…,le=\"-1.5\"} 1",
            "each_room_celsius_bucket{…,le=\"+Inf\"} 2",
            "each_room_celsius_sum{…} -1.75",
            "each_room_celsius_count{…} 2",
            "each_spent_joules_total{…} 3.5",
            "each_spent_seconds_total{…} 1.75",
            "each_things_total{…} 42",
            "each_wait_seconds_bucket{…,le=\"0.5\"} 6",
            "each_wait_seconds_bucket{…,le=\"+Inf\"} 8",
            "each_wait_seconds_count{…} 8",
        ];
        assert_eq!(lines, expected.map(|line| line.replace('…', labels)));
        for name in ["each_spent_joules_total", "each_spent_seconds_total", "each_wait_seconds"] {
            let name = format!("measurand_rejected_values_total{{family=\"{name}\"}}");
            assert_eq!(sample(&text, &name), 1.0);
        }

        // What runs goes on doing so while its series is removed.
        each.things_total.clear();
        each.spent_seconds_total.clear();
        each.spent_joules_total.clear();
        each.level.clear();
        each.in_progress.clear();
        each.amounts.clear();
        each.wait_seconds.clear();
        each.room_celsius.clear();
        assert_eq!(each.things_total.with(with).get(), 0);
        assert_eq!(each.spent_seconds_total.with(with).get(), Duration::ZERO);
        assert_eq!(each.spent_joules_total.with(with).get(), 0.0);
        assert_eq!(each.level.with(with).get(), 0.0);
        let snapshot = each.amounts.with(with).snapshot();
        assert_eq!((snapshot.count(), snapshot.sum()), (0, 0));
        let snapshot = each.wait_seconds.with(with).snapshot();
        assert_eq!((snapshot.count(), snapshot.sum()), (0, Duration::ZERO));
        let snapshot = each.room_celsius.with(with).snapshot();
        assert_eq!((snapshot.count(), snapshot.sum()), (0, 0.0));
        // And counts from there on.
        each.things_total.with(with).inc();
        each.spent_seconds_total.with(with).inc_by(Duration::from_millis(1));
        each.spent_joules_total.with(with).inc_by(0.5);
        each.amounts.with(with).observe(2);
        each.room_celsius.with(with).observe(1);
        let text = scrape($registry);
        for line in [
            "each_things_total{…} 1\n",
            "each_spent_seconds_total{…} 0.001\n",
            "each_spent_joules_total{…} 0.5\n",
            "each_amounts_bucket{…,le=\"1\"} 0\n",
            "each_amounts_bucket{…,le=\"2\"} 1\n",
            "each_amounts_sum{…} 2\n",
            "each_amounts_count{…} 1\n",
            "each_room_celsius_sum{…} 1\n",
        ] {
            let line = line.replace('…', labels);
            assert!(text.contains(&format!("\n{line}")), "{line}\n{text}");
        }
        second
    }};
}

#[test]
fn each_kind_of_a_static_struct_counts_by_closed_labels() {
    /// Static.
    #[derive(Metrics)]
    #[metrics(namespace = "each", local)]
    struct Static {
        #[metric(flatten)]
        each: Closed,
    }
    let registry = Registry::new();
    Static::register(&registry).unwrap();
    let each = &Static::global().each;
    let labels = "tender=\"credit_card\"";
    let guard = check_each_kind!(each, Tender::CreditCard, &registry, labels);
    assert_eq!(each.in_progress.with(Tender::CreditCard).get(), 1);
    drop(guard);
    assert_eq!(each.in_progress.with(Tender::CreditCard).get(), 0);
    let cash = samples(&scrape(&registry), "each_")
        .into_iter()
        .filter(|line| line.contains("cash"))
        .map(str::to_owned)
        .collect::<Vec<_>>();
    assert_eq!(cash.len(), 19);
    assert!(cash.iter().all(|line| line.ends_with(" 0")), "{cash:?}");
}

#[test]
fn each_kind_of_an_instance_counts_by_closed_labels() {
    /// An instance.
    #[derive(Metrics)]
    #[metrics(namespace = "each", instance(test: &str))]
    struct Instance {
        #[metric(flatten)]
        each: Closed,
    }
    let registry = Registry::new();
    let _other = Instance::register(&registry, "z").unwrap();
    let instance = Instance::register(&registry, "a").unwrap();
    let labels = "test=\"a\",tender=\"cash\"";
    let guard = check_each_kind!(&instance.each, Tender::Cash, &registry, labels);
    assert_eq!(instance.each.in_progress.with(Tender::Cash).get(), 1);
    drop(guard);
    assert_eq!(instance.each.in_progress.with(Tender::Cash).get(), 0);
}

#[test]
fn each_kind_of_a_static_struct_counts_by_open_labels() {
    /// Static.
    #[derive(Metrics)]
    #[metrics(namespace = "each", local)]
    struct Static {
        #[metric(flatten)]
        each: Open,
    }
    let registry = Registry::new();
    Static::register(&registry).unwrap();
    let each = &Static::global().each;
    let labels = "tender=\"credit_card\",shop=\"Main St.\"";
    let guard = check_each_kind!(each, SALE, &registry, labels);
    // The series that the guard counts in was removed.
    assert_eq!(each.in_progress.with(SALE).get(), 0);
    let _again = each.in_progress.with(SALE).start();
    drop(guard);
    assert_eq!(each.in_progress.with(SALE).get(), 1);
}

#[test]
fn each_kind_of_an_instance_counts_by_open_labels() {
    /// An instance.
    #[derive(Metrics)]
    #[metrics(namespace = "each", instance(test: &str))]
    struct Instance {
        #[metric(flatten)]
        each: Open,
    }
    let registry = Registry::new();
    let instance = Instance::register(&registry, "a").unwrap();
    let labels = "test=\"a\",tender=\"credit_card\",shop=\"Main St.\"";
    let guard = check_each_kind!(&instance.each, SALE, &registry, labels);
    assert_eq!(instance.each.in_progress.with(SALE).get(), 0);
    drop(guard);
}

#[derive(LabelValue, Clone, Copy, PartialEq, Debug)]
enum Step {
    One,
    Two,
    Three,
    Four,
    Five,
}

#[derive(LabelValue, Clone, Copy, PartialEq, Debug)]
enum Reason {
    Timeout,
    #[label(skip)]
    None,
    Refused,
}

#[derive(LabelSet, Clone, Copy)]
struct Small {
    is_cached: bool,
    step: Option<Step>,
    tender: Tender,
}

#[derive(LabelSet, Clone, Copy)]
struct Large {
    #[label(flatten)]
    small: Small,
    reason: Option<Reason>,
    is_last: bool,
}

const LARGE: Large = Large {
    small: Small { is_cached: true, step: Some(Step::Four), tender: Tender::Cash },
    reason: Some(Reason::Refused),
    is_last: false,
};

/// Closed families, small and large.
#[derive(Metrics)]
#[metrics(namespace = "zeros", instance(name: &str))]
struct Zeros {
    /// 24 lines.
    small_total: Family<Small, Counter>,
    /// 100 lines.
    #[metric(buckets = [1, 2, 3, 4, 5, 6, 7])]
    just: Family<(Step, Tender), Histogram>,
    /// 105 lines.
    #[metric(buckets = [1, 2, 3, 4, 5, 6])]
    just_not: Family<(Reason, Step), Histogram>,
    /// 144 lines.
    large_total: Family<Large, Counter>,
    /// 144 lines, of gauges.
    level: Family<Large, Gauge>,
    /// 144 lines, of what runs.
    large_in_progress: Family<Large, InProgress>,
    /// 144 lines, all of them shown.
    #[metric(zeros)]
    shown: Family<Large, Gauge>,
}

#[test]
fn a_small_closed_family_shows_its_zeros_and_a_large_one_what_was_touched() {
    let registry = Registry::new();
    let zeros = Zeros::register(&registry, "a").unwrap();
    let text = scrape(&registry);
    assert_eq!(samples(&text, "zeros_small_total{").len(), 24);
    assert_eq!(samples(&text, "zeros_just_").len(), 100);
    assert_eq!(samples(&text, "zeros_shown{").len(), 144);
    assert_eq!(samples(&text, "zeros_").len(), 268, "{text}");
    // Nothing of an untouched sparse family shows, neither help nor type.
    assert!(!text.contains("just_not") && !text.contains("level"), "{text}");

    zeros.just_not.with((Reason::Refused, Step::Two)).observe(3);
    assert_eq!(zeros.just_not.with((Reason::Timeout, Step::Two)).snapshot().count(), 0);
    zeros.large_total.with(LARGE).inc();
    zeros.level.with(LARGE).set(0);
    drop(zeros.large_in_progress.with(LARGE).start());
    let _kept = zeros.level.with(Large { is_last: true, ..LARGE }).keep();
    assert_eq!(zeros.large_total.with(Large { is_last: true, ..LARGE }).get(), 0);
    let text = scrape(&registry);
    let labels = "{name=\"a\",is_cached=\"true\",step=\"four\",tender=\"cash\",reason=\"refused\",\
                  is_last=\"false\"}";
    assert_eq!(samples(&text, "zeros_large_total"), [format!("zeros_large_total{labels} 1")]);
    assert_eq!(samples(&text, "zeros_level{"), [format!("zeros_level{labels} 0")]);
    let running = [format!("zeros_large_in_progress{labels} 0")];
    assert_eq!(samples(&text, "zeros_large_in_progress"), running);
    let just_not = samples(&text, "zeros_just_not_");
    assert_eq!(just_not.len(), 9, "{text}");
    let labels = "{name=\"a\",reason=\"refused\",step=\"two\"}";
    assert_eq!(just_not[8], format!("zeros_just_not_count{labels} 1"));

    zeros.just_not.clear();
    zeros.large_total.clear();
    zeros.level.clear();
    zeros.large_in_progress.clear();
    let text = scrape(&registry);
    assert_eq!(samples(&text, "zeros_").len(), 268, "{text}");
}

#[test]
fn a_sparse_family_of_a_static_struct_hides_what_was_cleared() {
    /// Static.
    #[derive(Metrics)]
    #[metrics(namespace = "sparse", local)]
    struct Sparse {
        /// 144 lines.
        large_total: Family<Large, Counter>,
        /// 144 lines, of what runs.
        large_in_progress: Family<Large, InProgress>,
        /// 720 lines.
        #[metric(buckets = [1, 2])]
        amounts: Family<Large, Histogram>,
    }
    let registry = Registry::new();
    Sparse::register(&registry).unwrap();
    let sparse = Sparse::global();
    assert_eq!(scrape(&registry), "");
    for _ in 0..2 {
        sparse.large_total.with(LARGE).inc_by(7);
        let guard = sparse.large_in_progress.with(LARGE).start();
        sparse.amounts.with(LARGE).observe(2);
        assert_eq!(samples(&scrape(&registry), "sparse_").len(), 7);
        assert!(sparse.large_total.remove(LARGE));
        assert!(!sparse.large_total.remove(LARGE));
        assert!(sparse.amounts.remove(LARGE));
        assert!(!sparse.amounts.remove(LARGE));
        assert!(sparse.large_in_progress.remove(LARGE));
        let text = scrape(&registry);
        assert_eq!(samples(&text, "sparse_").len(), 1, "{text}");
        assert!(text.ends_with(" 1\n"), "{text}");
        drop(guard);
        sparse.large_in_progress.clear();
        assert!(!sparse.large_in_progress.remove(LARGE));
        assert_eq!(scrape(&registry), "");
    }
}

#[test]
fn a_cleared_family_of_an_instance_is_as_untouched() {
    let registry = Registry::new();
    let zeros = Zeros::register(&registry, "a").unwrap();
    drop(zeros.large_in_progress.with(LARGE).start());
    zeros.level.with(LARGE).set(1);
    zeros.large_total.with(LARGE).inc();
    assert!(zeros.level.remove(LARGE));
    assert!(!zeros.level.remove(LARGE));
    assert!(zeros.large_total.remove(LARGE));
    assert!(!zeros.large_total.remove(LARGE));
    assert!(zeros.large_in_progress.remove(LARGE));
    assert!(!zeros.large_in_progress.remove(LARGE));
}

#[test]
fn every_series_that_was_updated_is_shown_with_its_labels() {
    /// Families to look through.
    #[derive(Metrics)]
    #[metrics(namespace = "each_series", local)]
    struct Shown {
        /// By closed labels.
        steps_total: Family<(Step, Tender), Counter>,
        /// By open labels.
        #[metric(max_series = 2)]
        sales_total: Family<Sale<'static>, Counter>,
    }
    fn shown<L: LabelSet>(family: &Family<L, Counter>) -> Vec<String> {
        let mut lines = Vec::new();
        family.for_each(|labels, series| {
            let labels: Vec<_> =
                labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            lines.push(format!("{} {}", labels.join(","), series.get()));
        });
        lines.sort_unstable();
        lines
    }
    let families = Shown::global();
    assert!(shown(&families.steps_total).is_empty());
    assert!(shown(&families.sales_total).is_empty());

    families.steps_total.with((Step::Two, Tender::CreditCard)).inc_by(2);
    families.steps_total.with((Step::One, Tender::Cash)).inc();
    let steps = ["step=one,tender=cash 1", "step=two,tender=credit_card 2"];
    assert_eq!(shown(&families.steps_total), steps);
    assert!(families.steps_total.remove((Step::One, Tender::Cash)));
    assert_eq!(shown(&families.steps_total), steps[1..]);

    for shop in ["a", "b", "c"] {
        families.sales_total.with(Sale { shop, ..SALE }).inc();
    }
    families.sales_total.with(Sale { tender: Tender::Cash, shop: "a" }).inc_by(4);
    let sales = [
        "tender=cash,shop=__other__ 4",
        "tender=credit_card,shop=__other__ 1",
        "tender=credit_card,shop=a 1",
        "tender=credit_card,shop=b 1",
    ];
    assert_eq!(shown(&families.sales_total), sales);
    // What is shown can be updated.
    families.sales_total.for_each(|labels, series| {
        if labels.get("shop") == Some("b") {
            series.inc_by(8);
        }
    });
    assert_eq!(families.sales_total.with(Sale { shop: "b", ..SALE }).get(), 9);
}

#[test]
fn a_pair_of_sets_has_the_labels_of_both() {
    #[derive(LabelSet, Clone, Copy)]
    struct Where<'a> {
        is_online: bool,
        shop: &'a str,
    }
    #[derive(LabelSet, Clone, Copy)]
    struct How {
        tender: Tender,
        is_cached: bool,
    }
    #[derive(LabelSet, Clone, Copy)]
    struct When {
        step: Step,
    }
    /// Pairs of sets.
    #[derive(Metrics)]
    #[metrics(namespace = "pairs", instance(name: &str))]
    struct Pairs {
        /// Closed ones.
        closed_total: Family<(How, When), Counter>,
        /// One of them is open.
        #[metric(max_series = 2)]
        open_total: Family<(Where<'static>, How), Counter>,
        /// And a label that is no set.
        #[metric(max_series = 2)]
        mixed_total: Family<(Step, Where<'static>, Reason), Counter>,
    }
    let registry = Registry::new();
    let pairs = Pairs::register(&registry, "a").unwrap();
    let how = How { tender: Tender::CreditCard, is_cached: true };
    pairs.closed_total.with((how, When { step: Step::Two })).inc();
    pairs.closed_total.with((How { is_cached: false, ..how }, When { step: Step::Five })).inc_by(2);
    let text = scrape(&registry);
    let mut lines = samples(&text, "pairs_closed_total");
    assert_eq!(lines.len(), 20);
    lines.retain(|line| !line.ends_with(" 0"));
    let expected = [
        "pairs_closed_total{name=\"a\",tender=\"credit_card\",is_cached=\"false\",step=\"five\"} 2",
        "pairs_closed_total{name=\"a\",tender=\"credit_card\",is_cached=\"true\",step=\"two\"} 1",
    ];
    assert_eq!(lines, expected);

    let shop = String::from("x");
    for (is_online, shop) in [(true, shop.as_str()), (false, "y"), (false, "z")] {
        pairs.open_total.with((Where { is_online, shop }, how)).inc();
        pairs.mixed_total.with((Step::One, Where { is_online, shop }, Reason::Refused)).inc();
    }
    let text = scrape(&registry);
    let how = "tender=\"credit_card\",is_cached=\"true\"";
    let shops = [("false", "__other__"), ("false", "y"), ("true", "x")];
    let shops = shops.map(|(online, shop)| format!("is_online=\"{online}\",shop=\"{shop}\""));
    let expected =
        shops.each_ref().map(|shop| format!("pairs_open_total{{name=\"a\",{shop},{how}}} 1"));
    assert_eq!(samples(&text, "pairs_open_total"), expected);
    let mixed =
        |shop| format!("pairs_mixed_total{{name=\"a\",step=\"one\",{shop},reason=\"refused\"}} 1");
    assert_eq!(samples(&text, "pairs_mixed_total"), shops.map(mixed));
    assert!(pairs.open_total.remove((
        Where { is_online: true, shop: "x" },
        How { tender: Tender::CreditCard, is_cached: true },
    )));
    assert_eq!(samples(&scrape(&registry), "pairs_open_total").len(), 2);
}

#[test]
fn every_closed_combination_is_a_series_of_its_own() {
    let registry = Registry::new();
    let zeros = Zeros::register(&registry, "a").unwrap();
    let steps = [Step::One, Step::Two, Step::Three, Step::Four, Step::Five];
    let mut amount = 0;
    let mut expected = Vec::new();
    for is_cached in [false, true] {
        for step in std::iter::once(None).chain(steps.map(Some)) {
            for tender in [Tender::Cash, Tender::CreditCard] {
                amount += 1;
                zeros.small_total.with(Small { is_cached, step, tender }).inc_by(amount);
                let cached = format!("is_cached=\"{is_cached}\"");
                let step = step.map_or(String::new(), |step| {
                    format!(",step=\"{}\"", format!("{step:?}").to_lowercase())
                });
                let tender = if tender == Tender::Cash { "cash" } else { "credit_card" };
                let labels = format!("name=\"a\",{cached}{step},tender=\"{tender}\"");
                expected.push(format!("zeros_small_total{{{labels}}} {amount}"));
            }
        }
    }
    let text = scrape(&registry);
    let mut lines = samples(&text, "zeros_small_total");
    lines.sort_unstable();
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn closed_series_are_in_the_order_of_their_values() {
    let registry = Registry::new();
    let _zeros = Zeros::register(&registry, "a").unwrap();
    let text = scrape(&registry);
    let steps: Vec<_> = samples(&text, "zeros_just_count")
        .into_iter()
        .map(|line| line.split('"').nth(3).unwrap())
        .collect();
    let expected = ["five", "four", "one", "three", "two"].map(|step| [step; 2]).concat();
    assert_eq!(steps, expected);
}

#[test]
fn no_value_and_an_empty_one_are_one_series() {
    #[derive(LabelSet)]
    struct Optional<'a> {
        reason: Option<Reason>,
        shop: Option<&'a str>,
    }
    /// Optional labels.
    #[derive(Metrics)]
    #[metrics(namespace = "optional", instance(name: &str))]
    struct Metrics {
        /// Things.
        #[metric(max_series = 2)]
        things_total: Family<Optional<'static>, Counter>,
        /// Reasons.
        reasons_total: Family<Reason, Counter>,
    }
    let registry = Registry::new();
    let metrics = Metrics::register(&registry, "").unwrap();
    let reasons = [None, Some(Reason::None)];
    for reason in reasons {
        for shop in [None, Some("")] {
            metrics.things_total.with(Optional { reason, shop }).inc();
        }
    }
    metrics.things_total.with(Optional { reason: None, shop: Some("a") }).inc();
    metrics.reasons_total.with(Reason::None).inc();
    assert_eq!(
        samples(&scrape(&registry), "optional_"),
        [
            "optional_reasons_total 1",
            "optional_reasons_total{reason=\"refused\"} 0",
            "optional_reasons_total{reason=\"timeout\"} 0",
            "optional_things_total 4",
            "optional_things_total{shop=\"a\"} 1",
        ]
    );
    assert!(metrics.things_total.remove(Optional { reason: Some(Reason::None), shop: Some("") }));
    assert_eq!(samples(&scrape(&registry), "optional_things_total").len(), 1);
}

#[test]
fn open_labels_are_of_any_type() {
    #[derive(LabelValue)]
    struct Tenant<'a>(&'a str);
    #[derive(LabelSet)]
    struct Inner<'a> {
        cow: Cow<'a, str>,
        arc: Arc<str>,
    }
    #[derive(LabelSet)]
    struct Types<'a> {
        string: String,
        #[label(flatten)]
        inner: Inner<'a>,
        character: char,
        signed: i64,
        wide: u128,
        small: Option<u8>,
        is_set: bool,
    }
    /// Many types.
    #[derive(Metrics)]
    #[metrics(namespace = "types", instance(name: &str))]
    struct Metrics {
        /// Things.
        #[metric(max_series = 5)]
        things_total: Family<Types<'static>, Counter>,
        /// By tenant.
        #[metric(max_series = 5)]
        tenants_total: Family<(Tenant<'static>, Tender), Counter>,
    }
    let registry = Registry::new();
    let metrics = Metrics::register(&registry, "x").unwrap();
    let borrowed = String::from("cow");
    let types = || Types {
        string: "s".to_owned(),
        inner: Inner { cow: Cow::Borrowed(&borrowed), arc: Arc::from("arc") },
        character: 'ä',
        signed: i64::MIN,
        wide: u128::MAX,
        small: Some(0),
        is_set: false,
    };
    metrics.things_total.with(types()).inc();
    metrics.things_total.with(Types { small: None, ..types() }).inc();
    let owned = Inner { cow: Cow::Owned("cow".to_owned()), arc: Arc::from("arc") };
    metrics.things_total.with(Types { inner: owned, ..types() }).inc();
    metrics.tenants_total.with((Tenant(&borrowed), Tender::Cash)).inc();
    let start = "types_things_total{name=\"x\",string=\"s\",cow=\"cow\",arc=\"arc\",\
                 character=\"ä\",signed=\"-9223372036854775808\",\
                 wide=\"340282366920938463463374607431768211455\"";
    assert_eq!(
        samples(&scrape(&registry), "types_"),
        [
            "types_tenants_total{name=\"x\",tenant=\"cow\",tender=\"cash\"} 1",
            &format!("{start},is_set=\"false\"}} 1"),
            &format!("{start},small=\"0\",is_set=\"false\"}} 2"),
        ]
    );
}

#[derive(LabelSet, Clone, Copy)]
struct Pair<'a> {
    a: &'a str,
    b: &'a str,
}

#[derive(LabelSet, Clone, Copy)]
struct Shop<'a> {
    shop: &'a str,
}

/// Families with a limit.
#[derive(Metrics)]
#[metrics(namespace = "limits", instance(name: &str))]
struct Limits {
    /// Pairs.
    #[metric(max_series = 3)]
    pairs_total: Family<Pair<'static>, Counter>,
    /// Sales.
    #[metric(max_series = 3)]
    sales_total: Family<Sale<'static>, Counter>,
    /// Temperatures.
    #[metric(max_series = 1, buckets = [1])]
    room_celsius: Family<Shop<'static>, Histogram<Celsius>>,
    /// Levels.
    #[metric(max_series = 1)]
    level: Family<Shop<'static>, Gauge>,
    /// Running now.
    #[metric(max_series = 1)]
    in_progress: Family<Shop<'static>, InProgress>,
}

fn limits(registry: &Registry) -> impl std::ops::Deref<Target = Limits> + Sync {
    Limits::register(registry, "").unwrap()
}

#[test]
fn values_that_join_to_one_are_two_series() {
    let registry = Registry::new();
    let limits = limits(&registry);
    limits.pairs_total.with(Pair { a: "ab", b: "c" }).inc();
    limits.pairs_total.with(Pair { a: "a", b: "bc" }).inc_by(2);
    limits.pairs_total.with(Pair { a: "", b: "abc" }).inc_by(3);
    assert_eq!(
        samples(&scrape(&registry), "limits_pairs_total"),
        [
            "limits_pairs_total{b=\"abc\"} 3",
            "limits_pairs_total{a=\"a\",b=\"bc\"} 2",
            "limits_pairs_total{a=\"ab\",b=\"c\"} 1",
        ]
    );
}

#[test]
fn a_series_that_is_read_is_not_made() {
    let registry = Registry::new();
    let limits = limits(&registry);
    for _ in 0..2 {
        assert_eq!(limits.pairs_total.with(Pair { a: "x", b: "y" }).get(), 0);
        assert_eq!(limits.room_celsius.with(Shop { shop: "x" }).snapshot().count(), 0);
        assert_eq!(limits.room_celsius.with(Shop { shop: "x" }).snapshot().sum(), 0.0);
        assert_eq!(limits.level.with(Shop { shop: "x" }).get(), 0.0);
        assert_eq!(limits.in_progress.with(Shop { shop: "x" }).get(), 0);
        assert!(!limits.pairs_total.remove(Pair { a: "x", b: "y" }));
        assert_eq!(scrape(&registry), "");
        // The same once there is a table.
        limits.pairs_total.with(Pair { a: "1", b: "1" }).inc();
        limits.pairs_total.clear();
        limits.level.with(Shop { shop: "1" }).set(1);
        limits.level.clear();
    }
    // A series that is kept is there, at 0.
    let _ = limits.level.with(Shop { shop: "x" }).keep();
    assert_eq!(samples(&scrape(&registry), "limits_"), ["limits_level{shop=\"x\"} 0"]);
}

#[test]
fn what_is_past_the_limit_is_counted_together_for_each_closed_value() {
    let registry = Registry::new();
    let limits = limits(&registry);
    for (index, shop) in ["a", "b", "c", "d", "e", "f", "a"].iter().enumerate() {
        let tender = if index % 2 == 0 { Tender::Cash } else { Tender::CreditCard };
        limits.sales_total.with(Sale { tender, shop }).inc_by(1 << index);
    }
    let text = scrape(&registry);
    let expected = [
        "limits_sales_total{tender=\"cash\",shop=\"__other__\"} 16",
        "limits_sales_total{tender=\"cash\",shop=\"a\"} 65",
        "limits_sales_total{tender=\"cash\",shop=\"c\"} 4",
        "limits_sales_total{tender=\"credit_card\",shop=\"__other__\"} 40",
        "limits_sales_total{tender=\"credit_card\",shop=\"b\"} 2",
    ];
    assert_eq!(samples(&text, "limits_sales_total"), expected);
    let overflow = "measurand_overflow_updates_total{family=\"limits_sales_total\"}";
    assert_eq!(sample(&text, overflow), 3.0);
    assert_eq!(samples(&text, "measurand_overflow").len(), 1, "{text}");
    // Reading one that is not there reads no other.
    assert_eq!(limits.sales_total.with(Sale { tender: Tender::Cash, shop: "e" }).get(), 0);

    // Who asks by the name of the rest gets it, and nothing is turned away.
    let other = Sale { tender: Tender::Cash, shop: "__other__" };
    assert_eq!(limits.sales_total.with(other).get(), 16);
    limits.sales_total.with(other).inc();
    assert_eq!(sample(&scrape(&registry), overflow), 3.0);

    // The rest does not count against the limit, and can be removed.
    assert!(limits.sales_total.remove(other));
    limits.sales_total.with(Sale { tender: Tender::CreditCard, shop: "g" }).inc();
    assert_eq!(sample(&scrape(&registry), overflow), 4.0);

    // There is room again.
    assert!(limits.sales_total.remove(Sale { tender: Tender::Cash, shop: "c" }));
    limits.sales_total.with(Sale { tender: Tender::CreditCard, shop: "g" }).inc();
    limits.sales_total.with(Sale { tender: Tender::CreditCard, shop: "h" }).inc();
    let expected = [
        "limits_sales_total{tender=\"cash\",shop=\"a\"} 65",
        "limits_sales_total{tender=\"credit_card\",shop=\"__other__\"} 42",
        "limits_sales_total{tender=\"credit_card\",shop=\"b\"} 2",
        "limits_sales_total{tender=\"credit_card\",shop=\"g\"} 1",
    ];
    assert_eq!(samples(&scrape(&registry), "limits_sales_total"), expected);
    assert_eq!(sample(&scrape(&registry), overflow), 5.0);
}

#[test]
fn the_rest_keeps_no_more_than_the_closed_labels() {
    let registry = Registry::new();
    let limits = limits(&registry);
    // A pair with one such value is nothing special.
    for a in ["__other__", "1", "2"] {
        limits.pairs_total.with(Pair { a, b: "b" }).inc();
    }
    limits.pairs_total.with(Pair { a: "__other__", b: "b" }).inc();
    limits.pairs_total.with(Pair { a: "__other__", b: "c" }).inc();
    assert_eq!(
        samples(&scrape(&registry), "limits_pairs_total"),
        [
            "limits_pairs_total{a=\"1\",b=\"b\"} 1",
            "limits_pairs_total{a=\"2\",b=\"b\"} 1",
            "limits_pairs_total{a=\"__other__\",b=\"__other__\"} 1",
            "limits_pairs_total{a=\"__other__\",b=\"b\"} 2",
        ]
    );
}

#[test]
fn every_kind_has_a_rest() {
    let registry = Registry::new();
    let limits = limits(&registry);
    let mut guards = Vec::new();
    for shop in ["a", "b", "c"] {
        limits.room_celsius.with(Shop { shop }).observe(0.5);
        limits.level.with(Shop { shop }).inc();
        guards.push(limits.in_progress.with(Shop { shop }).start());
    }
    let text = scrape(&registry);
    assert_eq!(sample(&text, "limits_level{shop=\"__other__\"}"), 2.0);
    assert_eq!(sample(&text, "limits_in_progress{shop=\"__other__\"}"), 2.0);
    assert_eq!(sample(&text, "limits_room_celsius_count{shop=\"__other__\"}"), 2.0);
    assert_eq!(sample(&text, "limits_room_celsius_sum{shop=\"__other__\"}"), 1.0);
    for family in ["limits_level", "limits_in_progress", "limits_room_celsius"] {
        let name = format!("measurand_overflow_updates_total{{family=\"{family}\"}}");
        assert_eq!(sample(&text, &name), 2.0);
    }
    drop(guards);
    assert_eq!(sample(&scrape(&registry), "limits_in_progress{shop=\"__other__\"}"), 0.0);
}

#[test]
fn removed_open_series_leave_the_page_and_start_again() {
    let registry = Registry::new();
    let limits = limits(&registry);
    let pair = |a| Pair { a, b: "" };
    for a in ["x", "y", "z"] {
        limits.pairs_total.with(pair(a)).inc_by(10);
    }
    let kept = limits.pairs_total.with(pair("x")).keep();
    assert!(limits.pairs_total.remove(pair("x")));
    assert!(!limits.pairs_total.remove(pair("x")));
    kept.inc();
    assert_eq!((kept.get(), limits.pairs_total.with(pair("x")).get()), (11, 0));
    let lines = |registry| -> Vec<String> {
        let text = scrape(registry);
        samples(&text, "limits_pairs_total").into_iter().map(str::to_owned).collect()
    };
    let two = ["limits_pairs_total{a=\"y\"} 10", "limits_pairs_total{a=\"z\"} 10"];
    assert_eq!(lines(&registry), two);
    limits.pairs_total.with(pair("x")).inc();
    kept.inc();
    assert_eq!((kept.get(), limits.pairs_total.with(pair("x")).get()), (12, 1));
    assert_eq!(lines(&registry)[0], "limits_pairs_total{a=\"x\"} 1");

    let mut seen = Vec::new();
    let removed = limits.pairs_total.remove_where(|labels| {
        assert_eq!(labels.get("b"), Some(""));
        assert_eq!(labels.get("name"), None);
        let all: Vec<_> = labels.iter().collect();
        assert_eq!(all.len(), 2);
        seen.push(all[0].1.to_owned());
        labels.get("a") != Some("y")
    });
    seen.sort_unstable();
    assert_eq!((removed, seen.concat().as_str()), (2, "xyz"));
    assert_eq!(lines(&registry), ["limits_pairs_total{a=\"y\"} 10"]);
    limits.pairs_total.clear();
    limits.pairs_total.clear();
    assert_eq!(scrape(&registry), "");
}

#[test]
fn closed_series_start_again_also_where_other_threads_counted() {
    /// Static.
    #[derive(Metrics)]
    #[metrics(namespace = "cleared", local)]
    struct Cleared {
        /// Things.
        things_total: Family<Tender, Counter>,
        /// Time to wait.
        #[metric(buckets = [0.5])]
        wait_seconds: Family<Tender, Histogram<Seconds>>,
        /// Running now.
        in_progress: Family<Tender, InProgress>,
    }
    let registry = Registry::new();
    Cleared::register(&registry).unwrap();
    let cleared = Cleared::global();
    let count = |amount| {
        cleared.things_total.with(Tender::Cash).inc_by(amount);
        cleared.things_total.with(Tender::CreditCard).inc();
        cleared.wait_seconds.with(Tender::Cash).observe(Duration::from_secs(amount));
    };
    let barrier = std::sync::Barrier::new(5);
    thread::scope(|scope| {
        for amount in 1..=4 {
            let barrier = &barrier;
            scope.spawn(move || {
                let _guard = cleared.in_progress.with(Tender::Cash).start();
                count(amount);
                barrier.wait();
                barrier.wait();
                count(amount);
                barrier.wait();
                barrier.wait();
            });
        }
        barrier.wait();
        assert_eq!(cleared.things_total.with(Tender::Cash).get(), 10);
        assert!(cleared.things_total.remove(Tender::Cash));
        let hits = |labels: &measurand::family::Labels<'_>| labels.get("tender") == Some("cash");
        assert_eq!(cleared.wait_seconds.remove_where(hits), 1);
        assert_eq!(cleared.wait_seconds.remove_where(hits), 0);
        cleared.in_progress.clear();
        let text = scrape(&registry);
        assert_eq!(sample(&text, "cleared_things_total{tender=\"cash\"}"), 0.0);
        assert_eq!(sample(&text, "cleared_things_total{tender=\"credit_card\"}"), 4.0);
        assert_eq!(sample(&text, "cleared_wait_seconds_count{tender=\"cash\"}"), 0.0);
        assert_eq!(sample(&text, "cleared_wait_seconds_sum{tender=\"cash\"}"), 0.0);
        assert_eq!(sample(&text, "cleared_in_progress{tender=\"cash\"}"), 4.0);
        barrier.wait();
        barrier.wait();
        let text = scrape(&registry);
        assert_eq!(sample(&text, "cleared_things_total{tender=\"cash\"}"), 10.0);
        assert_eq!(sample(&text, "cleared_wait_seconds_count{tender=\"cash\"}"), 4.0);
        assert_eq!(sample(&text, "cleared_wait_seconds_sum{tender=\"cash\"}"), 10.0);
        assert_eq!(cleared.wait_seconds.with(Tender::Cash).snapshot().sum().as_secs(), 10);
        barrier.wait();
    });
    assert_eq!(cleared.in_progress.with(Tender::Cash).get(), 0);
}

#[test]
fn a_sum_past_64_bits_can_be_cleared() {
    /// Static.
    #[derive(Metrics)]
    #[metrics(namespace = "wide", local)]
    struct Wide {
        /// Amounts.
        #[metric(buckets = [1])]
        amounts: Family<Tender, Histogram>,
        /// Things.
        things_total: Family<Tender, Counter>,
    }
    Wide::register(&Registry::new()).unwrap();
    let wide = Wide::global();
    for _ in 0..3 {
        for _ in 0..3 {
            wide.amounts.with(Tender::Cash).observe(u64::MAX);
            wide.things_total.with(Tender::Cash).inc_by(u64::MAX);
        }
        let snapshot = wide.amounts.with(Tender::Cash).snapshot();
        assert_eq!((snapshot.count(), snapshot.sum()), (3, 3 * u128::from(u64::MAX)));
        // Counters wrap.
        assert_eq!(wide.things_total.with(Tender::Cash).get(), u64::MAX - 2);
        wide.amounts.clear();
        wide.things_total.clear();
        let snapshot = wide.amounts.with(Tender::Cash).snapshot();
        assert_eq!((snapshot.count(), snapshot.sum()), (0, 0));
        assert_eq!(wide.things_total.with(Tender::Cash).get(), 0);
    }
}

#[test]
fn a_whole_struct_loses_the_series_that_are_picked() {
    let registry = Registry::new();
    let limits = limits(&registry);
    for shop in ["a", "b"] {
        limits.sales_total.with(Sale { tender: Tender::Cash, shop }).inc();
        limits.pairs_total.with(Pair { a: shop, b: "" }).inc();
    }
    limits.level.with(Shop { shop: "a" }).set(1);
    assert_eq!(limits.remove_where(|labels| labels.get("shop") == Some("a")), 2);
    assert_eq!(limits.remove_where(|labels| labels.get("shop") == Some("a")), 0);
    assert_eq!(
        samples(&scrape(&registry), "limits_"),
        [
            "limits_pairs_total{a=\"a\"} 1",
            "limits_pairs_total{a=\"b\"} 1",
            "limits_sales_total{tender=\"cash\",shop=\"b\"} 1",
        ]
    );
}

#[test]
fn who_picks_series_to_remove_may_use_the_family() {
    let registry = Registry::new();
    let limits = limits(&registry);
    for a in ["1", "2", "3"] {
        limits.pairs_total.with(Pair { a, b: "" }).inc();
    }
    let zeros = Zeros::register(&registry, "x").unwrap();
    zeros.small_total.with(LARGE.small).inc();
    let mut calls = 0;
    let removed = limits.pairs_total.remove_where(|labels| {
        calls += 1;
        assert!(scrape(&registry).contains("limits_pairs_total"));
        let [a, b] = ["a", "b"].map(|name| labels.get(name).unwrap());
        limits.pairs_total.with(Pair { a, b }).inc();
        limits.pairs_total.with(Pair { a: "new", b: "" }).inc();
        // Removed by the predicate itself, so not by what it picks.
        a != "2" && limits.pairs_total.remove(Pair { a, b })
    });
    assert_eq!(removed, 0);
    assert!(calls >= 3, "{calls}");
    assert_eq!(limits.pairs_total.with(Pair { a: "2", b: "" }).get(), 2);
    let removed = zeros.small_total.remove_where(|_| {
        zeros.small_total.with(LARGE.small).inc();
        zeros.small_total.clear();
        scrape(&registry).contains("zeros_small_total")
    });
    assert_eq!(removed, 1);
}

#[test]
fn what_a_label_shows_may_itself_be_measured() {
    /// Things.
    #[derive(Metrics)]
    #[metrics(namespace = "counted_labels", local)]
    struct Counted {
        /// Things.
        #[metric(max_series = 10)]
        things_total: Family<Shop<'static>, Counter>,
    }
    /// Counts in the family that it is a label of, at its end.
    struct CountsAtTheEnd(String);
    impl Drop for CountsAtTheEnd {
        fn drop(&mut self) {
            Counted::global().things_total.with(Shop { shop: &self.0 }).inc();
            Counted::global().things_total.with(Shop { shop: "dropped" }).inc();
            Counted::global().things_total.remove(Shop { shop: "never" });
        }
    }
    #[derive(LabelValue)]
    struct Noisy(Arc<str>);
    impl Drop for Noisy {
        fn drop(&mut self) {
            Counted::global().things_total.with(Shop { shop: &self.0 }).inc();
        }
    }
    /// By noisy labels.
    #[derive(Metrics)]
    #[metrics(namespace = "noisy_labels", local)]
    struct ByNoise {
        /// Things.
        #[metric(max_series = 10)]
        things_total: Family<Noisy, Counter>,
    }
    let registry = Registry::new();
    Counted::register(&registry).unwrap();
    let counts = CountsAtTheEnd("a".to_owned());
    Counted::global().things_total.with(Shop { shop: &counts.0 }).inc();
    drop(counts);
    ByNoise::global().things_total.with(Noisy(Arc::from("b"))).inc();
    ByNoise::global().things_total.remove(Noisy(Arc::from("b")));
    assert_eq!(
        samples(&scrape(&registry), "counted_labels"),
        [
            "counted_labels_things_total{shop=\"a\"} 2",
            "counted_labels_things_total{shop=\"b\"} 2",
            "counted_labels_things_total{shop=\"dropped\"} 1",
        ]
    );
}

#[test]
fn closed_labels_beside_open_ones_are_told_apart_however_many_there_are() {
    #[derive(LabelValue, Clone, Copy)]
    enum Digit {
        A,
        B,
        C,
        D,
        E,
        F,
        G,
        H,
        I,
        J,
        K,
        L,
        M,
        N,
        O,
        P,
    }
    #[derive(LabelSet, Clone, Copy)]
    struct Digits {
        d0: Digit,
        d1: Digit,
        d2: Digit,
        d3: Digit,
        d4: Digit,
        d5: Digit,
        d6: Digit,
        is_a: bool,
        is_b: bool,
        is_c: bool,
        number: u8,
    }
    /// 2^31 combinations of closed values, which are the most.
    #[derive(Metrics)]
    #[metrics(namespace = "digits", instance(name: &str))]
    struct Metrics {
        /// Things.
        #[metric(max_series = 100)]
        things_total: Family<Digits, Counter>,
    }
    use Digit::{A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P};
    let all = [A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P];
    let registry = Registry::new();
    let metrics = Metrics::register(&registry, "").unwrap();
    for d0 in all {
        for d1 in [A, P] {
            let (d2, d3, d4, d5, d6) = (A, B, P, A, P);
            let (is_a, is_b, is_c) = (true, false, true);
            let digits = Digits { d0, d1, d2, d3, d4, d5, d6, is_a, is_b, is_c, number: 1 };
            metrics.things_total.with(digits).inc();
        }
    }
    let text = scrape(&registry);
    let lines = samples(&text, "digits_things_total");
    assert_eq!(lines.len(), 32, "{text}");
    assert!(lines.iter().all(|line| line.ends_with(" 1")), "{text}");
}
