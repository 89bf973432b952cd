//! What sends metrics.

use std::time::Duration;

use super::error::ExportError;
use crate::exposition::EncodeError;
use crate::registry::Gather;

/// Sends metrics to one receiver: [`Console`](super::Console) or
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
    /// What it is called in logs, errors and metrics.
    #[doc(hidden)]
    fn title(&self) -> &str;

    #[doc(hidden)]
    fn schedule(&self) -> Schedule;

    /// Keeps what is to be sent. It is called before each [`send`](Exporter::send), and never during one.
    #[doc(hidden)]
    fn encode(&self, source: &dyn Gather) -> Result<(), EncodeError>;

    /// Sends what was encoded last, within this time.
    #[doc(hidden)]
    fn send(&self, limit: Duration) -> Result<Sent, ExportError>;

    /// Ends what is being sent; nothing more is sent.
    #[doc(hidden)]
    fn interrupt(&self) {}
}

/// When an exporter sends, and how long that may take.
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
    /// The shortest interval: without one, a processor would do nothing else.
    pub(crate) const SHORTEST: Duration = Duration::from_millis(1);

    pub(crate) fn with_interval(self, interval: Duration) -> Schedule {
        Schedule { interval: interval.max(Schedule::SHORTEST), ..self }
    }
}

/// How many points a receiver has taken, and how many it has not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    pub(crate) points: u64,
    pub(crate) rejected: u64,
}
