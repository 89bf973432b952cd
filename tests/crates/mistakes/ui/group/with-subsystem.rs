use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group, subsystem = "cache")]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

fn main() {}
