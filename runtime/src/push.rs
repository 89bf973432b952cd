//! Pushing metrics to a [Pushgateway], for jobs that end before anyone scrapes them.
//!
//! A service that keeps running is not for this: have it scraped. A Pushgateway shows what it was last pushed for ever,
//! also after whoever pushed it is gone; it takes the place of `up`, by which a dead target is seen; and all that is
//! pushed depends on one process. See [When to use the Pushgateway].
//!
//! ```no_run
//! use measurand::push::Pushgateway;
//! use measurand::{Counter, Metrics};
//!
//! /// What the nightly backup has done.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_backup", global = METRICS)]
//! struct BackupMetrics {
//!     /// Files that were copied.
//!     copied_files_total: Counter,
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let gateway = Pushgateway::new("http://pushgateway.internal:9091", "backup")?
//!         .label("disk", "/srv/data")?
//!         .instance_of_process()
//!         .only(&METRICS)?;
//!     // It is pushed when this function returns or panics, or when the process is told to end.
//!     let _push = gateway.push_on_exit().at_sigterm()?;
//!     METRICS.copied_files_total.inc();
//!     Ok(())
//! }
//! ```
//!
//! # Groups
//!
//! A Pushgateway keeps what it is pushed by *group*: the job and the other labels of
//! [`label`](Pushgateway::label) and [`instance`](Pushgateway::instance), its grouping key.
//! [`push`](Pushgateway::push) replaces the whole group, [`add`](Pushgateway::add) only the families that are pushed, and
//! [`delete`](Pushgateway::delete) removes the group. A metric must not have a label of the grouping key, which the
//! Pushgateway would overwrite, and no point a time of its own, which it refuses: both are errors before anything is
//! sent.
//!
//! Every metric of a struct is pushed, also one that was never updated. So the time of the last success belongs into a
//! struct of its own, which only a run that has succeeded [adds](Pushgateway::add): pushed by a run that has failed, it
//! would be 0.
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
use crate::outgoing::{Client, Destination, Request, SendError};
use crate::registry::{Gather, Registries, Registry};
use checked::Checked;
use group::Group;

/// What is pushed.
type Source = Arc<dyn Gather + Send + Sync>;

/// A Pushgateway, and the group that is pushed to it.
///
/// Each push gathers and then blocks its thread until the gateway has answered, at most for the destination's
/// [time limit](Destination::timeout), 10 seconds unless it is said otherwise; in async code call it by
/// `spawn_blocking`. Where the gateway cannot be reached, or
/// answers 429 or 5xx, it is tried again within this limit. The module has an example.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`label`](Pushgateway::label) | none | a label of the grouping key |
/// | [`instance`](Pushgateway::instance), [`instance_of_process`](Pushgateway::instance_of_process) | none, and a warning | its label `instance` |
/// | [`without_instance`](Pushgateway::without_instance) | | no warning |
/// | [`only`](Pushgateway::only), [`registry`](Pushgateway::registry), [`source`](Pushgateway::source) | the global registry | what is pushed; several are pushed together |
/// | [`text`](Pushgateway::text) | protobuf | the format |
/// | [`utf8_names`](Pushgateway::utf8_names) | no | names in UTF-8 as they are |
#[derive(Clone)]
#[must_use = "nothing is pushed until `push`, `add` or `push_on_exit` is called"]
pub struct Pushgateway {
    destination: Destination,
    client: Arc<Client>,
    group: Group,
    /// Nothing is the global registry.
    sources: Vec<Source>,
    /// The structs of [`only`](Pushgateway::only), which are among the sources.
    structs: Option<Registry>,
    format: Format,
    escaping: Escaping,
    warns: bool,
}

impl Pushgateway {
    /// Makes a Pushgateway of its URL, and of the name of the job, which is the label `job` of the grouping key.
    ///
    /// # Errors
    ///
    /// If nothing can be sent to the URL, or if the name of the job is empty.
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
    /// If the name of the job is empty.
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

    /// Adds a label to the grouping key. One of the same name that was set before is replaced.
    ///
    /// The value may be any text. An empty one is kept as a label of the group, and is no label of its metrics.
    ///
    /// # Errors
    ///
    /// If no label can be called so: the name is reserved, it is `job`, or it has other characters than `a-z`, `A-Z`, `0-9`
    /// and `_`, which only [`utf8_names`](Pushgateway::utf8_names) allows.
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

    /// Sets the label `instance` of the grouping key, which tells this run's metrics from those of others that run at the
    /// same time.
    ///
    /// Without one, runs of a job replace each other's metrics. The first push of a process that has none warns in the
    /// log, unless it is said to be meant by [`without_instance`](Pushgateway::without_instance).
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

    /// Sets the label `instance` to the name of the host and the number of this process, such as `db-7:4711`.
    ///
    /// Each run then leaves a group of its own in the gateway, which stays there: [delete](Pushgateway::delete_on_drop)
    /// those that nobody looks at any more.
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

    /// States that the job has no label `instance`, since no two runs of it are there at the same time. So nothing warns
    /// of it.
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

    /// Pushes the metrics of this static struct, and those of others that it is called with, instead of all of the global
    /// registry.
    ///
    /// Prefixes and labels that are set on the global registry do not concern it.
    ///
    /// # Errors
    ///
    /// If a family of the struct conflicts with one of those before.
    ///
    /// ```
    /// use measurand::push::Pushgateway;
    /// use measurand::{Counter, Metrics};
    ///
    /// /// What the backup has done.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_push_only")]
    /// struct BackupMetrics {
    ///     /// Files that were copied.
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

    /// Pushes the metrics of this registry instead of those of the global one.
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

    /// Pushes what `source` gathers instead of the global registry, such as a part of a registry; the page of [`Gather`]
    /// has one of that.
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

    /// Pushes text format 0.0.4 instead of protobuf, for a gateway that takes no other. Text has no native histograms,
    /// and says not since when a series counts.
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

    /// Pushes names in UTF-8 as they are, which [`utf8`](crate::Metrics) allows, instead of with a `_` for each character
    /// that older versions of Prometheus do not know. Labels that are set afterwards may have such names too.
    ///
    /// Only a Pushgateway from version 1.11 on that was started with `--push.enable-utf8-names` knows them. Another one
    /// refuses the metrics, or takes the labels of the grouping key by other names.
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

    /// The path of the group's URL, below that of the destination.
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

    /// Pushes the metrics: they replace all that the group had (`PUT`).
    ///
    /// # Errors
    ///
    /// - If a metric has a label of the grouping key, or a time of its own. Nothing was sent then.
    /// - If there is no memory for the page. Nothing was sent then.
    /// - If the gateway did not take it within the time limit.
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

    /// Pushes the metrics: they replace the families of the same names that the group had, and leave it the others
    /// (`POST`).
    ///
    /// # Errors
    ///
    /// As [`push`](Pushgateway::push).
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

    /// Removes the group with all its metrics (`DELETE`). One that is not there is no error.
    ///
    /// # Errors
    ///
    /// If the gateway did not take it within the time limit.
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

    /// Removes the group when what is returned is dropped, also by a panic. What goes wrong is logged.
    ///
    /// It is for metrics that only matter while the job runs.
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

    /// Pushes once when what is returned is dropped: where the job returns or panics. The metrics replace all that the
    /// group had. What goes wrong is logged.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("db-7");
    /// let _push = gateway.push_on_exit();
    /// // … the job …
    /// # Ok::<(), measurand::push::PushError>(())
    /// ```
    pub fn push_on_exit(&self) -> PushOnExit {
        PushOnExit::new(self.clone(), Method::PUT)
    }

    /// Like [`push_on_exit`](Pushgateway::push_on_exit), but [adds](Pushgateway::add) the metrics to the group.
    ///
    /// ```no_run
    /// use measurand::push::Pushgateway;
    ///
    /// let gateway = Pushgateway::new("http://localhost:9091", "backup")?.instance("db-7");
    /// let _push = gateway.add_on_exit();
    /// // … the job …
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
        let checked = Checked::new(source, &self.group);
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
        let request = Request { method, path: self.path(), headers, body: page };
        self.client.send(request, self.destination.time_limit(), is_retried)?;
        Ok(())
    }
}

/// Whether it may be otherwise the next time. Each request can be repeated: it says what there is to be, not what is to
/// change.
fn is_retried(error: &SendError) -> bool {
    match error {
        SendError::Unreachable { .. } => true,
        // What the gateway, or what is before it, will never do.
        SendError::Refused { status: 501 | 505, .. } => false,
        SendError::Refused { status, .. } => matches!(status, 429 | 500..=599),
        _ => false,
    }
}

/// Most jobs have one gateway, and push at their end.
#[cold]
fn warn_once() {
    static WARNED: AtomicBool = AtomicBool::new(false);
    if !WARNED.swap(true, Ordering::Relaxed) {
        log::warn!(
            "metrics are pushed without a label `instance`: runs of the job that overlap replace each other's\n\
             help: set it by `Pushgateway::instance` or `instance_of_process`, or say by `without_instance` that it is meant"
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
