#![deny(unused_must_use)]

use std::error::Error;

use measurand::runtime::FamilyOptions;
use measurand::{Counter, Metrics, Registry};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str))]
struct PoolMetrics {
    /// Connections opened.
    opened_connections_total: Counter,
}

fn main() -> Result<(), Box<dyn Error>> {
    PoolMetrics::register(Registry::global(), "orders")?;
    FamilyOptions::new("plugin_hits_total", "Hits.")
        .max_series(10)
        .register::<Counter, 1>(Registry::global(), ["plugin"])?;
    Ok(())
}
