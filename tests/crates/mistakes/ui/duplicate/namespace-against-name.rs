use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    cart_orders_total: Counter,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", subsystem = "cart")]
struct CartMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
