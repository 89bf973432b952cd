use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop.", utf8)]
struct ShopMetrics {
    /// Orders taken.
    #[metric(rename = "orders.taken")]
    taken: Counter,
}

fn main() {}
