use measurand::unit::Seconds;
use measurand::{Counter, Family, Gauge, Histogram, LabelValue, Metrics};

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
    /// Orders waiting.
    waiting_orders: Family<Tender, Gauge>,
    /// How long payments took.
    #[metric(buckets = [0.1])]
    payment_seconds: Family<Tender, Histogram<Seconds>>,
}

fn main() {
    METRICS.orders_total.with(Tender::Cash).increment(1);
    METRICS.orders_total.with(Tender::Cash).dec();
    METRICS.waiting_orders.with(Tender::Card).inc_by(2);
    METRICS.payment_seconds.with(Tender::Card).record(0.1);
}
