//! The text formats: Prometheus's text format 0.0.4, and OpenMetrics 1.0.
//!
//! Sources: <https://prometheus.io/docs/instrumenting/exposition_formats/> and
//! <https://prometheus.io/docs/specs/om/open_metrics_spec/>

mod name;
mod openmetrics;
#[cfg(feature = "experimental-openmetrics-2")]
mod openmetrics2;
mod rows;

use std::time::SystemTime;

use super::number::{LONGEST, LONGEST_WIDE, push_count, push_float, push_number};
use super::page::Page;
use super::{EncodeError, Shortage};
use crate::descriptor::Descriptor;
use crate::idle::{Idle, Reusable};
use crate::kind::Kind;
use crate::naming::Escaping;
use crate::number::Number;
use crate::read::{
    Batch, Flow, HistogramValue, Labels, NativeValue, Point, Sink, SummaryValue, Value,
};
use crate::unit::Scale;
use name::Name;
#[cfg(feature = "experimental-openmetrics-2")]
pub(super) use openmetrics2::OpenMetrics2Sink;
use rows::{TextRow, TextRows};

/// The `Content-Type` of text format 0.0.4.
///
/// ```
/// use measurand::exposition::{Format, TEXT_CONTENT_TYPE};
/// assert_eq!(Format::Text.content_type(), TEXT_CONTENT_TYPE);
/// ```
pub const TEXT_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes families as text, as OpenMetrics if `OPEN`. Each line starts with the line break of the
/// one before; the last one is ended by `finish`.
///
/// Capacity is reserved for many lines at once, so that single lines need no check.
pub(super) struct TextSink<'a, const OPEN: bool = false> {
    page: Page<'a>,
    is_empty: bool,
    /// Whether OpenMetrics shows since when each series counts.
    created: bool,
    /// How names are written that only newer scrapers accept.
    escaping: Escaping,
    pieces: FamilyBuffers,
}

/// The parts that all series of a family share, rendered when it begins, and other buffers.
#[derive(Default)]
struct FamilyBuffers {
    /// `le="0.1"} ` for each bucket.
    text: Vec<u8>,
    /// Where each bucket ends in `text`.
    ends: Vec<usize>,
    /// The start of all bucket lines of the current series.
    line: Vec<u8>,
    /// The labels of a series that is not part of a batch.
    row: String,
    /// The name of the family, if it may need escaping.
    name: String,
}

impl Reusable for FamilyBuffers {
    fn bytes(&self) -> usize {
        let FamilyBuffers { text, ends, line, row, name } = self;
        let ends = ends.capacity() * size_of::<usize>();
        ends + text.capacity() + line.capacity() + row.capacity() + name.capacity()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.line.clear();
    }
}

/// The length of a header without name and help, rounded up.
const HEADER: usize = 64;

/// The last line of an OpenMetrics page.
const END_OF_PAGE: &[u8] = b"# EOF\n";

/// No labels.
const EMPTY: (&[u8], &[u8]) = (b"", b"");

/// Pieces are kept between scrapes, so that a scrape allocates nothing.
static IDLE: Idle<FamilyBuffers> = Idle::new();

impl<'a, const OPEN: bool> TextSink<'a, OPEN> {
    pub(super) fn new(page: Page<'a>, escaping: Escaping) -> Self {
        TextSink { page, is_empty: true, created: false, escaping, pieces: IDLE.take() }
    }

    /// Ends the page. After an error the buffer is restored to what it was.
    pub(super) fn finish(mut self) -> Result<(), EncodeError> {
        if !self.is_empty && self.page.has_room(1) {
            self.page.bytes.push(b'\n');
        }
        if OPEN && self.page.has_room(END_OF_PAGE.len()) {
            self.page.bytes.extend_from_slice(END_OF_PAGE);
        }
        IDLE.put(self.pieces);
        self.page.finish()
    }

    /// Writes a comment, which scrapers ignore.
    pub(super) fn comment(&mut self, comment: &str) {
        if self.page.has_room(comment.len() + 3) {
            self.page.bytes.extend_from_slice(if self.is_empty { b"# " } else { b"\n# " });
            self.is_empty = false;
            self.page.bytes.extend_from_slice(comment.as_bytes());
        }
    }

    /// Writes a sample with a suffix, for which there must be enough capacity.
    fn suffixed_sample(
        &mut self,
        name: Name<'_>,
        suffix: &str,
        labels: (&[u8], &[u8]),
        number: Number,
    ) {
        let text = &mut *self.page.bytes;
        name.push_start(text, suffix);
        if labels == EMPTY {
            text.extend_from_slice(name.end());
        } else {
            text.push(name.separator());
            text.extend_from_slice(labels.0);
            text.extend_from_slice(labels.1);
            text.extend_from_slice(b"} ");
        }
        push_number(text, number);
    }

    /// Renders the start of all samples of a series that share a suffix.
    #[inline(always)]
    fn begin_line(&mut self, name: Name<'_>, suffix: &str, labels: (&[u8], &[u8])) {
        let line = &mut self.pieces.line;
        line.clear();
        name.push_start(line, suffix);
        line.push(name.separator());
        if labels != EMPTY {
            line.extend_from_slice(labels.0);
            line.extend_from_slice(labels.1);
            line.push(b',');
        }
    }

    /// Writes the only sample of a series.
    fn sample(&mut self, name: Name<'_>, row: &str, number: Number, time: &[u8]) {
        if self.page.has_room(name.len() + row.len() + LONGEST_WIDE + time.len() + 1) {
            name.push_start(self.page.bytes, "");
            match row.strip_prefix('{') {
                Some(labels) => {
                    self.page.bytes.push(name.separator());
                    self.page.bytes.extend_from_slice(labels.as_bytes());
                }
                None => self.page.bytes.extend_from_slice(name.end()),
            }
            push_number(self.page.bytes, number);
            self.page.bytes.extend_from_slice(time);
        }
    }

    fn summary(
        &mut self,
        name: Name<'_>,
        labels: (&[u8], &[u8]),
        value: &SummaryValue<'_>,
        time: &[u8],
    ) {
        self.begin_line(name, "", labels);
        // The label of a quantile and its value.
        let line = self.pieces.line.len() + "quantile=\"\"} ".len() + 2 * LONGEST + time.len();
        let sums = 2 * (line + "_count".len() + LONGEST_WIDE);
        if !self.page.has_room(line.saturating_mul(value.quantiles.len()).saturating_add(sums)) {
            return;
        }
        // OpenMetrics forbids quantiles below 0, and scrapers reject a page that breaks a rule.
        for (quantile, value) in
            value.quantiles.iter().filter(|(_, at)| !OPEN || *at >= 0.0 || at.is_nan())
        {
            self.page.bytes.extend_from_slice(&self.pieces.line);
            self.page.bytes.extend_from_slice(b"quantile=\"");
            push_bound::<OPEN>(self.page.bytes, *quantile);
            self.page.bytes.extend_from_slice(b"\"} ");
            push_float(self.page.bytes, *value);
            self.page.bytes.extend_from_slice(time);
        }
        if !OPEN || openmetrics::is_count(value.sum) {
            self.suffixed_sample(name, "_sum", labels, value.sum);
            self.page.bytes.extend_from_slice(time);
        }
        self.suffixed_sample(name, "_count", labels, Number::Whole(value.count.into()));
        self.page.bytes.extend_from_slice(time);
    }

    #[inline(never)]
    fn histogram(&mut self, name: Name<'_>, labels: (&[u8], &[u8]), value: HistogramValue<'_>) {
        self.histogram_at(name, labels, value, b"");
    }

    #[inline(always)]
    fn histogram_at(
        &mut self,
        name: Name<'_>,
        labels: (&[u8], &[u8]),
        value: HistogramValue<'_>,
        time: &[u8],
    ) {
        self.begin_line(name, "_bucket", labels);
        let FamilyBuffers { text: bounds, ends, line, .. } = &self.pieces;
        // All lines, counted as if each started like a bucket, and the bounds once.
        let lines = (line.len() + LONGEST + time.len()).saturating_mul(ends.len() + 2);
        let len = lines.saturating_add(bounds.len() + LONGEST_WIDE);
        if !self.page.has_room(len) {
            return;
        }
        let FamilyBuffers { text: bounds, ends, line, .. } = &self.pieces;
        let mut count = 0u64;
        let mut start = 0;
        for (in_bucket, end) in std::iter::zip(value.counts, ends) {
            count = count.wrapping_add(*in_bucket);
            self.page.bytes.extend_from_slice(line);
            self.page.bytes.extend_from_slice(&bounds[start..*end]);
            push_count(self.page.bytes, count);
            self.page.bytes.extend_from_slice(time);
            start = *end;
        }
        if OPEN && !openmetrics::has_sum(&value) {
            return;
        }
        self.suffixed_sample(name, "_sum", labels, value.sum);
        self.page.bytes.extend_from_slice(time);
        self.suffixed_sample(name, "_count", labels, Number::Whole(count.into()));
        self.page.bytes.extend_from_slice(time);
    }

    /// Renders the bounds of a histogram.
    fn begin_histogram(&mut self, bounds: &[f64]) {
        let FamilyBuffers { text, ends, .. } = &mut self.pieces;
        text.clear();
        ends.clear();
        for bound in bounds.iter().copied().chain([f64::INFINITY]) {
            text.extend_from_slice(b"le=\"");
            push_bound::<OPEN>(text, bound);
            text.extend_from_slice(b"\"} ");
            ends.push(text.len());
        }
    }
}

impl<const OPEN: bool> TextSink<'_, OPEN> {
    /// Calls `work` with the name of a family as it is written on the page.
    #[inline(always)]
    fn with_name<R>(
        &mut self,
        family: &Descriptor,
        work: impl FnOnce(&mut Self, Name<'_>) -> R,
    ) -> R {
        if !family.needs_escaping {
            return work(self, Name::classic(family));
        }
        let mut text = std::mem::take(&mut self.pieces.name);
        let name = Name::escaped(family, self.escaping, &mut text);
        let result = work(self, name);
        self.pieces.name = text;
        result
    }

    fn begin_family(&mut self, family: &Descriptor, name: Name<'_>) -> Flow {
        if OPEN {
            return self.open_family(family, name);
        }
        // The help text may double in length when it is escaped.
        if !self.page.has_room(2 * (name.len() + family.help.len()) + HEADER) {
            return Flow::Stop;
        }
        self.page.bytes.extend_from_slice(if self.is_empty { b"# HELP " } else { b"\n# HELP " });
        self.is_empty = false;
        name.push(self.page.bytes);
        self.page.bytes.push(b' ');
        let mut lines = family.help.as_bytes();
        while let Some(end) = lines.iter().position(|byte| matches!(byte, b'\\' | b'\n')) {
            self.page.bytes.extend_from_slice(&lines[..end]);
            self.page.bytes.extend_from_slice(if lines[end] == b'\n' { b"\\n" } else { b"\\\\" });
            lines = &lines[end + 1..];
        }
        self.page.bytes.extend_from_slice(lines);
        self.page.bytes.extend_from_slice(b"\n# TYPE ");
        name.push(self.page.bytes);
        self.page.bytes.push(b' ');
        self.page.bytes.extend_from_slice(family.kind.text_type().as_bytes());
        if family.kind == Kind::Histogram {
            self.begin_histogram(family.buckets());
        }
        Flow::Continue
    }

    /// Appends the lines of a series that starts with `row`.
    fn push_point(&mut self, name: Name<'_>, row: &str, point: &Point<'_>) {
        let (time, inner) = (time_of(point), TextRow::alone(row.as_bytes()).inner());
        match point.value {
            Value::Counter(number) | Value::Gauge(number) | Value::Unknown(number) => {
                self.sample(name, row, number, &time);
            }
            Value::Info => self.sample(name, row, Number::Whole(1), &time),
            Value::State(holds) => self.sample(name, row, Number::Whole(holds.into()), &time),
            Value::Histogram(value)
            | Value::NativeHistogram(NativeValue { classic: value, .. }) => {
                self.histogram_at(name, inner, value, &time);
            }
            Value::Summary(value) => self.summary(name, inner, &value, &time),
        }
    }
}

impl<const OPEN: bool> Sink for TextSink<'_, OPEN> {
    fn family(&mut self, family: &Descriptor) -> Flow {
        self.with_name(family, |sink, name| sink.begin_family(family, name))
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        let mut row = std::mem::take(&mut self.pieces.row);
        row.clear();
        let escaping = family.needs_escaping.then_some(self.escaping);
        match rows::push_labels(&mut row, labels, escaping) {
            Err(source) => self.page.error = Some(EncodeError(Shortage::Labels(source))),
            Ok(()) => self.with_name(family, |sink, name| match OPEN {
                true => sink.open_row(family, name, &row, point),
                false => sink.push_point(name, &row, point),
            }),
        }
        self.pieces.row = row;
        self.page.flow()
    }

    // Whole batches are faster: all lines of a kind are written in one loop.
    fn batch(&mut self, batch: &mut Batch<'_>) -> Flow {
        if batch.family().needs_escaping || OPEN && self.needs_points(batch) {
            return batch.points(&mut |family, labels, point| self.point(family, labels, point));
        }
        let rows = match batch.cached(TextRows::of) {
            Ok(Some(rows)) => rows,
            // Another format has cached its rows.
            Ok(None) => {
                return batch
                    .points(&mut |family, labels, point| self.point(family, labels, point));
            }
            Err(source) => {
                self.page.error = Some(EncodeError(Shortage::Labels(source)));
                return Flow::Stop;
            }
        };
        // A page that is passed on while it grows has no capacity for all of them.
        let is_drained = self.page.is_drained();
        let len = batch.rows().saturating_mul(LONGEST).saturating_add(rows.text_len());
        if !is_drained && !self.page.has_room(len.saturating_add(TextRow::OVERHANG)) {
            return Flow::Stop;
        }
        let longest = rows.longest() + LONGEST;
        let (family, mut rows) = (batch.family(), rows.iter());
        let name = Name::classic(family);
        match (family.kind, family.scale) {
            (Kind::Histogram, _) => batch.distributions(|skipped, buffers, sum| {
                if let Some(row) = next(&mut rows, skipped) {
                    let bounds = family.buckets();
                    let value = HistogramValue { bounds, counts: &buffers.counts, sum };
                    self.histogram(name, row.inner(), value);
                }
            }),
            (Kind::Summary, _) => batch.distributions(|skipped, buffers, sum| {
                if let (Some(row), Value::Summary(value)) =
                    (next(&mut rows, skipped), buffers.value(Kind::Summary, &[], sum))
                {
                    self.summary(name, row.inner(), &value, b"");
                }
            }),
            _ if is_drained => batch.scalars(|skipped, values| {
                if self.page.has_room(values.len() * longest + TextRow::OVERHANG) {
                    push_lines(self.page.bytes, &mut rows, skipped, family.scale, values);
                }
            }),
            (_, Scale::Whole) => batch.scalars(|skipped, values| {
                push_lines(self.page.bytes, &mut rows, skipped, Scale::Whole, values);
            }),
            (_, scale) => batch.scalars(|skipped, values| {
                push_lines(self.page.bytes, &mut rows, skipped, scale, values);
            }),
        }
        self.page.flow()
    }
}

/// Appends the bound of a bucket, or a quantile.
#[inline]
fn push_bound<const OPEN: bool>(text: &mut Vec<u8>, bound: f64) {
    let (start, size) = (text.len(), bound.abs());
    if OPEN && size.is_finite() && size != 0.0 && !(1e-4..1e6).contains(&size) {
        openmetrics::push_exponential(text, bound);
        return;
    }
    push_float(text, bound);
    // OpenMetrics distinguishes floats from integers.
    let is_digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
    if OPEN && text[start..].iter().all(is_digit) {
        text.extend_from_slice(b".0");
    }
}

/// Appends a string with `\`, `"` and line breaks escaped.
fn push_escaped(text: &mut String, escaped: &str) {
    for character in escaped.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
}

/// Returns the time of a point as it is written after its value, in milliseconds since 1970.
fn time_of(point: &Point<'_>) -> Vec<u8> {
    let Some(time) = point.time else { return Vec::new() };
    let millis = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |it| -it),
    };
    format!(" {millis}").into_bytes()
}

/// Appends the lines of consecutive series, after skipping some rows.
#[inline(always)]
fn push_lines(
    text: &mut Vec<u8>,
    rows: &mut rows::Iter<'_>,
    skipped: usize,
    scale: Scale,
    values: &[u64],
) {
    for _ in 0..skipped {
        rows.next();
    }
    for bits in values {
        let Some(row) = rows.next() else { return };
        row.push_line_start(text);
        push_number(text, scale.number(*bits));
    }
}

/// Returns the next row after skipping some.
#[inline(always)]
fn next<'a>(rows: &mut rows::Iter<'a>, skipped: usize) -> Option<TextRow<'a>> {
    for _ in 0..skipped {
        rows.next();
    }
    rows.next()
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::descriptor::{ConstLabels, Location, Names};
    use crate::exposition::page::OnShortage;
    use crate::naming::Rules;
    use crate::unit::Scale;

    const FAMILY: Descriptor = Descriptor {
        name: Cow::Borrowed("things_total"),
        help: Cow::Borrowed("Things."),
        kind: Kind::Counter,
        unit: None,
        label_names: Names::NONE,
        const_labels: ConstLabels::NONE,
        buckets: Cow::Borrowed(&[]),
        location: Location { package: "", file: "", line: 0 },
        waived: Rules::NONE,
        scale: Scale::Whole,
        type_unit: "",
        is_open: false,
        is_sparse: false,
        needs_escaping: false,
    };

    #[test]
    fn without_memory_the_text_is_as_it_was() {
        let mut text = b"before\n".to_vec();
        let mut sink: TextSink<'_> =
            TextSink::new(Page::new(&mut text, OnShortage::Fail), Escaping::Underscores);
        assert_eq!(sink.family(&FAMILY), Flow::Continue);
        assert!(sink.page.has_room(10));
        assert!(!sink.page.has_room(usize::MAX));
        // Nothing more is written, even if it fits.
        let len = sink.page.bytes.len();
        assert_eq!(sink.family(&FAMILY), Flow::Stop);
        assert!(!sink.page.has_room(10));
        assert_eq!(sink.page.bytes.len(), len);
        let error = sink.finish().unwrap_err().to_string();
        assert!(error.starts_with("no memory for "), "{error}");
        assert!(error.ends_with(
            "; give the process more memory, or keep fewer series, such as by `max_series`"
        ));
        assert_eq!(text, b"before\n");
    }
}
