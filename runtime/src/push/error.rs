//! Why nothing is pushed.

use std::error::Error;
use std::fmt;

use crate::exposition::EncodeError;
use crate::outgoing::{DestinationError, SendError};
use crate::registry::RegisterError;

/// Why something cannot be pushed, or was not. It shows no secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum PushError {
    /// Nothing can be sent there.
    Destination(DestinationError),
    /// The name of the job is empty.
    EmptyJob,
    /// The grouping key can have no such label.
    #[non_exhaustive]
    Label {
        /// Its name.
        label: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A struct conflicts with another one that is pushed.
    Register(Box<RegisterError<()>>),
    /// Metrics have labels that the grouping key has, `job` among them. The gateway would overwrite them.
    #[non_exhaustive]
    GroupedLabels {
        /// The name of each metric, with the label.
        labels: Vec<(String, String)>,
    },
    /// Metrics have points with a time of their own, which no gateway takes.
    #[non_exhaustive]
    Timestamps {
        /// Their names.
        metrics: Vec<String>,
    },
    /// There is no page of the metrics.
    Encode(EncodeError),
    /// The gateway did not take it.
    Send(SendError),
}

/// How many metrics are shown of many.
const MOST_SHOWN: usize = 5;

fn list(
    f: &mut fmt::Formatter<'_>,
    all: impl ExactSizeIterator<Item = impl fmt::Display>,
) -> fmt::Result {
    let more = all.len().saturating_sub(MOST_SHOWN);
    for (index, one) in all.take(MOST_SHOWN).enumerate() {
        write!(f, "{}{one}", if index == 0 { "" } else { ", " })?;
    }
    if more > 0 {
        write!(f, " and {more} more")?;
    }
    Ok(())
}

impl fmt::Display for PushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PushError::Destination(error) => error.fmt(f),
            PushError::EmptyJob => f.write_str(
                "the job has an empty name, which no Pushgateway takes\nhelp: name it, such as `backup`",
            ),
            PushError::Label { reason, .. } => f.write_str(reason),
            PushError::Register(error) => error.fmt(f),
            PushError::GroupedLabels { labels } => {
                f.write_str("the Pushgateway would overwrite labels that the grouping key has: ")?;
                list(f, labels.iter().map(|(metric, label)| format!("`{label}` of `{metric}`")))?;
                f.write_str(
                    "\nhelp: call these labels otherwise, or take them out of the grouping key",
                )
            }
            PushError::Timestamps { metrics } => {
                f.write_str("no Pushgateway takes points with a time of their own: ")?;
                list(f, metrics.iter().map(|metric| format!("`{metric}`")))?;
                f.write_str(
                    "\nhelp: leave out `Point::at`, or show the time as a metric, `…_timestamp_seconds`",
                )
            }
            PushError::Encode(error) => error.fmt(f),
            PushError::Send(error) => error.fmt(f),
        }
    }
}

impl Error for PushError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            PushError::Destination(error) => error.source(),
            PushError::Register(error) => error.source(),
            PushError::Encode(error) => error.source(),
            PushError::Send(error) => error.source(),
            PushError::EmptyJob
            | PushError::Label { .. }
            | PushError::GroupedLabels { .. }
            | PushError::Timestamps { .. } => None,
        }
    }
}

impl From<DestinationError> for PushError {
    fn from(error: DestinationError) -> PushError {
        PushError::Destination(error)
    }
}

impl From<EncodeError> for PushError {
    fn from(error: EncodeError) -> PushError {
        PushError::Encode(error)
    }
}

impl From<SendError> for PushError {
    fn from(error: SendError) -> PushError {
        PushError::Send(error)
    }
}
