use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_too_many_buckets")]
struct Things {
    /// A thing.
    #[metric(native(max_buckets = 5000))]
    size: NativeHistogram,
}

fn main() {}
