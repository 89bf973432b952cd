//! What a dependency costs a small program: the time of a clean build, and bytes in the binary.

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

use crate::contestants::MEASURAND;
use crate::options::Options;
use crate::round::{self, Outcome, Quartiles, Row, Runner};

/// A counter, a histogram and the exposition on standard output.
struct Program {
    contestant: &'static str,
    /// A line of `[dependencies]`; `BENCHES` stands for the folder of this package.
    dependency: &'static str,
    source: &'static str,
}

const PROGRAMS: [Program; 2] = [
    Program {
        contestant: MEASURAND,
        dependency: "measurand = { path = 'BENCHES/../runtime' }",
        source: include_str!("minimal/measurand.rs"),
    },
    Program {
        contestant: "prometheus",
        dependency: "prometheus = { version = '0.14', default-features = false }",
        source: include_str!("minimal/prometheus.rs"),
    },
];

pub(crate) fn run(options: &Options) -> Result<Vec<Row>, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let mut sizes = Vec::new();
    for program in &PROGRAMS {
        let package = folder.path().join(program.contestant);
        write(program, &package)?;
        // Downloads depend on the line, not on the crate.
        cargo(&package, &["fetch"])?;
        build(&package)?;
        cargo(&package, &["run", "--release", "--quiet"])?;
        let binary = package.join("target/release/minimal");
        sizes.push(Row {
            work: "binary_bytes".to_owned(),
            contestant: program.contestant,
            unit: "bytes",
            result: Outcome::Measured(Quartiles::exactly(fs::metadata(binary)?.len() as f64)),
        });
    }
    let runners = PROGRAMS
        .iter()
        .map(|program| {
            let package = folder.path().join(program.contestant);
            let sample = move || build(&package).unwrap_or(f64::INFINITY);
            Runner { contestant: program.contestant, sample: Box::new(sample) }
        })
        .collect();
    let rounds = if options.quick { 1 } else { 3 };
    let mut rows = round::interleave("build_seconds", "s", rounds, runners);
    rows.append(&mut sizes);
    Ok(rows)
}

fn write(program: &Program, package: &Path) -> Result<(), Box<dyn Error>> {
    let benches = env!("CARGO_MANIFEST_DIR");
    let dependency = program.dependency.replace("BENCHES", benches);
    let manifest = format!(
        "[package]\nname = \"minimal\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
         [workspace]\n\n[dependencies]\n{dependency}\n\n[profile.release]\nstrip = true\n"
    );
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("Cargo.toml"), manifest)?;
    fs::write(package.join("src/main.rs"), program.source)?;
    // The versions of the other works; cargo drops the entries that are not needed.
    fs::copy(Path::new(benches).join("Cargo.lock"), package.join("Cargo.lock"))?;
    Ok(())
}

/// Builds from nothing, and gives the seconds.
fn build(package: &Path) -> Result<f64, Box<dyn Error>> {
    let target = package.join("target");
    if target.exists() {
        fs::remove_dir_all(&target)?;
    }
    let start = Instant::now();
    cargo(package, &["build", "--release", "--offline"])?;
    Ok(start.elapsed().as_secs_f64())
}

fn cargo(package: &Path, arguments: &[&str]) -> Result<(), Box<dyn Error>> {
    let output = Command::new("cargo")
        .args(arguments)
        .current_dir(package)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(())
}
