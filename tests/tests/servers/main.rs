//! Programs that read what measurand writes.

#[path = "../any_registry/mod.rs"]
mod any_registry;
#[path = "../client_model/mod.rs"]
mod client_model;
#[path = "../otlp_messages/mod.rs"]
mod otlp_messages;
#[path = "../receiver/mod.rs"]
mod receiver;

mod alerts;
mod otlp_receivers;
mod prometheus;
mod pushgateway;
