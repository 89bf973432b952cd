//! The configuration file of Prometheus exporters for TLS and passwords.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, fs};

use actix_web::http::header::{HeaderName, HeaderValue};
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use serde::Deserialize;

use crate::access::{Access, AccessError, RateLimit};

/// The contents of a `web.yml`, in the format of the [exporter-toolkit] of Prometheus.
///
/// The file is read once. These keys are supported; any other is an error, so that none is silently
/// ignored:
///
/// | key | |
/// |---|---|
/// | `tls_server_config` | `cert_file` or `cert`, `key_file` or `key`, `client_auth_type` (`NoClientCert`, `VerifyClientCertIfGiven`, `RequireAndVerifyClientCert`), `client_ca_file` or `client_ca`, `min_version` and `max_version` (`TLS12`, `TLS13`) |
/// | `http_server_config` | `http2: false`, and `headers` |
/// | `basic_auth_users` | hashes of passwords, by user |
/// | `rate_limit` | `interval` between two requests, such as `100ms`, and `burst`, how many may arrive at once |
///
/// Paths are relative to the file.
///
/// ```
/// use measurand::actix::{Server, WebConfig};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join("measurand-doc-web-config");
/// # std::fs::create_dir_all(&folder)?;
/// # std::env::set_current_dir(&folder)?;
/// # let hash = bcrypt::hash("prometheus", 4)?;
/// # std::fs::write("web.yml", format!("basic_auth_users:\n  scraper: {hash}\n"))?;
/// let config = WebConfig::read("web.yml")?;
/// let server = Server::bind("127.0.0.1:0")?.web_config(config);
/// # drop(server);
/// # std::fs::remove_file("web.yml")?;
/// # Ok(())
/// # }
/// ```
///
/// [exporter-toolkit]: https://github.com/prometheus/exporter-toolkit/blob/master/docs/web-configuration.md
#[derive(Debug)]
pub struct WebConfig {
    pub(super) tls: Option<Box<ServerConfig>>,
    pub(super) access: Option<Access>,
    pub(super) headers: Vec<(HeaderName, HeaderValue)>,
    pub(super) rate_limit: Option<RateLimit>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    tls_server_config: Option<TlsSection>,
    http_server_config: Option<HttpSection>,
    basic_auth_users: Option<BTreeMap<String, String>>,
    rate_limit: Option<RateLimitSection>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TlsSection {
    cert_file: Option<PathBuf>,
    cert: Option<String>,
    key_file: Option<PathBuf>,
    key: Option<String>,
    client_auth_type: Option<ClientAuth>,
    client_ca_file: Option<PathBuf>,
    client_ca: Option<String>,
    min_version: Option<TlsVersion>,
    max_version: Option<TlsVersion>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
enum ClientAuth {
    #[default]
    NoClientCert,
    VerifyClientCertIfGiven,
    RequireAndVerifyClientCert,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
enum TlsVersion {
    #[serde(rename = "TLS12")]
    Tls12,
    #[serde(rename = "TLS13")]
    Tls13,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HttpSection {
    http2: Option<bool>,
    headers: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RateLimitSection {
    interval: Interval,
    burst: Option<u32>,
}

/// A duration in Go's syntax, or 0.
#[derive(Deserialize)]
#[serde(untagged)]
enum Interval {
    Whole(u64),
    Text(String),
}

impl WebConfig {
    /// Reads the file, and the certificates and keys that it names.
    ///
    /// # Errors
    ///
    /// Returns an error if a file cannot be read, or if a key or value is not supported. It names
    /// the file and what to do, and contains no secrets.
    pub fn read(path: impl AsRef<Path>) -> Result<WebConfig, WebConfigError> {
        let path = path.as_ref();
        let failed = |why: String| WebConfigError { path: path.to_owned(), why };
        let text = fs::read_to_string(path).map_err(|error| failed(error.to_string()))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        parse(&text, folder).map_err(failed)
    }
}

fn parse(text: &str, folder: &Path) -> Result<WebConfig, String> {
    // The parser's message may contain a value, which may be a secret.
    let file: File = serde_yaml_ng::from_str(text).map_err(|error| unknown(&error))?;
    let access = match file.basic_auth_users {
        Some(users) if !users.is_empty() => {
            Some(access(&users).map_err(|error| error.to_string())?)
        }
        _ => None,
    };
    let mut headers = Vec::new();
    if let Some(http) = file.http_server_config {
        if http.http2 == Some(true) {
            return Err(
                "`http2: true` is not supported: write `http2: false`, or leave it out".to_owned()
            );
        }
        for (name, value) in http.headers.unwrap_or_default() {
            let header = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(&value));
            let (Ok(header_name), Ok(value)) = header else {
                return Err(format!("`{name}` is not a valid header, or its value is not"));
            };
            headers.push((header_name, value));
        }
    }
    let tls = file.tls_server_config.map(|tls| tls.config(folder)).transpose()?;
    let rate_limit = file.rate_limit.map(RateLimitSection::limit).transpose()?.flatten();
    Ok(WebConfig { tls: tls.map(Box::new), access, headers, rate_limit })
}

impl RateLimitSection {
    /// Returns the limit, or `None` if the interval is 0.
    fn limit(self) -> Result<Option<RateLimit>, String> {
        let interval = match &self.interval {
            Interval::Whole(0) => Some(Duration::ZERO),
            Interval::Whole(_) => None,
            Interval::Text(text) => duration(text),
        };
        let interval = interval
            .ok_or("`interval` must be a duration: write `1s`, `100ms`, or 0 for no limit")?;
        match self.burst {
            _ if interval.is_zero() => Ok(None),
            None | Some(0) => {
                Err("`burst` must be how many requests may arrive at once: write 1 or more"
                    .to_owned())
            }
            Some(burst) => Ok(Some(RateLimit::new(interval, burst))),
        }
    }
}

/// Parses a duration in Go's syntax, such as `1m30s` or `1.5h`. Source:
/// <https://pkg.go.dev/time#ParseDuration>
fn duration(text: &str) -> Option<Duration> {
    let mut sum = Duration::ZERO;
    let mut rest = text;
    while !rest.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let (number, more) = rest.split_at(rest.find(|c| !is_number(c))?);
        let (unit, more) = more.split_at(more.find(is_number).unwrap_or(more.len()));
        let seconds = match unit {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3_600.0,
            _ => return None,
        };
        let part = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
        sum = sum.checked_add(part)?;
        rest = more;
    }
    (!text.is_empty()).then_some(sum)
}

fn access(users: &BTreeMap<String, String>) -> Result<Access, AccessError> {
    users.iter().try_fold(Access::credentials(), |access, (user, hash)| access.basic(user, hash))
}

/// Returns what is wrong with the file, without its values.
fn unknown(error: &serde_yaml_ng::Error) -> String {
    let place = error.location();
    let place = place.map_or(String::new(), |place| format!("line {}: ", place.line()));
    let text = error.to_string();
    match text.find("unknown field").or_else(|| text.find("unknown variant")) {
        Some(start) => {
            let known = text[start..].split(" at line ").next().unwrap_or_default();
            format!("{place}{known}; leave it out, since it is not supported")
        }
        None => format!("{place}it does not have the form of a `web.yml`"),
    }
}

impl TlsSection {
    fn config(self, folder: &Path) -> Result<ServerConfig, String> {
        let certificate = pem("cert", self.cert, self.cert_file, folder)?;
        let key = pem("key", self.key, self.key_file, folder)?;
        let (Some(certificate), Some(key)) = (certificate, key) else {
            return Err("`tls_server_config` needs `cert_file` and `key_file`".to_owned());
        };
        let certificates = certificates("cert", &certificate)?;
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes())
            .map_err(|_| "`key` is not a private key in PEM format".to_owned())?;
        let (least, most) = (
            self.min_version.unwrap_or(TlsVersion::Tls12),
            self.max_version.unwrap_or(TlsVersion::Tls13),
        );
        let all: [(TlsVersion, &'static SupportedProtocolVersion); 2] =
            [(TlsVersion::Tls12, &TLS12), (TlsVersion::Tls13, &TLS13)];
        let is_asked_for = |version: TlsVersion| least <= version && version <= most;
        let versions: Vec<_> =
            all.into_iter().filter(|(version, _)| is_asked_for(*version)).map(|it| it.1).collect();
        if versions.is_empty() {
            return Err("`min_version` is above `max_version`".to_owned());
        }
        let provider = Arc::new(ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&versions)
            .map_err(|error| error.to_string())?;
        let client_auth = self.client_auth_type.unwrap_or_default();
        let authorities = pem("client_ca", self.client_ca, self.client_ca_file, folder)?;
        let config = match (client_auth, authorities) {
            (ClientAuth::NoClientCert, None) => config.with_no_client_auth(),
            (ClientAuth::NoClientCert, Some(_)) => {
                return Err("`client_ca` has no effect without `client_auth_type: RequireAndVerifyClientCert`".to_owned());
            }
            (_, None) => return Err("`client_auth_type` needs `client_ca_file`".to_owned()),
            (client_auth, Some(authorities)) => {
                let mut roots = RootCertStore::empty();
                for certificate in self::certificates("client_ca", &authorities)? {
                    roots
                        .add(certificate)
                        .map_err(|_| "`client_ca` is not a certificate authority".to_owned())?;
                }
                let clients =
                    WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                let clients = match client_auth {
                    ClientAuth::VerifyClientCertIfGiven => clients.allow_unauthenticated(),
                    _ => clients,
                };
                let clients = clients.build().map_err(|error| format!("`client_ca`: {error}"))?;
                config.with_client_cert_verifier(clients)
            }
        };
        let config = config.with_single_cert(certificates, key);
        config.map_err(|error| format!("the certificate cannot be used: {error}"))
    }
}

/// Returns a value that is given inline or as the path of a file.
fn pem(
    key: &str,
    inline: Option<String>,
    path: Option<PathBuf>,
    folder: &Path,
) -> Result<Option<String>, String> {
    match (inline, path) {
        (Some(_), Some(_)) => Err(format!("both `{key}` and `{key}_file` are set: leave one out")),
        (Some(text), None) => Ok(Some(text)),
        (None, Some(path)) => {
            let path = folder.join(path);
            let text = fs::read_to_string(&path);
            let text = text.map_err(|error| format!("`{key}_file` {}: {error}", path.display()))?;
            Ok(Some(text))
        }
        (None, None) => Ok(None),
    }
}

fn certificates(key: &str, text: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        _ => Err(format!("`{key}` is not a certificate in PEM format")),
    }
}

/// The error of reading a `web.yml`.
///
/// ```
/// use measurand::actix::{WebConfig, WebConfigError};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let path = std::env::temp_dir().join("measurand-doc-web-config-error.yml");
/// std::fs::write(&path, "http_server_config: { http2: true }\n")?;
/// let error: WebConfigError = WebConfig::read(&path).unwrap_err();
/// assert!(error.to_string().ends_with("write `http2: false`, or leave it out"), "{error}");
/// # std::fs::remove_file(path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebConfigError {
    path: PathBuf,
    why: String,
}

impl fmt::Display for WebConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot use the web configuration {}: {}", self.path.display(), self.why)
    }
}

impl Error for WebConfigError {}
