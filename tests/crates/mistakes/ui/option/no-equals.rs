use measurand::{Histogram, Metrics, unit::Bytes};

#[derive(Metrics)]
#[metrics(namespace "shop")]
struct ShopMetrics {
    #[metric(help: "Sizes of orders.", buckets: [1, 10])]
    order_bytes: Histogram<Bytes>,
}

fn main() {}
