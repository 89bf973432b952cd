use measurand::ConfigMetrics;

/// Limits.
#[derive(ConfigMetrics)]
#[metrics(namespace = "app_config", global = CONFIG)]
struct Config {
    /// Most connections.
    max_connections: usize,
}

fn main() {}
