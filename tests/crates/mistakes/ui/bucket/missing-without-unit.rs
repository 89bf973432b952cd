use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Items in a cart.
    cart_items: Histogram,
}

fn main() {}
