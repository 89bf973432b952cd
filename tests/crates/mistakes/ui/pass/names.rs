use measurand::{Counter, Gauge, Metrics};

#[derive(Metrics)]
#[metrics(
    namespace = "shop",
    const_labels(version = "1", r#type = "a"),
    expect(target_label, reason = "an old dashboard"),
    deny(namespace)
)]
struct ShopMetrics {
    /// Orders placed.
    #[metric(rename = "placed_orders_total")]
    orders: Counter,
    #[metric(help = "Requests waiting.")]
    queue_length: Gauge,
    /// Replaced.
    #[metric(rename = "done_total", help = "Requests done.")]
    done: Counter,
    /// Requests refused.
    #[metric(expect(counter_total, base_unit, reason = "an old dashboard"))]
    refused_minutes_total: Gauge,
    /// A raw identifier.
    r#loop: Gauge,
    /// Another.
    r#type: Gauge,
    /// Short words that are no units where they stand.
    k8s_ns_events_total: Counter,
    /// Requests of the east.
    us_east_requests_total: Counter,
    /// Messages by Teams.
    ms_teams_messages_total: Counter,
    #[doc(hidden)]
    /// With an attribute before the comment.
    hidden: Gauge,
}

fn main() {
    ShopMetrics::global().r#type.set(1);
    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert!(
        text.contains("shop_type{type=\"a\",version=\"1\"} 1\n")
            || text.contains("shop_type{version=\"1\",type=\"a\"} 1\n"),
        "{text}"
    );
    assert!(text.contains("# HELP shop_done_total Requests done.\n"), "{text}");
}
