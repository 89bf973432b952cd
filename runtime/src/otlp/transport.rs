//! The transports of requests.

use std::error::Error;
use std::io::{self, Write as _};
use std::sync::Arc;
use std::time::Duration;

use flate2::write::GzEncoder;
use ureq::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use ureq::http::{HeaderValue, Method};

#[cfg(feature = "otlp-grpc")]
use crate::outgoing::GrpcClient;
use crate::outgoing::{Client, Destination, OutgoingRequest, SendError};

/// The compression level of gzip; higher ones hardly compress metrics better.
const GZIP_LEVEL: u32 = 4;

/// The path of the gRPC method.
///
/// Source: `metrics_service.proto` of <https://github.com/open-telemetry/opentelemetry-proto>.
#[cfg(feature = "otlp-grpc")]
const EXPORT: &str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";

/// The transport of requests.
#[derive(Debug)]
pub(super) enum Transport {
    Http {
        client: Client,
        gzip: bool,
    },
    #[cfg(feature = "otlp-grpc")]
    Grpc(Box<GrpcClient>),
}

/// Why a request was not accepted.
pub(super) struct FailedSend {
    pub(super) error: Arc<dyn Error + Send + Sync>,
    /// Whether the request is at fault, so that others may be accepted.
    pub(super) is_of_request: bool,
}

impl Transport {
    pub(super) fn http(destination: Destination) -> Transport {
        Transport::Http { client: Client::new(destination), gzip: false }
    }

    #[cfg(feature = "otlp-grpc")]
    pub(super) fn grpc(destination: Destination) -> Transport {
        Transport::Grpc(Box::new(GrpcClient::new(destination, EXPORT)))
    }

    /// Sets whether requests are compressed.
    pub(super) fn with_gzip(self, gzip: bool) -> Transport {
        match self {
            Transport::Http { client, .. } => Transport::Http { client, gzip },
            #[cfg(feature = "otlp-grpc")]
            Transport::Grpc(client) => Transport::Grpc(Box::new(client.gzip(gzip))),
        }
    }

    pub(super) fn destination(&self) -> &Destination {
        match self {
            Transport::Http { client, .. } => client.destination(),
            #[cfg(feature = "otlp-grpc")]
            Transport::Grpc(client) => client.destination(),
        }
    }

    /// Returns a message of the receiver as it may be shown, without secrets.
    pub(super) fn shown(&self, text: &str) -> String {
        match self {
            Transport::Http { client, .. } => client.shown(text),
            #[cfg(feature = "otlp-grpc")]
            Transport::Grpc(client) => client.shown(text),
        }
    }

    /// Sends the body of a request, with retries, and returns the body of the response.
    pub(super) fn send(&self, body: &[u8], limit: Duration) -> Result<Vec<u8>, FailedSend> {
        match self {
            Transport::Http { client, gzip } => {
                let request = request(body, *gzip)
                    .map_err(|error| FailedSend { error: Arc::new(error), is_of_request: true })?;
                let sent = client.send(request, limit, is_retried);
                sent.map(|answer| answer.body).map_err(|error| FailedSend {
                    is_of_request: error.status().is_some() && !is_retried(&error),
                    error: Arc::new(error),
                })
            }
            #[cfg(feature = "otlp-grpc")]
            Transport::Grpc(client) => client.call(body, limit).map_err(|error| FailedSend {
                is_of_request: error.code().is_some_and(|code| !GrpcClient::is_retried(code)),
                error: Arc::new(error),
            }),
        }
    }

    /// Aborts sending, now and in the future.
    pub(super) fn interrupt(&self) {
        match self {
            Transport::Http { client, .. } => client.interrupt(),
            #[cfg(feature = "otlp-grpc")]
            Transport::Grpc(client) => client.interrupt(),
        }
    }
}

/// Returns whether a retry may succeed.
///
/// Source: <https://opentelemetry.io/docs/specs/otlp/#retryable-response-codes>
fn is_retried(error: &SendError) -> bool {
    match error {
        SendError::Refused { status, .. } => matches!(status, 429 | 502 | 503 | 504),
        SendError::Unreachable { .. } => true,
        _ => false,
    }
}

fn request(body: &[u8], gzip: bool) -> io::Result<OutgoingRequest> {
    let protobuf = HeaderValue::from_static("application/x-protobuf");
    let mut headers = vec![(CONTENT_TYPE, protobuf)];
    let body = match gzip {
        false => body.to_vec(),
        true => {
            headers.push((CONTENT_ENCODING, HeaderValue::from_static("gzip")));
            let level = flate2::Compression::new(GZIP_LEVEL);
            let mut compressor = GzEncoder::new(Vec::new(), level);
            compressor.write_all(body)?;
            compressor.finish()?
        }
    };
    Ok(OutgoingRequest { method: Method::POST, path: String::new(), headers, body: Some(body) })
}
