//! Configuration by environment variables.

mod variables;

pub use variables::EnvironmentError;

use std::time::Duration;

use variables::{Variables, log_ignored, pairs};

use super::delta::Temporality;
use super::exporter::OtlpExporter;
use super::resource::Resource;
use crate::export::{Console, Exporters};
use crate::outgoing::Destination;

/// Configures exports by the environment variables of OpenTelemetry: which exporters to use, and
/// where they send.
///
/// ```no_run
/// use std::time::Duration;
/// use measurand::Registry;
/// use measurand::actix::Server;
/// use measurand::otlp::Environment;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let environment = Environment::read()?;
/// if let Some(address) = environment.prometheus() {
///     Server::bind(address)?.spawn()?;
/// }
/// let exporting = environment.exporters().metrics(Registry::global())?.start()?;
/// // … run the service …
/// exporting.shutdown(Duration::from_secs(5))?;
/// # Ok(())
/// # }
/// ```
///
/// | variable | default | meaning |
/// |---|---|---|
/// | `OTEL_SDK_DISABLED` | `false` | `true`: nothing is exported |
/// | `OTEL_METRICS_EXPORTER` | `otlp` | a list of `otlp`, `prometheus`, `console`; or `none` |
/// | `OTEL_METRIC_EXPORT_INTERVAL` | 60000 | milliseconds between exports |
/// | `OTEL_METRIC_EXPORT_TIMEOUT` | 30000 | time limit of an export in milliseconds |
/// | `OTEL_EXPORTER_OTLP_ENDPOINT` | `http://localhost:4318`, or `:4317` for gRPC | base URL, to which `/v1/metrics` is added except for gRPC |
/// | `OTEL_EXPORTER_OTLP_METRICS_ENDPOINT` | | complete URL |
/// | `OTEL_EXPORTER_OTLP_HEADERS` | none | `name=value,name=value`, percent-encoded |
/// | `OTEL_EXPORTER_OTLP_TIMEOUT` | 10000 | time limit of a request in milliseconds |
/// | `OTEL_EXPORTER_OTLP_PROTOCOL` | `http/protobuf` | `http/protobuf`, or `grpc` with the feature `otlp-grpc` |
/// | `OTEL_EXPORTER_OTLP_COMPRESSION` | `none` | `gzip` or `none` |
/// | `OTEL_EXPORTER_OTLP_CERTIFICATE` | Mozilla's | PEM file of the certificate authorities that are trusted |
/// | `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` | none | PEM file of the client certificate |
/// | `OTEL_EXPORTER_OTLP_CLIENT_KEY` | none | PEM file of its private key |
/// | `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative` | `delta` or `lowmemory`: counters and histograms are sent as [deltas](Temporality::Delta) |
/// | `OTEL_SERVICE_NAME` | `unknown_service:` and the program name | the attribute `service.name` |
/// | `OTEL_RESOURCE_ATTRIBUTES` | none | `name=value,name=value`, percent-encoded |
/// | `OTEL_EXPORTER_PROMETHEUS_HOST` | `localhost` | the host of [`prometheus`](Environment::prometheus) |
/// | `OTEL_EXPORTER_PROMETHEUS_PORT` | 9464 | its port |
///
/// Each `OTEL_EXPORTER_OTLP_…` has a variant for metrics only, `OTEL_EXPORTER_OTLP_METRICS_…`,
/// which takes precedence. Certificates, like `https`, need the feature `outgoing-tls`. An empty
/// variable counts as unset. As the [specification] requires, invalid numbers and words are logged
/// and ignored, and so are attributes that cannot be parsed.
///
/// The resource has an attribute `service.instance.id`, by which receivers distinguish the
/// processes of a service. It is random unless the environment sets it.
///
/// [specification]: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
#[derive(Debug)]
#[must_use = "nothing is exported until `exporters` are started"]
pub struct Environment {
    otlp: Option<OtlpExporter>,
    console: Option<Console>,
    prometheus: Option<String>,
}

/// An exporter that the environment can request.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ExporterKind {
    Otlp,
    Prometheus,
    Console,
    None,
}

const KINDS: [(&str, ExporterKind); 4] = [
    ("otlp", ExporterKind::Otlp),
    ("prometheus", ExporterKind::Prometheus),
    ("console", ExporterKind::Console),
    ("none", ExporterKind::None),
];

const METRICS_EXPORTER: &str = "OTEL_METRICS_EXPORTER";

impl Environment {
    /// Reads the environment of the process.
    ///
    /// # Errors
    ///
    /// Returns an error if a URL, a header or a certificate cannot be used, or if the protocol is
    /// not supported.
    pub fn read() -> Result<Environment, EnvironmentError> {
        Environment::of(|variable| match std::env::var(variable) {
            Ok(value) => Some(value),
            Err(std::env::VarError::NotPresent) => None,
            Err(std::env::VarError::NotUnicode(_)) => {
                log::warn!("the environment variable `{variable}` is ignored: it is not UTF-8");
                None
            }
        })
    }

    /// Reads variables from elsewhere, such as a file.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`read`](Environment::read).
    ///
    /// ```
    /// use measurand::otlp::Environment;
    ///
    /// let none = Environment::of(|variable| {
    ///     (variable == "OTEL_METRICS_EXPORTER").then(|| "none".to_owned())
    /// })?;
    /// assert_eq!(none.prometheus(), None);
    /// let error = Environment::of(|variable| {
    ///     (variable == "OTEL_EXPORTER_OTLP_ENDPOINT").then(|| "collector:4318".to_owned())
    /// });
    /// assert_eq!(error.unwrap_err().variable, "OTEL_EXPORTER_OTLP_ENDPOINT");
    /// # Ok::<(), measurand::otlp::EnvironmentError>(())
    /// ```
    pub fn of(lookup: impl Fn(&str) -> Option<String>) -> Result<Environment, EnvironmentError> {
        let variables = Variables(&lookup);
        let kinds = kinds(&variables);
        let interval = variables.interval("OTEL_METRIC_EXPORT_INTERVAL");
        let otlp = match kinds.contains(&ExporterKind::Otlp) {
            true => Some(otlp(&variables, interval)?),
            false => None,
        };
        let console = || match interval {
            Some(interval) => Console::new().interval(interval),
            None => Console::new(),
        };
        Ok(Environment {
            otlp,
            console: kinds.contains(&ExporterKind::Console).then(console),
            prometheus: kinds.contains(&ExporterKind::Prometheus).then(|| prometheus(&variables)),
        })
    }

    /// Returns the address where Prometheus expects a page, or `None` if the exporter `prometheus`
    /// is not requested. Serve it with a web server, such as
    /// [`actix::Server`](crate::actix::Server).
    ///
    /// ```
    /// use measurand::otlp::Environment;
    ///
    /// let environment = Environment::of(|variable| match variable {
    ///     "OTEL_METRICS_EXPORTER" => Some("prometheus,otlp".to_owned()),
    ///     "OTEL_EXPORTER_PROMETHEUS_HOST" => Some("0.0.0.0".to_owned()),
    ///     _ => None,
    /// })?;
    /// assert_eq!(environment.prometheus(), Some("0.0.0.0:9464"));
    /// # Ok::<(), measurand::otlp::EnvironmentError>(())
    /// ```
    pub fn prometheus(&self) -> Option<&str> {
        self.prometheus.as_deref()
    }

    /// Returns the exporters `otlp` and `console`, as far as they are requested, for the metrics of
    /// the binary.
    pub fn exporters(self) -> Exporters {
        let mut exporters = Exporters::new();
        if let Some(otlp) = self.otlp {
            exporters = exporters.exporter(otlp);
        }
        if let Some(console) = self.console {
            exporters = exporters.exporter(console);
        }
        exporters
    }
}

/// Returns the requested exporters.
fn kinds(variables: &Variables<'_>) -> Vec<ExporterKind> {
    if variables.is_true("OTEL_SDK_DISABLED") {
        return Vec::new();
    }
    let list = variables.text(METRICS_EXPORTER).unwrap_or_default();
    let kind = |word: &str| {
        let found = KINDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(word));
        if found.is_none() {
            let takes = "it must be a list of `otlp`, `prometheus` and `console`, or `none`";
            log_ignored(METRICS_EXPORTER, word, takes);
        }
        found.map(|(_, kind)| *kind)
    };
    let words = list.split(',').map(str::trim).filter(|word| !word.is_empty());
    let kinds: Vec<_> = words.filter_map(kind).collect();
    // A list without any known exporter counts as unset.
    if kinds.is_empty() { vec![ExporterKind::Otlp] } else { kinds }
}

/// Returns the address where Prometheus expects a page.
fn prometheus(variables: &Variables<'_>) -> String {
    const PORT: &str = "OTEL_EXPORTER_PROMETHEUS_PORT";
    let host = variables.text("OTEL_EXPORTER_PROMETHEUS_HOST");
    let host = host.unwrap_or_else(|| "localhost".to_owned());
    let port = variables.text(PORT).and_then(|value| {
        let port = value.parse::<u16>().ok();
        if port.is_none() {
            log_ignored(PORT, &value, "it must be a port number, such as `9464`");
        }
        port
    });
    // An IPv6 address needs square brackets before a port.
    let is_bare_v6 = host.contains(':') && !host.starts_with('[');
    let host = if is_bare_v6 { format!("[{host}]") } else { host };
    format!("{host}:{}", port.unwrap_or(9464))
}

/// The variable for metrics only, and that for all signals.
macro_rules! of_metrics_or_all {
    ($end:literal) => {
        [concat!("OTEL_EXPORTER_OTLP_METRICS_", $end), concat!("OTEL_EXPORTER_OTLP_", $end)]
    };
}

/// Returns the exporter `otlp`.
fn otlp(
    variables: &Variables<'_>,
    interval: Option<Duration>,
) -> Result<OtlpExporter, EnvironmentError> {
    let protocol = protocol(variables)?;
    let mut destination = destination(variables, protocol)?;
    if let Some((variable, headers)) = variables.first(of_metrics_or_all!("HEADERS")) {
        let wrong = |reason| EnvironmentError::new(variable, reason);
        for (name, value) in pairs(&headers).map_err(wrong)? {
            let set = destination.header(&name, &value);
            destination = set.map_err(|error| EnvironmentError::new(variable, error))?;
        }
    }
    if let Some(timeout) = variables.timeout(of_metrics_or_all!("TIMEOUT")) {
        destination = destination.timeout(timeout);
    }
    let destination = with_certificates(variables, destination)?;
    let words = [("gzip", true), ("none", false)];
    let gzip = variables.word(of_metrics_or_all!("COMPRESSION"), &words);
    let resource = resource(variables);
    let mut exporter = match protocol {
        #[cfg(feature = "otlp-grpc")]
        Protocol::Grpc => OtlpExporter::grpc(destination, resource),
        _ => OtlpExporter::http(destination, resource),
    };
    exporter = exporter.gzip(gzip.is_some_and(|(_, gzip)| gzip));
    exporter = exporter.temporality(temporality(variables));
    if let Some(interval) = interval {
        exporter = exporter.interval(interval);
    }
    if let Some(timeout) = variables.timeout(["OTEL_METRIC_EXPORT_TIMEOUT"]) {
        exporter = exporter.timeout(timeout);
    }
    Ok(exporter)
}

/// The protocol of requests.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Protocol {
    Http,
    Grpc,
    Json,
}

fn protocol(variables: &Variables<'_>) -> Result<Protocol, EnvironmentError> {
    let words = [
        ("http/protobuf", Protocol::Http),
        ("grpc", Protocol::Grpc),
        ("http/json", Protocol::Json),
    ];
    match variables.word(of_metrics_or_all!("PROTOCOL"), &words) {
        Some((variable, Protocol::Json)) => Err(EnvironmentError::new(
            variable,
            "JSON is not supported\n\
             help: use `http/protobuf`, which receivers accept at the same URL",
        )),
        Some((variable, Protocol::Grpc)) if cfg!(not(feature = "otlp-grpc")) => {
            Err(EnvironmentError::new(
                variable,
                "this build does not support gRPC\n\
                 help: enable the feature `otlp-grpc` of `measurand`, or use `http/protobuf`, for which most \
                 receivers listen on port 4318",
            ))
        }
        Some((_, protocol)) => Ok(protocol),
        None => Ok(Protocol::Http),
    }
}

fn temporality(variables: &Variables<'_>) -> Temporality {
    // `lowmemory` keeps sums of asynchronous counters cumulative, but which counters are such is
    // not known here.
    let words = [
        ("cumulative", Temporality::Cumulative),
        ("delta", Temporality::Delta),
        ("lowmemory", Temporality::Delta),
    ];
    let found = variables.word(["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"], &words);
    found.map_or(Temporality::Cumulative, |(_, temporality)| temporality)
}

/// Returns the destination. A URL for metrics only is used as it is, and so is any for gRPC.
fn destination(
    variables: &Variables<'_>,
    protocol: Protocol,
) -> Result<Destination, EnvironmentError> {
    let [of_metrics, of_all] = of_metrics_or_all!("ENDPOINT");
    let (variable, url) = match (variables.text(of_metrics), variables.text(of_all)) {
        (Some(url), _) => (of_metrics, url),
        (None, url) if protocol == Protocol::Grpc => {
            (of_all, url.unwrap_or_else(|| "http://localhost:4317".to_owned()))
        }
        (None, base) => {
            let base = base.unwrap_or_else(|| "http://localhost:4318".to_owned());
            let (path, query) = match base.split_once('?') {
                Some((path, query)) => (path, format!("?{query}")),
                None => (&*base, String::new()),
            };
            (of_all, format!("{}/v1/metrics{query}", path.trim_end_matches('/')))
        }
    };
    Destination::new(&url).map_err(|error| EnvironmentError::new(variable, error))
}

fn with_certificates(
    variables: &Variables<'_>,
    destination: Destination,
) -> Result<Destination, EnvironmentError> {
    let authority = variables.first(of_metrics_or_all!("CERTIFICATE"));
    let certificate = variables.first(of_metrics_or_all!("CLIENT_CERTIFICATE"));
    let key = variables.first(of_metrics_or_all!("CLIENT_KEY"));
    #[cfg(not(feature = "outgoing-tls"))]
    if let Some((variable, _)) = authority.or(certificate).or(key) {
        let reason = "this build does not support TLS\n\
                      help: enable the feature `outgoing-tls` of `measurand`";
        return Err(EnvironmentError::new(variable, reason));
    }
    #[cfg(feature = "outgoing-tls")]
    let destination = {
        let destination = match authority {
            None => destination,
            Some((variable, path)) => destination
                .certificate_authority_file(path)
                .map_err(|error| EnvironmentError::new(variable, error))?,
        };
        let missing = |variable, other: &str| {
            Err(EnvironmentError::new(variable, format!("it needs `{other}`, which is not set")))
        };
        match (certificate, key) {
            (None, None) => destination,
            (Some((variable, certificate)), Some((_, key))) => destination
                .client_certificate_files(certificate, key)
                .map_err(|error| EnvironmentError::new(variable, error))?,
            (Some((variable, _)), None) => {
                return missing(variable, "OTEL_EXPORTER_OTLP_CLIENT_KEY");
            }
            (None, Some((variable, _))) => {
                return missing(variable, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE");
            }
        }
    };
    Ok(destination)
}

/// Returns the resource.
///
/// Source: <https://opentelemetry.io/docs/specs/otel/resource/sdk/>
fn resource(variables: &Variables<'_>) -> Resource {
    const ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";
    let mut resource = Resource::new(format!("unknown_service:{}", program()))
        .attribute("service.instance.id", random_uuid());
    if let Some(attributes) = variables.text(ATTRIBUTES) {
        match pairs(&attributes) {
            Ok(pairs) => {
                for (name, value) in pairs {
                    resource = resource.attribute(name, value);
                }
            }
            Err(reason) => log_ignored(ATTRIBUTES, &attributes, reason),
        }
    }
    match variables.text("OTEL_SERVICE_NAME") {
        Some(name) => resource.attribute("service.name", name),
        None => resource,
    }
}

/// Returns the name of the program.
fn program() -> String {
    let path = std::env::args_os().next().map(std::path::PathBuf::from);
    let name = path.as_ref().and_then(|path| path.file_name());
    name.map_or_else(|| "rust".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// Returns a random UUID, as of <https://www.rfc-editor.org/rfc/rfc9562#name-uuid-version-4>. The
/// standard library's hash tables have random keys, which differ between tables only by a counter,
/// so each is hashed.
fn random_uuid() -> String {
    use std::hash::{BuildHasher as _, RandomState};

    let [high, low] =
        [0_u64, 1].map(|half| RandomState::new().hash_one((half, std::process::id())));
    let id = u128::from(high) << 64 | u128::from(low);
    let (version, variant) = (0x4_u128 << 76, 0x2_u128 << 62);
    let id = id & !(0xf_u128 << 76) & !(0x3_u128 << 62) | version | variant;
    let digits = format!("{id:032x}");
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    [part(0..8), part(8..12), part(12..16), part(16..20), part(20..32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identities_are_of_version_4_and_differ() {
        let ids: std::collections::BTreeSet<_> = (0..100).map(|_| random_uuid()).collect();
        assert_eq!(ids.len(), 100);
        for id in ids {
            let lens: Vec<_> = id.split('-').map(str::len).collect();
            assert_eq!(lens, [8, 4, 4, 4, 12], "{id}");
            assert!(
                id[14..].starts_with('4') && id[19..].starts_with(['8', '9', 'a', 'b']),
                "{id}"
            );
        }
    }
}
