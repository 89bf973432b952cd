//! OTLP: what a decoder reads that knows the messages from their definition alone.

mod any_registry;
mod otlp_messages;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use any_registry::AnyRegistry;
use measurand::exemplar::Exemplar as Given;
use measurand::otlp::{EncodedRequests, Encoder, Resource};
use measurand::registry::{
    Collector, Flow, Labels, NativeValue, Point, Points, Registries, Sink, Value,
};
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Celsius, Joules, Seconds, Unit};
use measurand::{
    Counter, Descriptor, Family, Gauge as GaugeMetric, Histogram as Classic, InProgress, Info,
    Kind, LabelSet, LabelValue, Metrics, NativeHistogram, Number, Registry, StateSet,
    Summary as Quantiles, Unknown, WithExemplars,
};
use measurand_tests::{Random, usually_or_long};
use otlp_messages::*;
use prost::Message;

fn encoder() -> Encoder {
    Encoder::new(Resource::new("tested"))
}

/// The requests of an export.
#[track_caller]
fn requests(encoder: &Encoder, registry: &Registry) -> Vec<ExportMetricsServiceRequest> {
    let mut requests = EncodedRequests::new();
    encoder.encode(registry, &mut requests).unwrap();
    requests.iter().map(decoded).collect()
}

/// The metrics of a request that is of one resource and one scope.
#[track_caller]
fn metrics_of(request: ExportMetricsServiceRequest) -> Vec<Metric> {
    let [of_resource] = <[_; 1]>::try_from(request.resource_metrics).unwrap();
    let [of_scope] = <[_; 1]>::try_from(of_resource.scope_metrics).unwrap();
    assert!(of_resource.resource.is_some() && of_scope.scope.is_some());
    of_scope.metrics
}

/// The metrics of a registry that fits into a request.
#[track_caller]
fn by_name(registry: &Registry) -> BTreeMap<String, Metric> {
    let requests = requests(&encoder(), registry);
    let metrics: Vec<_> = requests.into_iter().flat_map(metrics_of).collect();
    let len = metrics.len();
    let by_name: BTreeMap<_, _> =
        metrics.into_iter().map(|metric| (metric.name.clone(), metric)).collect();
    assert_eq!(by_name.len(), len, "a name is there twice");
    by_name
}

/// A registry with a collector.
#[track_caller]
fn registry_of(give: impl Fn(&mut Points<'_>) + Send + Sync + 'static) -> Registry {
    struct Gives<F>(F);
    impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Gives<F> {
        fn collect(&self, points: &mut Points<'_>) {
            (self.0)(points);
        }
    }
    let registry = Registry::new();
    registry.register_collector(Gives(give)).unwrap().leak();
    registry.validate().unwrap();
    registry
}

impl Metric {
    #[track_caller]
    fn sum(&self) -> &Sum {
        let Some(Data::Sum(sum)) = &self.data else { panic!("no sum: {self:?}") };
        assert_eq!(sum.aggregation_temporality, CUMULATIVE);
        sum
    }

    #[track_caller]
    fn gauge(&self) -> &Gauge {
        let Some(Data::Gauge(gauge)) = &self.data else { panic!("no gauge: {self:?}") };
        gauge
    }

    #[track_caller]
    fn histogram(&self) -> &HistogramDataPoint {
        let Some(Data::Histogram(histogram)) = &self.data else { panic!("{self:?}") };
        assert_eq!(histogram.aggregation_temporality, CUMULATIVE);
        let [point] = &*histogram.data_points else { panic!("{self:?}") };
        point
    }

    #[track_caller]
    fn exponential(&self) -> &ExponentialHistogramDataPoint {
        let Some(Data::Exponential(histogram)) = &self.data else { panic!("{self:?}") };
        assert_eq!(histogram.aggregation_temporality, CUMULATIVE);
        let [point] = &*histogram.data_points else { panic!("{self:?}") };
        point
    }

    #[track_caller]
    fn summary(&self) -> &SummaryDataPoint {
        let Some(Data::Summary(summary)) = &self.data else { panic!("{self:?}") };
        let [point] = &*summary.data_points else { panic!("{self:?}") };
        point
    }

    /// Its numbers, whatever they are of.
    #[track_caller]
    fn numbers(&self) -> &[NumberDataPoint] {
        match &self.data {
            Some(Data::Gauge(gauge)) => &gauge.data_points,
            Some(Data::Sum(sum)) => &sum.data_points,
            other => panic!("no numbers: {other:?}"),
        }
    }

    /// The value of the only point.
    #[track_caller]
    fn only(&self) -> NumberValue {
        let [point] = self.numbers() else { panic!("{self:?}") };
        point.value.unwrap()
    }
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
#[metrics(namespace = "otlp_wire", instance)]
struct Wire {
    #[metric(help = "Back\\slash, \"quotes\"\nand a second line.")]
    jobs_total: WithExemplars<Counter>,
    /// Bytes read.
    read_bytes_total: Counter<Bytes>,
    /// Time spent.
    spent_seconds_total: Family<Role, Counter<Seconds>>,
    /// Levels of peers.
    #[metric(max_series = 10)]
    peer_level: Family<Peer<'static>, GaugeMetric>,
    /// Temperature.
    room_celsius: GaugeMetric<Celsius>,
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

#[test]
fn an_empty_registry_is_no_request() {
    let mut requests = EncodedRequests::new();
    encoder().encode(&Registry::new(), &mut requests).unwrap();
    assert!(requests.is_empty() && requests.points() == 0 && requests.iter().next().is_none());
}

#[test]
fn requests_say_what_they_are_of_and_who_says_so() {
    let registry = Registry::new();
    let _wire = Wire::register(&registry).unwrap();
    let resource = Resource::new("shop")
        .attribute("service.instance.id", "ä\n→")
        .attribute("empty", "")
        .attribute("service.name", "shop 2");
    let requests = requests(&Encoder::new(resource), &registry);
    let [request] = &*requests else { panic!("{} requests", requests.len()) };
    let of_resource = &request.resource_metrics[0];
    assert_eq!(
        pairs(&of_resource.resource.as_ref().unwrap().attributes),
        [
            ("service.name", "shop 2"),
            ("telemetry.sdk.name", "measurand"),
            ("telemetry.sdk.language", "rust"),
            ("telemetry.sdk.version", "0.1.0"),
            ("service.instance.id", "ä\n→"),
            ("empty", ""),
        ]
    );
    let scope = of_resource.scope_metrics[0].scope.as_ref().unwrap();
    assert_eq!((&*scope.name, &*scope.version), ("measurand", "0.1.0"));
}

#[test]
fn metrics_say_their_help_unit_and_type() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    wire.peer_level.with(Peer { peer: "x", role: Role::Leader }).set(1);
    wire.server_info.set(Peer { peer: "x", role: Role::Leader });
    let metrics = by_name(&registry);
    let said = metrics.values().map(|it| {
        let [("prometheus.type", kind)] = *pairs(&it.metadata) else { panic!("{it:?}") };
        (it.name.strip_prefix("otlp_wire_").unwrap(), kind.to_owned(), &*it.unit)
    });
    let said: Vec<_> = said.collect();
    let expected = [
        ("balance_joules", "summary", "J"),
        ("in_progress", "gauge", ""),
        ("jobs_total", "counter", ""),
        ("mixed_celsius", "histogram", "Cel"),
        ("native_size", "histogram", ""),
        ("offset_celsius", "histogram", "Cel"),
        ("peer_level", "gauge", ""),
        ("read_bytes_total", "counter", "By"),
        ("register_bytes", "unknown", "By"),
        ("role", "stateset", ""),
        ("room_celsius", "gauge", "Cel"),
        ("server_info", "info", ""),
        ("spent_seconds_total", "counter", "s"),
        ("wait_seconds", "histogram", "s"),
    ];
    assert_eq!(said, expected.map(|(name, kind, unit)| (name, kind.to_owned(), unit)));
    let help = &metrics["otlp_wire_jobs_total"].description;
    assert_eq!(help, "Back\\slash, \"quotes\"\nand a second line.");
}

measurand::unit!(/** Pages. */ Pages = "pages", whole);
measurand::unit!(/** Watts. */ Watts = "watts", fractional);

#[test]
fn units_are_those_of_ucum() {
    use measurand::unit::{Amperes, Grams, Kelvin, Meters, Ratio, Unitless, Volts};

    fn check<U: Unit>(expected: &str) {
        let name = if U::NAME.is_empty() { "none".to_owned() } else { format!("of_{}", U::NAME) };
        let family = Descriptor::gauge(name.clone(), "Something.").unit::<U>().build().unwrap();
        let registry = registry_of(move |points| points.push(&family, &[], Point::gauge(1)));
        assert_eq!(by_name(&registry)[&name].unit, expected, "{name}");
    }
    check::<Unitless>("");
    check::<Seconds>("s");
    check::<Bytes>("By");
    check::<Ratio>("1");
    check::<Celsius>("Cel");
    check::<Kelvin>("K");
    check::<Meters>("m");
    check::<Volts>("V");
    check::<Amperes>("A");
    check::<Joules>("J");
    check::<Grams>("g");
    check::<Watts>("W");
    check::<Pages>("pages");
}

#[test]
fn series_say_their_labels_and_values() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    wire.jobs_total.inc_by(3);
    wire.read_bytes_total.inc_by((1 << 53) + 1);
    wire.spent_seconds_total.with(Role::Leader).inc_by(Duration::from_millis(1_500));
    let peer = "C:\\a \"b\"\nc".repeat(50);
    wire.peer_level.with(Peer { peer: &peer, role: Role::Leader }).set(f64::NEG_INFINITY);
    wire.peer_level.with(Peer { peer: "", role: Role::Follower }).set(f64::NAN);
    wire.room_celsius.set(-0.5);
    wire.server_info.set(Peer { peer: "x", role: Role::Leader });
    wire.role.set(Role::Leader);
    wire.register_bytes.set(4_096);
    let _guard = wire.in_progress.start();
    let metrics = by_name(&registry);
    let of = |name: &str| &metrics[&format!("otlp_wire_{name}")];

    assert!(of("jobs_total").sum().is_monotonic);
    assert_eq!(of("jobs_total").only(), NumberValue::Int(3));
    assert_eq!(of("read_bytes_total").only(), NumberValue::Int((1 << 53) + 1));
    let spent = of("spent_seconds_total").sum();
    assert!(spent.is_monotonic);
    let spent = spent.data_points.iter().map(|it| (pairs(&it.attributes), it.value.unwrap()));
    let expected = [
        (vec![("role", "follower")], NumberValue::Double(0.0)),
        (vec![("role", "leader")], NumberValue::Double(1.5)),
    ];
    assert_eq!(spent.collect::<Vec<_>>(), expected);
    // An empty value is the same as no label.
    let [nan, infinite] = &*of("peer_level").gauge().data_points else { panic!("{metrics:?}") };
    assert_eq!(pairs(&nan.attributes), [("role", "follower")]);
    assert!(matches!(nan.value, Some(NumberValue::Double(value)) if value.is_nan()));
    assert_eq!(pairs(&infinite.attributes), [("peer", &*peer), ("role", "leader")]);
    assert_eq!(infinite.value, Some(NumberValue::Double(f64::NEG_INFINITY)));
    of("room_celsius").gauge();
    assert_eq!(of("room_celsius").only(), NumberValue::Double(-0.5));
    of("in_progress").gauge();
    let info = of("server_info");
    assert!(!info.sum().is_monotonic);
    assert_eq!(pairs(&info.numbers()[0].attributes), [("peer", "x"), ("role", "leader")]);
    assert_eq!(info.only(), NumberValue::Int(1));
    assert!(!of("role").sum().is_monotonic);
    let states = of("role").numbers().iter().map(|it| (pairs(&it.attributes), it.value.unwrap()));
    let expected = [
        (vec![("otlp_wire_role", "follower")], NumberValue::Int(0)),
        (vec![("otlp_wire_role", "leader")], NumberValue::Int(1)),
    ];
    assert_eq!(states.collect::<Vec<_>>(), expected);
    of("register_bytes").gauge();
    assert_eq!(of("register_bytes").only(), NumberValue::Double(4_096.0));
}

#[test]
fn names_in_utf8_stay_as_they_are() {
    let registry = Registry::new();
    let options = FamilyOptions::new("pool.größe", "Idle.").utf8();
    let pool = options.max_series(3).register::<GaugeMetric, 1>(&registry, ["pool.name"]).unwrap();
    pool.with(["→"]).set(1);
    let metrics = by_name(&registry);
    let point = &metrics["pool.größe"].gauge().data_points[0];
    assert_eq!(pairs(&point.attributes), [("pool.name", "→")]);
}

#[test]
fn classic_buckets_are_not_cumulative_and_end_with_what_is_above_all_bounds() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    for millis in [5, 6, 500, 3_000, 4_000] {
        wire.wait_seconds.observe(Duration::from_millis(millis));
    }
    wire.offset_celsius.observe(-2);
    wire.offset_celsius.observe(0.5);
    let metrics = by_name(&registry);
    let wait = metrics["otlp_wire_wait_seconds"].histogram();
    assert_eq!(wait.explicit_bounds, [0.005, 0.1, 1.0]);
    assert_eq!((wait.count, wait.sum), (5, Some(7.511)));
    assert_eq!(wait.bucket_counts, [1, 1, 1, 2]);
    // Here a sum may be below 0.
    let offset = metrics["otlp_wire_offset_celsius"].histogram();
    assert_eq!(offset.bucket_counts, [1, 0, 1, 0]);
    assert_eq!((offset.count, offset.sum), (2, Some(-1.5)));
}

#[test]
fn a_summary_says_its_quantiles() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    let before = by_name(&registry)["otlp_wire_balance_joules"].summary().clone();
    assert_eq!((before.count, before.sum), (0, 0.0));
    assert!(before.quantile_values.iter().all(|it| it.value.is_nan()));
    wire.balance_joules.observe(-2);
    wire.balance_joules.observe(0.5);
    let after = by_name(&registry)["otlp_wire_balance_joules"].summary().clone();
    assert_eq!((after.count, after.sum), (2, -1.5));
    let quantiles = after.quantile_values.iter().map(|it| (it.quantile, it.value));
    assert_eq!(quantiles.collect::<Vec<_>>(), [(0.0, -2.0), (1.0, 0.5)]);
}

#[test]
fn native_buckets_stand_side_by_side_by_their_lower_bounds() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    for degrees in [-3.0, -0.5, 0.0005, -0.0, 1.0, 1.5, 2.5, 30.0, f64::NAN, f64::INFINITY] {
        wire.mixed_celsius.observe(degrees);
    }
    let metrics = by_name(&registry);
    let mixed = metrics["otlp_wire_mixed_celsius"].exponential();
    assert_eq!((mixed.scale, mixed.zero_threshold, mixed.zero_count), (0, 1e-3, 2));
    assert!(mixed.sum.unwrap().is_nan());
    // Neither what is NaN nor what is infinite is in a bucket.
    assert_eq!(mixed.count, 8);
    let buckets = |offset, counts: &[u64]| Buckets { offset, bucket_counts: counts.to_vec() };
    // The bucket of index `i` begins above 2^i.
    assert_eq!(mixed.positive, Some(buckets(-1, &[1, 1, 1, 0, 0, 1])));
    assert_eq!(mixed.negative, Some(buckets(-2, &[1, 0, 0, 1])));

    let empty = metrics["otlp_wire_native_size"].exponential();
    assert_eq!((empty.count, empty.sum), (0, Some(0.0)));
    assert_eq!((&empty.positive, &empty.negative), (&None, &None));
}

#[test]
fn native_buckets_are_those_of_the_snapshot() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    for size in [1, 1, 8, 1_000] {
        wire.native_size.observe(size);
    }
    let snapshot = wire.native_size.snapshot();
    let metrics = by_name(&registry);
    let size = metrics["otlp_wire_native_size"].exponential();
    assert_eq!(size.scale, i32::from(snapshot.schema()));
    let positive = size.positive.as_ref().unwrap();
    let base = 2_f64.powf(2_f64.powi(-size.scale));
    let held = (positive.offset..).zip(&positive.bucket_counts).filter(|(_, count)| **count > 0);
    let held: Vec<_> = held.collect();
    assert_eq!(held.len(), snapshot.native_buckets().count());
    for ((index, count), bucket) in held.into_iter().zip(snapshot.native_buckets()) {
        let upper = base.powi(index + 1);
        assert!((upper / bucket.upper_bound - 1.0).abs() < 1e-9, "{index} is {bucket:?}");
        assert_eq!(*count, bucket.count);
    }
}

#[test]
fn a_value_that_is_far_off_makes_the_buckets_coarser_and_not_the_point_long() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    let values = [1e-2, 5.0, 7.0, f64::MAX, -f64::MAX, f64::MIN_POSITIVE];
    values.into_iter().for_each(|value| wire.mixed_celsius.observe(value));
    let metrics = by_name(&registry);
    let mixed = metrics["otlp_wire_mixed_celsius"].exponential();
    // Of schema 0 they reach from 2^-7 to 2^1024, which is 1,032 buckets.
    assert_eq!((mixed.scale, mixed.count, mixed.zero_count), (-1, 6, 1));
    let positive = mixed.positive.as_ref().unwrap();
    assert_eq!((positive.offset, positive.bucket_counts.len()), (-4, 516));
    let base = 4_f64;
    for value in [1e-2_f64, 5.0, 7.0] {
        let index = (value.log(base).ceil() as i32 - 1 - positive.offset) as usize;
        assert!(positive.bucket_counts[index] > 0, "{value}");
    }
    assert_eq!(mixed.negative.as_ref().unwrap().bucket_counts, [1]);
}

#[test]
fn exemplars_say_their_identities_attributes_values_and_times() {
    let registry = Registry::new();
    let wire = Wire::register(&registry).unwrap();
    let before = SystemTime::now() - Duration::from_secs(1);
    let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let led = [("trace_id", trace), ("note", "a \"b\"\n"), ("span_id", span)];
    wire.jobs_total.inc_by_with_exemplar(3, &led);
    let invalid = [("trace_id", "4bf92f35"), ("span_id", "0000000000000000")];
    wire.wait_seconds.observe_with_exemplar(Duration::from_millis(50), &invalid);
    wire.wait_seconds.observe_with_exemplar(Duration::from_secs(5), &[("id", "7")]);
    wire.native_size.observe_with_exemplar(5, &[("id", "c")]);
    wire.mixed_celsius.observe_with_exemplar(0.5, &[]);
    let metrics = by_name(&registry);
    let of = |name: &str| &metrics[&format!("otlp_wire_{name}")];
    let is_recent = |exemplar: &Exemplar| {
        let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(exemplar.time_unix_nano);
        time > before && time < before + Duration::from_secs(60)
    };

    let [job] = &*of("jobs_total").numbers()[0].exemplars else { panic!("{metrics:?}") };
    assert_eq!(job.trace_id, 0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736_u128.to_be_bytes());
    assert_eq!(job.span_id, 0x00f0_67aa_0ba9_02b7_u64.to_be_bytes());
    assert_eq!(pairs(&job.filtered_attributes), [("note", "a \"b\"\n")]);
    assert_eq!(job.value, Some(ExemplarValue::Int(3)));
    assert!(is_recent(job));

    // What is no identity is shown for what it is.
    let [fast, slow] = &*of("wait_seconds").histogram().exemplars else { panic!("{metrics:?}") };
    assert_eq!(pairs(&fast.filtered_attributes), invalid);
    assert!(fast.trace_id.is_empty() && fast.span_id.is_empty());
    assert_eq!(fast.value, Some(ExemplarValue::Double(0.05)));
    assert_eq!(slow.value, Some(ExemplarValue::Double(5.0)));

    let [size] = &*of("native_size").exponential().exemplars else { panic!("{metrics:?}") };
    assert_eq!((pairs(&size.filtered_attributes), is_recent(size)), (vec![("id", "c")], true));
    let [mixed] = &*of("mixed_celsius").exponential().exemplars else { panic!("{metrics:?}") };
    assert_eq!(mixed.value, Some(ExemplarValue::Double(0.5)));
}

#[test]
fn what_counts_says_since_when_and_no_series_begins_after_it_ends() {
    let registry = Registry::new();
    let before = SystemTime::now() - Duration::from_secs(1);
    let _wire = Wire::register(&registry).unwrap();
    let is_recent = |time: u64| {
        let time = SystemTime::UNIX_EPOCH + Duration::from_nanos(time);
        time > before && time < before + Duration::from_secs(60)
    };
    for metric in by_name(&registry).values() {
        let (starts, times): (Vec<_>, Vec<_>) = match metric.data.as_ref().unwrap() {
            Data::Histogram(_) => {
                let it = metric.histogram();
                [(it.start_time_unix_nano, it.time_unix_nano)].into_iter().unzip()
            }
            Data::Exponential(_) => {
                let it = metric.exponential();
                [(it.start_time_unix_nano, it.time_unix_nano)].into_iter().unzip()
            }
            Data::Summary(_) => {
                let it = metric.summary();
                [(it.start_time_unix_nano, it.time_unix_nano)].into_iter().unzip()
            }
            Data::Gauge(_) | Data::Sum(_) => {
                let times = |it: &NumberDataPoint| (it.start_time_unix_nano, it.time_unix_nano);
                metric.numbers().iter().map(times).unzip()
            }
        };
        assert!(times.iter().all(|time| is_recent(*time)), "{metric:?}");
        let counts = match metric.data.as_ref().unwrap() {
            Data::Sum(sum) => sum.is_monotonic,
            Data::Gauge(_) => false,
            _ => true,
        };
        let is_as_it_should = |start: &u64| if counts { is_recent(*start) } else { *start == 0 };
        assert!(starts.iter().all(is_as_it_should), "{metric:?}");
    }

    let epoch = SystemTime::UNIX_EPOCH;
    let work = Descriptor::counter("app_work_total", "Work.").labels(["of"]).build().unwrap();
    let registry = registry_of(move |points| {
        let since = epoch + Duration::new(1_700_000_000, 123_456_789);
        let mut push = |of: &str, point| points.push(&work, &[of], point);
        push("a", Point::counter(1).since(since).at(since + Duration::from_secs(5)));
        push("b", Point::counter(1).since(since).at(since - Duration::from_secs(5)));
        push("c", Point::counter(1).at(since));
        push("d", Point::counter(1).at(epoch - Duration::from_secs(5)));
    });
    let metrics = by_name(&registry);
    let times = metrics["app_work_total"].numbers().iter();
    let times = times.map(|it| (it.start_time_unix_nano, it.time_unix_nano));
    let since = 1_700_000_000_123_456_789;
    let expected = [
        (since, since + 5_000_000_000),
        (since - 5_000_000_000, since - 5_000_000_000),
        (0, since),
        (0, 0),
    ];
    assert_eq!(times.collect::<Vec<_>>(), expected);
}

#[test]
fn counts_stay_whole_as_far_as_an_integer_goes() {
    let work = Descriptor::counter("app_work_total", "Work.").labels(["of"]).build().unwrap();
    let size = Descriptor::histogram("app_size", "Sizes.").buckets([1.0]).build().unwrap();
    let registry = registry_of(move |points| {
        points.push(&work, &["a"], Point::counter(i64::MAX as u64));
        points.push(&work, &["b"], Point::counter(i64::MAX as u64 + 1));
        points.push(&work, &["c"], Point::counter(7.0));
        points.push(&size, &[], Point::histogram(&[(1 << 60) + 1, 3], 7));
    });
    let metrics = by_name(&registry);
    let values = metrics["app_work_total"].numbers().iter().map(|it| it.value.unwrap());
    let float = NumberValue::Double((1_u64 << 63) as f64);
    let expected = [NumberValue::Int(i64::MAX), float, NumberValue::Double(7.0)];
    assert_eq!(values.collect::<Vec<_>>(), expected);
    let size = metrics["app_size"].histogram();
    assert_eq!((size.count, &*size.bucket_counts), ((1 << 60) + 4, &[(1 << 60) + 1, 3][..]));
}

#[test]
fn a_series_that_is_gone_has_no_recorded_value() {
    let stale = f64::from_bits(0x7ff0_0000_0000_0002);
    let level = Descriptor::gauge("app_level", "Level.").build().unwrap();
    let size = Descriptor::histogram("app_size", "Sizes.").buckets([1.0]).build().unwrap();
    let native = Descriptor::native_histogram("app_native", "Sizes.").build().unwrap();
    let wait = Descriptor::summary("app_wait", "Waits.").build().unwrap();
    let registry = registry_of(move |points| {
        points.push(&level, &[], Point::gauge(stale));
        points.push(&size, &[], Point::histogram(&[1, 2], stale));
        let value = NativeValue::new(0, &[3], stale).positive(&[(1, 3)]);
        points.push(&native, &[], Point::native_histogram(value));
        points.push(&wait, &[], Point::summary(&[(0.5, 1.0)], 1, stale));
    });
    let metrics = by_name(&registry);
    let level = &metrics["app_level"].numbers()[0];
    assert_eq!((level.flags, level.value), (1, None));
    let size = metrics["app_size"].histogram();
    assert_eq!((size.flags, size.count, size.sum, size.bucket_counts.len()), (1, 0, None, 0));
    let native = metrics["app_native"].exponential();
    assert_eq!((native.flags, native.count, native.sum, &native.positive), (1, 0, None, &None));
    let wait = metrics["app_wait"].summary();
    assert_eq!((wait.flags, wait.count, wait.quantile_values.len()), (1, 0, 0));
}

#[test]
fn a_family_whose_points_are_of_two_sorts_is_two_metrics() {
    let size = Descriptor::native_histogram("app_size", "Sizes.").labels(["of"]).build().unwrap();
    let registry = registry_of(move |points| {
        points.push(&size, &["a"], Point::histogram(&[3], 7));
        points.push(&size, &["b"], Point::native_histogram(NativeValue::new(0, &[0], 0)));
        points.push(&size, &["c"], Point::native_histogram(NativeValue::new(0, &[0], 0)));
    });
    let [request] = <[_; 1]>::try_from(requests(&encoder(), &registry)).unwrap();
    let metrics = metrics_of(request);
    let [classic, native] = &*metrics else { panic!("{metrics:?}") };
    assert_eq!((&*classic.name, &*native.name), ("app_size", "app_size"));
    assert_eq!(classic.histogram().bucket_counts, [3]);
    assert!(matches!(&native.data, Some(Data::Exponential(it)) if it.data_points.len() == 2));
}

#[test]
fn what_is_too_long_for_a_request_is_split() {
    let registry = Registry::new();
    let options = FamilyOptions::new("split_things_total", "Things.").max_series(5_000);
    let things = options.register::<Counter, 2>(&registry, ["zone", "id"]).unwrap();
    let (levels, others) = (FamilyOptions::new("split_level", "Level."), ["a", "z"]);
    let _level = levels.register_unlabelled::<GaugeMetric>(&registry).unwrap();
    let _others = others.map(|name| {
        let options = FamilyOptions::new(format!("{name}_other"), "Other.");
        options.register_unlabelled::<GaugeMetric>(&registry).unwrap()
    });
    for id in 0..5_000 {
        things.with(["eu-central-1", &format!("thing-{id:04}")]).inc_by(id);
    }
    let mut whole = EncodedRequests::new();
    encoder().encode(&registry, &mut whole).unwrap();
    assert_eq!((whole.len(), whole.points()), (1, 5_003));

    for limit in [20_000, 100_000, 1 << 20] {
        let mut split = EncodedRequests::new();
        encoder().max_request_bytes(limit).encode(&registry, &mut split).unwrap();
        assert_eq!(split.points(), 5_003);
        let bodies: Vec<_> = split.iter().collect();
        assert_eq!(bodies.len(), split.len());
        // None is too long, and none could have had the first point of the next one.
        assert!(bodies.iter().all(|body| body.len() <= limit));
        let all_but_last = &bodies[..bodies.len() - 1];
        assert!(all_but_last.iter().all(|body| body.len() > limit - 200), "{limit}");
        let mut ids = Vec::new();
        let mut names = Vec::new();
        for body in bodies {
            let request = decoded(body);
            let resource = request.resource_metrics[0].resource.clone().unwrap();
            assert!(pairs(&resource.attributes).contains(&("service.name", "tested")));
            for metric in metrics_of(request) {
                if metric.name == "split_things_total" {
                    assert!(metric.sum().is_monotonic && metric.description == "Things.");
                    let points = metric.sum().data_points.iter();
                    ids.extend(points.map(|it| pairs(&it.attributes)[1].1.to_owned()));
                }
                assert!(!metric.numbers().is_empty());
                names.push(metric.name);
            }
        }
        let expected: Vec<_> = (0..5_000).map(|id| format!("thing-{id:04}")).collect();
        assert!(ids == expected);
        names.dedup();
        assert_eq!(names, ["a_other", "split_level", "split_things_total", "z_other"]);
    }
}

#[test]
fn a_point_that_is_too_long_is_a_request_by_itself() {
    let long = "x".repeat(5_000);
    let level = Descriptor::gauge("app_level", "Level.").labels(["of"]).build().unwrap();
    let registry = registry_of(move |points| {
        for of in ["a", &*long, "z"] {
            points.push(&level, &[of], Point::gauge(1));
        }
    });
    let requests = requests(&encoder().max_request_bytes(2_000), &registry);
    let lens = requests.into_iter().map(|request| {
        let [metric] = <[_; 1]>::try_from(metrics_of(request)).unwrap();
        metric.numbers().iter().map(|it| pairs(&it.attributes)[0].1.len()).collect::<Vec<_>>()
    });
    assert_eq!(lens.collect::<Vec<_>>(), [[1], [5_000], [1]]);
}

#[test]
fn series_cost_no_allocation() {
    let registry = Registry::new();
    let options = FamilyOptions::new("allocated_total", "Things.").max_series(2_000);
    let things = options.register::<Counter, 1>(&registry, ["id"]).unwrap();
    let options = FamilyOptions::new("allocated_size", "Sizes.").max_series(2_000);
    let sizes = options.register::<NativeHistogram, 1>(&registry, ["id"]).unwrap();
    let encoder = encoder();
    let mut requests = EncodedRequests::new();
    for id in 0..2_000 {
        things.with([&*id.to_string()]).inc();
        sizes.with([&*id.to_string()]).observe(id);
    }
    let mut encode = || encoder.encode(&registry, &mut requests).unwrap();
    encode();
    let counted = allocation_counter::measure(&mut encode);
    assert!(counted.count_total < 20, "{counted:?}");
    assert_eq!(requests.points(), 4_000);
}

#[test]
fn several_registries_are_one_export() {
    let registries = [Registry::new(), Registry::new()];
    let _gauges = [("b_level", 0), ("a_level", 1)].map(|(name, at)| {
        let options = FamilyOptions::new(name, "Level.");
        options.register_unlabelled::<GaugeMetric>(&registries[at]).unwrap()
    });
    let [first, second] = registries;
    let mut requests = EncodedRequests::new();
    encoder().encode(&Registries::new([first, second]), &mut requests).unwrap();
    let [body] = *requests.iter().collect::<Vec<_>>() else { panic!("{requests:?}") };
    let names = metrics_of(decoded(body)).into_iter().map(|metric| metric.name);
    assert_eq!(names.collect::<Vec<_>>(), ["a_level", "b_level"]);
}

/// What a request should have of each family, made the long way round.
#[derive(Default)]
struct Expected {
    metrics: Vec<Metric>,
    now: u64,
}

fn attribute((key, value): (&str, &str)) -> KeyValue {
    let value = Some(AnyValue { string_value: Some(value.to_owned()) });
    KeyValue { key: key.to_owned(), value }
}

fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos() as u64
}

fn number(number: Number) -> NumberValue {
    match number {
        Number::Whole(value) if value <= i64::MAX as u128 => NumberValue::Int(value as i64),
        other => NumberValue::Double(other.as_f64()),
    }
}

fn exemplar(given: &Given) -> Exemplar {
    // Random labels are never identities.
    let filtered_attributes = given.labels().map(attribute).collect();
    let value = Some(match number(given.value()) {
        NumberValue::Int(value) => ExemplarValue::Int(value),
        NumberValue::Double(value) => ExemplarValue::Double(value),
    });
    let time_unix_nano = given.time().map_or(0, nanoseconds);
    Exemplar { time_unix_nano, value, filtered_attributes, ..Exemplar::default() }
}

/// Adds up all that lies in a bucket of a scale, from the first one that holds any.
fn buckets(sparse: &[(i32, u64)], schema: i8, scale: i32) -> Option<Buckets> {
    let steps = 1_i64 << (i32::from(schema) - scale);
    let index = |upper: i32| (i64::from(upper) - 1).div_euclid(steps);
    let (first, last) = (index(sparse.first()?.0), index(sparse.last()?.0));
    let mut bucket_counts = vec![0_u64; (last - first + 1) as usize];
    for (upper, count) in sparse {
        let held = &mut bucket_counts[(index(*upper) - first) as usize];
        *held = held.wrapping_add(*count);
    }
    Some(Buckets { offset: first as i32, bucket_counts })
}

impl Sink for Expected {
    fn family(&mut self, family: &Descriptor) -> Flow {
        let kind = match family.kind() {
            Kind::StateSet => "stateset",
            Kind::Unknown => "unknown",
            Kind::Info => "info",
            other => other.as_str(),
        };
        let unit = match family.unit() {
            None => "",
            Some("seconds") => "s",
            Some("bytes") => "By",
            Some("celsius") => "Cel",
            Some("joules") => "J",
            Some("meters") => "m",
            Some(other) => panic!("{other} is new"),
        };
        self.metrics.push(Metric {
            name: family.name().to_owned(),
            description: family.help().to_owned(),
            unit: unit.to_owned(),
            metadata: vec![attribute(("prometheus.type", kind))],
            data: None,
        });
        Flow::Continue
    }

    fn point(&mut self, _: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let attributes: Vec<_> =
            labels.iter().filter(|(_, value)| !value.is_empty()).map(attribute).collect();
        let time_unix_nano = point.time.map_or(self.now, nanoseconds);
        let start_time_unix_nano = point.created.map_or(0, nanoseconds).min(time_unix_nano);
        let exemplars: Vec<_> = point.exemplars.iter().map(exemplar).collect();
        let plain = |value| NumberDataPoint {
            start_time_unix_nano,
            time_unix_nano,
            exemplars: exemplars.clone(),
            attributes: attributes.clone(),
            flags: 0,
            value: Some(value),
        };
        let sum = |value, is_monotonic| {
            let data_points = vec![plain(value)];
            Data::Sum(Sum { data_points, aggregation_temporality: CUMULATIVE, is_monotonic })
        };
        let data = match point.value {
            Value::Counter(value) => sum(number(value), true),
            Value::Info => sum(NumberValue::Int(1), false),
            Value::State(holds) => sum(NumberValue::Int(holds.into()), false),
            Value::Gauge(value) | Value::Unknown(value) => {
                Data::Gauge(Gauge { data_points: vec![plain(number(value))] })
            }
            Value::Histogram(value) => Data::Histogram(Histogram {
                data_points: vec![HistogramDataPoint {
                    start_time_unix_nano,
                    time_unix_nano,
                    count: value.counts.iter().fold(0, |sum, count| sum.wrapping_add(*count)),
                    sum: Some(value.sum.as_f64()),
                    bucket_counts: value.counts.to_vec(),
                    explicit_bounds: value.bounds.to_vec(),
                    exemplars,
                    attributes,
                    flags: 0,
                }],
                aggregation_temporality: CUMULATIVE,
            }),
            Value::NativeHistogram(value) => {
                // What no float is in is in no bucket.
                let of_exponent =
                    |exponent: f64| (exponent * 2_f64.powi(value.schema.into())).ceil() as i32;
                let floats = of_exponent(-1_074.0)..=of_exponent(1_024.0);
                let finite = |side: &[(i32, u64)]| -> Vec<_> {
                    side.iter().copied().filter(|(index, _)| floats.contains(index)).collect()
                };
                let (positive, negative) = (finite(value.positive), finite(value.negative));
                let all = positive.iter().chain(&negative).map(|(_, count)| *count);
                let count = all.fold(value.zero_count, u64::wrapping_add);
                let of =
                    |scale| [&positive, &negative].map(|side| buckets(side, value.schema, scale));
                let fits = |side: &Option<Buckets>| {
                    side.as_ref().is_none_or(|side| side.bucket_counts.len() <= 1_024)
                };
                let mut scale = i32::from(value.schema);
                while !of(scale).iter().all(fits) {
                    scale -= 1;
                }
                let [positive, negative] = of(scale);
                Data::Exponential(ExponentialHistogram {
                    data_points: vec![ExponentialHistogramDataPoint {
                        attributes,
                        start_time_unix_nano,
                        time_unix_nano,
                        count,
                        sum: Some(value.classic.sum.as_f64()),
                        scale,
                        zero_count: value.zero_count,
                        positive,
                        negative,
                        flags: 0,
                        exemplars,
                        zero_threshold: value.zero_threshold,
                    }],
                    aggregation_temporality: CUMULATIVE,
                })
            }
            Value::Summary(value) => Data::Summary(Summary {
                data_points: vec![SummaryDataPoint {
                    start_time_unix_nano,
                    time_unix_nano,
                    count: value.count,
                    sum: value.sum.as_f64(),
                    quantile_values: value
                        .quantiles
                        .iter()
                        .map(|(quantile, value)| ValueAtQuantile {
                            quantile: *quantile,
                            value: *value,
                        })
                        .collect(),
                    attributes,
                    flags: 0,
                }],
            }),
            other => panic!("{other:?} is new"),
        };
        self.add(data);
        Flow::Continue
    }

    fn end(&mut self) {
        self.metrics.retain(|metric| metric.data.is_some());
    }
}

impl Expected {
    /// Adds a point to the family that began last.
    fn add(&mut self, data: Data) {
        let metric = self.metrics.last_mut().unwrap();
        match (&mut metric.data, data) {
            (None, data) => metric.data = Some(data),
            (Some(Data::Gauge(all)), Data::Gauge(one)) => all.data_points.extend(one.data_points),
            (Some(Data::Sum(all)), Data::Sum(one)) => all.data_points.extend(one.data_points),
            (Some(Data::Histogram(all)), Data::Histogram(one)) => {
                all.data_points.extend(one.data_points);
            }
            (Some(Data::Exponential(all)), Data::Exponential(one)) => {
                all.data_points.extend(one.data_points);
            }
            (Some(Data::Summary(all)), Data::Summary(one)) => {
                all.data_points.extend(one.data_points);
            }
            (all, one) => panic!("{all:?} and {one:?}"),
        }
    }
}

/// The time that all points have which do not say theirs.
fn now_of(metrics: &[Metric]) -> Option<u64> {
    let recent = SystemTime::now() - Duration::from_secs(600);
    let times = metrics.iter().flat_map(|metric| match metric.data.as_ref().unwrap() {
        Data::Gauge(it) => it.data_points.iter().map(|it| it.time_unix_nano).collect(),
        Data::Sum(it) => it.data_points.iter().map(|it| it.time_unix_nano).collect(),
        Data::Histogram(it) => it.data_points.iter().map(|it| it.time_unix_nano).collect(),
        Data::Exponential(it) => it.data_points.iter().map(|it| it.time_unix_nano).collect(),
        Data::Summary(it) => it.data_points.iter().map(|it| it.time_unix_nano).collect::<Vec<_>>(),
    });
    // Random times are far from it.
    times
        .into_iter()
        .find(|time| *time >= nanoseconds(recent) && *time <= nanoseconds(SystemTime::now()))
}

#[test]
fn whatever_there_can_be_is_read_as_it_is() {
    let mut random = Random(0x5eed);
    let mut points = 0;
    for round in 0..usually_or_long(300, 5_000) {
        let any = AnyRegistry::new(&mut random);
        let mut sent = EncodedRequests::new();
        encoder().encode(&any.registry, &mut sent).unwrap();
        points += sent.points();
        let metrics: Vec<_> = sent.iter().flat_map(|body| metrics_of(decoded(body))).collect();
        let mut expected = Expected { now: now_of(&metrics).unwrap_or(0), ..Expected::default() };
        any.registry.gather(&mut expected);
        // As bytes, since NaN is not equal to itself.
        let bytes =
            |metrics: &[Metric]| -> Vec<_> { metrics.iter().map(Message::encode_to_vec).collect() };
        if bytes(&metrics) != bytes(&expected.metrics) {
            assert_eq!(metrics, expected.metrics, "in round {round}");
        }
    }
    assert!(points > 500, "{points} points");
}
