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
/// The scraper chooses the format (text format 0.0.4, OpenMetrics or protobuf, by `Accept`), the compression (by
/// `Accept-Encoding`), and if it wants, families (by `name[]=…` in the query, as often as there are some).
///
/// The page is made on a thread of its own, so that a scrape never holds up a worker that
/// has requests to answer. One is made at a time: requests that come meanwhile share the next one,
/// which shows all that was counted before they came. No work is begun for a client that has gone,
/// as far as its connection tells; with
/// [`h1_allow_half_closed(false)`](actix_web::HttpServer::h1_allow_half_closed) it tells best. A
/// client that reads slowly costs some 100 KiB and a share of its page. While slow readers hold 32
/// MiB of pages, a new one waits half a second at most; then the page that was not read for longest
/// is taken back, and the connections that read it are closed.
///
/// If there is no memory for the page, the answer is 500 and says so.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`path`](Endpoint::path) | `/metrics` | where it answers |
/// | [`registry`](Endpoint::registry) | [`Registry::global`] | what it serves |
/// | [`source`](Endpoint::source) | | the same, of whatever can be gathered |
/// | [`access`](Endpoint::access) | everybody | who is answered |
/// | [`handler`](Endpoint::handler) | [`Handler::new`] | how it answers, and what it serves |
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
    handler: Handler,
    access: Option<Access>,
}

impl Endpoint {
    /// The metrics of the binary, at `/metrics`.
    pub fn new() -> Endpoint {
        Endpoint { path: "/metrics".to_owned(), handler: Handler::new(), access: None }
    }

    /// Answers at another path.
    pub fn path(mut self, path: &str) -> Endpoint {
        self.path = path.to_owned();
        self
    }

    /// Answers only who is let in; others get 401 or 403, and no page is made for them.
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

    /// Serves another registry.
    pub fn registry(self, registry: &Registry) -> Endpoint {
        Endpoint { handler: self.handler.registry(registry), ..self }
    }

    /// Serves what `source` gathers, such as a part of a registry; the page of [`Gather`] has an
    /// example.
    ///
    /// If it panics, the answer is 500.
    pub fn source(self, source: impl Gather + Send + Sync + 'static) -> Endpoint {
        Endpoint { handler: self.handler.source(source), ..self }
    }

    /// Answers by this handler, which has more options: limits, own metrics, samples `…_created`.
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

    /// Answers no more scrapes at a time than this, or than its handler does anyway.
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
        // There is too much to do: another connection may have its place.
        response.force_close();
    }
    for header in answer.headers {
        response.insert_header(header);
    }
    response.body(Parts(answer.body))
}

/// A connection looks whether its client is still there only after it has asked for the answer, more than
/// once. It has when another task has had its turn; if not, the answer is dropped here.
pub(super) async fn pause() {
    let _ = tokio::spawn(std::future::ready(())).await;
}

/// Where a request comes from is what its connection says, which no header changes.
pub(super) async fn check(access: &Access, request: &HttpRequest) -> Result<(), Denied> {
    let peer = request.peer_addr().map(|peer| peer.ip());
    access.check(peer, &header(request, &AUTHORIZATION)).await
}

/// The answer to who is not let in.
pub(super) fn refused(denied: &Denied) -> HttpResponse {
    let status = StatusCode::from_u16(denied.status).unwrap_or(StatusCode::FORBIDDEN);
    let mut response = HttpResponse::build(status);
    for header in &denied.headers {
        response.append_header(*header);
    }
    response.insert_header((CACHE_CONTROL, "no-store")).body(denied.body)
}

/// All values of a header.
pub(super) fn header(request: &HttpRequest, name: &HeaderName) -> String {
    let values = request.headers().get_all(name);
    let values = values.map(|value| String::from_utf8_lossy(value.as_bytes()));
    values.collect::<Vec<_>>().join(",")
}

/// A body as actix-web takes it.
struct Parts(Body);

impl MessageBody for Parts {
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
