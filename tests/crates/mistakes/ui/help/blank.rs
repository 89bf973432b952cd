use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(help = " ")]
    orders_total: Counter,
}

fn main() {}
