use measurand::{Gauge, Metrics, Registry};

#[derive(Metrics)]
#[metrics(namespace = "pool", instance(pool: &str, shard: u32, r#type: String), expect(target_label, reason = "an old dashboard"))]
struct PoolMetrics {
    /// Connections that are open.
    open_connections: Gauge,
}

fn main() {
    let registry = Registry::new();
    let orders = PoolMetrics::register(&registry, "orders", 3, "a".to_owned()).unwrap();
    orders.open_connections.set(4);
    let mut text = String::new();
    registry.encode_text(&mut text);
    assert!(
        text.contains("pool_open_connections{pool=\"orders\",shard=\"3\",type=\"a\"} 4\n"),
        "{text}"
    );
}
