use measurand::{Counter, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {
    METRICS.orders_total.with(Tender::Cash).inc();
}
