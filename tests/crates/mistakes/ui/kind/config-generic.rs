use measurand::ConfigMetrics;

/// Limits.
#[derive(ConfigMetrics)]
#[metrics(namespace = "app_config")]
struct Config<T> {
    /// Most connections.
    max_connections: usize,
    extra: T,
}

fn main() {}
