//! Encoding a gather as requests.

use std::time::SystemTime;

#[cfg(feature = "otlp-http")]
use super::delta::Deltas;
use super::point::nanoseconds;
use super::requests::EncodedRequests;
use super::resource::Resource;
use super::sink::OtlpSink;
use crate::exposition::{self, EncodeError};
use crate::registry::Gather;
use crate::storage::IS_RECORDING;

/// The default limit of a request in bytes, which is that of gRPC receivers.
const MOST_BYTES: usize = 4 << 20;

/// Encodes metrics as OTLP, for a transport of your own.
///
/// ```
/// use measurand::otlp::{Encoder, EncodedRequests, Resource};
/// use measurand::{Counter, Metrics, Registry};
///
/// /// Metrics of the mailer.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_otlp", instance)]
/// struct MailMetrics {
///     /// Mails sent.
///     sent_total: Counter,
/// }
///
/// let registry = Registry::new();
/// let mail = MailMetrics::register(&registry)?;
/// mail.sent_total.inc();
///
/// let encoder = Encoder::new(Resource::new("mailer"));
/// let mut requests = EncodedRequests::new();
/// encoder.encode(&registry, &mut requests)?;
/// for body in requests.iter() {
///     // POST it to `/v1/metrics`, with `Content-Type: application/x-protobuf`.
///     assert!(body.windows(20).any(|name| name == b"doc_otlp_sent_total\x12"));
/// }
/// assert_eq!((requests.len(), requests.points()), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`max_request_bytes`](Encoder::max_request_bytes) | 4 MiB | the maximum size of a request |
#[derive(Clone, Debug)]
#[must_use = "it encodes nothing until `encode` is called"]
pub struct Encoder {
    /// The encoded field of the resource.
    resource: Vec<u8>,
    max_request_bytes: usize,
}

impl Encoder {
    /// Creates an encoder of the metrics of `resource`.
    pub fn new(resource: Resource) -> Encoder {
        Encoder { resource: resource.encoded(), max_request_bytes: MOST_BYTES }
    }

    /// Sets the maximum size of an uncompressed request in bytes. The default is 4 MiB.
    ///
    /// Larger ones are split into several requests. The points of a metric may then be in several
    /// of them, each with the metric's name and description. A single point that is larger is a
    /// request of its own.
    ///
    /// ```
    /// use measurand::otlp::{Encoder, Resource};
    ///
    /// let encoder = Encoder::new(Resource::new("shop")).max_request_bytes(64 << 20);
    /// # drop(encoder);
    /// ```
    pub fn max_request_bytes(self, bytes: usize) -> Encoder {
        Encoder { max_request_bytes: bytes, ..self }
    }

    /// Gathers `source`, and replaces the contents of `requests` by the result. Without any points
    /// there is no request.
    ///
    /// Points without their own time get that of this call. No memory is allocated per series if
    /// the capacity suffices, so reuse `requests` for the next export.
    ///
    /// # Errors
    ///
    /// Returns an error if there is not enough memory, or if the gather fails; `requests` is then
    /// empty.
    pub fn encode(
        &self,
        source: &(impl Gather + ?Sized),
        requests: &mut EncodedRequests,
    ) -> Result<(), EncodeError> {
        let now = nanoseconds(SystemTime::now());
        requests.clear();
        self.encode_into(
            &source,
            OtlpSink::new(requests, &self.resource, self.max_request_bytes, now),
        )
        .inspect_err(|_| requests.clear())
    }

    /// Like [`encode`](Encoder::encode), but encodes deltas.
    #[cfg(feature = "otlp-http")]
    pub(super) fn encode_deltas(
        &self,
        source: &dyn Gather,
        deltas: &mut Deltas,
        requests: &mut EncodedRequests,
    ) -> Result<(), EncodeError> {
        let now = nanoseconds(SystemTime::now());
        requests.clear();
        deltas.begin();
        let sink = OtlpSink::new(requests, &self.resource, self.max_request_bytes, now);
        let encoded = self.encode_into(source, sink.with_deltas(deltas));
        deltas.end(encoded.is_ok());
        encoded.inspect_err(|_| requests.clear())
    }

    fn encode_into(&self, source: &dyn Gather, mut sink: OtlpSink<'_>) -> Result<(), EncodeError> {
        if !IS_RECORDING {
            exposition::warn_once();
        }
        // The report is dropped, since problems are logged.
        source.try_gather(&mut sink).map_err(EncodeError::of_gather)?;
        sink.finish()
    }
}
