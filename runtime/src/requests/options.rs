//! The options of request metrics.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::Request;
use super::families::{DurationFamily, Known, RequestFamilies};
use crate::labels::Method;
use crate::metric::{Counter, FamilyMetric};
use crate::registry::{Registered, Registry};
use crate::runtime::{DynamicFamily, FamilyOptions, NativeOptions, or_existing};

/// The options of [`RequestMetrics`].
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`server`](RequestOptions::server) | no such label | a label that distinguishes several servers in a process |
/// | [`status_codes`](RequestOptions::status_codes) | classes | whether `status` is `404` or `4xx` |
/// | [`label`](RequestOptions::label) | none | a label of your own |
/// | [`max_series`](RequestOptions::max_series) | 1,000 | the most series of each family |
/// | [`buckets`](RequestOptions::buckets) | 5 ms to 10 s, as OpenTelemetry advises | the buckets of durations |
/// | [`native`](RequestOptions::native) | classic buckets | whether durations have native buckets |
///
/// ```
/// use measurand::Registry;
/// use measurand::requests::RequestOptions;
///
/// let registry = Registry::new();
/// let requests = RequestOptions::new()
///     .server("api")
///     .status_codes()
///     .label("tenant")
///     .max_series(5_000)
///     .buckets([0.01, 0.1, 1.0])
///     .register(&registry)?;
/// let mut request = requests.start("GET", &["t7"]);
/// request.route("/orders/{id}");
/// request.answer(404);
/// request.finish();
///
/// let labels = "server=\"api\",method=\"GET\",route=\"/orders/{id}\",status=\"404\",tenant=\"t7\"";
/// assert!(registry.to_text().contains(&format!("{{{labels},outcome=\"ok\"}} 1\n")));
/// # Ok::<(), measurand::requests::RequestsError>(())
/// ```
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

/// The buckets of durations, in seconds, as OpenTelemetry's conventions for HTTP advise.
const TIMES: [f64; 14] =
    [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The buckets of sizes, from 100 bytes to 100 megabytes.
const SIZES: [f64; 7] = [100.0, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8];

impl RequestOptions {
    /// Creates options with classic buckets, status classes and no labels of your own.
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

    /// Adds the label `server`, such as `api` and `admin` in a process that runs both.
    pub fn server(self, name: impl Into<String>) -> RequestOptions {
        RequestOptions { server: name.into(), ..self }
    }

    /// Makes `status` the code instead of its class. Codes that are not registered by IANA appear
    /// as their class.
    pub fn status_codes(self) -> RequestOptions {
        RequestOptions { has_codes: true, ..self }
    }

    /// Adds a label, whose value is passed to [`RequestMetrics::start`] for each request. Servers
    /// whose metrics are in one registry must have the same labels.
    ///
    /// If values come from clients, [`max_series`](RequestOptions::max_series) bounds their number.
    pub fn label(mut self, name: impl Into<String>) -> RequestOptions {
        self.labels.push(name.into());
        self
    }

    /// Sets the most series of each family. Further ones are counted in a series whose labels are
    /// all `__other__`.
    pub fn max_series(self, max_series: usize) -> RequestOptions {
        RequestOptions { max_series, ..self }
    }

    /// Sets the upper bounds of the buckets of durations, in seconds.
    pub fn buckets(self, bounds: impl Into<Vec<f64>>) -> RequestOptions {
        RequestOptions { buckets: bounds.into(), ..self }
    }

    /// Uses native buckets for durations, and no classic ones unless
    /// [`buckets`](RequestOptions::buckets) is called afterwards.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::requests::RequestOptions;
    /// use measurand::runtime::NativeOptions;
    ///
    /// let options = RequestOptions::new().native(NativeOptions::new().factor(1.2));
    /// let requests = options.register(&Registry::new())?;
    /// # drop(requests);
    /// # Ok::<(), measurand::requests::RequestsError>(())
    /// ```
    pub fn native(self, options: NativeOptions) -> RequestOptions {
        RequestOptions { native: Some(options), buckets: Vec::new(), ..self }
    }

    /// Adds the metrics to a registry, or returns those that it has already.
    ///
    /// # Errors
    ///
    /// Returns an error if the registry has families of these names with other labels or buckets,
    /// or if a label or a bucket is not valid.
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
                None => with_existing(options, registry, &ended).map(DurationFamily::Classic),
                Some(native) => with_existing(options.native(native), registry, &ended)
                    .map(DurationFamily::Native),
            }
        };
        let size = |name: &str, help: &str| {
            with_existing(options(name, help).buckets(SIZES), registry, &ended)
        };
        let requests = with_existing::<Counter>(
            options("requests_total", "Requests that have ended, by how they ended."),
            registry,
            &counted,
        )?;
        let families = RequestFamilies {
            server: self.server.clone(),
            has_codes: self.has_codes,
            labels: self.labels.len(),
            known: Known::new(&requests, self.labels.len()),
            requests,
            durations: time("request_duration_seconds", "Time until the answer was sent.")?,
            first_bytes: time("time_to_first_byte_seconds", "Time until the answer began.")?,
            request_sizes: size("request_body_size_bytes", "Size of the bodies of requests.")?,
            response_sizes: size("response_body_size_bytes", "Size of the bodies of answers.")?,
            active: with_existing(
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

/// Returns the family that was registered, now or before.
fn with_existing<M: FamilyMetric>(
    options: FamilyOptions,
    registry: &Registry,
    labels: &[&str],
) -> Result<Registered<DynamicFamily<M>>, RequestsError> {
    or_existing(options.register_dynamic::<M>(registry, labels))
        .map_err(|error| RequestsError(error.to_string()))
}

/// The metrics of requests. Clones share them.
///
/// ```
/// use measurand::Registry;
/// use measurand::requests::{RequestMetrics, RequestOptions};
///
/// /// Answers a request of any server.
/// fn serve(metrics: &RequestMetrics, method: &str) {
///     let mut request = metrics.start(method, &[]);
///     request.route("/ping");
///     request.answer(204);
///     request.finish();
/// }
///
/// let registry = Registry::new();
/// let metrics = RequestOptions::new().register(&registry)?;
/// serve(&metrics, "GET");
/// let labels = "{method=\"GET\",route=\"/ping\",status=\"2xx\",outcome=\"ok\"}";
/// assert!(registry.to_text().contains(&format!("http_server_requests_total{labels} 1\n")));
/// # Ok::<(), measurand::requests::RequestsError>(())
/// ```
#[derive(Clone)]
pub struct RequestMetrics {
    pub(super) families: Arc<RequestFamilies>,
}

impl RequestMetrics {
    /// Begins a request, with a value for each [label](RequestOptions::label) of your own; missing
    /// ones are empty, which means the same as no label.
    ///
    /// Report to the returned value what happens. If it is dropped before the request ended, the
    /// client has disconnected, or the service has panicked.
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

/// The error of registering metrics of requests.
///
/// ```
/// use measurand::Registry;
/// use measurand::requests::{RequestOptions, RequestsError};
///
/// let options = RequestOptions::new().label("api-version");
/// let error: RequestsError = options.register(&Registry::new()).unwrap_err();
/// assert!(error.to_string().contains("`api-version`"), "{error}");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestsError(String);

impl fmt::Display for RequestsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for RequestsError {}
