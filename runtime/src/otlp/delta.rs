//! What was counted since the last export that was taken.
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
    /// With all that was counted since the series began. Prometheus works with these, and nothing is lost if an export
    /// fails.
    #[default]
    Cumulative,
    /// With what was counted since the last export that the receiver took, for receivers that do not take cumulative
    /// values. If an export fails, the next one includes it; if only the answer is lost, it counts twice. A series in
    /// which nothing was counted is left out.
    ///
    /// Sums that are not monotonic stay cumulative. Each exporter keeps the last value of every series.
    Delta,
}

/// What a receiver has taken of each series, and what it is sent next.
#[derive(Debug, Default)]
pub(super) struct Deltas {
    series: HashMap<Box<[u8]>, Series, RandomState>,
    /// The number of this export.
    export: u64,
    /// Room for the name of a series.
    name: Vec<u8>,
    /// Room for a difference, and for its exemplars.
    difference: Kept,
    exemplars: Vec<Exemplar>,
}

#[derive(Debug, Default)]
struct Series {
    /// What was taken last, if anything was.
    taken: Moment,
    is_taken: bool,
    /// What it is sent next, and in which request.
    next: Moment,
    request: Option<usize>,
    /// The export that had it last.
    export: u64,
}

/// What a series was at a time, in nanoseconds since 1970.
#[derive(Debug, Default)]
struct Moment {
    value: Kept,
    time: u64,
    created: Option<u64>,
}

/// A value that counts from 0 on.
#[derive(Debug)]
struct Kept {
    /// That of a counter, or all observations added up.
    number: Number,
    buckets: Buckets,
}

#[derive(Debug)]
enum Buckets {
    /// A counter has none.
    None,
    Classic(Vec<u64>),
    /// Most series have none, and these take room.
    Native(Box<NativeSnapshot>),
}

impl Default for Kept {
    fn default() -> Kept {
        Kept { number: Number::Whole(0), buckets: Buckets::None }
    }
}

impl Kept {
    /// Keeps a value of those that have a temporality.
    fn set(&mut self, value: &Value<'_>) {
        match value {
            Value::Counter(number) => (self.number, self.buckets) = (*number, Buckets::None),
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

    /// Makes it `now` less `before`; says whether that is possible: nothing has become less.
    fn subtract(&mut self, now: &Kept, before: &mut Kept) -> bool {
        let is_counter = matches!(now.buckets, Buckets::None);
        let Some(number) = minus(is_counter, now.number, before.number) else { return false };
        self.number = number;
        match (&now.buckets, &mut before.buckets) {
            (Buckets::None, Buckets::None) => {
                self.buckets = Buckets::None;
                true
            }
            (Buckets::Classic(now), Buckets::Classic(before)) => {
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
            (Buckets::Native(now), Buckets::Native(before)) => {
                subtract_native(self.buckets.native(), now, before)
            }
            _ => false,
        }
    }

    fn is_zero(&self) -> bool {
        let is_nothing = match &self.buckets {
            Buckets::None => true,
            Buckets::Classic(counts) => counts.iter().all(|count| *count == 0),
            Buckets::Native(native) => {
                native.zero_count == 0 && native.positive.is_empty() && native.negative.is_empty()
            }
        };
        is_nothing && self.number.as_f64() == 0.0
    }

    fn value<'a>(&'a self, bounds: &'a [f64]) -> Value<'a> {
        let sum = self.number;
        match &self.buckets {
            Buckets::None => Value::Counter(sum),
            Buckets::Classic(counts) => Value::Histogram(HistogramValue { bounds, counts, sum }),
            Buckets::Native(native) => Value::NativeHistogram(NativeValue {
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

impl Buckets {
    /// Room for classic buckets.
    fn classic(&mut self) -> &mut Vec<u64> {
        loop {
            match self {
                Buckets::Classic(counts) => return counts,
                _ => *self = Buckets::Classic(Vec::new()),
            }
        }
    }

    /// Room for native ones.
    fn native(&mut self) -> &mut NativeSnapshot {
        loop {
            match self {
                Buckets::Native(native) => return native,
                _ => *self = Buckets::Native(Box::default()),
            }
        }
    }
}

/// The observations of native buckets that are more than before; says whether none are less. What was before is made
/// as coarse as what is now.
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

/// What a counter has more than before, or by how much a sum is another one; nothing if a counter has less.
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
            // The sum of observations below 0 goes down.
            (!is_counter || difference >= 0.0).then_some(Number::Float(difference))
        }
    }
}

/// The buckets that have more than before; says whether none has less.
fn subtract_buckets(more: &mut Vec<(i32, u64)>, now: &[(i32, u64)], before: &[(i32, u64)]) -> bool {
    more.clear();
    let mut before = before.iter().peekable();
    for (index, count) in now {
        // What was there is still there.
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
    /// An export begins.
    pub(super) fn begin(&mut self) {
        self.export += 1;
    }

    /// Shows what has to be sent of a point, if anything; `push` says in which request it is.
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
            // It stays cumulative, or has no temporality.
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

    /// Takes out what is known of a series.
    fn take(
        &mut self,
        family: &str,
        labels: Labels<'_>,
    ) -> Result<(Box<[u8]>, Series), TryReserveError> {
        let labels = labels.iter().flat_map(|(name, value)| [name, value]);
        self.name.clear();
        for text in [family].into_iter().chain(labels) {
            self.name.try_reserve(text.len() + 1)?;
            self.name.extend_from_slice(text.as_bytes());
            // No text has such a byte.
            self.name.push(0xff);
        }
        if let Some(known) = self.series.remove_entry(&*self.name) {
            return Ok(known);
        }
        self.series.try_reserve(1)?;
        let mut name = Vec::new();
        name.try_reserve_exact(self.name.len())?;
        name.extend_from_slice(&self.name);
        Ok((name.into_boxed_slice(), Series::default()))
    }

    /// Shows what was counted since it was taken last: all of it, where nothing was or it has begun anew.
    fn push_difference(
        &mut self,
        series: &mut Series,
        bounds: &[f64],
        point: &Point<'_>,
        push: impl FnOnce(&Point<'_>) -> Option<usize>,
    ) -> Option<usize> {
        let Series { taken, is_taken, next, .. } = series;
        let is_anew = next.created.zip(taken.created).is_some_and(|(next, taken)| next > taken);
        let follows = *is_taken && !is_anew;
        let is_difference = follows && self.difference.subtract(&next.value, &mut taken.value);
        if is_difference && self.difference.is_zero() {
            taken.time = next.time;
            return None;
        }
        let taken_at = || UNIX_EPOCH + Duration::from_nanos(taken.time);
        // Exemplars that were sent are not sent again.
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

    /// The export has been encoded, or has failed: series that it had not are forgotten, or nothing of it is sent.
    pub(super) fn end(&mut self, is_whole: bool) {
        if is_whole {
            let export = self.export;
            self.series.retain(|_, series| series.export == export);
        } else {
            self.sent(|_| false);
        }
    }

    /// The requests were sent, and some of them were taken.
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
