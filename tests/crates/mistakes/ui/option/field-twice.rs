use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(help = "Orders.", help = "Orders placed.")]
    orders_total: Counter,
}

fn main() {}
