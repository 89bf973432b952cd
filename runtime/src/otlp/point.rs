//! Encoding points as messages.
//!
//! Source: `metrics.proto` and `common.proto` of <https://github.com/open-telemetry/opentelemetry-proto>.

use std::time::SystemTime;

use super::exponential::{Exponential, MOST_BUCKETS, Side};
use crate::exemplar::Exemplar;
use crate::number::Number;
use crate::read::{HistogramValue, Labels, NativeValue, Point, SummaryValue, Value};
use crate::wire::{self, Message};

/// `data_points`, of every type of `Metric.data`.
const DATA_POINTS: u32 = 1;

/// `NumberDataPoint`.
mod number {
    pub(super) const START_TIME: u32 = 2;
    pub(super) const TIME: u32 = 3;
    pub(super) const AS_DOUBLE: u32 = 4;
    pub(super) const EXEMPLARS: u32 = 5;
    pub(super) const AS_INT: u32 = 6;
    pub(super) const ATTRIBUTES: u32 = 7;
    pub(super) const FLAGS: u32 = 8;
}

/// `HistogramDataPoint`.
mod histogram {
    pub(super) const START_TIME: u32 = 2;
    pub(super) const TIME: u32 = 3;
    pub(super) const COUNT: u32 = 4;
    pub(super) const SUM: u32 = 5;
    pub(super) const BUCKET_COUNTS: u32 = 6;
    pub(super) const EXPLICIT_BOUNDS: u32 = 7;
    pub(super) const EXEMPLARS: u32 = 8;
    pub(super) const ATTRIBUTES: u32 = 9;
    pub(super) const FLAGS: u32 = 10;
}

/// `ExponentialHistogramDataPoint`.
mod exponential {
    pub(super) const ATTRIBUTES: u32 = 1;
    pub(super) const START_TIME: u32 = 2;
    pub(super) const TIME: u32 = 3;
    pub(super) const COUNT: u32 = 4;
    pub(super) const SUM: u32 = 5;
    pub(super) const SCALE: u32 = 6;
    pub(super) const ZERO_COUNT: u32 = 7;
    pub(super) const POSITIVE: u32 = 8;
    pub(super) const NEGATIVE: u32 = 9;
    pub(super) const FLAGS: u32 = 10;
    pub(super) const EXEMPLARS: u32 = 11;
    pub(super) const ZERO_THRESHOLD: u32 = 14;
}

/// `Buckets`.
mod buckets {
    pub(super) const OFFSET: u32 = 1;
    pub(super) const BUCKET_COUNTS: u32 = 2;
}

/// `SummaryDataPoint`.
mod summary {
    pub(super) const START_TIME: u32 = 2;
    pub(super) const TIME: u32 = 3;
    pub(super) const COUNT: u32 = 4;
    pub(super) const SUM: u32 = 5;
    pub(super) const QUANTILE_VALUES: u32 = 6;
    pub(super) const ATTRIBUTES: u32 = 7;
    pub(super) const FLAGS: u32 = 8;
}

/// `ValueAtQuantile`.
mod quantile {
    pub(super) const QUANTILE: u32 = 1;
    pub(super) const VALUE: u32 = 2;
}

/// `Exemplar`.
mod exemplar {
    pub(super) const TIME: u32 = 2;
    pub(super) const AS_DOUBLE: u32 = 3;
    pub(super) const SPAN_ID: u32 = 4;
    pub(super) const TRACE_ID: u32 = 5;
    pub(super) const AS_INT: u32 = 6;
    pub(super) const FILTERED_ATTRIBUTES: u32 = 7;
}

/// `KeyValue`.
mod key_value {
    pub(super) const KEY: u32 = 1;
    pub(super) const VALUE: u32 = 2;
}

/// `AnyValue.string_value`.
const STRING_VALUE: u32 = 1;

/// The value of `DataPointFlags` for a series that no longer has a value.
const NO_RECORDED_VALUE: u64 = 1;

/// The NaN by which Prometheus marks a stale series.
///
/// Source: <https://github.com/prometheus/prometheus/blob/main/model/value/value.go>
const STALE: u64 = 0x7ff0_0000_0000_0002;

/// The greatest size of the fields of a point, without its labels, buckets and exemplars.
const LEAST: usize = 160;

/// The greatest size of a label, a bucket, a quantile or an exemplar, without strings.
const EACH: usize = 48;

/// Returns the greatest size of a point.
pub(super) fn most_len(labels: &Labels<'_>, point: &Point<'_>) -> usize {
    let text = |(name, value): (&str, &str)| name.len() + value.len() + EACH;
    let texts = labels.iter().map(text).sum::<usize>();
    let of_exemplar = |exemplar: &Exemplar| exemplar.labels().map(text).sum::<usize>() + EACH;
    let exemplars = point.exemplars.iter().map(of_exemplar).sum::<usize>();
    let values = match &point.value {
        Value::Histogram(value) => 16 * value.counts.len(),
        Value::NativeHistogram(_) => 2 * wire::LONGEST * MOST_BUCKETS as usize,
        Value::Summary(value) => EACH.saturating_mul(value.quantiles.len()),
        _ => 0,
    };
    LEAST.saturating_add(texts).saturating_add(exemplars).saturating_add(values)
}

/// Appends a point, for which there must be enough capacity. Its time is `now` unless it has its
/// own.
pub(super) fn push_point(page: &mut Vec<u8>, labels: Labels<'_>, point: &Point<'_>, now: u64) {
    let message = Message::begin(page, DATA_POINTS);
    let time = point.time.map_or(now, nanoseconds);
    // The start must not be after the time, even if the clock was set back.
    let start = point.created.map_or(0, nanoseconds).min(time);
    let times = PointTimes { start, time };
    match &point.value {
        Value::Counter(value) | Value::Gauge(value) | Value::Unknown(value) => {
            push_number(page, labels, *value, times);
            push_exemplars(page, number::EXEMPLARS, point.exemplars);
        }
        Value::Info => push_number(page, labels, Number::Whole(1), times),
        Value::State(holds) => {
            push_number(page, labels, Number::Whole(u128::from(*holds)), times);
        }
        Value::Histogram(value) => {
            push_histogram(page, labels, value, times);
            push_exemplars(page, histogram::EXEMPLARS, point.exemplars);
        }
        Value::NativeHistogram(value) => {
            push_exponential(page, labels, value, times);
            push_exemplars(page, exponential::EXEMPLARS, point.exemplars);
        }
        Value::Summary(value) => push_summary(page, labels, value, times),
    }
    message.end(page);
}

/// Times in nanoseconds since 1970; 0 means unknown.
#[derive(Clone, Copy)]
struct PointTimes {
    start: u64,
    time: u64,
}

impl PointTimes {
    fn push(self, page: &mut Vec<u8>, (start, time): (u32, u32)) {
        if self.start != 0 {
            wire::fixed(page, start, self.start);
        }
        wire::fixed(page, time, self.time);
    }
}

/// Returns a time in nanoseconds since 1970; 0, which means unknown, for earlier ones.
pub(super) fn nanoseconds(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_nanos()).unwrap_or(u64::MAX)
}

fn is_stale(value: Number) -> bool {
    matches!(value, Number::Float(value) if value.to_bits() == STALE)
}

fn push_number(page: &mut Vec<u8>, labels: Labels<'_>, value: Number, times: PointTimes) {
    push_attributes(page, number::ATTRIBUTES, labels);
    times.push(page, (number::START_TIME, number::TIME));
    if is_stale(value) {
        wire::uint(page, number::FLAGS, NO_RECORDED_VALUE);
    } else {
        push_value(page, value, (number::AS_INT, number::AS_DOUBLE));
    }
}

/// Appends a number: as an integer if it is whole and fits, or else as a float.
fn push_value(page: &mut Vec<u8>, value: Number, (as_int, as_double): (u32, u32)) {
    match value {
        Number::Whole(whole) if i64::try_from(whole).is_ok() => {
            wire::fixed(page, as_int, whole as u64);
        }
        other => wire::double(page, as_double, other.as_f64()),
    }
}

fn push_histogram(
    page: &mut Vec<u8>,
    labels: Labels<'_>,
    value: &HistogramValue<'_>,
    times: PointTimes,
) {
    push_attributes(page, histogram::ATTRIBUTES, labels);
    times.push(page, (histogram::START_TIME, histogram::TIME));
    if is_stale(value.sum) {
        return wire::uint(page, histogram::FLAGS, NO_RECORDED_VALUE);
    }
    wire::fixed(page, histogram::COUNT, value.count());
    wire::double(page, histogram::SUM, value.sum.as_f64());
    wire::packed_fixed(page, histogram::BUCKET_COUNTS, value.counts.iter().copied());
    let bounds = value.bounds.iter().map(|bound| bound.to_bits());
    wire::packed_fixed(page, histogram::EXPLICIT_BOUNDS, bounds);
}

fn push_exponential(
    page: &mut Vec<u8>,
    labels: Labels<'_>,
    value: &NativeValue<'_>,
    times: PointTimes,
) {
    push_attributes(page, exponential::ATTRIBUTES, labels);
    times.push(page, (exponential::START_TIME, exponential::TIME));
    if is_stale(value.classic.sum) {
        return wire::uint(page, exponential::FLAGS, NO_RECORDED_VALUE);
    }
    let Exponential { scale, count, positive, negative } = Exponential::of(value);
    wire::fixed(page, exponential::COUNT, count);
    wire::double(page, exponential::SUM, value.classic.sum.as_f64());
    wire::sint(page, exponential::SCALE, scale.into());
    wire::fixed(page, exponential::ZERO_COUNT, value.zero_count);
    push_side(page, exponential::POSITIVE, &positive);
    push_side(page, exponential::NEGATIVE, &negative);
    wire::double(page, exponential::ZERO_THRESHOLD, value.zero_threshold);
}

fn push_side(page: &mut Vec<u8>, field: u32, side: &Side<'_>) {
    let Some(offset) = side.offset() else { return };
    wire::message(page, field, |page| {
        wire::sint(page, buckets::OFFSET, offset);
        wire::message(page, buckets::BUCKET_COUNTS, |page| {
            side.for_each(|count| wire::push_varint(page, count));
        });
    });
}

fn push_summary(
    page: &mut Vec<u8>,
    labels: Labels<'_>,
    value: &SummaryValue<'_>,
    times: PointTimes,
) {
    push_attributes(page, summary::ATTRIBUTES, labels);
    times.push(page, (summary::START_TIME, summary::TIME));
    if is_stale(value.sum) {
        return wire::uint(page, summary::FLAGS, NO_RECORDED_VALUE);
    }
    wire::fixed(page, summary::COUNT, value.count);
    wire::double(page, summary::SUM, value.sum.as_f64());
    for (quantile, at) in value.quantiles {
        wire::message(page, summary::QUANTILE_VALUES, |page| {
            wire::double(page, quantile::QUANTILE, *quantile);
            wire::double(page, quantile::VALUE, *at);
        });
    }
}

/// Appends labels, except empty ones, which mean the same as none.
fn push_attributes(page: &mut Vec<u8>, field: u32, labels: Labels<'_>) {
    for (name, value) in labels.iter().filter(|(_, value)| !value.is_empty()) {
        push_attribute(page, field, name, value);
    }
}

/// Returns the length of a `KeyValue` of strings.
pub(super) fn attribute_len(name: &str, value: &str) -> usize {
    wire::len_of_field(name.len()) + wire::len_of_field(wire::len_of_field(value.len()))
}

/// Appends a `KeyValue` of strings.
pub(super) fn push_attribute(page: &mut Vec<u8>, field: u32, name: &str, value: &str) {
    wire::begin_known(page, field, attribute_len(name, value));
    wire::text(page, key_value::KEY, name);
    wire::begin_known(page, key_value::VALUE, wire::len_of_field(value.len()));
    wire::text(page, STRING_VALUE, value);
}

fn push_exemplars(page: &mut Vec<u8>, field: u32, exemplars: &[Exemplar]) {
    for exemplar in exemplars {
        wire::message(page, field, |page| {
            if let Some(time) = exemplar.time() {
                wire::fixed(page, exemplar::TIME, nanoseconds(time));
            }
            push_value(page, exemplar.value(), (exemplar::AS_INT, exemplar::AS_DOUBLE));
            for (name, value) in exemplar.labels() {
                match (name, id::<16>(value), id::<8>(value)) {
                    ("trace_id", Some(id), _) => wire::bytes(page, exemplar::TRACE_ID, &id),
                    ("span_id", _, Some(id)) => wire::bytes(page, exemplar::SPAN_ID, &id),
                    _ => push_attribute(page, exemplar::FILTERED_ATTRIBUTES, name, value),
                }
            }
        });
    }
}

/// Parses a valid trace or span ID: hexadecimal digits, not all of them 0.
fn id<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    let digit = |byte: u8| Some(char::from(byte).to_digit(16)? as u8);
    let mut id = [0; BYTES];
    if text.len() != 2 * BYTES {
        return None;
    }
    for (byte, digits) in std::iter::zip(&mut id, text.as_bytes().chunks_exact(2)) {
        *byte = digit(digits[0])? << 4 | digit(digits[1])?;
    }
    (id != [0; BYTES]).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_hexadecimal_and_not_zero() {
        assert_eq!(id::<8>("00f067aa0ba902b7"), Some(0x00f0_67aa_0ba9_02b7_u64.to_be_bytes()));
        assert_eq!(id::<2>("aBcD"), Some([0xab, 0xcd]));
        for wrong in ["0000", "abc", "abcde", "abcg", "+1+1", "aé1", ""] {
            assert_eq!(id::<2>(wrong), None, "{wrong}");
        }
    }
}
