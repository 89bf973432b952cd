//! Encoding profiles for `go tool pprof`.
//!
//! Source: `proto/profile.proto` of <https://github.com/google/pprof>.

use std::collections::HashMap;
use std::time::SystemTime;

use super::cpu::{Frame, Stacks};
use crate::wire::{self, Message};

/// The fields of `Profile`.
const SAMPLE_TYPE: u32 = 1;
const SAMPLE: u32 = 2;
const LOCATION: u32 = 4;
const FUNCTION: u32 = 5;
const STRING_TABLE: u32 = 6;
const TIME_NANOS: u32 = 9;
const DURATION_NANOS: u32 = 10;
const PERIOD_TYPE: u32 = 11;
const PERIOD: u32 = 12;

/// The fields of `ValueType`, `Sample`, `Location`, `Line` and `Function`.
const FIRST: u32 = 1;
const SECOND: u32 = 2;
const FOURTH: u32 = 4;

/// The string table: messages refer to strings by number, and the first is empty.
struct Texts<'a> {
    numbers: HashMap<&'a str, u64>,
    all: Vec<&'a str>,
}

impl<'a> Texts<'a> {
    fn number(&mut self, text: &'a str) -> u64 {
        let next = self.all.len() as u64;
        let number = *self.numbers.entry(text).or_insert(next);
        if number == next {
            self.all.push(text);
        }
        number
    }
}

pub(super) fn encode(profile: &Stacks) -> Vec<u8> {
    let mut texts = Texts { numbers: HashMap::from([("", 0)]), all: vec![""] };
    let mut page = Vec::new();
    let nanoseconds = 1_000_000_000 / u64::from(profile.frequency.max(1));
    for (kind, unit) in [("samples", "count"), ("cpu", "nanoseconds")] {
        value_type(&mut page, SAMPLE_TYPE, texts.number(kind), texts.number(unit));
    }
    let mut locations: HashMap<&Frame, u64> = HashMap::new();
    let mut frames: Vec<&Frame> = Vec::new();
    for (stack, count) in &profile.stacks {
        let sample = Message::begin(&mut page, SAMPLE);
        let ids = Message::begin(&mut page, FIRST);
        for frame in stack {
            let next = locations.len() as u64 + 1;
            let id = *locations.entry(frame).or_insert(next);
            if id == next {
                frames.push(frame);
            }
            wire::push_varint(&mut page, id);
        }
        ids.end(&mut page);
        let values = Message::begin(&mut page, SECOND);
        wire::push_varint(&mut page, *count);
        wire::push_varint(&mut page, count.saturating_mul(nanoseconds));
        values.end(&mut page);
        sample.end(&mut page);
    }
    let mut functions: HashMap<(&str, &str), u64> = HashMap::new();
    for (index, frame) in frames.iter().enumerate() {
        let name = (frame.function.as_str(), frame.file.as_str());
        let next = functions.len() as u64 + 1;
        let function = *functions.entry(name).or_insert(next);
        wire::message(&mut page, LOCATION, |location| {
            wire::uint(location, FIRST, index as u64 + 1);
            wire::message(location, FOURTH, |line| {
                wire::uint(line, FIRST, function);
                wire::uint(line, SECOND, frame.line.into());
            });
        });
        if function == next {
            let (name, file) = (texts.number(name.0), texts.number(name.1));
            wire::message(&mut page, FUNCTION, |message| {
                wire::uint(message, FIRST, function);
                wire::uint(message, SECOND, name);
                wire::uint(message, FOURTH, file);
            });
        }
    }
    let start = profile.start.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    wire::uint(&mut page, TIME_NANOS, u64::try_from(start.as_nanos()).unwrap_or_default());
    let duration = u64::try_from(profile.duration.as_nanos()).unwrap_or_default();
    wire::uint(&mut page, DURATION_NANOS, duration);
    let (kind, unit) = (texts.number("cpu"), texts.number("nanoseconds"));
    value_type(&mut page, PERIOD_TYPE, kind, unit);
    wire::uint(&mut page, PERIOD, nanoseconds);
    texts.all.iter().for_each(|text| wire::text(&mut page, STRING_TABLE, text));
    page
}

fn value_type(page: &mut Vec<u8>, field: u32, kind: u64, unit: u64) {
    wire::message(page, field, |value_type| {
        wire::uint(value_type, FIRST, kind);
        wire::uint(value_type, SECOND, unit);
    });
}
