//! Where it is not Cargo that compiles, as with Buck or Bazel, the name of the package is not known.

use std::path::Path;
use std::process::Command;

/// Every form of every macro compiles, and the crate's name stands for the package.
#[test]
fn everything_compiles_without_the_name_of_the_package() {
    let wrapper = Path::new(env!("CARGO_MANIFEST_DIR")).join("without-cargo");
    let mut test = Command::new(env!("CARGO"));
    test.args(["test", "--quiet", "-p", "renamed", "--lib"]);
    // Of crates of this project only: those of others may ask for what Cargo says.
    test.env("RUSTC_WORKSPACE_WRAPPER", wrapper);
    let output = test.output().unwrap();
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("test result: ok. 2 passed"), "{out}{err}");
}
