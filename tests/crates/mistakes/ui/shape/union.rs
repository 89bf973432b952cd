use measurand::{Counter, Metrics};

#[derive(Metrics)]
union ShopMetrics {
    /// Orders placed.
    orders_total: std::mem::ManuallyDrop<Counter>,
}

fn main() {}
