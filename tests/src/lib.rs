//! What the tests share.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
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
    let output = build.arg("--message-format=json").stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "{build:?} fails");
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable = messages.lines().find_map(|line| {
        let message: serde_json::Value = serde_json::from_str(line).ok()?;
        Some(message["executable"].as_str()?.into())
    });
    executable.expect("cargo says where the binary is")
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
