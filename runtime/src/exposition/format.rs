//! The formats, and which of them a scraper is given.

use std::fmt;

use super::{Escaping, TEXT_CONTENT_TYPE};

/// A format of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Prometheus's text format 0.0.4.
    #[default]
    Text,
    /// [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/) 1.0, as text: with exemplars, and
    /// with the units, infos and state sets that text format 0.0.4 has no words for.
    OpenMetrics,
    /// [OpenMetrics 2.0](https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/), of which there is a release
    /// candidate: with native histograms and, without samples of their own, created timestamps. A scraper is
    /// given it only if it asks for that version. What it looks like changes with its specification, whatever
    /// the version of this crate.
    #[cfg(feature = "experimental-openmetrics-2")]
    OpenMetrics2,
    /// Prometheus's protobuf format: messages of `io.prometheus.client.MetricFamily`, each after its length.
    /// It is the one with native histograms and, without samples of their own, created timestamps.
    Protobuf,
}

impl Format {
    /// All of them.
    pub const ALL: &[Format] = &[
        Format::Text,
        Format::OpenMetrics,
        #[cfg(feature = "experimental-openmetrics-2")]
        Format::OpenMetrics2,
        Format::Protobuf,
    ];

    /// How names are written in it where nothing else is asked for.
    pub(super) const fn escaping(self) -> Escaping {
        match self {
            // It has always had names in UTF-8.
            #[cfg(feature = "experimental-openmetrics-2")]
            Format::OpenMetrics2 => Escaping::AllowUtf8,
            _ => Escaping::Underscores,
        }
    }

    /// What the header `Content-Type` says of it.
    ///
    /// ```
    /// use measurand::exposition::Format;
    /// assert_eq!(Format::Text.content_type(), "text/plain; version=0.0.4; charset=utf-8");
    /// ```
    pub const fn content_type(self) -> &'static str {
        match self {
            Format::Text => TEXT_CONTENT_TYPE,
            Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            #[cfg(feature = "experimental-openmetrics-2")]
            Format::OpenMetrics2 => "application/openmetrics-text; version=2.0.0; charset=utf-8",
            Format::Protobuf => {
                "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
            }
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.content_type())
    }
}
