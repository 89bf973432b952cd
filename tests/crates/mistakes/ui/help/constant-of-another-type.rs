use measurand::{Counter, Metrics};

const HELP: u32 = 3;

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(help = HELP)]
    orders_total: Counter,
}

fn main() {}
