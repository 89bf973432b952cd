//! Metrics, health and request metrics with one builder.

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

/// The monitoring of a service, with one builder: `/metrics`, the metrics of its requests and
/// scrapes, `/healthz`, `/readyz`, and optionally `/debug/pprof/`.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`registry`](MonitoringBuilder::registry) | [`Registry::global`] | the registry of all metrics |
/// | [`requests`](MonitoringBuilder::requests) | classic buckets, status classes | how requests are measured |
/// | [`health`](MonitoringBuilder::health) | alive and ready | the health checks |
/// | [`access`](MonitoringBuilder::access) | everybody | who may see the metrics |
/// | `profiling` (feature `profile`) | none | profiles, by default only for the same machine |
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
/// // On a separate port, which a firewall can treat differently:
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
    /// Creates a builder.
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

    /// Returns the middleware that measures the requests of an app. Wrap the app with it last.
    pub fn requests(&self) -> Requests {
        self.requests.clone()
    }

    /// Returns the health, to tell it that the service has started or is draining.
    pub fn health(&self) -> &Health {
        &self.health
    }

    /// Creates a separate listener for all routes.
    ///
    /// # Errors
    ///
    /// Returns an error if the address cannot be bound.
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

    /// Adds all routes to an app, for use with [`App::configure`](actix_web::App::configure).
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

/// A builder of [`Monitoring`].
///
/// ```
/// use actix_web::{App, test};
/// use measurand::Registry;
/// use measurand::access::Access;
/// use measurand::actix::{Monitoring, Requests};
/// use measurand::health::Health;
///
/// # actix_web::rt::System::new().block_on(async {
/// let monitoring = Monitoring::builder()
///     .registry(&Registry::new())
///     .requests(Requests::builder().exclude("/favicon.ico"))
///     .health(Health::starting())
///     .access(Access::credentials().bearer("a long secret")?)
///     .build()?;
/// let app = App::new().configure(|config| monitoring.routes(config));
/// let app = test::init_service(app.wrap(monitoring.requests())).await;
/// let get = |path| test::TestRequest::get().uri(path).to_request();
/// assert_eq!(test::call_service(&app, get("/metrics")).await.status(), 401);
/// assert_eq!(test::call_service(&app, get("/readyz")).await.status(), 503);
/// monitoring.health().started();
/// assert_eq!(test::call_service(&app, get("/readyz")).await.status(), 200);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
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
    /// Sets the registry to show, to which the metrics of requests, health and scrapes are added.
    pub fn registry(self, registry: &Registry) -> MonitoringBuilder {
        MonitoringBuilder { registry: registry.clone(), ..self }
    }

    /// Sets how requests are measured.
    pub fn requests(self, requests: RequestsBuilder) -> MonitoringBuilder {
        MonitoringBuilder { requests, ..self }
    }

    /// Sets the health and its checks.
    pub fn health(self, health: Health) -> MonitoringBuilder {
        MonitoringBuilder { health, ..self }
    }

    /// Restricts access to the metrics. Health remains open to everybody, and shows only which
    /// checks pass.
    pub fn access(self, access: Access) -> MonitoringBuilder {
        MonitoringBuilder { access: Some(access), ..self }
    }

    /// Serves profiles, with the access of `profiling`.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::access::Access;
    /// use measurand::actix::{Monitoring, Profiling};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let access = Access::loopback().bearer("a long secret")?;
    /// let monitoring = Monitoring::builder()
    ///     .registry(&Registry::new())
    ///     .profiling(Profiling::new().access(access))
    ///     .build()?;
    /// # drop(monitoring);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(all(feature = "profile", target_os = "linux"))]
    pub fn profiling(self, profiling: Profiling) -> MonitoringBuilder {
        MonitoringBuilder { profiling: Some(profiling), ..self }
    }

    /// Adds the metrics to the registry. Scrapes and probes that reach the app itself are not
    /// measured as requests of the service.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry has other families of the same names, such as those of
    /// another `Monitoring`, or if a label or a bucket is not valid.
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

/// The error of building a [`Monitoring`].
///
/// ```
/// use measurand::Registry;
/// use measurand::actix::{Monitoring, MonitoringError};
///
/// let registry = Registry::new();
/// let _monitoring = Monitoring::builder().registry(&registry).build()?;
/// let error: MonitoringError = Monitoring::builder().registry(&registry).build().unwrap_err();
/// assert!(error.to_string().contains("`health_check_healthy` is registered already"));
/// # Ok::<(), MonitoringError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitoringError(String);

impl fmt::Display for MonitoringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for MonitoringError {}
