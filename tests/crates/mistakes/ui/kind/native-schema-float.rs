use measurand::{Metrics, NativeHistogram};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native_schema_float")]
struct Things {
    /// A thing.
    #[metric(native(schema = 1.1))]
    size: NativeHistogram,
}

fn main() {}
