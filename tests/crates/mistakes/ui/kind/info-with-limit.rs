use measurand::{Info, LabelSet, Metrics};

#[derive(LabelSet)]
struct Server<'a> {
    version: &'a str,
}

/// The server.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Db {
    /// The server.
    #[metric(max_series = 1)]
    server_info: Info<Server<'static>>,
}

fn main() {}
