use measurand::{Counter, Metrics};

#[derive(Metrics)]
enum ShopMetrics {
    /// Orders placed.
    Orders(Counter),
}

fn main() {}
