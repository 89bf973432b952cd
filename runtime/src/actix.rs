//! Serving metrics with [actix-web](actix_web).
//!
//! [`Monitoring`] sets up everything with one builder: metrics, health, and the measuring of
//! requests.
//!
//! [`Endpoint`] is a service for your own app; [`Server`] is a separate listener, whose port a
//! firewall can treat differently from that of your users. [`HealthRoutes`] are services for probes
//! that check whether the process is alive and ready.
//!
//! ```no_run
//! use actix_web::{App, HttpServer};
//!
//! # async fn example() -> std::io::Result<()> {
//! HttpServer::new(|| App::new().service(measurand::actix::Endpoint::new()))
//!     .bind("127.0.0.1:8080")?
//!     .run()
//!     .await
//! # }
//! ```

mod endpoint;
mod health;
mod monitoring;
#[cfg(all(feature = "profile", target_os = "linux"))]
mod profiling;
mod requests;
mod server;
#[cfg(feature = "web-config")]
mod web_config;

pub use endpoint::Endpoint;
pub use health::HealthRoutes;
pub use monitoring::{Monitoring, MonitoringBuilder, MonitoringError};
#[cfg(all(feature = "profile", target_os = "linux"))]
pub use profiling::Profiling;
pub use requests::{MeasuredBody, Requests, RequestsBuilder, RequestsService};
pub use server::{BindError, Server, ServerHandle};
#[cfg(feature = "web-config")]
pub use web_config::{WebConfig, WebConfigError};
