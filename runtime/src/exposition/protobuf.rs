//! Prometheus's protobuf format: families as messages of `io.prometheus.client`, each after its
//! length.
//!
//! Source: `metrics.proto` of <https://github.com/prometheus/client_model>.

use std::borrow::Cow;
use std::iter;
use std::time::SystemTime;

use super::page::Page;
use super::{EncodeError, unit_of};
use crate::descriptor::Descriptor;
use crate::exemplar::Exemplar;
use crate::kind::Kind;
use crate::naming::Escaping;
use crate::number::Number;
use crate::read::{Flow, HistogramValue, Labels, NativeValue, Point, Sink, SummaryValue, Value};
use crate::wire::{self, Message};

/// `MetricFamily`.
mod family {
    pub(super) const NAME: u32 = 1;
    pub(super) const HELP: u32 = 2;
    pub(super) const TYPE: u32 = 3;
    pub(super) const METRIC: u32 = 4;
    pub(super) const UNIT: u32 = 5;
}

/// `Metric`.
mod metric {
    pub(super) const LABEL: u32 = 1;
    pub(super) const GAUGE: u32 = 2;
    pub(super) const COUNTER: u32 = 3;
    pub(super) const SUMMARY: u32 = 4;
    pub(super) const UNTYPED: u32 = 5;
    pub(super) const TIMESTAMP_MS: u32 = 6;
    pub(super) const HISTOGRAM: u32 = 7;
}

/// `Counter`; `Gauge` and `Untyped` have only its first field.
mod counter {
    pub(super) const VALUE: u32 = 1;
    pub(super) const EXEMPLAR: u32 = 2;
    pub(super) const CREATED: u32 = 3;
}

/// `Summary`.
mod summary {
    pub(super) const COUNT: u32 = 1;
    pub(super) const SUM: u32 = 2;
    pub(super) const QUANTILE: u32 = 3;
    pub(super) const CREATED: u32 = 4;
}

/// `Histogram`.
mod histogram {
    pub(super) const COUNT: u32 = 1;
    pub(super) const SUM: u32 = 2;
    pub(super) const BUCKET: u32 = 3;
    pub(super) const SCHEMA: u32 = 5;
    pub(super) const ZERO_THRESHOLD: u32 = 6;
    pub(super) const ZERO_COUNT: u32 = 7;
    pub(super) const NEGATIVE_SPAN: u32 = 9;
    pub(super) const NEGATIVE_DELTA: u32 = 10;
    pub(super) const POSITIVE_SPAN: u32 = 12;
    pub(super) const POSITIVE_DELTA: u32 = 13;
    pub(super) const CREATED: u32 = 15;
    pub(super) const EXEMPLARS: u32 = 16;
}

/// `Bucket`.
mod bucket {
    pub(super) const CUMULATIVE_COUNT: u32 = 1;
    pub(super) const UPPER_BOUND: u32 = 2;
    pub(super) const EXEMPLAR: u32 = 3;
}

/// The fields of `LabelPair`, `Quantile`, `BucketSpan`, `Exemplar` and `Timestamp`.
const FIRST: u32 = 1;
const SECOND: u32 = 2;
const THIRD: u32 = 3;

/// The number of a kind in `MetricType`.
fn type_of(kind: Kind) -> u64 {
    match kind {
        Kind::Counter => 0,
        // There are no types for infos and state sets.
        Kind::Gauge | Kind::Info | Kind::StateSet => 1,
        Kind::Summary => 2,
        Kind::Unknown => 3,
        Kind::Histogram => 4,
    }
}

/// Writes families as messages.
pub(super) struct ProtobufSink<'a> {
    page: Page<'a>,
    /// How names are written that only newer scrapers accept.
    escaping: Escaping,
}

/// The number of labels that are kept while their size is computed: most series have fewer.
const MANY_LABELS: usize = 8;

/// The greatest size of the fields of a point, without its labels, buckets and exemplars.
const LEAST: usize = 128;

/// The greatest size of a bucket, a quantile, a label or an exemplar, without strings.
const EACH: usize = 32;

impl<'a> ProtobufSink<'a> {
    pub(super) fn new(page: Page<'a>, escaping: Escaping) -> Self {
        ProtobufSink { page, escaping }
    }

    /// Ends the page. After an error the buffer is restored to what it was.
    pub(super) fn finish(mut self) -> Result<(), EncodeError> {
        self.end();
        self.page.finish()
    }

    fn metric(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) {
        // An escaped name is at most five times as long.
        let names = if family.needs_escaping { 5 } else { 1 };
        // Labels are kept here, since finding them twice would take time.
        let (mut found, mut count, mut texts) = ([("", ""); MANY_LABELS], 0, 0);
        for (name, value) in labels.iter() {
            texts += names * name.len() + value.len() + EACH;
            if let Some(label) = found.get_mut(count) {
                *label = (name, value);
            }
            count += 1;
        }
        let exemplars = point.exemplars.iter().map(|exemplar| 2 * len_of(exemplar)).sum::<usize>();
        let values = match &point.value {
            Value::Histogram(value) => value.counts.len(),
            Value::NativeHistogram(value) => {
                value.classic.counts.len() + 2 * (value.positive.len() + value.negative.len())
            }
            Value::Summary(value) => value.quantiles.len(),
            _ => 0,
        };
        let len = LEAST.saturating_add(texts).saturating_add(exemplars);
        if !self.page.has_room(len.saturating_add(values.saturating_mul(EACH))) {
            return;
        }
        let page = &mut *self.page.bytes;
        let metric = Message::begin(page, family::METRIC);
        let escaping = family.needs_escaping.then_some(self.escaping);
        match found.get(..count) {
            Some(found) => found.iter().for_each(|label| push_label(page, *label, escaping)),
            None => labels.iter().for_each(|label| push_label(page, label, escaping)),
        }
        match point.value {
            Value::Counter(number) => wire::message(page, metric::COUNTER, |counter| {
                wire::double(counter, counter::VALUE, number.as_f64());
                if let Some(exemplar) = latest(point.exemplars) {
                    push_exemplar(counter, counter::EXEMPLAR, exemplar);
                }
                push_time(counter, counter::CREATED, point.created);
            }),
            Value::Gauge(number) => push_value(page, metric::GAUGE, number),
            Value::Unknown(number) => push_value(page, metric::UNTYPED, number),
            Value::Info => push_value(page, metric::GAUGE, Number::Whole(1)),
            Value::State(holds) => push_value(page, metric::GAUGE, Number::Whole(holds.into())),
            Value::Histogram(value) => wire::message(page, metric::HISTOGRAM, |histogram| {
                push_classic(histogram, &value, point.exemplars);
                push_time(histogram, histogram::CREATED, point.created);
            }),
            Value::NativeHistogram(value) => wire::message(page, metric::HISTOGRAM, |histogram| {
                push_native(histogram, &value, point.exemplars);
                push_time(histogram, histogram::CREATED, point.created);
            }),
            Value::Summary(value) => push_summary(page, &value, point.created),
        }
        if let Some(time) = point.time {
            wire::int(page, metric::TIMESTAMP_MS, millis_of(time));
        }
        metric.end(page);
    }
}

impl Sink for ProtobufSink<'_> {
    fn family(&mut self, family: &Descriptor) -> Flow {
        self.end();
        let name = match family.needs_escaping {
            true => self.escaping.escape(family.name()),
            false => Cow::Borrowed(family.name()),
        };
        let stem = match family.kind {
            Kind::Counter => name.strip_suffix("_total").unwrap_or(&name),
            _ => &name,
        };
        let unit = unit_of(family, stem).unwrap_or_default();
        if !self.page.has_room(name.len() + family.help.len() + unit.len() + LEAST) {
            return Flow::Stop;
        }
        // The length comes before the message, and is inserted at its end.
        self.page.hold();
        let page = &mut *self.page.bytes;
        wire::text(page, family::NAME, &name);
        wire::text(page, family::HELP, &family.help);
        wire::uint(page, family::TYPE, type_of(family.kind));
        if !unit.is_empty() {
            wire::text(page, family::UNIT, unit);
        }
        Flow::Continue
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        self.metric(family, labels, point);
        self.page.flow()
    }

    fn end(&mut self) {
        if self.page.has_room(wire::LONGEST)
            && let Some(start) = self.page.release()
        {
            wire::put_length(self.page.bytes, start);
        }
    }
}

fn len_of(exemplar: &Exemplar) -> usize {
    exemplar.labels().map(|(name, value)| name.len() + value.len() + EACH).sum::<usize>() + EACH
}

fn latest(exemplars: &[Exemplar]) -> Option<&Exemplar> {
    exemplars.iter().max_by_key(|exemplar| exemplar.time())
}

/// Appends a label unless its value is empty, which means the same as no label.
#[inline]
fn push_label(page: &mut Vec<u8>, (name, value): (&str, &str), escaping: Option<Escaping>) {
    if !value.is_empty() {
        wire::message(page, metric::LABEL, |pair| {
            match escaping {
                Some(escaping) => wire::text(pair, FIRST, &escaping.escape_label(name)),
                None => wire::text(pair, FIRST, name),
            }
            wire::text(pair, SECOND, value);
        });
    }
}

fn push_value(page: &mut Vec<u8>, field: u32, number: Number) {
    wire::message(page, field, |value| wire::double(value, counter::VALUE, number.as_f64()));
}

fn push_summary(page: &mut Vec<u8>, value: &SummaryValue<'_>, created: Option<SystemTime>) {
    wire::message(page, metric::SUMMARY, |summary| {
        wire::uint(summary, summary::COUNT, value.count);
        wire::double(summary, summary::SUM, value.sum.as_f64());
        for (quantile, at) in value.quantiles {
            wire::message(summary, summary::QUANTILE, |pair| {
                wire::double(pair, FIRST, *quantile);
                wire::double(pair, SECOND, *at);
            });
        }
        push_time(summary, summary::CREATED, created);
    });
}

fn push_classic(page: &mut Vec<u8>, value: &HistogramValue<'_>, exemplars: &[Exemplar]) {
    wire::uint(page, histogram::COUNT, value.count());
    wire::double(page, histogram::SUM, value.sum.as_f64());
    push_buckets(page, value, exemplars);
}

fn push_buckets(page: &mut Vec<u8>, value: &HistogramValue<'_>, exemplars: &[Exemplar]) {
    let (mut count, mut lower) = (0_u64, f64::NEG_INFINITY);
    let bounds = value.bounds.iter().copied().chain([f64::INFINITY]);
    for (in_bucket, bound) in iter::zip(value.counts, bounds) {
        count = count.wrapping_add(*in_bucket);
        let is_in = |exemplar: &&Exemplar| {
            let value = exemplar.value().as_f64();
            value > lower && value <= bound
        };
        let exemplar = exemplars.iter().filter(is_in).max_by_key(|exemplar| exemplar.time());
        lower = bound;
        // The bucket of `+Inf` only repeats the count.
        if bound == f64::INFINITY && exemplar.is_none() {
            return;
        }
        wire::message(page, histogram::BUCKET, |bucket| {
            wire::uint(bucket, bucket::CUMULATIVE_COUNT, count);
            wire::double(bucket, bucket::UPPER_BOUND, bound);
            if let Some(exemplar) = exemplar {
                push_exemplar(bucket, bucket::EXEMPLAR, exemplar);
            }
        });
    }
}

fn push_native(page: &mut Vec<u8>, value: &NativeValue<'_>, exemplars: &[Exemplar]) {
    wire::uint(page, histogram::COUNT, value.classic.count());
    wire::double(page, histogram::SUM, value.classic.sum.as_f64());
    // Scrapers without native histograms read the classic buckets, with their exemplars.
    if !value.classic.bounds.is_empty() {
        push_buckets(page, &value.classic, exemplars);
    }
    wire::sint(page, histogram::SCHEMA, value.schema.into());
    wire::double(page, histogram::ZERO_THRESHOLD, value.zero_threshold);
    wire::uint(page, histogram::ZERO_COUNT, value.zero_count);
    push_side(page, value.negative, (histogram::NEGATIVE_SPAN, histogram::NEGATIVE_DELTA));
    push_side(page, value.positive, (histogram::POSITIVE_SPAN, histogram::POSITIVE_DELTA));
    let is_empty = value.positive.is_empty() && value.negative.is_empty();
    if is_empty && value.zero_threshold == 0.0 && value.zero_count == 0 {
        // An empty span distinguishes it from a classic histogram.
        wire::message(page, histogram::POSITIVE_SPAN, |span| {
            wire::sint(span, FIRST, 0);
            wire::uint(span, SECOND, 0);
        });
    }
    for exemplar in exemplars.iter().filter(|exemplar| exemplar.time().is_some()) {
        push_exemplar(page, histogram::EXEMPLARS, exemplar);
    }
}

/// Appends the buckets on one side of 0: spans of consecutive buckets, and the difference of each
/// count to the one before.
fn push_side(page: &mut Vec<u8>, buckets: &[(i32, u64)], (span_field, delta_field): (u32, u32)) {
    let mut next = 0_i32;
    let mut rest = buckets;
    while let [(first, _), ..] = rest {
        let is_next = |(place, (index, _)): &(usize, &(i32, u64))| {
            i64::from(*index) == i64::from(*first) + *place as i64
        };
        let length = rest.iter().enumerate().take_while(is_next).count();
        wire::message(page, span_field, |span| {
            wire::sint(span, FIRST, i64::from(*first) - i64::from(next));
            wire::uint(span, SECOND, length as u64);
        });
        next = first.saturating_add(length as i32);
        rest = &rest[length..];
    }
    if buckets.is_empty() {
        return;
    }
    let packed = Message::begin(page, delta_field);
    let mut before = 0_u64;
    for (_, count) in buckets {
        wire::push_zigzag(page, count.wrapping_sub(before) as i64);
        before = *count;
    }
    packed.end(page);
}

fn push_exemplar(page: &mut Vec<u8>, field: u32, exemplar: &Exemplar) {
    wire::message(page, field, |message| {
        for (name, value) in exemplar.labels() {
            wire::message(message, FIRST, |pair| {
                wire::text(pair, FIRST, name);
                wire::text(pair, SECOND, value);
            });
        }
        wire::double(message, SECOND, exemplar.value().as_f64());
        push_time(message, THIRD, exemplar.time());
    });
}

/// Appends a `google.protobuf.Timestamp`.
fn push_time(page: &mut Vec<u8>, field: u32, time: Option<SystemTime>) {
    let Some(since) = time.and_then(|time| time.duration_since(SystemTime::UNIX_EPOCH).ok()) else {
        return;
    };
    wire::message(page, field, |timestamp| {
        wire::uint(timestamp, FIRST, since.as_secs());
        wire::uint(timestamp, SECOND, since.subsec_nanos().into());
    });
}

/// Returns the milliseconds since 1970, negative before.
fn millis_of(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |it| -it),
    }
}
