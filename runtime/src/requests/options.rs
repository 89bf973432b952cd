//! The families, and how they are made.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::Request;
use super::families::{Families, Known, Times};
use crate::labels::Method;
use crate::metric::{Counter, FamilyMetric};
use crate::registry::{Registered, Registry};
use crate::runtime::{DynamicFamily, FamilyOptions, NativeOptions, or_existing};

/// How [`RequestMetrics`] are to be.
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`server`](RequestOptions::server) | no such label | tells the services of a process apart |
/// | [`status_codes`](RequestOptions::status_codes) | classes | whether `status` is `404` or `4xx` |
/// | [`label`](RequestOptions::label) | none | a label of your own |
/// | [`max_series`](RequestOptions::max_series) | 1,000 | the most series of each family |
/// | [`buckets`](RequestOptions::buckets) | 5 ms to 10 s, as OpenTelemetry advises | those of times |
/// | [`native`](RequestOptions::native) | classic buckets | whether times have native ones |
#[derive(Clone, Debug)]
#[must_use = "there are no metrics until `register` is called"]
pub struct RequestOptions {
    server: String,
    has_codes: bool,
    labels: Vec<String>,
    max_series: usize,
    buckets: Vec<f64>,
    native: Option<NativeOptions>,
}

/// Those that OpenTelemetry's conventions for HTTP advise.
const TIMES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// From 100 bytes to 100 megabytes.
const SIZES: [f64; 7] = [100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

impl RequestOptions {
    /// Classic buckets, status classes, and no label of your own.
    pub fn new() -> RequestOptions {
        RequestOptions {
            server: String::new(),
            has_codes: false,
            labels: Vec::new(),
            max_series: 1_000,
            buckets: TIMES.to_vec(),
            native: None,
        }
    }

    /// Adds the label `server`, such as `api` and `admin` of a process that has both.
    pub fn server(self, name: impl Into<String>) -> RequestOptions {
        RequestOptions { server: name.into(), ..self }
    }

    /// Has `status` be the code and not its class. Codes that IANA does not know are told by their class.
    pub fn status_codes(self) -> RequestOptions {
        RequestOptions { has_codes: true, ..self }
    }

    /// Adds a label, whose value [`RequestMetrics::start`] is given for each request. Services whose metrics are in
    /// one registry have the same labels.
    ///
    /// Values may come from a client, so that [`max_series`](RequestOptions::max_series) bounds them.
    pub fn label(mut self, name: impl Into<String>) -> RequestOptions {
        self.labels.push(name.into());
        self
    }

    /// The most series that each of the families may have. Further ones are counted in one all of whose labels are
    /// `__other__`.
    pub fn max_series(self, max_series: usize) -> RequestOptions {
        RequestOptions { max_series, ..self }
    }

    /// The upper bounds of the buckets of times, in seconds.
    pub fn buckets(self, bounds: impl Into<Vec<f64>>) -> RequestOptions {
        RequestOptions { buckets: bounds.into(), ..self }
    }

    /// Has times be in native buckets, and in no classic ones unless [`buckets`](RequestOptions::buckets) is called
    /// after this.
    pub fn native(self, options: NativeOptions) -> RequestOptions {
        RequestOptions { native: Some(options), buckets: Vec::new(), ..self }
    }

    /// Adds the metrics to a registry. If it has them already, they are the same ones.
    ///
    /// # Errors
    ///
    /// If the registry has families of these names with other labels or buckets, or if a label or a bucket cannot be
    /// as it is.
    pub fn register(&self, registry: &Registry) -> Result<RequestMetrics, RequestsError> {
        let own = self.labels.iter().map(String::as_str);
        let ended: Vec<_> =
            ["server", "method", "route", "status"].into_iter().chain(own).collect();
        let counted: Vec<_> = ended.iter().copied().chain(["outcome"]).collect();
        let options = |name: &str, help: &str| {
            FamilyOptions::new(format!("http_server_{name}"), help).max_series(self.max_series)
        };
        let time = |name: &str, help: &str| {
            let options = options(name, help).buckets(self.buckets.clone());
            match self.native {
                None => there(options, registry, &ended).map(Times::Classic),
                Some(native) => there(options.native(native), registry, &ended).map(Times::Native),
            }
        };
        let size =
            |name: &str, help: &str| there(options(name, help).buckets(SIZES), registry, &ended);
        let requests = there::<Counter>(
            options("requests_total", "Requests that have ended, by how they ended."),
            registry,
            &counted,
        )?;
        let families = Families {
            server: self.server.clone(),
            has_codes: self.has_codes,
            labels: self.labels.len(),
            known: Known::new(&requests, self.labels.len()),
            requests,
            durations: time("request_duration_seconds", "Time until the answer was sent.")?,
            first_bytes: time("time_to_first_byte_seconds", "Time until the answer began.")?,
            request_sizes: size("request_body_size_bytes", "Size of the bodies of requests.")?,
            response_sizes: size("response_body_size_bytes", "Size of the bodies of answers.")?,
            active: there(
                options("active_requests", "Requests that have not ended yet."),
                registry,
                &["server", "method"],
            )?,
        };
        Ok(RequestMetrics { families: Arc::new(families) })
    }
}

impl Default for RequestOptions {
    fn default() -> RequestOptions {
        RequestOptions::new()
    }
}

/// The family, also if it was there already.
fn there<M: FamilyMetric>(
    options: FamilyOptions,
    registry: &Registry,
    labels: &[&str],
) -> Result<Registered<DynamicFamily<M>>, RequestsError> {
    or_existing(options.register_dynamic::<M>(registry, labels))
        .map_err(|error| RequestsError(error.to_string()))
}

/// The metrics of requests. A clone counts in the same.
#[derive(Clone)]
pub struct RequestMetrics {
    pub(super) families: Arc<Families>,
}

impl RequestMetrics {
    /// Begins a request, with a value for each [label](RequestOptions::label) of your own; one that is missing is
    /// empty, which is the same as no label.
    ///
    /// What is returned is told what happens. If it is dropped before it was told how the request ended, the
    /// client has gone, or the service has panicked.
    pub fn start(&self, method: &str, own_labels: &[&str]) -> Request {
        Request::begin(self, Method::from(method), own_labels)
    }
}

impl fmt::Debug for RequestMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestMetrics")
            .field("server", &self.families.server)
            .finish_non_exhaustive()
    }
}

/// Why there can be no metrics of requests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestsError(String);

impl fmt::Display for RequestsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for RequestsError {}
