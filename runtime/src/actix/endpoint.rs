//! The scrape endpoint as a service.

use std::fmt;
use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web;
use actix_web::{HttpResponse, Resource};

use super::pages::{Pages, Parts, Source};
use crate::exposition::TEXT_CONTENT_TYPE;
use crate::registry::{Gather, Registry};

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
/// | [`source`](Endpoint::source) | | the same, of whatever can be gathered |
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
#[derive(Clone)]
#[must_use = "it serves nothing until it is handed to `App::service`"]
pub struct Endpoint {
    path: String,
    source: Source,
    pages: Pages,
}

impl Endpoint {
    /// The metrics of the binary, at `/metrics`.
    pub fn new() -> Endpoint {
        Endpoint {
            path: "/metrics".to_owned(),
            source: Arc::new(Registry::global().clone()),
            pages: Pages::of_binary(),
        }
    }

    /// Answers at another path.
    pub fn path(mut self, path: &str) -> Endpoint {
        self.path = path.to_owned();
        self
    }

    /// Serves another registry.
    pub fn registry(self, registry: &Registry) -> Endpoint {
        self.source(registry.clone())
    }

    /// Serves what `source` gathers, such as a part of a registry; the page of [`Gather`] has an
    /// example.
    ///
    /// If it panics, the answer is 500.
    pub fn source(mut self, source: impl Gather + Send + Sync + 'static) -> Endpoint {
        self.source = Arc::new(source);
        // A clone may serve the former one.
        self.pages = Pages::default();
        self
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("path", &self.path).finish_non_exhaustive()
    }
}

impl Default for Endpoint {
    fn default() -> Self {
        Endpoint::new()
    }
}

impl HttpServiceFactory for Endpoint {
    fn register(self, config: &mut AppService) {
        let Endpoint { path, source, pages } = self;
        let scrape = move || scrape(source.clone(), pages.clone());
        Resource::new(path)
            .route(web::get().to(scrape.clone()))
            .route(web::head().to(scrape))
            .register(config);
    }
}

async fn scrape(source: Source, pages: Pages) -> HttpResponse {
    match pages.next(&source).await {
        Ok(page) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, TEXT_CONTENT_TYPE))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(Parts::new(page)),
        Err(error) => HttpResponse::InternalServerError()
            .body(format!("the exposition could not be made: {error}\n")),
    }
}
