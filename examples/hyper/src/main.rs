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
    Ok(response.body(StreamBody::new(stream::iter(parts))).expect("all of it is valid"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scraper_gets_what_it_asks_for() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(serve(listener));
        let get = |accept: &str| {
            let request = ureq::get(format!("http://{address}/")).header("Accept", accept);
            let mut response = request.call().unwrap();
            let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
            (content_type, response.body_mut().read_to_string().unwrap())
        };
        let (content_type, page) = get("*/*");
        assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
        assert!(page.contains("hyper_example_build_info{"), "{page}");
        let (content_type, page) = get("application/openmetrics-text;version=1.0.0");
        assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert!(page.contains("# TYPE hyper_example_build info\n"), "{page}");
    }
}
