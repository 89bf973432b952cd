//! OpenMetrics 2.0, a release candidate: a series of any kind is one line.
//!
//! Source: <https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/>, version 2.0.0-rc0.

use super::name::Name;
use super::openmetrics::{self, seconds_of};
use super::{END_OF_PAGE, FamilyBuffers, HEADER, IDLE, LONGEST, LONGEST_WIDE, push_bound, rows};
use crate::descriptor::Descriptor;
use crate::exemplar::Exemplar;
use crate::exposition::number::{push_count, push_float, push_number};
use crate::exposition::page::Page;
use crate::exposition::{EncodeError, Shortage};
use crate::kind::Kind;
use crate::naming::Escaping;
use crate::number::Number;
use crate::read::{Flow, HistogramValue, Labels, NativeValue, Point, Sink, SummaryValue, Value};

/// Writes families as OpenMetrics 2.0. Each line starts with the line break of the one before; the
/// last one is ended by `finish`.
pub(in crate::exposition) struct OpenMetrics2Sink<'a> {
    page: Page<'a>,
    is_empty: bool,
    /// How names are written that only newer scrapers accept.
    escaping: Escaping,
    pieces: FamilyBuffers,
}

/// The greatest length of a point without its name, labels, buckets and exemplars.
const LEAST: usize = 512;

/// The greatest length of a bucket or a quantile: two numbers, a colon and a comma.
const EACH: usize = 2 * LONGEST + 2;

impl<'a> OpenMetrics2Sink<'a> {
    pub(in crate::exposition) fn new(page: Page<'a>, escaping: Escaping) -> Self {
        OpenMetrics2Sink { page, is_empty: true, escaping, pieces: IDLE.take() }
    }

    /// Ends the page. After an error the buffer is restored to what it was.
    pub(in crate::exposition) fn finish(mut self) -> Result<(), EncodeError> {
        if self.page.has_room(1 + END_OF_PAGE.len()) {
            self.page.bytes.extend_from_slice(if self.is_empty { b"" } else { b"\n" });
            self.page.bytes.extend_from_slice(END_OF_PAGE);
        }
        IDLE.put(self.pieces);
        self.page.finish()
    }

    fn metadata(&mut self, what: &str, name: Name<'_>) {
        self.page.bytes.extend_from_slice(if self.is_empty { b"# " } else { b"\n# " });
        self.is_empty = false;
        self.page.bytes.extend_from_slice(what.as_bytes());
        self.page.bytes.push(b' ');
        name.push(self.page.bytes);
        self.page.bytes.push(b' ');
    }

    fn push(&mut self, text: &str) {
        self.page.bytes.extend_from_slice(text.as_bytes());
    }

    fn field(&mut self, name: &str, number: Number) {
        self.push(name);
        push_number(self.page.bytes, number);
    }

    fn value(&mut self, value: &Value<'_>) {
        match value {
            Value::Counter(number) | Value::Gauge(number) | Value::Unknown(number) => {
                push_number(self.page.bytes, *number);
            }
            Value::Info => self.push("1"),
            Value::State(holds) => self.push(if *holds { "1" } else { "0" }),
            Value::Histogram(value) => {
                self.count_and_sum(value.count(), value.sum);
                self.classic(value);
                self.push("}");
            }
            Value::NativeHistogram(value) => {
                self.count_and_sum(value.classic.count(), value.classic.sum);
                self.native(value);
                if !value.classic.bounds.is_empty() {
                    self.classic(&value.classic);
                }
                self.push("}");
            }
            Value::Summary(value) => self.summary(value),
        }
    }

    fn count_and_sum(&mut self, count: u64, sum: Number) {
        self.push("{count:");
        push_count(self.page.bytes, count);
        self.field(",sum:", sum);
    }

    fn summary(&mut self, value: &SummaryValue<'_>) {
        self.count_and_sum(value.count, value.sum);
        self.push(",quantile:[");
        // Quantiles below 0 are not allowed.
        let shown = value.quantiles.iter().filter(|(_, at)| *at >= 0.0 || at.is_nan());
        for (index, (quantile, at)) in shown.enumerate() {
            self.push(if index > 0 { "," } else { "" });
            push_bound::<true>(self.page.bytes, *quantile);
            self.push(":");
            push_float(self.page.bytes, *at);
        }
        self.push("]}");
    }

    fn classic(&mut self, value: &HistogramValue<'_>) {
        self.push(",bucket:[");
        let mut count = 0_u64;
        let bounds = value.bounds.iter().copied().chain([f64::INFINITY]);
        for (index, (in_bucket, bound)) in std::iter::zip(value.counts, bounds).enumerate() {
            count = count.wrapping_add(*in_bucket);
            self.push(if index > 0 { "," } else { "" });
            push_bound::<true>(self.page.bytes, bound);
            self.push(":");
            push_count(self.page.bytes, count);
        }
        self.push("]");
    }

    fn native(&mut self, value: &NativeValue<'_>) {
        self.push(",schema:");
        push_float(self.page.bytes, value.schema.into());
        self.push(",zero_threshold:");
        push_float(self.page.bytes, value.zero_threshold);
        self.push(",zero_count:");
        push_count(self.page.bytes, value.zero_count);
        self.side(",negative_spans:[", "],negative_buckets:[", value.negative);
        self.side(",positive_spans:[", "],positive_buckets:[", value.positive);
    }

    /// Appends the buckets on one side of 0, if there are any: spans, each as the gap before it and
    /// its length, and the counts.
    fn side(&mut self, spans: &str, counts: &str, buckets: &[(i32, u64)]) {
        if buckets.is_empty() {
            return;
        }
        self.push(spans);
        let mut next = 0_i64;
        for (index, span) in
            buckets.chunk_by(|(a, _), (b, _)| i64::from(*b) == i64::from(*a) + 1).enumerate()
        {
            let first = span.first().map_or(next, |(first, _)| i64::from(*first));
            self.push(if index > 0 { "," } else { "" });
            self.push(itoa::Buffer::new().format(first - next));
            self.push(":");
            push_count(self.page.bytes, span.len() as u64);
            next = first + span.len() as i64;
        }
        self.push(counts);
        for (index, (_, count)) in buckets.iter().enumerate() {
            self.push(if index > 0 { "," } else { "" });
            push_count(self.page.bytes, *count);
        }
        self.push("]");
    }

    fn exemplar(&mut self, exemplar: &Exemplar) {
        // Exemplars must have a time.
        if let Some(time) = exemplar.time()
            && self.page.has_room(openmetrics::len_of(exemplar))
        {
            openmetrics::push_exemplar(self.page.bytes, exemplar, Some(time));
        }
    }

    fn line(&mut self, family: &Descriptor, name: Name<'_>, row: &str, point: &Point<'_>) {
        let values = match &point.value {
            Value::Histogram(value) => value.counts.len(),
            Value::NativeHistogram(value) => {
                // Each bucket may be its own span.
                value.classic.counts.len() + 2 * (value.positive.len() + value.negative.len())
            }
            Value::Summary(value) => value.quantiles.len(),
            _ => 0,
        };
        let len = LEAST.saturating_add(name.len() + row.len() + 4 * LONGEST_WIDE);
        if !self.page.has_room(len.saturating_add(values.saturating_mul(EACH))) {
            return;
        }
        name.push_start(self.page.bytes, "");
        match row.strip_prefix('{') {
            Some(labels) => {
                self.page.bytes.push(name.separator());
                self.push(labels);
            }
            None => self.page.bytes.extend_from_slice(name.end()),
        }
        self.value(&point.value);
        if let Some(time) = point.time {
            self.field(" ", seconds_of(time));
        }
        if let Some(created) = point.created.filter(|_| family.kind.is_cumulative()) {
            self.field(" st@", seconds_of(created));
        }
        match (&point.value, point.exemplars) {
            (Value::Counter(_), exemplars) => {
                let latest = exemplars.iter().max_by_key(|exemplar| exemplar.time());
                latest.into_iter().for_each(|exemplar| self.exemplar(exemplar));
            }
            (Value::Histogram(_) | Value::NativeHistogram(_), exemplars) => {
                exemplars.iter().for_each(|exemplar| self.exemplar(exemplar));
            }
            _ => {}
        }
    }
}

impl Sink for OpenMetrics2Sink<'_> {
    fn family(&mut self, family: &Descriptor) -> Flow {
        let mut text = std::mem::take(&mut self.pieces.name);
        let name = Name::escaped(family, self.escaping, &mut text);
        let unit = family.unit.filter(|_| !matches!(family.kind, Kind::Info | Kind::StateSet));
        let kind = match family.kind {
            // Names of infos must end with `_info`.
            Kind::Info if !name.text.ends_with("_info") => Kind::Unknown,
            kind => kind,
        };
        let len = 3 * name.len() + unit.map_or(0, str::len) + 2 * family.help.len() + HEADER;
        if self.page.has_room(len) {
            self.metadata("TYPE", name);
            self.push(kind.as_str());
            if let Some(unit) = unit {
                self.metadata("UNIT", name);
                self.push(unit);
            }
            self.metadata("HELP", name);
            openmetrics::push_escaped(self.page.bytes, &family.help);
        }
        self.pieces.name = text;
        self.page.flow()
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let (mut text, mut row) =
            (std::mem::take(&mut self.pieces.name), std::mem::take(&mut self.pieces.row));
        row.clear();
        let escaping = family.needs_escaping.then_some(self.escaping);
        match rows::push_labels(&mut row, labels, escaping) {
            Err(source) => self.page.error = Some(EncodeError(Shortage::Labels(source))),
            Ok(()) => {
                let name = Name::escaped(family, self.escaping, &mut text);
                self.line(family, name, &row, point);
            }
        }
        (self.pieces.name, self.pieces.row) = (text, row);
        self.page.flow()
    }
}
