//! The metrics of requests, as middleware.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use actix_web::HttpMessage as _;
use actix_web::body::{BodySize, MessageBody};
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::error::PayloadError;
use actix_web::http::Method;
use actix_web::http::header::{CONTENT_LENGTH, HeaderMap, HeaderName};
use actix_web::web::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::registry::Registry;
use crate::requests::{Request, RequestMetrics, RequestOptions, RequestsError};

/// A function that returns the value of a label.
type LabelOf = Arc<dyn Fn(&ServiceRequest) -> String + Send + Sync>;

/// Middleware that measures requests; the module [`requests`](crate::requests) lists the families.
/// Clones share their metrics.
///
/// Each request is counted once, however it ends: with a response, an `Err` of the service, a
/// panic, a disconnected client, or a body that fails. It ends when its whole response was passed
/// to the connection.
///
/// Wrap the app with it last, so that it is outermost and sees the responses of all others.
///
/// ```
/// use actix_web::{App, HttpResponse, test, web};
/// use measurand::Registry;
/// use measurand::actix::Requests;
///
/// # actix_web::rt::System::new().block_on(async {
/// let registry = Registry::new();
/// let requests = Requests::builder().exclude("/healthz").register(&registry).unwrap();
/// let app = App::new()
///     .route("/orders/{id}", web::get().to(async || HttpResponse::Ok().body("an order")))
///     .wrap(requests);
/// let app = test::init_service(app).await;
/// let request = test::TestRequest::get().uri("/orders/7").to_request();
/// assert_eq!(test::call_and_read_body(&app, request).await, "an order");
///
/// let labels = "{method=\"GET\",route=\"/orders/{id}\",status=\"2xx\",outcome=\"ok\"}";
/// assert!(registry.to_text().contains(&format!("http_server_requests_total{labels} 1\n")));
/// # });
/// ```
#[derive(Clone)]
pub struct Requests {
    measured: Arc<Measured>,
}

struct Measured {
    metrics: RequestMetrics,
    labels: Vec<LabelOf>,
    excluded: Vec<String>,
}

impl Requests {
    /// Creates a builder.
    pub fn builder() -> RequestsBuilder {
        let (labels, excluded) = (Vec::new(), Vec::new());
        RequestsBuilder { options: RequestOptions::new(), labels, excluded }
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests").field("metrics", &self.measured.metrics).finish_non_exhaustive()
    }
}

/// A builder of [`Requests`].
///
/// ```
/// use actix_web::{App, HttpResponse, test, web};
/// use measurand::Registry;
/// use measurand::actix::{Requests, RequestsBuilder};
/// use measurand::requests::RequestOptions;
///
/// # actix_web::rt::System::new().block_on(async {
/// let builder: RequestsBuilder = Requests::builder()
///     .options(RequestOptions::new().status_codes())
///     .label("scheme", |request| request.connection_info().scheme().to_owned())
///     .exclude("/healthz");
/// let registry = Registry::new();
/// let app = App::new()
///     .route("/healthz", web::get().to(HttpResponse::Ok))
///     .route("/orders", web::get().to(HttpResponse::Ok))
///     .wrap(builder.register(&registry)?);
/// let app = test::init_service(app).await;
/// for path in ["/healthz", "/orders"] {
///     let request = test::TestRequest::get().uri(path).to_request();
///     test::call_and_read_body(&app, request).await;
/// }
/// let page = registry.to_text();
/// assert!(page.contains("route=\"/orders\",status=\"200\",scheme=\"http\",outcome=\"ok\"} 1\n"));
/// assert!(!page.contains("/healthz"));
/// # Ok::<(), measurand::requests::RequestsError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
#[must_use = "there is no middleware until `register` is called"]
pub struct RequestsBuilder {
    options: RequestOptions,
    labels: Vec<LabelOf>,
    excluded: Vec<String>,
}

impl RequestsBuilder {
    /// Sets the options of the metrics: status codes, buckets, the name of the server. Call it
    /// before [`label`](RequestsBuilder::label).
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::actix::Requests;
    /// use measurand::requests::RequestOptions;
    ///
    /// let options = RequestOptions::new().server("api").status_codes();
    /// let requests = Requests::builder().options(options).register(&Registry::new())?;
    /// # Ok::<(), measurand::requests::RequestsError>(())
    /// ```
    pub fn options(self, options: RequestOptions) -> RequestsBuilder {
        RequestsBuilder { options, ..self }
    }

    /// Adds a label. If its values come from clients, [`max_series`](RequestOptions::max_series)
    /// bounds their number. An empty value means the same as no label.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::actix::Requests;
    ///
    /// let requests = Requests::builder()
    ///     .label("scheme", |request| request.connection_info().scheme().to_owned())
    ///     .register(&Registry::new())?;
    /// # Ok::<(), measurand::requests::RequestsError>(())
    /// ```
    pub fn label(
        mut self,
        name: impl Into<String>,
        value: impl Fn(&ServiceRequest) -> String + Send + Sync + 'static,
    ) -> RequestsBuilder {
        self.labels.push(Arc::new(value));
        RequestsBuilder { options: self.options.label(name), ..self }
    }

    /// Excludes a route, by its pattern, such as `/metrics` or `/orders/{id}`.
    pub fn exclude(mut self, pattern: impl Into<String>) -> RequestsBuilder {
        self.excluded.push(pattern.into());
        self
    }

    /// Adds the metrics to a registry, and returns the middleware.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`RequestOptions::register`].
    pub fn register(self, registry: &Registry) -> Result<Requests, RequestsError> {
        let RequestsBuilder { options, labels, excluded } = self;
        let metrics = options.register(registry)?;
        Ok(Requests { measured: Arc::new(Measured { metrics, labels, excluded }) })
    }
}

impl fmt::Debug for RequestsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestsBuilder").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Measured {
    /// Begins a request, unless its route is excluded.
    fn begin(&self, request: &mut ServiceRequest) -> RequestInProgress {
        let pattern = request.match_pattern();
        if pattern.as_ref().is_some_and(|pattern| self.excluded.contains(pattern)) {
            return RequestInProgress::default();
        }
        let values: Vec<_> = self.labels.iter().map(|value| value(request)).collect();
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        let mut begun = self.metrics.start(request.method().as_str(), &values);
        if let Some(pattern) = pattern {
            begun.route(pattern);
        }
        const TRACE_PARENT: HeaderName = HeaderName::from_static("traceparent");
        if let Some(parent) = text_of(request.headers(), &TRACE_PARENT) {
            begun.trace_parent(parent);
        }
        let length = text_of(request.headers(), &CONTENT_LENGTH).and_then(|it| it.parse().ok());
        let mut received = None;
        match (length, request.take_payload()) {
            (Some(length), payload) => {
                begun.add_request_bytes(length);
                request.set_payload(payload);
            }
            (None, Payload::None) => {}
            (None, payload) => {
                let bytes = Rc::new(Cell::new(0));
                received = Some(bytes.clone());
                let payload = Box::pin(Received { payload, bytes });
                request.set_payload(Payload::Stream { payload });
            }
        }
        RequestInProgress { request: Some(begun), received }
    }
}

fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// A request in progress, which is measured unless its route is excluded.
#[derive(Default)]
struct RequestInProgress {
    request: Option<Request>,
    /// The number of received bytes, if the request has no `Content-Length`.
    received: Option<Rc<Cell<u64>>>,
}

impl RequestInProgress {
    fn answer(&mut self, status: u16) {
        if let Some(request) = &mut self.request {
            request.answer(status);
        }
    }

    /// Ends the request, unless it has ended already.
    fn end(&mut self, end: impl FnOnce(Request)) {
        if let Some(mut request) = self.request.take() {
            request.add_request_bytes(self.received.take().map_or(0, |bytes| bytes.get()));
            end(request);
        }
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        self.end(drop);
    }
}

pin_project! {
    /// A request body without `Content-Length`, whose bytes are counted.
    struct Received {
        #[pin]
        payload: Payload,
        bytes: Rc<Cell<u64>>,
    }
}

impl Stream for Received {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let next = ready!(this.payload.poll_next(context));
        if let Some(Ok(bytes)) = &next {
            this.bytes.set(this.bytes.get() + bytes.len() as u64);
        }
        Poll::Ready(next)
    }
}

impl<S, B> Transform<S, ServiceRequest> for Requests
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<MeasuredBody<B>>;
    type Error = actix_web::Error;
    type Transform = RequestsService<S>;
    type InitError = ();
    type Future = std::future::Ready<Result<RequestsService<S>, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        let measured = self.measured.clone();
        std::future::ready(Ok(RequestsService { service, measured }))
    }
}

/// The service that measures requests of another one, created by [`Requests`].
#[derive(Debug)]
pub struct RequestsService<S> {
    service: S,
    measured: Arc<Measured>,
}

impl fmt::Debug for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Measured").finish_non_exhaustive()
    }
}

impl<S, B> Service<ServiceRequest> for RequestsService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    S::Future: 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<MeasuredBody<B>>;
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let mut begun = self.measured.begin(&mut request);
        let is_head = request.method() == Method::HEAD;
        // If this panics, `begun` is dropped, which ends the request.
        let answer = self.service.call(request);
        Box::pin(async move {
            match answer.await {
                Ok(response) => {
                    begun.answer(response.status().as_u16());
                    Ok(response.map_body(|_, body| {
                        let mut measured = MeasuredBody { body, begun, sent: 0, is_head };
                        measured.end_if_sent();
                        measured
                    }))
                }
                Err(error) => {
                    begun.answer(error.as_response_error().status_code().as_u16());
                    begun.end(Request::finish);
                    Err(error)
                }
            }
        })
    }
}

pin_project! {
    /// The body of a measured response.
    pub struct MeasuredBody<B>
    where
        B: MessageBody,
    {
        #[pin]
        body: B,
        begun: RequestInProgress,
        sent: u64,
        is_head: bool,
    }

    impl<B> PinnedDrop for MeasuredBody<B>
    where
        B: MessageBody,
    {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            end_if_sent(this.body.size(), *this.is_head, *this.sent, this.begun);
        }
    }
}

impl<B: MessageBody> MeasuredBody<B> {
    fn end_if_sent(&mut self) {
        end_if_sent(self.body.size(), self.is_head, self.sent, &mut self.begun);
    }
}

/// Ends the request if its whole body was sent. Connections do not poll a sized body again after
/// its last byte.
fn end_if_sent(size: BodySize, is_head: bool, sent: u64, begun: &mut RequestInProgress) {
    let is_sent = match size {
        BodySize::None => true,
        BodySize::Sized(size) => sent >= size,
        BodySize::Stream => false,
    };
    if is_sent || is_head {
        begun.end(Request::finish);
    }
}

impl<B: MessageBody> MessageBody for MeasuredBody<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = self.project();
        let next = ready!(this.body.poll_next(context));
        match &next {
            Some(Ok(bytes)) => {
                *this.sent += bytes.len() as u64;
                if let Some(request) = &mut this.begun.request {
                    request.add_response_bytes(bytes.len() as u64);
                }
            }
            Some(Err(_)) => this.begun.end(Request::fail),
            None => this.begun.end(Request::finish),
        }
        Poll::Ready(next)
    }
}

impl<B: MessageBody> fmt::Debug for MeasuredBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeasuredBody").field("sent", &self.sent).finish_non_exhaustive()
    }
}
