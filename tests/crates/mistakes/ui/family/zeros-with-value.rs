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
    #[metric(zeros = true)]
    orders_total: Family<Tender, Counter>,
}

fn main() {}
