use measurand::{Counter, Metrics};

#[derive(Metrics)]
#[metrics(group, expect(target_label, reason = "an old dashboard"))]
struct CacheMetrics {
    /// Look-ups that found something.
    hits_total: Counter,
}

fn main() {}
