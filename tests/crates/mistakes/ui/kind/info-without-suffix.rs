use measurand::calls::NoLabels;
use measurand::{Info, Metrics};

/// The build.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Build {
    /// What was built.
    build: Info<NoLabels>,
}

fn main() {}
