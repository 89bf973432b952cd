use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_reset_unit")]
struct Things {
    /// A thing.
    #[metric(native(min_reset = "1 week"))]
    size: NativeHistogram,
}

fn main() {}
