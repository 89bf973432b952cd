mod cart {
    use measurand::{Gauge, Metrics};

    #[derive(Metrics)]
    #[metrics(namespace = "shop")]
    struct ShopMetrics {
        /// Requests waiting.
        queue_length: Gauge,
    }
}

mod checkout {
    use measurand::{Gauge, Metrics};

    #[derive(Metrics)]
    #[metrics(namespace = "shop")]
    struct ShopMetrics {
        /// Requests waiting.
        queue_length: Gauge,
    }
}

fn main() {}
