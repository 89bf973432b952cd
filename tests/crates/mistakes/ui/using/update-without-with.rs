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
    METRICS.orders_total.inc();
    METRICS.waiting_orders.set(1);
    METRICS.orders_total.keep().inc();
    METRICS.waiting_orders.scoped(Tender::Cash).set(1);
    METRICS.payment_seconds.observe(std::time::Duration::ZERO);
    METRICS.orders_total.with_label_values(&["cash"]).inc();
    METRICS.orders_total.get_or_create(&Tender::Cash).inc();
    METRICS.orders_total.get_metric_with_label_values(&["cash"]).unwrap().inc();
}
