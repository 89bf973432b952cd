//! A service on axum that serves its metrics, in the format that the scraper asks for.
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
