//! The alerts of the guide: Prometheus takes them, they do what they say, and what they ask for is there.

use std::collections::BTreeSet;
use std::thread;
use std::time::Duration;

use measurand::collectors::standard_collectors;
use measurand::export::{Console, Exporters};
use measurand::health::{Check, Health};
use measurand::registry::{Cached, Collector, Flow, Labels, Point, Points, Sink};
use measurand::requests::RequestOptions;
use measurand::scrape::Handler;
use measurand::unit::Seconds;
use measurand::{
    Counter, Descriptor, Family, Histogram, LabelSet, Metrics, Registry, instrument_metrics,
};
use measurand_tests::{installed, until};

/// What the page of the guide ends with.
const ALERTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../runtime/docs/alerts.yml");

#[test]
fn prometheus_takes_them_and_they_do_what_they_say() {
    let tests = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/alerts.yml");
    for (what, file) in [("check", ALERTS), ("test", tests)] {
        let mut promtool = installed("promtool", "prometheus");
        let output = promtool.args([what, "rules", file]).output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{said}");
    }
}

/// What the alerts ask measurand for.
fn asked_for() -> BTreeSet<String> {
    let rules = std::fs::read_to_string(ALERTS).unwrap();
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || "_:".contains(letter);
    let words = rules.split(|letter| !is_of_name(letter));
    let starts = ["http_", "function_", "tokio_", "process_", "health_", "measurand_", "promhttp_"];
    let names = words.filter(|word| starts.iter().any(|start| word.starts_with(start)));
    names.map(str::to_owned).collect()
}

#[derive(Default)]
struct Names(BTreeSet<String>);

impl Sink for Names {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        self.0.insert(family.name().to_owned());
        Flow::Continue
    }
}

struct Nothing;

impl Collector for Nothing {
    fn collect(&self, _: &mut Points<'_>) {}
}

struct Broken;

impl Collector for Broken {
    fn collect(&self, _: &mut Points<'_>) {
        panic!("on purpose");
    }
}

struct Slow;

impl Collector for Slow {
    fn collect(&self, _: &mut Points<'_>) {
        thread::sleep(Duration::from_secs(1));
    }
}

#[derive(LabelSet)]
struct Shop<'a> {
    shop: &'a str,
}

/// What goes wrong.
#[derive(Metrics)]
#[metrics(namespace = "alerting", instance)]
struct Wrong {
    /// Sales.
    #[metric(max_series = 1)]
    sales_total: Family<Shop<'static>, Counter>,
    /// Time to sell.
    sale_seconds: Histogram<Seconds>,
}

/// One of two that want a name.
#[derive(Metrics)]
#[metrics(namespace = "alerting_conflict", local)]
struct First {
    /// Sales.
    sales_total: Counter,
}

/// The other one.
#[derive(Metrics)]
#[metrics(namespace = "alerting_conflict", local)]
struct Second {
    /// Sales, told otherwise.
    sales_total: Counter,
}

#[instrument_metrics]
fn sell() -> Result<(), ()> {
    Ok(())
}

#[test]
fn what_they_ask_for_is_there() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _entered = runtime.enter();
    let registry = Registry::new();
    registry.set_collector_timeout(Duration::from_millis(100));
    standard_collectors(&registry).unwrap();
    let requests = RequestOptions::new().register(&registry).unwrap();
    let mut request = requests.start("GET", &[]);
    request.answer(200);
    request.finish();
    let ok = Check::new("ok", || async { Ok::<(), String>(()) });
    let health = Health::new().check(ok).unwrap().metrics(&registry).unwrap();
    runtime.block_on(health.ready("", ""));
    let _handler = Handler::new().registry(&registry).own_metrics(&registry).unwrap();
    let wrong = Wrong::register(&registry).unwrap();
    for shop in ["a", "b"] {
        wrong.sales_total.with(Shop { shop }).inc();
    }
    wrong.sale_seconds.observe(Seconds::from_f64(f64::NAN));
    let _broken = registry.register_collector(Broken).unwrap();
    let _slow = registry.register_collector(Slow).unwrap();
    let cached = Cached::every(Duration::from_secs(1), Nothing);
    let _cached = registry.register_collector(cached).unwrap();
    let exporters = Exporters::new().registry(&Registry::new()).exporter(Console::new());
    let exporting = exporters.metrics(&registry).unwrap().start().unwrap();
    exporting.shutdown(Duration::from_secs(10)).unwrap();
    sell().unwrap();
    First::global().sales_total.inc();
    Second::global().sales_total.inc();

    until("all of them", || {
        let mut names = Names::default();
        registry.gather(&mut names);
        Registry::global().gather(&mut names);
        let is_there = |name: &String| {
            let base = name.strip_suffix("_bucket").or(name.strip_suffix("_count"));
            names.0.contains(name) || base.is_some_and(|base| names.0.contains(base))
        };
        let missing: Vec<_> = asked_for().into_iter().filter(|name| !is_there(name)).collect();
        if missing.is_empty() {
            Some(())
        } else {
            eprintln!("not yet: {missing:?}");
            None
        }
    });
}
