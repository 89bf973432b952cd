//! HTTP out of the process: where metrics are sent, and as whom.
//!
//! A [`Destination`] is what all that sends takes, such as [`push::Pushgateway`](crate::push::Pushgateway) with the
//! feature `pushgateway`. It holds for each of them:
//!
//! - A send ends within its [time limit](Destination::timeout), whatever the receiver does: all attempts, the
//!   waits between them, and the lookup of the name together.
//! - No more than 1 MiB of an answer is read, and no redirect is followed.
//! - Over HTTP, the proxy is the one of the environment variables `ALL_PROXY`, `HTTPS_PROXY` and `HTTP_PROXY`, the first of
//!   them that is set, reached by `CONNECT`; `NO_PROXY` names hosts that are reached without. Loopback addresses
//!   always are.
//! - Tokens, passwords and values of headers appear in no error, no `Debug` output and no message of this crate.
//!   HTTP is spoken by [`ureq`](https://docs.rs/ureq), which logs the bytes on the wire at level `trace` under the
//!   target `ureq_proto`: a logger that shows that level should leave this target out.

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
pub(crate) use request::Request;
