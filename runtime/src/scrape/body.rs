//! The body of a response.

use std::io;
use std::sync::Arc;

use bytes::Bytes;

use super::pages::SharedPage;
use super::scrapes::ScrapeInProgress;

/// The body of a response, in pieces, so that a connection never copies and holds the whole page
/// for a slow client.
///
/// It is an iterator, since the next piece is always available. It ends with an error if its reader
/// was so slow that the page had to be dropped.
///
/// ```
/// use std::io::Write;
/// use measurand::scrape::{Body, Handler, Scrape};
///
/// # actix_web::rt::System::new().block_on(async {
/// let body: Body = Handler::new().answer(&Scrape::default()).await.body;
/// let length = body.content_length();
/// let mut connection = Vec::new();
/// for part in body {
///     connection.write_all(&part?)?;
/// }
/// assert_eq!(connection.len(), length);
/// # Ok::<(), std::io::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug)]
pub struct Body {
    /// Dropped after the last piece.
    page: Option<Arc<SharedPage>>,
    len: usize,
    start: usize,
    /// Counts the scrape as in progress until this is dropped.
    _in_progress: Option<ScrapeInProgress>,
}

impl Body {
    pub(super) fn new(page: Arc<SharedPage>, in_progress: Option<ScrapeInProgress>) -> Body {
        Body { len: page.len(), page: Some(page), start: 0, _in_progress: in_progress }
    }

    pub(super) fn of_text(text: String) -> Body {
        Body::new(SharedPage::of_text(text), None)
    }

    /// Returns the total length in bytes, for the header `Content-Length`.
    pub fn content_length(&self) -> usize {
        self.len
    }
}

impl Iterator for Body {
    type Item = io::Result<Bytes>;

    fn next(&mut self) -> Option<io::Result<Bytes>> {
        let page = self.page.take().filter(|_| self.start < self.len)?;
        let Some(part) = page.part(self.start) else {
            let why = "a scraper was too slow, and its page had to make room for later ones";
            return Some(Err(io::Error::new(io::ErrorKind::TimedOut, why)));
        };
        self.start += part.len();
        if self.start < self.len {
            self.page = Some(page);
        }
        Some(Ok(part))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pages::PART;
    use super::*;

    #[test]
    fn a_body_comes_in_parts() {
        let text: String = (0..2 * PART + 1).map(|index| char::from(index as u8 % 128)).collect();
        let mut body = Body::of_text(text.clone());
        assert_eq!(body.content_length(), text.len());
        let mut parts = Vec::new();
        while let Some(part) = body.next() {
            parts.push(part.unwrap());
            // The page is dropped with the last part.
            assert_eq!(body.page.is_some(), parts.len() < 3);
        }
        assert_eq!(parts.iter().map(Bytes::len).collect::<Vec<_>>(), [PART, PART, 1]);
        assert_eq!(parts.concat(), text.as_bytes());
    }
}
