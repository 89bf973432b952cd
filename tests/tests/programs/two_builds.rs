//! A binary that holds two builds of one breaking version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use measurand_tests::{built, sample, samples};

/// What replaces a text of a file, so that nothing is built again that is as it was.
fn write(path: &Path, text: &str) {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return;
    }
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            write(&to, &fs::read_to_string(entry.path()).unwrap());
        }
    }
}

/// Puts a copy of the crates beside a program that depends on both, and gives the program's directory.
/// The copy is one patch release later, since Cargo cannot tell two paths of one version apart.
fn make_program() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = tests.parent().unwrap();
    let builds = Path::new(env!("CARGO_TARGET_TMPDIR")).join("builds");
    let version = env!("CARGO_PKG_VERSION");
    let (minor, patch) = version.rsplit_once('.').unwrap();
    let next = format!("{minor}.{}", patch.parse::<u32>().unwrap() + 1);

    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    let line = |start: &str| manifest.lines().find(|line| line.starts_with(start)).unwrap();
    let manifest = manifest
        .replace(line("members = "), "members = [\"macros\", \"runtime\"]")
        .replace(line("exclude = "), "")
        .replace(&format!("\"{version}\""), &format!("\"{next}\""))
        .replace(&format!("\"={version}\""), &format!("\"={next}\""));
    write(&builds.join("copy/Cargo.toml"), &manifest);
    for package in ["macros", "runtime"] {
        copy(&root.join(package), &builds.join("copy").join(package));
    }

    let program = builds.join("program");
    let manifest = format!(
        "[workspace]\n\n\
         [package]\n\
         name = \"builds\"\n\
         version = \"{version}\"\n\
         edition = \"2024\"\n\n\
         [dependencies]\n\
         measurand = {{ path = {:?} }}\n\
         measurand-copy = {{ package = \"measurand\", path = \"../copy/runtime\" }}\n",
        root.join("runtime")
    );
    write(&program.join("Cargo.toml"), &manifest);
    copy(&tests.join("builds"), &program);
    // The same dependencies as everywhere; Cargo takes out what is not needed.
    if !program.join("Cargo.lock").exists() {
        let lock = fs::read_to_string(root.join("Cargo.lock")).unwrap();
        write(&program.join("Cargo.lock"), &lock);
    }
    program
}

/// Builds the program so that panics do this, and runs it.
fn run(panic: &str) -> (Vec<String>, Output) {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(make_program);
    let program = &*PROGRAM;
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet"]).current_dir(program);
    // Dependencies are built like those of the project, so they are shared.
    build.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
    build.env("CARGO_PROFILE_DEV_DEBUG", "false").env("CARGO_PROFILE_DEV_PANIC", panic);
    let output = Command::new(built(&mut build)).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let parts: Vec<_> = text.split("\n\n").map(|part| format!("{part}\n")).collect();
    assert_eq!(parts.len(), 5, "{text}");
    for (index, page) in parts.iter().take(4).enumerate() {
        let [own, foreign] = if index % 2 == 0 { ["one", "other"] } else { ["other", "one"] };
        let count = (index / 2 + 1) as f64;
        assert_eq!(sample(page, &format!("{own}_things_total")), count);
        // The list is read, and not only what was updated known.
        assert_eq!(sample(page, &format!("{own}_untouched_total")), 0.0);
        assert_eq!(samples(page, &format!("{foreign}_")), [""; 0]);
        let function = format!("function=\"{own}_function\",module=\"builds::{own}\"");
        let calls = format!("function_calls_total{{{function},outcome=\"ok\"}}");
        assert_eq!(sample(page, &calls), count);
    }
    (parts, output)
}

#[test]
fn builds_have_their_own_metrics_and_each_page_says_so() {
    let (parts, output) = run("unwind");
    for page in parts.iter().take(4) {
        assert_eq!(sample(page, "measurand_conflicts"), 1.0);
    }
    assert_eq!(parts[4].matches("several builds of one version").count(), 2, "{}", parts[4]);
    // Each build asks once.
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(errors.matches("SEVERAL_BUILDS_OF_MEASURAND").count(), 2, "{errors}");
}

#[test]
fn builds_have_their_own_metrics_where_panics_abort() {
    let (parts, output) = run("abort");
    assert_eq!(samples(&parts[0], "measurand_conflicts"), [""; 0]);
    assert!(output.stderr.is_empty(), "{output:?}");
}
