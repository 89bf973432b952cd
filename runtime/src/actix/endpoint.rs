//! The scrape endpoint as a service.

use std::sync::{Arc, Mutex};

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::web::{self, Bytes};
use actix_web::{HttpResponse, Resource};

use crate::exposition::TEXT_CONTENT_TYPE;
use crate::registry::Registry;

/// Answers `GET /metrics` with all metrics of the binary, in text format 0.0.4.
///
/// The exposition is made on actix-web's pool for blocking work, so that a scrape never holds up
/// a worker that has requests to answer.
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
pub struct Endpoint {
    path: String,
    registry: Registry,
    buffers: Buffers,
}

impl Endpoint {
    /// The metrics of the binary, at `/metrics`.
    pub fn new() -> Endpoint {
        Endpoint {
            path: "/metrics".to_owned(),
            registry: Registry::global().clone(),
            buffers: Buffers::default(),
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
        let Endpoint { path, registry, buffers } = self;
        let scrape = move || scrape(registry.clone(), buffers.clone());
        Resource::new(path)
            .route(web::get().to(scrape.clone()))
            .route(web::head().to(scrape))
            .register(config);
    }
}

async fn scrape(registry: Registry, buffers: Buffers) -> HttpResponse {
    match web::block(move || buffers.fill(&registry)).await {
        Ok(body) => HttpResponse::Ok()
            .insert_header((CONTENT_TYPE, TEXT_CONTENT_TYPE))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body(body),
        Err(error) => HttpResponse::InternalServerError()
            .body(format!("the exposition could not be made: {error}\n")),
    }
}

/// Buffers that are kept between scrapes.
#[derive(Clone, Debug, Default)]
struct Buffers {
    idle: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Buffers {
    /// The exposition, in a buffer that comes back when the response is sent.
    fn fill(&self, registry: &Registry) -> Bytes {
        let text = self.idle().pop().unwrap_or_default();
        let mut filled = Filled { text, buffers: self.clone() };
        registry.encode_text_bytes(&mut filled.text);
        Bytes::from_owner(filled)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Vec<u8>>> {
        self.idle.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// A buffer on its way to a scraper.
struct Filled {
    text: Vec<u8>,
    buffers: Buffers,
}

impl AsRef<[u8]> for Filled {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

impl Drop for Filled {
    fn drop(&mut self) {
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        self.buffers.idle().push(text);
    }
}
