use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", local)]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Counter,
}

mod again {
    use measurand::{Counter, Metrics};

    #[derive(Metrics)]
    #[metrics(namespace = "shop", local)]
    pub struct ShopMetrics {
        /// Orders placed.
        pub orders_total: Counter,
    }
}

fn main() {
    ShopMetrics::global().orders_total.inc();
    again::ShopMetrics::global().orders_total.inc();
}
