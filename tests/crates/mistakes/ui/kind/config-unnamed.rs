use measurand::ConfigMetrics;

/// Limits.
#[derive(ConfigMetrics)]
struct Config(usize);

fn main() {}
