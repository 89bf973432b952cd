//! Checks the public API of `measurand`: against the list in `runtime/public-api.txt`, and that an
//! example shows each item.
//!
//! ```text
//! cargo run -p surface
//! cargo run -p surface -- --bless # writes the list anew
//! ```

mod examples;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use similar::TextDiff;

fn main() -> ExitCode {
    if let Some(rustdoc) = std::env::var_os(RUSTDOC) {
        return unstable_rustdoc(&rustdoc);
    }
    let is_blessed = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [option] if option == "--bless" => true,
        _ => {
            eprintln!("type `cargo run -p surface`, or `cargo run -p surface -- --bless`");
            return ExitCode::FAILURE;
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3).expect("in `tests/crates`");
    match check(root, is_blessed) {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("{problem}");
            ExitCode::FAILURE
        }
    }
}

fn check(root: &Path, is_blessed: bool) -> Result<(), String> {
    let json = rustdoc_json(root)?;
    let api = public_api::Builder::from_rustdoc_json(&json)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(true)
        .build()
        .map_err(|error| {
            format!("{error}\nhelp: use a version of the crate `public-api` for this toolchain")
        })?;
    let list: String = api.items().map(|item| format!("{item}\n")).collect();
    let listed = root.join("runtime/public-api.txt");
    if is_blessed {
        return fs::write(&listed, list).map_err(|error| error.to_string());
    }
    let before = fs::read_to_string(&listed).unwrap_or_default();
    if before != list {
        let difference = TextDiff::from_lines(&before, &list);
        let difference = difference.unified_diff().context_radius(0).to_string();
        return Err(format!(
            "the public API has changed:\n{difference}\nhelp: add a line to CHANGELOG.md, and run `cargo run -p surface -- --bless`"
        ));
    }
    let text = fs::read_to_string(&json).map_err(|error| error.to_string())?;
    let rustdoc = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let reasons = include_str!("../without-example.txt");
    examples::check(&rustdoc, reasons)?;
    changed_with_the_changelog(root)
}

/// The variable that makes this program a rustdoc with unstable options: it has the name of the real one.
const RUSTDOC: &str = "SURFACE_RUSTDOC";

/// Runs rustdoc so that it takes unstable options, which writing JSON is, in a stable toolchain. Cargo
/// is not told, or it would build every dependency again.
fn unstable_rustdoc(rustdoc: &OsStr) -> ExitCode {
    let status = Command::new(rustdoc)
        .args(std::env::args_os().skip(1))
        .env("RUSTC_BOOTSTRAP", "1")
        .status();
    if status.is_ok_and(|status| status.success()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Documents the library, and returns the path of the JSON.
fn rustdoc_json(root: &Path) -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|error| error.to_string())?;
    let status = Command::new("cargo")
        .args(["rustdoc", "--quiet", "-p", "measurand", "--lib", "--all-features"])
        // As docs.rs does, whose attributes are unstable, too.
        .args(["--", "--cfg", "docsrs", "--deny", "warnings"])
        .args(["-Zunstable-options", "--output-format", "json"])
        .env("RUSTDOC", this)
        .env(RUSTDOC, std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into()))
        .current_dir(root)
        .status()
        .map_err(|error| error.to_string())?;
    if !status.success() {
        return Err(format!("`cargo rustdoc` failed: {status}"));
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(target.join("doc/measurand.json"))
}

/// Checks that the changelog was changed with the list, or since then.
fn changed_with_the_changelog(root: &Path) -> Result<(), String> {
    let git = |arguments: &[&str]| {
        let output = Command::new("git").args(arguments).current_dir(root).output();
        let output = output.ok().filter(|output| output.status.success())?;
        String::from_utf8(output.stdout).ok()
    };
    let last = ["log", "-1", "--no-merges", "--format=%h", "--", "runtime/public-api.txt"];
    let Some(commit) = git(&last).filter(|commit| !commit.trim().is_empty()) else {
        return Ok(());
    };
    let commit = commit.trim();
    let range = format!("{commit}~..HEAD");
    let changes = git(&["log", "--format=%h", &range, "--", "CHANGELOG.md"]);
    if changes.is_none_or(|changes| !changes.trim().is_empty()) {
        return Ok(());
    }
    Err(format!("commit {commit} changes the public API without a line in CHANGELOG.md"))
}
