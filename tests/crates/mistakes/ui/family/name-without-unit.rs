use measurand::unit::Bytes;
use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Bytes sent.
    sent_total: Family<Tender, Counter<Bytes>>,
}

fn main() {}
