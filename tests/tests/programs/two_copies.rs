//! A binary that holds one crate twice.

use std::path::Path;
use std::process::Command;

#[test]
fn equal_series_of_two_copies_add_up() {
    // The crate's dev-dependency depends on it, so its unit tests hold it once as it is tested and
    // once as a library. Its own test says what the scrape must be.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("cycle");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let status = Command::new(env!("CARGO"))
        .args(["test", "--package", "cycle-user", "--lib"])
        .current_dir(&workspace)
        // Dependencies are built like those of the project, so they are shared.
        .env("CARGO_TARGET_DIR", target)
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .status()
        .expect("cargo runs");
    assert!(status.success());
}
