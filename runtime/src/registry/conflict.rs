//! Two families that want one name.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::descriptor::{Descriptor, Location};
use crate::kind::Kind;
use crate::naming::{NameError, name_problem};

/// Two families that cannot both be on one page. The one that was there first stays; of statics that the
/// linker brings, the first one by package, file and line.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Conflict {
    /// The family that is left out.
    pub name: String,
    /// Where that is declared.
    pub location: Location,
    /// The family that stays.
    pub kept_name: String,
    /// Where that is declared.
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
                "metric `{name}` of {location} is declared with {difference} at {kept_location}, and is left out: rename one"
            ),
            None => write!(
                f,
                "metric `{name}` of {location} has a name in common with `{kept_name}` of {kept_location}, and is left out: rename one"
            ),
        }
    }
}

impl Error for Conflict {}

/// Why a metric has no place in a registry.
#[derive(Debug)]
pub(super) enum Unfit {
    Conflict(Box<Conflict>),
    LabelTaken { label: String, metric: String },
    Name { metric: String, error: NameError },
}

impl From<Box<Conflict>> for Unfit {
    fn from(conflict: Box<Conflict>) -> Unfit {
        Unfit::Conflict(conflict)
    }
}

impl From<Unfit> for Problem {
    fn from(unfit: Unfit) -> Problem {
        match unfit {
            Unfit::Conflict(conflict) => Problem::Conflict(*conflict),
            Unfit::LabelTaken { label, metric } => Problem::LabelTaken { label, metric },
            Unfit::Name { metric, error } => Problem::Name { metric, error },
        }
    }
}

/// What keeps metrics off the page.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// Two families want one name.
    Conflict(Conflict),
    /// A label that is set for all, or by a view of the registry, is declared by a metric that came
    /// later, which is left out with all of its struct.
    LabelTaken {
        /// The label.
        label: String,
        /// The metric.
        metric: String,
    },
    /// A metric cannot be called as it would be through a view of the registry, and is left out.
    Name {
        /// The name.
        metric: String,
        /// What is wrong with it.
        error: NameError,
    },
    /// A collector gave a point that cannot be shown.
    Point(Box<PointProblem>),
    /// A collector has panicked: what it gave is left out of this gather.
    CollectorPanicked {
        /// Its type.
        collector: String,
        /// What it said.
        message: String,
    },
    /// A collector had not come to an end when the time was up, or has not since an earlier gather: it is
    /// left out of this one.
    CollectorLate {
        /// Its type.
        collector: String,
        /// How long a gather waits.
        limit: Duration,
    },
    /// The binary holds several builds of this breaking version of `measurand`, such as one of a
    /// registry and one of a path. Each has a page of its own, on which the metrics of the others
    /// are missing.
    SeveralBuilds,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Conflict(conflict) => conflict.fmt(f),
            Problem::LabelTaken { label, metric } => write!(
                f,
                "metric `{metric}` came after the label `{label}` was set for all, or by its view of the registry, declares it itself, and is left out: choose another name"
            ),
            Problem::Name { metric, error } => {
                write!(f, "a metric of a view is left out: {}", name_problem(metric, *error))
            }
            Problem::Point(problem) => problem.fmt(f),
            Problem::CollectorPanicked { collector, message } => {
                write!(f, "collector `{collector}` has panicked, and is left out: {message}")
            }
            Problem::CollectorLate { collector, limit } => write!(
                f,
                "collector `{collector}` does not come to an end within {limit:?}, and is left out: have it give up sooner, or wrap it in `Cached::every`"
            ),
            Problem::SeveralBuilds => f.write_str(
                "several builds of one version of `measurand` are linked, and each has only its own metrics on its page: see `cargo tree --duplicates`, and have all crates depend on the same one",
            ),
        }
    }
}

impl Error for Problem {}

/// A point of a collector that cannot be shown, or could not be had, and is left out.
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
    /// What its collector says.
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
                "it counts {given} buckets, and the family has {buckets}: give one count for each bound, and the one of `+Inf` last"
            ),
            Reason::Kind(kind) => {
                let kind = kind.constructor();
                write!(
                    f,
                    "it is of another kind: give a `Point::{kind}`, or make it another family"
                )
            }
            Reason::Amount => {
                f.write_str("no counter is NaN or below 0: make it a gauge, or leave it out")
            }
            Reason::Native(problem) => {
                write!(f, "{problem}: see `NativeValue` for what each part is")
            }
            Reason::Quantiles => {
                f.write_str("quantiles are from 0 to 1 and rise: sort them, and leave out the rest")
            }
            Reason::Undescribed => f.write_str(
                "its collector does not describe this family: have `describe` give it, or register it in a registry that is not pedantic",
            ),
            Reason::Failed(error) => f.write_str(error),
            Reason::Twice => {
                f.write_str("there is a series of these labels already: tell them apart by a label")
            }
        }
    }
}

impl Error for PointProblem {}

/// What [`Registry::validate`](super::Registry::validate) found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValidateError {
    problems: Vec<Problem>,
}

impl ValidateError {
    pub(super) fn new(problems: Vec<Problem>) -> Self {
        ValidateError { problems }
    }

    /// Every problem; at least one.
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
