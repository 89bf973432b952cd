use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_factor_of_one")]
struct Things {
    /// A thing.
    #[metric(native(factor = 1))]
    size: NativeHistogram,
}

fn main() {}
