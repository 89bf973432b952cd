use measurand::{Gauge, Metrics};

/// The build.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Build {
    /// What was built.
    build_info: Gauge,
}

fn main() {}
