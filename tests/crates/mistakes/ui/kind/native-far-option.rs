use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_far_option")]
struct Things {
    /// A thing.
    #[metric(native(resolution = 160))]
    size: NativeHistogram,
}

fn main() {}
