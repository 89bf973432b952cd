//! The formats of pages.

#[path = "../any_registry/mod.rs"]
mod any_registry;
#[path = "../client_model/mod.rs"]
mod client_model;

mod exposition;
#[cfg(feature = "servers")]
mod openmetrics;
mod openmetrics2;
mod protobuf;
mod utf8;
mod written;
