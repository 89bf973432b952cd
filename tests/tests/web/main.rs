//! The endpoint and listener for actix-web.

mod actix;
mod handler;
mod monitoring;
mod negotiation;
mod tls;
mod web_config;
