//! Making requests of a gather.

use std::time::SystemTime;

#[cfg(feature = "otlp-http")]
use super::delta::Deltas;
use super::point::nanoseconds;
use super::requests::Requests;
use super::resource::Resource;
use super::sink::OtlpSink;
use crate::exposition::{self, EncodeError};
use crate::registry::Gather;
use crate::storage::IS_RECORDING;

/// The default limit of a request: what receivers of gRPC take.
const MOST_BYTES: usize = 4 << 20;

/// Encodes metrics as OTLP, for a transport of your own.
///
/// ```
/// use measurand::otlp::{Encoder, Requests, Resource};
/// use measurand::{Counter, Metrics, Registry};
///
/// /// The mails.
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
/// let mut requests = Requests::new();
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
/// | [`max_request_bytes`](Encoder::max_request_bytes) | 4 MiB | how long a request is at most |
#[derive(Clone, Debug)]
#[must_use = "it encodes nothing until `encode` is called"]
pub struct Encoder {
    /// The field of the resource.
    resource: Vec<u8>,
    max_request_bytes: usize,
}

impl Encoder {
    /// Makes an encoder of what is measured of `resource`.
    pub fn new(resource: Resource) -> Encoder {
        Encoder { resource: resource.encoded(), max_request_bytes: MOST_BYTES }
    }

    /// Sets how many bytes a request has at most, before it is compressed, instead of 4 MiB.
    ///
    /// What is longer is split into several requests. The points of a metric may then be in two of them, each with the
    /// metric's name and description. A single point that is longer is a request of its own.
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

    /// Replaces the contents of `requests` by what `source` gathers. Without any point there is no request.
    ///
    /// Points without a time of their own get that of this call. No memory is allocated for a series if there is room
    /// for it, so keep `requests` for the next export.
    ///
    /// # Errors
    ///
    /// If there is no memory for the requests or for the gather; `requests` is then empty.
    pub fn encode(
        &self,
        source: &(impl Gather + ?Sized),
        requests: &mut Requests,
    ) -> Result<(), EncodeError> {
        let now = nanoseconds(SystemTime::now());
        requests.clear();
        self.encode_into(
            &source,
            OtlpSink::new(requests, &self.resource, self.max_request_bytes, now),
        )
        .inspect_err(|_| requests.clear())
    }

    /// The same of what was counted since it was taken last.
    #[cfg(feature = "otlp-http")]
    pub(super) fn encode_deltas(
        &self,
        source: &dyn Gather,
        deltas: &mut Deltas,
        requests: &mut Requests,
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
        // What was left out is in the log.
        source.try_gather(&mut sink).map_err(EncodeError::of_gather)?;
        sink.finish()
    }
}
