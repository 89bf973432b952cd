use measurand::{Counter, Metrics};

/// Things.
#[derive(Metrics)]
#[metrics(namespace = "ui_native")]
struct Things {
    /// A thing.
    #[metric(native(schema = 3))]
    things_total: Counter,
}

fn main() {}
