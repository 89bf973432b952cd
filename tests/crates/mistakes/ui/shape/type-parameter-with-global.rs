use measurand::Metrics;

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics<T> {
    /// Orders placed.
    orders_total: T,
}

fn main() {
    METRICS.orders_total.inc();
}
