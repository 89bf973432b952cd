use measurand::ConfigMetrics;

/// Limits.
#[derive(ConfigMetrics)]
#[metrics(namespace "app_config")]
struct Config {
    /// Most connections.
    max_connections: usize,
}

fn main() {}
