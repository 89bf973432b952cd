//! A binary whose page shows the metrics of a library, `examples/library`, beside its own. Nothing is registered.
//!
//! ```sh
//! cargo run -p library-user
//! ```

use library::Geocoder;
use measurand::{Counter, Metrics, Registry};

/// What the binary reports itself.
#[derive(Metrics)]
#[metrics(namespace = "planner", global = PLANNER)]
struct PlannerMetrics {
    /// Routes planned.
    routes_total: Counter,
}

fn main() {
    let mut geocoder = Geocoder::default();
    for (from, to) in [("Berlin", "Paris"), ("Paris", "Atlantis")] {
        match (geocoder.lookup(from), geocoder.lookup(to)) {
            (Ok(_), Ok(_)) => PLANNER.routes_total.inc(),
            (Err(error), _) | (_, Err(error)) => eprintln!("from {from} to {to}: {error}"),
        }
    }
    print!("{}", Registry::global().to_text());
}
