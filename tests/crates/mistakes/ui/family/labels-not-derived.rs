use measurand::{Counter, Family, Metrics};

enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<Tender, Counter>,
}

fn main() {}
