use measurand::{Counter, Metrics, Registry};

#[derive(Metrics)]
#[metrics(namespace = "shop", instance)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {
    let _ = ShopMetrics::register(Registry::global(), "north");
}
