use measurand::ConfigMetrics;

/// Limits.
#[derive(ConfigMetrics)]
#[metrics(namespace = "app_config")]
struct Config {
    max_connections: usize,
}

fn main() {}
