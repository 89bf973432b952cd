//! The kinds of metrics.

use std::fmt;

/// The kind of a metric.
///
/// ```
/// use measurand::{Descriptor, Kind};
///
/// let depth = Descriptor::gauge("queue_depth", "Jobs that wait.").build()?;
/// assert_eq!(depth.kind(), Kind::Gauge);
/// assert_eq!((Kind::Gauge.as_str(), Kind::StateSet.as_str()), ("gauge", "stateset"));
/// # Ok::<(), measurand::descriptor::DescriptorError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A number that only goes up, except for a restart.
    Counter,
    /// A number that goes up and down.
    Gauge,
    /// Observations counted in buckets.
    Histogram,
    /// Quantiles of observations.
    Summary,
    /// Information in labels, with the value 1.
    Info,
    /// States, each with a series that is 1 if the state holds and 0 otherwise.
    StateSet,
    /// A number that may be a counter or a gauge, which Prometheus calls untyped.
    Unknown,
}

impl Kind {
    /// Returns the name of the function that creates points and descriptors of this kind.
    pub(crate) const fn constructor(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
            Kind::Info => "info",
            Kind::StateSet => "state",
            Kind::Unknown => "unknown",
        }
    }

    /// Returns whether it counts from 0 on, so that it matters since when.
    pub(crate) const fn is_cumulative(self) -> bool {
        matches!(self, Kind::Counter | Kind::Histogram | Kind::Summary)
    }

    /// Returns whether it counts observations, so that its value is more than one number.
    pub(crate) const fn is_distribution(self) -> bool {
        matches!(self, Kind::Histogram | Kind::Summary)
    }

    /// Returns the word in a `# TYPE` line of [OpenMetrics]: `counter`, `gauge`,
    /// `histogram`, `summary`, `info`, `stateset` or `unknown`.
    ///
    /// [OpenMetrics]: https://prometheus.io/docs/specs/om/open_metrics_spec/
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
            Kind::Info => "info",
            Kind::StateSet => "stateset",
            Kind::Unknown => "unknown",
        }
    }

    /// Returns the word in a `# TYPE` line of the text format 0.0.4, which has fewer kinds.
    pub(crate) const fn text_type(self) -> &'static str {
        match self {
            Kind::Info | Kind::StateSet => "gauge",
            Kind::Unknown => "untyped",
            kind => kind.as_str(),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
