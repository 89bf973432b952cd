//! Deltas: what a receiver has that adds them up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use crate::otlp_messages::{CUMULATIVE, Data, KeyValue, Metric, NumberValue, decoded, pairs};
use crate::receiver::{Received, Receiver, answer};
use measurand::export::{Exporters, Exporting};
use measurand::otlp::{OtlpExporter, Resource, Temporality};
use measurand::outgoing::Destination;
use measurand::registry::{
    Collector, Flow, Gather, GatherError, Labels, Point, Points, Report, Sink, Value,
};
use measurand::runtime::FamilyOptions;
use measurand::unit::{Celsius, Joules, Seconds};
use measurand::{
    Counter, Descriptor, Family, Gauge, Histogram, InProgress, LabelSet, Metrics, NativeHistogram,
    Registry, StateSet, Summary, WithExemplars,
};
use measurand_tests::{PATIENCE, Random, usually_or_long};

const NEVER: Duration = Duration::from_secs(100_000);

/// The value of `AggregationTemporality` for it.
const DELTA: i32 = 1;

fn exporter(url: &str) -> OtlpExporter {
    let exporter = OtlpExporter::http(Destination::new(url).unwrap(), Resource::new("tested"));
    exporter.interval(NEVER).temporality(Temporality::Delta)
}

fn start(source: impl Gather + Send + Sync + 'static, exporter: OtlpExporter) -> Exporting {
    Exporters::new().source(source).exporter(exporter).start().unwrap()
}

#[track_caller]
fn metrics(received: &Received) -> Vec<Metric> {
    decoded(&received.body).resource_metrics.remove(0).scope_metrics.remove(0).metrics
}

/// Gives points, and is asked at each gather.
struct Gives<F>(F);

impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Gives<F> {
    fn collect(&self, points: &mut Points<'_>) {
        (self.0)(points);
    }
}

/// A series, as its name and labels.
type Name = (String, Vec<(String, String)>);

/// What a series has come to, added up, and until when.
#[derive(Clone, Debug, Default, PartialEq)]
struct Sum {
    /// Of a counter, or of all observations.
    sum: f64,
    count: u64,
    /// By index of the coarsest scale so far, or by position.
    buckets: BTreeMap<(bool, i64), u64>,
    scale: Option<i32>,
    zeros: u64,
    until: u64,
}

impl Sum {
    /// Adds native buckets, of which the coarser ones decide.
    fn add_native(&mut self, scale: i32, is_negative: bool, offset: i32, counts: &[u64]) {
        let coarsest = self.scale.map_or(scale, |known| known.min(scale));
        let known = self.scale.unwrap_or(coarsest);
        let buckets = std::mem::take(&mut self.buckets);
        for ((sign, index), count) in buckets {
            *self.buckets.entry((sign, index >> (known - coarsest))).or_default() += count;
        }
        for (index, count) in (i64::from(offset)..).zip(counts).filter(|(_, count)| **count > 0) {
            *self.buckets.entry((is_negative, index >> (scale - coarsest))).or_default() += count;
        }
        self.scale = Some(coarsest);
    }
}

/// A receiver's sums of what it has taken.
#[derive(Default)]
struct Sums(BTreeMap<Name, Sum>);

impl Sums {
    fn name(metric: &Metric, attributes: &[KeyValue]) -> Name {
        let labels = pairs(attributes).into_iter();
        (metric.name.clone(), labels.map(|(a, b)| (a.to_owned(), b.to_owned())).collect())
    }

    /// Adds a request.
    #[track_caller]
    fn add(&mut self, received: &Received) {
        for metric in metrics(received) {
            match metric.data.as_ref().unwrap() {
                Data::Sum(data) if data.is_monotonic => {
                    assert_eq!(data.aggregation_temporality, DELTA);
                    for point in &data.data_points {
                        let sum = self.0.entry(Sums::name(&metric, &point.attributes)).or_default();
                        sum.follow(point.start_time_unix_nano, point.time_unix_nano);
                        sum.sum += match point.value.unwrap() {
                            NumberValue::Int(value) => value as f64,
                            NumberValue::Double(value) => value,
                        };
                    }
                }
                Data::Sum(data) => assert_eq!(data.aggregation_temporality, CUMULATIVE),
                Data::Histogram(data) => {
                    assert_eq!(data.aggregation_temporality, DELTA);
                    for point in &data.data_points {
                        let sum = self.0.entry(Sums::name(&metric, &point.attributes)).or_default();
                        sum.follow(point.start_time_unix_nano, point.time_unix_nano);
                        assert_eq!(point.count, point.bucket_counts.iter().sum::<u64>());
                        sum.sum += point.sum.unwrap();
                        sum.count += point.count;
                        for (index, count) in point.bucket_counts.iter().enumerate() {
                            *sum.buckets.entry((false, index as i64)).or_default() += count;
                        }
                    }
                }
                Data::Exponential(data) => {
                    assert_eq!(data.aggregation_temporality, DELTA);
                    for point in &data.data_points {
                        let sum = self.0.entry(Sums::name(&metric, &point.attributes)).or_default();
                        sum.follow(point.start_time_unix_nano, point.time_unix_nano);
                        sum.sum += point.sum.unwrap();
                        sum.count += point.count;
                        sum.zeros += point.zero_count;
                        for (side, is_negative) in
                            [(&point.positive, false), (&point.negative, true)]
                        {
                            if let Some(side) = side {
                                sum.add_native(
                                    point.scale,
                                    is_negative,
                                    side.offset,
                                    &side.bucket_counts,
                                );
                            }
                        }
                    }
                }
                Data::Gauge(_) | Data::Summary(_) => {}
            }
        }
    }
}

impl Sum {
    /// The interval of a point comes after those before it.
    #[track_caller]
    fn follow(&mut self, start: u64, end: u64) {
        assert!(
            start > 0 && start <= end && self.until <= start,
            "{start} to {end} after {self:?}"
        );
        self.until = end;
    }
}

/// What there is, read from the registry itself.
#[derive(Default)]
struct Truth(BTreeMap<Name, Sum>);

impl Sink for Truth {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let mut sum = Sum::default();
        match point.value {
            Value::Counter(number) => sum.sum = number.as_f64(),
            Value::Histogram(value) => {
                (sum.sum, sum.count) = (value.sum.as_f64(), value.count());
                let buckets = value.counts.iter().enumerate();
                sum.buckets =
                    buckets.map(|(index, count)| ((false, index as i64), *count)).collect();
            }
            Value::NativeHistogram(value) => {
                (sum.sum, sum.count) = (value.classic.sum.as_f64(), value.classic.count());
                sum.zeros = value.zero_count;
                for (side, is_negative) in [(value.positive, false), (value.negative, true)] {
                    for (index, count) in side {
                        sum.add_native(value.schema.into(), is_negative, index - 1, &[*count]);
                    }
                }
            }
            _ => return Flow::Continue,
        }
        let labels = labels.iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        self.0.insert((family.name().to_owned(), labels.collect()), sum);
        Flow::Continue
    }
}

#[derive(LabelSet)]
struct Worker<'a> {
    worker: &'a str,
}

/// Whatever counts from 0 on, and what does not.
#[derive(Metrics)]
#[metrics(namespace = "delta", instance)]
struct Delta {
    /// Jobs done.
    jobs_total: WithExemplars<Counter>,
    /// Jobs by who has done them.
    #[metric(max_series = 50)]
    worker_jobs_total: Family<Worker<'static>, Counter>,
    /// Time spent.
    spent_seconds_total: Counter<Seconds>,
    /// Energy.
    used_joules_total: Counter<Joules>,
    /// Time to wait.
    #[metric(buckets = [0.1, 1, 10])]
    wait_seconds: Histogram<Seconds>,
    /// How far off.
    #[metric(buckets = [-1, 0, 1])]
    offset_celsius: Histogram<Celsius>,
    /// Sizes, which get coarser as there are more of them.
    #[metric(native(schema = 8, max_buckets = 8, zero_threshold = 1e-6))]
    size_joules: NativeHistogram<Joules>,
    /// Time to answer.
    #[metric(quantiles = [(0.5, 0.05)])]
    answer_seconds: Summary<Seconds>,
    /// Temperature.
    room_celsius: Gauge<Celsius>,
    /// Running now.
    in_progress: InProgress,
    /// Whether it is on.
    is_on: StateSet<bool>,
}

fn use_some(delta: &Delta, random: &mut Random) {
    for _ in 0..random.below(20) {
        match random.below(9) {
            0 => delta.jobs_total.inc(),
            1 => {
                let worker = &format!("w{}", random.below(10));
                delta.worker_jobs_total.with(Worker { worker }).inc_by(3);
            }
            2 => {
                delta.spent_seconds_total.inc_by(Duration::from_millis(random.below(1_000) as u64))
            }
            // What floats add up to without rounding.
            3 => delta.used_joules_total.inc_by(random.below(1_000) as f64 / 8.0),
            4 => delta.wait_seconds.observe(Duration::from_millis(random.below(20_000) as u64)),
            5 => delta.offset_celsius.observe(random.below(64) as f64 / 16.0 - 2.0),
            6 => {
                let order = random.below(20);
                delta.size_joules.observe(random.below(1 << order) as f64 / 16.0 - 8.0);
            }
            7 => delta.room_celsius.set(random.below(100) as f64),
            _ => delta.answer_seconds.observe(Duration::from_millis(random.below(50) as u64)),
        }
    }
}

/// Whatever fails, and however it is split.
#[test]
fn all_that_was_taken_adds_up_to_all_that_was_counted() {
    for seed in 1..=usually_or_long(20, 300) {
        let mut random = Random(seed * 0x9e37_79b9);
        let sums = Arc::new(Mutex::new(Sums::default()));
        let receiver = {
            let (sums, random) = (sums.clone(), Mutex::new(Random(seed * 0x1234_5671)));
            Receiver::new(move |_, received| {
                if random.lock().unwrap().below(3) == 0 {
                    return answer("400 Bad Request", "", "");
                }
                sums.lock().unwrap().add(received);
                answer("200 OK", "", "")
            })
        };
        let registry = Registry::new();
        let delta = Delta::register(&registry).unwrap();
        let limit = [600, 1_500, 4 << 20][random.below(3)];
        let exporter = exporter(&receiver.url()).max_request_bytes(limit);
        let exporting = start(registry.clone(), exporter);
        for _ in 0..12 {
            use_some(&delta, &mut random);
            // Some are refused.
            let _ = exporting.flush(PATIENCE);
        }
        // Until all of it was taken.
        let is_done = (0..1_000).any(|_| exporting.flush(PATIENCE).is_ok());
        assert!(is_done);
        let mut truth = Truth::default();
        registry.gather(&mut truth);
        let sums = std::mem::take(&mut sums.lock().unwrap().0);
        assert_eq!(sums.keys().collect::<Vec<_>>(), truth.0.keys().collect::<Vec<_>>());
        for (name, truth) in truth.0 {
            let (mut sum, mut truth) = (sums[&name].clone(), truth);
            sum.until = 0;
            // What is far apart is sent in coarser buckets.
            if let Some(scale) = sum.scale {
                truth.add_native(scale, false, 0, &[]);
            }
            // A sum of floats is rounded at each step.
            assert!((sum.sum - truth.sum).abs() < 1e-6, "{name:?}: {sum:?} of {truth:?}");
            sum.sum = truth.sum;
            if sum.scale.is_none() {
                sum.scale = truth.scale;
            }
            if truth.zeros > 0 || sum.zeros > 0 {
                // The zero bucket gets wider: what was in others before is in it now.
                let all = |sum: &Sum| sum.zeros + sum.buckets.values().sum::<u64>();
                assert_eq!((all(&sum), sum.count), (all(&truth), truth.count), "{name:?}");
            } else {
                sum.buckets.retain(|_, count| *count > 0);
                truth.buckets.retain(|_, count| *count > 0);
                assert_eq!(sum, truth, "{name:?}");
            }
        }
    }
}

/// The values of a counter that a receiver was sent, in order; none for a request without it.
fn sent(receiver: &Receiver, name: &str) -> Vec<Option<i64>> {
    let value = |received: &Received| {
        let metrics = metrics(received);
        let metric = metrics.iter().find(|metric| metric.name == name)?;
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        match sum.data_points[0].value {
            Some(NumberValue::Int(value)) => Some(value),
            other => panic!("{other:?}"),
        }
    };
    receiver.received().iter().map(value).collect()
}

#[test]
fn a_series_in_which_nothing_was_counted_is_left_out() {
    let receiver = Receiver::friendly();
    let registry = Registry::new();
    let delta = Delta::register(&registry).unwrap();
    let exporting = start(registry, exporter(&receiver.url()));
    delta.jobs_total.inc_by(5);
    (0..2).for_each(|_| exporting.flush(PATIENCE).unwrap());
    delta.jobs_total.inc();
    exporting.flush(PATIENCE).unwrap();
    // At first a series is there at zero, so that it is known.
    assert_eq!(sent(&receiver, "delta_jobs_total"), [Some(5), None, Some(1)]);
    let received = receiver.received();
    let has = |at: usize, name: &str| metrics(&received[at]).iter().any(|it| it.name == name);
    assert!(has(0, "delta_wait_seconds") && !has(1, "delta_wait_seconds"));
    // What has no temporality is always there.
    for name in ["delta_room_celsius", "delta_answer_seconds", "delta_is_on", "delta_in_progress"] {
        assert!((0..3).all(|at| has(at, name)), "{name}");
    }
}

#[test]
fn what_was_not_taken_is_in_the_next_one() {
    let receiver = Receiver::new(|index, _| match index {
        1 | 2 => answer("500 Internal Server Error", "", ""),
        _ => answer("200 OK", "", ""),
    });
    let registry = Registry::new();
    let delta = Delta::register(&registry).unwrap();
    let exporting = start(registry, exporter(&receiver.url()));
    for count in [1, 2, 3, 4, 5] {
        delta.jobs_total.inc_by(count);
        assert_eq!(exporting.flush(PATIENCE).is_ok(), ![2, 3].contains(&count));
    }
    let jobs = sent(&receiver, "delta_jobs_total");
    assert_eq!(jobs, [Some(1), Some(2), Some(5), Some(9), Some(5)]);
}

#[test]
fn exporters_know_nothing_of_each_other() {
    let receivers = [
        Receiver::friendly(),
        Receiver::friendly(),
        Receiver::new(|_, _| answer("400 No", "", "")),
    ];
    let registry = Registry::new();
    let delta = Delta::register(&registry).unwrap();
    let [first, second, refuses] = receivers.each_ref().map(|receiver| exporter(&receiver.url()));
    let exporting = Exporters::new()
        .registry(&registry)
        .exporter(first)
        .exporter(second.temporality(Temporality::Cumulative))
        .exporter(refuses)
        .start()
        .unwrap();
    for _ in 0..3 {
        delta.jobs_total.inc();
        assert_eq!(exporting.flush(PATIENCE).unwrap_err().failures().len(), 1);
    }
    let jobs = receivers.each_ref().map(|receiver| sent(receiver, "delta_jobs_total"));
    assert_eq!(jobs[0], [Some(1); 3]);
    assert_eq!(jobs[1], [Some(1), Some(2), Some(3)]);
    assert_eq!(jobs[2], jobs[1]);
}

#[test]
fn a_series_that_begins_anew_is_sent_as_a_whole() {
    let receiver = Receiver::friendly();
    let work = Descriptor::counter("app_work_total", "Work.").build().unwrap();
    // What it gives at each gather: a value, and since when it counts.
    let script = [
        (10, Some(1)),
        (12, Some(1)),
        (5, Some(2)),
        (9, Some(2)),
        (3, Some(2)),
        (4, None),
        (20, Some(9)),
    ];
    let step = Arc::new(AtomicU64::new(0));
    let registry = Registry::new();
    let given = step.clone();
    let gives = Gives(move |points: &mut Points<'_>| {
        let (value, since) = script[given.load(Ordering::Relaxed) as usize];
        let point = Point::counter(value);
        let since = since.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        points.push(&work, &[], since.into_iter().fold(point, Point::since));
    });
    registry.register_collector(gives).unwrap().leak();
    let exporting = start(registry, exporter(&receiver.url()));
    for index in 0..script.len() {
        step.store(index as u64, Ordering::Relaxed);
        exporting.flush(PATIENCE).unwrap();
    }
    // Less than before is a new beginning, too. The last one has begun later than it was known to.
    let values = [10, 2, 5, 4, 3, 1, 16].map(Some);
    assert_eq!(sent(&receiver, "app_work_total"), values);
}

#[test]
fn a_series_that_was_removed_is_forgotten() {
    let receiver = Receiver::friendly();
    let registry = Registry::new();
    let options = FamilyOptions::new("removed_total", "Things.").max_series(10);
    let things = options.register::<Counter, 1>(&registry, ["id"]).unwrap();
    let exporting = start(registry, exporter(&receiver.url()));
    for count in [7, 9] {
        things.with(["x"]).inc_by(count);
        exporting.flush(PATIENCE).unwrap();
        things.remove(["x"]);
        exporting.flush(PATIENCE).unwrap();
    }
    // Nothing is sent of a registry that shows nothing.
    assert_eq!(sent(&receiver, "removed_total"), [Some(7), Some(9)]);
}

#[test]
fn exemplars_are_sent_once() {
    let receiver = Receiver::friendly();
    let registry = Registry::new();
    let delta = Delta::register(&registry).unwrap();
    let exporting = start(registry, exporter(&receiver.url()));
    delta.jobs_total.inc_by_with_exemplar(1, &[("id", "a")]);
    exporting.flush(PATIENCE).unwrap();
    delta.jobs_total.inc();
    exporting.flush(PATIENCE).unwrap();
    let exemplars = receiver.received().into_iter().map(|received| {
        let metrics = metrics(&received);
        let metric = metrics.iter().find(|it| it.name == "delta_jobs_total").unwrap();
        let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
        sum.data_points[0].exemplars.len()
    });
    assert_eq!(exemplars.collect::<Vec<_>>(), [1, 0]);
}

/// What was taken stays known where a gather breaks off.
#[test]
fn a_source_that_panics_makes_nothing_count_twice() {
    struct Panics(Registry, AtomicU64);
    impl Gather for Panics {
        fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
            let report = self.0.try_gather(sink)?;
            assert!(self.1.fetch_add(1, Ordering::Relaxed).is_multiple_of(2), "every other time");
            Ok(report)
        }
    }
    let receiver = Receiver::friendly();
    let registry = Registry::new();
    let delta = Delta::register(&registry).unwrap();
    let exporting = start(Panics(registry, AtomicU64::new(0)), exporter(&receiver.url()));
    for count in [1, 2, 3, 4, 5] {
        delta.jobs_total.inc_by(count);
        assert_eq!(exporting.flush(PATIENCE).is_ok(), count % 2 == 1);
    }
    assert_eq!(sent(&receiver, "delta_jobs_total"), [Some(1), Some(5), Some(9)]);
}
