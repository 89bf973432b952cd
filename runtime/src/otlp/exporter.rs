//! The exporter.

use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::answer::RejectedPoints;
use super::delta::{Deltas, Temporality};
use super::encoder::Encoder;
use super::requests::EncodedRequests;
use super::resource::Resource;
use super::transport::{FailedSend, Transport};
use crate::export::{ExportError, Exporter, Schedule, Sent};
use crate::exposition::EncodeError;
use crate::outgoing::Destination;
use crate::registry::Gather;
use crate::sync::unpoisoned;

/// Sends metrics by OTLP, over HTTP or gRPC.
///
/// ```no_run
/// use std::time::Duration;
/// use measurand::Registry;
/// use measurand::export::Exporters;
/// use measurand::otlp::{OtlpExporter, Resource};
/// use measurand::outgoing::Destination;
///
/// let collector = Destination::new("http://collector.internal:4318/v1/metrics")?
///     .header("X-Scope-OrgID", "tenant-7")?;
/// let exporting = Exporters::new()
///     .metrics(Registry::global())?
///     .exporter(OtlpExporter::http(collector, Resource::new("shop")).gzip(true))
///     .start()?;
/// // … run the service …
/// exporting.shutdown(Duration::from_secs(5))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As the [specification] requires, a request is retried if there is no connection or no response,
/// and if the status is 429, 502, 503 or 504. The waits in between grow, or follow `Retry-After`.
/// Any other status than 2xx is final. Over gRPC, requests are retried after `CANCELLED`,
/// `DEADLINE_EXCEEDED`, `ABORTED`, `OUT_OF_RANGE`, `UNAVAILABLE` and `DATA_LOSS`, and after
/// `RESOURCE_EXHAUSTED` if that says how long to wait. If a receiver accepts a request but rejects
/// some of its points, these are logged, counted and not sent again. A failed export is not kept,
/// since the next one includes it.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`interval`](OtlpExporter::interval) | 60 s | the time between two exports |
/// | [`timeout`](OtlpExporter::timeout) | 30 s | the time limit of an export |
/// | [`gzip`](OtlpExporter::gzip) | no | whether requests are compressed |
/// | [`max_request_bytes`](OtlpExporter::max_request_bytes) | 4 MiB | the maximum size of a request |
/// | [`temporality`](OtlpExporter::temporality) | cumulative | whether counters and histograms are cumulative or deltas |
/// | [`name`](OtlpExporter::name) | `otlp` | its name in logs, errors and metrics |
///
/// Each request, with all its attempts, has the time limit of its [`Destination::timeout`]; all
/// requests of an export together have that of [`timeout`](OtlpExporter::timeout).
///
/// [specification]: https://opentelemetry.io/docs/specs/otlp/#protocol-details
#[must_use = "it sends nothing until it is passed to `Exporters::exporter`"]
pub struct OtlpExporter {
    name: String,
    transport: Transport,
    encoder: Encoder,
    schedule: Schedule,
    temporality: Temporality,
    /// The encoded requests, and the state of deltas.
    state: Mutex<Sending>,
}

#[derive(Default)]
struct Sending {
    requests: EncodedRequests,
    /// Set if deltas are sent.
    deltas: Option<Deltas>,
}

impl OtlpExporter {
    /// Creates an exporter that sends the metrics of `resource` to `destination` over HTTP.
    ///
    /// The URL of the destination must be complete: for most receivers its path is `/v1/metrics`.
    ///
    /// ```
    /// use measurand::otlp::{OtlpExporter, Resource};
    /// use measurand::outgoing::Destination;
    ///
    /// let collector = Destination::new("http://collector.internal:4318/v1/metrics")?;
    /// let exporter = OtlpExporter::http(collector, Resource::new("shop"));
    /// # drop(exporter);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn http(destination: Destination, resource: Resource) -> OtlpExporter {
        OtlpExporter::by(Transport::http(destination), resource)
    }

    /// Creates an exporter that sends the metrics of `resource` to `destination` over gRPC.
    ///
    /// The URL of the destination has no path. Proxies are not supported, and connections are not
    /// kept alive between exports: a new one is opened if the old one was closed meanwhile.
    ///
    /// ```
    /// use measurand::otlp::{OtlpExporter, Resource};
    /// use measurand::outgoing::Destination;
    ///
    /// let collector = Destination::new("http://collector.internal:4317")?;
    /// let exporter = OtlpExporter::grpc(collector, Resource::new("shop"));
    /// # drop(exporter);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    #[cfg(feature = "otlp-grpc")]
    pub fn grpc(destination: Destination, resource: Resource) -> OtlpExporter {
        OtlpExporter::by(Transport::grpc(destination), resource)
    }

    fn by(transport: Transport, resource: Resource) -> OtlpExporter {
        OtlpExporter {
            name: "otlp".to_owned(),
            transport,
            encoder: Encoder::new(resource),
            schedule: Schedule::default(),
            temporality: Temporality::default(),
            state: Mutex::default(),
        }
    }

    /// Sets the time between two exports, at least a millisecond. The default is a minute.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::otlp::{OtlpExporter, Resource};
    /// use measurand::outgoing::Destination;
    ///
    /// let collector = Destination::new("http://localhost:4318/v1/metrics")?;
    /// let exporter = OtlpExporter::http(collector, Resource::new("shop"))
    ///     .interval(Duration::from_secs(10))
    ///     .timeout(Duration::from_secs(5));
    /// # drop(exporter);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn interval(self, interval: Duration) -> OtlpExporter {
        OtlpExporter { schedule: self.schedule.with_interval(interval), ..self }
    }

    /// Sets the time limit of an export, from its gather on: all requests, with all attempts and
    /// the waits between them. The default is 30 seconds.
    pub fn timeout(self, timeout: Duration) -> OtlpExporter {
        OtlpExporter { schedule: Schedule { timeout, ..self.schedule }, ..self }
    }

    /// Sets whether requests are compressed by gzip, which takes processor time and saves most of
    /// the bytes. The default is no.
    pub fn gzip(self, gzip: bool) -> OtlpExporter {
        OtlpExporter { transport: self.transport.with_gzip(gzip), ..self }
    }

    /// Sets the maximum size of a request, as [`Encoder::max_request_bytes`] does.
    ///
    /// ```
    /// use measurand::otlp::{OtlpExporter, Resource};
    /// use measurand::outgoing::Destination;
    ///
    /// let vendor = Destination::new("http://otlp.vendor.example/v1/metrics")?;
    /// let exporter = OtlpExporter::http(vendor, Resource::new("shop"))
    ///     .max_request_bytes(512 << 10)
    ///     .gzip(true);
    /// # drop(exporter);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn max_request_bytes(self, bytes: usize) -> OtlpExporter {
        OtlpExporter { encoder: self.encoder.max_request_bytes(bytes), ..self }
    }

    /// Sets whether counters and histograms are sent as cumulative values, which is the default, or
    /// as deltas.
    ///
    /// ```
    /// use measurand::otlp::{OtlpExporter, Resource, Temporality};
    /// use measurand::outgoing::Destination;
    ///
    /// let vendor = Destination::new("http://otlp.vendor.example/v1/metrics")?;
    /// let exporter = OtlpExporter::http(vendor, Resource::new("shop")).temporality(Temporality::Delta);
    /// # drop(exporter);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn temporality(self, temporality: Temporality) -> OtlpExporter {
        let deltas = (temporality == Temporality::Delta).then(Deltas::default);
        let state = Mutex::new(Sending { deltas, ..Sending::default() });
        OtlpExporter { temporality, state, ..self }
    }

    /// Sets the name in logs, errors and metrics, to distinguish several exporters. The default is
    /// `otlp`.
    ///
    /// ```
    /// use measurand::export::Exporters;
    /// use measurand::otlp::{OtlpExporter, Resource};
    /// use measurand::outgoing::Destination;
    ///
    /// let exporter = |name: &str, url: &str| {
    ///     let destination = Destination::new(url)?;
    ///     Ok(OtlpExporter::http(destination, Resource::new("shop")).name(name))
    /// };
    /// let exporters = Exporters::new()
    ///     .exporter(exporter("collector", "http://collector.internal:4318/v1/metrics")?)
    ///     .exporter(exporter("vendor", "http://otlp.vendor.example/v1/metrics")?);
    /// # drop(exporters);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn name(self, name: impl Into<String>) -> OtlpExporter {
        OtlpExporter { name: name.into(), ..self }
    }

    fn state(&self) -> MutexGuard<'_, Sending> {
        unpoisoned(self.state.lock())
    }

    /// Takes the state out, so that no user code is called while it is locked.
    fn take_state(&self) -> TakenState<'_> {
        TakenState { exporter: self, state: std::mem::take(&mut *self.state()) }
    }

    /// Sends all requests. The others are sent even if the receiver refuses one, but not if there
    /// is no receiver. Calls `taken` with the index of each accepted request.
    fn send_requests(
        &self,
        requests: &EncodedRequests,
        limit: Duration,
        mut taken: impl FnMut(usize),
    ) -> Result<Sent, ExportError> {
        let start = Instant::now();
        let each = self.transport.destination().time_limit();
        let (mut sent, mut refused) = (Sent::default(), None);
        for (index, (body, points)) in requests.with_points().enumerate() {
            let left = limit.saturating_sub(start.elapsed());
            match self.transport.send(body, each.min(left)) {
                Ok(answer) => {
                    taken(index);
                    let rejected = self.rejected(&answer).min(points);
                    sent.points += points - rejected;
                    sent.rejected += rejected;
                }
                Err(FailedSend { error, is_of_request: false }) => {
                    return Err(ExportError::Send(error));
                }
                Err(FailedSend { error, .. }) => {
                    refused.get_or_insert(ExportError::Send(error));
                }
            }
        }
        refused.map_or(Ok(sent), Err)
    }

    /// Returns how many points of an accepted request were rejected.
    fn rejected(&self, answer: &[u8]) -> u64 {
        let rejected = RejectedPoints::of(answer);
        if !rejected.is_nothing() {
            let url = self.transport.destination().url();
            let message = self.transport.shown(&rejected.message);
            log::warn!("{url} rejected {} points: {message}", rejected.points);
        }
        rejected.points
    }
}

/// The state while it is used. It is put back even if a source panics.
struct TakenState<'a> {
    exporter: &'a OtlpExporter,
    state: Sending,
}

impl Drop for TakenState<'_> {
    fn drop(&mut self) {
        *self.exporter.state() = std::mem::take(&mut self.state);
    }
}

impl Exporter for OtlpExporter {
    fn title(&self) -> &str {
        &self.name
    }

    fn schedule(&self) -> Schedule {
        self.schedule
    }

    fn encode(&self, source: &dyn Gather) -> Result<(), EncodeError> {
        let mut taken = self.take_state();
        let Sending { requests, deltas } = &mut taken.state;
        match deltas {
            Some(deltas) => self.encoder.encode_deltas(source, deltas, requests),
            None => self.encoder.encode(source, requests),
        }
    }

    fn send(&self, limit: Duration) -> Result<Sent, ExportError> {
        let mut state = self.take_state();
        let Sending { requests, deltas } = &mut state.state;
        let mut taken = vec![false; requests.len()];
        let sent = self.send_requests(requests, limit, |index| taken[index] = true);
        if let Some(deltas) = deltas {
            deltas.sent(|request| taken.get(request).is_some_and(|is_taken| *is_taken));
        }
        sent
    }

    fn interrupt(&self) {
        self.transport.interrupt();
    }
}

impl fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpExporter")
            .field("name", &self.name)
            .field("transport", &self.transport)
            .field("schedule", &self.schedule)
            .field("temporality", &self.temporality)
            .finish_non_exhaustive()
    }
}
