//! Answering scrapes, for any web server.
//!
//! A [`Handler`] does everything that an endpoint needs: it negotiates format and compression,
//! encodes one page at a time for all waiting scrapes, and returns it in pieces. With the feature
//! `actix`, an [`Endpoint`](crate::actix::Endpoint) wraps one. For another server, enable the
//! feature `serve`, pass the request's headers and query to [`Handler::answer`], and send the
//! [`Answer`].

mod asked;
mod body;
mod pages;
mod scrapes;
mod selected;

pub use asked::Scrape;
pub use body::Body;
pub use scrapes::OwnMetricsError;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::registry::{Gather, Registry, SharedGather};
use asked::ScrapeRequest;
use pages::{OnProblems, PageError, Pages};
use scrapes::Scrapes;

/// Answers scrapes. A clone shares its settings and its pages.
///
/// Pages are encoded on a separate thread, so a scrape never blocks a thread of the server. One
/// page is encoded at a time: scrapes for the same format, compression and `name[]` that arrive
/// meanwhile share the next one, which includes all updates made before they arrived. No page is
/// begun for a scrape whose future was dropped. While slow readers hold 32 MiB of pages, a new page
/// waits at most half a second; then the page that has gone unread for longest is dropped, and its
/// bodies end with an error.
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
/// | [`registry`](Handler::registry) | [`Registry::global`] | the registry to show |
/// | [`source`](Handler::source) | | another source to show, instead of a registry |
/// | [`created_samples`](Handler::created_samples) | no | whether OpenMetrics has samples `…_created` |
/// | [`fail_on_problems`](Handler::fail_on_problems) | no | whether an incomplete page is an error |
/// | [`max_in_flight`](Handler::max_in_flight) | unlimited | how many scrapes may be in progress |
/// | [`timeout`](Handler::timeout) | none; collectors have the scraper's timeout | the time limit of a page |
/// | [`process_start_time`](Handler::process_start_time) | not sent | when the process started |
/// | [`own_metrics`](Handler::own_metrics) | none | metrics of the scrapes themselves |
#[derive(Clone)]
#[must_use = "it answers nothing until `answer` is called"]
pub struct Handler {
    source: SharedGather,
    pages: Pages,
    created_samples: bool,
    on_problems: OnProblems,
    timeout: Option<Duration>,
    process_start: Option<SystemTime>,
    scrapes: Scrapes,
}

impl Handler {
    /// Creates a handler that shows [`Registry::global`].
    pub fn new() -> Handler {
        Handler {
            source: Arc::new(Registry::global().clone()),
            pages: Pages::of_binary(),
            created_samples: false,
            on_problems: OnProblems::Continue,
            timeout: None,
            process_start: None,
            scrapes: Scrapes::default(),
        }
    }

    /// Sets the registry to show.
    pub fn registry(self, registry: &Registry) -> Handler {
        self.source(registry.clone())
    }

    /// Sets what to show, such as part of a registry; [`Gather`] has an example.
    ///
    /// If `source` panics, the answer is 500.
    ///
    /// ```
    /// use measurand::registry::Registries;
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::scrape::{Answer, Handler, Scrape};
    /// use measurand::{Gauge, Registry};
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let plugins = Registry::new();
    /// let options = FamilyOptions::new("doc_handler_plugins", "Plug-ins loaded.");
    /// options.register_unlabelled::<Gauge>(&plugins)?.leak().set(2);
    ///
    /// let handler = Handler::new().source(Registries::new([Registry::new(), plugins]));
    /// let answer: Answer = handler.answer(&Scrape::default()).await;
    /// let page: Vec<u8> = answer.body.map(|part| part.unwrap()).collect::<Vec<_>>().concat();
    /// assert!(page.ends_with(b"doc_handler_plugins 2\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn source(self, source: impl Gather + Send + Sync + 'static) -> Handler {
        // A clone may still show the previous source.
        Handler { source: Arc::new(source), pages: Pages::default(), ..self }
    }

    /// Sets whether OpenMetrics has samples `…_created`, as
    /// [`Encoder::created_samples`](crate::exposition::Encoder::created_samples) does.
    ///
    /// ```
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::scrape::{Handler, Scrape};
    /// use measurand::{Counter, Registry};
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let registry = Registry::new();
    /// let options = FamilyOptions::new("doc_handler_loads_total", "Plug-ins loaded.");
    /// options.register_unlabelled::<Counter>(&registry)?.leak().inc();
    ///
    /// let handler = Handler::new().registry(&registry).created_samples(true);
    /// let accept = "application/openmetrics-text;version=1.0.0";
    /// let answer = handler.answer(&Scrape { accept, ..Scrape::default() }).await;
    /// let page: Vec<u8> = answer.body.map(|part| part.unwrap()).collect::<Vec<_>>().concat();
    /// assert!(String::from_utf8(page)?.contains("\ndoc_handler_loads_created "));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # }).unwrap();
    /// ```
    pub fn created_samples(self, created: bool) -> Handler {
        Handler { created_samples: created, ..self }
    }

    /// Sets whether to answer 500, with the reason, if something would be left out of the page,
    /// such as the families of a collector that panicked. By default the rest of the page is sent,
    /// and what is left out is logged, returned by [`Registry::validate`] and counted in
    /// `measurand_conflicts`.
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

    /// Limits the number of scrapes in progress, and answers 503 to further ones. A scrape is in
    /// progress from the call of [`answer`](Handler::answer) until its body is sent or dropped.
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
        Handler { scrapes: self.scrapes.at_most(most), ..self }
    }

    /// Limits the number of scrapes in progress, unless a lower limit is set.
    #[cfg(feature = "actix")]
    pub(crate) fn at_most(self, most: usize) -> Handler {
        match self.scrapes.most() {
            Some(fewer) if fewer <= most => self,
            _ => self.max_in_flight(most),
        }
    }

    /// Sets the time limit of a page, unless the scraper's own is shorter
    /// (`X-Prometheus-Scrape-Timeout-Seconds`, less a margin for the transfer). Collectors that
    /// have not finished by then are left out; if there is no page at all by then, the answer is
    /// 503.
    ///
    /// If it runs in a Tokio runtime, that must have timers enabled. Outside of one, and without
    /// this setting, the limit applies to the collectors alone.
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

    /// Sends the time when the process started with each page, as the header
    /// `Process-Start-Time-Unix`, in seconds since 1970. A scraper can use it as the start of
    /// counters that do not show their own.
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

    /// Adds metrics of the scrapes to a registry, under the names of Go's promhttp:
    /// `promhttp_metric_handler_requests_total` by `code`,
    /// `promhttp_metric_handler_requests_in_flight`, and `promhttp_metric_handler_errors_total` by
    /// `cause`. Handlers that use the same registry share them.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry has other families of these names.
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
        Ok(Handler { scrapes: self.scrapes.shown_in(registry)?, ..self })
    }

    /// Answers a scrape.
    ///
    /// Headers that cannot be parsed are ignored, so no request makes it fail. If there is no page,
    /// for example since memory is short, the status is 500 or 503 and the body tells why.
    pub async fn answer(&self, scrape: &Scrape<'_>) -> Answer {
        let asked = ScrapeRequest::of(scrape, self.created_samples, self.timeout);
        let mut headers = vec![
            ("Cache-Control", "no-store".to_owned()),
            ("Vary", "Accept, Accept-Encoding".to_owned()),
        ];
        let page = match self.scrapes.begin() {
            Ok(scrapes) => {
                // Only if `timeout` is set, since the runtime may have no timers.
                let until = asked.deadline().filter(|_| self.timeout.is_some());
                let page = self.pages.next(&self.source, self.on_problems, &asked, until).await;
                page.map(|page| (page, scrapes))
            }
            Err(most) => Err(PageError::Many(most)),
        };
        let (status, body) = match page {
            Ok((page, scrapes)) => {
                headers.push(("Content-Type", asked.content_type()));
                let encoding = asked.content_encoding();
                headers.extend(encoding.map(|encoding| ("Content-Encoding", encoding.to_owned())));
                let since = self.process_start.and_then(|start| {
                    Some(start.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs().to_string())
                });
                headers.extend(since.map(|since| ("Process-Start-Time-Unix", since)));
                (200, Body::new(page, Some(scrapes)))
            }
            Err(error) => {
                headers.push(("Content-Type", "text/plain; charset=utf-8".to_owned()));
                self.scrapes.count_error(&error);
                let body = format!("the exposition could not be made: {error}\n");
                (error.status(), Body::of_text(body))
            }
        };
        self.scrapes.count(status);
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

/// The response to a scrape.
///
/// ```
/// use measurand::scrape::{Answer, Handler, Scrape};
///
/// # actix_web::rt::System::new().block_on(async {
/// let Answer { status, headers, body, .. } = Handler::new().answer(&Scrape::default()).await;
/// assert_eq!(status, 200);
/// let content_type = "text/plain; version=0.0.4; charset=utf-8".to_owned();
/// assert!(headers.contains(&("Content-Type", content_type)));
/// # drop(body);
/// # });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The status code: 200, 500 or 503.
    pub status: u16,
    /// The names and values of headers, without `Content-Length`.
    pub headers: Vec<(&'static str, String)>,
    /// The page, or the reason for an error.
    pub body: Body,
}

impl PageError {
    /// Returns the status code of the response.
    fn status(&self) -> u16 {
        match self {
            PageError::Late | PageError::Many(_) => 503,
            PageError::Make(_) | PageError::NoThread(_) | PageError::Lost => 500,
        }
    }
}
