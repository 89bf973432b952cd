use measurand::{Metrics, NativeHistogram};

const SCHEMA: i32 = 3;

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native")]
struct Things {
    /// A thing.
    #[metric(native(schema = SCHEMA))]
    size: NativeHistogram,
}

fn main() {}
