//! Large numbers of families and series. The figures are printed; what is asserted leaves room for a
//! slow and busy machine, and none for work that grows faster than what it is done for.
#![cfg(target_os = "linux")]

use std::collections::HashMap;
use std::process::Command;

use measurand_tests::{release_program, usually_or_long};

/// The figures of a work, which is done in a process of its own, built as for a release.
fn figures(work: &str, count: usize) -> HashMap<String, f64> {
    let binary = release_program("scale");
    let output = Command::new(binary).arg(work).arg(count.to_string()).output().unwrap();
    assert!(output.status.success(), "{work}: {output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    println!("{work} {count}\n{text}");
    let line = |line: &str| {
        let (name, figure) = line.split_once(' ')?;
        Some((name.to_owned(), figure.parse().ok()?))
    };
    text.lines().map(|text| line(text).expect("a name and a figure")).collect()
}

#[test]
fn ten_thousand_families_are_registered_beside_scrapes() {
    let figures = figures("families", 10_000);
    assert_eq!(figures["registered"], 10_000.0, "{figures:?}");
    assert!(figures["seconds"] < 20.0, "{figures:?}");
    assert!(figures["longest_scrape_seconds"] < 1.0, "{figures:?}");
}

#[test]
fn the_first_scrape_of_many_series_takes_little_time_and_memory() {
    let series = usually_or_long(200_000, 1_000_000);
    let figures = figures("series", series);
    // Five seconds for a million, and time for others.
    let most_seconds = 4.0 * 5.0 * series as f64 / 1e6;
    assert!(figures["first_scrape_seconds"] < most_seconds, "{figures:?}");
    assert!(figures["bytes_of_scrape_each"] < 600.0, "{figures:?}");
    assert!(figures["most_bytes_of_scrape_each"] < 800.0, "{figures:?}");
}

#[test]
fn one_series_that_comes_and_goes_does_not_make_a_scrape_of_many_slow() {
    let figures = figures("one-of-many", 100_000);
    assert!(figures["ratio"] < 10.0, "{figures:?}");
}

#[test]
fn a_generous_limit_takes_no_memory_before_there_are_series() {
    let figures = figures("generous", 300);
    assert_eq!(figures["families"], 300.0);
    assert!(figures["bytes"] < f64::from(32 << 20), "{figures:?}");
}

#[test]
fn a_family_whose_series_expire_is_scraped_nearly_as_fast() {
    let figures = figures("expiring", 100_000);
    assert!(figures["ratio"] < 4.0, "{figures:?}");
}
