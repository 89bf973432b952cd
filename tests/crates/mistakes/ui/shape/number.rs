use measurand::Metrics;

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders: u64,
}

fn main() {}
