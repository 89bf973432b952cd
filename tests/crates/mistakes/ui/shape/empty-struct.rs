use measurand::Metrics;

#[derive(Metrics)]
struct ShopMetrics {}

fn main() {}
