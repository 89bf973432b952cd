use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_option_outside")]
struct Things {
    /// A thing.
    #[metric(factor = 1.1)]
    size: NativeHistogram,
}

fn main() {}
