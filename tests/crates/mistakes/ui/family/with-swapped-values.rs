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
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<(Tender, Path), Counter>,
}

fn main() {
    METRICS.orders_total.with((Path::Cart, Tender::Cash)).inc();
}
