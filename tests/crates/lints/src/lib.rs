//! Functions that lints find fault with, instrumented or not: `tests/lints.rs` compares.

#![cfg_attr(
    not(lints_shown),
    allow(warnings, clippy::all, clippy::pedantic, reason = "they are shown to a test only")
)]

use std::future::Future;
use std::pin::Pin;

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn always_ok(number: u32) -> Result<u32, String> {
    Ok(number)
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
fn always_some(number: u32) -> Option<u32> {
    Some(number)
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
fn always_ok_early(number: u32) -> Result<u32, String> {
    if number == 3 {
        return Ok(4);
    }
    Ok(number)
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
fn sometimes_an_error(number: u32) -> Result<u32, String> {
    if number > 3 { Ok(number) } else { Err("too small".to_owned()) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub async fn nothing_awaited(number: u32) -> u32 {
    number
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub async fn nothing_awaited_and_always_ok(number: u32) -> Result<u32, String> {
    Ok(number)
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub async fn something_awaited(number: u32) -> Result<u32, String> {
    std::future::ready(Ok(number)).await
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn candidate(number: u32) -> u32 {
    number + 1
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn candidate_of_a_result(number: u32) -> Option<u32> {
    number.checked_add(1)
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
#[must_use]
pub fn no_candidate(number: u32) -> u32 {
    number + 1
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn shadowing(number: u32, text: String) -> Result<u32, String> {
    let number = text.parse::<u32>().map_err(|error| format!("{error} {number}"))?;
    let text = 3;
    Ok(number + text)
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn shadowing_two(first: String, second: String) -> Result<u32, String> {
    let third = first.len();
    let first = 3;
    let second = second.len();
    if third > second { Err(String::new()) } else { Ok(first) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub async fn shadowing_later(first: String, second: String) -> Result<u32, String> {
    let first = std::future::ready(first.len()).await;
    if first > second.len() { Err(String::new()) } else { Ok(3) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn by_value(first: String, second: Vec<u8>) -> Result<usize, String> {
    if first.len() > second.len() { Err("long".to_owned()) } else { Ok(second.len()) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn by_value_alone(first: String) -> Result<usize, String> {
    if first.is_empty() { Err("empty".to_owned()) } else { Ok(first.len()) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn unused(first: String, second: Vec<u8>, mut third: Vec<u8>) -> Result<usize, String> {
    if third.is_empty() { Err("empty".to_owned()) } else { Ok(third.len()) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn needless_return(number: u32) -> Result<u32, String> {
    if number > 3 {
        return Err("large".to_owned());
    }
    return Ok(number);
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn let_and_return(number: u32) -> Result<u32, String> {
    let value = if number > 3 { Err("large".to_owned()) } else { Ok(number) };
    value
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn question_mark(number: &str) -> Result<u32, std::num::ParseIntError> {
    Ok(number.parse::<u32>()?)
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn unit_result(number: u32) -> Result<(), ()> {
    if number > 3 { Ok(()) } else { Err(()) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn panics(number: Option<u32>) -> Result<u32, String> {
    let number = number.unwrap();
    if number > 3 { panic!("large") } else { Ok(number) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn in_a_box(number: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move { number })
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
fn a_future(number: u32) -> impl Future<Output = Result<u32, String>> {
    async move { Ok(number) }
}

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
pub fn many(a: u32, b: u32, c: u32, d: u32, e: u32, f: u32, g: u32, h: bool) -> Result<u32, bool> {
    if h { Ok(a + b + c + d + e + f + g) } else { Err(h) }
}

/// A service.
pub struct Service(u32);

#[cfg_attr(feature = "instrumented", measurand::instrument_metrics)]
impl Service {
    pub fn new() -> Self {
        Service(3)
    }

    pub fn get(&self) -> u32 {
        self.0
    }

    pub fn without_self(&self, number: u32) -> Result<u32, String> {
        Ok(number)
    }

    pub fn to_other(self) -> Result<u32, String> {
        if self.0 > 3 { Ok(self.0) } else { Err(String::new()) }
    }

    pub async fn later(&self) -> u32 {
        self.0
    }

    pub fn with(mut self, number: u32) -> Self {
        self.0 = number;
        self
    }
}
