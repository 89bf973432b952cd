//! Prometheus's text format, version 0.0.4.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>

use super::number::{LONGEST, LONGEST_WIDE, push_count, push_float, push_number};
use super::{EncodeError, Shortage};
use crate::descriptor::Descriptor;
use crate::idle::{Idle, Reusable};
use crate::kind::Kind;
use crate::number::Number;
use crate::registry::{HistogramValue, Labels, Sink, Value};

/// The `Content-Type` of text format 0.0.4.
pub const TEXT_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes families as text. A line is ended by the one behind it, and the last one at the end.
///
/// Room is made for many lines at once, so that a line need not ask whether it may fail.
pub(super) struct TextSink<'a> {
    text: &'a mut Vec<u8>,
    /// How long the text was before.
    start: usize,
    is_empty: bool,
    /// Why nothing more is written.
    error: Option<EncodeError>,
    on_shortage: OnShortage,
    pieces: Pieces,
}

/// What to do where there is no memory.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnShortage {
    /// The process ends, as it does where a `Vec` grows.
    End,
    /// Nothing more is written.
    Fail,
}

/// What all series of a histogram have in common, rendered when the family begins.
#[derive(Default)]
struct Pieces {
    /// `le="0.1"} ` for each bucket.
    text: Vec<u8>,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// What all buckets of the series at hand start with.
    line: Vec<u8>,
}

impl Reusable for Pieces {
    fn bytes(&self) -> usize {
        self.text.capacity() + self.ends.capacity() * size_of::<usize>() + self.line.capacity()
    }

    fn clear(&mut self) {
        self.text.clear();
        self.ends.clear();
        self.line.clear();
    }
}

/// What stands in a header besides the name and the help, rounded up.
const HEADER: usize = 64;

/// No labels.
const EMPTY: (&[u8], &[u8]) = (b"", b"");

/// Pieces are kept between scrapes, so that a scrape allocates nothing.
static IDLE: Idle<Pieces> = Idle::new();

impl<'a> TextSink<'a> {
    pub(super) fn new(text: &'a mut Vec<u8>, on_shortage: OnShortage) -> Self {
        let start = text.len();
        TextSink { text, start, is_empty: true, error: None, on_shortage, pieces: IDLE.take() }
    }

    /// Ends the text. After an error it is as it was before.
    pub(super) fn end(mut self) -> Result<(), EncodeError> {
        if !self.is_empty && self.has_room(1) {
            self.text.push(b'\n');
        }
        IDLE.put(self.pieces);
        match self.error {
            Some(error) => {
                self.text.truncate(self.start);
                Err(error)
            }
            None => Ok(()),
        }
    }

    /// A line that only people read.
    pub(super) fn comment(&mut self, comment: &str) {
        if self.has_room(comment.len() + 3) {
            self.text.extend_from_slice(if self.is_empty { b"# " } else { b"\n# " });
            self.is_empty = false;
            self.text.extend_from_slice(comment.as_bytes());
        }
    }

    /// Makes room for so many bytes more, and says whether there is.
    #[inline]
    fn has_room(&mut self, len: usize) -> bool {
        let is_there = self.text.capacity() - self.text.len() >= len;
        (is_there && self.error.is_none()) || self.grow(len)
    }

    #[cold]
    fn grow(&mut self, len: usize) -> bool {
        if self.error.is_some() {
            return false;
        }
        if self.on_shortage == OnShortage::End {
            self.text.reserve(len);
            return true;
        }
        // Twice as much, so that it seldom grows; or just what it takes.
        let grown = self.text.try_reserve(len).or_else(|_| self.text.try_reserve_exact(len));
        let before = self.text.len();
        let shortage = |source| EncodeError(Shortage::Text { len: before, more: len, source });
        self.error = grown.err().map(shortage);
        self.error.is_none()
    }

    /// A sample of a histogram besides its buckets.
    fn suffixed_sample(
        &mut self,
        name: &str,
        suffix: &str,
        labels: (&[u8], &[u8]),
        number: Number,
    ) {
        let text = &mut *self.text;
        text.push(b'\n');
        text.extend_from_slice(name.as_bytes());
        text.extend_from_slice(suffix.as_bytes());
        if labels == EMPTY {
            text.push(b' ');
        } else {
            text.push(b'{');
            text.extend_from_slice(labels.0);
            text.extend_from_slice(labels.1);
            text.extend_from_slice(b"} ");
        }
        push_number(text, number);
    }

    #[inline(never)]
    fn histogram(&mut self, name: &str, labels: (&[u8], &[u8]), value: HistogramValue<'_>) {
        let Pieces { text: bounds, ends, line } = &mut self.pieces;
        line.clear();
        line.push(b'\n');
        line.extend_from_slice(name.as_bytes());
        line.extend_from_slice(b"_bucket{");
        if labels != EMPTY {
            line.extend_from_slice(labels.0);
            line.extend_from_slice(labels.1);
            line.push(b',');
        }
        // Every line, none of which starts longer than a bucket, and the bounds once.
        let lines = (line.len() + LONGEST).saturating_mul(ends.len() + 2);
        let len = lines.saturating_add(bounds.len() + LONGEST_WIDE);
        if !self.has_room(len) {
            return;
        }
        let Pieces { text: bounds, ends, line } = &self.pieces;
        let mut count = 0u64;
        let mut start = 0;
        for (in_bucket, end) in std::iter::zip(value.counts, ends) {
            count = count.wrapping_add(*in_bucket);
            self.text.extend_from_slice(line);
            self.text.extend_from_slice(&bounds[start..*end]);
            push_count(self.text, count);
            start = *end;
        }
        self.suffixed_sample(name, "_sum", labels, value.sum);
        self.suffixed_sample(name, "_count", labels, Number::Whole(count.into()));
    }

    /// Renders the bounds of a histogram.
    fn begin_histogram(&mut self, bounds: &[f64]) {
        let Pieces { text, ends, .. } = &mut self.pieces;
        text.clear();
        ends.clear();
        for bound in bounds.iter().copied().chain([f64::INFINITY]) {
            text.extend_from_slice(b"le=\"");
            push_float(text, bound);
            text.extend_from_slice(b"\"} ");
            ends.push(text.len());
        }
    }
}

impl Sink for TextSink<'_> {
    fn family(&mut self, family: &Descriptor) {
        // The help may need twice as much, if all of it is to be escaped.
        if !self.has_room(2 * (family.name.len() + family.help.len()) + HEADER) {
            return;
        }
        self.text.extend_from_slice(if self.is_empty { b"# HELP " } else { b"\n# HELP " });
        self.is_empty = false;
        self.text.extend_from_slice(family.name.as_bytes());
        self.text.push(b' ');
        for byte in family.help.bytes() {
            match byte {
                b'\\' => self.text.extend_from_slice(b"\\\\"),
                b'\n' => self.text.extend_from_slice(b"\\n"),
                other => self.text.push(other),
            }
        }
        self.text.extend_from_slice(b"\n# TYPE ");
        self.text.extend_from_slice(family.name.as_bytes());
        self.text.push(b' ');
        self.text.extend_from_slice(family.kind.as_str().as_bytes());
        if family.kind == Kind::Histogram {
            self.begin_histogram(family.buckets);
        }
    }

    // Once for many series, and of no use in the loop over them.
    #[inline(never)]
    fn make_room(&mut self, series: usize, text_len: usize) -> bool {
        let len = series.saturating_mul(LONGEST).saturating_add(text_len);
        self.has_room(len.saturating_add(Labels::OVERHANG))
    }

    // Always, so that what kind of number it is is known where the gather calls it.
    #[inline(always)]
    fn series(&mut self, family: &Descriptor, labels: Labels<'_>, value: Value<'_>) {
        match value {
            Value::Counter(number) | Value::Gauge(number) => {
                labels.push_line_start(self.text);
                push_number(self.text, number);
            }
            Value::Histogram(histogram) => {
                self.histogram(&family.name, labels.inner(), histogram);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::descriptor::Location;
    use crate::naming::Rules;
    use crate::unit::Scale;

    const FAMILY: Descriptor = Descriptor {
        name: Cow::Borrowed("things_total"),
        help: "Things.",
        kind: Kind::Counter,
        unit: None,
        label_names: &[],
        const_labels: &[],
        buckets: &[],
        location: Location { package: "", file: "", line: 0 },
        waived: Rules::NONE,
        scale: Scale::Whole,
        type_unit: "",
        is_open: false,
        is_sparse: false,
    };

    #[test]
    fn without_memory_the_text_is_as_it_was() {
        let mut text = b"before\n".to_vec();
        let mut sink = TextSink::new(&mut text, OnShortage::Fail);
        sink.family(&FAMILY);
        assert!(sink.make_room(1, 10));
        assert!(!sink.make_room(usize::MAX, 0));
        // Nothing more is written, even if there is room for it.
        let len = sink.text.len();
        sink.family(&FAMILY);
        assert!(!sink.make_room(1, 10));
        assert_eq!(sink.text.len(), len);
        let error = sink.end().unwrap_err().to_string();
        assert!(error.starts_with("no memory for "), "{error}");
        assert!(error.ends_with(
            "; give the process more memory, or keep fewer series, such as by `max_series`"
        ));
        assert_eq!(text, b"before\n");
    }
}
