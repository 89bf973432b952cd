//! The messages of `io/prometheus/client/metrics.proto`, as far as this library has something for them.

#![allow(dead_code, reason = "not every test looks at all of it")]

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct MetricFamily {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) help: Option<String>,
    #[prost(int32, optional, tag = "3")]
    pub(crate) kind: Option<i32>,
    #[prost(message, repeated, tag = "4")]
    pub(crate) metric: Vec<Metric>,
    #[prost(string, optional, tag = "5")]
    pub(crate) unit: Option<String>,
}

pub(crate) const COUNTER: i32 = 0;
pub(crate) const GAUGE: i32 = 1;
pub(crate) const SUMMARY: i32 = 2;
pub(crate) const UNTYPED: i32 = 3;
pub(crate) const HISTOGRAM: i32 = 4;

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Metric {
    #[prost(message, repeated, tag = "1")]
    pub(crate) label: Vec<LabelPair>,
    #[prost(message, optional, tag = "2")]
    pub(crate) gauge: Option<Plain>,
    #[prost(message, optional, tag = "3")]
    pub(crate) counter: Option<CounterValue>,
    #[prost(message, optional, tag = "4")]
    pub(crate) summary: Option<Summary>,
    #[prost(message, optional, tag = "5")]
    pub(crate) untyped: Option<Plain>,
    #[prost(int64, optional, tag = "6")]
    pub(crate) timestamp_ms: Option<i64>,
    #[prost(message, optional, tag = "7")]
    pub(crate) histogram: Option<Histogram>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct LabelPair {
    #[prost(string, optional, tag = "1")]
    pub(crate) name: Option<String>,
    #[prost(string, optional, tag = "2")]
    pub(crate) value: Option<String>,
}

/// `Gauge` and `Untyped`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Plain {
    #[prost(double, optional, tag = "1")]
    pub(crate) value: Option<f64>,
}

/// `Counter`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CounterValue {
    #[prost(double, optional, tag = "1")]
    pub(crate) value: Option<f64>,
    #[prost(message, optional, tag = "2")]
    pub(crate) exemplar: Option<Exemplar>,
    #[prost(message, optional, tag = "3")]
    pub(crate) created_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Summary {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) quantile: Vec<Quantile>,
    #[prost(message, optional, tag = "4")]
    pub(crate) created_timestamp: Option<Timestamp>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Quantile {
    #[prost(double, optional, tag = "1")]
    pub(crate) quantile: Option<f64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) value: Option<f64>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Histogram {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) sample_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) sample_sum: Option<f64>,
    #[prost(message, repeated, tag = "3")]
    pub(crate) bucket: Vec<Bucket>,
    #[prost(sint32, optional, tag = "5")]
    pub(crate) schema: Option<i32>,
    #[prost(double, optional, tag = "6")]
    pub(crate) zero_threshold: Option<f64>,
    #[prost(uint64, optional, tag = "7")]
    pub(crate) zero_count: Option<u64>,
    #[prost(message, repeated, tag = "9")]
    pub(crate) negative_span: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "10")]
    pub(crate) negative_delta: Vec<i64>,
    #[prost(message, repeated, tag = "12")]
    pub(crate) positive_span: Vec<BucketSpan>,
    #[prost(sint64, repeated, tag = "13")]
    pub(crate) positive_delta: Vec<i64>,
    #[prost(message, optional, tag = "15")]
    pub(crate) created_timestamp: Option<Timestamp>,
    #[prost(message, repeated, tag = "16")]
    pub(crate) exemplars: Vec<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Bucket {
    #[prost(uint64, optional, tag = "1")]
    pub(crate) cumulative_count: Option<u64>,
    #[prost(double, optional, tag = "2")]
    pub(crate) upper_bound: Option<f64>,
    #[prost(message, optional, tag = "3")]
    pub(crate) exemplar: Option<Exemplar>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct BucketSpan {
    #[prost(sint32, optional, tag = "1")]
    pub(crate) offset: Option<i32>,
    #[prost(uint32, optional, tag = "2")]
    pub(crate) length: Option<u32>,
}

#[derive(Clone, PartialEq, Message)]
pub(crate) struct Exemplar {
    #[prost(message, repeated, tag = "1")]
    pub(crate) label: Vec<LabelPair>,
    #[prost(double, optional, tag = "2")]
    pub(crate) value: Option<f64>,
    #[prost(message, optional, tag = "3")]
    pub(crate) timestamp: Option<Timestamp>,
}

/// `google.protobuf.Timestamp`.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Timestamp {
    #[prost(int64, tag = "1")]
    pub(crate) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(crate) nanos: i32,
}

impl MetricFamily {
    #[track_caller]
    pub(crate) fn only(&self) -> &Metric {
        let [metric] = &*self.metric else { panic!("{} of {self:?}", self.metric.len()) };
        metric
    }
}

impl Metric {
    pub(crate) fn labels(&self) -> Vec<(&str, &str)> {
        labels(&self.label)
    }

    /// Of a counter, a gauge or what is untyped.
    #[track_caller]
    pub(crate) fn value(&self) -> f64 {
        let counter = self.counter.as_ref().map(|counter| counter.value);
        let plain = self.gauge.as_ref().or(self.untyped.as_ref()).map(|plain| plain.value);
        counter.or(plain).flatten().unwrap_or_else(|| panic!("no value: {self:?}"))
    }

    #[track_caller]
    pub(crate) fn histogram(&self) -> &Histogram {
        self.histogram.as_ref().unwrap_or_else(|| panic!("no histogram: {self:?}"))
    }
}

impl Histogram {
    /// The classic buckets, as their bounds and cumulative counts.
    pub(crate) fn classic(&self) -> Vec<(f64, u64)> {
        let buckets = self.bucket.iter();
        buckets.map(|it| (it.upper_bound.unwrap(), it.cumulative_count.unwrap())).collect()
    }

    pub(crate) fn positive(&self) -> Vec<(i32, u64)> {
        native(&self.positive_span, &self.positive_delta)
    }

    pub(crate) fn negative(&self) -> Vec<(i32, u64)> {
        native(&self.negative_span, &self.negative_delta)
    }
}

/// Native buckets of one side, as their indices and counts.
pub(crate) fn native(spans: &[BucketSpan], deltas: &[i64]) -> Vec<(i32, u64)> {
    let (mut index, mut count, mut deltas) = (0, 0_i64, deltas.iter());
    let mut buckets = Vec::new();
    for span in spans {
        index += span.offset.unwrap();
        for _ in 0..span.length.unwrap() {
            count += deltas.next().expect("as many as the spans say");
            buckets.push((index, count.try_into().unwrap()));
            index += 1;
        }
    }
    assert_eq!(deltas.next(), None);
    buckets
}

pub(crate) fn labels(pairs: &[LabelPair]) -> Vec<(&str, &str)> {
    pairs.iter().map(|pair| (pair.name(), pair.value())).collect()
}

/// The families of a page, each after its length.
#[track_caller]
pub(crate) fn families(page: &[u8]) -> Vec<MetricFamily> {
    let (mut rest, mut families) = (page, Vec::new());
    while !rest.is_empty() {
        families.push(MetricFamily::decode_length_delimited(&mut rest).unwrap());
    }
    families
}
