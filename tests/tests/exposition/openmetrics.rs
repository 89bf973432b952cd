//! OpenMetrics: a page to the byte, and what the strict parser of Prometheus's Python client reads.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime};

use crate::any_registry::AnyRegistry;
use measurand::exemplar::Exemplar;
use measurand::exposition::{Encoder, Format};
use measurand::registry::{
    Collector, Flow, Labels, NativeValue, Point, Points, Registered, Sink, Value,
};
use measurand::runtime::FamilyOptions;

use measurand::unit::{Bytes, Celsius, Joules, Seconds};
use measurand::{
    Counter, Descriptor, Family, Gauge, Histogram, InProgress, Info, Kind, LabelSet, LabelValue,
    Metrics, NativeHistogram, Number, Registry, StateSet, Summary, Unknown, WithExemplars,
};
use measurand_tests::{Random, usually_or_long};
use serde_json::{Map, Value as Json, json};

#[derive(LabelValue, Clone, Copy, PartialEq)]
enum Role {
    Follower,
    Leader,
}

#[derive(LabelSet)]
struct Peer<'a> {
    peer: &'a str,
    role: Role,
}

#[derive(LabelSet)]
struct Server<'a> {
    version: &'a str,
}

/// One of each.
#[derive(Metrics)]
#[metrics(namespace = "golden", instance)]
struct Golden {
    /// Jobs done, on
    /// two lines.
    jobs_total: WithExemplars<Counter>,
    /// Bytes read.
    read_bytes_total: Counter<Bytes>,
    /// Energy.
    spent_joules_total: Counter<Joules>,
    /// Not found.
    #[metric(expect(counter_total, reason = "the name is older than the rule"))]
    not_found: WithExemplars<Counter>,
    #[metric(help = "Back\\slash, \"quotes\"\nand a second line.")]
    level: Gauge,
    /// Levels of peers.
    #[metric(max_series = 10)]
    peer_level: Family<Peer<'static>, Gauge>,
    /// Time to wait.
    #[metric(buckets = [0.005, 0.1, 1, 2.5])]
    wait_seconds: WithExemplars<Histogram<Seconds>>,
    /// Size of a body by role.
    #[metric(buckets = [256, 1024])]
    body_size_bytes: Family<Role, Histogram<Bytes>>,
    /// How far off.
    #[metric(buckets = [-1.5, -0.0, 1e-7])]
    offset_celsius: Histogram<Celsius>,
    /// Time to answer.
    #[metric(quantiles = [(0, 0.01), (0.5, 0.05), (1, 0.01)])]
    answer_seconds: Summary<Seconds>,
    /// Balance.
    #[metric(quantiles = [(0, 0.01), (1, 0.01)])]
    balance_joules: Summary<Joules>,
    /// The server.
    server_info: Info<Server<'static>>,
    /// What this node is.
    role: StateSet<Role>,
    /// A register.
    register_bytes: Unknown<Bytes>,
    /// Running now.
    in_progress: InProgress,
    /// Sizes in native buckets.
    native_size: NativeHistogram,
    /// Sizes in native and in classic buckets.
    #[metric(buckets = [1, 10])]
    mixed_size: WithExemplars<NativeHistogram>,
}

fn golden(registry: &Registry) -> Registered<Golden> {
    let golden = Golden::register(registry).unwrap();
    golden.jobs_total.inc_by_with_exemplar(3, &[("trace_id", "4bf9"), ("note", "a \"b\"\\\n")]);
    golden.read_bytes_total.inc_by(u64::MAX);
    golden.spent_joules_total.inc_by(0.5);
    golden.not_found.inc_by_with_exemplar(1, &[("trace_id", "4bf9")]);
    golden.level.set(-12.25);
    golden.peer_level.with(Peer { peer: "C:\\a \"b\"\nc", role: Role::Leader }).set(f64::INFINITY);
    golden.peer_level.with(Peer { peer: "", role: Role::Follower }).set(f64::NAN);
    golden
        .wait_seconds
        .observe_with_exemplar(Duration::from_micros(4_500), &[("trace_id", "4bf9")]);
    golden.wait_seconds.observe(Duration::from_millis(500));
    golden.wait_seconds.observe_with_exemplar(Duration::from_secs(3), &[]);
    golden.body_size_bytes.with(Role::Leader).observe(256);
    golden.body_size_bytes.with(Role::Leader).observe(10_000);
    golden.offset_celsius.observe(-2);
    golden.offset_celsius.observe(0);
    golden.answer_seconds.observe(Duration::from_millis(250));
    golden.balance_joules.observe(-2);
    golden.balance_joules.observe(1);
    golden.server_info.set(Server { version: "1.2" });
    golden.role.set(Role::Leader);
    golden.register_bytes.set(4_096);
    golden.native_size.observe(5);
    golden.mixed_size.observe_with_exemplar(5, &[("trace_id", "4bf9")]);
    golden
}

fn page(registry: &Registry, created: bool) -> String {
    let mut page = Vec::new();
    let encoder = Encoder::new(Format::OpenMetrics).created_samples(created);
    encoder.encode(registry, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// The page with an asterisk for every time.
fn masked(page: &str) -> String {
    let masked = |line: &str| {
        let (rest, time) = line.rsplit_once(' ').unwrap();
        let is_recent = |time: &str| time.parse::<f64>().is_ok_and(|time| time > 1.7e9);
        match line.contains(" # {") || line.split(['{', ' ']).next().unwrap().ends_with("_created")
        {
            true if is_recent(time) => format!("{rest} *\n"),
            true => panic!("no time: {line}"),
            false => format!("{line}\n"),
        }
    };
    page.lines().map(masked).collect()
}

/// The page with created samples.
const GOLDEN: &str = r#"# TYPE golden_answer_seconds summary
# UNIT golden_answer_seconds seconds
# HELP golden_answer_seconds Time to answer.
golden_answer_seconds{quantile="0.0"} 0.25
golden_answer_seconds{quantile="0.5"} 0.25
golden_answer_seconds{quantile="1.0"} 0.25
golden_answer_seconds_sum 0.25
golden_answer_seconds_count 1
golden_answer_seconds_created *
# TYPE golden_balance_joules summary
# UNIT golden_balance_joules joules
# HELP golden_balance_joules Balance.
golden_balance_joules{quantile="1.0"} 1
golden_balance_joules_count 2
golden_balance_joules_created *
# TYPE golden_body_size_bytes histogram
# UNIT golden_body_size_bytes bytes
# HELP golden_body_size_bytes Size of a body by role.
golden_body_size_bytes_bucket{role="follower",le="256.0"} 0
golden_body_size_bytes_bucket{role="follower",le="1024.0"} 0
golden_body_size_bytes_bucket{role="follower",le="+Inf"} 0
golden_body_size_bytes_sum{role="follower"} 0
golden_body_size_bytes_count{role="follower"} 0
golden_body_size_bytes_created{role="follower"} *
golden_body_size_bytes_bucket{role="leader",le="256.0"} 1
golden_body_size_bytes_bucket{role="leader",le="1024.0"} 1
golden_body_size_bytes_bucket{role="leader",le="+Inf"} 2
golden_body_size_bytes_sum{role="leader"} 10256
golden_body_size_bytes_count{role="leader"} 2
golden_body_size_bytes_created{role="leader"} *
# TYPE golden_in_progress gauge
# HELP golden_in_progress Running now.
golden_in_progress 0
# TYPE golden_jobs counter
# HELP golden_jobs Jobs done, on two lines.
golden_jobs_total 3 # {trace_id="4bf9",note="a \"b\"\\\n"} 3 *
golden_jobs_created *
# TYPE golden_level gauge
# HELP golden_level Back\\slash, \"quotes\"\nand a second line.
golden_level -12.25
# TYPE golden_mixed_size histogram
# HELP golden_mixed_size Sizes in native and in classic buckets.
golden_mixed_size_bucket{le="1.0"} 0
golden_mixed_size_bucket{le="10.0"} 1 # {trace_id="4bf9"} 5 *
golden_mixed_size_bucket{le="+Inf"} 1
golden_mixed_size_sum 5
golden_mixed_size_count 1
golden_mixed_size_created *
# TYPE golden_native_size histogram
# HELP golden_native_size Sizes in native buckets.
golden_native_size_bucket{le="+Inf"} 1
golden_native_size_sum 5
golden_native_size_count 1
golden_native_size_created *
# TYPE golden_not_found unknown
# HELP golden_not_found Not found.
golden_not_found 1
# TYPE golden_offset_celsius histogram
# UNIT golden_offset_celsius celsius
# HELP golden_offset_celsius How far off.
golden_offset_celsius_bucket{le="-1.5"} 1
golden_offset_celsius_bucket{le="0.0"} 2
golden_offset_celsius_bucket{le="1e-07"} 2
golden_offset_celsius_bucket{le="+Inf"} 2
golden_offset_celsius_created *
# TYPE golden_peer_level gauge
# HELP golden_peer_level Levels of peers.
golden_peer_level{role="follower"} NaN
golden_peer_level{peer="C:\\a \"b\"\nc",role="leader"} +Inf
# TYPE golden_read_bytes counter
# UNIT golden_read_bytes bytes
# HELP golden_read_bytes Bytes read.
golden_read_bytes_total 18446744073709551615
golden_read_bytes_created *
# TYPE golden_register_bytes unknown
# UNIT golden_register_bytes bytes
# HELP golden_register_bytes A register.
golden_register_bytes 4096
# TYPE golden_role stateset
# HELP golden_role What this node is.
golden_role{golden_role="follower"} 0
golden_role{golden_role="leader"} 1
# TYPE golden_server info
# HELP golden_server The server.
golden_server_info{version="1.2"} 1
# TYPE golden_spent_joules counter
# UNIT golden_spent_joules joules
# HELP golden_spent_joules Energy.
golden_spent_joules_total 0.5
golden_spent_joules_created *
# TYPE golden_wait_seconds histogram
# UNIT golden_wait_seconds seconds
# HELP golden_wait_seconds Time to wait.
golden_wait_seconds_bucket{le="0.005"} 1 # {trace_id="4bf9"} 0.0045 *
golden_wait_seconds_bucket{le="0.1"} 1
golden_wait_seconds_bucket{le="1.0"} 2
golden_wait_seconds_bucket{le="2.5"} 2
golden_wait_seconds_bucket{le="+Inf"} 3 # {} 3 *
golden_wait_seconds_sum 3.5045
golden_wait_seconds_count 3
golden_wait_seconds_created *
# EOF
"#;

#[test]
fn the_page_is_what_openmetrics_specifies() {
    let registry = Registry::new();
    let _golden = golden(&registry);
    let is_shown = |line: &&str| !line.contains("_created");
    let expected: String = GOLDEN.split_inclusive('\n').filter(is_shown).collect();
    assert_eq!(masked(&page(&registry, false)), expected);
}

#[test]
fn created_samples_stand_behind_what_they_are_of() {
    let registry = Registry::new();
    let _golden = golden(&registry);
    assert_eq!(masked(&page(&registry, true)), GOLDEN);
}

#[test]
fn an_empty_registry_is_the_end_of_a_page() {
    assert_eq!(page(&Registry::new(), true), "# EOF\n");
    assert_eq!(read(&["# EOF\n".to_owned()]), [json!([])]);
}

#[test]
fn the_strict_parser_reads_one_of_each_kind() {
    let registry = Registry::new();
    let golden = golden(&registry);
    let _guard = golden.in_progress.start();
    check(&[Pages::of(&registry)]);
}

/// What stands on pages comes back, whatever there is.
#[test]
fn the_strict_parser_reads_whatever_there_can_be() {
    let count = usually_or_long(400, 5_000);
    let mut shown = BTreeMap::<String, usize>::new();
    for chunk in (1..=count).collect::<Vec<_>>().chunks(500) {
        let pages = chunk.iter().map(|seed| {
            let any = AnyRegistry::new(&mut Random(seed * 0x9E37_79B9));
            Pages::of(&any.registry)
        });
        let pages: Vec<_> = pages.collect();
        check(&pages);
        for family in pages.iter().flat_map(|pages| &pages.expected[1]) {
            let samples = family["samples"].as_array().unwrap();
            for what in ["exemplar", "time"] {
                let have = samples.iter().filter(|sample| !sample[what].is_null()).count();
                *shown.entry(what.to_owned()).or_default() += have;
            }
            let kind = family["type"].as_str().unwrap();
            *shown.entry(kind.to_owned()).or_default() += samples.len();
        }
    }
    // So that nothing is looked at in vain.
    let enough = shown.values().all(|count| *count > 50);
    assert!(shown.len() == 9 && enough, "{shown:?}");
}

/// As OpenMetrics gives examples of bounds.
#[test]
fn bounds_are_as_others_write_them() {
    let expected = [
        "0.0",
        "1e-10",
        "1e-09",
        "1e-08",
        "1e-07",
        "1e-06",
        "1e-05",
        "0.0001",
        "0.001",
        "0.002",
        "0.01",
        "0.1",
        "0.9",
        "0.95",
        "0.99",
        "0.999",
        "1.0",
        "1.7",
        "10.0",
        "100.0",
        "1000.0",
        "10000.0",
        "100000.0",
        "123456.7",
        "1e+06",
        "1.234567e+06",
        "1e+07",
        "1e+08",
        "1e+09",
        "1e+10",
        "1e+100",
    ];
    let bounds: Vec<f64> = expected.map(|bound| bound.parse().unwrap()).into();
    let registry = Registry::new();
    let options = FamilyOptions::new("app_joules", "Energy.").buckets(bounds);
    let family =
        options.register_unlabelled::<WithExemplars<Histogram<Joules>>>(&registry).unwrap();
    for is_with_exemplar in [false, true] {
        if is_with_exemplar {
            family.observe_with_exemplar(0.5, &[("id", "1")]);
        }
        let page = page(&registry, false);
        let bounds = page.lines().filter_map(|line| {
            Some(line.strip_prefix("app_joules_bucket{le=\"")?.split_once('"').unwrap().0)
        });
        assert!(bounds.eq(expected.into_iter().chain(["+Inf"])), "{page}");
    }
}

#[test]
fn a_point_of_its_own_time_says_it_in_seconds() {
    struct Gives([Descriptor; 4]);
    impl Collector for Gives {
        fn collect(&self, points: &mut Points<'_>) {
            let [level, size, wait, work] = &self.0;
            let time = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_120);
            let created = SystemTime::UNIX_EPOCH + Duration::from_millis(1_600_000_000_000);
            points.push(level, &[], Point::gauge(3).at(time).since(created));
            points.push(size, &[], Point::histogram(&[1, 2], 7).at(time).since(created));
            points.push(wait, &[], Point::summary(&[(1.0, 4.0)], 2, 5).at(time));
            let exemplars = [(1, created), (2, time)]
                .map(|(value, time)| Exemplar::new([("id", "x")], value, Some(time)).unwrap());
            points.push(work, &[], Point::counter(9).at(time).with_exemplars(&exemplars));
        }
    }
    let registry = Registry::new();
    let families = [
        Descriptor::gauge("app_level", "Level."),
        Descriptor::histogram("app_size", "Sizes.").buckets([1.0]),
        Descriptor::summary("app_wait", "Waits."),
        Descriptor::counter("app_work_total", "Work."),
    ];
    let families = families.map(|family| family.build().unwrap());
    registry.register_collector(Gives(families)).unwrap().leak();
    let expected = "\
# TYPE app_level gauge
# HELP app_level Level.
app_level 3 1700000000.12
# TYPE app_size histogram
# HELP app_size Sizes.
app_size_bucket{le=\"1.0\"} 1 1700000000.12
app_size_bucket{le=\"+Inf\"} 3 1700000000.12
app_size_sum 7 1700000000.12
app_size_count 3 1700000000.12
app_size_created 1600000000 1700000000.12
# TYPE app_wait summary
# HELP app_wait Waits.
app_wait{quantile=\"1.0\"} 4 1700000000.12
app_wait_sum 5 1700000000.12
app_wait_count 2 1700000000.12
# TYPE app_work counter
# HELP app_work Work.
app_work_total 9 1700000000.12 # {id=\"x\"} 2 1700000000.12
# EOF
";
    assert_eq!(page(&registry, true), expected);
    check(&[Pages::of(&registry)]);
}

/// A registry's pages without and with created samples, and what should be read of each.
struct Pages {
    pages: [String; 2],
    expected: [Vec<Json>; 2],
}

impl Pages {
    fn of(registry: &Registry) -> Pages {
        let expected = [false, true].map(|created| {
            let mut expected = Expected { families: Vec::new(), created };
            registry.gather(&mut expected);
            expected.families
        });
        Pages { pages: [false, true].map(|created| page(registry, created)), expected }
    }
}

#[track_caller]
fn check(all: &[Pages]) {
    let texts: Vec<_> = all.iter().flat_map(|pages| pages.pages.clone()).collect();
    let expected = all.iter().flat_map(|pages| &pages.expected);
    for ((read, expected), page) in read(&texts).iter().zip(expected).zip(&texts) {
        let Json::Array(read) = read else { panic!("{read} in {page}") };
        for (read, expected) in read.iter().zip(expected) {
            assert_eq!(read, expected, "of {page}");
        }
        assert_eq!(read.len(), expected.len(), "{page}");
    }
}

/// What the parser reads, by `python/openmetrics.py`.
#[track_caller]
fn read(pages: &[String]) -> Vec<Json> {
    // Debian's own, whatever other one is there.
    let mut python = Command::new("/usr/bin/python3");
    python.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/python/openmetrics.py"));
    let mut child = python.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    // It ends early where the parser is missing, of which it says more.
    let _ = stdin.write_all(&serde_json::to_vec(pages).unwrap());
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    assert!(
        output.status.success(),
        "install Debian's package python3-prometheus-client, or run ./tests/run"
    );
    let mut read: Vec<Json> = serde_json::from_slice(&output.stdout).unwrap();
    read.iter_mut().for_each(normalize);
    read
}

/// Writes every number in one way.
fn normalize(json: &mut Json) {
    match json {
        Json::Array(all) => all.iter_mut().for_each(normalize),
        Json::Object(all) => {
            for (key, value) in all {
                match (&**key, value) {
                    ("labels", _) => {}
                    ("value", Json::String(text)) => *text = normal(text),
                    (_, value) => normalize(value),
                }
            }
        }
        _ => {}
    }
}

/// A number as it stands in what is compared; an integer has all of its digits.
fn normal(text: &str) -> String {
    match (text.parse::<i128>(), text.parse::<f64>()) {
        (Ok(whole), _) => whole.to_string(),
        (_, Ok(float)) if float == float.trunc() && float.abs() < 1e18 => {
            (float as i64).to_string()
        }
        (_, Ok(float)) => format!("{float:?}"),
        _ => panic!("{text} is no number"),
    }
}

/// What the parser should read, by what OpenMetrics says of each kind.
struct Expected {
    families: Vec<Json>,
    created: bool,
}

fn number(number: Number) -> String {
    match number {
        Number::Whole(whole) => whole.to_string(),
        other => normal(&format!("{:?}", other.as_f64())),
    }
}

fn time(time: Option<SystemTime>) -> Json {
    let Some(time) = time else { return Json::Null };
    let millis = time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    format!("{}.{:03}000000", millis / 1_000, millis % 1_000).into()
}

/// A bound or a quantile, which is a float for everyone to see.
fn bound(bound: f64) -> String {
    if bound == f64::INFINITY {
        return "+Inf".to_owned();
    }
    // As Go's `%g`, with a point.
    let scientific = format!("{:e}", bound + 0.0);
    let (digits, exponent) = scientific.split_once('e').unwrap();
    match exponent.parse::<i32>().unwrap() {
        -4..6 => format!("{:?}", bound + 0.0),
        exponent => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.abs())
        }
    }
}

fn exemplar(exemplar: Option<&Exemplar>) -> Json {
    let Some(exemplar) = exemplar else { return Json::Null };
    let labels = exemplar.labels().map(|(name, value)| (name.to_owned(), value.into()));
    json!({
        "labels": labels.collect::<Map<_, _>>(),
        "value": number(exemplar.value()),
        "time": time(exemplar.time()),
    })
}

fn latest<'a>(exemplars: impl IntoIterator<Item = &'a Exemplar>) -> Option<&'a Exemplar> {
    exemplars.into_iter().max_by_key(|exemplar| exemplar.time())
}

/// The name and the type of a family.
fn named(family: &Descriptor) -> (String, &'static str) {
    let name = family.name();
    let without = |suffix, kind| match name.strip_suffix(suffix) {
        Some(stem) => (stem.to_owned(), kind),
        None => (name.to_owned(), "unknown"),
    };
    match family.kind() {
        Kind::Counter => without("_total", "counter"),
        Kind::Info => without("_info", "info"),
        Kind::Gauge => (name.to_owned(), "gauge"),
        Kind::StateSet => (name.to_owned(), "stateset"),
        Kind::Histogram => (name.to_owned(), "histogram"),
        Kind::Summary => (name.to_owned(), "summary"),
        _ => (name.to_owned(), "unknown"),
    }
}

impl Sink for Expected {
    fn family(&mut self, family: &Descriptor) -> Flow {
        let (name, kind) = named(family);
        let mut units = ["bytes", "celsius", "joules", "meters", "seconds"].into_iter();
        let unit = units.find(|unit| name.ends_with(&format!("_{unit}")));
        self.families.push(json!({
            "name": name,
            "type": kind,
            "unit": unit.unwrap_or_default(),
            "help": family.help(),
            "samples": [],
        }));
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let (name, kind) = named(family);
        let labels: Map<_, _> = labels
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        let samples = self.families.last_mut().unwrap()["samples"].as_array_mut().unwrap();
        let mut push = |suffix: &str, label: Option<(&str, String)>, value: String, of_it: Json| {
            let mut labels = labels.clone();
            labels.extend(label.map(|(name, value)| (name.to_owned(), value.into())));
            samples.push(json!({
                "name": format!("{name}{suffix}"),
                "labels": labels,
                "value": value,
                "time": time(point.time),
                "exemplar": of_it,
            }));
        };
        let is_amount = |sum: Number| sum.as_f64() >= 0.0;
        match point.value {
            Value::Counter(value) if kind == "counter" => {
                push("_total", None, number(value), exemplar(latest(point.exemplars)));
            }
            Value::Counter(value) | Value::Gauge(value) | Value::Unknown(value) => {
                push("", None, number(value), Json::Null);
            }
            Value::Info => push("_info", None, "1".into(), Json::Null),
            Value::State(holds) => push("", None, u8::from(holds).to_string(), Json::Null),
            Value::Histogram(value)
            | Value::NativeHistogram(NativeValue { classic: value, .. }) => {
                let (mut count, mut lower) = (0, f64::NEG_INFINITY);
                for (index, in_bucket) in value.counts.iter().enumerate() {
                    let upper = value.bounds.get(index).copied().unwrap_or(f64::INFINITY);
                    let is_in = |it: &&Exemplar| {
                        it.value().as_f64() > lower && it.value().as_f64() <= upper
                    };
                    count += in_bucket;
                    let of_it = exemplar(latest(point.exemplars.iter().filter(is_in)));
                    push("_bucket", Some(("le", bound(upper))), count.to_string(), of_it);
                    lower = upper;
                }
                if is_amount(value.sum) && value.bounds.first().is_none_or(|bound| *bound >= 0.0) {
                    push("_sum", None, number(value.sum), Json::Null);
                    push("_count", None, count.to_string(), Json::Null);
                }
            }
            Value::Summary(value) => {
                // No quantile is below 0.
                for (quantile, at) in
                    value.quantiles.iter().filter(|(_, at)| *at >= 0.0 || at.is_nan())
                {
                    let label = Some(("quantile", bound(*quantile)));
                    push("", label, number(Number::Float(*at)), Json::Null);
                }
                if is_amount(value.sum) {
                    push("_sum", None, number(value.sum), Json::Null);
                }
                push("_count", None, value.count.to_string(), Json::Null);
            }
            other => panic!("{other:?} is new"),
        }
        let is_cumulative = matches!(kind, "counter" | "histogram" | "summary");
        if let (Some(created), true) = (point.created, self.created && is_cumulative) {
            let since = created.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis() as f64;
            push("_created", None, number(Number::Float(since / 1e3)), Json::Null);
        }
        Flow::Continue
    }
}
