use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CheckoutMetrics {
    /// Orders placed.
    #[metric(rename = "orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_orders_total")]
    orders_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "a_shop_of_a_long_name")]
struct ShopMetrics {
    #[metric(flatten)]
    checkout: CheckoutMetrics,
}

fn main() {}
