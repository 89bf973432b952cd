use measurand::family::Method;
use measurand::{Counter, Family, Metrics, WithExemplars};

/// The API.
#[derive(Metrics)]
#[metrics(namespace = "app")]
struct Api {
    /// Requests.
    requests_total: WithExemplars<Family<Method, Counter>>,
}

fn main() {}
