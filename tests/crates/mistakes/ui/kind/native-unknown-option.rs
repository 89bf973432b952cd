use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_unknown_option")]
struct Things {
    /// A thing.
    #[metric(native(max_bucket = 160))]
    size: NativeHistogram,
}

fn main() {}
