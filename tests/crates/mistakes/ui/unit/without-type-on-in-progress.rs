use measurand::{InProgress, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop")]
struct ShopMetrics {
    /// Uploads.
    upload_bytes: InProgress,
}

fn main() {}
