//! Answering scrapes, whatever server they come to.
//!
//! [`Handler`] has all that an endpoint does: it chooses the format and the compression that the scraper asks
//! for, makes one page at a time for all who wait, and hands it out in pieces. With the feature `actix` an
//! [`Endpoint`](crate::actix::Endpoint) is just that. For another server take the feature `serve`, hand the
//! request's headers and query to [`Handler::answer`], and send the [`Answer`] back.

mod asked;
mod pages;
mod selected;

pub use asked::Scrape;
pub use pages::Body;

use std::fmt;
use std::sync::Arc;

use crate::registry::{Gather, Registry};
use asked::Asked;
use pages::{PageError, Pages};

/// What pages show.
type Source = Arc<dyn Gather + Send + Sync>;

/// Answers scrapes. A clone answers the same, and makes the same pages.
///
/// A page is made on a thread of its own, so that a scrape never holds up a thread of the server's. One is made
/// at a time: scrapes of the same format, compression and `name[]` that come meanwhile share the next one, which
/// shows all that was counted before they came. No work is begun for a scrape whose future was dropped. While
/// slow readers hold 32 MiB of pages, a new one waits half a second at most; then the page that was not read
/// for longest is taken back, and its bodies end with an error.
///
/// ```
/// use measurand::scrape::{Handler, Scrape};
///
/// # actix_web::rt::System::new().block_on(async {
/// let handler = Handler::new();
/// let scrape = Scrape { accept: "application/openmetrics-text;version=1.0.0", ..Scrape::default() };
/// let answer = handler.answer(&scrape).await;
/// assert_eq!(answer.status, 200);
/// let page: Vec<u8> = answer.body.map(|part| part.unwrap()).collect::<Vec<_>>().concat();
/// assert!(page.ends_with(b"# EOF\n"));
/// # });
/// ```
#[derive(Clone)]
#[must_use = "it answers nothing until `answer` is called"]
pub struct Handler {
    source: Source,
    pages: Pages,
    created_samples: bool,
}

impl Handler {
    /// Shows the metrics of the binary.
    pub fn new() -> Handler {
        Handler {
            source: Arc::new(Registry::global().clone()),
            pages: Pages::of_binary(),
            created_samples: false,
        }
    }

    /// Shows another registry.
    pub fn registry(self, registry: &Registry) -> Handler {
        self.source(registry.clone())
    }

    /// Shows what `source` gathers, such as a part of a registry; the page of [`Gather`] has an example.
    ///
    /// If it panics, the answer is 500.
    pub fn source(self, source: impl Gather + Send + Sync + 'static) -> Handler {
        // A clone may show the former one.
        Handler { source: Arc::new(source), pages: Pages::default(), ..self }
    }

    /// Adds samples `…_created` in OpenMetrics, as
    /// [`Encoder::created_samples`](crate::exposition::Encoder::created_samples) does.
    pub fn created_samples(self, created: bool) -> Handler {
        Handler { created_samples: created, ..self }
    }

    /// Answers a scrape.
    ///
    /// It never fails for what the scraper says: a header that cannot be read is one that is not there. If
    /// there is no page, as where there is no memory for it, the answer is 500 and says why.
    pub async fn answer(&self, scrape: &Scrape<'_>) -> Answer {
        let asked = Asked::of(scrape, self.created_samples);
        let mut headers = vec![
            ("Cache-Control", "no-store".to_owned()),
            ("Vary", "Accept, Accept-Encoding".to_owned()),
        ];
        match self.pages.next(&self.source, &asked).await {
            Ok(page) => {
                headers.push(("Content-Type", asked.content_type()));
                let encoding = asked.content_encoding();
                headers.extend(encoding.map(|encoding| ("Content-Encoding", encoding.to_owned())));
                Answer { status: 200, headers, body: Body::new(page) }
            }
            Err(error) => {
                headers.push(("Content-Type", "text/plain; charset=utf-8".to_owned()));
                let body = Body::of_text(format!("the exposition could not be made: {error}\n"));
                Answer { status: error.status(), headers, body }
            }
        }
    }
}

impl Default for Handler {
    fn default() -> Handler {
        Handler::new()
    }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handler")
            .field("created_samples", &self.created_samples)
            .finish_non_exhaustive()
    }
}

/// The answer to a scrape.
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The status code: 200 or 500.
    pub status: u16,
    /// Names and values of headers, without that of the length.
    pub headers: Vec<(&'static str, String)>,
    /// The page.
    pub body: Body,
}

impl PageError {
    /// The status code of the answer.
    fn status(&self) -> u16 {
        500
    }
}
