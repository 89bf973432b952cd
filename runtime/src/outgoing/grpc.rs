//! Unary gRPC calls, with `tonic`.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::Notify;
use tonic::codec::{
    BufferSettings, Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder,
};
use tonic::metadata::{AsciiMetadataKey, AsciiMetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Status};
use ureq::http::uri::PathAndQuery;

use bytes::{Buf as _, BufMut as _, Bytes};

use super::destination::Destination;
use super::error::SendError;
use super::exchange::{LONGEST_ANSWER, first_line};
use super::retry::Backoff;
use crate::sync::unpoisoned;
use crate::wire::{WireField, fields};

/// A blocking client for one method of one destination. It has its own async runtime, which runs
/// only during a call.
pub(crate) struct GrpcClient {
    destination: Destination,
    method: &'static str,
    gzip: bool,
    link: Mutex<Option<Connection>>,
    interruption: Arc<Interruption>,
}

/// The connection for the next call, and its runtime.
struct Connection {
    runtime: Runtime,
    channel: Channel,
}

#[derive(Default)]
struct Interruption {
    is_interrupted: Mutex<bool>,
    changed: Notify,
}

/// Why a call failed, and how long the receiver asks to wait.
struct FailedCall {
    error: SendError,
    is_retried: bool,
    retry_after: Option<Duration>,
}

impl GrpcClient {
    /// Creates a client for a method, such as `/package.Service/Method`.
    pub(crate) fn new(destination: Destination, method: &'static str) -> GrpcClient {
        GrpcClient {
            destination,
            method,
            gzip: false,
            link: Mutex::default(),
            interruption: Arc::default(),
        }
    }

    /// Sets whether messages are compressed by gzip.
    pub(crate) fn gzip(self, gzip: bool) -> GrpcClient {
        GrpcClient { gzip, ..self }
    }

    pub(crate) fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Returns a message of the receiver as errors and logs may show it.
    pub(crate) fn shown(&self, text: &str) -> String {
        first_line(&self.destination.without_secrets(text))
    }

    /// Calls the method until it succeeds, within `limit`, as long as OTLP allows to retry its
    /// status.
    ///
    /// # Errors
    ///
    /// Returns the error of the last attempt. It returns immediately if the next wait would exceed
    /// the remaining time.
    pub(crate) fn call(&self, message: &[u8], limit: Duration) -> Result<Vec<u8>, SendError> {
        let start = Instant::now();
        let Some(link) = self.link(limit)? else { return Err(self.interrupted()) };
        let message = Bytes::copy_from_slice(message);
        let called = link.runtime.block_on(async {
            let calls = self.calls(&link.channel, message, start, limit);
            let calls = tokio::time::timeout(limit, calls);
            tokio::select! {
                called = calls => called.unwrap_or_else(|_| Err(self.timed_out(limit))),
                () = self.interruption.wait() => Err(self.interrupted()),
            }
        });
        match called {
            // Ending the runtime also ends what is left of the call.
            Err(SendError::TimedOut { .. } | SendError::Interrupted { .. }) => {
                link.runtime.shutdown_background();
            }
            _ => *unpoisoned(self.link.lock()) = Some(link),
        }
        called
    }

    /// Aborts all calls, now and in the future.
    pub(crate) fn interrupt(&self) {
        *unpoisoned(self.interruption.is_interrupted.lock()) = true;
        self.interruption.changed.notify_waiters();
    }

    /// Returns the connection for the next call, or `None` after an interruption.
    fn link(&self, limit: Duration) -> Result<Option<Connection>, SendError> {
        if *unpoisoned(self.interruption.is_interrupted.lock()) {
            return Ok(None);
        }
        if let Some(link) = unpoisoned(self.link.lock()).take() {
            return Ok(Some(link));
        }
        let unreachable = |reason: String| SendError::Unreachable {
            url: self.destination.url().to_owned(),
            reason,
            attempts: 1,
        };
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| unreachable(error.to_string()))?;
        let endpoint =
            self.endpoint(limit).map_err(|error| unreachable(reason_of(&error, "no endpoint")))?;
        let channel = {
            let _entered = runtime.enter();
            endpoint.connect_lazy()
        };
        Ok(Some(Connection { runtime, channel }))
    }

    fn endpoint(&self, limit: Duration) -> Result<Endpoint, tonic::transport::Error> {
        let endpoint = Endpoint::from_shared(self.destination.url().to_owned())?
            .user_agent(concat!("measurand/", env!("CARGO_PKG_VERSION")))?
            .connect_timeout(limit)
            // Only the status is used of the headers of a response.
            .http2_max_header_list_size(LONGEST_HEADERS);
        #[cfg(feature = "outgoing-tls")]
        if self.destination.url().starts_with("https:") {
            return endpoint.tls_config(self.destination.tls().of_grpc());
        }
        Ok(endpoint)
    }

    async fn calls(
        &self,
        channel: &Channel,
        message: Bytes,
        start: Instant,
        limit: Duration,
    ) -> Result<Vec<u8>, SendError> {
        let mut backoff = Backoff::new();
        let mut attempts = 1;
        loop {
            let failed = match self.attempt(channel, message.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(status) => self.failed(&status),
            };
            let wait = backoff.wait(failed.retry_after);
            if !failed.is_retried || wait >= limit.saturating_sub(start.elapsed()) {
                return Err(failed.error.after(attempts));
            }
            log::debug!("retrying in {wait:?}: {}", failed.error);
            tokio::time::sleep(wait).await;
            attempts += 1;
        }
    }

    async fn attempt(&self, channel: &Channel, message: Bytes) -> Result<Vec<u8>, Status> {
        let mut client = tonic::client::Grpc::new(channel.clone())
            .max_decoding_message_size(LONGEST_ANSWER as usize);
        if self.gzip {
            client = client.send_compressed(CompressionEncoding::Gzip);
        }
        client.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let mut request = tonic::Request::new(message);
        for (name, value) in self.destination.headers() {
            let name = AsciiMetadataKey::from_bytes(name.as_str().as_bytes());
            let value = AsciiMetadataValue::try_from(value.as_bytes());
            let (Ok(name), Ok(mut value)) = (name, value) else {
                return Err(Status::invalid_argument("a header cannot be one of gRPC"));
            };
            value.set_sensitive(true);
            request.metadata_mut().insert(name, value);
        }
        let method = PathAndQuery::from_static(self.method);
        Ok(client.unary(request, method, BytesCodec).await?.into_inner())
    }

    /// Returns whether a call with this status may be retried.
    ///
    /// Source: <https://opentelemetry.io/docs/specs/otlp/#failures>
    pub(crate) fn is_retried(code: i32) -> bool {
        matches!(
            Code::from_i32(code),
            Code::Cancelled
                | Code::DeadlineExceeded
                | Code::Aborted
                | Code::OutOfRange
                | Code::Unavailable
                | Code::DataLoss
        )
    }

    fn failed(&self, status: &Status) -> FailedCall {
        let retry_after = retry_info(status.details());
        let is_retried = match status.code() {
            // OTLP allows a retry only if the receiver says how long to wait.
            Code::ResourceExhausted => retry_after.is_some(),
            code => GrpcClient::is_retried(code as i32),
        };
        // A source means that there was no response, or not one of gRPC.
        let source = std::error::Error::source(status);
        let is_too_long = source.is_none() && status.message().contains("message length too large");
        let is_retried = (is_retried || source.is_some()) && !is_too_long;
        let url = self.destination.url().to_owned();
        let error = match source {
            Some(source) => SendError::Unreachable {
                url,
                reason: self.shown(&reason_of(source, status.message())),
                attempts: 1,
            },
            None => SendError::Status {
                url,
                code: status.code() as i32,
                answer: self.shown(status.message()),
                attempts: 1,
            },
        };
        FailedCall { error, is_retried, retry_after }
    }

    fn timed_out(&self, limit: Duration) -> SendError {
        SendError::TimedOut { url: self.destination.url().to_owned(), limit, attempts: 1 }
    }

    fn interrupted(&self) -> SendError {
        SendError::Interrupted { url: self.destination.url().to_owned() }
    }
}

impl fmt::Debug for GrpcClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrpcClient")
            .field("destination", &self.destination)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Interruption {
    async fn wait(&self) {
        loop {
            let changed = self.changed.notified();
            if *unpoisoned(self.is_interrupted.lock()) {
                return;
            }
            changed.await;
        }
    }
}

/// The greatest size of the headers of a response, in bytes.
const LONGEST_HEADERS: u32 = 64 << 10;

/// Returns the root cause of an error, which tells the most.
fn reason_of(error: &(dyn std::error::Error + 'static), otherwise: &str) -> String {
    let mut bottom = error;
    while let Some(source) = bottom.source() {
        bottom = source;
    }
    match bottom.to_string() {
        text if text.is_empty() => otherwise.to_owned(),
        text => text,
    }
}

/// Returns how long the details of a status ask to wait, in a message `google.rpc.RetryInfo`.
///
/// Source: <https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto>
fn retry_info(status: &[u8]) -> Option<Duration> {
    let details = fields(status).filter_map(|(field, value)| match value {
        WireField::Bytes(detail) if field == DETAILS => Some(detail),
        _ => None,
    });
    let predicate = |detail: &&[u8]| {
        bytes(detail, FIRST).is_some_and(|kind| kind.ends_with(b"/google.rpc.RetryInfo"))
    };
    let delay =
        details.filter(predicate).find_map(|detail| bytes(bytes(detail, SECOND)?, FIRST))?;
    let (seconds, nanoseconds) = (count(delay, FIRST), count(delay, SECOND));
    Some(Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanoseconds)))
}

/// Returns a length-delimited field.
fn bytes(message: &[u8], number: u32) -> Option<&[u8]> {
    fields(message).find_map(|(field, value)| match value {
        WireField::Bytes(bytes) if field == number => Some(bytes),
        _ => None,
    })
}

/// Returns a numeric field, or 0 if it is missing.
fn count(message: &[u8], number: u32) -> u64 {
    let found = fields(message).find_map(|(field, value)| match value {
        WireField::Number(count) if field == number => Some(count),
        _ => None,
    });
    found.unwrap_or_default()
}

/// `google.rpc.Status.details`.
const DETAILS: u32 = 3;

/// The fields of `Any`, `RetryInfo` and `Duration`.
const FIRST: u32 = 1;
const SECOND: u32 = 2;

/// A codec for messages that are already encoded.
struct BytesCodec;

impl Codec for BytesCodec {
    type Encode = Bytes;
    type Decode = Vec<u8>;
    type Encoder = BytesCodec;
    type Decoder = BytesCodec;

    fn encoder(&mut self) -> BytesCodec {
        BytesCodec
    }

    fn decoder(&mut self) -> BytesCodec {
        BytesCodec
    }
}

impl Encoder for BytesCodec {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

impl Decoder for BytesCodec {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut message = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut message);
        Ok(Some(message))
    }

    fn buffer_settings(&self) -> BufferSettings {
        BufferSettings::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn a_status_may_ask_to_wait() {
        let mut status = Vec::new();
        wire::uint(&mut status, 1, 8);
        wire::text(&mut status, 2, "full");
        for kind in ["google.rpc.Help", "google.rpc.RetryInfo"] {
            wire::message(&mut status, DETAILS, |detail| {
                wire::text(detail, FIRST, &format!("type.googleapis.com/{kind}"));
                wire::message(detail, SECOND, |info| {
                    wire::message(info, FIRST, |delay| {
                        wire::uint(delay, FIRST, 3);
                        wire::uint(delay, SECOND, 500_000_000);
                    });
                });
            });
        }
        assert_eq!(retry_info(&status), Some(Duration::from_millis(3_500)));
        assert_eq!(retry_info(&[]), None);
        assert_eq!(retry_info(b"\xff\xff"), None);
    }
}
