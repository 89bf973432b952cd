//! What a scrape asks for.

use std::time::{Duration, Instant};

use crate::exposition::{Compression, Encoder, Negotiated};

/// The parts of a scrape request: its headers, with several of one name joined by commas, and its
/// query.
///
/// ```
/// use measurand::runtime::FamilyOptions;
/// use measurand::scrape::{Handler, Scrape};
/// use measurand::{Gauge, Registry};
///
/// # actix_web::rt::System::new().block_on(async {
/// let registry = Registry::new();
/// let gauge = |name: &str| {
///     FamilyOptions::new(name, "Things.").register_unlabelled::<Gauge>(&registry).unwrap()
/// };
/// let _things = [gauge("idle_things"), gauge("used_things")];
/// let handler = Handler::new().registry(&registry);
/// let query = "name[]=used_things";
/// let accept_encoding = "gzip";
/// let answer = handler.answer(&Scrape { query, ..Scrape::default() }).await;
/// let page: Vec<u8> = answer.body.map(|part| part.unwrap()).collect::<Vec<_>>().concat();
/// assert!(page.ends_with(b"gauge\nused_things 0\n"));
/// # let page = String::from_utf8(page).unwrap();
/// # assert!(!page.contains("idle"));
/// let answer = handler.answer(&Scrape { accept_encoding, query, ..Scrape::default() }).await;
/// assert!(answer.headers.contains(&("Content-Encoding", "gzip".to_owned())));
/// # });
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Scrape<'a> {
    /// The header `Accept`; empty if there is none.
    pub accept: &'a str,
    /// The header `Accept-Encoding`; empty if there is none.
    pub accept_encoding: &'a str,
    /// The header `X-Prometheus-Scrape-Timeout-Seconds`; empty if there is none.
    pub timeout: &'a str,
    /// The part after `?`: each `name[]=…` selects a family. Without any, all are shown.
    pub query: &'a str,
}

/// What a scrape asks for. Equal ones share a page, whatever their deadlines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ScrapeRequest {
    negotiated: Negotiated,
    created_samples: bool,
    compression: Compression,
    /// The selected families, sorted; all if it is empty.
    names: Vec<String>,
    deadline: Option<Instant>,
}

impl ScrapeRequest {
    pub(super) fn of(
        scrape: &Scrape<'_>,
        created_samples: bool,
        timeout: Option<Duration>,
    ) -> ScrapeRequest {
        ScrapeRequest {
            negotiated: Negotiated::of(scrape.accept),
            created_samples,
            compression: Compression::negotiate(scrape.accept_encoding),
            names: names(scrape.query),
            deadline: within(scrape.timeout)
                .into_iter()
                .chain(timeout)
                .min()
                .and_then(|time| Instant::now().checked_add(time)),
        }
    }

    pub(super) fn content_type(&self) -> String {
        self.negotiated.content_type()
    }

    pub(super) fn content_encoding(&self) -> Option<&'static str> {
        self.compression.content_encoding()
    }

    pub(super) fn encoder(&self) -> Encoder {
        Encoder::new(self.negotiated.format())
            .created_samples(self.created_samples)
            .escaping(self.negotiated.escaping())
    }

    pub(super) fn compression(&self) -> Compression {
        self.compression
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Returns when the scraper gives up, less a margin for the transfer.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Returns whether both can share a page.
    pub(super) fn shares_with(&self, other: &ScrapeRequest) -> bool {
        self.encoder() == other.encoder()
            && self.compression == other.compression
            && self.names == other.names
    }
}

/// Returns how long a page may take if the scraper gives up after `seconds`, less a margin for the
/// transfer.
fn within(seconds: &str) -> Option<Duration> {
    let time = Duration::try_from_secs_f64(seconds.trim().parse().ok()?).ok()?;
    let margin = (time / 10).min(Duration::from_millis(500));
    Some(time - margin).filter(|time| !time.is_zero())
}

/// The most families that can be selected: with more, all are shown.
const MOST_NAMES: usize = 1_000;

/// Returns the values of `name[]` in a query.
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

/// Decodes the percent-encoding of a part of a query. Invalid escapes are kept as they are.
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
    fn the_time_limit_leaves_a_margin() {
        assert_eq!(within("10"), Some(Duration::from_millis(9_500)));
        assert_eq!(within(" 0.5 "), Some(Duration::from_millis(450)));
        for seconds in ["", "0", "-1", "NaN", "inf", "1e300", "ten", "1,2"] {
            assert_eq!(within(seconds), None, "{seconds}");
        }
    }

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
