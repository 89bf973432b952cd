//! The trait of exporters.

use std::time::Duration;

use super::error::ExportError;
use crate::exposition::EncodeError;
use crate::registry::Gather;

/// An exporter, which sends metrics to one receiver: [`Console`](super::Console) or
/// [`otlp::OtlpExporter`](crate::otlp::OtlpExporter).
///
/// This trait is not meant to be implemented. For a transport of your own, encode a [`Gather`] with
/// [`exposition::Encoder`](crate::exposition::Encoder) or [`otlp::Encoder`](crate::otlp::Encoder).
///
/// ```
/// use measurand::export::{Console, Exporter, Exporters};
///
/// fn start(exporter: impl Exporter) -> std::io::Result<measurand::export::Exporting> {
///     Exporters::new().exporter(exporter).start()
/// }
/// # drop(start(Console::new())?);
/// # Ok::<(), std::io::Error>(())
/// ```
pub trait Exporter: Send + Sync + 'static {
    /// Returns the name in logs, errors and metrics.
    #[doc(hidden)]
    fn title(&self) -> &str;

    #[doc(hidden)]
    fn schedule(&self) -> Schedule;

    /// Encodes and keeps what is to be sent. It is called before each [`send`](Exporter::send), and
    /// never during one.
    #[doc(hidden)]
    fn encode(&self, source: &dyn Gather) -> Result<(), EncodeError>;

    /// Sends what was encoded last, within `limit`.
    #[doc(hidden)]
    fn send(&self, limit: Duration) -> Result<Sent, ExportError>;

    /// Aborts sending, now and in the future.
    #[doc(hidden)]
    fn interrupt(&self) {}
}

/// The interval of an exporter, and its time limit.
#[derive(Clone, Copy, Debug)]
pub struct Schedule {
    pub(crate) interval: Duration,
    pub(crate) timeout: Duration,
}

/// Once a minute, with 30 seconds for each export.
///
/// Source: <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/#periodic-exporting-metricreader>
impl Default for Schedule {
    fn default() -> Schedule {
        Schedule { interval: Duration::from_secs(60), timeout: Duration::from_secs(30) }
    }
}

impl Schedule {
    /// The shortest interval, so that no thread is always busy.
    pub(crate) const SHORTEST: Duration = Duration::from_millis(1);

    pub(crate) fn with_interval(self, interval: Duration) -> Schedule {
        Schedule { interval: interval.max(Schedule::SHORTEST), ..self }
    }
}

/// The number of points that a receiver accepted, and of those that it rejected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub(crate) points: u64,
    pub(crate) rejected: u64,
}
