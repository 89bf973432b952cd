use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<Tender, Counter>,
    /// Orders placed.
    #[metric(rename = "orders_total")]
    orders: Counter,
}

fn main() {}
