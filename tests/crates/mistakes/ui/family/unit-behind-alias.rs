use measurand::{Family, Gauge, LabelValue, Metrics};

type Level = i64;

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders waiting.
    waiting_orders: Family<Tender, Gauge<Level>>,
}

fn main() {}
