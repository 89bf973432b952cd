//! Sending requests at an interval.

use std::fmt;
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::answer::Rejected;
use super::delta::{Deltas, Temporality};
use super::encoder::Encoder;
use super::requests::Requests;
use super::resource::Resource;
use super::transport::{Failed, Transport};
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
/// // … the service works …
/// exporting.shutdown(Duration::from_secs(5))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// As the [specification] says, a request is retried if there is no connection or no answer, and if the answer is 429,
/// 502, 503 or 504; the waits in between grow, or are as long as `Retry-After` says. Any other answer than 2xx is final. Over
/// gRPC it is retried for `CANCELLED`, `DEADLINE_EXCEEDED`, `ABORTED`, `OUT_OF_RANGE`, `UNAVAILABLE` and `DATA_LOSS`, and for
/// `RESOURCE_EXHAUSTED` if that says how long to wait.
/// Points that a receiver rejects of a request that it takes are logged and counted, and not sent again. A failed export
/// is not kept, since the next one has all of it.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`interval`](OtlpExporter::interval) | 60 s | the time between two exports |
/// | [`timeout`](OtlpExporter::timeout) | 30 s | how long an export may take |
/// | [`gzip`](OtlpExporter::gzip) | no | whether requests are compressed |
/// | [`max_request_bytes`](OtlpExporter::max_request_bytes) | 4 MiB | how long a request is at most |
/// | [`temporality`](OtlpExporter::temporality) | cumulative | whether counters and histograms are cumulative or deltas |
/// | [`name`](OtlpExporter::name) | `otlp` | its name in logs, errors and metrics |
///
/// Each request, with all its attempts, has the time of [`Destination::timeout`]; all requests of an export together have
/// that of [`timeout`](OtlpExporter::timeout).
///
/// [specification]: https://opentelemetry.io/docs/specs/otlp/#protocol-details
#[must_use = "it sends nothing until it is handed to `Exporters::exporter`"]
pub struct OtlpExporter {
    name: String,
    transport: Transport,
    encoder: Encoder,
    schedule: Schedule,
    temporality: Temporality,
    /// What is sent next, and what was sent.
    state: Mutex<Sending>,
}

#[derive(Default)]
struct Sending {
    requests: Requests,
    /// Of an exporter that sends deltas.
    deltas: Option<Deltas>,
}

impl OtlpExporter {
    /// Makes an exporter that sends to `destination` over HTTP what is measured of `resource`.
    ///
    /// The URL of the destination is used as it is, so it includes the path, which is `/v1/metrics` for most receivers.
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

    /// Makes an exporter that sends to `destination` over gRPC what is measured of `resource`.
    ///
    /// The URL of the destination has no path. No proxy is asked, and connections are not kept alive between exports:
    /// where one was closed meanwhile, another one is made.
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

    /// Sets the time between two exports, instead of a minute; at least a millisecond.
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

    /// Sets how long an export may take, instead of 30 seconds, from its gather on: all requests, with all attempts
    /// and the waits between them.
    pub fn timeout(self, timeout: Duration) -> OtlpExporter {
        OtlpExporter { schedule: Schedule { timeout, ..self.schedule }, ..self }
    }

    /// Sets whether requests are compressed by gzip, which takes processor time and saves most of the bytes.
    pub fn gzip(self, gzip: bool) -> OtlpExporter {
        OtlpExporter { transport: self.transport.with_gzip(gzip), ..self }
    }

    /// Sets how many bytes a request has at most, as [`Encoder::max_request_bytes`] does.
    pub fn max_request_bytes(self, bytes: usize) -> OtlpExporter {
        OtlpExporter { encoder: self.encoder.max_request_bytes(bytes), ..self }
    }

    /// Sets whether counters and histograms are sent as cumulative values, which is the default, or as deltas.
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

    /// Sets its name in logs, errors and metrics, to tell several exporters apart.
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

    /// Takes the state out, since nothing of a user's is called while it is locked.
    fn take_state(&self) -> Taken<'_> {
        Taken { exporter: self, state: std::mem::take(&mut *self.state()) }
    }

    /// Sends all requests. One that is refused is not the fault of the others; where there is no receiver, there is
    /// none for them, either. `taken` is told of each that was taken.
    fn send_requests(
        &self,
        requests: &Requests,
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
                Err(Failed { error, is_of_request: false }) => {
                    return Err(ExportError::Send(error));
                }
                Err(Failed { error, .. }) => {
                    refused.get_or_insert(ExportError::Send(error));
                }
            }
        }
        refused.map_or(Ok(sent), Err)
    }

    /// How many points of a request were not taken.
    fn rejected(&self, answer: &[u8]) -> u64 {
        let rejected = Rejected::of(answer);
        if !rejected.is_nothing() {
            let url = self.transport.destination().url();
            let message = self.transport.shown(&rejected.message);
            log::warn!("{url} has not taken {} points: {message}", rejected.points);
        }
        rejected.points
    }
}

/// The state while it is used, which is put back also where a source panics.
struct Taken<'a> {
    exporter: &'a OtlpExporter,
    state: Sending,
}

impl Drop for Taken<'_> {
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
