//! Sending by OTLP.

#[path = "../authority/mod.rs"]
mod authority;
#[path = "../otlp_messages/mod.rs"]
mod otlp_messages;
#[path = "../receiver/mod.rs"]
mod receiver;

mod otlp_delta;
mod otlp_environment;
mod otlp_grpc;
mod otlp_http;
