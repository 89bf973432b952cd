mod metrics {
    use measurand::{Counter, Metrics};

    #[derive(Metrics)]
    #[metrics(namespace = "shop")]
    pub struct ShopMetrics {
        /// Orders placed.
        pub orders_total: Counter,
    }
}

fn main() {
    metrics::ShopMetrics::new().orders_total.inc();
}
