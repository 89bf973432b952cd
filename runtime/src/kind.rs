//! The kinds of metrics.

use std::fmt;

/// The kind of a metric.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Only goes up, save for a restart.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Counts observations in buckets.
    Histogram,
    /// Quantiles of observations.
    Summary,
    /// Facts as labels; its value is 1.
    Info,
    /// One series per state, 1 for those that hold.
    StateSet,
    /// May be a counter or a gauge; Prometheus calls it untyped.
    Unknown,
}

impl Kind {
    /// What makes a point or a descriptor of it.
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

    /// Whether it counts from 0 on, so that it matters since when.
    pub(crate) const fn is_cumulative(self) -> bool {
        matches!(self, Kind::Counter | Kind::Histogram | Kind::Summary)
    }

    /// Whether it counts observations, so that its value is more than one number.
    pub(crate) const fn is_distribution(self) -> bool {
        matches!(self, Kind::Histogram | Kind::Summary)
    }

    /// The kind as a word, which is the one of a `# TYPE` line in [OpenMetrics]: `counter`, `gauge`,
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

    /// The word of a `# TYPE` line in text format 0.0.4, which has fewer kinds.
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
