//! What becomes of times where somebody sets the clock of the machine.

use std::fs;
use std::process::{Command, Stdio};

use measurand_tests::{installed, program};
use tempfile::TempDir;

#[test]
fn a_clock_that_is_set_takes_nothing_back() {
    installed("faketime", "faketime");
    let folder = TempDir::new().unwrap();
    let settings = folder.path().join("settings");
    fs::write(&settings, "+0").unwrap();
    let mut faked = Command::new("faketime");
    // What it would set itself stands before the file.
    faked.args(["-f", "+0", "env", "-u", "FAKETIME"]).arg(program("clock-set")).arg(&settings);
    // Only the clock that people read is set.
    faked.env("FAKETIME_DONT_FAKE_MONOTONIC", "1").env("DONT_FAKE_MONOTONIC", "1");
    faked.env("FAKETIME_TIMESTAMP_FILE", &settings).env("FAKETIME_NO_CACHE", "1");
    let output = faked.stderr(Stdio::inherit()).output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let mut lines = output.lines().map(|line| {
        let (now, created) = line.split_once(' ').unwrap();
        [now, created].map(|seconds| seconds.parse::<f64>().unwrap())
    });
    let mut round = || lines.next().unwrap_or_else(|| panic!("{output}"));
    let [first, back, ahead, again] = [(); 4].map(|()| round());
    let day = 86_400.0;
    // The clock was set, or nothing is shown by this.
    assert!(back[0] < first[0] - 9.0 * day && ahead[0] > first[0] + 9.0 * day, "{output}");
    // Since when series count only goes forward, and by no more than has passed.
    for [before, after] in [[first, back], [back, ahead], [ahead, again]] {
        assert!(before[1] < after[1] && after[1] < before[1] + 60.0, "{output}");
    }
    assert!((first[1] - first[0]).abs() < 60.0, "{output}");
    assert_eq!(round(), [4.0, 1.0], "{output}");
}
