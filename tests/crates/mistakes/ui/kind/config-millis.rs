use measurand::ConfigMetrics;

/// Limits.
#[derive(ConfigMetrics)]
#[metrics(namespace = "app_config")]
struct Config {
    /// How long a request may take.
    timeout_ms: u64,
}

fn main() {}
