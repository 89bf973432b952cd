use measurand::unit::Ratio;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// How full a cart is.
    cart_fill_ratio: Histogram<Ratio>,
}

fn main() {}
