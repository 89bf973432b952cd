use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_negative_threshold")]
struct Things {
    /// A thing.
    #[metric(native(zero_threshold = -1))]
    size: NativeHistogram,
}

fn main() {}
