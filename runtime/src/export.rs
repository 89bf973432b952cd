//! Exporting metrics at an interval, to several receivers at once.
//!
//! [`Exporters`] runs exporters, such as [`OtlpExporter`](crate::otlp::OtlpExporter) (feature
//! `otlp-http`) and [`Console`]. No async runtime is needed:
//!
//! - One thread gathers, once for all exporters that are due, and each exporter sends on its own
//!   thread. A receiver that hangs does not delay the others.
//! - An export ends within its time limit. An exporter that is still sending when it is due again
//!   skips that interval.
//! - [`Exporting::flush`] and [`Exporting::shutdown`] return within the given time, whatever the
//!   receivers do. A shutdown exports once more, so that the last updates are sent.
//!
//! Exporting does not replace scraping: a service can do both, with [`actix::Server`](crate::actix::Server) for
//! Prometheus.
//!
//! ```
//! use std::time::Duration;
//! use measurand::Registry;
//! use measurand::export::{Console, Exporters};
//!
//! let exporting = Exporters::new()
//!     .metrics(Registry::global())?
//!     .exporter(Console::new().interval(Duration::from_secs(600)))
//!     .start()?;
//! // … run the service …
//! exporting.shutdown(Duration::from_secs(5))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod console;
mod error;
mod exporter;
mod exporters;
mod exporting;
mod families;
mod round;
mod state;

pub use console::Console;
pub use error::{ExportError, ExportMetricsError, FlushError};
pub use exporter::Exporter;
#[cfg(feature = "otlp-http")]
pub(crate) use exporter::{Schedule, Sent};
pub use exporters::Exporters;
pub use exporting::Exporting;
