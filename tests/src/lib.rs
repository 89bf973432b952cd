//! What the tests share.

/// Every example of the README runs, or fails to compile, as it says.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;

/// The lines of `text` that are not comments and whose name starts with `prefix`.
pub fn samples<'a>(text: &'a str, prefix: &str) -> Vec<&'a str> {
    text.lines().filter(|line| line.starts_with(prefix)).collect()
}

/// The value of the sample that is called exactly so, labels included.
///
/// # Panics
///
/// If there is none, or its value is no number.
#[track_caller]
pub fn sample(text: &str, name: &str) -> f64 {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    let Some(value) = value else { panic!("no sample `{name}` in\n{text}") };
    value.parse().expect("a number")
}
