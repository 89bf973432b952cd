//! How many instructions the hot paths take, held against what is recorded in `instructions.txt`.
//!
//! A count is the same on a busy machine, as no time is; it is blind to what an instruction costs,
//! for which there are the benchmarks.

use std::env::consts::ARCH;
use std::fs;
use std::path::Path;
use std::process::Command;

use measurand_tests::{built, installed};

/// Each work, its rounds, and how many operations a round is. An encode's are its series: a
/// histogram has twelve buckets, the sum and the count.
const WORKS: [(&str, u64, u64); 20] = [
    ("call-bare", 102_400, 1),
    ("call", 102_400, 1),
    ("call-sampled", 102_400, 1),
    ("call-result", 102_400, 1),
    ("call-field", 102_400, 1),
    ("call-async", 102_400, 1),
    ("counter-inc", 102_400, 1),
    ("counter-inc-shared", 102_400, 1),
    ("gauge-set", 102_400, 1),
    ("in-progress", 102_400, 1),
    ("histogram-observe", 102_400, 1),
    ("histogram-observe-shared", 102_400, 1),
    ("closed-inc", 102_400, 1),
    ("open-inc", 102_400, 1),
    ("open-observe", 102_400, 1),
    ("kept-inc", 102_400, 1),
    ("call-open", 102_400, 1),
    ("encode-open", 100, 1_000),
    ("encode-counters", 100, 1_000),
    ("encode-histograms", 100, 100 * 14),
];

const RECORD: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/instructions.txt");
const UPDATE: &str =
    "UPDATE_EXPECT=1 cargo test -p measurand-tests --features servers --test instructions";

#[test]
fn hot_paths_take_no_more_instructions_than_recorded() {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--profile", "instructions", "-p", "instructions"]);
    // Whatever flags the tests are built with: code for this very CPU would have other counts.
    let binary = built(build.env("CARGO_ENCODED_RUSTFLAGS", ""));
    let figures = WORKS.map(|(work, rounds, operations)| {
        // Twice the rounds: the difference is the rounds alone, without the start of the process.
        let [once, twice] = [rounds, 2 * rounds].map(|rounds| instructions(&binary, work, rounds));
        (work, (twice - once) as f64 / (rounds * operations) as f64)
    });

    if std::env::var_os("UPDATE_EXPECT").is_some() {
        return fs::write(RECORD, record(&figures)).unwrap();
    }
    let recorded = fs::read_to_string(RECORD).unwrap();
    assert!(
        recorded.contains(&format!(", {ARCH}\n")),
        "{RECORD} is not of {ARCH}: record it with: {UPDATE}"
    );
    let wrong: Vec<_> =
        figures.iter().filter_map(|(work, now)| compare(work, *now, &recorded)).collect();
    assert!(wrong.is_empty(), "\n{}\nto record: {UPDATE}\n", wrong.join("\n"));
}

/// What is wrong with a figure.
fn compare(work: &str, now: f64, recorded: &str) -> Option<String> {
    let line = recorded.lines().find_map(|line| line.strip_prefix(work)?.strip_prefix(' '));
    let Some(before) = line.and_then(|figure| figure.trim().parse::<f64>().ok()) else {
        return Some(format!("`{work}` takes {now:.0} instructions, and no figure is recorded"));
    };
    let said = format!("`{work}` takes {now:.0} instructions, and {before} are recorded");
    // Room for another compiler, and for another CPU, to which glibc's memcpy fits itself.
    let is_same_code = recorded.contains(&rustc()) && !work.starts_with("encode");
    let most = if is_same_code { 1.02 } else { 1.15 };
    if now > most * before && now > before + 1.0 {
        Some(format!("{said}: make it as fast again, or record it if it is worth it"))
    } else if now < 0.75 * before {
        Some(format!("{said}: record it, so that it stays so fast"))
    } else {
        None
    }
}

fn record(figures: &[(&str, f64)]) -> String {
    let mut text = format!(
        "# Instructions of one update, or of one series of an encode; the loop around is in it.\n\
         # {}, {ARCH}\n\
         # {UPDATE}\n",
        rustc()
    );
    for (work, figure) in figures {
        text += &format!("{work:<25} {figure:>6.1}\n");
    }
    text
}

/// The compiler's version.
fn rustc() -> String {
    let rustc = Command::new("rustc").arg("--version").output().unwrap().stdout;
    String::from_utf8(rustc).unwrap().trim().to_owned()
}

/// What the whole process takes.
fn instructions(binary: &Path, work: &str, rounds: u64) -> u64 {
    let directory = tempfile::tempdir().unwrap();
    let counts = directory.path().join("callgrind");
    let mut command = installed("valgrind", "valgrind");
    command.args(["--quiet", "--tool=callgrind"]);
    command.arg(format!("--callgrind-out-file={}", counts.display()));
    let output = command.arg(binary).arg(work).arg(rounds.to_string()).output().unwrap();
    assert!(output.status.success(), "{work}: {output:?}");
    let counts = fs::read_to_string(counts).unwrap();
    let total = counts.lines().find_map(|line| line.strip_prefix("totals: "));
    total.expect("callgrind writes a total").parse().unwrap()
}
