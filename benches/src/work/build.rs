//! What a dependency costs a small program: the time of a clean build, and bytes in the binary.

use std::error::Error;
use std::fs;
use std::time::Instant;

use super::package::{self, Package};
use crate::contestants::MEASURAND;
use crate::options::Options;
use crate::round::{self, Outcome, Quartiles, Row, Runner};

/// A counter, a histogram and the exposition on standard output.
struct Program {
    contestant: &'static str,
    /// A line of `[dependencies]`.
    dependency: &'static str,
    source: &'static str,
}

const PROGRAMS: [Program; 2] = [
    Program {
        contestant: MEASURAND,
        dependency: package::MEASURAND,
        source: include_str!("minimal/measurand.rs"),
    },
    Program {
        contestant: "prometheus",
        dependency: "prometheus = { version = '0.14', default-features = false }",
        source: include_str!("minimal/prometheus.rs"),
    },
];

pub(crate) fn run(options: &Options) -> Result<Vec<Row>, Box<dyn Error>> {
    let works = ["build_seconds", "binary_bytes"];
    let wants = works.map(|work| options.wants(work));
    if wants == [false, false] {
        return Ok(Vec::new());
    }

    let folder = tempfile::tempdir()?;
    let mut sizes = Vec::new();
    let mut runners = Vec::new();
    for program in &PROGRAMS {
        let Program { contestant, dependency, source } = *program;
        let package = Package::new(folder.path().join(contestant), dependency, source)?;
        build(&package)?;
        package.cargo(&["run", "--release", "--quiet"], &[])?;
        let binary = package.target().join("release/minimal");
        sizes.push(Row {
            work: works[1].to_owned(),
            contestant,
            unit: "bytes",
            result: Outcome::Measured(Quartiles::exactly(fs::metadata(binary)?.len() as f64)),
        });
        let sample = move || build(&package).unwrap_or(f64::INFINITY);
        runners.push(Runner { contestant, sample: Box::new(sample) });
    }
    let mut rows = Vec::new();
    if wants[0] {
        let rounds = if options.quick { 1 } else { 3 };
        rows.extend(round::interleave(works[0], "s", rounds, runners));
    }
    if wants[1] {
        rows.append(&mut sizes);
    }
    Ok(rows)
}

/// Builds from nothing, and gives the seconds.
fn build(package: &Package) -> Result<f64, Box<dyn Error>> {
    let target = package.target();
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let start = Instant::now();
    package.cargo(&["build", "--release", "--offline"], &[])?;
    Ok(start.elapsed().as_secs_f64())
}
