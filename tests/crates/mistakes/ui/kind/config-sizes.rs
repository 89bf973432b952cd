use measurand::ConfigMetrics;

/// Limits.
#[derive(ConfigMetrics)]
#[metrics(namespace = "app_config")]
struct Config {
    /// Size of the cache.
    cache_mb: u32,
    /// Part that is kept.
    kept_percent: u8,
    /// Fewest workers.
    min_workers: u8,
    /// Fewest shards.
    shards_min: u8,
    /// Kept as it was.
    #[metric(expect(abbreviation, reason = "dashboards read it"))]
    timeout_ms: u64,
}

fn main() {}
