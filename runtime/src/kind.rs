//! The kinds of metrics.

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

    /// The word of a `# TYPE` line in text format 0.0.4.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge | Kind::Info | Kind::StateSet => "gauge",
            Kind::Histogram => "histogram",
            Kind::Summary => "summary",
            Kind::Unknown => "untyped",
        }
    }

    /// The word of a `# TYPE` line in OpenMetrics.
    pub(crate) const fn openmetrics_type(self) -> &'static str {
        match self {
            Kind::Info => "info",
            Kind::StateSet => "stateset",
            Kind::Unknown => "unknown",
            kind => kind.as_str(),
        }
    }
}
