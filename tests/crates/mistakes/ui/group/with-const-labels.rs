use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group, const_labels(cache = "a"))]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

fn main() {}
