use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics<U: measurand::unit::Unit> {
    /// Orders placed.
    orders_total: Counter<U>,
}

fn main() {
    let _ = ShopMetrics::<measurand::unit::Bytes>::global();
}
