use measurand::{Metrics, StateSet};

enum Mode {
    Run,
    Halt,
}

/// The node.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Node {
    /// What it does.
    mode: StateSet<Mode>,
}

fn main() {
    Node::global().mode.set(Mode::Run);
    Node::global().mode.set(Mode::Halt);
}
