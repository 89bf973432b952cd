//! The scrape endpoint as a service.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web;
use actix_web::{HttpResponse, Resource};

use super::pages::{Pages, Parts};
use crate::exposition::TEXT_CONTENT_TYPE;
use crate::registry::Registry;

/// Answers `GET /metrics` with all metrics of the binary, in text format 0.0.4.
///
/// The exposition is made on a thread of its own, so that a scrape never holds up a worker that
/// has requests to answer. One is made at a time: requests that come meanwhile share the next one,
/// which shows all that was counted before they came. No work is begun for a client that has gone,
/// as far as its connection tells; with
/// [`h1_allow_half_closed(false)`](actix_web::HttpServer::h1_allow_half_closed) it tells best. A
/// client that reads slowly costs some 100 KiB and a share of its page. While slow readers hold 32
/// MiB of pages, a new one waits half a second at most; then the page that was not read for longest
/// is taken back, and the connections that read it are closed.
///
/// If there is no memory for the exposition, the answer is 500 and says so.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`path`](Endpoint::path) | `/metrics` | where it answers |
/// | [`registry`](Endpoint::registry) | [`Registry::global`] | what it serves |
///
/// ```
/// use actix_web::{App, test};
/// use measurand::actix::Endpoint;
///
/// # actix_web::rt::System::new().block_on(async {
/// let app = test::init_service(App::new().service(Endpoint::new().path("/internal/metrics"))).await;
/// let request = test::TestRequest::get().uri("/internal/metrics").to_request();
/// let response = test::call_service(&app, request).await;
/// assert_eq!(response.headers().get("content-type").unwrap(), "text/plain; version=0.0.4; charset=utf-8");
/// # });
/// ```
#[derive(Clone, Debug)]
#[must_use = "it serves nothing until it is handed to `App::service`"]
pub struct Endpoint {
    path: String,
    registry: Registry,
    pages: Pages,
}

impl Endpoint {
    /// The metrics of the binary, at `/metrics`.
    pub fn new() -> Endpoint {
        Endpoint {
            path: "/metrics".to_owned(),
            registry: Registry::global().clone(),
            pages: Pages::of_binary(),
        }
    }

    /// Answers at another path.
    pub fn path(mut self, path: &str) -> Endpoint {
        self.path = path.to_owned();
        self
    }

    /// Serves another registry.
    pub fn registry(mut self, registry: &Registry) -> Endpoint {
        self.registry = registry.clone();
        // A clone may serve the former one.
        self.pages = Pages::default();
        self
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        Endpoint::new()
    }
}

impl HttpServiceFactory for Endpoint {
    fn register(self, config: &mut AppService) {
        let Endpoint { path, registry, pages } = self;
        let scrape = move || scrape(registry.clone(), pages.clone());
        Resource::new(path)
            .route(web::get().to(scrape.clone()))
            .route(web::head().to(scrape))
            .register(config);
    }
}

async fn scrape(registry: Registry, pages: Pages) -> HttpResponse {
    match pages.next(&registry).await {
        Ok(page) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, TEXT_CONTENT_TYPE))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(Parts::new(page)),
        Err(error) => HttpResponse::InternalServerError()
            .body(format!("the exposition could not be made: {error}\n")),
    }
}
