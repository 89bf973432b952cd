//! Prometheus's text format, version 0.0.4.
//!
//! Source: <https://prometheus.io/docs/instrumenting/exposition_formats/>

use super::number::{push_count, push_float, push_number};
use crate::descriptor::Descriptor;
use crate::number::Number;
use crate::registry::{HistogramValue, Labels, Sink, Value};

/// The `Content-Type` of text format 0.0.4.
pub const TEXT_CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Writes families as text.
pub(super) struct TextSink<'a> {
    text: &'a mut String,
}

impl<'a> TextSink<'a> {
    pub(super) fn new(text: &'a mut String) -> Self {
        TextSink { text }
    }

    fn sample(&mut self, name: &str, labels: &str, number: Number) {
        self.text.push_str(name);
        if !labels.is_empty() {
            self.text.push('{');
            self.text.push_str(labels);
            self.text.push('}');
        }
        self.text.push(' ');
        push_number(self.text, number);
        self.text.push('\n');
    }

    fn histogram(&mut self, name: &str, labels: &Labels, value: HistogramValue<'_>) {
        let labels = labels.as_text();
        let mut count = 0u64;
        for (index, in_bucket) in value.counts.iter().enumerate() {
            count = count.wrapping_add(*in_bucket);
            self.text.push_str(name);
            self.text.push_str("_bucket{");
            self.text.push_str(labels);
            if !labels.is_empty() {
                self.text.push(',');
            }
            self.text.push_str("le=\"");
            match value.bounds.get(index) {
                Some(bound) => push_float(self.text, *bound),
                None => self.text.push_str("+Inf"),
            }
            self.text.push_str("\"} ");
            push_count(self.text, count);
            self.text.push('\n');
        }
        self.suffixed_sample(name, "_sum", labels, value.sum);
        self.suffixed_sample(name, "_count", labels, Number::Whole(count.into()));
    }

    fn suffixed_sample(&mut self, name: &str, suffix: &str, labels: &str, number: Number) {
        self.text.push_str(name);
        self.sample(suffix, labels, number);
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
    }

    fn series(&mut self, family: &Descriptor, labels: &Labels, value: Value<'_>) {
        match value {
            Value::Counter(number) | Value::Gauge(number) => {
                self.sample(&family.name, labels.as_text(), number);
            }
            Value::Histogram(histogram) => self.histogram(&family.name, labels, histogram),
        }
    }
}
