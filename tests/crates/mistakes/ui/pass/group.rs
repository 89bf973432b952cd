use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct LookUps {
    /// Look-ups that found something.
    hits_total: Counter,
}

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    #[metric(flatten)]
    look_ups: LookUps,
    #[metric(flatten(prefix = "spare"))]
    spare: LookUps,
    /// Entries dropped.
    dropped_entries_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    #[metric(flatten)]
    cache: CacheMetrics,
    #[metric(flatten(prefix = "price"))]
    prices: CacheMetrics,
}

fn main() {
    METRICS.prices.spare.hits_total.inc();
    let mut text = String::new();
    measurand::encode_text(&mut text);
    assert!(text.contains("shop_price_spare_hits_total 1\n"), "{text}");
    assert!(text.contains("shop_spare_hits_total 0\n"), "{text}");
}
