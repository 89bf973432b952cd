use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_without_value")]
struct Things {
    /// A thing.
    #[metric(native(factor))]
    size: NativeHistogram,
}

fn main() {}
