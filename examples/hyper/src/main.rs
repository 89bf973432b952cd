//! A listener for metrics on hyper.
//!
//! ```sh
//! cargo run -p hyper-metrics -- 127.0.0.1:9091
//! curl http://127.0.0.1:9091/
//! ```

use std::convert::Infallible;
use std::error::Error;
use std::io;

use futures_util::stream;
use http_body_util::StreamBody;
use hyper::body::{Body, Frame, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use measurand::build_info;
use measurand::scrape::{Handler, Scrape};
use tokio::net::TcpListener;

build_info!(namespace = "hyper_example");

/// Answers a scrape.
async fn scrape(
    handler: Handler,
    request: Request<Incoming>,
) -> Result<Response<impl Body<Data: Send, Error: Error + Send + Sync>>, Infallible> {
    let header = |name| request.headers().get(name).and_then(|it| it.to_str().ok()).unwrap_or("");
    let scrape = Scrape {
        accept: header("accept"),
        accept_encoding: header("accept-encoding"),
        timeout: header("x-prometheus-scrape-timeout-seconds"),
        query: request.uri().query().unwrap_or(""),
    };
    let answer = handler.answer(&scrape).await;
    let mut response = Response::builder().status(answer.status);
    for (name, value) in answer.headers {
        response = response.header(name, value);
    }
    response = response.header("Content-Length", answer.body.content_length());
    let parts = answer.body.map(|part| part.map(Frame::data));
    Ok(response.body(StreamBody::new(stream::iter(parts))).expect("the headers are valid"))
}

async fn serve(listener: TcpListener) -> io::Result<()> {
    let handler = Handler::new();
    loop {
        let (connection, _) = listener.accept().await?;
        let handler = handler.clone();
        let service = service_fn(move |request| scrape(handler.clone(), request));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(connection), service);
        tokio::spawn(async {
            if let Err(error) = connection.await {
                eprintln!("a connection has ended: {error}");
            }
        });
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9091".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("metrics are at http://{}/", listener.local_addr()?);
    serve(listener).await
}
