use measurand::{InProgress, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "digest")]
struct DigestMetrics {
    /// Running.
    in_progress: InProgress,
}

#[derive(Metrics)]
#[metrics(namespace = "digest")]
struct HashMetrics {
    /// Running.
    in_progress: InProgress,
}

fn main() {}
