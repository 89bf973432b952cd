//! Errors of exports.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::exposition::EncodeError;

/// The error of an export. It contains no secrets.
///
/// ```
/// use std::time::Duration;
/// use measurand::export::{Console, ExportError, Exporters};
///
/// let exporting = Exporters::new().exporter(Console::new()).start()?;
/// exporting.shutdown(Duration::from_secs(5))?;
/// let error = exporting.flush(Duration::from_secs(5)).unwrap_err();
/// for (exporter, error) in error.failures() {
///     assert!(matches!((exporter, error), ("console", ExportError::Stopped)));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum ExportError {
    /// The metrics could not be gathered or encoded.
    Encode(EncodeError),
    /// The export could not be sent, or was not accepted. Over HTTP, this is a
    /// [`SendError`](crate::outgoing::SendError).
    Send(Arc<dyn Error + Send + Sync>),
    /// The source or the exporter panicked.
    Panicked,
    /// The export did not finish in the given time.
    #[non_exhaustive]
    Late {
        /// The given time.
        limit: Duration,
    },
    /// Exports have stopped: they were shut down, or this is a forked child.
    Stopped,
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExportError::Encode(error) => error.fmt(f),
            ExportError::Send(error) => error.fmt(f),
            ExportError::Panicked => f.write_str("it panicked; stderr may have the message"),
            ExportError::Late { limit } => write!(f, "it did not finish within {limit:?}"),
            ExportError::Stopped => f.write_str(
                "exports have stopped: they were shut down, or this is a forked child\n\
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

/// The error of a flush or a shutdown, for each exporter that failed. Exporters that are not listed
/// succeeded.
#[derive(Clone, Debug)]
pub struct FlushError {
    pub(super) failures: Vec<(String, ExportError)>,
}

impl FlushError {
    /// Returns the name of each exporter that failed, and its error.
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

/// The error of adding the metrics of exports to a registry.
///
/// ```
/// use measurand::export::{ExportMetricsError, Exporters};
/// use measurand::runtime::FamilyOptions;
/// use measurand::{Counter, Registry};
///
/// let registry = Registry::new();
/// let other = FamilyOptions::new("measurand_exports_total", "Exports.");
/// let _other = other.register_unlabelled::<Counter>(&registry)?;
/// let error: ExportMetricsError = Exporters::new().metrics(&registry).unwrap_err();
/// assert!(error.to_string().contains("`measurand_exports_total`"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportMetricsError(pub(super) String);

impl fmt::Display for ExportMetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ExportMetricsError {}
