use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_reset_number")]
struct Things {
    /// A thing.
    #[metric(native(min_reset = 3600))]
    size: NativeHistogram,
}

fn main() {}
