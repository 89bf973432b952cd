//! A list of points in flat buffers: their label values, and what they show.

use std::collections::TryReserveError;
use std::ops::Range;
use std::time::SystemTime;

use crate::descriptor::Descriptor;
use crate::exemplar::Exemplar;
use crate::memory;
use crate::number::Number;
use crate::read::{HistogramValue, NativeValue, Point, SummaryValue, Value};

/// Points in the order in which they were added. The buffers are kept from one use to the next.
#[derive(Default)]
pub(super) struct KeptPoints {
    points: Vec<KeptPoint>,
    /// All label values.
    text: String,
    /// Where each label value ends in `text`.
    ends: Vec<usize>,
    /// The buckets of all histograms.
    counts: Vec<u64>,
    natives: Vec<KeptNative>,
    /// The native buckets of all histograms.
    native: Vec<(i32, u64)>,
    /// The quantiles of all summaries.
    quantiles: Vec<(f64, f64)>,
    exemplars: Vec<Exemplar>,
}

struct KeptPoint {
    /// The number of label values up to and including its own.
    values: usize,
    value: KeptValue,
    created: Option<SystemTime>,
    exemplars: Range<usize>,
    time: Option<SystemTime>,
}

enum KeptValue {
    /// A counter, a gauge or another kind of number, which the family says.
    Number(Number),
    Histogram(Range<usize>, Number),
    NativeHistogram(usize),
    Summary(Range<usize>, u64, Number),
}

struct KeptNative {
    schema: i8,
    zero_threshold: f64,
    zero_count: u64,
    positive: Range<usize>,
    negative: Range<usize>,
    counts: Range<usize>,
    sum: Number,
}

impl KeptPoints {
    pub(super) fn bytes(&self) -> usize {
        let KeptPoints { points, text, ends, counts, natives, native, quantiles, exemplars } = self;
        points.capacity() * size_of::<KeptPoint>()
            + text.capacity()
            + ends.capacity() * size_of::<usize>()
            + counts.capacity() * size_of::<u64>()
            + natives.capacity() * size_of::<KeptNative>()
            + native.capacity() * size_of::<(i32, u64)>()
            + quantiles.capacity() * size_of::<(f64, f64)>()
            + exemplars.capacity() * size_of::<Exemplar>()
    }

    pub(super) fn clear(&mut self) {
        let KeptPoints { points, text, ends, counts, natives, native, quantiles, exemplars } = self;
        points.clear();
        text.clear();
        ends.clear();
        counts.clear();
        natives.clear();
        native.clear();
        quantiles.clear();
        exemplars.clear();
    }

    /// Adds a point, or leaves all as it was if there is not enough memory.
    pub(super) fn try_push<'v>(
        &mut self,
        label_values: impl Iterator<Item = &'v str>,
        point: &Point<'_>,
    ) -> Result<(), TryReserveError> {
        let start = self.ends.len();
        let pushed = self.try_push_parts(label_values, point);
        if pushed.is_err() {
            self.ends.truncate(start);
            self.text.truncate(self.ends.last().copied().unwrap_or_default());
        }
        pushed
    }

    fn try_push_parts<'v>(
        &mut self,
        label_values: impl Iterator<Item = &'v str>,
        point: &Point<'_>,
    ) -> Result<(), TryReserveError> {
        for value in label_values {
            memory::push_str(&mut self.text, value)?;
            memory::push(&mut self.ends, self.text.len())?;
        }
        let value = match point.value {
            Value::Counter(number) | Value::Gauge(number) | Value::Unknown(number) => {
                KeptValue::Number(number)
            }
            Value::Info => KeptValue::Number(Number::Whole(1)),
            Value::State(holds) => KeptValue::Number(Number::Whole(holds.into())),
            Value::Histogram(HistogramValue { counts, sum, .. }) => {
                KeptValue::Histogram(memory::extend(&mut self.counts, counts)?, sum)
            }
            Value::NativeHistogram(value) => {
                let NativeValue { schema, zero_threshold, zero_count, classic, .. } = value;
                let native = KeptNative {
                    schema,
                    zero_threshold,
                    zero_count,
                    positive: memory::extend(&mut self.native, value.positive)?,
                    negative: memory::extend(&mut self.native, value.negative)?,
                    counts: memory::extend(&mut self.counts, classic.counts)?,
                    sum: classic.sum,
                };
                memory::push(&mut self.natives, native)?;
                KeptValue::NativeHistogram(self.natives.len() - 1)
            }
            Value::Summary(SummaryValue { quantiles, count, sum }) => {
                let quantiles = memory::extend(&mut self.quantiles, quantiles)?;
                KeptValue::Summary(quantiles, count, sum)
            }
        };
        let values = self.ends.len();
        let Point { created, time, .. } = *point;
        let exemplars = memory::extend(&mut self.exemplars, point.exemplars)?;
        let point = KeptPoint { values, value, created, exemplars, time };
        memory::push(&mut self.points, point)
    }

    /// Returns the label values of a point.
    pub(super) fn values(&self, point: usize) -> impl Iterator<Item = &str> {
        self.values_of(point).map(|index| self.text_at(index))
    }

    /// Returns the value of one label of a point.
    pub(super) fn value(&self, point: usize, label: usize) -> &str {
        self.values_of(point).nth(label).map_or("", |index| self.text_at(index))
    }

    fn values_of(&self, point: usize) -> Range<usize> {
        let end = |point: usize| self.points.get(point).map_or(0, |point| point.values);
        point.checked_sub(1).map_or(0, end)..end(point)
    }

    fn text_at(&self, index: usize) -> &str {
        let start = index.checked_sub(1).and_then(|last| self.ends.get(last)).copied();
        let end = self.ends.get(index).copied().unwrap_or_default();
        self.text.get(start.unwrap_or_default()..end).unwrap_or_default()
    }

    /// Returns a point of a family.
    pub(super) fn point<'a>(&'a self, point: usize, family: &'a Descriptor) -> Option<Point<'a>> {
        let kept = self.points.get(point)?;
        let histogram = |counts: &Range<usize>, sum| HistogramValue {
            bounds: family.buckets(),
            counts: self.counts.get(counts.clone()).unwrap_or_default(),
            sum,
        };
        let buckets = |range: &Range<usize>| self.native.get(range.clone()).unwrap_or_default();
        let value = match &kept.value {
            KeptValue::Number(number) => Value::of(family.kind, *number),
            KeptValue::Histogram(counts, sum) => Value::Histogram(histogram(counts, *sum)),
            KeptValue::NativeHistogram(index) => {
                let native = self.natives.get(*index)?;
                Value::NativeHistogram(NativeValue {
                    schema: native.schema,
                    zero_threshold: native.zero_threshold,
                    zero_count: native.zero_count,
                    positive: buckets(&native.positive),
                    negative: buckets(&native.negative),
                    classic: histogram(&native.counts, native.sum),
                })
            }
            KeptValue::Summary(quantiles, count, sum) => Value::Summary(SummaryValue {
                quantiles: self.quantiles.get(quantiles.clone()).unwrap_or_default(),
                count: *count,
                sum: *sum,
            }),
        };
        let exemplars = self.exemplars.get(kept.exemplars.clone()).unwrap_or_default();
        Some(Point { value, created: kept.created, exemplars, time: kept.time })
    }
}
