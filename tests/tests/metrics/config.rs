//! Config structs whose numbers are shown as gauges.

use std::num::{NonZero, NonZeroU16};
use std::time::Duration;

use measurand::registry::RegisterError;
use measurand::{ConfigMetrics, Registry};

/// Part of a config that is no number.
struct Credentials;

/// How the service is set up.
#[derive(ConfigMetrics)]
#[metrics(namespace = "config_test", const_labels(source = "file"))]
struct Config<'a> {
    /// Connections at once, at most.
    max_connections: usize,
    /// Lowest priority.
    lowest_priority: i8,
    /// How long a request may take.
    request_timeout: Duration,
    /// How long a pause is.
    pause_seconds: Duration,
    /// How long to wait, as a number.
    wait_seconds: f64,
    /// Size of the cache.
    cache_bytes: Option<u64>,
    /// Part that is traced.
    #[metric(rename = "traced_ratio")]
    sampling: f32,
    /// Whether it is open.
    r#open: bool,
    /// Workers.
    workers: NonZeroU16,
    /// Shards.
    shards: NonZero<u64>,
    #[cfg(any())]
    /// Not there.
    absent: NoSuchType,
    name: &'a str,
    credentials: Credentials,
    #[metric(skip)]
    port: u16,
}

fn config(name: &str) -> Config<'_> {
    Config {
        max_connections: 500,
        lowest_priority: -3,
        request_timeout: Duration::from_millis(1_500),
        pause_seconds: Duration::from_secs(2),
        wait_seconds: 0.25,
        cache_bytes: Some(4_096),
        sampling: 0.5,
        open: true,
        workers: NonZeroU16::MIN,
        shards: NonZero::<u64>::MAX,
        name,
        credentials: Credentials,
        port: 80,
    }
}

fn page(registry: &Registry) -> String {
    let mut page = String::new();
    registry.encode_text(&mut page);
    let is_sample = |line: &&str| !line.starts_with('#');
    page.lines().filter(is_sample).map(|line| format!("{line}\n")).collect()
}

#[test]
fn every_number_is_a_gauge() {
    let registry = Registry::new();
    let config = config("main");
    let _gauges = config.register_metrics(&registry).unwrap();
    let expected = "\
config_test_cache_bytes{source=\"file\"} 4096
config_test_lowest_priority{source=\"file\"} -3
config_test_max_connections{source=\"file\"} 500
config_test_open{source=\"file\"} 1
config_test_pause_seconds{source=\"file\"} 2
config_test_request_timeout_seconds{source=\"file\"} 1.5
config_test_shards{source=\"file\"} 1.8446744073709552e+19
config_test_traced_ratio{source=\"file\"} 0.5
config_test_wait_seconds{source=\"file\"} 0.25
config_test_workers{source=\"file\"} 1
";
    assert_eq!(page(&registry), expected);
    let Config { name, credentials: Credentials, port, .. } = config;
    assert_eq!((name, port), ("main", 80));
}

#[test]
fn a_config_that_is_read_again_is_shown() {
    let registry = Registry::new();
    let gauges = config("main").register_metrics(&registry).unwrap();
    let fresh = Config { max_connections: 9, cache_bytes: None, ..config("again") };
    fresh.set_metrics(&gauges);
    let shown = page(&registry);
    assert!(shown.contains("config_test_max_connections{source=\"file\"} 9\n"), "{shown}");
    assert!(shown.contains("config_test_cache_bytes{source=\"file\"} NaN\n"), "{shown}");
    let error = fresh.register_metrics(&registry).unwrap_err();
    assert!(matches!(error, RegisterError::AlreadyRegistered(_)), "{error}");
    drop((gauges, error));
    assert_eq!(page(&registry), "");
}
