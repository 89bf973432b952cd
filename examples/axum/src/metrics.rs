//! Scrapes as requests of axum.

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use futures_util::stream;
use measurand::scrape::{Handler, Scrape};

/// Answers a scrape.
pub(crate) async fn scrape(handler: Handler, request: Request) -> Response {
    let (request, _) = request.into_parts();
    let header = |name| request.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or("");
    let scrape = Scrape {
        accept: header("accept"),
        accept_encoding: header("accept-encoding"),
        timeout: header("x-prometheus-scrape-timeout-seconds"),
        query: request.uri.query().unwrap_or(""),
    };
    let answer = handler.answer(&scrape).await;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response = response.header("Content-Length", answer.body.content_length());
    response.body(Body::from_stream(stream::iter(answer.body))).expect("the headers are valid")
}
