use measurand::{Counter, Family, LabelValue, Metrics};

#[derive(LabelValue)]
enum Path {
    Cart,
    Search,
}

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Requests answered.
    requests_by_path_total: Family<Path, Counter>,
}

fn main() {}
