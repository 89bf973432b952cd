//! Sending requests over HTTP.

use std::fmt;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use flate2::write::GzEncoder;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use ureq::http::{HeaderValue, Method};

use super::answer::Rejected;
use super::delta::{Deltas, Temporality};
use super::encoder::Encoder;
use super::requests::Requests;
use super::resource::Resource;
use crate::export::{ExportError, Exporter, Schedule, Sent};
use crate::exposition::EncodeError;
use crate::outgoing::{Client, Destination, Request, SendError};
use crate::registry::Gather;

/// How hard gzip tries: the figures of metrics hardly get shorter by more.
const GZIP_LEVEL: u32 = 4;

/// Sends metrics by OTLP over HTTP, as protobuf.
///
/// ```no_run
/// use std::time::Duration;
/// use measurand::Registry;
/// use measurand::export::Exporters;
/// use measurand::otlp::{HttpExporter, Resource};
/// use measurand::outgoing::Destination;
///
/// let collector = Destination::new("http://collector.internal:4318/v1/metrics")?
///     .header("X-Scope-OrgID", "tenant-7")?;
/// let exporting = Exporters::new()
///     .metrics(Registry::global())?
///     .exporter(HttpExporter::new(collector, Resource::new("shop")).gzip(true))
///     .start()?;
/// // … the service works …
/// exporting.shutdown(Duration::from_secs(5))?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// The URL of the destination is used as it is, so it includes the path, which is `/v1/metrics` for most receivers.
///
/// As the [specification] says, a request is retried if there is no connection or no answer, and if the answer is 429,
/// 502, 503 or 504; the waits in between grow, or are as long as `Retry-After` says. Any other answer than 2xx is final.
/// Points that a receiver rejects of a request that it takes are logged and counted, and not sent again. A failed export
/// is not kept, since the next one has all of it.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`interval`](HttpExporter::interval) | 60 s | the time between two exports |
/// | [`timeout`](HttpExporter::timeout) | 30 s | how long an export may take |
/// | [`gzip`](HttpExporter::gzip) | no | whether requests are compressed |
/// | [`max_request_bytes`](HttpExporter::max_request_bytes) | 4 MiB | how long a request is at most |
/// | [`temporality`](HttpExporter::temporality) | cumulative | whether counters and histograms are cumulative or deltas |
/// | [`name`](HttpExporter::name) | `otlp` | its name in logs, errors and metrics |
///
/// Each request, with all its attempts, has the time of [`Destination::timeout`]; all requests of an export together have
/// that of [`timeout`](HttpExporter::timeout).
///
/// [specification]: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
#[must_use = "it sends nothing until it is handed to `Exporters::exporter`"]
pub struct HttpExporter {
    name: String,
    client: Client,
    encoder: Encoder,
    schedule: Schedule,
    gzip: bool,
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

impl HttpExporter {
    /// Makes an exporter that sends to `destination` what is measured of `resource`.
    pub fn new(destination: Destination, resource: Resource) -> HttpExporter {
        HttpExporter {
            name: "otlp".to_owned(),
            client: Client::new(destination),
            encoder: Encoder::new(resource),
            schedule: Schedule::default(),
            gzip: false,
            temporality: Temporality::default(),
            state: Mutex::default(),
        }
    }

    /// Sets the time between two exports, instead of a minute; at least a millisecond.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::otlp::{HttpExporter, Resource};
    /// use measurand::outgoing::Destination;
    ///
    /// let collector = Destination::new("http://localhost:4318/v1/metrics")?;
    /// let exporter = HttpExporter::new(collector, Resource::new("shop"))
    ///     .interval(Duration::from_secs(10))
    ///     .timeout(Duration::from_secs(5));
    /// # drop(exporter);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn interval(self, interval: Duration) -> HttpExporter {
        HttpExporter { schedule: self.schedule.with_interval(interval), ..self }
    }

    /// Sets how long an export may take, instead of 30 seconds, from its gather on: all requests, with all attempts
    /// and the waits between them.
    pub fn timeout(self, timeout: Duration) -> HttpExporter {
        HttpExporter { schedule: Schedule { timeout, ..self.schedule }, ..self }
    }

    /// Sets whether requests are compressed by gzip, which takes processor time and saves most of the bytes.
    pub fn gzip(self, gzip: bool) -> HttpExporter {
        HttpExporter { gzip, ..self }
    }

    /// Sets how many bytes a request has at most, as [`Encoder::max_request_bytes`] does.
    pub fn max_request_bytes(self, bytes: usize) -> HttpExporter {
        HttpExporter { encoder: self.encoder.max_request_bytes(bytes), ..self }
    }

    /// Sets whether counters and histograms are sent as cumulative values, which is the default, or as deltas.
    ///
    /// ```
    /// use measurand::otlp::{HttpExporter, Resource, Temporality};
    /// use measurand::outgoing::Destination;
    ///
    /// let vendor = Destination::new("http://otlp.vendor.example/v1/metrics")?;
    /// let exporter = HttpExporter::new(vendor, Resource::new("shop")).temporality(Temporality::Delta);
    /// # drop(exporter);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn temporality(self, temporality: Temporality) -> HttpExporter {
        let deltas = (temporality == Temporality::Delta).then(Deltas::default);
        let state = Mutex::new(Sending { deltas, ..Sending::default() });
        HttpExporter { temporality, state, ..self }
    }

    /// Sets its name in logs, errors and metrics, to tell several exporters apart.
    ///
    /// ```
    /// use measurand::export::Exporters;
    /// use measurand::otlp::{HttpExporter, Resource};
    /// use measurand::outgoing::Destination;
    ///
    /// let exporter = |name: &str, url: &str| {
    ///     let destination = Destination::new(url)?;
    ///     Ok(HttpExporter::new(destination, Resource::new("shop")).name(name))
    /// };
    /// let exporters = Exporters::new()
    ///     .exporter(exporter("collector", "http://collector.internal:4318/v1/metrics")?)
    ///     .exporter(exporter("vendor", "http://otlp.vendor.example/v1/metrics")?);
    /// # drop(exporters);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn name(self, name: impl Into<String>) -> HttpExporter {
        HttpExporter { name: name.into(), ..self }
    }

    fn state(&self) -> MutexGuard<'_, Sending> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the state out, since nothing of a user's is called while it is locked.
    fn take_state(&self) -> Taken<'_> {
        Taken { exporter: self, state: std::mem::take(&mut *self.state()) }
    }

    fn request(&self, body: &[u8]) -> std::io::Result<Request> {
        let protobuf = HeaderValue::from_static("application/x-protobuf");
        let mut headers = vec![(CONTENT_TYPE, protobuf)];
        let body = match self.gzip {
            false => body.to_vec(),
            true => {
                headers.push((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
                let level = flate2::Compression::new(GZIP_LEVEL);
                let mut compressor = GzEncoder::new(Vec::new(), level);
                compressor.write_all(body)?;
                compressor.finish()?
            }
        };
        Ok(Request { method: Method::POST, path: String::new(), headers, body: Some(body) })
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
        let each = self.client.destination().time_limit();
        let (mut sent, mut refused) = (Sent::default(), None);
        for (index, (body, points)) in requests.with_points().enumerate() {
            let request = self.request(body).map_err(|error| ExportError::Send(Arc::new(error)))?;
            let left = limit.saturating_sub(start.elapsed());
            match self.client.send(request, each.min(left), is_retried) {
                Ok(answer) => {
                    taken(index);
                    let rejected = self.rejected(&answer.body).min(points);
                    sent.points += points - rejected;
                    sent.rejected += rejected;
                }
                Err(error) => {
                    let is_of_request = error.status().is_some() && !is_retried(&error);
                    let error = ExportError::Send(Arc::new(error));
                    if !is_of_request {
                        return Err(error);
                    }
                    refused.get_or_insert(error);
                }
            }
        }
        refused.map_or(Ok(sent), Err)
    }

    /// How many points of a request were not taken.
    fn rejected(&self, answer: &[u8]) -> u64 {
        let rejected = Rejected::of(answer);
        if !rejected.is_nothing() {
            let (url, message) =
                (self.client.destination().url(), self.client.shown(&rejected.message));
            log::warn!("{url} has not taken {} points: {message}", rejected.points);
        }
        rejected.points
    }
}

/// The state while it is used, which is put back also where a source panics.
struct Taken<'a> {
    exporter: &'a HttpExporter,
    state: Sending,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.exporter.state() = std::mem::take(&mut self.state);
    }
}

/// Whether it may go well the next time.
///
/// Source: <https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes>
fn is_retried(error: &SendError) -> bool {
    match error {
        SendError::Refused { status, .. } => matches!(status, 429 | 502 | 503 | 504),
        SendError::Unreachable { .. } => true,
        _ => false,
    }
}

impl Exporter for HttpExporter {
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
        self.client.interrupt();
    }
}

impl fmt::Debug for HttpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpExporter")
            .field("name", &self.name)
            .field("destination", self.client.destination())
            .field("schedule", &self.schedule)
            .field("gzip", &self.gzip)
            .field("temporality", &self.temporality)
            .finish_non_exhaustive()
    }
}
