//! The builder of exports.

use std::fmt;
use std::io;
use std::sync::Arc;

use super::error::ExportMetricsError;
use super::exporter::Exporter;
use super::exporting::Exporting;
use super::families::ExportFamilies;
use crate::registry::{Gather, Registry, SharedGather};

/// A builder of exports: a source, and exporters, each with its own interval. The [module](super)
/// has an example.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`registry`](Exporters::registry) | [`Registry::global`] | the registry to export |
/// | [`source`](Exporters::source) | | another source to export, instead of a registry |
/// | [`exporter`](Exporters::exporter) | none | adds an exporter |
/// | [`metrics`](Exporters::metrics) | none | adds metrics of the exports to a registry |
#[must_use = "nothing is exported until `start` is called"]
pub struct Exporters {
    source: SharedGather,
    exporters: Vec<Arc<dyn Exporter>>,
    shown: Option<ExportFamilies>,
}

impl Exporters {
    /// Creates a builder for [`Registry::global`], without exporters.
    pub fn new() -> Exporters {
        let source = Arc::new(Registry::global().clone());
        Exporters { source, exporters: Vec::new(), shown: None }
    }

    /// Sets the registry to export.
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

    /// Sets what to export, such as part of a registry; [`Gather`] has an example.
    ///
    /// If `source` panics, that export fails, and the next one comes after the interval.
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

    /// Adds metrics of the exports to a registry, until they are shut down. Exporters of the same
    /// name share their series.
    ///
    /// | family | shows |
    /// |---|---|
    /// | `measurand_exports_total{exporter,result}` | exports by result: `ok`, `failed`, or `missed` if the previous one was still in progress |
    /// | `measurand_exported_points_total{exporter}` | points that the receiver accepted |
    /// | `measurand_rejected_points_total{exporter}` | points that the receiver rejected in exports that it accepted |
    /// | `measurand_export_duration_seconds{exporter}` | the time it took to send the last export |
    /// | `measurand_last_export_timestamp_seconds{exporter}` | when the last export was accepted |
    ///
    /// # Errors
    ///
    /// Returns an error if the registry has other families of these names.
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
        Ok(Exporters { shown: Some(ExportFamilies::new(registry)?), ..self })
    }

    /// Starts exporting, until the returned value is shut down or dropped. The first export comes
    /// after one interval.
    ///
    /// # Errors
    ///
    /// Returns an error if a thread cannot be spawned.
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
