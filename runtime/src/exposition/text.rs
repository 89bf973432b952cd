//! Prometheus's text format, version 0.0.4.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>

use std::sync::Mutex;

use super::number::{push_count, push_float, push_number};
use crate::descriptor::Descriptor;
use crate::kind::Kind;
use crate::number::Number;
use crate::registry::{HistogramValue, Labels, Sink, Value};

/// The `Content-Type` of text format 0.0.4.
pub const TEXT_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes families as text.
pub(super) struct TextSink<'a> {
    text: &'a mut String,
    pieces: Pieces,
}

/// What all series of a histogram have in common, rendered when the family begins.
#[derive(Default)]
struct Pieces {
    /// `le="0.1"} ` for each bucket.
    text: String,
    /// Where each of them ends.
    ends: Vec<usize>,
}

/// Pieces are kept between scrapes, so that a scrape allocates nothing.
static IDLE: Mutex<Vec<Pieces>> = Mutex::new(Vec::new());

impl<'a> TextSink<'a> {
    pub(super) fn new(text: &'a mut String) -> Self {
        let mut idle = IDLE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        TextSink { text, pieces: idle.pop().unwrap_or_default() }
    }

    /// A sample that is called as its family is.
    #[inline]
    fn sample(&mut self, head: &str, number: Number) {
        let text = &mut *self.text;
        // Room for all of it, so that what follows only copies.
        text.reserve(head.len() + 48);
        text.push_str(head);
        push_number(text, number);
        text.push('\n');
    }

    /// A sample of a histogram besides its buckets.
    fn suffixed_sample(&mut self, name: &str, suffix: &str, labels: &str, number: Number) {
        let text = &mut *self.text;
        text.push_str(name);
        text.push_str(suffix);
        if labels.is_empty() {
            text.push(' ');
        } else {
            text.push('{');
            text.push_str(labels);
            text.push_str("} ");
        }
        push_number(text, number);
        text.push('\n');
    }

    fn histogram(&mut self, name: &str, labels: &str, value: HistogramValue<'_>) {
        let mut count = 0u64;
        let mut start = 0;
        for (in_bucket, end) in std::iter::zip(value.counts, &self.pieces.ends) {
            count = count.wrapping_add(*in_bucket);
            let piece = &self.pieces.text[start..*end];
            start = *end;
            let text = &mut *self.text;
            text.reserve(name.len() + labels.len() + piece.len() + 48);
            text.push_str(name);
            text.push_str("_bucket{");
            if !labels.is_empty() {
                text.push_str(labels);
                text.push(',');
            }
            text.push_str(piece);
            push_count(text, count);
            text.push('\n');
        }
        self.suffixed_sample(name, "_sum", labels, value.sum);
        self.suffixed_sample(name, "_count", labels, Number::Whole(count.into()));
    }

    /// Renders the bounds of a histogram.
    fn begin_histogram(&mut self, bounds: &[f64]) {
        let Pieces { text, ends } = &mut self.pieces;
        text.clear();
        ends.clear();
        for bound in bounds.iter().copied().chain([f64::INFINITY]) {
            text.push_str("le=\"");
            push_float(text, bound);
            text.push_str("\"} ");
            ends.push(text.len());
        }
    }
}

impl Drop for TextSink<'_> {
    fn drop(&mut self) {
        let pieces = std::mem::take(&mut self.pieces);
        IDLE.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(pieces);
    }
}

impl Sink for TextSink<'_> {
    fn family(&mut self, family: &Descriptor) {
        self.text.push_str("# HELP ");
        self.text.push_str(&family.name);
        self.text.push(' ');
        for character in family.help.chars() {
            match character {
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                other => self.text.push(other),
            }
        }
        self.text.push_str("\n# TYPE ");
        self.text.push_str(&family.name);
        self.text.push(' ');
        self.text.push_str(family.kind.as_str());
        self.text.push('\n');
        if family.kind == Kind::Histogram {
            self.begin_histogram(family.buckets);
        }
    }

    #[inline]
    fn series(&mut self, family: &Descriptor, labels: Labels<'_>, value: Value<'_>) {
        match value {
            Value::Counter(number) | Value::Gauge(number) => {
                self.sample(labels.head(), number);
            }
            Value::Histogram(histogram) => {
                self.histogram(&family.name, labels.as_text(), histogram);
            }
        }
    }
}
