use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(group)]
struct CheckoutMetrics {
    /// Orders placed.
    orders_total: Family<Tender, Counter>,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", const_labels(tender = "cash"))]
struct ShopMetrics {
    #[metric(flatten)]
    checkout: CheckoutMetrics,
}

fn main() {}
