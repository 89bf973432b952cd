//! Exporting metrics at an interval, to several receivers at once.
//!
//! [`Exporters`] has what metrics are sent by, such as [`OtlpExporter`](crate::otlp::OtlpExporter) (feature
//! `otlp-http`) and [`Console`]. Started, it needs no async runtime:
//!
//! - One thread gathers, once for all exporters whose interval has come, and each exporter has a thread that
//!   sends. So a receiver that hangs holds up no other one.
//! - An export ends within its time limit. An exporter that is still sending when its interval has come again misses
//!   that interval, and exports at the next one.
//! - What [`Exporting::flush`] and [`Exporting::shutdown`] wait for ends within the time that they are given, whatever
//!   the receivers do. The latter exports once more, so that what was counted last is sent.
//!
//! Prometheus's own way is to scrape: [`actix::Server`](crate::actix::Server) and exporters go together.
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
//! // … the service works …
//! exporting.shutdown(Duration::from_secs(5))?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod console;
mod error;
mod exporter;
mod exporters;
mod exporting;
mod round;
mod shown;
mod state;

pub use console::Console;
pub use error::{ExportError, ExportMetricsError, FlushError};
pub use exporter::Exporter;
#[cfg(feature = "otlp-http")]
pub(crate) use exporter::{Schedule, Sent};
pub use exporters::Exporters;
pub use exporting::Exporting;
