//! What 1,000 metrics in 100 structs cost whoever declares them: the processor time that checking
//! their crate takes, for one metric, when all that it depends on is built.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Write;
use std::fs;

use super::package::{self, Package};
use crate::contestants::MEASURAND;
use crate::options::Options;
use crate::round::{self, Row, Runner};

/// The same ten metrics, as users of one crate declare them.
struct Declaration {
    contestant: &'static str,
    /// Lines of `[dependencies]`.
    dependencies: &'static str,
    /// What all modules have in common.
    shared: &'static str,
    /// What is in each.
    module: &'static str,
}

const DECLARATIONS: [Declaration; 5] = [
    Declaration { contestant: "floor: no metrics", dependencies: "", shared: "", module: "" },
    Declaration {
        contestant: MEASURAND,
        dependencies: package::MEASURAND,
        shared: "
#[derive(measurand::LabelValue, Clone, Copy)]
enum Failure {
    Timeout,
    Refused,
    Malformed,
}
",
        module: include_str!("declared/measurand.rs"),
    },
    Declaration {
        contestant: "prometheus-client",
        dependencies: "prometheus-client = '0.25'",
        shared: "
#[derive(Clone, Debug, PartialEq, Eq, Hash, prometheus_client::encoding::EncodeLabelValue)]
enum Failure {
    Timeout,
    Refused,
    Malformed,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, prometheus_client::encoding::EncodeLabelSet)]
struct FailureLabels {
    failure: Failure,
}

const DEFAULT_BUCKETS: [f64; 11] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
",
        module: include_str!("declared/prometheus_client.rs"),
    },
    Declaration {
        contestant: "measured",
        dependencies: "measured = '0.0.25'",
        shared: "
#[derive(Clone, Copy, Debug, PartialEq, measured::FixedCardinalityLabel)]
enum Failure {
    Timeout,
    Refused,
    Malformed,
}

#[derive(Clone, Copy, Debug, PartialEq, measured::LabelGroup)]
#[label(set = FailureLabelsSet)]
struct FailureLabels {
    failure: Failure,
}

const DEFAULT_BUCKETS: [f64; 11] =
    [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
",
        module: include_str!("declared/measured.rs"),
    },
    Declaration {
        contestant: "prometheus",
        dependencies: "lazy_static = '1'\nprometheus = { version = '0.14', default-features = false }",
        shared: "",
        module: include_str!("declared/prometheus.rs"),
    },
];

/// How many metrics a module declares.
const METRICS: usize = 10;

const AREAS: [&str; 10] = [
    "billing",
    "checkout",
    "delivery",
    "identity",
    "inventory",
    "mail",
    "pricing",
    "search",
    "storage",
    "support",
];

const NOUNS: [&str; 10] = [
    "account", "address", "batch", "contract", "document", "invoice", "message", "parcel",
    "session", "voucher",
];

pub(crate) fn run(options: &Options) -> Result<Vec<Row>, Box<dyn Error>> {
    let works = ["declare/check", "declare/line_above"];
    let wants = works.map(|work| options.wants(work));
    if wants == [false, false] {
        return Ok(Vec::new());
    }

    let folder = tempfile::tempdir()?;
    let mut packages = Vec::new();
    for declaration in &DECLARATIONS {
        let folder = folder.path().join(packages.len().to_string());
        let package = Package::new(folder, declaration.dependencies, &program(declaration, 0))?;
        package.cargo(&["check"], &[])?;
        packages.push(package);
    }

    let lines = Cell::new(0);
    let check = |declaration: &Declaration, package: &Package, is_fresh: bool| {
        let incremental = package.target().join("debug/incremental");
        if is_fresh && incremental.exists() {
            fs::remove_dir_all(incremental)?;
        }
        lines.set(lines.get() + 1);
        package.write(&program(declaration, lines.get()))?;
        let before = processor_time_of_children()?;
        package.cargo(&["check", "--offline"], &[("CARGO_INCREMENTAL", "1")])?;
        let taken = processor_time_of_children()? - before;
        Ok(taken / (AREAS.len() * NOUNS.len() * METRICS) as f64)
    };
    let mut rows = Vec::new();
    for (work, is_fresh) in std::iter::zip(works, [true, false]) {
        if !options.wants(work) {
            continue;
        }
        let runners = std::iter::zip(&DECLARATIONS, &packages).map(|(declaration, package)| {
            let check = &check;
            let sample = move || {
                let checked: Result<f64, Box<dyn Error>> = check(declaration, package, is_fresh);
                checked.unwrap_or(f64::INFINITY)
            };
            Runner { contestant: declaration.contestant, sample: Box::new(sample) }
        });
        let rounds = if options.quick { 1 } else { 5 };
        rows.extend(round::interleave(work, "ms", rounds, runners.collect()));
    }
    Ok(rows)
}

/// A crate of 100 modules, below so many lines.
fn program(declaration: &Declaration, lines: usize) -> String {
    let mut program = "// A line.\n".repeat(lines);
    program.push_str("#![allow(dead_code)]\n\nfn main() {}\n");
    program.push_str(declaration.shared);
    for area in AREAS {
        for noun in NOUNS {
            let (first, rest) = noun.split_at(1);
            let metrics = declaration
                .module
                .replace("AREA", area)
                .replace("NOUN", noun)
                .replace("Noun", &(first.to_uppercase() + rest));
            // Writing to a string cannot fail.
            let _ = writeln!(program, "\nmod {area}_{noun} {{\n{metrics}}}");
        }
    }
    program
}

/// What processes that have ended took of the processor, in milliseconds: those of this one, and
/// theirs.
fn processor_time_of_children() -> Result<f64, Box<dyn Error>> {
    /// What Linux counts in, whatever the machine.
    const TICK_MILLISECONDS: f64 = 10.0;

    let status = fs::read_to_string("/proc/self/stat")?;
    // The name of the process comes second, in brackets, and may be anything.
    let (_, status) = status.rsplit_once(')').ok_or("a process has a name")?;
    let mut times = status.split_whitespace().skip(13).map(str::parse::<f64>);
    match (times.next(), times.next()) {
        (Some(user), Some(system)) => Ok((user? + system?) * TICK_MILLISECONDS),
        _ => Err("the times of children are missing".into()),
    }
}
