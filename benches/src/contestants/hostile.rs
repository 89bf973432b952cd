//! What whoever may choose label values could do to measurand, and the same without malice.

use std::sync::Arc;

use ::measurand::{Counter, Family, LabelSet, Metrics};

use super::{Update, repeat, walk};

#[derive(LabelSet)]
struct ClientLabels<'a> {
    client: &'a str,
}

type Clients = Family<ClientLabels<'static>, Counter>;

/// What clients are counted in.
#[derive(Metrics)]
#[metrics(namespace = "hostile", global = METRICS)]
struct HostileMetrics {
    /// Requests of clients who say who they are.
    #[metric(max_series = 1_000)]
    limited_requests_total: Clients,
    /// Requests of clients whose names have one hash.
    #[metric(max_series = 1_024)]
    colliding_requests_total: Clients,
    /// Requests of clients whose names have any.
    #[metric(max_series = 1_024)]
    random_requests_total: Clients,
}

/// How long a value is where there are too many.
const LONG: usize = 1_024;
/// How many of them there are: a text of so many letters more has as many parts that differ.
const VALUES: usize = 65_536;

/// Values that are too many, each another one.
pub(crate) fn new_values() -> Update {
    let family = full();
    let text = letters(LONG + VALUES);
    Box::new(move |times| {
        repeat(times, |index| {
            let start = index % VALUES;
            family.with(ClientLabels { client: &text[start..start + LONG] }).inc();
        });
    })
}

/// A value of the same length that was there before the limit.
pub(crate) fn admitted_value() -> Update {
    let family = full();
    let client = admitted(0);
    Box::new(move |times| repeat(times, |_| family.with(ClientLabels { client: &client }).inc()))
}

/// A family that takes no more series.
fn full() -> &'static Clients {
    let family = &METRICS.limited_requests_total;
    for index in 0..1_000 {
        family.with(ClientLabels { client: &admitted(index) }).inc();
    }
    family
}

fn admitted(index: usize) -> String {
    format!("{index:0LONG$}")
}

/// Two texts after which 64-bit FNV-1a is in the same state, found by a generalised birthday
/// search. Its lowest byte is also that of the state before them, on which alone depends what a
/// text adds: so any row of them has the hash of any other row that is as long.
const COLLIDING: [&str; 2] = ["onpe6haoukg0d4en", "1k74alum74syrtm4"];

/// Values that have the same hash where hashing has no key.
pub(crate) fn colliding_values() -> Update {
    let value = |index: usize| {
        let row: [&str; 10] = std::array::from_fn(|bit| COLLIDING[index >> bit & 1]);
        row.concat()
    };
    let values: Vec<_> = (0..1_024).map(value).collect();
    assert!(values.iter().all(|value| fnv_1a(value) == fnv_1a(&values[0])));
    look_up(&METRICS.colliding_requests_total, values.into())
}

/// Values of the same length that have any hash.
pub(crate) fn random_values() -> Update {
    let text = letters(1_024 * 160);
    let values = (0..1_024).map(|index| text[index * 160..][..160].to_owned());
    look_up(&METRICS.random_requests_total, values.collect())
}

fn look_up(family: &'static Clients, values: Arc<[String]>) -> Update {
    Box::new(move |times| {
        walk(times, &values, |client| family.with(ClientLabels { client }).inc());
    })
}

fn fnv_1a(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
    })
}

/// So many letters without a pattern.
fn letters(count: usize) -> String {
    let mut next = crate::input::random();
    (0..count).map(|_| char::from(b'a' + (next() % 26) as u8)).collect()
}
