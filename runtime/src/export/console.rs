//! Metrics on stdout.

use std::fmt;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use super::error::ExportError;
use super::exporter::{Exporter, Schedule, Sent};
use crate::exposition::{EncodeError, Encoder};
use crate::registry::Gather;
use crate::sync::unpoisoned;

/// Writes metrics to stdout in Prometheus's text format 0.0.4, for development.
///
/// ```
/// use std::time::Duration;
/// use measurand::export::{Console, Exporters};
///
/// let console = Console::new().interval(Duration::from_secs(10));
/// let exporting = Exporters::new().exporter(console).start()?;
/// # exporting.shutdown(Duration::from_secs(5)).unwrap();
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`interval`](Console::interval) | 60 s | the time between two pages |
#[derive(Default)]
#[must_use = "it writes nothing until it is passed to `Exporters::exporter`"]
pub struct Console {
    schedule: Schedule,
    /// The encoded page.
    page: Mutex<Vec<u8>>,
}

impl Console {
    /// Creates an exporter that writes once a minute.
    pub fn new() -> Console {
        Console::default()
    }

    /// Sets the time between two pages, at least a millisecond. The default is a minute.
    pub fn interval(self, interval: Duration) -> Console {
        Console { schedule: self.schedule.with_interval(interval), ..self }
    }

    fn page(&self) -> MutexGuard<'_, Vec<u8>> {
        unpoisoned(self.page.lock())
    }
}

impl Exporter for Console {
    fn title(&self) -> &str {
        "console"
    }

    fn schedule(&self) -> Schedule {
        self.schedule
    }

    fn encode(&self, source: &dyn Gather) -> Result<(), EncodeError> {
        let mut page = std::mem::take(&mut *self.page());
        page.clear();
        let encoded = Encoder::default().encode(source, &mut page);
        *self.page() = page;
        encoded
    }

    fn send(&self, _: Duration) -> Result<Sent, ExportError> {
        let page = std::mem::take(&mut *self.page());
        let mut stdout = std::io::stdout().lock();
        let written = stdout.write_all(&page).and_then(|()| stdout.flush());
        drop(stdout);
        let is_sample = |line: &&[u8]| line.first().is_some_and(|first| *first != b'#');
        let points = page.split(|byte| *byte == b'\n').filter(is_sample).count() as u64;
        *self.page() = page;
        written.map_err(|error| ExportError::Send(Arc::new(error)))?;
        Ok(Sent { points, rejected: 0 })
    }
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Console").field("schedule", &self.schedule).finish_non_exhaustive()
    }
}
