use measurand::{Counter, Metrics};

#[derive(Metrics)]
struct ShopMetrics(
    /// Orders placed.
    Counter,
);

fn main() {}
