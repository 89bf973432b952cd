//! How a page is compressed, and whether its scraper takes it so.

use std::cmp::Reverse;

use super::negotiation::{split, weight};

/// How a page is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// Not at all.
    #[default]
    Identity,
    /// By gzip.
    #[cfg(feature = "gzip")]
    Gzip,
    /// By Zstandard.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Compression {
    /// All that there are in this build.
    pub const ALL: &[Compression] = &[
        #[cfg(feature = "zstd")]
        Compression::Zstd,
        #[cfg(feature = "gzip")]
        Compression::Gzip,
        Compression::Identity,
    ];

    /// What the header `Content-Encoding` says of it; nothing if it says nothing.
    pub const fn content_encoding(self) -> Option<&'static str> {
        match self {
            Compression::Identity => None,
            #[cfg(feature = "gzip")]
            Compression::Gzip => Some("gzip"),
            #[cfg(feature = "zstd")]
            Compression::Zstd => Some("zstd"),
        }
    }

    /// Chooses by the header `Accept-Encoding`; of several, joined by commas.
    ///
    /// Of what there is in this build that is chosen which the scraper wants most (`q`), and of equal ones the
    /// first. Nothing is compressed unasked, and what cannot be read is passed over.
    ///
    /// ```
    /// use measurand::exposition::Compression;
    /// assert_eq!(Compression::negotiate("br, identity;q=0.5"), Compression::Identity);
    /// assert_eq!(Compression::negotiate(""), Compression::Identity);
    /// ```
    pub fn negotiate(accept_encoding: &str) -> Compression {
        let clause = |text| {
            let mut parts = split(text, ';').map(str::trim);
            let name = parts.next()?;
            let is_q = |part: &str| {
                let (name, value) = part.split_once('=')?;
                name.trim().eq_ignore_ascii_case("q").then(|| weight(value.trim()))
            };
            let weight = parts.find_map(is_q).unwrap_or(1000);
            (weight > 0).then_some((weight, Compression::named(name)?))
        };
        let mut clauses: Vec<_> = split(accept_encoding, ',').filter_map(clause).collect();
        clauses.sort_by_key(|(weight, _)| Reverse(*weight));
        clauses.first().map_or(Compression::Identity, |(_, compression)| *compression)
    }

    fn named(name: &str) -> Option<Compression> {
        // `x-gzip` is its old name.
        let name = if name.eq_ignore_ascii_case("x-gzip") { "gzip" } else { name };
        let is_it = |it: &Compression| {
            it.content_encoding().unwrap_or("identity").eq_ignore_ascii_case(name)
        };
        Compression::ALL.iter().copied().find(is_it)
    }

    /// Adds a page, compressed.
    #[cfg(feature = "serve")]
    pub(crate) fn compress(self, page: &[u8], compressed: &mut Vec<u8>) -> std::io::Result<()> {
        match self {
            Compression::Identity => {
                compressed.extend_from_slice(page);
                Ok(())
            }
            #[cfg(feature = "gzip")]
            Compression::Gzip => gzip::compress(page, compressed),
            #[cfg(feature = "zstd")]
            Compression::Zstd => zstandard::compress(page, compressed),
        }
    }
}

#[cfg(all(feature = "gzip", feature = "serve"))]
mod gzip {
    use std::io;

    use flate2::{Compress, Compression, FlushCompress, Status};

    use crate::idle::{Idle, Reusable};

    /// A twelfth of a page remains; less takes much longer, and what is faster leaves an eighth.
    const LEVEL: u32 = 4;

    /// What gzip works with.
    struct Work(Compress);

    impl Default for Work {
        fn default() -> Work {
            const WINDOW_BITS: u8 = 15;
            Work(Compress::new_gzip(Compression::new(LEVEL), WINDOW_BITS))
        }
    }

    impl Reusable for Work {
        fn bytes(&self) -> usize {
            // It does not say; so much is usual.
            256 << 10
        }

        fn clear(&mut self) {
            self.0.reset();
        }
    }

    /// Kept between scrapes, so that a scrape allocates nothing.
    static IDLE: Idle<Work> = Idle::new();

    pub(super) fn compress(page: &[u8], compressed: &mut Vec<u8>) -> io::Result<()> {
        let mut work = IDLE.take();
        loop {
            let rest = usize::try_from(work.0.total_in()).ok().and_then(|seen| page.get(seen..));
            let rest = rest.unwrap_or_default();
            compressed.try_reserve(rest.len() / 8 + 4096)?;
            match work.0.compress_vec(rest, compressed, FlushCompress::Finish)? {
                Status::StreamEnd => break,
                Status::Ok | Status::BufError => {}
            }
        }
        IDLE.put(work);
        Ok(())
    }
}

#[cfg(all(feature = "zstd", feature = "serve"))]
mod zstandard {
    use std::io;

    use zstd::bulk::Compressor;

    use crate::idle::{Idle, Reusable};

    /// Fast, and smaller than what gzip makes.
    const LEVEL: i32 = 1;

    #[derive(Default)]
    struct Work(Option<Compressor<'static>>);

    impl Reusable for Work {
        fn bytes(&self) -> usize {
            // It does not say; so much is usual.
            512 << 10
        }

        fn clear(&mut self) {}
    }

    /// Kept between scrapes.
    static IDLE: Idle<Work> = Idle::new();

    pub(super) fn compress(page: &[u8], compressed: &mut Vec<u8>) -> io::Result<()> {
        let mut work = IDLE.take();
        let compressor = match &mut work.0 {
            Some(compressor) => compressor,
            none => none.insert(Compressor::new(LEVEL)?),
        };
        // What is left over is given back when the page was sent.
        compressed.try_reserve(zstd::zstd_safe::compress_bound(page.len()))?;
        compressor.compress_to_buffer(page, compressed)?;
        IDLE.put(work);
        Ok(())
    }
}

#[cfg(all(test, feature = "gzip"))]
mod tests {
    use super::*;

    #[test]
    fn that_is_chosen_which_is_wanted_most() {
        for (accept, expected) in [
            ("gzip", Compression::Gzip),
            ("deflate, GZIP, br", Compression::Gzip),
            ("x-gzip", Compression::Gzip),
            ("gzip;q=0", Compression::Identity),
            ("gzip;q=0.1, identity;q=0.5", Compression::Identity),
            ("gzip; q=0.5, identity;q=0.5", Compression::Gzip),
            ("identity, gzip", Compression::Identity),
            ("*", Compression::Identity),
            ("", Compression::Identity),
            (";;,;q=1,gzip;q=x", Compression::Gzip),
            ("brotli;q=\"", Compression::Identity),
        ] {
            assert_eq!(Compression::negotiate(accept), expected, "{accept}");
        }
    }

    #[cfg(feature = "serve")]
    #[test]
    fn pages_of_any_length_come_back() {
        use std::io::Read;

        for compression in Compression::ALL {
            for len in [0, 1, 100, 5_000, 3_000_000] {
                let page: Vec<u8> =
                    (0..len).map(|index: u64| ((index * index) >> 7) as u8).collect();
                let mut compressed = Vec::new();
                compression.compress(&page, &mut compressed).unwrap();
                let mut back = Vec::new();
                match compression {
                    Compression::Gzip => {
                        flate2::read::GzDecoder::new(&*compressed).read_to_end(&mut back).unwrap();
                    }
                    #[cfg(feature = "zstd")]
                    Compression::Zstd => back = zstd::decode_all(&*compressed).unwrap(),
                    _ => back = compressed,
                }
                assert_eq!(back, page, "{compression:?}");
            }
        }
    }
}
