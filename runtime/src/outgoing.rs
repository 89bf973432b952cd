//! Sending over HTTP: destinations and credentials.
//!
//! Everything that sends metrics takes a [`Destination`], such as
//! [`push::Pushgateway`](crate::push::Pushgateway) with the feature `pushgateway`. The following
//! always holds:
//!
//! - A send ends within its [time limit](Destination::timeout), whatever the receiver does. The
//!   limit includes all attempts, the waits between them, and name resolution.
//! - At most 1 MiB of a response is read, and redirects are not followed.
//! - The proxy for HTTP is the first that is set of the environment variables `ALL_PROXY`,
//!   `HTTPS_PROXY` and `HTTP_PROXY`, and is used with `CONNECT`. Hosts in `NO_PROXY` and loopback
//!   addresses are reached directly.
//! - Tokens, passwords and header values appear in no error, `Debug` output or log message of this
//!   crate. The HTTP client is [`ureq`](https://docs.rs/ureq), which logs the bytes on the wire at
//!   level `trace` under the target `ureq_proto`: exclude this target if you log at that level.

#![cfg_attr(
    not(any(feature = "health-http", feature = "pushgateway")),
    allow(dead_code, unused_imports, reason = "nothing is sent")
)]

mod client;
mod destination;
mod error;
mod exchange;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod request;
mod retry;
#[cfg(feature = "outgoing-tls")]
mod tls;

pub(crate) use client::Client;
pub use destination::Destination;
pub use error::{DestinationError, SendError};
#[cfg(feature = "otlp-grpc")]
pub(crate) use grpc::GrpcClient;
pub(crate) use request::OutgoingRequest;
