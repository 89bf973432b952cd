use measurand::{Counter, Family, LabelSet, Metrics};

#[derive(LabelSet)]
struct ShardLabels {
    shard: u16,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Orders placed.
    orders_total: Family<ShardLabels, Counter>,
}

fn main() {}
