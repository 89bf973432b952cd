use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_factor_and_schema")]
struct Things {
    /// A thing.
    #[metric(native(factor = 1.1, schema = 3))]
    size: NativeHistogram,
}

fn main() {}
