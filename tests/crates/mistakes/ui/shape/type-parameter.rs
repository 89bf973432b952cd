use measurand::Metrics;

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics<T> {
    /// Orders placed.
    orders_total: T,
}

fn main() {}
