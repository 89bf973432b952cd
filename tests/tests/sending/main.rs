//! Sending over HTTP.

#[path = "../authority/mod.rs"]
mod authority;
#[path = "../otlp_messages/mod.rs"]
mod otlp_messages;
#[path = "../receiver/mod.rs"]
mod receiver;

mod export;
mod outgoing;
mod push;
