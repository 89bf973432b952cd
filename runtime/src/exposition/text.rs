//! Prometheus's text format, version 0.0.4.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>

use super::number::{push_count, push_float, push_number};
use crate::descriptor::Descriptor;
use crate::idle::{Idle, Reusable};
use crate::kind::Kind;
use crate::number::Number;
use crate::registry::{HistogramValue, Labels, Sink, Value};

/// The `Content-Type` of text format 0.0.4.
pub const TEXT_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes families as text. A line is ended by the one behind it, and the last one at the end.
pub(super) struct TextSink<'a> {
    text: &'a mut Vec<u8>,
    is_empty: bool,
    pieces: Pieces,
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

/// No labels.
const EMPTY: (&[u8], &[u8]) = (b"", b"");

/// Pieces are kept between scrapes, so that a scrape allocates nothing.
static IDLE: Idle<Pieces> = Idle::new();

impl<'a> TextSink<'a> {
    pub(super) fn new(text: &'a mut Vec<u8>) -> Self {
        TextSink { text, is_empty: true, pieces: IDLE.take() }
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
        let mut count = 0u64;
        let mut start = 0;
        for (in_bucket, end) in std::iter::zip(value.counts, &*ends) {
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

impl Drop for TextSink<'_> {
    fn drop(&mut self) {
        if !self.is_empty {
            self.text.push(b'\n');
        }
        IDLE.put(std::mem::take(&mut self.pieces));
    }
}

impl Sink for TextSink<'_> {
    fn family(&mut self, family: &Descriptor) {
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
