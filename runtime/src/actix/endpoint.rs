//! The scrape endpoint as a service.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CACHE_CONTROL, HeaderName};
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, Resource};

use crate::access::{Access, Denied};
use crate::registry::{Gather, Registry};
use crate::scrape::{Body, Handler, Scrape};

/// Answers `GET /metrics` with all metrics of the binary.
///
/// The scraper chooses the format (by `Accept`: text format 0.0.4, OpenMetrics or protobuf), the
/// compression (by `Accept-Encoding`), and optionally the families (by `name[]=…` in the query,
/// which may be repeated).
///
/// Pages are encoded on a separate thread, so a scrape never blocks a worker that has requests to
/// answer. One page is encoded at a time: requests that arrive meanwhile share the next one, which
/// includes all updates made before they arrived. No page is begun for a client that has
/// disconnected, as far as the connection notices; it notices best with
/// [`h1_allow_half_closed(false)`](actix_web::HttpServer::h1_allow_half_closed). A slow client
/// costs some 100 KiB and a share of its page. While slow clients hold 32 MiB of pages, a new page
/// waits at most half a second; then the page that has gone unread for longest is dropped, and the
/// connections that read it are closed.
///
/// If there is not enough memory for the page, the response is 500 and tells so.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`path`](Endpoint::path) | `/metrics` | the path |
/// | [`registry`](Endpoint::registry) | [`Registry::global`] | the registry to serve |
/// | [`source`](Endpoint::source) | | another source to serve, instead of a registry |
/// | [`access`](Endpoint::access) | everybody | who may scrape |
/// | [`handler`](Endpoint::handler) | [`Handler::new`] | all other options |
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
#[must_use = "it serves nothing until it is passed to `App::service`"]
pub struct Endpoint {
    path: String,
    handler: Handler,
    access: Option<Access>,
}

impl Endpoint {
    /// Creates an endpoint that serves [`Registry::global`] at `/metrics`.
    pub fn new() -> Endpoint {
        Endpoint { path: "/metrics".to_owned(), handler: Handler::new(), access: None }
    }

    /// Sets the path.
    pub fn path(mut self, path: &str) -> Endpoint {
        self.path = path.to_owned();
        self
    }

    /// Returns the path.
    pub(super) fn path_served(&self) -> &str {
        &self.path
    }

    /// Restricts access. Other clients get 401 or 403, and no page is encoded for them.
    ///
    /// ```
    /// use actix_web::{App, test};
    /// use measurand::access::Access;
    /// use measurand::actix::Endpoint;
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let access = Access::credentials().bearer("a long secret").unwrap();
    /// let app = test::init_service(App::new().service(Endpoint::new().access(access))).await;
    /// let request = || test::TestRequest::get().uri("/metrics");
    /// assert_eq!(test::call_service(&app, request().to_request()).await.status(), 401);
    /// let request = request().insert_header(("Authorization", "Bearer a long secret"));
    /// assert_eq!(test::call_service(&app, request.to_request()).await.status(), 200);
    /// # });
    /// ```
    pub fn access(self, access: Access) -> Endpoint {
        Endpoint { access: Some(access), ..self }
    }

    /// Sets the registry to serve.
    ///
    /// ```
    /// use actix_web::{App, test};
    /// use measurand::actix::Endpoint;
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Gauge, Registry};
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let registry = Registry::new();
    /// let options = FamilyOptions::new("doc_endpoint_jobs", "Jobs waiting.");
    /// options.register_unlabelled::<Gauge>(&registry)?.leak().set(3);
    ///
    /// let app = test::init_service(App::new().service(Endpoint::new().registry(&registry))).await;
    /// let request = test::TestRequest::get().uri("/metrics").to_request();
    /// let page = test::call_and_read_body(&app, request).await;
    /// assert!(page.ends_with(b"doc_endpoint_jobs 3\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn registry(self, registry: &Registry) -> Endpoint {
        Endpoint { handler: self.handler.registry(registry), ..self }
    }

    /// Sets what to serve, such as part of a registry; [`Gather`] has an example.
    ///
    /// If `source` panics, the response is 500.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::actix::Endpoint;
    /// use measurand::registry::Registries;
    ///
    /// let plugins = Registry::new();
    /// let endpoint = Endpoint::new().source(Registries::new([Registry::global().clone(), plugins]));
    /// # drop(endpoint);
    /// ```
    pub fn source(self, source: impl Gather + Send + Sync + 'static) -> Endpoint {
        Endpoint { handler: self.handler.source(source), ..self }
    }

    /// Sets the handler, which has more options: limits, its own metrics, samples `…_created`. It
    /// replaces [`registry`](Endpoint::registry) and [`source`](Endpoint::source).
    ///
    /// ```
    /// use measurand::actix::Endpoint;
    /// use measurand::scrape::Handler;
    ///
    /// let endpoint = Endpoint::new().handler(Handler::new().max_in_flight(10).created_samples(true));
    /// ```
    pub fn handler(self, handler: Handler) -> Endpoint {
        Endpoint { handler, ..self }
    }

    /// Limits the number of scrapes in progress, unless a lower limit is set.
    pub(super) fn at_most(self, most: usize) -> Endpoint {
        Endpoint { handler: self.handler.at_most(most), ..self }
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
        let Endpoint { path, handler, access } = self;
        let scrape = move |request: HttpRequest| scrape(handler.clone(), access.clone(), request);
        Resource::new(path)
            .route(web::get().to(scrape.clone()))
            .route(web::head().to(scrape))
            .register(config);
    }
}

async fn scrape(handler: Handler, access: Option<Access>, request: HttpRequest) -> HttpResponse {
    if let Some(access) = access
        && let Err(denied) = check(&access, &request).await
    {
        return refused(&denied);
    }
    pause().await;
    const TIMEOUT: HeaderName = HeaderName::from_static("x-prometheus-scrape-timeout-seconds");
    let [accept, accept_encoding, timeout] =
        [ACCEPT, ACCEPT_ENCODING, TIMEOUT].map(|name| header(&request, &name));
    let scrape = Scrape {
        accept: &accept,
        accept_encoding: &accept_encoding,
        timeout: &timeout,
        query: request.query_string(),
    };
    let answer = handler.answer(&scrape).await;
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // The server is overloaded, so another client may use the connection.
        response.force_close();
    }
    for header in answer.headers {
        response.insert_header(header);
    }
    response.body(ActixBody(answer.body))
}

/// Yields until another task has run. A connection checks whether its client is still there only
/// after it has polled the response more than once; if it is not, the future ends here.
pub(super) async fn pause() {
    let _ = tokio::spawn(std::future::ready(())).await;
}

/// Checks the access of a request, by the peer address of its connection: no header can change
/// that.
pub(super) async fn check(access: &Access, request: &HttpRequest) -> Result<(), Denied> {
    let peer = request.peer_addr().map(|peer| peer.ip());
    access.check(peer, &header(request, &AUTHORIZATION)).await
}

/// Returns the response to a client that is denied access.
pub(super) fn refused(denied: &Denied) -> HttpResponse {
    let status = StatusCode::from_u16(denied.status).unwrap_or(StatusCode::FORBIDDEN);
    let mut response = HttpResponse::build(status);
    for header in &denied.headers {
        response.append_header(*header);
    }
    response.insert_header((CACHE_CONTROL, "no-store")).body(denied.body)
}

/// Returns all values of a header, joined by commas.
pub(super) fn header(request: &HttpRequest, name: &HeaderName) -> String {
    let values = request.headers().get_all(name);
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(",")
}

/// A body as actix-web expects it.
struct ActixBody(Body);

impl MessageBody for ActixBody {
    type Error = std::io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0.content_length() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, std::io::Error>>> {
        Poll::Ready(self.0.next())
    }
}
