use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(tender = "cash"))]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<Tender, Counter>,
}

fn main() {}
