use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
struct Customer<'a>(&'a str);

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<(Tender, Customer<'static>), Counter>,
}

fn main() {}
