//! The formats of a page.

use std::fmt;

use super::{Escaping, TEXT_CONTENT_TYPE};

/// The format of a page.
///
/// ```
/// use measurand::Registry;
/// use measurand::exposition::Format;
///
/// for format in Format::ALL {
///     let mut page = Vec::new();
///     Registry::global().write_to(*format, &mut page)?;
///     println!("{}: {} bytes", format.content_type(), page.len());
/// }
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Prometheus's text format 0.0.4.
    #[default]
    Text,
    /// The text format of [OpenMetrics](https://prometheus.io/docs/specs/om/open_metrics_spec/)
    /// 1.0: with exemplars, and with units, infos and state sets, which text format 0.0.4 lacks.
    OpenMetrics,
    /// [OpenMetrics 2.0](https://prometheus.io/docs/specs/om/open_metrics_spec_2_0/), a release
    /// candidate: with native histograms, and with created timestamps that need no samples. It is
    /// sent only to scrapers that ask for that version. It follows the specification, and may
    /// change in any version of this crate.
    #[cfg(feature = "experimental-openmetrics-2")]
    OpenMetrics2,
    /// Prometheus's protobuf format: messages `io.prometheus.client.MetricFamily`, each after its
    /// length. It has native histograms, and created timestamps that need no samples.
    Protobuf,
}

impl Format {
    /// All formats in this build.
    pub const ALL: &[Format] = &[
        Format::Text,
        Format::OpenMetrics,
        #[cfg(feature = "experimental-openmetrics-2")]
        Format::OpenMetrics2,
        Format::Protobuf,
    ];

    /// Returns how names are written by default.
    pub(super) const fn escaping(self) -> Escaping {
        match self {
            // This version has always allowed names in UTF-8.
            #[cfg(feature = "experimental-openmetrics-2")]
            Format::OpenMetrics2 => Escaping::AllowUtf8,
            _ => Escaping::Underscores,
        }
    }

    /// Returns the value of the header `Content-Type`.
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
