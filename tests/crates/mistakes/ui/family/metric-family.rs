use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelValue)]
enum Path {
    Cart,
    Search,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<Tender, Family<Path, Counter>>,
}

fn main() {}
