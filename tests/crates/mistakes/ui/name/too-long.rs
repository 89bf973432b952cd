use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    #[metric(
        rename = "orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_total"
    )]
    orders_total: Counter,
}

fn main() {}
