//! Where OpenMetrics 1.0 differs from text format 0.0.4.

use std::io::Write as _;
use std::time::SystemTime;

use super::super::unit_of;
use super::name::Name;
use super::rows::TextRow;
use super::{LONGEST, LONGEST_WIDE, TextSink, push_bound, push_number};
use crate::descriptor::Descriptor;
use crate::exemplar::{Exemplar, MAX_EXEMPLAR_CHARS};
use crate::kind::Kind;
use crate::number::Number;
use crate::read::{Batch, Flow, HistogramValue, NativeValue, Point, Value};

/// Returns the name and the type of a family.
fn named<'a>(family: &Descriptor, name: Name<'a>) -> (Name<'a>, &'static str) {
    let without = |suffix, kind: Kind| match name.strip_suffix(suffix) {
        Some(name) => (name, kind.as_str()),
        // Counters and infos must have their suffix.
        None => (name, Kind::Unknown.as_str()),
    };
    match family.kind {
        Kind::Counter => without("_total", Kind::Counter),
        Kind::Info => without("_info", Kind::Info),
        kind => (name, kind.as_str()),
    }
}

/// Returns whether a histogram may have a sum: with negative observations it could decrease.
pub(super) fn has_sum(value: &HistogramValue<'_>) -> bool {
    value.bounds.first().is_none_or(|bound| *bound >= 0.0) && is_count(value.sum)
}

/// Returns whether a sum is valid as a counter.
pub(super) fn is_count(sum: Number) -> bool {
    match sum {
        Number::Float(sum) => sum >= 0.0,
        Number::Whole(_) | Number::Nanoseconds(_) => true,
    }
}

/// Appends a bound that is far from 1 as other clients do: with a signed exponent of at least two
/// digits, like Go's `%g`.
pub(super) fn push_exponential(text: &mut Vec<u8>, bound: f64) {
    // Writing to a `Vec` cannot fail.
    let _ = write!(text, "{bound:e}");
    let Some(place) = text.iter().rposition(|byte| *byte == b'e') else { return };
    if text.get(place + 1) != Some(&b'-') {
        text.insert(place + 1, b'+');
    }
    if text.len() == place + 3 {
        text.insert(place + 2, b'0');
    }
}

/// The length of the punctuation of an exemplar, ` # {}`, and of each label: a comma, `="` and `"`.
const AROUND: usize = 5;
const AROUND_LABEL: usize = 4;

/// Returns the greatest length of an exemplar as text.
pub(super) fn len_of(exemplar: &Exemplar) -> usize {
    let labels = exemplar.labels().count();
    // A character has at most four bytes, or two if it is escaped.
    AROUND + labels * AROUND_LABEL + 4 * MAX_EXEMPLAR_CHARS + 2 * LONGEST_WIDE
}

impl<const OPEN: bool> TextSink<'_, OPEN> {
    /// Sets whether a sample shows since when each series counts.
    pub(in crate::exposition) fn with_created(self, created: bool) -> Self {
        TextSink { created, ..self }
    }

    /// Returns whether series may have more than values.
    pub(super) fn needs_points(&self, batch: &Batch<'_>) -> bool {
        batch.family().kind.is_cumulative() && (self.created || batch.has_exemplars())
    }

    pub(super) fn open_family(&mut self, family: &Descriptor, name: Name<'_>) -> Flow {
        let (name, kind) = named(family, name);
        let unit = unit_of(family, name.text)
            .filter(|_| !matches!(family.kind, Kind::Info | Kind::StateSet));
        let len = 3 * name.len() + unit.map_or(0, str::len) + 2 * family.help.len();
        if !self.page.has_room(len + super::HEADER) {
            return Flow::Stop;
        }
        self.page.bytes.extend_from_slice(if self.is_empty { b"# TYPE " } else { b"\n# TYPE " });
        self.is_empty = false;
        name.push(self.page.bytes);
        self.page.bytes.push(b' ');
        self.page.bytes.extend_from_slice(kind.as_bytes());
        if let Some(unit) = unit {
            self.page.bytes.extend_from_slice(b"\n# UNIT ");
            name.push(self.page.bytes);
            self.page.bytes.push(b' ');
            self.page.bytes.extend_from_slice(unit.as_bytes());
        }
        self.page.bytes.extend_from_slice(b"\n# HELP ");
        name.push(self.page.bytes);
        self.page.bytes.push(b' ');
        push_escaped(self.page.bytes, &family.help);
        if family.kind == Kind::Histogram {
            self.begin_histogram(family.buckets());
        }
        Flow::Continue
    }

    /// Appends the lines of a series that starts with `row`, whose samples are named `sample`.
    pub(super) fn open_row(
        &mut self,
        family: &Descriptor,
        sample: Name<'_>,
        row: &str,
        point: &Point<'_>,
    ) {
        let time = time_of(point.time);
        let (name, kind) = named(family, sample);
        let inner = TextRow::alone(row.as_bytes()).inner();
        match point.value {
            Value::Counter(number) | Value::Gauge(number) | Value::Unknown(number) => {
                self.sample(sample, row, number, &time);
                // Only if it is also a counter in OpenMetrics, which exemplars require.
                if kind == Kind::Counter.as_str() {
                    self.exemplar(point.exemplars.iter().max_by_key(|exemplar| exemplar.time()));
                }
            }
            Value::Info => self.sample(sample, row, Number::Whole(1), &time),
            Value::State(holds) => self.sample(sample, row, Number::Whole(holds.into()), &time),
            Value::Histogram(value)
            | Value::NativeHistogram(NativeValue { classic: value, .. }) => match point.exemplars {
                [] => self.histogram_at(name, inner, value, &time),
                exemplars => self.histogram_with(name, inner, value, exemplars, &time),
            },
            Value::Summary(value) => self.summary(name, inner, &value, &time),
        }
        // Collectors may set it on gauges, too, where it is not allowed.
        let can_have_created = family.kind.is_cumulative() && kind != Kind::Unknown.as_str();
        if let Some(created) = point.created.filter(|_| self.created && can_have_created)
            && self.page.has_room(name.len() + row.len() + 2 * LONGEST_WIDE)
        {
            self.suffixed_sample(name, "_created", inner, seconds_of(created));
            self.page.bytes.extend_from_slice(&time);
        }
    }

    /// Writes a histogram with exemplars.
    fn histogram_with(
        &mut self,
        name: Name<'_>,
        labels: (&[u8], &[u8]),
        value: HistogramValue<'_>,
        exemplars: &[Exemplar],
        time: &[u8],
    ) {
        self.begin_line(name, "_bucket", labels);
        let (mut count, mut lower) = (0_u64, f64::NEG_INFINITY);
        let bounds = value.bounds.iter().copied().chain([f64::INFINITY]);
        for (in_bucket, bound) in std::iter::zip(value.counts, bounds) {
            count = count.wrapping_add(*in_bucket);
            let line = self.pieces.line.len() + 2 * LONGEST + time.len();
            if !self.page.has_room(line + "le=\"\"} ".len()) {
                return;
            }
            self.page.bytes.extend_from_slice(&self.pieces.line);
            self.page.bytes.extend_from_slice(b"le=\"");
            push_bound::<true>(self.page.bytes, bound);
            self.page.bytes.extend_from_slice(b"\"} ");
            push_number(self.page.bytes, Number::Whole(count.into()));
            self.page.bytes.extend_from_slice(time);
            let is_in = |exemplar: &&Exemplar| {
                let value = exemplar.value().as_f64();
                value > lower && value <= bound
            };
            // Native buckets may have several exemplars within one classic bucket.
            self.exemplar(exemplars.iter().filter(is_in).max_by_key(|exemplar| exemplar.time()));
            lower = bound;
        }
        let room = 2 * (name.len() + labels.0.len() + labels.1.len() + LONGEST_WIDE + time.len());
        if !has_sum(&value) || !self.page.has_room(room + 2 * "_count{} ".len()) {
            return;
        }
        self.suffixed_sample(name, "_sum", labels, value.sum);
        self.page.bytes.extend_from_slice(time);
        self.suffixed_sample(name, "_count", labels, Number::Whole(count.into()));
        self.page.bytes.extend_from_slice(time);
    }

    /// Appends an exemplar to the line.
    fn exemplar(&mut self, exemplar: Option<&Exemplar>) {
        let Some(exemplar) = exemplar else { return };
        if !self.page.has_room(len_of(exemplar)) {
            return;
        }
        push_exemplar(self.page.bytes, exemplar, exemplar.time());
    }
}

/// Appends an exemplar, for which there must be enough capacity.
pub(super) fn push_exemplar(text: &mut Vec<u8>, exemplar: &Exemplar, time: Option<SystemTime>) {
    text.extend_from_slice(b" # {");
    for (index, (name, value)) in exemplar.labels().enumerate() {
        if index > 0 {
            text.push(b',');
        }
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(b"=\"");
        push_escaped(text, value);
        text.push(b'"');
    }
    text.extend_from_slice(b"} ");
    push_number(text, exemplar.value());
    if let Some(time) = time {
        text.push(b' ');
        push_number(text, seconds_of(time));
    }
}

/// Appends a string with `\`, `"` and line breaks escaped, for which there must be enough capacity.
pub(super) fn push_escaped(text: &mut Vec<u8>, escaped: &str) {
    let mut rest = escaped.as_bytes();
    while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\\' | b'"' | b'\n')) {
        text.extend_from_slice(&rest[..end]);
        text.push(b'\\');
        text.push(if rest[end] == b'\n' { b'n' } else { rest[end] });
        rest = &rest[end + 1..];
    }
    text.extend_from_slice(rest);
}

/// Returns the seconds since 1970, to the millisecond.
pub(super) fn seconds_of(time: SystemTime) -> Number {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => Number::Nanoseconds(since.as_millis() * 1_000_000),
        Err(before) => Number::Float(-before.duration().as_secs_f64()),
    }
}

/// Returns a time as it is written after a value.
fn time_of(time: Option<SystemTime>) -> Vec<u8> {
    let mut text = Vec::new();
    if let Some(time) = time {
        text.push(b' ');
        push_number(&mut text, seconds_of(time));
    }
    text
}
