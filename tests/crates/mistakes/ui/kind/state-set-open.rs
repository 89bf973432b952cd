use measurand::{Metrics, StateSet};

/// The node.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Node {
    /// What it does.
    mode: StateSet<String>,
}

fn main() {}
