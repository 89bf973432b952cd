//! Health and readiness as services.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::StatusCode;
use actix_web::http::header::ACCEPT;
use actix_web::{HttpRequest, HttpResponse, Resource, web};

use super::endpoint::header;
use crate::health::{Health, HealthAnswer};

/// Answers `GET` and `HEAD` for `/healthz`, whether the process is alive, and `/readyz`, whether
/// the service is ready, from a [`Health`].
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`live_path`](HealthRoutes::live_path) | `/healthz` | the path of the liveness probe |
/// | [`ready_path`](HealthRoutes::ready_path) | `/readyz` | the path of the readiness probe |
///
/// ```
/// use actix_web::{App, test};
/// use measurand::actix::HealthRoutes;
/// use measurand::health::{Check, Health};
///
/// # actix_web::rt::System::new().block_on(async {
/// let check = Check::new("database", || async { Err("no connection") });
/// let health = Health::new().check(check).unwrap();
/// let routes = HealthRoutes::new(health).live_path("/livez").ready_path("/ready");
/// let app = test::init_service(App::new().service(routes)).await;
/// let get = |path| test::TestRequest::get().uri(path).to_request();
/// assert_eq!(test::call_and_read_body(&app, get("/livez")).await, "ok\n");
/// assert_eq!(test::call_service(&app, get("/ready")).await.status(), 503);
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "it serves nothing until it is passed to `App::service`"]
pub struct HealthRoutes {
    live_path: String,
    ready_path: String,
    health: Health,
}

impl HealthRoutes {
    /// Creates routes at `/healthz` and `/readyz` that answer from `health`.
    ///
    /// Pass clones of one `Health` to the apps of all workers, so that they share its checks.
    pub fn new(health: Health) -> HealthRoutes {
        let (live_path, ready_path) = ("/healthz".to_owned(), "/readyz".to_owned());
        HealthRoutes { live_path, ready_path, health }
    }

    /// Sets the path of the liveness probe.
    pub fn live_path(self, path: &str) -> HealthRoutes {
        HealthRoutes { live_path: path.to_owned(), ..self }
    }

    /// Sets the path of the readiness probe.
    pub fn ready_path(self, path: &str) -> HealthRoutes {
        HealthRoutes { ready_path: path.to_owned(), ..self }
    }

    /// Returns both paths, for a hint in 404 responses.
    pub(super) fn paths(&self) -> [&str; 2] {
        [&self.live_path, &self.ready_path]
    }
}

impl From<Health> for HealthRoutes {
    fn from(health: Health) -> HealthRoutes {
        HealthRoutes::new(health)
    }
}

impl HttpServiceFactory for HealthRoutes {
    fn register(self, config: &mut AppService) {
        let HealthRoutes { live_path, ready_path, health } = self;
        let live = {
            let health = health.clone();
            move || std::future::ready(response(health.live()))
        };
        Resource::new(live_path)
            .route(web::get().to(live.clone()))
            .route(web::head().to(live))
            .register(config);
        let ready = move |request: HttpRequest| ready(health.clone(), request);
        Resource::new(ready_path)
            .route(web::get().to(ready.clone()))
            .route(web::head().to(ready))
            .register(config);
    }
}

async fn ready(health: Health, request: HttpRequest) -> HttpResponse {
    let accept = header(&request, &ACCEPT);
    response(health.ready(&accept, request.query_string()).await)
}

fn response(answer: HealthAnswer) -> HttpResponse {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    for header in answer.headers {
        response.insert_header(header);
    }
    response.body(answer.body)
}
