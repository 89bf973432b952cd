use measurand::{Gauge, Metrics, WithExemplars};

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Api {
    /// Level.
    level: WithExemplars<Gauge>,
}

fn main() {}
