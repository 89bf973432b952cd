//! All of it by one builder.

use std::error::Error;
use std::fmt;
use std::net::ToSocketAddrs;

use actix_web::web::ServiceConfig;

#[cfg(all(feature = "profile", target_os = "linux"))]
use super::Profiling;
use super::{BindError, Endpoint, HealthRoutes, Requests, RequestsBuilder, Server};
use crate::access::Access;
use crate::health::Health;
use crate::registry::Registry;
use crate::scrape::Handler;

/// What a service shows of itself, by one builder: `/metrics`, the metrics of its requests and of its scrapes,
/// `/healthz`, `/readyz`, and if you ask for it, `/debug/pprof/`.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`registry`](MonitoringBuilder::registry) | [`Registry::global`] | where the metrics are |
/// | [`requests`](MonitoringBuilder::requests) | classic buckets, status classes | how requests are measured |
/// | [`health`](MonitoringBuilder::health) | lives, and is ready | what has to work |
/// | [`access`](MonitoringBuilder::access) | everybody | who sees the metrics |
/// | `profiling` (feature `profile`) | none | serves profiles, to the same machine |
///
/// ```
/// use actix_web::{App, HttpServer, web};
/// use measurand::actix::Monitoring;
/// use measurand::health::{Check, Health};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # actix_web::rt::System::new().block_on(async {
/// let health = Health::new().check(Check::tcp("database", "127.0.0.1:5432").optional())?;
/// let monitoring = Monitoring::builder().health(health).build()?;
///
/// // On a port of its own, which a firewall can tell from your users' port:
/// let metrics = monitoring.server("127.0.0.1:0")?.spawn()?;
///
/// let app = move || {
///     App::new()
///         .route("/orders/{id}", web::get().to(async || "an order"))
///         // Or on the same port: `.configure(|config| monitoring.routes(config))`
///         .wrap(monitoring.requests())
/// };
/// let server = HttpServer::new(app).bind("127.0.0.1:0")?.run();
/// # drop(server);
/// # metrics.stop();
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Monitoring {
    requests: Requests,
    health: Health,
    handler: Handler,
    access: Option<Access>,
    #[cfg(all(feature = "profile", target_os = "linux"))]
    profiling: Option<Profiling>,
}

impl Monitoring {
    /// What there is to be.
    pub fn builder() -> MonitoringBuilder {
        MonitoringBuilder {
            registry: Registry::global().clone(),
            requests: Requests::builder(),
            health: Health::new(),
            access: None,
            #[cfg(all(feature = "profile", target_os = "linux"))]
            profiling: None,
        }
    }

    /// The middleware that measures the requests of an app. Wrap the app with it last.
    pub fn requests(&self) -> Requests {
        self.requests.clone()
    }

    /// The checks, to say that the service has started or is draining.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// A listener of its own for all routes.
    ///
    /// # Errors
    ///
    /// If the address cannot be had.
    pub fn server(&self, address: impl ToSocketAddrs + fmt::Debug) -> Result<Server, BindError> {
        let server = Server::bind(address)?.handler(self.handler.clone());
        let server = server.health(self.health.clone());
        let server = match &self.access {
            Some(access) => server.access(access.clone()),
            None => server,
        };
        #[cfg(all(feature = "profile", target_os = "linux"))]
        let server = match &self.profiling {
            Some(profiling) => server.profiling(profiling.clone()),
            None => server,
        };
        Ok(server)
    }

    /// Adds all routes to an app: for [`App::configure`](actix_web::App::configure).
    pub fn routes(&self, config: &mut ServiceConfig) {
        let endpoint = Endpoint::new().handler(self.handler.clone());
        config.service(match &self.access {
            Some(access) => endpoint.access(access.clone()),
            None => endpoint,
        });
        config.service(HealthRoutes::new(self.health.clone()));
        #[cfg(all(feature = "profile", target_os = "linux"))]
        if let Some(profiling) = &self.profiling {
            config.service(profiling.clone());
        }
    }
}

/// What [`Monitoring`] is to be.
#[derive(Clone, Debug)]
#[must_use = "there is nothing until `build` is called"]
pub struct MonitoringBuilder {
    registry: Registry,
    requests: RequestsBuilder,
    health: Health,
    access: Option<Access>,
    #[cfg(all(feature = "profile", target_os = "linux"))]
    profiling: Option<Profiling>,
}

impl MonitoringBuilder {
    /// Shows another registry, and adds its own metrics to it.
    pub fn registry(self, registry: &Registry) -> MonitoringBuilder {
        MonitoringBuilder { registry: registry.clone(), ..self }
    }

    /// Says how requests are measured.
    pub fn requests(self, requests: RequestsBuilder) -> MonitoringBuilder {
        MonitoringBuilder { requests, ..self }
    }

    /// Says what has to work.
    pub fn health(self, health: Health) -> MonitoringBuilder {
        MonitoringBuilder { health, ..self }
    }

    /// Shows the metrics only to who is let in. Health is for everybody, and says no more than what works.
    pub fn access(self, access: Access) -> MonitoringBuilder {
        MonitoringBuilder { access: Some(access), ..self }
    }

    /// Serves profiles.
    #[cfg(all(feature = "profile", target_os = "linux"))]
    pub fn profiling(self, profiling: Profiling) -> MonitoringBuilder {
        MonitoringBuilder { profiling: Some(profiling), ..self }
    }

    /// Adds the metrics to the registry. Scrapes and probes that come to the app itself are not measured as requests
    /// of the service.
    ///
    /// # Errors
    ///
    /// If the registry has families of the same names that are others, such as those of another `Monitoring`, or if a
    /// label or a bucket cannot be as it is.
    pub fn build(self) -> Result<Monitoring, MonitoringError> {
        let failed = |error: &dyn fmt::Display| MonitoringError(error.to_string());
        let mut requests = self.requests;
        for route in ["/metrics", "/healthz", "/readyz", "/debug/pprof"] {
            requests = requests.exclude(route);
        }
        let handler = Handler::new().registry(&self.registry).own_metrics(&self.registry);
        Ok(Monitoring {
            requests: requests.register(&self.registry).map_err(|error| failed(&error))?,
            health: self.health.metrics(&self.registry).map_err(|error| failed(&error))?,
            handler: handler.map_err(|error| failed(&error))?,
            access: self.access,
            #[cfg(all(feature = "profile", target_os = "linux"))]
            profiling: self.profiling,
        })
    }
}

/// Why there can be no [`Monitoring`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoringError(String);

impl fmt::Display for MonitoringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for MonitoringError {}
