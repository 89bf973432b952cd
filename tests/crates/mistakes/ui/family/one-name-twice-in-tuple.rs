use measurand::{Counter, Family, LabelSet, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet)]
struct OrderLabels {
    tender: bool,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<(OrderLabels, Tender), Counter>,
}

fn main() {}
