//! A forked child has its parent's counts, scrapes them whole, and goes on.
#![cfg(target_os = "linux")]

use std::process::Command;

use measurand_tests::{release_program, usually_or_long};

#[test]
fn children_of_a_process_that_counts_and_scrapes_give_the_whole_page() {
    // A child has two seconds, which are no statement about code that is not optimized.
    let binary = release_program("forking");
    let forks = usually_or_long(100, 1_000);
    let output = Command::new(binary).arg(forks.to_string()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let count = |word: &str| text.lines().filter(|line| line.starts_with(word)).count();
    // Of the parent, too.
    assert_eq!(count("wrong"), 0, "{text}");
    assert_eq!(count("hung"), 0, "{text}");
    assert!(output.status.success(), "{text}");
    let whole = count("whole");
    assert_eq!(whole + count("late"), forks, "{text}");
    assert!(whole * 100 >= forks * 95, "{text}");
}
