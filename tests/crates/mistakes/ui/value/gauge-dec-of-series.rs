use measurand::unit::Bytes;
use measurand::{Family, Gauge, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Size of an order.
    cart_bytes: Family<Tender, Gauge<Bytes>>,
}

fn main() {
    METRICS.cart_bytes.with(Tender::Cash).dec();
}
