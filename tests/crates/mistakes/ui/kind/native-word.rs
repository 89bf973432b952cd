use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_word")]
struct Things {
    /// A thing.
    #[metric(native)]
    size: NativeHistogram,
}

fn main() {}
