use measurand::{Counter, Family, LabelSet, Metrics};

#[derive(LabelSet)]
struct Six {
    a: bool,
    b: bool,
    c: bool,
    d: bool,
    e: bool,
    f: bool,
}

#[derive(LabelSet)]
struct Five {
    a: bool,
    b: bool,
    c: bool,
    d: bool,
    e: bool,
}

/// Orders.
#[derive(Metrics)]
#[metrics(namespace = "shop", deny(label_count))]
struct ShopMetrics {
    /// Orders placed.
    placed_orders_total: Family<Six, Counter>,
    /// Orders sent.
    sent_orders_total: Family<Five, Counter>,
    /// Orders that are kept.
    #[metric(expect(label_count, reason = "a test"))]
    kept_orders_total: Family<Six, Counter>,
    /// Orders that came back.
    #[metric(expect(label_count, reason = "a test"))]
    returned_orders_total: Family<Five, Counter>,
}

/// One shop.
#[derive(Metrics)]
#[metrics(namespace = "one_shop", instance(shop: &str), deny(namespace, label_count))]
struct OneShopMetrics {
    /// Orders placed.
    order_total: Family<Five, Counter>,
}

/// Nobody asks.
#[derive(Metrics)]
#[metrics(namespace = "free_shop")]
struct FreeShopMetrics {
    /// Orders placed.
    placed_orders_total: Family<Six, Counter>,
}

fn main() {}
