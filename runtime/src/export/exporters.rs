//! What is exported, and by what.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::error::ExportMetricsError;
use super::exporter::Exporter;
use super::exporting::Exporting;
use super::round::Source;
use super::shown::Shown;
use crate::registry::{Gather, Registry};

/// Exporters, each with its own interval, and what they export. The [module](super) has an example.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`registry`](Exporters::registry) | [`Registry::global`] | what is exported |
/// | [`source`](Exporters::source) | | the same, of whatever can be gathered |
/// | [`exporter`](Exporters::exporter) | none | adds an exporter |
/// | [`metrics`](Exporters::metrics) | none | shows in a registry what becomes of exports |
#[must_use = "nothing is exported until `start` is called"]
pub struct Exporters {
    source: Source,
    exporters: Vec<Arc<dyn Exporter>>,
    shown: Option<Shown>,
}

impl Exporters {
    /// Exports the metrics of the binary, with no exporter yet.
    pub fn new() -> Exporters {
        let source = Arc::new(Registry::global().clone());
        Exporters { source, exporters: Vec::new(), shown: None }
    }

    /// Exports another registry.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::export::Exporters;
    ///
    /// let registry = Registry::new();
    /// let exporters = Exporters::new().registry(&registry);
    /// # drop(exporters);
    /// ```
    pub fn registry(self, registry: &Registry) -> Exporters {
        self.source(registry.clone())
    }

    /// Exports what `source` gathers, such as a part of a registry; the page of [`Gather`] has an example.
    ///
    /// If it panics, that export fails, and the next one is tried.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::export::Exporters;
    /// use measurand::registry::Registries;
    ///
    /// let both = Registries::new([Registry::global().clone(), Registry::new()]);
    /// let exporters = Exporters::new().source(both);
    /// # drop(exporters);
    /// ```
    pub fn source(self, source: impl Gather + Send + Sync + 'static) -> Exporters {
        Exporters { source: Arc::new(source), ..self }
    }

    /// Adds an exporter.
    ///
    /// ```
    /// use measurand::export::{Console, Exporters};
    ///
    /// let exporters = Exporters::new().exporter(Console::new());
    /// # drop(exporters);
    /// ```
    pub fn exporter(mut self, exporter: impl Exporter) -> Exporters {
        self.exporters.push(Arc::new(exporter));
        self
    }

    /// Shows in a registry what becomes of exports, until they are shut down. Exporters of the same name share their
    /// series.
    ///
    /// | family | shows |
    /// |---|---|
    /// | `measurand_exports_total{exporter,result}` | exports by how they ended: `ok`, `failed`, or `missed` if the one before was still under way |
    /// | `measurand_exported_points_total{exporter}` | points that a receiver has taken |
    /// | `measurand_rejected_points_total{exporter}` | points that a receiver has not taken of exports that it took |
    /// | `measurand_export_duration_seconds{exporter}` | how long it took to send the last one |
    /// | `measurand_last_export_timestamp_seconds{exporter}` | when the last one was taken |
    ///
    /// # Errors
    ///
    /// If the registry has families of these names that are somebody else's.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::Registry;
    /// use measurand::export::{Console, Exporters};
    ///
    /// let registry = Registry::new();
    /// let exporters = Exporters::new().registry(&registry).metrics(&registry)?;
    /// let exporting = exporters.exporter(Console::new()).start()?;
    /// exporting.flush(Duration::from_secs(5))?;
    /// assert!(registry.to_text().contains("exports_total{exporter=\"console\",result=\"ok\"} 1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn metrics(self, registry: &Registry) -> Result<Exporters, ExportMetricsError> {
        Ok(Exporters { shown: Some(Shown::new(registry)?), ..self })
    }

    /// Starts to export, until the returned value is shut down or dropped. The first export comes after one interval.
    ///
    /// # Errors
    ///
    /// If the system gives no threads.
    pub fn start(self) -> io::Result<Exporting> {
        Exporting::start(self.source, self.exporters, self.shown)
    }
}

impl Default for Exporters {
    fn default() -> Exporters {
        Exporters::new()
    }
}

impl fmt::Debug for Exporters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles: Vec<_> = self.exporters.iter().map(|exporter| exporter.title()).collect();
        f.debug_struct("Exporters").field("exporters", &titles).finish_non_exhaustive()
    }
}
