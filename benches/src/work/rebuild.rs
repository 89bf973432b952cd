//! What 500 instrumented functions cost whoever changes one of them: the time to check or build
//! their crate, when all that it depends on is built.

use std::cell::Cell;
use std::error::Error;
use std::fmt::Write;
use std::time::Instant;

use super::package::{self, Package};
use crate::contestants::MEASURAND;
use crate::options::Options;
use crate::round::{self, Row, Runner};

/// What stands above each function.
struct Attribute {
    contestant: &'static str,
    /// A line of `[dependencies]`.
    dependency: &'static str,
    text: &'static str,
}

const ATTRIBUTES: [Attribute; 5] = [
    Attribute { contestant: "floor: no attribute", dependency: "", text: "" },
    Attribute {
        contestant: MEASURAND,
        dependency: package::MEASURAND,
        text: "#[measurand::instrument_metrics]",
    },
    Attribute {
        contestant: "tracing",
        dependency: "tracing = '0.1'",
        text: "#[tracing::instrument]",
    },
    Attribute {
        contestant: "tracing(skip_all)",
        dependency: "tracing = '0.1'",
        text: "#[tracing::instrument(skip_all)]",
    },
    Attribute {
        contestant: "autometrics",
        dependency: "autometrics = { version = '3', features = ['prometheus-exporter', 'prometheus-0_14'] }",
        text: "#[autometrics::autometrics]",
    },
];

/// What cargo is asked for, and whether it may keep what has not changed within the crate.
const WORKS: [(&str, &[&str], bool); 4] = [
    ("rebuild/check", &["check"], false),
    ("rebuild/debug", &["build"], false),
    ("rebuild/release", &["build", "--release"], false),
    ("rebuild/incremental", &["build"], true),
];

pub(crate) fn run(options: &Options) -> Result<Vec<Row>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut packages = Vec::new();
    let change = Cell::new(0);
    let mut rows = Vec::new();
    for (work, arguments, is_incremental) in WORKS {
        if !options.wants(work) {
            continue;
        }
        let incremental = [("CARGO_INCREMENTAL", if is_incremental { "1" } else { "0" })];
        let mut said = Vec::new();
        for (number, attribute) in ATTRIBUTES.iter().enumerate() {
            let source = program(attribute, 0);
            if packages.len() == number {
                let folder = folder.path().join(number.to_string());
                packages.push(Package::new(folder, attribute.dependency, &source)?);
            }
            let package = &packages[number];
            package.write(&source)?;
            package.cargo(arguments, &incremental)?;
            if arguments[0] == "build" {
                let run = [&["run", "--quiet"], &arguments[1..]].concat();
                said.push(package.cargo(&run, &incremental)?);
            }
        }
        assert!(said.windows(2).all(|two| two[0] == two[1]), "{work}: the programs differ");

        let rebuild = |attribute: &Attribute, package: &Package| -> Result<f64, Box<dyn Error>> {
            change.set(change.get() + 1);
            package.write(&program(attribute, change.get()))?;
            let start = Instant::now();
            package.cargo(&[arguments, &["--offline"]].concat(), &incremental)?;
            Ok(start.elapsed().as_secs_f64())
        };
        let runners = std::iter::zip(&ATTRIBUTES, &packages).map(|(attribute, package)| {
            let rebuild = &rebuild;
            let sample = move || rebuild(attribute, package).unwrap_or(f64::INFINITY);
            Runner { contestant: attribute.contestant, sample: Box::new(sample) }
        });
        let rounds = if options.quick { 1 } else { 5 };
        rows.extend(round::interleave(work, "s", rounds, runners.collect()));
    }
    Ok(rows)
}

/// How often the program has the five functions.
const MODULES: usize = 100;

/// A program of 500 functions that calls each of them once. One of them changes.
fn program(attribute: &Attribute, change: usize) -> String {
    let mut calls = String::new();
    let mut modules = String::new();
    for module in 0..MODULES {
        let change = if module == 0 { change } else { 0 };
        let functions = include_str!("minimal/functions.rs")
            .replace("#[attribute]", attribute.text)
            .replace("CHANGE: u64 = 0", &format!("CHANGE: u64 = {change}"));
        // Writing to a string cannot fail.
        let _ = writeln!(calls, "    sum += module_{module}::call(&mut context);");
        let _ = writeln!(modules, "\nmod module_{module} {{\n{functions}}}");
    }
    format!(
        "use std::task::{{Context, Waker}};\n\nfn main() {{\n    \
         let mut context = Context::from_waker(Waker::noop());\n    let mut sum = 0;\n\
         {calls}    println!(\"{{sum}}\");\n}}\n{modules}"
    )
}
