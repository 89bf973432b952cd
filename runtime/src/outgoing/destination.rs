//! Destinations of metrics.

use std::fmt;
#[cfg(feature = "outgoing-tls")]
use std::fs;
#[cfg(feature = "outgoing-tls")]
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use ureq::http::header::{
    AUTHORIZATION, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING,
};
use ureq::http::{HeaderName, HeaderValue, Uri};

use super::error::DestinationError;
#[cfg(feature = "outgoing-tls")]
use super::tls::Tls;

/// The default time limit of a send.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The shortest header value that is hidden in responses that repeat it.
const SHORTEST_SECRET: usize = 4;

/// The headers that the client sets by itself.
const OWN_HEADERS: [HeaderName; 5] =
    [CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, TRANSFER_ENCODING];

/// A receiver of metrics: its URL, the headers of each request, and a time limit.
///
/// ```
/// use std::time::Duration;
/// use measurand::outgoing::Destination;
///
/// let destination = Destination::new("http://metrics.internal:9091")?
///     .bearer("a long secret from a file")?
///     .header("X-Scope-OrgID", "tenant-7")?
///     .timeout(Duration::from_secs(5));
/// assert_eq!(destination.url(), "http://metrics.internal:9091");
/// assert!(!format!("{destination:?}").contains("secret"));
/// # Ok::<(), measurand::outgoing::DestinationError>(())
/// ```
///
/// | method | default | meaning |
/// |---|---|---|
/// | [`timeout`](Destination::timeout) | 10 s | the time limit of a send, with all its attempts |
/// | [`header`](Destination::header) | none | a header of each request |
/// | [`bearer`](Destination::bearer), [`basic`](Destination::basic) | none | credentials |
/// | `certificate_authority`, `certificate_authority_file` | Mozilla's | the certificate authorities that are trusted (feature `outgoing-tls`) |
/// | `client_certificate`, `client_certificate_files` | none | the client certificate (feature `outgoing-tls`) |
#[derive(Clone)]
#[must_use = "nothing is sent until it is passed to what sends"]
pub struct Destination {
    /// Scheme, host, port and path, without credentials, and without a path that is only `/`.
    url: String,
    /// Whether the host is this machine.
    is_loopback: bool,
    query: Option<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    secrets: Vec<String>,
    timeout: Duration,
    #[cfg(feature = "outgoing-tls")]
    tls: Tls,
}

impl Destination {
    /// Creates a destination from a URL with the scheme `http`, or `https` with the feature
    /// `outgoing-tls`.
    ///
    /// A user and password in the URL, as in `https://user:password@host`, are used as by
    /// [`basic`](Destination::basic); special characters in them must be percent-encoded.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL is not supported. The error does not show the URL.
    ///
    /// ```
    /// use measurand::outgoing::{Destination, DestinationError};
    ///
    /// let destination = Destination::new("http://job:s%40fe@localhost:9091/gateway")?;
    /// assert_eq!(destination.url(), "http://localhost:9091/gateway");
    /// assert!(matches!(Destination::new("localhost:9091"), Err(DestinationError::Url { .. })));
    /// # Ok::<(), DestinationError>(())
    /// ```
    pub fn new(url: &str) -> Result<Destination, DestinationError> {
        let wrong = |reason| DestinationError::Url { reason };
        if url.contains('#') {
            return Err(wrong("it has a `#`, and a fragment is never sent"));
        }
        let uri: Uri =
            url.parse().map_err(|_| wrong("it has characters that are not valid in a URL"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(wrong("it must start with `http://` or `https://` and a host"));
        };
        match scheme {
            "http" => {}
            "https" if cfg!(feature = "outgoing-tls") => {}
            "https" => return Err(DestinationError::NoTls),
            _ => return Err(wrong("its scheme must be `http` or `https`")),
        }
        let (user_info, host_and_port) = match authority.as_str().rsplit_once('@') {
            Some((user_info, host_and_port)) => (Some(user_info), host_and_port),
            None => (None, authority.as_str()),
        };
        if authority.host().is_empty() {
            return Err(wrong("it has no host"));
        }
        let path = if uri.path() == "/" { "" } else { uri.path() };
        let destination = Destination {
            url: format!("{scheme}://{host_and_port}{path}"),
            is_loopback: is_loopback(authority.host()),
            query: uri.query().map(str::to_owned),
            headers: Vec::new(),
            secrets: Vec::new(),
            timeout: TIMEOUT,
            #[cfg(feature = "outgoing-tls")]
            tls: Tls::default(),
        };
        let Some(user_info) = user_info else { return Ok(destination) };
        let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
        let decode = |text| percent_decode_str(text).decode_utf8();
        match (decode(user), decode(password)) {
            (Ok(user), Ok(password)) => destination.basic(&user, &password),
            _ => Err(wrong("its user or password is not UTF-8")),
        }
    }

    /// Sends a header with each request, such as the tenant of a multi-tenant receiver. It replaces
    /// an earlier header of the same name.
    ///
    /// # Errors
    ///
    /// Returns an error if the name or the value is not valid, or if the header describes the body
    /// or the connection, such as `Content-Type`: these are set for each request.
    ///
    /// ```
    /// use measurand::outgoing::Destination;
    ///
    /// let destination = Destination::new("http://mimir.internal/otlp")?;
    /// assert!(destination.clone().header("X-Scope-OrgID", "tenant-7").is_ok());
    /// assert!(destination.clone().header("Content-Length", "0").is_err());
    /// assert!(destination.header("X-Scope-OrgID", "tenant\n7").is_err());
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn header(mut self, name: &str, value: &str) -> Result<Destination, DestinationError> {
        let wrong = |reason| DestinationError::Header { name: name.to_owned(), reason };
        let parsed =
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong("it is not a valid name"))?;
        if OWN_HEADERS.contains(&parsed) {
            return Err(wrong("it is set by the client"));
        }
        let mut value = HeaderValue::from_str(value)
            .map_err(|_| wrong("its value has characters that are not valid in a header"))?;
        // Shorter values are no secrets, and occur in many messages.
        if let Ok(secret) = value.to_str()
            && secret.len() >= SHORTEST_SECRET
        {
            self.conceal(secret);
            // The value may start with the kind of credentials, like that of `Authorization`.
            self.conceal(secret.split_once(' ').unwrap_or_default().1);
        }
        value.set_sensitive(true);
        self.headers.retain(|(other, _)| *other != parsed);
        self.headers.push((parsed, value));
        Ok(self)
    }

    /// Sends `Authorization: Bearer` with this token with each request.
    ///
    /// # Errors
    ///
    /// Returns an error if the token is empty, or has characters that are not valid in a header,
    /// such as a line break.
    ///
    /// ```
    /// use measurand::outgoing::Destination;
    ///
    /// let destination = Destination::new("http://metrics.internal:9091")?;
    /// assert!(destination.clone().bearer("a long secret from a file").is_ok());
    /// assert!(destination.bearer("a long secret and its line\n").is_err());
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn bearer(mut self, token: &str) -> Result<Destination, DestinationError> {
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err(DestinationError::Token);
        }
        self.conceal(token);
        self.header(AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    /// Sends this user and password as `Authorization: Basic` with each request.
    ///
    /// # Errors
    ///
    /// Returns an error if the user contains a `:`, which would end it.
    ///
    /// ```
    /// use measurand::outgoing::Destination;
    ///
    /// let destination = Destination::new("http://metrics.internal:9091")?.basic("job", "secret")?;
    /// assert!(destination.basic("job:backup", "secret").is_err());
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn basic(mut self, user: &str, password: &str) -> Result<Destination, DestinationError> {
        if user.contains(':') {
            return Err(DestinationError::User);
        }
        let encoded = STANDARD.encode(format!("{user}:{password}"));
        self.conceal(password);
        self.conceal(&encoded);
        self.header(AUTHORIZATION.as_str(), &format!("Basic {encoded}"))
    }

    /// Sets the time limit of a send: all attempts and the waits between them together. The default
    /// is 10 seconds.
    ///
    /// An attempt that hangs leaves no time for another one. The limit should be shorter than the
    /// time the process has to end: Kubernetes by default allows 30 seconds after `SIGTERM`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::outgoing::Destination;
    ///
    /// let url = "http://metrics.internal:9091";
    /// let destination = Destination::new(url)?.timeout(Duration::from_secs(3));
    /// # drop(destination);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn timeout(self, timeout: Duration) -> Destination {
        Destination { timeout, ..self }
    }

    /// Returns the URL, without credentials and query.
    ///
    /// ```
    /// use measurand::outgoing::Destination;
    ///
    /// let destination = Destination::new("http://job:secret@localhost:9091/?token=secret")?;
    /// assert_eq!(destination.url(), "http://localhost:9091");
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the time limit of a send.
    #[cfg(any(feature = "otlp-http", feature = "pushgateway"))]
    pub(crate) fn time_limit(&self) -> Duration {
        self.timeout
    }

    /// Returns the URL with `path` appended, which must start with `/` or be empty.
    pub(super) fn joined(&self, path: &str) -> String {
        match path.is_empty() {
            true => self.url.clone(),
            false => format!("{}{path}", self.url.trim_end_matches('/')),
        }
    }

    pub(super) fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    pub(super) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    pub(super) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.headers
    }

    #[cfg(feature = "outgoing-tls")]
    pub(super) fn tls(&self) -> &Tls {
        &self.tls
    }

    /// Registers a secret, which is never shown.
    fn conceal(&mut self, secret: &str) {
        if !secret.is_empty() {
            self.secrets.push(secret.to_owned());
        }
    }

    /// Returns a text with all secrets replaced.
    pub(super) fn without_secrets(&self, text: &str) -> String {
        // The longest ones first, since one may be part of another.
        let mut secrets: Vec<_> = self.secrets.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        secrets.iter().fold(text.to_owned(), |text, secret| text.replace(*secret, "[hidden]"))
    }
}

/// Settings for TLS.
#[cfg(feature = "outgoing-tls")]
impl Destination {
    /// Trusts these certificate authorities, in PEM format, instead of those of [Mozilla's
    /// program], which are built in. Those of the system are not used.
    ///
    /// [Mozilla's program]: https://wiki.mozilla.org/CA
    ///
    /// # Errors
    ///
    /// Returns an error if it contains no certificate, or one that cannot be used.
    ///
    /// ```
    /// use measurand::outgoing::{Destination, DestinationError};
    ///
    /// let destination = Destination::new("https://metrics.internal:9091")?;
    /// let error = destination.certificate_authority(b"no PEM").unwrap_err();
    /// assert!(matches!(error, DestinationError::Certificate { .. }));
    /// # Ok::<(), DestinationError>(())
    /// ```
    pub fn certificate_authority(mut self, pem: &[u8]) -> Result<Destination, DestinationError> {
        Destination::checked(self.tls.trust(pem))?;
        Ok(self)
    }

    /// Like [`certificate_authority`](Destination::certificate_authority), but reads a file, once.
    ///
    /// # Errors
    ///
    /// Also returns an error if the file cannot be read.
    ///
    /// ```no_run
    /// use measurand::outgoing::Destination;
    ///
    /// let destination = Destination::new("https://metrics.internal:9091")?
    ///     .certificate_authority_file("/etc/ssl/internal.pem")?;
    /// # drop(destination);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn certificate_authority_file(
        self,
        path: impl AsRef<Path>,
    ) -> Result<Destination, DestinationError> {
        let pem = read(path.as_ref())?;
        self.certificate_authority(&pem)
    }

    /// Authenticates to the receiver with this certificate, which may include intermediate
    /// certificates, and its private key, all in PEM format.
    ///
    /// # Errors
    ///
    /// Returns an error if one of them cannot be parsed, or if they do not belong together.
    ///
    /// ```
    /// use measurand::outgoing::{Destination, DestinationError};
    ///
    /// let destination = Destination::new("https://metrics.internal:9091")?;
    /// let error = destination.client_certificate(b"no PEM", b"no PEM").unwrap_err();
    /// assert!(matches!(error, DestinationError::Certificate { .. }));
    /// # Ok::<(), DestinationError>(())
    /// ```
    pub fn client_certificate(
        mut self,
        certificate: &[u8],
        key: &[u8],
    ) -> Result<Destination, DestinationError> {
        Destination::checked(self.tls.identify(certificate, key))?;
        Ok(self)
    }

    /// Like [`client_certificate`](Destination::client_certificate), but reads files, once.
    ///
    /// # Errors
    ///
    /// Also returns an error if a file cannot be read.
    ///
    /// ```no_run
    /// use measurand::outgoing::Destination;
    ///
    /// let destination = Destination::new("https://metrics.internal:9091")?
    ///     .client_certificate_files("/etc/job/tls.crt", "/etc/job/tls.key")?;
    /// # drop(destination);
    /// # Ok::<(), measurand::outgoing::DestinationError>(())
    /// ```
    pub fn client_certificate_files(
        self,
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Result<Destination, DestinationError> {
        let (certificate, key) = (read(certificate.as_ref())?, read(key.as_ref())?);
        self.client_certificate(&certificate, &key)
    }

    fn checked(result: Result<(), String>) -> Result<(), DestinationError> {
        result.map_err(|reason| DestinationError::Certificate { reason })
    }
}

#[cfg(feature = "outgoing-tls")]
fn read(path: &Path) -> Result<Vec<u8>, DestinationError> {
    fs::read(path).map_err(|error| DestinationError::Certificate {
        reason: format!("cannot read {}: {error}", path.display()),
    })
}

/// Returns whether a host is this machine, by the same rule as Go, and so as most tools around
/// Prometheus.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(url: &str) -> Result<Destination, DestinationError> {
        Destination::new(url)
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers: Vec<_> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Destination")
            .field("url", &self.url)
            .field("headers", &headers)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        let is_loopback = |url: &str| Destination::new(url).unwrap().is_loopback();
        for here in
            ["http://localhost:1", "http://127.0.0.1", "http://127.8.9.1/x", "http://[::1]:9"]
        {
            assert!(is_loopback(here), "{here}");
        }
        for elsewhere in
            ["http://localhost.example", "http://10.0.0.1", "http://[::2]", "http://1.com"]
        {
            assert!(!is_loopback(elsewhere), "{elsewhere}");
        }
    }

    #[test]
    fn a_path_is_kept_as_it_is_and_more_of_it_follows() {
        let joined = |url: &str, path: &str| Destination::new(url).unwrap().joined(path);
        assert_eq!(joined("http://host:1", "/metrics"), "http://host:1/metrics");
        assert_eq!(joined("http://host:1/", ""), "http://host:1");
        assert_eq!(joined("http://a:b@host/gateway/?tenant=7", ""), "http://host/gateway/");
        assert_eq!(joined("http://host/gateway//", "/metrics"), "http://host/gateway/metrics");
    }

    #[test]
    fn secrets_are_hidden_wherever_they_stand() {
        let destination = Destination::new("http://u:pass@host").unwrap();
        let destination = destination.header("X-Key", "passphrase").unwrap();
        let destination = destination.header("X-Tenant", "7").unwrap();
        let text = "passphrase of dTpwYXNz: pass 7";
        assert_eq!(destination.without_secrets(text), "[hidden] of [hidden]: [hidden] 7");
        let destination = destination.header("Authorization", "Bearer abc").unwrap();
        assert_eq!(destination.without_secrets("Bearer abc, abc"), "[hidden], [hidden]");
        assert_eq!(destination.without_secrets("all is well"), "all is well");
    }
}
