use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Items in a cart.
    #[metric(buckets = [0.5, 1])]
    cart_items: Histogram,
}

fn main() {}
