use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(global = METRICS)]
enum ShopMetrics {
    /// Orders placed.
    Orders(Counter),
}

fn main() {
    let _ = ShopMetrics::global();
    let _ = &METRICS;
}
