//! Serves a large page and a small one until its input ends: `large-page 5000 1000` has 5,000
//! series whose names take 1,000 bytes each. It prints where the two are. With `unlisted` behind,
//! the first scrape is the first gather; with `open`, the series are those of a family of open
//! labels, and it is the first gather as well; with `families`, each is a family of its own.

use std::env;
use std::io::{self, Read as _};

use measurand::actix::Server;
use measurand::registry::{Flow, Labels, Point, Sink};
use measurand::runtime::FamilyOptions;
use measurand::{Counter, Descriptor, Family, LabelSet, Metrics, Registry};

/// What is on both pages.
#[derive(Metrics)]
#[metrics(namespace = "page", instance(name: &str))]
struct PageMetrics {
    /// Requests.
    requests_total: Counter,
}

/// What a series is of.
#[derive(LabelSet)]
struct Name<'a> {
    name: &'a str,
}

/// What is on the large page alone.
#[derive(Metrics)]
#[metrics(namespace = "page", instance)]
struct OpenMetrics {
    /// Requests by name.
    #[metric(max_series = 1_000_000, max_label_bytes = 2_048)]
    named_requests_total: Family<Name<'static>, Counter>,
}

/// Shows a gather all there is, and keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Skip
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        Flow::Skip
    }
}

fn main() -> io::Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let number = |index: usize| args[index].parse().expect("type `large-page 5000 1000`");
    let (series, width): (usize, usize) = (number(0), number(1));
    let how = args.get(2).map(String::as_str);
    let (large, small) = (Registry::new(), Registry::new());
    let register =
        |registry, name: &str| PageMetrics::register(registry, name).expect("a new name");
    let mut of_large = Vec::new();
    let open = OpenMetrics::register(&large).expect("the only one");
    let mut families = Vec::new();
    for index in (0..series).filter(|_| how == Some("families")) {
        let options = FamilyOptions::new(format!("page_{index}_things_total"), "Things.");
        let family = options.register_unlabelled::<Counter>(&large).expect("a new name");
        family.inc_by(index as u64);
        families.push(family);
    }
    let series = if how == Some("families") { 0 } else { series };
    for name in (0..series).map(|index| name(index, width)) {
        if how == Some("open") {
            open.named_requests_total.with(Name { name: &name }).inc();
        } else {
            of_large.push(register(&large, &name));
        }
    }
    let _of_small = register(&small, "a");
    if how.is_none() {
        // A gather sorts the series that came, for which it needs memory once.
        large.gather(&mut Nowhere);
    }
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
