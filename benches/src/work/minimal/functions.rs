//! Five functions as programs have them, and who calls them.

use std::num::ParseIntError;
use std::pin::pin;
use std::task::{Context, Poll};

const CHANGE: u64 = 0;

#[attribute]
fn add(left: u64, right: u64) -> u64 {
    left + right + CHANGE
}

#[attribute]
fn push(text: &str, lengths: &mut Vec<usize>) {
    if text.is_empty() {
        return;
    }
    lengths.push(text.len());
}

#[attribute]
fn parse(text: &str) -> Result<u64, ParseIntError> {
    let number: u64 = text.parse()?;
    Ok(number + 1)
}

#[attribute]
async fn wait(left: u64, right: u64) -> u64 {
    std::future::ready(left + right).await
}

#[attribute]
async fn load(text: &str) -> Result<u64, ParseIntError> {
    let number: u64 = std::future::ready(text.parse()).await?;
    Ok(number + 1)
}

pub(super) fn call(context: &mut Context<'_>) -> u64 {
    let mut lengths = Vec::new();
    push("text", &mut lengths);
    let mut sum = add(1, 2) + parse("3").unwrap_or(0);
    if let Poll::Ready(number) = pin!(wait(1, 2)).poll(context) {
        sum += number;
    }
    if let Poll::Ready(Ok(number)) = pin!(load("3")).poll(context) {
        sum += number;
    }
    sum + lengths.len() as u64
}
