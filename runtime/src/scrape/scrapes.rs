//! Scrapes in progress, their limit, and metrics of scrapes.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::pages::{MakeError, PageError};
use crate::metric::{Counter, Gauge};
use crate::registry::{Registered, Registry};
use crate::runtime::{
    FamilyOptions, RegisterFamilyError, RuntimeFamily, RuntimeMetric, or_existing,
};

/// The scrapes of a handler, shared by its clones.
#[derive(Clone, Default)]
pub(super) struct Scrapes {
    now: Arc<AtomicUsize>,
    most: Option<usize>,
    shown: Option<ScrapeFamilies>,
}

/// The metrics of scrapes.
#[derive(Clone)]
struct ScrapeFamilies {
    requests: Registered<RuntimeFamily<Counter, 1>>,
    errors: Registered<RuntimeFamily<Counter, 1>>,
    in_flight: Registered<RuntimeMetric<Gauge>>,
}

/// The status codes that are shown from the start.
const CODES: [&str; 3] = ["200", "500", "503"];

const ENCODING: &str = "encoding";
const GATHERING: &str = "gathering";

impl Scrapes {
    pub(super) fn at_most(self, most: usize) -> Scrapes {
        // A limit of its own, apart from that of clones.
        Scrapes { most: Some(most), now: Arc::default(), ..self }
    }

    #[cfg(feature = "actix")]
    pub(super) fn most(&self) -> Option<usize> {
        self.most
    }

    pub(super) fn shown_in(self, registry: &Registry) -> Result<Scrapes, OwnMetricsError> {
        let family = |name: &str, help: &str, label| {
            // There are fewer label values than that.
            let options = FamilyOptions::new(name, help).max_series(100);
            with_existing(options.register::<Counter, 1>(registry, [label]))
        };
        let requests = family(
            "promhttp_metric_handler_requests_total",
            "Scrapes by the status code of the answer.",
            "code",
        )?;
        CODES.iter().for_each(|code| requests.with([code]).inc_by(0));
        let errors = family(
            "promhttp_metric_handler_errors_total",
            "Errors that scrapes have met, by what was done.",
            "cause",
        )?;
        [ENCODING, GATHERING].iter().for_each(|cause| errors.with([cause]).inc_by(0));
        let in_flight = FamilyOptions::new(
            "promhttp_metric_handler_requests_in_flight",
            "Scrapes that are being answered.",
        );
        let in_flight = with_existing(in_flight.register_unlabelled::<Gauge>(registry))?;
        Ok(Scrapes { shown: Some(ScrapeFamilies { requests, errors, in_flight }), ..self })
    }

    /// Counts a scrape as in progress, or returns the limit if there are too many.
    pub(super) fn begin(&self) -> Result<ScrapeInProgress, usize> {
        let before = self.now.fetch_add(1, Ordering::Relaxed);
        let in_progress = ScrapeInProgress { scrapes: self.clone() };
        if let Some(shown) = &self.shown {
            shown.in_flight.inc();
        }
        // On error, dropping `in_progress` takes the count back.
        match self.most {
            Some(most) if before >= most => Err(most),
            _ => Ok(in_progress),
        }
    }

    /// Counts a response.
    pub(super) fn count(&self, status: u16) {
        if let Some(shown) = &self.shown {
            shown.requests.with([&status.to_string()]).inc();
        }
    }

    pub(super) fn count_error(&self, error: &PageError) {
        let cause = match error {
            PageError::Make(MakeError::Encode(error)) if error.is_of_compression() => ENCODING,
            PageError::Make(_) | PageError::NoThread(_) | PageError::Lost => GATHERING,
            // These are limits, not errors.
            PageError::Late | PageError::Many(_) => return,
        };
        if let Some(shown) = &self.shown {
            shown.errors.with([cause]).inc();
        }
    }
}

impl fmt::Debug for Scrapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scrapes").field("now", &self.now).field("most", &self.most).finish()
    }
}

/// A scrape that is in progress until this is dropped.
#[derive(Debug)]
pub(super) struct ScrapeInProgress {
    scrapes: Scrapes,
}

impl Drop for ScrapeInProgress {
    fn drop(&mut self) {
        self.scrapes.now.fetch_sub(1, Ordering::Relaxed);
        if let Some(shown) = &self.scrapes.shown {
            shown.in_flight.dec();
        }
    }
}

/// Returns what was registered, now or before.
fn with_existing<T>(
    registered: Result<Registered<T>, RegisterFamilyError<T>>,
) -> Result<Registered<T>, OwnMetricsError> {
    or_existing(registered).map_err(|error| OwnMetricsError(error.to_string()))
}

/// Why the metrics of a handler could not be added to a registry.
///
/// ```
/// use measurand::runtime::FamilyOptions;
/// use measurand::scrape::{Handler, OwnMetricsError};
/// use measurand::{Gauge, Registry};
///
/// let registry = Registry::new();
/// let other = FamilyOptions::new("promhttp_metric_handler_requests_in_flight", "Scrapes.");
/// let _other = other.register_unlabelled::<Gauge>(&registry)?;
/// let error: OwnMetricsError = Handler::new().own_metrics(&registry).unwrap_err();
/// assert!(error.to_string().contains("another help text"), "{error}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnMetricsError(String);

impl fmt::Display for OwnMetricsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for OwnMetricsError {}
