use measurand::{Calls, Counter, Metrics};

const HELP: &str = " \n";

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(help = HELP)]
    orders_total: Counter,
    #[metric(help = concat!("", " "))]
    pricing: Calls,
}

fn main() {}
