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
    orders_total: Counter<u64>,
    /// Orders waiting.
    waiting_orders: Family<Tender, Gauge<i64>>,
    /// Sizes of orders.
    order_items: Histogram<f64>,
}

fn main() {}
