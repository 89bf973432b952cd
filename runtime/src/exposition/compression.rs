//! The compression of pages, and its negotiation.

use std::cmp::Reverse;

use super::negotiation::{split, weight};

/// How a page is compressed.
///
/// ```
/// use measurand::exposition::Compression;
///
/// for compression in Compression::ALL {
///     let name = compression.content_encoding().unwrap_or("identity");
///     assert_eq!(Compression::negotiate(name), *compression);
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// No compression.
    #[default]
    Identity,
    /// The compression gzip.
    #[cfg(feature = "gzip")]
    Gzip,
    /// The compression Zstandard.
    #[cfg(feature = "zstd")]
    Zstd,
}

impl Compression {
    /// All compressions in this build, the preferred ones first.
    pub const ALL: &[Compression] = &[
        #[cfg(feature = "zstd")]
        Compression::Zstd,
        #[cfg(feature = "gzip")]
        Compression::Gzip,
        Compression::Identity,
    ];

    /// Returns the value of the header `Content-Encoding`, or `None` without compression.
    pub const fn content_encoding(self) -> Option<&'static str> {
        match self {
            Compression::Identity => None,
            #[cfg(feature = "gzip")]
            Compression::Gzip => Some("gzip"),
            #[cfg(feature = "zstd")]
            Compression::Zstd => Some("zstd"),
        }
    }

    /// Chooses a compression by the header `Accept-Encoding`. Join several headers with commas.
    ///
    /// This is the compression in this build with the highest weight (`q`), the first of equal
    /// ones. Nothing is compressed unless the header asks for it, and parts that cannot be parsed
    /// are ignored.
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
        // `x-gzip` is the old name of gzip.
        let name = if name.eq_ignore_ascii_case("x-gzip") { "gzip" } else { name };
        let predicate = |it: &Compression| {
            it.content_encoding().unwrap_or("identity").eq_ignore_ascii_case(name)
        };
        Compression::ALL.iter().copied().find(predicate)
    }

    /// Returns a compressor that appends to `compressed`.
    #[cfg(feature = "serve")]
    pub(super) fn compressor(self, compressed: &mut Vec<u8>) -> std::io::Result<Compressor<'_>> {
        let stream = match self {
            Compression::Identity => CompressedStream::Identity,
            #[cfg(feature = "gzip")]
            Compression::Gzip => CompressedStream::Gzip(gzip::begin()),
            #[cfg(feature = "zstd")]
            Compression::Zstd => CompressedStream::Zstd(zstandard::begin()?),
        };
        Ok(Compressor { stream, compressed })
    }
}

/// Compresses a page while it is encoded.
#[cfg(feature = "serve")]
pub(super) struct Compressor<'a> {
    stream: CompressedStream,
    compressed: &'a mut Vec<u8>,
}

#[cfg(feature = "serve")]
enum CompressedStream {
    Identity,
    #[cfg(feature = "gzip")]
    Gzip(gzip::Stream),
    #[cfg(feature = "zstd")]
    Zstd(zstandard::Stream),
}

#[cfg(feature = "serve")]
impl super::page::Drain for Compressor<'_> {
    fn take(&mut self, piece: &[u8]) -> std::io::Result<()> {
        match &mut self.stream {
            CompressedStream::Identity => {
                self.compressed.try_reserve(piece.len())?;
                self.compressed.extend_from_slice(piece);
                Ok(())
            }
            #[cfg(feature = "gzip")]
            CompressedStream::Gzip(stream) => gzip::take(stream, piece, self.compressed),
            #[cfg(feature = "zstd")]
            CompressedStream::Zstd(stream) => zstandard::take(stream, piece, self.compressed),
        }
    }
}

#[cfg(feature = "serve")]
impl Compressor<'_> {
    /// Appends what is left.
    pub(super) fn finish(self) -> std::io::Result<()> {
        match self.stream {
            CompressedStream::Identity => Ok(()),
            #[cfg(feature = "gzip")]
            CompressedStream::Gzip(stream) => gzip::finish(stream, self.compressed),
            #[cfg(feature = "zstd")]
            CompressedStream::Zstd(stream) => zstandard::finish(stream, self.compressed),
        }
    }
}

/// The capacity reserved for each step of a compressor, in bytes.
#[cfg(all(feature = "serve", any(feature = "gzip", feature = "zstd")))]
const ROOM: usize = 16 << 10;

#[cfg(all(feature = "gzip", feature = "serve"))]
mod gzip {
    use std::io;

    use flate2::{Compress, Compression, FlushCompress, Status};

    use super::ROOM;
    use crate::idle::{Idle, Reusable};

    /// Compresses a page to a twelfth. Higher levels take much longer, and faster ones leave an
    /// eighth.
    const LEVEL: u32 = 4;

    /// A gzip stream.
    pub(super) struct Stream(Compress);

    impl Default for Stream {
        fn default() -> Stream {
            const WINDOW_BITS: u8 = 15;
            Stream(Compress::new_gzip(Compression::new(LEVEL), WINDOW_BITS))
        }
    }

    impl Reusable for Stream {
        fn bytes(&self) -> usize {
            // An estimate, since the library does not tell.
            256 << 10
        }

        fn clear(&mut self) {
            self.0.reset();
        }
    }

    /// Kept between scrapes, so that a scrape allocates nothing.
    static IDLE: Idle<Stream> = Idle::new();

    pub(super) fn begin() -> Stream {
        IDLE.take()
    }

    pub(super) fn take(
        stream: &mut Stream,
        mut piece: &[u8],
        compressed: &mut Vec<u8>,
    ) -> io::Result<()> {
        while !piece.is_empty() {
            step(stream, &mut piece, compressed, FlushCompress::None)?;
        }
        Ok(())
    }

    pub(super) fn finish(mut stream: Stream, compressed: &mut Vec<u8>) -> io::Result<()> {
        while step(&mut stream, &mut &[][..], compressed, FlushCompress::Finish)?
            != Status::StreamEnd
        {}
        IDLE.put(stream);
        Ok(())
    }

    fn step(
        stream: &mut Stream,
        rest: &mut &[u8],
        compressed: &mut Vec<u8>,
        flush: FlushCompress,
    ) -> io::Result<Status> {
        compressed.try_reserve(ROOM)?;
        let before = stream.0.total_in();
        let status = stream.0.compress_vec(rest, compressed, flush)?;
        let taken = usize::try_from(stream.0.total_in() - before).unwrap_or(rest.len());
        *rest = rest.get(taken..).unwrap_or_default();
        Ok(status)
    }
}

#[cfg(all(feature = "zstd", feature = "serve"))]
mod zstandard {
    use std::io;

    use zstd::stream::raw::{Encoder, Operation, OutBuffer};

    use super::ROOM;
    use crate::idle::{Idle, Reusable};

    /// Fast, and the result is smaller than that of gzip.
    const LEVEL: i32 = 1;

    #[derive(Default)]
    pub(super) struct Stream(Option<Encoder<'static>>);

    impl Reusable for Stream {
        fn bytes(&self) -> usize {
            // An estimate, since the library does not tell.
            1 << 20
        }

        fn clear(&mut self) {
            // An encoder that cannot be reset is dropped.
            if self.0.as_mut().is_some_and(|encoder| encoder.reinit().is_err()) {
                self.0 = None;
            }
        }
    }

    /// Kept between scrapes.
    static IDLE: Idle<Stream> = Idle::new();

    pub(super) fn begin() -> io::Result<Stream> {
        let mut stream = IDLE.take();
        if stream.0.is_none() {
            stream.0 = Some(Encoder::new(LEVEL)?);
        }
        Ok(stream)
    }

    pub(super) fn take(
        stream: &mut Stream,
        mut piece: &[u8],
        compressed: &mut Vec<u8>,
    ) -> io::Result<()> {
        let Some(encoder) = &mut stream.0 else { return Ok(()) };
        while !piece.is_empty() {
            compressed.try_reserve(ROOM)?;
            let start = compressed.len();
            let mut room = OutBuffer::around_pos(compressed, start);
            let mut input = zstd::stream::raw::InBuffer::around(piece);
            encoder.run(&mut input, &mut room)?;
            piece = &piece[input.pos()..];
        }
        Ok(())
    }

    pub(super) fn finish(mut stream: Stream, compressed: &mut Vec<u8>) -> io::Result<()> {
        let Some(encoder) = &mut stream.0 else { return Ok(()) };
        loop {
            compressed.try_reserve(ROOM)?;
            let start = compressed.len();
            let mut room = OutBuffer::around_pos(compressed, start);
            if encoder.finish(&mut room, true)? == 0 {
                break;
            }
        }
        IDLE.put(stream);
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

        use crate::exposition::page::Drain;

        for compression in Compression::ALL {
            for len in [0, 1, 100, 5_000, 3_000_000] {
                let page: Vec<u8> =
                    (0..len).map(|index: u64| ((index * index) >> 7) as u8).collect();
                let mut compressed = Vec::new();
                let mut compressor = compression.compressor(&mut compressed).unwrap();
                page.chunks(1_000).for_each(|piece| compressor.take(piece).unwrap());
                compressor.finish().unwrap();
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
