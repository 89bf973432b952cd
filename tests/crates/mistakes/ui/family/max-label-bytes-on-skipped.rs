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
    #[metric(skip = 0, max_label_bytes = 4096)]
    id: u32,
}

fn main() {}
