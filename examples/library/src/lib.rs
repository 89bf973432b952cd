//! A library that is instrumented. It says what is measured; the binary decides whether anything is counted and
//! where it is shown. `examples/library-user` is such a binary:
//!
//! ```sh
//! cargo run -p library-user
//! ```

use std::collections::HashMap;
use std::error::Error;
use std::fmt;

use measurand::calls::NoLabels;
use measurand::{Calls, Counter, LabelValue, Metrics, instrument_metrics};

/// What the library reports, in its own namespace.
#[derive(Metrics)]
#[metrics(namespace = "geocoder", global = METRICS)]
struct GeocoderMetrics {
    /// Look-ups of places
    // A field of the library's own: without one, calls would be counted in the families `function_calls_…`, which
    // all crates of the binary share.
    #[metric(buckets = exponential(0.000_001, 10, 6))]
    lookup: Calls<NoLabels, Reason>,
    /// Look-ups answered from the cache.
    cache_hits_total: Counter,
}

/// Why a look-up failed: the label `reason`.
#[derive(Clone, Copy, Debug, LabelValue)]
enum Reason {
    EmptyName,
    UnknownPlace,
}

/// The error of a look-up that failed.
#[derive(Debug)]
pub struct LookupError(Reason);

impl LookupError {
    fn reason(&self) -> Reason {
        self.0
    }
}

impl fmt::Display for LookupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Reason::EmptyName => "the name of the place is empty",
            Reason::UnknownPlace => "no place of that name is known",
        })
    }
}

impl Error for LookupError {}

/// Finds places by name, and remembers them.
#[derive(Debug, Default)]
pub struct Geocoder {
    cache: HashMap<String, (f64, f64)>,
}

impl Geocoder {
    /// Returns the latitude and longitude of a place, in degrees.
    #[instrument_metrics(METRICS.lookup, error = LookupError::reason)]
    pub fn lookup(&mut self, name: &str) -> Result<(f64, f64), LookupError> {
        if let Some(place) = self.cache.get(name) {
            METRICS.cache_hits_total.inc();
            return Ok(*place);
        }
        let place = match name {
            "" => return Err(LookupError(Reason::EmptyName)),
            "Berlin" => (52.5, 13.4),
            "Paris" => (48.9, 2.4),
            _ => return Err(LookupError(Reason::UnknownPlace)),
        };
        self.cache.insert(name.to_owned(), place);
        Ok(place)
    }
}
