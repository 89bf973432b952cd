use measurand::Metrics;

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    #[metric(skip(5))]
    limit: u32,
}

fn main() {}
