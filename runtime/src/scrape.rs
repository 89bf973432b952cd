//! Answering scrapes, whatever server they come to.
//!
//! [`Handler`] has all that an endpoint does: it chooses the format and the compression that the scraper asks
//! for, makes one page at a time for all who wait, and hands it out in pieces. With the feature `actix` an
//! [`Endpoint`](crate::actix::Endpoint) is just that. For another server take the feature `serve`, hand the
//! request's headers and query to [`Handler::answer`], and send the [`Answer`] back.

mod asked;
mod body;
mod pages;
mod selected;
mod under_way;

pub use asked::Scrape;
pub use body::Body;
pub use under_way::OwnMetricsError;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::registry::{Gather, Registry};
use asked::Asked;
use pages::{OnProblems, PageError, Pages};
use under_way::Scrapes;

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
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`registry`](Handler::registry) | [`Registry::global`] | what it shows |
/// | [`source`](Handler::source) | | the same, of whatever can be gathered |
/// | [`created_samples`](Handler::created_samples) | no | whether OpenMetrics has samples `…_created` |
/// | [`fail_on_problems`](Handler::fail_on_problems) | no | whether a page from which something is left out is an error |
/// | [`max_in_flight`](Handler::max_in_flight) | any number | how many scrapes may be under way |
/// | [`timeout`](Handler::timeout) | none; collectors have what the scraper says | how long a page may take |
/// | [`process_start_time`](Handler::process_start_time) | not said | when the process started |
/// | [`own_metrics`](Handler::own_metrics) | none | shows what becomes of scrapes |
#[derive(Clone)]
#[must_use = "it answers nothing until `answer` is called"]
pub struct Handler {
    source: Source,
    pages: Pages,
    created_samples: bool,
    on_problems: OnProblems,
    timeout: Option<Duration>,
    process_start: Option<SystemTime>,
    under_way: Scrapes,
}

impl Handler {
    /// Shows the metrics of the binary.
    pub fn new() -> Handler {
        Handler {
            source: Arc::new(Registry::global().clone()),
            pages: Pages::of_binary(),
            created_samples: false,
            on_problems: OnProblems::Continue,
            timeout: None,
            process_start: None,
            under_way: Scrapes::default(),
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

    /// Answers 500 where something would be left out of the page, such as the families of a collector that has
    /// panicked, and says what. Else the page is given without, and what is left out is in the log, in
    /// [`Registry::validate`] and in `measurand_conflicts`.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::registry::{Collector, Points};
    /// use measurand::scrape::{Handler, Scrape};
    ///
    /// struct Broken;
    ///
    /// impl Collector for Broken {
    ///     fn collect(&self, _: &mut Points<'_>) {
    ///         panic!("no connection");
    ///     }
    /// }
    ///
    /// # std::panic::set_hook(Box::new(|_| {}));
    /// # actix_web::rt::System::new().block_on(async {
    /// let registry = Registry::new();
    /// let _broken = registry.register_collector(Broken).unwrap();
    /// let handler = Handler::new().registry(&registry);
    /// assert_eq!(handler.answer(&Scrape::default()).await.status, 200);
    /// let strict = handler.fail_on_problems(true);
    /// assert_eq!(strict.answer(&Scrape::default()).await.status, 500);
    /// # });
    /// ```
    #[doc(alias = "HTTPErrorOnError")]
    pub fn fail_on_problems(self, fail: bool) -> Handler {
        let on_problems = if fail { OnProblems::Fail } else { OnProblems::Continue };
        Handler { on_problems, pages: Pages::default(), ..self }
    }

    /// Answers 503 to what comes while so many scrapes are under way: from when they come until their body was
    /// sent or dropped.
    ///
    /// ```
    /// use measurand::scrape::{Handler, Scrape};
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let handler = Handler::new().max_in_flight(1);
    /// let first = handler.answer(&Scrape::default()).await;
    /// assert_eq!(handler.answer(&Scrape::default()).await.status, 503);
    /// drop(first);
    /// assert_eq!(handler.answer(&Scrape::default()).await.status, 200);
    /// # });
    /// ```
    #[doc(alias = "MaxRequestsInFlight")]
    pub fn max_in_flight(self, most: usize) -> Handler {
        Handler { under_way: self.under_way.at_most(most), ..self }
    }

    /// The same of a server that has no room for more, whatever was said.
    #[cfg(feature = "actix")]
    pub(crate) fn at_most(self, most: usize) -> Handler {
        match self.under_way.most() {
            Some(fewer) if fewer <= most => self,
            _ => self.max_in_flight(most),
        }
    }

    /// Gives a page no more time than this, or than the scraper says
    /// (`X-Prometheus-Scrape-Timeout-Seconds`, less a margin for the way). Collectors that are not done by then
    /// are left out; if the page is not there at all, the answer is 503.
    ///
    /// Within a Tokio runtime that has to be one with time. Elsewhere, and without this, the limit is that of
    /// the collectors alone.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::scrape::Handler;
    ///
    /// let handler = Handler::new().timeout(Duration::from_secs(5));
    /// # drop(handler);
    /// ```
    #[doc(alias = "Timeout")]
    pub fn timeout(self, timeout: Duration) -> Handler {
        Handler { timeout: Some(timeout), ..self }
    }

    /// Says with each page when the process started, by the header `Process-Start-Time-Unix`, in seconds since
    /// 1970: so a scraper can tell since when counters count that say nothing of it themselves.
    ///
    /// ```
    /// use std::time::{Duration, SystemTime};
    /// use measurand::scrape::{Handler, Scrape};
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    /// let handler = Handler::new().process_start_time(start);
    /// let answer = handler.answer(&Scrape::default()).await;
    /// assert!(answer.headers.contains(&("Process-Start-Time-Unix", "1700000000".to_owned())));
    /// # });
    /// ```
    #[doc(alias = "ProcessStartTime")]
    pub fn process_start_time(self, start: SystemTime) -> Handler {
        Handler { process_start: Some(start), ..self }
    }

    /// Adds to a registry what becomes of scrapes, under the names of Go's promhttp:
    /// `promhttp_metric_handler_requests_total` by `code`,
    /// `promhttp_metric_handler_requests_in_flight`, and
    /// `promhttp_metric_handler_errors_total` by `cause`. Handlers that add to one registry share them.
    ///
    /// # Errors
    ///
    /// If the registry has families of these names that are somebody else's.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::scrape::{Handler, Scrape};
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let registry = Registry::new();
    /// let handler = Handler::new().registry(&registry).own_metrics(&registry).unwrap();
    /// handler.answer(&Scrape::default()).await;
    /// let text = registry.to_text();
    /// assert!(text.contains("promhttp_metric_handler_requests_total{code=\"200\"} 1\n"));
    /// assert!(text.contains("promhttp_metric_handler_requests_total{code=\"500\"} 0\n"));
    /// # });
    /// ```
    #[doc(alias = "InstrumentMetricHandler")]
    pub fn own_metrics(self, registry: &Registry) -> Result<Handler, OwnMetricsError> {
        Ok(Handler { under_way: self.under_way.shown_in(registry)?, ..self })
    }

    /// Answers a scrape.
    ///
    /// It never fails for what the scraper says: a header that cannot be read is one that is not there. If
    /// there is no page, as where there is no memory for it, the answer is 500 or 503 and says why.
    pub async fn answer(&self, scrape: &Scrape<'_>) -> Answer {
        let asked = Asked::of(scrape, self.created_samples, self.timeout);
        let mut headers = vec![
            ("Cache-Control", "no-store".to_owned()),
            ("Vary", "Accept, Accept-Encoding".to_owned()),
        ];
        let page = match self.under_way.begin() {
            Ok(under_way) => {
                // What a scraper says must not need a timer that its runtime may not have.
                let until = asked.deadline().filter(|_| self.timeout.is_some());
                let page = self.pages.next(&self.source, self.on_problems, &asked, until).await;
                page.map(|page| (page, under_way))
            }
            Err(most) => Err(PageError::Many(most)),
        };
        let (status, body) = match page {
            Ok((page, under_way)) => {
                headers.push(("Content-Type", asked.content_type()));
                let encoding = asked.content_encoding();
                headers.extend(encoding.map(|encoding| ("Content-Encoding", encoding.to_owned())));
                let since = self.process_start.and_then(|start| {
                    Some(start.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs().to_string())
                });
                headers.extend(since.map(|since| ("Process-Start-Time-Unix", since)));
                (200, Body::new(page, Some(under_way)))
            }
            Err(error) => {
                headers.push(("Content-Type", "text/plain; charset=utf-8".to_owned()));
                self.under_way.count_error(&error);
                let body = format!("the exposition could not be made: {error}\n");
                (error.status(), Body::of_text(body))
            }
        };
        self.under_way.count(status);
        Answer { status, headers, body }
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
    /// The status code: 200, 500 or 503.
    pub status: u16,
    /// Names and values of headers, without that of the length.
    pub headers: Vec<(&'static str, String)>,
    /// The page.
    pub body: Body,
}

impl PageError {
    /// The status code of the answer.
    fn status(&self) -> u16 {
        match self {
            PageError::Late | PageError::Many(_) => 503,
            PageError::Make(_) | PageError::NoThread(_) | PageError::Lost => 500,
        }
    }
}
