//! Serves a large page and a small one until its input ends: `large-page 5000 1000` has 5,000
//! series whose names take 1,000 bytes each. It prints where the two are.

use std::env;
use std::io::{self, Read as _};

use measurand::actix::Server;
use measurand::registry::{Labels, Sink, Value};
use measurand::{Counter, Descriptor, Metrics, Registry};

/// What is on both pages.
#[derive(Metrics)]
#[metrics(namespace = "page", instance(name: &str))]
struct PageMetrics {
    /// Requests.
    requests_total: Counter,
}

/// Shows a gather all there is, and keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn family(&mut self, _: &Descriptor) {}
    fn series(&mut self, _: &Descriptor, _: Labels<'_>, _: Value<'_>) {}
}

fn main() -> io::Result<()> {
    let mut args = env::args().skip(1).map(|arg| arg.parse().expect("type `large-page 5000 1000`"));
    let (series, width) = (args.next().unwrap_or(5_000_usize), args.next().unwrap_or(1_000));
    let (large, small) = (Registry::new(), Registry::new());
    let register =
        |registry, name: &str| PageMetrics::register(registry, name).expect("a new name");
    let _of_large: Vec<_> =
        (0..series).map(|index| register(&large, &name(index, width))).collect();
    let _of_small = register(&small, "a");
    // A gather sorts the series that came, for which it needs memory once.
    large.gather(&mut Nowhere);
    small.gather(&mut Nowhere);

    for registry in [&large, &small] {
        let server = Server::bind("127.0.0.1:0")?.registry(registry);
        println!("{}", server.local_addr());
        server.spawn()?;
    }
    io::stdin().read_to_end(&mut Vec::new()).map(drop)
}

/// A number behind so many zeros that it is so long.
fn name(index: usize, width: usize) -> String {
    let number = index.to_string();
    "0".repeat(width.saturating_sub(number.len())) + &number
}
