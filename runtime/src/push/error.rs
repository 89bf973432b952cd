//! Errors of pushing.

use std::error::Error;
use std::fmt;

use crate::exposition::EncodeError;
use crate::outgoing::{DestinationError, SendError};
use crate::registry::RegisterError;

/// The error of a push. It contains no secrets.
///
/// ```
/// use measurand::push::{PushError, Pushgateway};
/// use measurand::runtime::FamilyOptions;
/// use measurand::unit::Bytes;
/// use measurand::{Gauge, Registry};
///
/// let registry = Registry::new();
/// let sizes = FamilyOptions::new("doc_push_error_size_bytes", "Size of the disk.")
///     .max_series(100)
///     .register::<Gauge<Bytes>, 1>(&registry, ["disk"])?;
/// sizes.with(["sda"]).set(512);
///
/// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.registry(&registry);
/// // Nothing is sent, since the gateway would overwrite the label.
/// match gateway.instance("db-7").label("disk", "sda")?.push() {
///     Err(PushError::GroupedLabels { labels, .. }) => assert_eq!(labels[0].1, "disk"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum PushError {
    /// The destination cannot be used.
    Destination(DestinationError),
    /// The name of the job is empty.
    EmptyJob,
    /// A label of the grouping key is not valid.
    #[non_exhaustive]
    Label {
        /// The name of the label.
        label: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A struct conflicts with another one that is pushed.
    Register(Box<RegisterError<()>>),
    /// Metrics have labels of the grouping key, which includes `job`. The gateway would overwrite
    /// them.
    #[non_exhaustive]
    GroupedLabels {
        /// The names of the metrics, each with the label.
        labels: Vec<(String, String)>,
    },
    /// Metrics have points with their own time, which gateways refuse.
    #[non_exhaustive]
    Timestamps {
        /// The names of the metrics.
        metrics: Vec<String>,
    },
    /// The metrics could not be encoded.
    Encode(EncodeError),
    /// The gateway did not accept the request.
    Send(SendError),
}

/// The most metrics that a message lists.
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
            PushError::EmptyJob => {
                f.write_str("the name of the job is empty\nhelp: give it a name, such as `backup`")
            }
            PushError::Label { reason, .. } => f.write_str(reason),
            PushError::Register(error) => error.fmt(f),
            PushError::GroupedLabels { labels } => {
                f.write_str(
                    "the Pushgateway would overwrite labels of metrics by its grouping key: ",
                )?;
                list(f, labels.iter().map(|(metric, label)| format!("`{label}` of `{metric}`")))?;
                f.write_str("\nhelp: rename these labels, or remove them from the grouping key")
            }
            PushError::Timestamps { metrics } => {
                f.write_str("the Pushgateway refuses points with their own time: ")?;
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
