use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_schema_too_fine")]
struct Things {
    /// A thing.
    #[metric(native(schema = 9, max_buckets = 100))]
    size: NativeHistogram,
}

fn main() {}
