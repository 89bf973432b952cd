//! What a real Pushgateway has been pushed.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::time::Duration;

use crate::any_registry::AnyRegistry;
use crate::client_model::{COUNTER, GAUGE, HISTOGRAM, MetricFamily, SUMMARY, UNTYPED, families};
use measurand::exposition::{Encoder, Format};
use measurand::push::{PushError, Pushgateway};
use measurand::registry::{Flow, Gather, GatherError, Labels, Point, Report, Sink};
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Seconds};
use measurand::{
    Counter, Descriptor, Family, Gauge, Histogram, InProgress, Info, LabelSet, LabelValue, Metrics,
    NativeHistogram, Registry, StateSet, Summary, Unknown,
};
use measurand_tests::{Killed, PATIENCE, Random, installed, newer, until, usually_or_long};
use prost::Message;
use serde_json::Value;
use tempfile::TempDir;

const ACCEPT: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

/// One of each kind.
#[derive(Metrics)]
#[metrics(namespace = "gateway", global = METRICS)]
struct GatewayMetrics {
    /// Bytes read.
    read_bytes_total: Counter<Bytes>,
    /// Tasks done.
    tasks_total: Family<Task, Counter>,
    /// Items in the queue.
    queued_items: Gauge,
    /// Running now.
    in_progress: InProgress,
    /// Time to wait.
    #[metric(buckets = [0.1, 1, 10])]
    wait_seconds: Histogram<Seconds>,
    /// Time to copy, in native buckets and classic ones.
    #[metric(native(factor = 1.1), buckets = [0.1, 1, 10])]
    copy_seconds: NativeHistogram<Seconds>,
    /// Sizes in native buckets.
    #[metric(native(factor = 1.5))]
    size_bytes: NativeHistogram<Bytes>,
    /// Time to answer.
    #[metric(quantiles = [(0.5, 0.01), (0.99, 0.01)])]
    answer_seconds: Summary<Seconds>,
    /// What somebody else measures.
    register: Unknown,
    /// The job.
    job_info: Info<Version>,
    /// What it is.
    phase: StateSet<Phase>,
}

#[derive(LabelValue, Clone, Copy, PartialEq)]
enum Task {
    Copy,
    Remove,
}

#[derive(LabelValue, Clone, Copy, PartialEq)]
enum Phase {
    Running,
    Done,
}

#[derive(LabelSet)]
struct Version {
    version: String,
}

/// A gateway that runs, and keeps nothing on the disk.
struct Gateway {
    _child: Killed,
    url: String,
    _folder: TempDir,
}

impl Gateway {
    fn start() -> Gateway {
        Gateway::of(installed("prometheus-pushgateway", "prometheus-pushgateway"))
    }

    fn of(mut command: Command) -> Gateway {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        drop(listener);
        command.arg(format!("--web.listen-address={address}")).arg("--persistence.file=");
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let child = Killed(command.spawn().unwrap());
        let gateway = Gateway { _child: child, url: format!("http://{address}"), _folder: folder };
        until("the gateway", || gateway.get("/-/ready", "*/*"));
        gateway
    }

    fn group(&self, job: &str) -> Pushgateway {
        Pushgateway::new(&self.url, job).unwrap()
    }

    fn get(&self, path: &str, accept: &str) -> Option<Vec<u8>> {
        let config = ureq::Agent::config_builder().proxy(None).timeout_global(Some(PATIENCE));
        let agent: ureq::Agent = config.build().into();
        let request = agent.get(format!("{}{path}", self.url)).header("Accept", accept);
        request.call().ok()?.body_mut().with_config().limit(64 << 20).read_to_vec().ok()
    }

    /// What it shows of a group: families by name, with labels as they were before, and sorted.
    fn shown(&self, job: &str, instance: &str) -> BTreeMap<String, MetricFamily> {
        let mut shown = BTreeMap::new();
        for mut family in families(&self.get("/metrics", ACCEPT).unwrap()) {
            family.metric.retain_mut(|metric| {
                let own = [("job", job), ("instance", instance)];
                let count = metric.label.len();
                metric.label.retain(|pair| !own.contains(&(pair.name(), pair.value())));
                count - metric.label.len() == 2
            });
            // It adds when it was pushed.
            if !family.metric.is_empty() && !family.name().starts_with("push_") {
                shown.insert(family.name().to_owned(), family);
            }
        }
        shown
    }

    /// The labels of all groups that it has.
    fn groups(&self) -> Vec<BTreeMap<String, String>> {
        let answer = self.get("/api/v1/metrics", "*/*").unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let groups = answer["data"].as_array().unwrap().iter();
        groups.map(|group| serde_json::from_value(group["labels"].clone()).unwrap()).collect()
    }
}

/// What a gateway should show of a source, as far as it shows what it was pushed.
fn expected(source: &dyn Gather) -> BTreeMap<String, MetricFamily> {
    let page = Encoder::new(Format::Protobuf).to_bytes(&source).unwrap();
    let all = families(&page).into_iter().filter(|family| !family.metric.is_empty());
    all.map(|family| (family.name().to_owned(), family)).collect()
}

/// The same, without the unit, which no gateway keeps, and with labels and series in an order of their own, as bytes: NaN is not equal to itself.
fn sorted(mut family: MetricFamily) -> Vec<u8> {
    family.unit = None;
    for metric in &mut family.metric {
        // No label is the same as an empty one.
        metric.label.retain(|pair| !pair.value().is_empty());
        metric.label.sort_by(|a, b| a.name().cmp(b.name()));
    }
    family.metric.sort_by_key(|metric| {
        metric
            .label
            .iter()
            .map(|pair| (pair.name().to_owned(), pair.value().to_owned()))
            .collect::<Vec<_>>()
    });
    family.encode_to_vec()
}

#[track_caller]
fn assert_shown(gateway: &Gateway, job: &str, source: &dyn Gather) {
    let shown = gateway.shown(job, "db-7");
    let expected = expected(source);
    let names =
        |families: &BTreeMap<String, MetricFamily>| Vec::from_iter(families.keys().cloned());
    assert_eq!(names(&shown), names(&expected));
    for (name, family) in expected {
        let shown = &shown[&name];
        assert!(sorted(shown.clone()) == sorted(family.clone()), "{family:#?}\n{shown:#?}");
    }
}

/// Counts something in each kind, once.
static UPDATED: LazyLock<()> = LazyLock::new(|| {
    METRICS.read_bytes_total.inc_by(1_u64 << 40);
    METRICS.tasks_total.with(Task::Copy).inc_by(3_u64);
    METRICS.tasks_total.with(Task::Remove).inc();
    METRICS.queued_items.set(-2.5);
    std::mem::forget(METRICS.in_progress.start());
    for millis in [1, 20, 20, 300, 4_000, 50_000] {
        let wait = Duration::from_millis(millis);
        METRICS.wait_seconds.observe(wait);
        METRICS.copy_seconds.observe(wait);
        METRICS.answer_seconds.observe(wait);
        METRICS.size_bytes.observe(1_000 * millis);
    }
    METRICS.register.set(7);
    METRICS.job_info.set(Version { version: "1.2".to_owned() });
    METRICS.phase.set(Phase::Running);
    METRICS.phase.set(Phase::Done);
});

fn every_kind_is_shown_as_it_was_pushed(gateway: &Gateway) {
    LazyLock::force(&UPDATED);
    let registry = Registry::new();
    GatewayMetrics::register(&registry).unwrap();
    gateway.group("kinds").instance("db-7").only(&METRICS).unwrap().push().unwrap();
    assert_shown(gateway, "kinds", &registry);
    let shown = gateway.shown("kinds", "db-7");
    let kind = |name: &str| shown[&format!("gateway_{name}")].r#kind.unwrap_or_default();
    for (name, expected) in [
        ("read_bytes_total", COUNTER),
        ("tasks_total", COUNTER),
        ("queued_items", GAUGE),
        ("in_progress", GAUGE),
        ("wait_seconds", HISTOGRAM),
        ("copy_seconds", HISTOGRAM),
        ("size_bytes", HISTOGRAM),
        ("answer_seconds", SUMMARY),
        ("register", UNTYPED),
        ("job_info", GAUGE),
        ("phase", GAUGE),
    ] {
        assert_eq!(kind(name), expected, "{name}");
    }
    let copies = shown["gateway_copy_seconds"].only().histogram();
    let observed: u64 = copies.positive().iter().map(|(_, count)| count).sum();
    assert_eq!((copies.sample_count, observed, copies.classic().len()), (Some(6), 6, 3));
    let sizes = shown["gateway_size_bytes"].only().histogram();
    assert_eq!((sizes.sample_count, sizes.classic().len()), (Some(6), 0));
    assert!(sizes.positive().len() > 3, "{sizes:?}");

    // As text, with what text can say.
    gateway.group("text").instance("db-7").only(&METRICS).unwrap().text().push().unwrap();
    let text = gateway.shown("text", "db-7");
    for (name, family) in &shown {
        // Of a family without classic buckets only these are left.
        let told = &text[name];
        assert_eq!((told.r#kind, told.help()), (family.r#kind, family.help()), "{name}");
        assert_eq!(told.metric.len(), family.metric.len(), "{name}");
    }
    let waits = text["gateway_wait_seconds"].only().histogram();
    let classic: Vec<_> =
        waits.classic().into_iter().filter(|(bound, _)| bound.is_finite()).collect();
    assert_eq!(classic, shown["gateway_wait_seconds"].only().histogram().classic());
}

#[test]
fn every_kind_round_trips() {
    every_kind_is_shown_as_it_was_pushed(&Gateway::start());
}

/// The same without the times of points, which no gateway takes.
struct Untimed(Registry);

impl Gather for Untimed {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        struct WithoutTime<'a>(&'a mut dyn Sink);
        impl Sink for WithoutTime<'_> {
            fn family(&mut self, family: &Descriptor) -> Flow {
                self.0.family(family)
            }
            fn point(
                &mut self,
                family: &Descriptor,
                labels: Labels<'_>,
                point: &Point<'_>,
            ) -> Flow {
                let mut point = *point;
                point.time = None;
                self.0.point(family, labels, &point)
            }
            fn end(&mut self) {
                self.0.end();
            }
        }
        self.0.try_gather(&mut WithoutTime(sink))
    }
}

fn whatever_there_is_is_shown_as_it_was_pushed(gateway: &Gateway, count: u64) {
    for seed in 0..count {
        let AnyRegistry { registry, .. } = &AnyRegistry::new(&mut Random(seed + 1));
        let group = gateway.group("any").instance("db-7");
        match group.clone().registry(registry).push() {
            Ok(()) => assert_shown(gateway, "any", registry),
            Err(PushError::Timestamps { .. }) => {
                let untimed = Untimed(registry.clone());
                group.source(untimed).push().unwrap_or_else(|error| panic!("{seed}: {error}"));
                assert_shown(gateway, "any", &Untimed(registry.clone()));
            }
            Err(error) => panic!("{seed}: {error}"),
        }
    }
}

#[test]
fn whatever_there_is_round_trips() {
    whatever_there_is_is_shown_as_it_was_pushed(&Gateway::start(), usually_or_long(100, 2_000));
}

/// Values of which something else could be made on the way.
fn values() -> Vec<String> {
    let ascii = || (' '..='~').map(String::from);
    let mut values: Vec<_> = ascii().collect();
    values.extend(ascii().flat_map(|c| [format!("a{c}"), format!("{c}b"), format!("a{c}b")]));
    values.push(ascii().collect());
    let others = [
        "",
        ".",
        "..",
        "...",
        "./",
        "../",
        "/",
        "//",
        "/.",
        "/..",
        "a/",
        "/a",
        "a//b",
        "../../metrics",
        "%",
        "%2F",
        "%252F",
        "@base64",
        "=",
        "==",
        "a b  c",
        " ",
        "\n",
        "\t",
        "ä",
        "Προμηθεύς",
        "🦀",
        "\u{feff}",
        "\u{10ffff}",
        "\u{7f}",
        "é/ü",
        "日本/東京",
    ];
    values.extend(others.map(str::to_owned));
    values.sort();
    values.dedup();
    values
}

fn grouping_values_hold_what_was_meant(gateway: &Gateway) {
    let registry = Registry::new();
    let options = FamilyOptions::new("grouped_things", "Things.");
    let _things = options.register_unlabelled::<Gauge>(&registry).unwrap();
    let mut groups = Vec::new();
    let mut expected = Vec::new();
    for value in values() {
        let labels = |job: &str| -> BTreeMap<String, String> {
            let labels = [("job", job), ("value", &value), ("zone", "eu")];
            labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
        };
        let jobs = [Some("grouped"), Some(&*value).filter(|job| !job.is_empty())];
        for job in jobs.into_iter().flatten() {
            let group =
                gateway.group(job).label("value", &value).unwrap().label("zone", "eu").unwrap();
            let group = group.without_instance().registry(&registry);
            group.push().unwrap_or_else(|error| panic!("{value:?}: {error}"));
            groups.push(group);
            expected.push(labels(job));
        }
    }
    expected.sort();
    let found = || {
        let mut found = gateway.groups();
        found.retain(|labels| labels.contains_key("value"));
        found.sort();
        found
    };
    assert_eq!(found(), expected);
    // What it shows to Prometheus is the same.
    let pages = families(&gateway.get("/metrics", ACCEPT).unwrap());
    let things = pages.iter().find(|family| family.name() == "grouped_things").unwrap();
    let mut shown: Vec<_> = things
        .metric
        .iter()
        .map(|metric| {
            let labels = metric.labels().into_iter().filter(|(name, _)| *name != "instance");
            let mut labels: BTreeMap<_, _> =
                labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            labels.entry("value".to_owned()).or_default();
            labels
        })
        .collect();
    shown.sort();
    assert_eq!(shown, expected);
    // The same groups are meant when they are removed.
    groups.iter().for_each(|group| group.delete().unwrap());
    until("all groups to be gone", || found().is_empty().then_some(()));
}

#[test]
fn grouping_values_are_what_was_meant() {
    grouping_values_hold_what_was_meant(&Gateway::start());
}

#[test]
fn a_group_is_replaced_added_to_and_removed() {
    let gateway = Gateway::start();
    let registry = |name: &str| {
        let registry = Registry::new();
        let options = FamilyOptions::new(name.to_owned(), "Things.");
        options.register_unlabelled::<Gauge>(&registry).unwrap().leak();
        registry
    };
    let group = gateway.group("replaced").instance("db-7");
    let names = || Vec::from_iter(gateway.shown("replaced", "db-7").into_keys());
    group.clone().registry(&registry("replaced_a")).push().unwrap();
    assert_eq!(names(), ["replaced_a"]);
    group.clone().registry(&registry("replaced_b")).add().unwrap();
    assert_eq!(names(), ["replaced_a", "replaced_b"]);
    group.clone().registry(&registry("replaced_c")).push().unwrap();
    assert_eq!(names(), ["replaced_c"]);
    // One that is there no more is removed all the same.
    drop(group.delete_on_drop());
    until("the group to be gone", || names().is_empty().then_some(()));
    group.delete().unwrap();
}

#[test]
fn what_the_gateway_refuses_is_an_error_with_its_reason() {
    let gateway = Gateway::start();
    let group = gateway.group("refused").instance("db-7");
    let registry = Registry::new();
    // It has one of this name itself, of another type.
    let options = FamilyOptions::new("go_goroutines", "Routines.");
    let _routines = options.register_unlabelled::<Unknown>(&registry).unwrap();
    let error = group.registry(&registry).push().unwrap_err();
    let PushError::Send(error) = &error else { panic!("{error}") };
    assert_eq!(error.status(), Some(400));
    assert!(error.to_string().contains("go_goroutines"), "{error}");
}

#[test]
fn the_metrics_of_the_whole_binary_are_pushed() {
    let gateway = Gateway::start();
    gateway.group("whole").instance_of_process().push().unwrap();
    let groups = gateway.groups();
    let instance = &groups[0]["instance"];
    assert!(instance.ends_with(&format!(":{}", std::process::id())), "{instance}");
    let shown = gateway.shown("whole", instance);
    assert!(shown.contains_key("gateway_read_bytes_total"), "{:?}", shown.keys());
}

#[test]
#[ignore = "unpacks a Pushgateway of a later Debian: `.ci/run --long` does"]
fn a_newer_pushgateway_takes_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let program = newer("prometheus-pushgateway", folder.path());
    for args in [&[][..], &["--push.enable-utf8-names"]] {
        let mut command = Command::new(&program);
        command.args(args);
        let gateway = Gateway::of(command);
        every_kind_is_shown_as_it_was_pushed(&gateway);
        whatever_there_is_is_shown_as_it_was_pushed(&gateway, 100);
        grouping_values_hold_what_was_meant(&gateway);
        if !args.is_empty() {
            names_in_utf8_stay_as_they_are(&gateway);
        }
    }
}

fn names_in_utf8_stay_as_they_are(gateway: &Gateway) {
    let registry = Registry::new();
    let reads = FamilyOptions::new("disk.read.bytes", "Bytes read.").max_series(3).utf8();
    let reads = reads.register::<Counter<Bytes>, 1>(&registry, ["disk name"]).unwrap();
    reads.with(["sda"]).inc_by(3_u64);
    let group = gateway.group("utf8").instance("db-7").registry(&registry).utf8_names();
    let group = group.label("größe", "a/b").unwrap();
    for group in [group.clone(), group.text()] {
        group.push().unwrap();
        let shown =
            families(&gateway.get("/metrics", &format!("{ACCEPT};escaping=allow-utf-8")).unwrap());
        let shown = shown.iter().find(|family| family.name() == "disk.read.bytes_total").unwrap();
        let labels: BTreeMap<_, _> = shown.only().labels().into_iter().collect();
        let expected =
            [("disk name", "sda"), ("größe", "a/b"), ("instance", "db-7"), ("job", "utf8")];
        assert_eq!(labels, expected.into());
        assert_eq!(shown.only().value(), 3.0);
        group.delete().unwrap();
    }
}
