use measurand::Metrics;

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(skip)]
    limit: u32,
}

fn main() {}
