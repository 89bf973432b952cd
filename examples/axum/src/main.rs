//! A service on axum that serves its metrics.
//!
//! ```sh
//! cargo run -p axum-metrics -- 127.0.0.1:8080
//! curl http://127.0.0.1:8080/hello http://127.0.0.1:8080/metrics
//! ```

mod metrics;

use std::error::Error;

use axum::Router;
use axum::routing::get;
use measurand::scrape::Handler;
use measurand::{Counter, Metrics};
use tokio::net::TcpListener;

/// What the service counts.
#[derive(Metrics)]
#[metrics(namespace = "hello", global = HELLO)]
struct HelloMetrics {
    /// Greetings sent.
    greetings_total: Counter,
}

fn app() -> Router {
    let handler = Handler::new();
    Router::new()
        .route("/metrics", get(move |request| metrics::scrape(handler, request)))
        .route("/hello", get(hello))
}

async fn hello() -> &'static str {
    HELLO.greetings_total.inc();
    "Hello!\n"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8080".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("metrics are at http://{}/metrics", listener.local_addr()?);
    Ok(axum::serve(listener, app()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scraper_gets_what_it_asks_for() {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(async { axum::serve(listener, app()).await });
        let get = |path: &str, accept: &str| {
            let request = ureq::get(format!("http://{address}{path}")).header("Accept", accept);
            let mut response = request.call().unwrap();
            let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
            (content_type, response.body_mut().read_to_string().unwrap())
        };
        get("/hello", "*/*");
        let (content_type, page) = get("/metrics", "*/*");
        assert_eq!(content_type, "text/plain; version=0.0.4; charset=utf-8");
        assert!(page.contains("hello_greetings_total 1\n"), "{page}");
        let openmetrics = "application/openmetrics-text;version=1.0.0";
        let (content_type, page) = get("/metrics?name[]=hello_greetings", openmetrics);
        assert_eq!(content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
        assert!(page.ends_with("hello_greetings_total 1\n# EOF\n"), "{page}");
    }
}
