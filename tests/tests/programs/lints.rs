//! A function has the lints with the attribute that it has without, and no others.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

/// Lints that see that arguments move into what is made of the body, or that it is no `async` block.
const LOST: &[&str] = &["clippy::needless_pass_by_value", "clippy::manual_async_fn"];

/// The lints of the crate, each with its line.
fn lints(features: &[&str]) -> BTreeSet<(u64, String)> {
    let mut clippy = Command::new(env!("CARGO"));
    clippy.args(["clippy", "--quiet", "-p", "lints", "--message-format=json"]);
    clippy.args(features).args(["--", "--cfg", "lints_shown"]);
    clippy.args(["-Wclippy::pedantic", "-Wclippy::shadow_unrelated", "-Wclippy::shadow_reuse"]);
    let output = clippy.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).unwrap();
    let messages = lines.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages
        .filter(|message| message["target"]["name"] == "lints")
        .filter_map(|message| {
            let lint = message["message"]["code"]["code"].as_str()?.to_owned();
            let spans = message["message"]["spans"].as_array()?;
            let primary = spans.iter().find(|span| span["is_primary"] == true)?;
            Some((primary["line_start"].as_u64()?, lint))
        })
        .collect()
}

#[test]
fn are_those_without_the_attribute() {
    let (without, with) = (lints(&[]), lints(&["--features", "instrumented"]));
    assert!(without.len() > 20, "{without:#?}");
    let lost = without.difference(&with).filter(|(_, lint)| !LOST.contains(&lint.as_str()));
    let lost: Vec<_> = lost.collect();
    let new: Vec<_> = with.difference(&without).collect();
    assert!(lost.is_empty() && new.is_empty(), "lost: {lost:#?}\nnew: {new:#?}");
}
