//! Helpers for tests.

mod clock;
mod page;
pub mod pprof;
mod program;
#[cfg(feature = "servers")]
pub mod prometheus;

pub use clock::Clock;
pub use page::Page;
pub use program::Program;

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits before it fails. It says nothing about speed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Runs the examples of the README, or checks that they fail to compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// Returns the lines of `text` that start with `prefix`.
pub fn samples<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.starts_with(prefix)).collect()
}

/// Returns the value of the sample with exactly this name and labels.
///
/// # Panics
///
/// Panics if there is none, or if its value is not a number.
#[track_caller]
pub fn sample(text: &str, name: &str) -> f64 {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let Some(value) = value else { panic!("no sample `{name}` in\n{text}") };
    value.parse().expect("a number")
}

/// Polls until there is a result.
///
/// # Panics
///
/// Panics if there is none for too long.
#[track_caller]
pub fn until<T>(what: &str, mut poll: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = poll() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Fails if `work` hangs, which would otherwise block all later tests.
///
/// # Panics
///
/// Panics if it takes too long, or if `work` panics.
#[track_caller]
pub fn in_time(work: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        // Sending fails if it took too long.
        let _ = sender.send(());
    });
    if receiver.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("it hangs");
    }
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
}

/// Returns `long` in long runs, as with `.ci/run --long`, and `usually` otherwise.
pub fn usually_or_long<T>(usually: T, long: T) -> T {
    if std::env::var_os("MEASURAND_LONG").is_some() { long } else { usually }
}

/// Returns a value of `/proc/self/status` in bytes: `VmRSS` is the resident memory of this process,
/// and `VmHWM` its maximum so far.
///
/// # Panics
///
/// Panics if the system is not Linux.
#[track_caller]
pub fn memory(figure: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
    let kilobytes = line.expect("a figure of that name").trim().trim_end_matches(" kB");
    1024 * kilobytes.parse::<u64>().expect("a number")
}

/// A generator of pseudorandom numbers, which are the same in every run.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// Returns the next number, below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }
}

/// A process that is killed when this is dropped.
#[derive(Debug)]
pub struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // This fails only for a process that has already ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Builds the programs that tests run, and returns the path of one of them.
///
/// They are built together, so that all of them have the same dependencies, which are built once.
///
/// # Panics
///
/// Panics if they do not build, or if there is no such program.
#[track_caller]
pub fn program(package: &str) -> &'static Path {
    static BINARIES: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    let packages = ["batch", "clock-set", "digest", "exiting", "large-page"];
    let binaries = BINARIES.get_or_init(|| binaries("dev", &packages));
    binaries.get(package).unwrap_or_else(|| panic!("no program {package}"))
}

/// Like [`program`], but for programs that are built in release mode.
///
/// # Panics
///
/// Panics if they do not build, or if there is no such program.
#[track_caller]
pub fn release_program(package: &str) -> &'static Path {
    static BINARIES: OnceLock<BTreeMap<String, PathBuf>> = OnceLock::new();
    // `tests/run` builds the same ones.
    let binaries = BINARIES.get_or_init(|| binaries("release", &["forking", "scale", "soak"]));
    binaries.get(package).unwrap_or_else(|| panic!("no program {package}"))
}

/// Builds packages, and returns the paths of their binaries by name.
fn binaries(profile: &str, packages: &[&str]) -> BTreeMap<String, PathBuf> {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--profile", profile]);
    build.args(packages.iter().flat_map(|package| ["-p", *package]));
    let binary = |message: serde_json::Value| {
        let path = message["executable"].as_str()?.into();
        Some((message["target"]["name"].as_str()?.to_owned(), path))
    };
    messages(&mut build).filter_map(binary).collect()
}

/// Runs a `cargo build`, and returns the path of the binary, as reported by Cargo.
///
/// # Panics
///
/// Panics if it does not build.
pub fn built(build: &mut Command) -> PathBuf {
    let executable =
        messages(build).find_map(|message| Some(message["executable"].as_str()?.into()));
    executable.expect("cargo says where the binary is")
}

/// Runs a `cargo build`, and returns the path of a package's library whose file name ends with
/// `end`.
///
/// # Panics
///
/// Panics if it does not build, or if there is no such library.
#[track_caller]
pub fn built_library(build: &mut Command, package: &str, end: &str) -> PathBuf {
    let target = package.replace('-', "_");
    let found = messages(build).find_map(|message| {
        if message["target"]["name"].as_str()? != target {
            return None;
        }
        let files = message["filenames"].as_array()?;
        files
            .iter()
            .find_map(|file| file.as_str().filter(|file| file.ends_with(end)).map(PathBuf::from))
    });
    found.unwrap_or_else(|| panic!("{package} has no {end}"))
}

/// Runs a `cargo build`, and returns its messages.
fn messages(build: &mut Command) -> impl Iterator<Item = serde_json::Value> {
    let output = build.arg("--message-format=json").stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{build:?} fails");
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages: Vec<_> = messages.lines().flat_map(serde_json::from_str).collect();
    messages.into_iter()
}

/// Returns a command for a program of a Debian package.
///
/// # Panics
///
/// Panics if it is not installed.
#[track_caller]
pub fn installed(program: &str, package: &str) -> Command {
    let mut version = Command::new(program);
    version.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match version.status() {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            panic!("install {program} (Debian package {package}), or run ./tests/run")
        }
        status => status.unwrap(),
    };
    Command::new(program)
}

/// Unpacks a program of a later Debian release into a folder, and returns its path.
///
/// # Panics
///
/// Panics if it is not available.
#[track_caller]
pub fn newer(program: &str, folder: &Path) -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/newer");
    let mut unpack = Command::new(script);
    unpack.arg(program).arg(folder).stderr(Stdio::inherit());
    let unpacked = unpack.output().expect("the script runs");
    assert!(unpacked.status.success(), "no newer {program} is available");
    String::from_utf8(unpacked.stdout).expect("a path").trim().into()
}
