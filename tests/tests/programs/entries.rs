//! Metrics whose entries the linker did not bring: they are on the page from their first update.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use measurand_tests::{built, built_library, installed, sample};

/// What is counted by the library and what is counted by a program, and all of it must be there.
fn check(page: &Path, namespace: &str, function: &str) {
    let page = fs::read_to_string(page).unwrap();
    let expected = [
        ("things_total", 1.0),
        ("sales_total{tender=\"cash\"}", 1.0),
        ("sales_total{tender=\"card\"}", 2.0),
        ("visits_total{shop=\"north\"}", 1.0),
    ];
    for (name, value) in expected {
        assert_eq!(sample(&page, &format!("{namespace}_{name}")), value, "{page}");
    }
    let start = format!("function_calls_total{{function=\"{function}\"");
    let calls = page.lines().find(|line| line.starts_with(&start) && line.contains("\"ok\""));
    assert!(calls.is_some_and(|calls| calls.ends_with(" 1")), "{page}");
    let start = format!("function_calls_duration_seconds_count{{function=\"{function}\"");
    assert!(page.lines().any(|line| line.starts_with(&start)), "{page}");
}

/// As a release has it, where the linker drops what it finds no use for.
fn build(package: &str) -> Command {
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--release", "-p", package]);
    build
}

/// Links a program in C with the library, and runs it.
fn link_and_run(options: &[&str]) {
    let library = built_library(&mut build("entries"), "entries", ".a");
    let directory = tempfile::tempdir().unwrap();
    let (program, page) = (directory.path().join("main"), directory.path().join("page"));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("crates/entries/main.c");
    let mut link = installed("cc", "gcc");
    link.args(options).arg(source).arg(library).arg("-o").arg(&program);
    // What `rustc --print native-static-libs` names.
    link.args(["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl", "-lc"]);
    assert!(link.status().unwrap().success(), "{link:?}");
    assert!(Command::new(program).arg(&page).status().unwrap().success());
    check(&page, "entries", "answer");
}

#[test]
fn a_program_in_c_that_links_the_library_has_its_metrics() {
    link_and_run(&["-O2"]);
}

#[test]
fn a_program_in_c_whose_linker_drops_what_is_unused_has_its_metrics() {
    link_and_run(&["-O2", "-ffunction-sections", "-fdata-sections", "-Wl,--gc-sections"]);
}

/// Tells a program where the standard library is, which libraries for Rust have outside themselves,
/// and where else to look.
fn with_libraries(program: &mut Command, others: &[&Path]) {
    let rustc = Command::new("rustc").args(["--print", "target-libdir"]).output().unwrap().stdout;
    let standard = PathBuf::from(String::from_utf8(rustc).unwrap().trim());
    let places = [&*standard].into_iter().chain(others.iter().copied());
    program.env("LD_LIBRARY_PATH", std::env::join_paths(places).unwrap());
}

/// Loads the library in a program in Rust.
fn load(library: &Path) {
    let program = built(&mut build("loading"));
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page");
    let mut load = Command::new(program);
    with_libraries(&mut load, &[]);
    assert!(load.arg(library).arg(&page).status().unwrap().success());
    check(&page, "entries", "answer");
}

#[test]
fn a_library_for_c_that_is_loaded_at_run_time_has_its_metrics() {
    load(&built_library(&mut build("entries"), "entries", ".so"));
}

#[test]
fn a_library_for_rust_that_is_loaded_at_run_time_has_its_metrics() {
    load(&built_library(&mut build("entries-dylib"), "entries-dylib", ".so"));
}

#[test]
fn a_program_that_has_the_runtime_from_a_library_has_the_metrics_of_both() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "--release", "--locked"]).current_dir(tests.join("hosting"));
    build.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap());
    // The standard library comes from where the library has it. With a target, the flags are not
    // those of macros, which are shared with the project.
    build.args(["--target", "host-tuple"]).env("CARGO_ENCODED_RUSTFLAGS", "-Cprefer-dynamic");
    let program = built(&mut build);
    let directory = tempfile::tempdir().unwrap();
    let page = directory.path().join("page");
    let release = program.parent().unwrap();
    let mut host = Command::new(&program);
    with_libraries(&mut host, &[release, &release.join("deps")]);
    assert!(host.arg(&page).status().unwrap().success());
    check(&page, "entries", "answer");
    check(&page, "hosting", "ask");
}
