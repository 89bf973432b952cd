//! A decoder of profiles, with the messages of `profile.proto` that tests need. Source:
//! <https://github.com/google/pprof/blob/main/proto/profile.proto>
#![allow(missing_docs, reason = "the fields are those of the messages")]

use std::collections::BTreeMap;

use prost::Message;

#[derive(Clone, PartialEq, Message)]
pub struct Profile {
    #[prost(message, repeated, tag = "1")]
    pub sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    pub sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    pub location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    pub function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    pub string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    pub time_nanos: i64,
    #[prost(int64, tag = "10")]
    pub duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    pub period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    pub period: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct ValueType {
    #[prost(int64, tag = "1")]
    pub kind: i64,
    #[prost(int64, tag = "2")]
    pub unit: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    pub location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    pub value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Location {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(message, repeated, tag = "4")]
    pub line: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
pub struct Line {
    #[prost(uint64, tag = "1")]
    pub function_id: u64,
    #[prost(int64, tag = "2")]
    pub line: i64,
}

#[derive(Clone, PartialEq, Message)]
pub struct Function {
    #[prost(uint64, tag = "1")]
    pub id: u64,
    #[prost(int64, tag = "2")]
    pub name: i64,
    #[prost(int64, tag = "4")]
    pub filename: i64,
}

impl Profile {
    /// Decodes an uncompressed profile.
    ///
    /// # Panics
    ///
    /// Panics if it is not a profile.
    #[track_caller]
    pub fn read(bytes: &[u8]) -> Profile {
        Profile::decode(bytes).expect("a profile")
    }

    /// Returns a string of the string table.
    pub fn text(&self, index: i64) -> &str {
        &self.string_table[usize::try_from(index).unwrap()]
    }

    /// Returns the name of the function at a location.
    pub fn function(&self, location: u64) -> &str {
        let location = self.location.iter().find(|it| it.id == location).unwrap();
        let id = location.line[0].function_id;
        self.text(self.function.iter().find(|it| it.id == id).unwrap().name)
    }

    /// Returns the number of samples of each innermost function.
    pub fn innermost(&self) -> BTreeMap<&str, i64> {
        let mut innermost = BTreeMap::new();
        for sample in &self.sample {
            *innermost.entry(self.function(sample.location_id[0])).or_default() += sample.value[0];
        }
        innermost
    }
}
