//! What keeps metrics off the page, such as two families that claim one name.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::descriptor::{Descriptor, Location};
use crate::kind::Kind;
use crate::naming::{NameError, name_problem};

/// Two families that cannot both be on a page. The one that was registered first stays; of
/// link-time statics, the first by package, file and line.
///
/// ```
/// use measurand::registry::{Conflict, RegisterError};
/// use measurand::runtime::{FamilyOptions, RegisterFamilyError};
/// use measurand::{Gauge, Registry};
///
/// let registry = Registry::new();
/// let options = || FamilyOptions::new("doc_conflict_jobs", "Jobs waiting.").max_series(100);
/// let _jobs = options().register::<Gauge, 1>(&registry, ["queue"])?;
/// let error = options().register::<Gauge, 1>(&registry, ["worker"]).unwrap_err();
/// let RegisterFamilyError::Register(RegisterError::Conflict { conflict, .. }) = error else {
///     panic!("{error}");
/// };
/// let Conflict { name, kept_name, location, kept_location, .. } = &*conflict;
/// assert_eq!((&**name, &**kept_name), ("doc_conflict_jobs", "doc_conflict_jobs"));
/// assert!(location.line > kept_location.line);
/// assert!(conflict.to_string().contains("declared with other label names"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The family that is left out.
    pub name: String,
    /// Where it is declared.
    pub location: Location,
    /// The family that stays.
    pub kept_name: String,
    /// Where it is declared.
    pub kept_location: Location,
    /// What differs, if the names are the same.
    difference: Option<&'static str>,
}

impl Conflict {
    pub(super) fn new(stays: &Descriptor, leaves: &Descriptor) -> Conflict {
        let difference = if stays.name != leaves.name {
            None
        } else if stays.kind != leaves.kind {
            Some("another kind")
        } else if stays.unit != leaves.unit {
            Some("another unit")
        } else if stays.scale != leaves.scale {
            Some("another type")
        } else if stays.help != leaves.help {
            Some("another help text")
        } else if stays.buckets != leaves.buckets {
            Some("other buckets")
        } else {
            Some("other label names")
        };
        Conflict {
            name: leaves.name.clone().into_owned(),
            location: leaves.location,
            kept_name: stays.name.clone().into_owned(),
            kept_location: stays.location,
            difference,
        }
    }
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Conflict { name, location, kept_name, kept_location, difference } = self;
        match difference {
            Some(difference) => write!(
                f,
                "metric `{name}` of {location} is left out, since it is declared with {difference} at {kept_location}: rename one"
            ),
            None => write!(
                f,
                "metric `{name}` of {location} is left out, since it has a name in common with `{kept_name}` of {kept_location}: rename one"
            ),
        }
    }
}

impl Error for Conflict {}

/// Why a metric cannot be in a registry.
#[derive(Debug)]
pub(super) enum MetricRefusal {
    Conflict(Box<Conflict>),
    LabelTaken { label: String, metric: String },
    Name { metric: String, error: NameError },
}

impl From<Box<Conflict>> for MetricRefusal {
    fn from(conflict: Box<Conflict>) -> MetricRefusal {
        MetricRefusal::Conflict(conflict)
    }
}

impl From<MetricRefusal> for Problem {
    fn from(refusal: MetricRefusal) -> Problem {
        match refusal {
            MetricRefusal::Conflict(conflict) => Problem::Conflict(*conflict),
            MetricRefusal::LabelTaken { label, metric } => Problem::LabelTaken { label, metric },
            MetricRefusal::Name { metric, error } => Problem::Name { metric, error },
        }
    }
}

/// What keeps metrics off the page.
///
/// ```
/// use measurand::Registry;
/// use measurand::registry::{Collector, Points, Problem};
///
/// struct Database;
///
/// impl Collector for Database {
///     fn collect(&self, _: &mut Points<'_>) {
///         panic!("no connection");
///     }
/// }
///
/// # std::panic::set_hook(Box::new(|_| {}));
/// let registry = Registry::new();
/// let _database = registry.register_collector(Database)?;
/// let error = registry.validate().unwrap_err();
/// let Problem::CollectorPanicked { message, .. } = &error.problems()[0] else { panic!("{error}") };
/// assert_eq!(message, "no connection");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Two families claim one name.
    Conflict(Conflict),
    /// A metric declares a label that was set for every series, or that a view of the registry
    /// adds, and was registered later. It is left out together with its struct.
    LabelTaken {
        /// The label.
        label: String,
        /// The metric.
        metric: String,
    },
    /// The name that a view of the registry makes is not valid, and the metric is left out.
    Name {
        /// The name.
        metric: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// A collector gave a point that cannot be shown.
    Point(Box<PointProblem>),
    /// A collector panicked: its points are left out of this gather.
    CollectorPanicked {
        /// Its type.
        collector: String,
        /// The message of the panic.
        message: String,
    },
    /// A collector did not finish in time, or is still running since an earlier gather: it is left
    /// out of this one.
    CollectorLate {
        /// Its type.
        collector: String,
        /// The time limit of the gather.
        limit: Duration,
    },
    /// The binary contains several builds of semver-compatible versions of `measurand`, such as one
    /// from a registry and one from a path. Each has its own page, on which the metrics of the
    /// others are missing.
    SeveralBuilds,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Conflict(conflict) => conflict.fmt(f),
            Problem::LabelTaken { label, metric } => write!(
                f,
                "metric `{metric}` declares the label `{label}`, which the registry or a view of it adds, and is left out: rename one"
            ),
            Problem::Name { metric, error } => {
                write!(f, "a metric registered through a view is left out: {}", name_problem(metric, *error))
            }
            Problem::Point(problem) => problem.fmt(f),
            Problem::CollectorPanicked { collector, message } => {
                write!(f, "collector `{collector}` panicked, and is left out: {message}")
            }
            Problem::CollectorLate { collector, limit } => write!(
                f,
                "collector `{collector}` did not finish within {limit:?}, and is left out: let it give up sooner, or wrap it in `Cached::every`"
            ),
            Problem::SeveralBuilds => f.write_str(
                "several builds of one version of `measurand` are linked, and each has only its own metrics on its page: see `cargo tree --duplicates`, and have all crates depend on the same one",
            ),
        }
    }
}

impl Error for Problem {}

/// A point of a collector that cannot be shown, or could not be collected, and is left out.
///
/// ```
/// use measurand::registry::{Collector, Point, PointProblem, Points, Problem};
/// use measurand::{Descriptor, Registry};
///
/// struct Queues(Descriptor);
///
/// impl Collector for Queues {
///     fn collect(&self, points: &mut Points<'_>) {
///         points.push(&self.0, &[], Point::gauge(3));
///     }
/// }
///
/// let registry = Registry::new();
/// let jobs = Descriptor::gauge("doc_point_jobs", "Jobs waiting.").labels(["queue"]).build()?;
/// let _queues = registry.register_collector(Queues(jobs))?;
/// let error = registry.validate().unwrap_err();
/// let Problem::Point(problem) = &error.problems()[0] else { panic!("{error}") };
/// let problem: &PointProblem = problem;
/// assert_eq!(problem.metric, "doc_point_jobs");
/// assert!(problem.to_string().contains("it has 0 label values for 1 labels"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PointProblem {
    /// The family.
    pub metric: String,
    /// Where its descriptor was made.
    pub location: Location,
    reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    Labels {
        labels: usize,
        given: usize,
    },
    Buckets {
        buckets: usize,
        given: usize,
    },
    Kind(Kind),
    Amount,
    /// What is wrong with a native histogram.
    Native(&'static str),
    Quantiles,
    Twice,
    Undescribed,
    /// The message that the collector gave.
    Failed(String),
}

impl PointProblem {
    pub(super) fn new(metric: String, family: &Descriptor, reason: Reason) -> PointProblem {
        PointProblem { metric, location: family.location, reason }
    }
}

impl fmt::Display for PointProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PointProblem { metric, location, reason } = self;
        write!(f, "a point of metric `{metric}` of {location} is left out: ")?;
        match reason {
            Reason::Labels { labels, given } => {
                write!(f, "it has {given} label values for {labels} labels: give one for each")
            }
            Reason::Buckets { buckets, given } => write!(
                f,
                "it has {given} counts for {buckets} buckets: give one for each bound, and the one of `+Inf` last"
            ),
            Reason::Kind(kind) => {
                let kind = kind.constructor();
                write!(
                    f,
                    "it is of another kind: give a `Point::{kind}`, or use another family"
                )
            }
            Reason::Amount => {
                f.write_str("a counter cannot be NaN or below 0: make it a gauge, or leave it out")
            }
            Reason::Native(problem) => {
                write!(f, "{problem}: see `NativeValue` for the meaning of each part")
            }
            Reason::Quantiles => {
                f.write_str("quantiles must be from 0 to 1 and strictly increasing: sort them, and leave out others")
            }
            Reason::Undescribed => f.write_str(
                "its collector does not describe this family: return it from `describe`, or use a registry that is not pedantic",
            ),
            Reason::Failed(error) => f.write_str(error),
            Reason::Twice => {
                f.write_str("there is a series with these labels already: tell them apart by a label")
            }
        }
    }
}

impl Error for PointProblem {}

/// The error of [`Registry::validate`](super::Registry::validate): everything that was found.
///
/// ```
/// use measurand::Registry;
/// use measurand::registry::{Collector, Points, ValidateError};
///
/// struct Database;
///
/// impl Collector for Database {
///     fn collect(&self, _: &mut Points<'_>) {
///         panic!("no connection");
///     }
/// }
///
/// # std::panic::set_hook(Box::new(|_| {}));
/// let registry = Registry::new();
/// let _database = registry.register_collector(Database)?;
/// let error: ValidateError = registry.validate().unwrap_err();
/// assert_eq!(error.problems().len(), 1);
/// assert!(error.to_string().ends_with("panicked, and is left out: no connection"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidateError {
    problems: Vec<Problem>,
}

impl ValidateError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        ValidateError { problems }
    }

    /// Returns all problems, of which there is at least one.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}

impl fmt::Display for ValidateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.problems.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            problem.fmt(f)?;
        }
        Ok(())
    }
}

impl Error for ValidateError {
    /// The first problem.
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.problems.first().map(|problem| problem as _)
    }
}
