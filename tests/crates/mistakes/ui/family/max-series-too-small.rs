use measurand::family::StatusClass;
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
    #[metric(max_series = 9)]
    orders_total: Family<(Tender, StatusClass), Counter>,
}

fn main() {}
