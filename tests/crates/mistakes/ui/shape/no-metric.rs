use measurand::Metrics;

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Carts.
    carts: Vec<u8>,
}

fn main() {}
