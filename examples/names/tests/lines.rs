//! What becomes of the lines that the example reads.

use std::io::Write as _;
use std::process::{Command, Stdio};

#[test]
fn lines_are_counted_refused_and_listed() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_names"));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let lines =
        "doors_total door=front\ndoors_total door=back\ndoors_total\ndoor-ms a=b\nwait_ms room=3\n";
    child.stdin.take().unwrap().write_all(lines.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");

    let page = String::from_utf8(output.stdout).unwrap();
    let samples: Vec<_> = page.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        samples,
        [
            "doors_total{door=\"back\"} 1",
            "doors_total{door=\"front\"} 1",
            "wait_ms_total{room=\"3\"} 1",
        ]
    );
    let said = String::from_utf8(output.stderr).unwrap();
    for message in [
        "`doors_total` is not counted: label `door` has no value",
        "`door-ms a=b` is not counted: metric `door-ms` has a character",
        "help: rename it to `wait_seconds_total` and write `Counter<Seconds>`",
    ] {
        assert!(said.contains(message), "{message}\n{said}");
    }
}
