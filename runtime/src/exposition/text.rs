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

/// Writes families as text. A line is ended by the one behind it, and the last one at the end.
pub(super) struct TextSink<'a> {
    text: &'a mut String,
    is_empty: bool,
    pieces: Pieces,
}

/// What all series of a histogram have in common, rendered when the family begins.
#[derive(Default)]
struct Pieces {
    /// `le="0.1"} ` for each bucket.
    text: String,
    /// Where each of them ends.
    ends: Vec<usize>,
    /// What all buckets of the series at hand start with.
    line: String,
}

/// Pieces are kept between scrapes, so that a scrape allocates nothing.
static IDLE: Mutex<Vec<Pieces>> = Mutex::new(Vec::new());

impl<'a> TextSink<'a> {
    pub(super) fn new(text: &'a mut String) -> Self {
        let mut idle = IDLE.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        TextSink { text, is_empty: true, pieces: idle.pop().unwrap_or_default() }
    }

    /// A sample of a histogram besides its buckets.
    fn suffixed_sample(&mut self, name: &str, suffix: &str, labels: (&str, &str), number: Number) {
        let text = &mut *self.text;
        text.push('\n');
        text.push_str(name);
        text.push_str(suffix);
        if labels == ("", "") {
            text.push(' ');
        } else {
            text.push('{');
            text.push_str(labels.0);
            text.push_str(labels.1);
            text.push_str("} ");
        }
        push_number(text, number);
    }

    #[inline(never)]
    fn histogram(&mut self, name: &str, labels: (&str, &str), value: HistogramValue<'_>) {
        let Pieces { text: bounds, ends, line } = &mut self.pieces;
        line.clear();
        line.push('\n');
        line.push_str(name);
        line.push_str("_bucket{");
        if labels != ("", "") {
            line.push_str(labels.0);
            line.push_str(labels.1);
            line.push(',');
        }
        let mut count = 0u64;
        let mut start = 0;
        for (in_bucket, end) in std::iter::zip(value.counts, &*ends) {
            count = count.wrapping_add(*in_bucket);
            self.text.push_str(line);
            self.text.push_str(&bounds[start..*end]);
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
            text.push_str("le=\"");
            push_float(text, bound);
            text.push_str("\"} ");
            ends.push(text.len());
        }
    }
}

impl Drop for TextSink<'_> {
    fn drop(&mut self) {
        if !self.is_empty {
            self.text.push('\n');
        }
        let pieces = std::mem::take(&mut self.pieces);
        IDLE.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).push(pieces);
    }
}

impl Sink for TextSink<'_> {
    fn family(&mut self, family: &Descriptor) {
        self.text.push_str(if self.is_empty { "# HELP " } else { "\n# HELP " });
        self.is_empty = false;
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
        if family.kind == Kind::Histogram {
            self.begin_histogram(family.buckets);
        }
    }

    // Always, so that what kind of number it is is known where the gather calls it.
    #[inline(always)]
    fn series(&mut self, family: &Descriptor, labels: Labels<'_>, value: Value<'_>) {
        match value {
            Value::Counter(number) | Value::Gauge(number) => {
                let (prefix, rest) = labels.line_start();
                self.text.push_str(prefix);
                self.text.push_str(rest);
                push_number(self.text, number);
            }
            Value::Histogram(histogram) => {
                self.histogram(&family.name, labels.inner(), histogram);
            }
        }
    }
}
