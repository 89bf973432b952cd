use measurand::{Counter, Metrics};

const HELP: &str = "Orders placed.";

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(help = HELP)]
    orders_total: Counter,
}

fn main() {}
