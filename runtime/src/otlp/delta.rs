//! Differences to the last accepted export.
//!
//! Source: <https://opentelemetry.io/docs/specs/otel/metrics/data-model/#temporality>

use std::collections::{HashMap, TryReserveError};
use std::time::{Duration, UNIX_EPOCH};

use foldhash::fast::RandomState;

use super::point::nanoseconds;
use crate::exemplar::Exemplar;
use crate::number::Number;
use crate::read::{HistogramValue, Labels, NativeValue, Point, Value};
use crate::storage::NativeSnapshot;

/// How counters and histograms are sent.
///
/// ```
/// use measurand::otlp::Temporality;
/// assert_eq!(Temporality::default(), Temporality::Cumulative);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Temporality {
    /// As totals since the series began. This is what Prometheus works with, and nothing is lost if
    /// an export fails.
    #[default]
    Cumulative,
    /// As differences to the last export that the receiver accepted, for receivers that do not
    /// accept cumulative values. If an export fails, the next one includes its counts; if only the
    /// response is lost, they count twice. A series without new counts is left out.
    ///
    /// Sums that are not monotonic stay cumulative. Each exporter keeps the last value of every
    /// series.
    Delta,
}

/// The last accepted value of each series, and the next one.
#[derive(Debug, Default)]
pub(super) struct Deltas {
    series: HashMap<Box<[u8]>, DeltaSeries, RandomState>,
    /// The number of this export.
    export: u64,
    /// A buffer for the key of a series.
    name: Vec<u8>,
    /// A buffer for a difference.
    difference: CountedValue,
    /// A buffer for the exemplars of a difference.
    exemplars: Vec<Exemplar>,
}

#[derive(Debug, Default)]
struct DeltaSeries {
    /// The last accepted value, if `is_taken`.
    taken: Moment,
    is_taken: bool,
    /// The value of the current export.
    next: Moment,
    /// The index of the request that has it, if any does.
    request: Option<usize>,
    /// The last export with this series.
    export: u64,
}

/// The value of a series at a time, in nanoseconds since 1970.
#[derive(Debug, Default)]
struct Moment {
    value: CountedValue,
    time: u64,
    created: Option<u64>,
}

/// A value that counts from 0.
#[derive(Debug)]
struct CountedValue {
    /// The value of a counter, or the sum of a histogram.
    number: Number,
    buckets: BucketCounts,
}

#[derive(Debug)]
enum BucketCounts {
    /// A counter has no buckets.
    None,
    Classic(Vec<u64>),
    /// Boxed, since few series have native buckets and these are large.
    Native(Box<NativeSnapshot>),
}

impl Default for CountedValue {
    fn default() -> CountedValue {
        CountedValue { number: Number::Whole(0), buckets: BucketCounts::None }
    }
}

impl CountedValue {
    /// Sets the value, if it is of a type with a temporality.
    fn set(&mut self, value: &Value<'_>) {
        match value {
            Value::Counter(number) => (self.number, self.buckets) = (*number, BucketCounts::None),
            Value::Histogram(value) => {
                self.number = value.sum;
                let counts = self.buckets.classic();
                counts.clear();
                counts.extend_from_slice(value.counts);
            }
            Value::NativeHistogram(value) => {
                self.number = value.classic.sum;
                let native = self.buckets.native();
                native.clear();
                native.schema = value.schema;
                native.zero_threshold = value.zero_threshold;
                native.zero_count = value.zero_count;
                native.positive.extend_from_slice(value.positive);
                native.negative.extend_from_slice(value.negative);
            }
            _ => {}
        }
    }

    /// Sets this to `now` minus `before`, and returns whether that is possible, since nothing
    /// decreased.
    fn subtract(&mut self, now: &CountedValue, before: &mut CountedValue) -> bool {
        let is_counter = matches!(now.buckets, BucketCounts::None);
        let Some(number) = minus(is_counter, now.number, before.number) else { return false };
        self.number = number;
        match (&now.buckets, &mut before.buckets) {
            (BucketCounts::None, BucketCounts::None) => {
                self.buckets = BucketCounts::None;
                true
            }
            (BucketCounts::Classic(now), BucketCounts::Classic(before)) => {
                let counts = self.buckets.classic();
                counts.clear();
                let differences =
                    std::iter::zip(now, before).map(|(now, before)| now.checked_sub(*before));
                let mut are_all = true;
                counts.extend(differences.map(|more| {
                    are_all &= more.is_some();
                    more.unwrap_or_default()
                }));
                are_all && counts.len() == now.len()
            }
            (BucketCounts::Native(now), BucketCounts::Native(before)) => {
                subtract_native(self.buckets.native(), now, before)
            }
            _ => false,
        }
    }

    fn is_zero(&self) -> bool {
        let is_nothing = match &self.buckets {
            BucketCounts::None => true,
            BucketCounts::Classic(counts) => counts.iter().all(|count| *count == 0),
            BucketCounts::Native(native) => {
                native.zero_count == 0 && native.positive.is_empty() && native.negative.is_empty()
            }
        };
        is_nothing && self.number.as_f64() == 0.0
    }

    fn value<'a>(&'a self, bounds: &'a [f64]) -> Value<'a> {
        let sum = self.number;
        match &self.buckets {
            BucketCounts::None => Value::Counter(sum),
            BucketCounts::Classic(counts) => {
                Value::Histogram(HistogramValue { bounds, counts, sum })
            }
            BucketCounts::Native(native) => Value::NativeHistogram(NativeValue {
                schema: native.schema,
                zero_threshold: native.zero_threshold,
                zero_count: native.zero_count,
                positive: &native.positive,
                negative: &native.negative,
                classic: HistogramValue { bounds: &[], counts: &[], sum },
            }),
        }
    }
}

impl BucketCounts {
    /// Returns the classic buckets, to be filled.
    fn classic(&mut self) -> &mut Vec<u64> {
        loop {
            match self {
                BucketCounts::Classic(counts) => return counts,
                _ => *self = BucketCounts::Classic(Vec::new()),
            }
        }
    }

    /// Returns the native buckets, to be filled.
    fn native(&mut self) -> &mut NativeSnapshot {
        loop {
            match self {
                BucketCounts::Native(native) => return native,
                _ => *self = BucketCounts::Native(Box::default()),
            }
        }
    }
}

/// Subtracts native buckets, and returns whether none decreased. `before` is made as coarse as
/// `now`.
fn subtract_native(
    more: &mut NativeSnapshot,
    now: &NativeSnapshot,
    before: &mut NativeSnapshot,
) -> bool {
    more.clear();
    (more.schema, more.zero_threshold) = (now.schema, now.zero_threshold);
    if !before.coarsen(now.schema, now.zero_threshold) {
        return false;
    }
    let Some(zeros) = now.zero_count.checked_sub(before.zero_count) else { return false };
    more.zero_count = zeros;
    subtract_buckets(&mut more.positive, &now.positive, &before.positive)
        && subtract_buckets(&mut more.negative, &now.negative, &before.negative)
}

/// Returns the difference of two numbers, or `None` if a counter decreased.
fn minus(is_counter: bool, now: Number, before: Number) -> Option<Number> {
    match (now, before) {
        (Number::Whole(now), Number::Whole(before)) if now >= before => {
            Some(Number::Whole(now - before))
        }
        (Number::Nanoseconds(now), Number::Nanoseconds(before)) if now >= before => {
            Some(Number::Nanoseconds(now - before))
        }
        (now, before) => {
            let difference = now.as_f64() - before.as_f64();
            // Sums of negative observations decrease.
            (!is_counter || difference >= 0.0).then_some(Number::Float(difference))
        }
    }
}

/// Subtracts sparse buckets, and returns whether none decreased.
fn subtract_buckets(more: &mut Vec<(i32, u64)>, now: &[(i32, u64)], before: &[(i32, u64)]) -> bool {
    more.clear();
    let mut before = before.iter().peekable();
    for (index, count) in now {
        // A bucket that disappears means that counts decreased.
        let was = match before.next_if(|(other, _)| other <= index) {
            Some((other, _)) if other < index => return false,
            Some((_, was)) => *was,
            None => 0,
        };
        match count.checked_sub(was) {
            Some(0) => {}
            Some(count) => more.push((*index, count)),
            None => return false,
        }
    }
    before.next().is_none()
}

impl Deltas {
    /// Begins an export.
    pub(super) fn begin(&mut self) {
        self.export += 1;
    }

    /// Passes what has to be sent of a point to `push`, which returns the index of its request.
    pub(super) fn point(
        &mut self,
        family: &str,
        labels: Labels<'_>,
        point: &Point<'_>,
        now: u64,
        push: impl FnOnce(&Point<'_>) -> Option<usize>,
    ) -> Result<(), TryReserveError> {
        let bounds = match &point.value {
            Value::Counter(_) | Value::NativeHistogram(_) => &[],
            Value::Histogram(value) => value.bounds,
            // Other values stay cumulative, or have no temporality.
            _ => {
                push(point);
                return Ok(());
            }
        };
        let (name, mut series) = self.take(family, labels)?;
        series.export = self.export;
        series.next.value.set(&point.value);
        series.next.time = point.time.map_or(now, nanoseconds);
        series.next.created = point.created.map(nanoseconds);
        series.request = self.push_difference(&mut series, bounds, point, push);
        self.series.insert(name, series);
        Ok(())
    }

    /// Removes and returns what is known of a series.
    fn take(
        &mut self,
        family: &str,
        labels: Labels<'_>,
    ) -> Result<(Box<[u8]>, DeltaSeries), TryReserveError> {
        let labels = labels.iter().flat_map(|(name, value)| [name, value]);
        self.name.clear();
        for text in [family].into_iter().chain(labels) {
            self.name.try_reserve(text.len() + 1)?;
            self.name.extend_from_slice(text.as_bytes());
            // This byte does not occur in UTF-8.
            self.name.push(0xff);
        }
        if let Some(known) = self.series.remove_entry(&*self.name) {
            return Ok(known);
        }
        self.series.try_reserve(1)?;
        let mut name = Vec::new();
        name.try_reserve_exact(self.name.len())?;
        name.extend_from_slice(&self.name);
        Ok((name.into_boxed_slice(), DeltaSeries::default()))
    }

    /// Passes the difference to the last accepted value to `push`, or the whole value if there is
    /// none or the series was reset.
    fn push_difference(
        &mut self,
        series: &mut DeltaSeries,
        bounds: &[f64],
        point: &Point<'_>,
        push: impl FnOnce(&Point<'_>) -> Option<usize>,
    ) -> Option<usize> {
        let DeltaSeries { taken, is_taken, next, .. } = series;
        let is_anew = next.created.zip(taken.created).is_some_and(|(next, taken)| next > taken);
        let follows = *is_taken && !is_anew;
        let is_difference = follows && self.difference.subtract(&next.value, &mut taken.value);
        if is_difference && self.difference.is_zero() {
            taken.time = next.time;
            return None;
        }
        let taken_at = || UNIX_EPOCH + Duration::from_nanos(taken.time);
        // Exemplars that were accepted are not sent again.
        let is_new = |exemplar: &&Exemplar| {
            !follows || exemplar.time().is_none_or(|time| nanoseconds(time) > taken.time)
        };
        self.exemplars.clear();
        self.exemplars.extend(point.exemplars.iter().filter(is_new).cloned());
        push(&Point {
            value: if is_difference { self.difference.value(bounds) } else { point.value },
            created: if follows { Some(taken_at()) } else { point.created },
            exemplars: &self.exemplars,
            ..*point
        })
    }

    /// Ends encoding: forgets series that are gone if it succeeded, and treats nothing as sent if
    /// it failed.
    pub(super) fn end(&mut self, is_whole: bool) {
        if is_whole {
            let export = self.export;
            self.series.retain(|_, series| series.export == export);
        } else {
            self.sent(|_| false);
        }
    }

    /// Ends sending, and notes which requests were accepted.
    pub(super) fn sent(&mut self, is_taken: impl Fn(usize) -> bool) {
        for series in self.series.values_mut() {
            if series.request.take().is_some_and(&is_taken) {
                std::mem::swap(&mut series.taken, &mut series.next);
                series.is_taken = true;
            }
        }
        self.exemplars.clear();
    }
}
