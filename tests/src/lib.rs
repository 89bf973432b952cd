//! What the tests share.

/// Every example of the README runs, or fails to compile, as it says.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
