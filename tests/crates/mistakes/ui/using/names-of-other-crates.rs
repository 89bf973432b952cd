use measurand::unit::Seconds;
use measurand::{Counter, Gauge, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
    /// Orders waiting.
    waiting_orders: Gauge,
    /// How long payments took.
    #[metric(buckets = [0.1])]
    payment_seconds: Histogram<Seconds>,
}

fn main() {
    METRICS.orders_total.increment(1);
    METRICS.waiting_orders.decrement(1.0);
    METRICS.payment_seconds.record(0.1);
    METRICS.payment_seconds.start_timer().observe_duration();
    METRICS.payment_seconds.observe_closure_duration(|| 1);
}
