//! Why something was not exported.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::exposition::EncodeError;

/// Why an export has failed. It shows no secret.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExportError {
    /// It could not be gathered or encoded.
    Encode(EncodeError),
    /// It could not be sent, or was not taken. It is a [`SendError`](crate::outgoing::SendError) where it went by
    /// HTTP.
    Send(Arc<dyn Error + Send + Sync>),
    /// The source or the exporter has panicked.
    Panicked,
    /// It was not done in the time that it was given.
    #[non_exhaustive]
    Late {
        /// How long that was.
        limit: Duration,
    },
    /// No threads export any more: they were shut down, or the process was forked.
    Stopped,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Encode(error) => error.fmt(f),
            ExportError::Send(error) => error.fmt(f),
            ExportError::Panicked => f.write_str("it has panicked; stderr has the message"),
            ExportError::Late { limit } => write!(f, "it was not done in {limit:?}"),
            ExportError::Stopped => f.write_str(
                "nothing exports any more: it was shut down, or this is a forked child\n\
                 help: start exporters after a fork",
            ),
        }
    }
}

impl Error for ExportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            ExportError::Encode(error) => error.source(),
            ExportError::Send(error) => error.source(),
            ExportError::Panicked | ExportError::Late { .. } | ExportError::Stopped => None,
        }
    }
}

/// Why a flush or a shutdown has failed, by exporter. What the other exporters had to send was taken.
#[derive(Clone, Debug)]
pub struct FlushError {
    pub(super) failures: Vec<(String, ExportError)>,
}

impl FlushError {
    /// The name of each exporter that failed, and why.
    ///
    /// ```
    /// use measurand::export::FlushError;
    ///
    /// fn has_failed(error: &FlushError, exporter: &str) -> bool {
    ///     error.failures().any(|(name, _)| name == exporter)
    /// }
    /// ```
    pub fn failures(&self) -> impl ExactSizeIterator<Item = (&str, &ExportError)> {
        self.failures.iter().map(|(exporter, error)| (exporter.as_str(), error))
    }
}

impl fmt::Display for FlushError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (exporter, error)) in self.failures.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}exporter `{exporter}`: {error}")?;
        }
        Ok(())
    }
}

impl Error for FlushError {}

/// Why the metrics of exporters could not be added to a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportMetricsError(pub(super) String);

impl fmt::Display for ExportMetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ExportMetricsError {}
