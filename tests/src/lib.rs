//! What the tests share.

mod clock;
mod page;
pub mod pprof;
mod program;
#[cfg(feature = "servers")]
pub mod prometheus;

pub use clock::Clock;
pub use page::Page;
pub use program::Program;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

/// How long a test waits before it fails. It is no statement about speed.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Every example of the README runs, or fails to compile, as it says.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The lines of `text` that are not comments and whose name starts with `prefix`.
pub fn samples<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.starts_with(prefix)).collect()
}

/// The value of the sample that is called exactly so, labels included.
///
/// # Panics
///
/// If there is none, or its value is no number.
#[track_caller]
pub fn sample(text: &str, name: &str) -> f64 {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let Some(value) = value else { panic!("no sample `{name}` in\n{text}") };
    value.parse().expect("a number")
}

/// Polls until there is something.
///
/// # Panics
///
/// If there is nothing for too long.
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

/// Fails if `work` hangs, which would otherwise hold up everything behind it for ever.
///
/// # Panics
///
/// If it takes too long, and as `work` does.
#[track_caller]
pub fn in_time(work: impl FnOnce() + Send + 'static) {
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        work();
        // Nobody waits any more if it took too long.
        let _ = sender.send(());
    });
    if receiver.recv_timeout(PATIENCE) == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("it hangs");
    }
    if let Err(panic) = worker.join() {
        std::panic::resume_unwind(panic);
    }
}

/// How much of something a test does: the second figure where there is time, as in `.ci/run --long`.
pub fn usually_or_long<T>(usually: T, long: T) -> T {
    if std::env::var_os("MEASURAND_LONG").is_some() { long } else { usually }
}

/// A figure of this process, of `/proc/self/status`, in bytes: `VmRSS` is the memory that it has, and
/// `VmHWM` the most that it had.
///
/// # Panics
///
/// If the system is not Linux.
#[track_caller]
pub fn memory(figure: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux has it");
    let line = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
    let kilobytes = line.expect("a figure of that name").trim().trim_end_matches(" kB");
    1024 * kilobytes.parse::<u64>().expect("a number")
}

/// Numbers that look random and are the same in every run.
#[derive(Debug)]
pub struct Random(pub u64);

impl Random {
    /// The next one, below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % limit
    }
}

/// A process that does not outlive its test.
#[derive(Debug)]
pub struct Killed(pub Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // It fails only for a process that has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The example's binary.
///
/// # Panics
///
/// If it does not build.
pub fn digest() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let mut build = Command::new(env!("CARGO"));
        built(build.args(["build", "--quiet", "-p", "digest"]))
    })
}

/// The binary that a `cargo build` makes. Cargo says where it is, whatever the target directory.
///
/// # Panics
///
/// If it does not build.
pub fn built(build: &mut Command) -> PathBuf {
    let executable =
        messages(build).find_map(|message| Some(message["executable"].as_str()?.into()));
    executable.expect("cargo says where the binary is")
}

/// The library of a package that a `cargo build` makes, by the end of its name.
///
/// # Panics
///
/// If it does not build, or if there is none.
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

/// What cargo says of a build.
fn messages(build: &mut Command) -> impl Iterator<Item = serde_json::Value> {
    let output = build.arg("--message-format=json").stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{build:?} fails");
    let messages = String::from_utf8(output.stdout).unwrap();
    let messages: Vec<_> = messages.lines().flat_map(serde_json::from_str).collect();
    messages.into_iter()
}

/// A program of a Debian package.
///
/// # Panics
///
/// If it is not installed.
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

/// The program of a later Debian, unpacked into a folder.
///
/// # Panics
///
/// If it cannot be had.
#[track_caller]
pub fn newer(program: &str, folder: &Path) -> PathBuf {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/newer");
    let mut unpack = Command::new(script);
    unpack.arg(program).arg(folder).stderr(Stdio::inherit());
    let unpacked = unpack.output().expect("the script runs");
    assert!(unpacked.status.success(), "there is no newer {program} to be had");
    String::from_utf8(unpacked.stdout).expect("a path").trim().into()
}
