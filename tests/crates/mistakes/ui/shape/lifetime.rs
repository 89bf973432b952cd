use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics<'a> {
    /// Orders placed.
    orders_total: Counter,
    #[metric(skip = "a")]
    name: &'a str,
}

fn main() {}
