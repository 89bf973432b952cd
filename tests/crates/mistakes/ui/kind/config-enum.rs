use measurand::ConfigMetrics;

/// A mode.
#[derive(ConfigMetrics)]
enum Config {
    Fast,
    Slow,
}

fn main() {}
