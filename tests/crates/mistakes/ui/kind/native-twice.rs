use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_twice")]
struct Things {
    /// A thing.
    #[metric(native(factor = 1.1, factor = 1.2))]
    size: NativeHistogram,
}

fn main() {}
