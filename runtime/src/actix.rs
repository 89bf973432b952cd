//! Serving metrics with [actix-web](actix_web).
//!
//! On your own app, [`Endpoint`] is a service; beside it, [`Server`] is a listener of its own,
//! which a firewall can tell from your users' port. [`HealthRoutes`] are services for those who probe whether
//! the process is alive and ready.
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
#[cfg(all(feature = "profile", target_os = "linux"))]
mod profiling;
mod requests;
mod server;

pub use endpoint::Endpoint;
pub use health::HealthRoutes;
#[cfg(all(feature = "profile", target_os = "linux"))]
pub use profiling::Profiling;
pub use requests::{MeasuredBody, Requests, RequestsBuilder, RequestsService};
pub use server::{BindError, Server, ServerHandle};
