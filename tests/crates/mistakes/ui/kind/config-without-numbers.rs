use measurand::{ConfigMetrics, Registry};

/// Names.
#[derive(ConfigMetrics)]
#[metrics(namespace = "app_config")]
struct Config {
    name: String,
}

fn main() {
    let config = Config { name: String::new() };
    let _ = config.register_metrics(&Registry::new());
}
