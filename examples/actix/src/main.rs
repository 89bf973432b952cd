//! A web service on actix-web. Its metrics, health and readiness have a port of their own.
//!
//! ```sh
//! cargo run -p actix-metrics
//! curl http://127.0.0.1:8080/orders/7
//! curl http://127.0.0.1:9091/metrics
//! curl http://127.0.0.1:9091/readyz
//! ```

use std::env;
use std::error::Error;

use actix_web::{App, HttpResponse, HttpServer, web};
use measurand::actix::Monitoring;
use measurand::collectors::standard_collectors;
use measurand::health::{Check, Health};
use measurand::{Calls, Metrics, Registry, instrument_metrics};

measurand::build_info!(namespace = "shop");

/// What the shop reports besides its requests, which the middleware measures.
#[derive(Metrics)]
#[metrics(namespace = "shop", global = SHOP)]
struct ShopMetrics {
    /// Queries of the database
    #[metric(buckets = exponential(0.000_1, 4, 8))]
    query: Calls,
}

/// Stands for a query of the database.
#[instrument_metrics(SHOP.query)]
async fn find_order(id: u32) -> Result<Option<String>, String> {
    Ok((id < 100).then(|| format!("order {id}\n")))
}

/// Stands for a ping of the database.
async fn ping() -> Result<(), String> {
    Ok(())
}

async fn order(id: web::Path<u32>) -> HttpResponse {
    match find_order(*id).await {
        Ok(Some(order)) => HttpResponse::Ok().body(order),
        Ok(None) => HttpResponse::NotFound().body("no such order\n"),
        Err(_) => HttpResponse::InternalServerError().finish(),
    }
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut addresses = env::args().skip(1);
    let metrics_address = addresses.next().unwrap_or_else(|| "127.0.0.1:9091".to_owned());
    let address = addresses.next().unwrap_or_else(|| "127.0.0.1:8080".to_owned());

    standard_collectors(Registry::global())?;
    let health = Health::new().check(Check::new("database", ping))?;
    let monitoring = Monitoring::builder().health(health).build()?;
    let metrics = monitoring.server(metrics_address)?.spawn()?;
    println!("metrics are at http://{}/metrics", metrics.local_addr());

    let app =
        move || App::new().route("/orders/{id}", web::get().to(order)).wrap(monitoring.requests());
    let server = HttpServer::new(app).bind(address)?;
    println!("orders are at http://{}/orders/7", server.addrs()[0]);
    Ok(server.run().await?)
}
