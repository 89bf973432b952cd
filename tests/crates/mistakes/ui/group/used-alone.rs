use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group)]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

fn main() {
    let _ = CacheMetrics::global();
}
