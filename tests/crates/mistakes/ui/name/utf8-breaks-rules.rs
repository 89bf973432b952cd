use measurand::unit::Seconds;
use measurand::{Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop.", utf8)]
struct ShopMetrics {
    /// Time to take an order.
    #[metric(rename = "order.time.ms")]
    order_time: Histogram<Seconds>,
}

fn main() {}
