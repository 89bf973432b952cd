//! Protobuf: what a decoder reads that knows the messages from their definition alone.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use crate::any_registry::AnyRegistry;
use crate::client_model::{
    BucketSpan, COUNTER, Exemplar, GAUGE, HISTOGRAM, Metric, MetricFamily, SUMMARY, Timestamp,
    UNTYPED, labels,
};
use measurand::exemplar::Exemplar as Given;
use measurand::exposition::{Encoder, Escaping, Format};
use measurand::registry::{Collector, Flow, Labels, NativeValue, Point, Points, Sink, Value};
use measurand::runtime::{FamilyOptions, NativeOptions};
use measurand::unit::{Bytes, Celsius, Joules, Seconds};
use measurand::{
    Counter, Descriptor, Family, Gauge, Histogram as Classic, InProgress, Info, LabelSet,
    LabelValue, Metrics, NativeHistogram, Registry, StateSet, Summary as Quantiles, Unknown,
    WithExemplars,
};
use measurand_tests::{Random, usually_or_long};
use prost::Message;

fn encode(registry: &Registry, format: Format) -> Vec<u8> {
    let mut page = Vec::new();
    Encoder::new(format).encode(registry, &mut page).unwrap();
    page
}

/// The families of the registry's page.
#[track_caller]
fn families(registry: &Registry) -> Vec<MetricFamily> {
    let page = encode(registry, Format::Protobuf);
    let families = crate::client_model::families(&page);
    // Nothing was passed over: written again it is as long.
    let again =
        families.iter().map(|family: &MetricFamily| family.encode_length_delimited_to_vec().len());
    assert_eq!(again.sum::<usize>(), page.len());
    families
}

#[track_caller]
fn by_name(registry: &Registry) -> BTreeMap<String, MetricFamily> {
    families(registry).into_iter().map(|family| (family.name().to_owned(), family)).collect()
}

/// The page of a collector.
#[track_caller]
fn given(give: impl Fn(&mut Points<'_>) + Send + Sync + 'static) -> BTreeMap<String, MetricFamily> {
    struct Gives<F>(F);
    impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Gives<F> {
        fn collect(&self, points: &mut Points<'_>) {
            (self.0)(points);
        }
    }
    let registry = Registry::new();
    registry.register_collector(Gives(give)).unwrap().leak();
    registry.validate().unwrap();
    by_name(&registry)
}

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

/// One of each.
#[derive(Metrics)]
#[metrics(namespace = "wire", instance)]
struct Wire {
    #[metric(help = "Back\\slash, \"quotes\"\nand a second line.")]
    jobs_total: WithExemplars<Counter>,
    /// Bytes read.
    read_bytes_total: Counter<Bytes>,
    /// Time spent.
    spent_seconds_total: Family<Role, Counter<Seconds>>,
    /// Levels of peers.
    #[metric(max_series = 10)]
    peer_level: Family<Peer<'static>, Gauge>,
    /// Temperature.
    room_celsius: Gauge<Celsius>,
    /// Time to wait.
    #[metric(buckets = [0.005, 0.1, 1])]
    wait_seconds: WithExemplars<Classic<Seconds>>,
    /// How far off.
    #[metric(buckets = [-1.5, 0, 1])]
    offset_celsius: Classic<Celsius>,
    /// Balance.
    #[metric(quantiles = [(0, 0.01), (1, 0.01)])]
    balance_joules: Quantiles<Joules>,
    /// The server.
    server_info: Info<Peer<'static>>,
    /// What this node is.
    role: StateSet<Role>,
    /// A register.
    register_bytes: Unknown<Bytes>,
    /// Running now.
    in_progress: InProgress,
    /// Sizes in native buckets.
    native_size: WithExemplars<NativeHistogram>,
    /// Temperatures in native and in classic buckets.
    #[metric(native(schema = 0, zero_threshold = 1e-3), buckets = [-1, 1])]
    mixed_celsius: WithExemplars<NativeHistogram<Celsius>>,
}

/// A scraper that finds a unit which is not the end of the name, behind a `_`, takes nothing of the page.
#[test]
fn a_unit_is_said_where_scrapers_find_it() {
    for (name, unit) in [
        ("idle_seconds", Some("seconds")),
        ("seconds", None),
        ("idle.seconds", None),
        ("pool.idle_seconds", Some("seconds")),
    ] {
        let registry = Registry::new();
        let options = FamilyOptions::new(name, "Idle.").utf8();
        let _idle = options.register_unlabelled::<Gauge<Seconds>>(&registry).unwrap();
        let mut page = Vec::new();
        let encoder = Encoder::new(Format::Protobuf).escaping(Escaping::AllowUtf8);
        encoder.encode(&registry, &mut page).unwrap();
        let family = MetricFamily::decode_length_delimited(&*page).unwrap();
        assert_eq!((family.name.as_deref(), family.unit.as_deref()), (Some(name), unit));
        page.clear();
        let encoder = Encoder::new(Format::OpenMetrics).escaping(Escaping::AllowUtf8);
        encoder.encode(&registry, &mut page).unwrap();
        let has_unit = String::from_utf8(page).unwrap().contains("# UNIT ");
        assert_eq!(has_unit, unit.is_some(), "{name}");
    }
}

#[test]
fn an_empty_registry_is_an_empty_page() {
    let registry = Registry::new();
    assert_eq!(encode(&registry, Format::Protobuf), b"");
    assert_eq!(encode(&registry, Format::Text), b"");
    assert_eq!(encode(&registry, Format::OpenMetrics), b"# EOF\n");
}

#[test]
fn families_say_their_help_type_and_unit() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    wire.peer_level.with(Peer { peer: "x", role: Role::Leader }).set(1);
    wire.server_info.set(Peer { peer: "x", role: Role::Leader });
    let families = families(&registry);
    let said = families.iter().map(|it| (it.name(), it.kind.unwrap(), it.unit.as_deref()));
    assert_eq!(
        said.collect::<Vec<_>>(),
        [
            ("wire_balance_joules", SUMMARY, Some("joules")),
            ("wire_in_progress", GAUGE, None),
            ("wire_jobs_total", COUNTER, None),
            ("wire_mixed_celsius", HISTOGRAM, Some("celsius")),
            ("wire_native_size", HISTOGRAM, None),
            ("wire_offset_celsius", HISTOGRAM, Some("celsius")),
            ("wire_peer_level", GAUGE, None),
            ("wire_read_bytes_total", COUNTER, Some("bytes")),
            ("wire_register_bytes", UNTYPED, Some("bytes")),
            ("wire_role", GAUGE, None),
            ("wire_room_celsius", GAUGE, Some("celsius")),
            ("wire_server_info", GAUGE, None),
            ("wire_spent_seconds_total", COUNTER, Some("seconds")),
            ("wire_wait_seconds", HISTOGRAM, Some("seconds")),
        ]
    );
    assert_eq!(families[2].help(), "Back\\slash, \"quotes\"\nand a second line.");
    assert_eq!(families[7].help(), "Bytes read.");
}

#[test]
fn series_say_their_labels_and_values() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    wire.jobs_total.inc_by(3);
    wire.read_bytes_total.inc_by(1 << 53);
    wire.spent_seconds_total.with(Role::Leader).inc_by(Duration::from_millis(1_500));
    let peer = "C:\\a \"b\"\nc".repeat(50);
    wire.peer_level.with(Peer { peer: &peer, role: Role::Leader }).set(f64::NEG_INFINITY);
    wire.peer_level.with(Peer { peer: "", role: Role::Follower }).set(f64::NAN);
    wire.room_celsius.set(-0.5);
    wire.server_info.set(Peer { peer: "x", role: Role::Leader });
    wire.role.set(Role::Leader);
    wire.register_bytes.set(4_096);
    let _guard = wire.in_progress.start();
    let page = by_name(&registry);
    let of = |name: &str| &page[&format!("wire_{name}")];
    assert_eq!(of("jobs_total").only().counter.as_ref().unwrap().value, Some(3.0));
    assert_eq!(of("read_bytes_total").only().value(), (1_u64 << 53) as f64);
    let spent = of("spent_seconds_total").metric.iter().map(|it| (it.labels(), it.value()));
    let expected = [(vec![("role", "follower")], 0.0), (vec![("role", "leader")], 1.5)];
    assert_eq!(spent.collect::<Vec<_>>(), expected);
    // An empty value is the same as no label.
    let [nan, infinite] = &*of("peer_level").metric else { panic!("{page:?}") };
    assert_eq!(nan.labels(), [("role", "follower")]);
    assert!(nan.gauge.as_ref().unwrap().value().is_nan());
    assert_eq!(infinite.labels(), [("peer", &*peer), ("role", "leader")]);
    assert_eq!(infinite.gauge.as_ref().unwrap().value(), f64::NEG_INFINITY);
    assert_eq!(of("room_celsius").only().gauge.as_ref().unwrap().value(), -0.5);
    assert_eq!(of("in_progress").only().gauge.as_ref().unwrap().value(), 1.0);
    let info = of("server_info").only();
    assert_eq!(info.labels(), [("peer", "x"), ("role", "leader")]);
    assert_eq!(info.gauge.as_ref().unwrap().value(), 1.0);
    let states =
        of("role").metric.iter().map(|it| (it.labels(), it.gauge.as_ref().unwrap().value()));
    let expected = [(vec![("wire_role", "follower")], 0.0), (vec![("wire_role", "leader")], 1.0)];
    assert_eq!(states.collect::<Vec<_>>(), expected);
    assert_eq!(of("register_bytes").only().untyped.as_ref().unwrap().value(), 4_096.0);
    assert!(page.values().flat_map(|family| &family.metric).all(|it| it.timestamp_ms.is_none()));
}

#[test]
fn classic_buckets_are_cumulative_and_end_before_infinity() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    for millis in [5, 6, 500, 3_000, 4_000] {
        wire.wait_seconds.observe(Duration::from_millis(millis));
    }
    wire.offset_celsius.observe(-2);
    wire.offset_celsius.observe(0.5);
    let page = by_name(&registry);
    let wait = page["wire_wait_seconds"].only().histogram();
    assert_eq!(wait.classic(), [(0.005, 1), (0.1, 2), (1.0, 3)]);
    assert_eq!((wait.sample_count, wait.sample_sum), (Some(5), Some(7.511)));
    assert!(wait.schema.is_none() && wait.positive_span.is_empty() && wait.zero_count.is_none());
    // Here a sum may be below 0.
    let offset = page["wire_offset_celsius"].only().histogram();
    assert_eq!(offset.classic(), [(-1.5, 1), (0.0, 1), (1.0, 2)]);
    assert_eq!((offset.sample_count, offset.sample_sum), (Some(2), Some(-1.5)));

    // An exemplar above all bounds has to stand somewhere.
    wire.wait_seconds.observe_with_exemplar(Duration::from_secs(5), &[("id", "7")]);
    let page = by_name(&registry);
    let wait = page["wire_wait_seconds"].only().histogram();
    assert_eq!(wait.classic()[2..], [(1.0, 3), (f64::INFINITY, 6)]);
    assert_eq!(labels(&wait.bucket[3].exemplar.as_ref().unwrap().label), [("id", "7")]);
}

#[test]
fn a_summary_says_its_quantiles() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    let summary = |page: BTreeMap<String, MetricFamily>| {
        page["wire_balance_joules"].only().summary.clone().unwrap()
    };
    let before = summary(by_name(&registry));
    assert_eq!((before.sample_count, before.sample_sum), (Some(0), Some(0.0)));
    assert!(before.quantile.iter().all(|it| it.value().is_nan()));
    wire.balance_joules.observe(-2);
    wire.balance_joules.observe(0.5);
    let after = summary(by_name(&registry));
    assert_eq!((after.sample_count, after.sample_sum), (Some(2), Some(-1.5)));
    let quantiles = after.quantile.iter().map(|it| (it.quantile.unwrap(), it.value.unwrap()));
    assert_eq!(quantiles.collect::<Vec<_>>(), [(0.0, -2.0), (1.0, 0.5)]);
}

#[test]
fn native_buckets_are_those_of_the_snapshot() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    for degrees in [-3.0, -0.5, 0.0005, -0.0, 1.0, 1.5, 2.5, 30.0, f64::NAN, f64::INFINITY] {
        wire.mixed_celsius.observe(degrees);
    }
    for size in [1, 1, 8, 1_000] {
        wire.native_size.observe(size);
    }
    let page = by_name(&registry);
    let mixed = page["wire_mixed_celsius"].only().histogram();
    assert_eq!((mixed.schema, mixed.zero_threshold), (Some(0), Some(1e-3)));
    assert_eq!((mixed.sample_count, mixed.zero_count), (Some(10), Some(2)));
    assert!(mixed.sample_sum().is_nan());
    assert_eq!(mixed.classic(), [(-1.0, 1), (1.0, 5)]);
    assert_eq!(mixed.positive(), [(0, 1), (1, 1), (2, 1), (5, 1), (1_025, 1)]);
    assert_eq!(mixed.negative(), [(-1, 1), (2, 1)]);
    let span = |offset, length| BucketSpan { offset: Some(offset), length: Some(length) };
    assert_eq!(mixed.positive_span, [span(0, 3), span(2, 1), span(1_019, 1)]);
    assert_eq!(mixed.negative_span, [span(-1, 1), span(2, 1)]);

    // As the library's own snapshot has them, by their bounds.
    let snapshot = wire.native_size.snapshot();
    let size = page["wire_native_size"].only().histogram();
    assert_eq!(size.schema, Some(snapshot.schema().into()));
    assert_eq!(size.zero_threshold, Some(snapshot.zero_threshold()));
    assert_eq!((size.sample_count, size.sample_sum), (Some(4), Some(1_010.0)));
    assert!(size.bucket.is_empty());
    let bound = |index: i32| 2_f64.powf(f64::from(index) / 2_f64.powi(snapshot.schema().into()));
    let decoded = size.positive();
    let buckets: Vec<_> = snapshot.native_buckets().collect();
    assert_eq!(decoded.len(), buckets.len());
    for ((index, count), bucket) in decoded.into_iter().zip(buckets) {
        assert!((bound(index) / bucket.upper_bound - 1.0).abs() < 1e-9, "{index} is {bucket:?}");
        assert_eq!(count, bucket.count);
    }
}

#[test]
fn an_empty_native_histogram_is_still_one() {
    let registry = Registry::new();
    let options = |name| FamilyOptions::new(name, "Sizes.");
    let bare = NativeOptions::new().zero_threshold(0.0);
    let bare = options("bare_size").native(bare).register_unlabelled::<NativeHistogram>(&registry);
    let _usual = options("usual_size").register_unlabelled::<NativeHistogram>(&registry).unwrap();
    let bare = bare.unwrap();
    let page = by_name(&registry);
    let no_op = BucketSpan { offset: Some(0), length: Some(0) };
    let histogram = page["bare_size"].only().histogram();
    assert_eq!(histogram.positive_span, [no_op]);
    assert_eq!((histogram.zero_threshold, histogram.zero_count), (Some(0.0), Some(0)));
    assert!(histogram.positive_delta.is_empty() && histogram.negative_span.is_empty());
    // The threshold of others says so.
    let histogram = page["usual_size"].only().histogram();
    assert!(histogram.positive_span.is_empty() && histogram.zero_threshold() > 0.0);
    bare.observe(1);
    let page = by_name(&registry);
    assert_eq!(page["bare_size"].only().histogram().positive(), [(0, 1)]);
    assert_eq!(page["bare_size"].only().histogram().positive_span.len(), 1);
}

#[test]
fn exemplars_say_their_labels_values_and_times() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    let before = SystemTime::now() - Duration::from_secs(1);
    wire.jobs_total.inc_by_with_exemplar(3, &[("id", "a"), ("note", "a \"b\"\n")]);
    wire.wait_seconds.observe_with_exemplar(Duration::from_millis(50), &[("id", "b")]);
    wire.native_size.observe_with_exemplar(5, &[("id", "c")]);
    wire.native_size.observe_with_exemplar(100, &[("id", "d")]);
    wire.mixed_celsius.observe_with_exemplar(0.5, &[]);
    let page = by_name(&registry);
    #[track_caller]
    fn check(exemplar: &Exemplar, of: &[(&str, &str)], value: f64, after: SystemTime) {
        assert_eq!((&*labels(&exemplar.label), exemplar.value), (of, Some(value)));
        let time = exemplar.timestamp.as_ref().unwrap();
        let time = Duration::new(time.seconds.try_into().unwrap(), time.nanos.try_into().unwrap());
        let time = SystemTime::UNIX_EPOCH + time;
        assert!(time > after && time < after + Duration::from_secs(60), "{exemplar:?}");
    }
    let jobs = page["wire_jobs_total"].only().counter.as_ref().unwrap();
    let note = [("id", "a"), ("note", "a \"b\"\n")];
    check(jobs.exemplar.as_ref().unwrap(), &note, 3.0, before);
    let wait = page["wire_wait_seconds"].only().histogram();
    check(wait.bucket[1].exemplar.as_ref().unwrap(), &[("id", "b")], 0.05, before);
    assert!(wait.bucket[0].exemplar.is_none() && wait.exemplars.is_empty());
    let size = page["wire_native_size"].only().histogram();
    let [low, high] = &*size.exemplars else { panic!("{size:?}") };
    check(low, &[("id", "c")], 5.0, before);
    check(high, &[("id", "d")], 100.0, before);
    // Whoever reads classic buckets alone has them there.
    let mixed = page["wire_mixed_celsius"].only().histogram();
    check(mixed.bucket[1].exemplar.as_ref().unwrap(), &[], 0.5, before);
    check(&mixed.exemplars[0], &[], 0.5, before);
}

#[test]
fn what_counts_says_since_when() {
    let registry = Registry::new();
    let before = SystemTime::now() - Duration::from_secs(1);
    let _wire = Wire::register(&registry).unwrap();
    let is_recent = |time: &Timestamp| {
        let time = Duration::new(time.seconds.try_into().unwrap(), time.nanos.try_into().unwrap());
        let time = SystemTime::UNIX_EPOCH + time;
        time > before && time < before + Duration::from_secs(60)
    };
    for family in families(&registry) {
        for metric in &family.metric {
            let created = match family.kind.unwrap() {
                COUNTER => &metric.counter.as_ref().unwrap().created_timestamp,
                SUMMARY => &metric.summary.as_ref().unwrap().created_timestamp,
                HISTOGRAM => &metric.histogram().created_timestamp,
                _ => continue,
            };
            assert!(created.as_ref().is_some_and(is_recent), "{family:?}");
        }
    }
    let work = Descriptor::counter("app_work_total", "Work.").build().unwrap();
    let age = Descriptor::counter("app_age_total", "Age.").build().unwrap();
    let page = given(move |points| {
        let since = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 123_456_789);
        points.push(&work, &[], Point::counter(1).since(since));
        points.push(&age, &[], Point::counter(1));
    });
    let created = |name: &str| page[name].only().counter.clone().unwrap().created_timestamp;
    let expected = Timestamp { seconds: 1_700_000_000, nanos: 123_456_789 };
    assert_eq!(created("app_work_total"), Some(expected));
    assert_eq!(created("app_age_total"), None);
}

#[test]
fn counts_that_no_float_can_hold_stay_exact() {
    let size = Descriptor::histogram("app_size", "Sizes.").buckets([1.0]).build().unwrap();
    let native_size = Descriptor::native_histogram("app_native_size", "Sizes.").build().unwrap();
    let wait = Descriptor::summary("app_wait", "Waits.").build().unwrap();
    let page = given(move |points| {
        points.push(&size, &[], Point::histogram(&[(1 << 60) + 1, 3], 7));
        let counts = [(-5, 1), (-4, (1 << 60) + 1), (-3, 0), (100, (1 << 61) + 1)];
        let value = NativeValue::new(3, &[(1 << 62) + 1], 1.0).zero(0.5, (1 << 54) + 1);
        let negative = [(i32::MIN / 2, 1), (i32::MAX / 2, 1)];
        points.push(
            &native_size,
            &[],
            Point::native_histogram(value.positive(&counts).negative(&negative)),
        );
        points.push(&wait, &[], Point::summary(&[], u64::MAX, 5));
    });
    let size = page["app_size"].only().histogram();
    assert_eq!(
        (size.classic(), size.sample_count),
        (vec![(1.0, (1 << 60) + 1)], Some((1 << 60) + 4))
    );
    let native = page["app_native_size"].only().histogram();
    let counts = [(-5, 1), (-4, (1 << 60) + 1), (-3, 0), (100, (1 << 61) + 1)];
    assert_eq!((native.positive(), native.sample_count), (counts.to_vec(), Some((1 << 62) + 1)));
    assert_eq!(native.negative(), [(i32::MIN / 2, 1), (i32::MAX / 2, 1)]);
    assert_eq!(native.zero_count, Some((1 << 54) + 1));
    assert_eq!(page["app_wait"].only().summary.as_ref().unwrap().sample_count, Some(u64::MAX));
}

#[test]
fn a_point_of_its_own_time_says_it_in_milliseconds() {
    let level = Descriptor::gauge("app_level", "Level.").labels(["of"]).build().unwrap();
    let size = Descriptor::histogram("app_size", "Sizes.").buckets([1.0]).build().unwrap();
    let page = given(move |points| {
        let epoch = SystemTime::UNIX_EPOCH;
        points.push(&level, &["a"], Point::gauge(1).at(epoch - Duration::from_millis(5)));
        points.push(&level, &["b"], Point::gauge(2).at(epoch));
        points.push(&level, &["c"], Point::gauge(3));
        let time = epoch + Duration::from_millis(1_700_000_000_123);
        points.push(&size, &[], Point::histogram(&[1, 2], 7).at(time));
    });
    let times = page["app_level"].metric.iter().map(|metric| metric.timestamp_ms);
    assert_eq!(times.collect::<Vec<_>>(), [Some(-5), Some(0), None]);
    assert_eq!(page["app_size"].only().timestamp_ms, Some(1_700_000_000_123));
}

/// A sample as text format 0.0.4 shows it: its name, its labels, its value and its time.
#[derive(Clone, Debug)]
struct Sample {
    name: String,
    labels: Vec<(String, String)>,
    value: f64,
    time: Option<i64>,
}

impl PartialEq for Sample {
    fn eq(&self, other: &Sample) -> bool {
        let is_same = self.value == other.value || self.value.is_nan() && other.value.is_nan();
        (&self.name, &self.labels, self.time) == (&other.name, &other.labels, other.time) && is_same
    }
}

/// A family as text format 0.0.4 shows it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    name: String,
    kind: String,
    help: String,
    samples: Vec<Sample>,
}

fn bound(bound: f64) -> String {
    format!("{:?}", bound + 0.0)
}

/// Undoes escapes.
fn unescaped(text: &str) -> String {
    let (mut plain, mut characters) = (String::new(), text.chars());
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some(escaped @ ('\\' | '"')) => escaped,
                other => panic!("escape {other:?} in {text}"),
            },
            other => other,
        });
    }
    plain
}

/// Reads a line of a sample.
fn sample(line: &str) -> Sample {
    let name_end = line.find(['{', ' ']).unwrap();
    let (name, rest) = line.split_at(name_end);
    // No value and no time has a brace.
    let (inner, numbers) = match rest.strip_prefix('{') {
        Some(rest) => rest.rsplit_once("} ").unwrap(),
        None => ("", &rest[1..]),
    };
    let (mut labels, mut inner) = (Vec::new(), inner);
    while !inner.is_empty() {
        let (label, rest) = inner.split_once("=\"").unwrap();
        let mut is_escaped = false;
        let is_end = |(_, character): &(usize, char)| {
            let is_end = *character == '"' && !is_escaped;
            is_escaped = *character == '\\' && !is_escaped;
            is_end
        };
        let (end, _) = rest.char_indices().find(is_end).unwrap();
        let mut value = unescaped(&rest[..end]);
        if matches!(label, "le" | "quantile") {
            value = bound(value.parse().unwrap());
        }
        labels.push((label.to_owned(), value));
        inner = rest[end + 1..].trim_start_matches(',');
    }
    let (value, time) = match numbers.split_once(' ') {
        Some((value, time)) => (value, Some(time.parse().unwrap())),
        None => (numbers, None),
    };
    Sample { name: name.to_owned(), labels, value: value.parse().unwrap(), time }
}

fn of_text(page: &str) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    // Not `lines`, which takes a carriage return off.
    for line in page.split_terminator('\n') {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, help) = rest.split_once(' ').unwrap();
            let (name, help) = (name.to_owned(), unescaped(help));
            all.push(Shown { name, help, ..Shown::default() });
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            all.last_mut().unwrap().kind = rest.split_once(' ').unwrap().1.to_owned();
        } else {
            all.last_mut().unwrap().samples.push(sample(line));
        }
    }
    all
}

/// What text format 0.0.4 should show of a family.
fn of_protobuf(family: &MetricFamily) -> Shown {
    let mut samples = Vec::new();
    for metric in &family.metric {
        let mut push = |suffix: &str, more: Option<(&str, f64)>, value: f64| {
            let mut labels: Vec<_> = metric
                .labels()
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            labels.extend(more.map(|(name, value)| (name.to_owned(), bound(value))));
            let name = format!("{}{suffix}", family.name());
            samples.push(Sample { name, labels, value, time: metric.timestamp_ms });
        };
        if let Some(summary) = &metric.summary {
            for it in &summary.quantile {
                push("", Some(("quantile", it.quantile.unwrap())), it.value.unwrap());
            }
            push("_sum", None, summary.sample_sum.unwrap());
            push("_count", None, summary.sample_count.unwrap() as f64);
        } else if let Some(histogram) = &metric.histogram {
            let mut buckets = histogram.classic();
            if buckets.last().is_none_or(|(bound, _)| *bound != f64::INFINITY) {
                buckets.push((f64::INFINITY, histogram.sample_count.unwrap()));
            }
            for (bound, count) in buckets {
                push("_bucket", Some(("le", bound)), count as f64);
            }
            push("_sum", None, histogram.sample_sum.unwrap());
            push("_count", None, histogram.sample_count.unwrap() as f64);
        } else {
            push("", None, metric.value());
        }
    }
    let kind =
        ["counter", "gauge", "summary", "untyped", "histogram"][family.kind.unwrap() as usize];
    let (name, help) = (family.name().to_owned(), family.help().to_owned());
    Shown { name, kind: kind.to_owned(), help, samples }
}

/// What text cannot say: native buckets, exemplars and when series were created.
#[derive(Debug, Default, PartialEq)]
struct Beyond(Vec<Rest>);

type Side = Vec<(i32, u64)>;
type Found = (Vec<(String, String)>, f64, Option<Timestamp>);

#[derive(Debug, Default, PartialEq)]
struct Rest {
    native: Option<(i32, f64, u64, Side, Side)>,
    exemplars: Vec<Found>,
    created: Option<Timestamp>,
}

fn timestamp(time: SystemTime) -> Timestamp {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    Timestamp { seconds: since.as_secs() as i64, nanos: since.subsec_nanos() as i32 }
}

fn found(given: &Given) -> Found {
    let labels = given.labels().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let value = given.value().as_f64();
    // Two that are no number are the same here.
    let value = if value.is_nan() { -1e300 } else { value };
    (labels.collect(), value, given.time().map(timestamp))
}

impl Sink for Beyond {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Continue
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, point: &Point<'_>) -> Flow {
        let mut rest = Rest::default();
        let latest = |exemplars: &mut dyn Iterator<Item = &Given>| {
            exemplars.max_by_key(|exemplar| exemplar.time()).map(found)
        };
        let in_buckets = |bounds: &[f64]| -> Vec<Found> {
            let uppers = bounds.iter().copied().chain([f64::INFINITY]);
            let lowers = [f64::NEG_INFINITY].into_iter().chain(bounds.iter().copied());
            lowers
                .zip(uppers)
                .filter_map(|(lower, upper)| {
                    let is_in =
                        |it: &&Given| it.value().as_f64() > lower && it.value().as_f64() <= upper;
                    latest(&mut point.exemplars.iter().filter(is_in))
                })
                .collect()
        };
        match &point.value {
            Value::Counter(_) => {
                rest.exemplars = latest(&mut point.exemplars.iter()).into_iter().collect()
            }
            Value::Histogram(value) => rest.exemplars = in_buckets(value.bounds),
            Value::NativeHistogram(value) => {
                let (positive, negative) = (value.positive.to_vec(), value.negative.to_vec());
                let (schema, threshold) = (value.schema.into(), value.zero_threshold);
                rest.native = Some((schema, threshold, value.zero_count, positive, negative));
                if !value.classic.bounds.is_empty() {
                    rest.exemplars = in_buckets(value.classic.bounds);
                }
                let timed = point.exemplars.iter().filter(|exemplar| exemplar.time().is_some());
                rest.exemplars.extend(timed.map(found));
            }
            Value::Summary(_) => {}
            _ => {
                self.0.push(rest);
                return Flow::Continue;
            }
        }
        rest.created = point.created.map(timestamp);
        self.0.push(rest);
        Flow::Continue
    }
}

fn beyond(families: &[MetricFamily]) -> Beyond {
    let found = |exemplar: &Exemplar| -> Found {
        let labels = labels(&exemplar.label).into_iter();
        let labels = labels.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let value = exemplar.value.unwrap();
        let value = if value.is_nan() { -1e300 } else { value };
        (labels, value, exemplar.timestamp.clone())
    };
    let rest = |metric: &Metric| {
        if let Some(histogram) = &metric.histogram {
            let in_buckets = histogram.bucket.iter().filter_map(|bucket| bucket.exemplar.as_ref());
            let native = |schema| {
                let (positive, negative) = (histogram.positive(), histogram.negative());
                let (threshold, zeros) = (histogram.zero_threshold(), histogram.zero_count());
                (schema, threshold, zeros, positive, negative)
            };
            Rest {
                native: histogram.schema.map(native),
                exemplars: in_buckets.chain(&histogram.exemplars).map(found).collect(),
                created: histogram.created_timestamp.clone(),
            }
        } else if let Some(counter) = &metric.counter {
            let exemplars = counter.exemplar.iter().map(found).collect();
            Rest { native: None, exemplars, created: counter.created_timestamp.clone() }
        } else {
            let created = metric.summary.as_ref().and_then(|it| it.created_timestamp.clone());
            Rest { created, ..Rest::default() }
        }
    };
    Beyond(families.iter().flat_map(|family| &family.metric).map(rest).collect())
}

#[test]
fn protobuf_says_what_text_says_and_more_whatever_there_can_be() {
    let (mut natives, mut exemplars) = (0, 0);
    for seed in 1..=usually_or_long(400, 5_000) {
        let any = AnyRegistry::new(&mut Random(seed * 0x9E37_79B9));
        let families = families(&any.registry);
        let text = String::from_utf8(encode(&any.registry, Format::Text)).unwrap();
        let read: Vec<_> = families.iter().map(of_protobuf).collect();
        for (read, expected) in read.iter().zip(of_text(&text)) {
            assert_eq!(read, &expected, "{text}");
        }
        assert_eq!(read.len(), of_text(&text).len(), "{text}");

        let mut expected = Beyond::default();
        any.registry.gather(&mut expected);
        assert_eq!(beyond(&families), expected, "{families:?}");
        natives += expected.0.iter().filter(|rest| rest.native.is_some()).count();
        exemplars += expected.0.iter().map(|rest| rest.exemplars.len()).sum::<usize>();
    }
    // So that nothing is looked at in vain.
    assert!(natives > 50 && exemplars > 50, "{natives} {exemplars}");
}
