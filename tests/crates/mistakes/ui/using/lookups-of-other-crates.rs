use measurand::{Counter, Family, InProgress, LabelValue, Metrics};

#[derive(LabelValue)]
enum Tender {
    Cash,
    Card,
}

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<Tender, Counter>,
    /// Payments being made.
    payments: Family<Tender, InProgress>,
}

fn main() {
    METRICS.orders_total.get(&Tender::Cash).inc();
    METRICS.orders_total.with_labels(Tender::Card).inc();
    METRICS.payments.with(Tender::Card).inc();
}
