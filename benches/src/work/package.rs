//! A small program in a package of its own, which cargo builds.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The line of `[dependencies]` for measurand; `BENCHES` stands for the folder of this package.
pub(super) const MEASURAND: &str = "measurand = { path = 'BENCHES/../runtime' }";

/// Where a program is.
pub(super) struct Package {
    folder: PathBuf,
}

impl Package {
    /// Writes a program with one dependency, and gets what it depends on: downloads tell nothing of
    /// a crate.
    pub(super) fn new(
        folder: PathBuf,
        dependency: &str,
        source: &str,
    ) -> Result<Package, Box<dyn Error>> {
        let benches = env!("CARGO_MANIFEST_DIR");
        let dependency = dependency.replace("BENCHES", benches);
        let manifest = format!(
            "[package]\nname = \"minimal\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n\
             [workspace]\n\n[dependencies]\n{dependency}\n\n[profile.release]\nstrip = true\n"
        );
        fs::create_dir_all(folder.join("src"))?;
        fs::write(folder.join("Cargo.toml"), manifest)?;
        // The versions of the other works; cargo drops the entries that are not needed.
        fs::copy(Path::new(benches).join("Cargo.lock"), folder.join("Cargo.lock"))?;
        let package = Package { folder };
        package.write(source)?;
        package.cargo(&["fetch"], &[])?;
        Ok(package)
    }

    /// Writes the program again.
    pub(super) fn write(&self, source: &str) -> Result<(), Box<dyn Error>> {
        Ok(fs::write(self.folder.join("src/main.rs"), source)?)
    }

    /// What cargo builds is in here, unless it is told otherwise.
    pub(super) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Runs cargo with some variables of the environment, and gives what it wrote.
    pub(super) fn cargo(
        &self,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Result<String, Box<dyn Error>> {
        let output = Command::new("cargo")
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.target())
            .envs(variables.iter().copied())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}
