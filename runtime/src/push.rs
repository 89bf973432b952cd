//! Pushing metrics to a [Pushgateway], for jobs that end before they are scraped.
//!
//! Do not push the metrics of a long-running service: let it be scraped. A Pushgateway shows the
//! last push forever, even when the process that pushed is gone; the metric `up`, which reveals
//! dead targets, is lost; and everything depends on a single process. See [When to use the
//! Pushgateway].
//!
//! ```no_run
//! use measurand::push::Pushgateway;
//! use measurand::{Counter, Metrics};
//!
//! /// Metrics of the nightly backup.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_backup", global = METRICS)]
//! struct BackupMetrics {
//!     /// Files copied.
//!     copied_files_total: Counter,
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let gateway = Pushgateway::new("http://pushgateway.internal:9091", "backup")?
//!         .label("disk", "/srv/data")?
//!         .instance_of_process()
//!         .only(&METRICS)?;
//!     // Pushes when this function returns or panics, or at `SIGTERM`.
//!     let _push = gateway.push_on_exit().at_sigterm()?;
//!     METRICS.copied_files_total.inc();
//!     Ok(())
//! }
//! ```
//!
//! # Groups
//!
//! A Pushgateway keeps pushed metrics by *group*, which is identified by its grouping key: the job,
//! and the labels set with [`label`](Pushgateway::label) and [`instance`](Pushgateway::instance).
//! [`push`](Pushgateway::push) replaces the whole group, [`add`](Pushgateway::add) only the pushed
//! families, and [`delete`](Pushgateway::delete) removes the group. A metric must not have a label
//! of the grouping key, which the Pushgateway would overwrite, and no point may have its own time,
//! which it refuses: both are errors before anything is sent.
//!
//! Every metric of a struct is pushed, even one that was never updated. So the time of the last
//! success belongs in a separate struct, which only a successful run [adds](Pushgateway::add): a
//! failed run would push it as 0.
//!
//! [Pushgateway]: https://github.com/prometheus/pushgateway
//! [When to use the Pushgateway]: https://prometheus.io/docs/practices/pushing/

mod checked;
mod error;
mod exit;
mod group;
mod on_exit;
mod only;
#[cfg(unix)]
mod signal;

pub use error::PushError;
pub use on_exit::{DeleteOnDrop, PushOnExit};
pub use only::StaticMetrics;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ureq::http::header::CONTENT_TYPE;
use ureq::http::{HeaderValue, Method};

use crate::exposition::{Encoder, Escaping, Format};
use crate::outgoing::{Client, Destination, OutgoingRequest, SendError};
use crate::registry::{Gather, Registries, Registry, SharedGather};
use checked::CheckedSource;
use group::Group;

/// A Pushgateway and a group in it.
///
/// Each push gathers, and blocks its thread until the gateway has answered, at most for the
/// destination's [time limit](Destination::timeout), 10 seconds by default; in async code use
/// `spawn_blocking`. If the gateway cannot be reached, or answers 429 or 5xx, the push is retried
/// within this limit. The [module](self) has an example.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`label`](Pushgateway::label) | none | a label of the grouping key |
/// | [`instance`](Pushgateway::instance), [`instance_of_process`](Pushgateway::instance_of_process) | none, and a warning | its label `instance` |
/// | [`without_instance`](Pushgateway::without_instance) | | silences that warning |
/// | [`only`](Pushgateway::only), [`registry`](Pushgateway::registry), [`source`](Pushgateway::source) | the global registry | what is pushed; several are pushed together |
/// | [`text`](Pushgateway::text) | protobuf | uses text format 0.0.4 |
/// | [`utf8_names`](Pushgateway::utf8_names) | no | sends names in UTF-8 as they are |
#[derive(Clone)]
#[must_use = "nothing is pushed until `push`, `add` or `push_on_exit` is called"]
pub struct Pushgateway {
    destination: Destination,
    client: Arc<Client>,
    group: Group,
    /// The sources; if it is empty, the global registry.
    sources: Vec<SharedGather>,
    /// The structs of [`only`](Pushgateway::only), which are among the sources.
    structs: Option<Registry>,
    format: Format,
    escaping: Escaping,
    warns: bool,
}

impl Pushgateway {
    /// Creates a Pushgateway from its URL and the name of the job, which is the label `job` of the
    /// grouping key.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL is not supported, or if the name of the job is empty.
    ///
    /// ```
    /// use measurand::push::{PushError, Pushgateway};
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?;
    /// assert_eq!(gateway.path(), "/metrics/job/backup");
    /// assert!(matches!(Pushgateway::new("http://localhost:9091", ""), Err(PushError::EmptyJob)));
    /// # Ok::<(), PushError>(())
    /// ```
    pub fn new(url: &str, job: &str) -> Result<Pushgateway, PushError> {
        Pushgateway::at(Destination::new(url)?, job)
    }

    /// Like [`new`](Pushgateway::new), with credentials, TLS or another time limit.
    ///
    /// # Errors
    ///
    /// Returns an error if the name of the job is empty.
    ///
    /// ```
    /// use measurand::outgoing::Destination;
    /// use measurand::push::Pushgateway;
    ///
    /// let destination = Destination::new("http://localhost:9091")?.basic("job", "secret")?;
    /// let gateway = Pushgateway::at(destination, "backup")?;
    /// # drop(gateway);
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn at(destination: Destination, job: &str) -> Result<Pushgateway, PushError> {
        Ok(Pushgateway {
            client: Arc::new(Client::new(destination.clone())),
            destination,
            group: Group::new(job)?,
            sources: Vec::new(),
            structs: None,
            format: Format::Protobuf,
            escaping: Escaping::Underscores,
            warns: true,
        })
    }

    /// Adds a label to the grouping key, or replaces an earlier one of the same name.
    ///
    /// The value may be any string. An empty one is part of the grouping key, but not a label of
    /// the metrics.
    ///
    /// # Errors
    ///
    /// Returns an error if the name is not valid: it is reserved or `job`, or has characters other
    /// than `a-z`, `A-Z`, `0-9` and `_`, which only [`utf8_names`](Pushgateway::utf8_names) allows.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "nightly backup")?;
    /// let gateway = gateway.label("disk", "/srv")?.label("shard", "7")?;
    /// assert_eq!(gateway.path(), "/metrics/job/nightly%20backup/disk@base64/L3Nydg/shard/7");
    /// assert!(gateway.label("disk-name", "sda").is_err());
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn label(mut self, name: &str, value: &str) -> Result<Pushgateway, PushError> {
        self.group.set(name, value)?;
        Ok(self)
    }

    /// Sets the label `instance` of the grouping key, which distinguishes the metrics of concurrent
    /// runs.
    ///
    /// Without one, runs of a job replace each other's metrics. The first such push of a process
    /// logs a warning, unless [`without_instance`](Pushgateway::without_instance) is used.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("db-7");
    /// assert_eq!(gateway.path(), "/metrics/job/backup/instance/db-7");
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn instance(mut self, instance: &str) -> Pushgateway {
        self.group.set_instance(instance);
        self
    }

    /// Sets the label `instance` to the host name and the process ID, such as `db-7:4711`.
    ///
    /// Each run then leaves its own group in the gateway: [delete](Pushgateway::delete_on_drop)
    /// those that are no longer needed.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance_of_process();
    /// assert!(gateway.path().ends_with(&format!("%3A{}", std::process::id())));
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn instance_of_process(self) -> Pushgateway {
        let host = gethostname::gethostname();
        let instance = format!("{}:{}", host.to_string_lossy(), std::process::id());
        self.instance(&instance)
    }

    /// Removes the label `instance`, and silences the warning, for a job whose runs never overlap.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.without_instance();
    /// assert_eq!(gateway.path(), "/metrics/job/backup");
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn without_instance(mut self) -> Pushgateway {
        self.group.unset_instance();
        Pushgateway { warns: false, ..self }
    }

    /// Pushes the metrics of a static struct instead of the whole global registry. It may be called
    /// with several structs.
    ///
    /// Prefixes and labels of the global registry do not apply.
    ///
    /// # Errors
    ///
    /// Returns an error if a family of the struct conflicts with one of an earlier struct.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    /// use measurand::{Counter, Metrics};
    ///
    /// /// Metrics of the backup.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_push_only")]
    /// struct BackupMetrics {
    ///     /// Files copied.
    ///     copied_files_total: Counter,
    /// }
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.only(BackupMetrics::global())?;
    /// # drop(gateway);
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn only<T: StaticMetrics>(mut self, metrics: &'static T) -> Result<Pushgateway, PushError> {
        let registry = match &self.structs {
            Some(registry) => registry.clone(),
            None => {
                let registry = Registry::new();
                self.structs = Some(registry.clone());
                self.sources.push(Arc::new(registry.clone()));
                registry
            }
        };
        metrics.register_in(&registry).map_err(|error| PushError::Register(Box::new(error)))?;
        Ok(self)
    }

    /// Pushes the metrics of a registry instead of the global one.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::push::Pushgateway;
    ///
    /// let registry = Registry::new();
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.registry(&registry);
    /// # drop(gateway);
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn registry(self, registry: &Registry) -> Pushgateway {
        self.source(registry.clone())
    }

    /// Pushes another source instead of the global registry, such as part of a registry; [`Gather`]
    /// has an example.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::push::Pushgateway;
    /// use measurand::registry::Registries;
    ///
    /// let [core, plugins] = [Registry::new(), Registry::new()];
    /// let both = Registries::new([core, plugins]);
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.source(both);
    /// # drop(gateway);
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn source(mut self, source: impl Gather + Send + Sync + 'static) -> Pushgateway {
        self.sources.push(Arc::new(source));
        self
    }

    /// Pushes in text format 0.0.4 instead of protobuf, for gateways that accept nothing else. Text
    /// has no native histograms, and does not show since when a series counts.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.text();
    /// # drop(gateway);
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn text(self) -> Pushgateway {
        Pushgateway { format: Format::Text, ..self }
    }

    /// Pushes names in UTF-8 as they are, which need [`utf8`](crate::Metrics), instead of with a
    /// `_` for each character that older versions of Prometheus do not support. Labels that are set
    /// afterwards may also have such names.
    ///
    /// This needs a Pushgateway of version 1.11 or later that was started with
    /// `--push.enable-utf8-names`. Others refuse the metrics, or change the label names of the
    /// grouping key.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.utf8_names();
    /// let gateway = gateway.label("disk.name", "sda")?;
    /// assert_eq!(gateway.path(), "/metrics/job/backup/U__disk_2e_name/sda");
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn utf8_names(mut self) -> Pushgateway {
        self.group.allow_utf8();
        Pushgateway { escaping: Escaping::AllowUtf8, ..self }
    }

    /// Returns the path of the group's URL, relative to the destination.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("");
    /// assert_eq!(gateway.path(), "/metrics/job/backup/instance@base64/=");
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn path(&self) -> String {
        self.group.path()
    }

    /// Pushes the metrics, and replaces the whole group (`PUT`).
    ///
    /// # Errors
    ///
    /// Returns an error
    ///
    /// - if a metric has a label of the grouping key, or a point with its own time; nothing is
    ///   sent;
    /// - if there is not enough memory for the page; nothing is sent;
    /// - if the gateway does not accept it within the time limit.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// Pushgateway::new("http://localhost:9091", "backup")?.without_instance().push()?;
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    #[doc(alias = "push_metrics")]
    pub fn push(&self) -> Result<(), PushError> {
        self.send(Method::PUT)
    }

    /// Pushes the metrics, and replaces only families of the same names in the group (`POST`).
    ///
    /// # Errors
    ///
    /// Returns the errors of [`push`](Pushgateway::push).
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// Pushgateway::new("http://localhost:9091", "backup")?.without_instance().add()?;
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    #[doc(alias = "push_add_metrics")]
    pub fn add(&self) -> Result<(), PushError> {
        self.send(Method::POST)
    }

    /// Deletes the group with all its metrics (`DELETE`). It is not an error if there is none.
    ///
    /// # Errors
    ///
    /// Returns an error if the gateway does not accept it within the time limit.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// Pushgateway::new("http://localhost:9091", "backup")?.delete()?;
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn delete(&self) -> Result<(), PushError> {
        self.request(Method::DELETE, None)
    }

    /// Deletes the group when the returned guard is dropped, even by a panic. Errors are logged.
    ///
    /// Use it for metrics that only matter while the job runs.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance_of_process();
    /// let _group = gateway.delete_on_drop();
    /// gateway.push()?;
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn delete_on_drop(&self) -> DeleteOnDrop {
        DeleteOnDrop::new(self.clone())
    }

    /// Pushes once when the returned guard is dropped, as when the job returns or panics, and
    /// replaces the whole group. Errors are logged.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("db-7");
    /// let _push = gateway.push_on_exit();
    /// // … run the job …
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn push_on_exit(&self) -> PushOnExit {
        PushOnExit::new(self.clone(), Method::PUT)
    }

    /// Like [`push_on_exit`](Pushgateway::push_on_exit), but [adds](Pushgateway::add) the metrics
    /// to the group.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("db-7");
    /// let _push = gateway.add_on_exit();
    /// // … run the job …
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn add_on_exit(&self) -> PushOnExit {
        PushOnExit::new(self.clone(), Method::POST)
    }

    fn send(&self, method: Method) -> Result<(), PushError> {
        if self.warns && !self.group.has_instance() {
            warn_once();
        }
        let page = match &*self.sources {
            [] => self.page(Registry::global()),
            [only] => self.page(only),
            several => self.page(&Registries::new(several.iter().cloned())),
        }?;
        self.request(method, Some(page))
    }

    fn page(&self, source: &dyn Gather) -> Result<Vec<u8>, PushError> {
        let checked = CheckedSource::new(source, &self.group);
        let mut page = Vec::new();
        let encoder = Encoder::new(self.format).escaping(self.escaping);
        let encoded = encoder.encode(&checked, &mut page);
        checked.into_result()?;
        encoded?;
        Ok(page)
    }

    fn request(&self, method: Method, page: Option<Vec<u8>>) -> Result<(), PushError> {
        let content_type = HeaderValue::from_static(self.format.content_type());
        let headers = page.iter().map(|_| (CONTENT_TYPE, content_type.clone())).collect();
        let request = OutgoingRequest { method, path: self.path(), headers, body: page };
        self.client.send(request, self.destination.time_limit(), is_retried)?;
        Ok(())
    }
}

/// Returns whether a retry may succeed. All requests are idempotent, so any can be repeated.
fn is_retried(error: &SendError) -> bool {
    match error {
        SendError::Unreachable { .. } => true,
        // The gateway, or a proxy, does not support the request.
        SendError::Refused { status: 501 | 505, .. } => false,
        SendError::Refused { status, .. } => matches!(status, 429 | 500..=599),
        _ => false,
    }
}

/// Warns, once for each process, that there is no label `instance`.
#[cold]
fn warn_once() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        log::warn!(
            "metrics are pushed without a label `instance`: overlapping runs of the job replace each other's\n\
             help: set it with `Pushgateway::instance` or `instance_of_process`, or call `without_instance` if this is intended"
        );
    }
}

impl fmt::Debug for Pushgateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushgateway")
            .field("destination", &self.destination)
            .field("group", &self.group)
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
