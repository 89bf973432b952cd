//! The families of the instruments of a provider.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use opentelemetry_0_33::{InstrumentationScope, Key, KeyValue, Value};
use opentelemetry_sdk_0_33::metrics::data::{
    AggregatedMetrics, ExponentialBucket, ExponentialHistogramDataPoint, Metric, MetricData,
    ResourceMetrics,
};

use super::names::{self, Suffix};
use crate::descriptor::{Descriptor, DescriptorBuilder, DescriptorError};
use crate::kind::Kind;
use crate::number::Number;
use crate::registry::{NativeValue, Point, Points};

/// Families, sorted by name.
pub(super) struct InstrumentFamilies {
    families: BTreeMap<String, InstrumentFamily>,
}

/// A family: instruments of one name.
struct InstrumentFamily {
    kind: Kind,
    help: String,
    unit: &'static str,
    bounds: Vec<f64>,
    labels: BTreeSet<String>,
    series: Vec<InstrumentSeries>,
    /// Why series were left out.
    problems: BTreeSet<&'static str>,
}

struct InstrumentSeries {
    labels: Vec<(String, String)>,
    shown: InstrumentValue,
    created: Option<SystemTime>,
}

enum InstrumentValue {
    Number(Number),
    Histogram { bounds: Vec<f64>, counts: Vec<u64>, sum: Number },
    Native(NativeInstrumentValue),
}

struct NativeInstrumentValue {
    schema: i8,
    zero_threshold: f64,
    zero_count: u64,
    positive: Vec<(i32, u64)>,
    negative: Vec<(i32, u64)>,
    count: u64,
    sum: Number,
}

/// The labels of a scope, which all its series have.
struct ScopeLabels(Vec<KeyValue>);

impl InstrumentFamilies {
    pub(super) fn of(metrics: &ResourceMetrics) -> InstrumentFamilies {
        let mut families = InstrumentFamilies { families: BTreeMap::new() };
        let resource = names::labels(metrics.resource().iter(), false);
        if !resource.is_empty() {
            let mut target = InstrumentFamily::new(Kind::Info, "Attributes of the resource.", "");
            target.push(resource, InstrumentValue::Number(Number::Whole(1)), None);
            families.families.insert("target_info".to_owned(), target);
        }
        // Sorted, since the provider has no order, and the first instrument of a name stays.
        let mut scopes: Vec<_> = metrics.scope_metrics().collect();
        scopes.sort_by_key(|it| (it.scope().name(), it.scope().version(), it.scope().schema_url()));
        for scope_metrics in scopes {
            let scope = ScopeLabels::of(scope_metrics.scope());
            for metric in scope_metrics.metrics() {
                families.add(&scope, metric);
            }
        }
        families
    }

    fn add(&mut self, scope: &ScopeLabels, metric: &Metric) {
        match metric.data() {
            AggregatedMetrics::F64(data) => self.add_data(scope, metric, data),
            AggregatedMetrics::U64(data) => self.add_data(scope, metric, data),
            AggregatedMetrics::I64(data) => self.add_data(scope, metric, data),
        }
    }

    fn add_data<T: Copy + Into<Number>>(
        &mut self,
        scope: &ScopeLabels,
        metric: &Metric,
        data: &MetricData<T>,
    ) {
        match data {
            MetricData::Gauge(gauge) => {
                let Some(family) = self.family(metric, Kind::Gauge, Suffix::Ratio) else { return };
                for point in gauge.data_points() {
                    let labels = scope.labels(point.attributes(), false);
                    family.push(labels, InstrumentValue::Number(point.value().into()), None);
                }
            }
            MetricData::Sum(sum) => {
                let (kind, suffix) = match sum.is_monotonic() {
                    true => (Kind::Counter, Suffix::Total),
                    false => (Kind::Gauge, Suffix::Ratio),
                };
                let created = (kind == Kind::Counter).then(|| sum.start_time());
                let Some(family) = self.family(metric, kind, suffix) else { return };
                for point in sum.data_points() {
                    let labels = scope.labels(point.attributes(), false);
                    family.push(labels, InstrumentValue::Number(point.value().into()), created);
                }
            }
            MetricData::Histogram(histogram) => {
                let Some(family) = self.family(metric, Kind::Histogram, Suffix::None) else {
                    return;
                };
                for point in histogram.data_points() {
                    let mut counts: Vec<_> = point.bucket_counts().collect();
                    if counts.is_empty() {
                        // Without bounds there are no buckets.
                        counts.push(point.count());
                    }
                    let shown = InstrumentValue::Histogram {
                        bounds: point.bounds().collect(),
                        counts,
                        sum: point.sum().into(),
                    };
                    let labels = scope.labels(point.attributes(), true);
                    family.push(labels, shown, Some(histogram.start_time()));
                }
            }
            MetricData::ExponentialHistogram(histogram) => {
                let Some(family) = self.family(metric, Kind::Histogram, Suffix::None) else {
                    return;
                };
                for point in histogram.data_points() {
                    match native(point) {
                        Some(native) => {
                            let labels = scope.labels(point.attributes(), true);
                            let created = Some(histogram.start_time());
                            family.push(labels, InstrumentValue::Native(native), created);
                        }
                        None => drop(family.problems.insert(
                            "its buckets are wider than those of schema -4, the coarsest one",
                        )),
                    }
                }
            }
        }
    }

    /// Returns the family of an instrument, unless an instrument of another kind has its name.
    fn family(
        &mut self,
        metric: &Metric,
        kind: Kind,
        suffix: Suffix,
    ) -> Option<&mut InstrumentFamily> {
        let (name, unit) = names::family_name(metric.name(), metric.unit(), suffix);
        let made = || {
            let help = match metric.description().trim() {
                "" => format!("OpenTelemetry's instrument `{}`.", metric.name()),
                help => help.to_owned(),
            };
            InstrumentFamily::new(kind, &help, unit)
        };
        let family = self.families.entry(name).or_insert_with(made);
        if family.kind != kind {
            family.problems.insert("another instrument of that name is of another kind");
            return None;
        }
        Some(family)
    }

    /// Pushes the points, and returns the families whose names are not valid.
    pub(super) fn push_to(self, points: &mut Points<'_>) -> Vec<(String, DescriptorError)> {
        let mut unfit = Vec::new();
        for (name, family) in self.families {
            match family.descriptor(&name) {
                Ok(descriptor) => family.push_to(&descriptor, points),
                Err(error) => unfit.push((name, error)),
            }
        }
        unfit
    }
}

impl InstrumentFamily {
    fn new(kind: Kind, help: &str, unit: &'static str) -> InstrumentFamily {
        InstrumentFamily {
            kind,
            help: help.to_owned(),
            unit,
            bounds: Vec::new(),
            labels: BTreeSet::new(),
            series: Vec::new(),
            problems: BTreeSet::new(),
        }
    }

    fn push(
        &mut self,
        labels: Vec<(String, String)>,
        shown: InstrumentValue,
        created: Option<SystemTime>,
    ) {
        let is_first = self.series.is_empty();
        if let InstrumentValue::Histogram { bounds, .. } = &shown {
            if is_first {
                self.bounds.clone_from(bounds);
            } else if self.bounds != *bounds {
                self.problems.insert("another instrument of that name has other buckets");
                return;
            }
        }
        self.labels.extend(labels.iter().map(|(name, _)| name.clone()));
        self.series.push(InstrumentSeries { labels, shown, created });
    }

    fn descriptor(&self, name: &str) -> Result<Descriptor, DescriptorError> {
        let builder = DescriptorBuilder::new(self.kind, name.to_owned(), self.help.clone());
        let builder = builder.unit_word(self.unit).labels(self.labels.iter().map(String::as_str));
        match self.kind {
            // Native, since it may have no bounds.
            Kind::Histogram => builder.native(true).buckets(self.bounds.clone()).build(),
            _ => builder.build(),
        }
    }

    fn push_to(&self, descriptor: &Descriptor, points: &mut Points<'_>) {
        for problem in &self.problems {
            points.fail(descriptor, problem);
        }
        let mut values = Vec::with_capacity(self.labels.len());
        for series in &self.series {
            values.clear();
            values.extend(self.labels.iter().map(|name| series.value(name)));
            series.push_to(self.kind, descriptor, &values, points);
        }
    }
}

impl InstrumentSeries {
    /// Returns the value of a label, or an empty string, which means the same as no label.
    fn value(&self, label: &str) -> &str {
        let found = self.labels.binary_search_by(|(name, _)| (**name).cmp(label));
        found.map_or("", |index| &self.labels[index].1)
    }

    fn push_to(&self, kind: Kind, family: &Descriptor, labels: &[&str], points: &mut Points<'_>) {
        let all;
        let point = match &self.shown {
            InstrumentValue::Number(number) => match kind {
                Kind::Counter => Point::counter(*number),
                Kind::Info => Point::info(),
                _ => Point::gauge(*number),
            },
            InstrumentValue::Histogram { counts, sum, .. } => Point::histogram(counts, *sum),
            InstrumentValue::Native(native) => {
                all = [native.count];
                let value = NativeValue::new(native.schema, &all, native.sum)
                    .zero(native.zero_threshold, native.zero_count)
                    .positive(&native.positive)
                    .negative(&native.negative);
                Point::native_histogram(value)
            }
        };
        let point = match self.created {
            Some(created) => point.since(created),
            None => point,
        };
        points.push(family, labels, point);
    }
}

impl ScopeLabels {
    fn of(scope: &InstrumentationScope) -> ScopeLabels {
        let mut labels = vec![KeyValue::new("otel_scope_name", scope.name().to_owned())];
        let version = scope.version().map(|it| KeyValue::new("otel_scope_version", it.to_owned()));
        let schema =
            scope.schema_url().map(|it| KeyValue::new("otel_scope_schema_url", it.to_owned()));
        labels.extend(version.into_iter().chain(schema));
        let is_other =
            |it: &&KeyValue| !["name", "version", "schema_url"].contains(&it.key.as_str());
        let named =
            |it: &KeyValue| KeyValue::new(format!("otel_scope_{}", it.key), it.value.clone());
        labels.extend(scope.attributes().filter(is_other).map(named));
        ScopeLabels(labels)
    }

    fn labels<'a>(
        &'a self,
        attributes: impl Iterator<Item = &'a KeyValue>,
        is_histogram: bool,
    ) -> Vec<(String, String)> {
        let pair = |it: &'a KeyValue| -> (&'a Key, &'a Value) { (&it.key, &it.value) };
        names::labels(self.0.iter().chain(attributes).map(pair), is_histogram)
    }
}

/// The schemas of native histograms, from the coarsest to the finest.
const SCHEMAS: std::ops::RangeInclusive<i8> = -4..=8;

/// Converts a histogram, with the same buckets or ones that are wider by a power of two.
fn native<T: Copy + Into<Number>>(
    point: &ExponentialHistogramDataPoint<T>,
) -> Option<NativeInstrumentValue> {
    if point.scale() < *SCHEMAS.start() {
        return None;
    }
    let schema = point.scale().min(*SCHEMAS.end());
    let shift = u32::from(point.scale().abs_diff(schema));
    Some(NativeInstrumentValue {
        schema,
        zero_threshold: point.zero_threshold(),
        zero_count: point.zero_count(),
        positive: buckets(point.positive_bucket(), shift),
        negative: buckets(point.negative_bucket(), shift),
        count: point.count() as u64,
        sum: point.sum().into(),
    })
}

/// Converts buckets. Prometheus's indices are those of upper bounds, and so are greater by 1 than
/// OpenTelemetry's.
fn buckets(buckets: &ExponentialBucket, shift: u32) -> Vec<(i32, u64)> {
    let mut all: Vec<(i32, u64)> = Vec::new();
    for (index, count) in (buckets.offset()..).zip(buckets.counts()) {
        let index = (index >> shift.min(31)) + 1;
        match all.last_mut() {
            Some((last, sum)) if *last == index => *sum += count,
            _ if count > 0 => all.push((index, count)),
            _ => {}
        }
    }
    all
}
