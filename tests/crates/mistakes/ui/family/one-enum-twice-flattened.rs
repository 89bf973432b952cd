use measurand::{Counter, Family, LabelSet, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet)]
struct OrderLabels {
    is_gift: bool,
    #[label(flatten)]
    tenders: (Tender, Tender),
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<OrderLabels, Counter>,
}

fn main() {}
