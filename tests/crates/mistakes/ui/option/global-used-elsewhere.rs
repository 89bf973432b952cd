use measurand::{Counter, Metrics};

static METRICS: u32 = 1;

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

fn main() {}
