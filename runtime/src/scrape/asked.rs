//! What a scrape asks for.

use crate::exposition::{Compression, Encoder, Negotiated};

/// What a scrape says: its headers, each joined by commas if there are several of one name, and its query.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scrape<'a> {
    /// The header `Accept`; empty if there is none.
    pub accept: &'a str,
    /// The header `Accept-Encoding`; empty if there is none.
    pub accept_encoding: &'a str,
    /// What follows the `?`: each `name[]=…` is a family that is asked for. Without any, all are.
    pub query: &'a str,
}

/// What a scraper is given. Scrapes for which this is the same share a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    negotiated: Negotiated,
    created_samples: bool,
    compression: Compression,
    /// The families; all if there are none. Sorted.
    names: Vec<String>,
}

impl Asked {
    pub(super) fn of(scrape: &Scrape<'_>, created_samples: bool) -> Asked {
        Asked {
            negotiated: Negotiated::of(scrape.accept),
            created_samples,
            compression: Compression::negotiate(scrape.accept_encoding),
            names: names(scrape.query),
        }
    }

    pub(super) fn content_type(&self) -> String {
        self.negotiated.content_type()
    }

    pub(super) fn content_encoding(&self) -> Option<&'static str> {
        self.compression.content_encoding()
    }

    pub(super) fn encoder(&self) -> Encoder {
        Encoder::new(self.negotiated.format()).created_samples(self.created_samples)
    }

    pub(super) fn compression(&self) -> Compression {
        self.compression
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Whether a page that is made for the other one is what this one asks for.
    pub(super) fn shares_with(&self, other: &Asked) -> bool {
        self.encoder() == other.encoder()
            && self.compression == other.compression
            && self.names == other.names
    }
}

/// No more families than this are looked for: who asks for more is given all.
const MOST_NAMES: usize = 1_000;

/// The values of `name[]` in a query.
fn names(query: &str) -> Vec<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let named = pairs.filter(|(key, _)| decoded(key) == "name[]");
    let mut names: Vec<_> = named.map(|(_, value)| decoded(value)).take(MOST_NAMES + 1).collect();
    if names.len() > MOST_NAMES {
        names.clear();
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// A part of a query without its escapes. One that is none stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let escaped = after.first_chunk::<2>().filter(|_| *first == b'%').and_then(|digits| {
            let digit = |byte: u8| char::from(byte).to_digit(16);
            u8::try_from(digit(digits[0])? * 16 + digit(digits[1])?).ok()
        });
        let (byte, len) = match (escaped, first) {
            (Some(byte), _) => (byte, 3),
            (None, b'+') => (b' ', 1),
            (None, byte) => (*byte, 1),
        };
        bytes.push(byte);
        rest = &rest[len..];
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_from_the_query() {
        assert_eq!(names("name[]=b&x=y&name%5B%5D=a_total&name[]=b"), ["a_total", "b"]);
        assert_eq!(names("name[]=a%20b+c%zz%4"), ["a b c%zz%4"]);
        for query in ["", "name[]", "&&=&name=a", "?name[]=a", "\u{0}", "%"] {
            assert_eq!(names(query), [""; 0], "{query}");
        }
        assert_eq!(names("name[]="), [""]);
        assert_eq!(names("name[]=%ff"), ["\u{fffd}"]);
        let many: String = (0..=MOST_NAMES).map(|index| format!("name[]={index}&")).collect();
        assert_eq!(names(&many), [""; 0]);
    }
}
