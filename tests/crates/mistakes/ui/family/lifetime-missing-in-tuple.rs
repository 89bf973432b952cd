use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

#[derive(Metrics)]
#[metrics(group)]
struct ShopMetrics {
    /// Orders placed.
    #[metric(max_series = 500)]
    orders_total: Family<(Tender, Tenant), Counter>,
}

fn main() {}
