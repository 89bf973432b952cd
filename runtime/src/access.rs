//! Access control for metrics and profiles.
//!
//! [`Access`] admits clients by their address or their credentials. With the feature `actix`,
//! [`Endpoint`](crate::actix::Endpoint) and [`Server`](crate::actix::Server) take one; for another
//! server, call [`Access::check`] before anything else.
//!
//! ```
//! use measurand::access::Access;
//!
//! # actix_web::rt::System::new().block_on(async {
//! let access = Access::loopback().bearer("a long secret from a file")?;
//! let elsewhere = "192.0.2.7".parse().ok();
//! assert!(access.check("127.0.0.1".parse().ok(), "").await.is_ok());
//! assert!(access.check(elsewhere, "Bearer a long secret from a file").await.is_ok());
//! let denied = access.check(elsewhere, "Bearer a guess").await.unwrap_err();
//! assert_eq!(denied.status, 401);
//! # Ok::<(), measurand::access::AccessError>(())
//! # }).unwrap();
//! ```

mod passwords;
mod rate_limit;

use std::error::Error;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use subtle::{Choice, ConstantTimeEq as _};

use passwords::{PasswordCheck, Passwords};

pub use rate_limit::RateLimit;

/// A policy of which clients are admitted.
///
/// Tokens are compared in constant time. No secret appears in logs, errors or `Debug` output.
///
/// ```
/// use measurand::access::Access;
///
/// # actix_web::rt::System::new().block_on(async {
/// // Of the password `prometheus`.
/// let hash = "$2y$04$8QlbBjWuNq8MdDgQWcLEiO/jI6xiTcMqDlvFGVqGvtnMiWYZfmRg2";
/// # let hash = &bcrypt::hash("prometheus", 4).unwrap();
/// let access = Access::loopback().bearer("a long secret")?.basic("scraper", hash)?;
///
/// let (here, elsewhere) = ("127.0.0.1".parse().ok(), "192.0.2.7".parse().ok());
/// assert!(access.check(here, "").await.is_ok());
/// assert!(access.check(elsewhere, "Bearer a long secret").await.is_ok());
/// // `scraper:prometheus` in base64.
/// assert!(access.check(elsewhere, "Basic c2NyYXBlcjpwcm9tZXRoZXVz").await.is_ok());
/// assert!(access.check(elsewhere, "").await.is_err());
/// # Ok::<(), measurand::access::AccessError>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Access {
    is_loopback: bool,
    tokens: Vec<Secret>,
    passwords: Arc<Passwords>,
}

impl Access {
    /// Admits clients from the same machine, by the loopback interface, and those with credentials
    /// that are added to it.
    ///
    /// Requests through a reverse proxy on the same machine also come from there: the proxy has to
    /// keep others out.
    pub fn loopback() -> Access {
        Access { is_loopback: true, ..Access::credentials() }
    }

    /// Admits only clients with credentials that are added to it.
    pub fn credentials() -> Access {
        Access { is_loopback: false, tokens: Vec::new(), passwords: Arc::default() }
    }

    /// Admits clients that send `Authorization: Bearer` with this token.
    ///
    /// # Errors
    ///
    /// Returns an error if the token is empty, or has characters that are not valid in a header.
    pub fn bearer(mut self, token: impl Into<String>) -> Result<Access, AccessError> {
        let token = token.into();
        if token.is_empty() {
            return Err(AccessError::EmptyToken);
        }
        if !token.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            return Err(AccessError::Characters);
        }
        self.tokens.push(Secret(token));
        Ok(self)
    }

    /// Admits clients that send this user name, and the password with this hash, as
    /// `Authorization: Basic`.
    ///
    /// The hash is one of bcrypt, as made by `htpasswd -nBC 10 NAME`, so that a configuration
    /// contains no password. Verifying a password is slow by design: this happens on a separate
    /// thread, one password at a time, and correct ones are remembered.
    ///
    /// # Errors
    ///
    /// Returns an error if the name is empty or contains a `:`, or if the hash is not a bcrypt
    /// hash.
    ///
    /// ```
    /// use measurand::access::Access;
    ///
    /// // Of the password `prometheus`.
    /// let hash = "$2y$04$8QlbBjWuNq8MdDgQWcLEiO/jI6xiTcMqDlvFGVqGvtnMiWYZfmRg2";
    /// # let hash = bcrypt::hash("prometheus", 4).unwrap();
    /// let access = Access::credentials().basic("scraper", &hash)?;
    /// # Ok::<(), measurand::access::AccessError>(())
    /// ```
    pub fn basic(mut self, user: &str, hash: &str) -> Result<Access, AccessError> {
        if user.is_empty() || user.contains(':') {
            return Err(AccessError::User);
        }
        self.passwords = Arc::new(self.passwords.and(user, hash)?);
        Ok(self)
    }

    /// Checks a client, by the address that it connects from and its header `Authorization`, or an
    /// empty string if there is none.
    ///
    /// # Errors
    ///
    /// Returns the response to send if the client is not admitted.
    pub async fn check(&self, peer: Option<IpAddr>, authorization: &str) -> Result<(), Denied> {
        if self.is_loopback && peer.is_some_and(|peer| peer.to_canonical().is_loopback()) {
            return Ok(());
        }
        let (scheme, credentials) = authorization.trim().split_once(' ').unwrap_or_default();
        if scheme.eq_ignore_ascii_case("bearer") && self.has_token(credentials.trim()) {
            return Ok(());
        }
        if scheme.eq_ignore_ascii_case("basic")
            && !self.passwords.is_empty()
            && let Some((user, password)) = decoded(credentials.trim())
        {
            match self.passwords.check(user, password).await {
                PasswordCheck::Right => return Ok(()),
                PasswordCheck::Wrong => {}
                PasswordCheck::Busy => return Err(Denied::busy()),
            }
        }
        Err(self.denied())
    }

    /// Compares with all tokens, so that the time does not depend on which one matches.
    fn has_token(&self, token: &str) -> bool {
        let predicate =
            |found: Choice, known: &Secret| found | known.0.as_bytes().ct_eq(token.as_bytes());
        self.tokens.iter().fold(Choice::from(0), predicate).into()
    }

    fn denied(&self) -> Denied {
        let mut schemes = Vec::new();
        if !self.tokens.is_empty() {
            schemes.push("Bearer realm=\"metrics\"");
        }
        if !self.passwords.is_empty() {
            schemes.push("Basic realm=\"metrics\", charset=\"UTF-8\"");
        }
        match schemes.is_empty() {
            // No credentials would help.
            true => Denied { status: 403, headers: Vec::new(), body: "forbidden\n" },
            false => Denied {
                status: 401,
                headers: schemes.into_iter().map(|scheme| ("WWW-Authenticate", scheme)).collect(),
                body: "unauthorized\n",
            },
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("is_loopback", &self.is_loopback)
            .field("tokens", &self.tokens.len())
            .finish_non_exhaustive()
    }
}

/// Returns the user and password of `Authorization: Basic`.
fn decoded(credentials: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// A secret, which has no `Debug`.
#[derive(Clone)]
struct Secret(String);

/// The response to a client that is not admitted.
///
/// ```
/// use measurand::access::{Access, Denied};
///
/// # actix_web::rt::System::new().block_on(async {
/// let elsewhere = "192.0.2.7".parse().ok();
/// let denied: Denied = Access::loopback().check(elsewhere, "").await.unwrap_err();
/// assert_eq!((denied.status, denied.body), (403, "forbidden\n"));
/// let access = Access::loopback().bearer("a long secret")?;
/// let denied = access.check(elsewhere, "").await.unwrap_err();
/// assert_eq!(denied.status, 401);
/// assert_eq!(denied.headers, [("WWW-Authenticate", "Bearer realm=\"metrics\"")]);
/// # Ok::<(), measurand::access::AccessError>(())
/// # }).unwrap();
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denied {
    /// The status code: 401 if credentials would help, 403 if none would, 429 if too many passwords
    /// wait to be verified.
    pub status: u16,
    /// The names and values of headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body, which tells no more than the status.
    pub body: &'static str,
}

impl Denied {
    fn busy() -> Denied {
        Denied { status: 429, headers: vec![("Retry-After", "1")], body: "too many requests\n" }
    }
}

/// The error of adding credentials.
///
/// ```
/// use measurand::access::{Access, AccessError};
///
/// let error = Access::credentials().bearer("a secret with a line break\n").unwrap_err();
/// assert_eq!(error, AccessError::Characters);
/// assert!(error.to_string().contains("does it end with a line break?"));
/// let error = Access::credentials().basic("scraper", "no hash").unwrap_err();
/// assert_eq!(error, AccessError::Hash { user: "scraper".to_owned() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessError {
    /// A token is empty.
    EmptyToken,
    /// A token has characters that are not valid in a header.
    Characters,
    /// A user name is empty or contains a `:`.
    User,
    /// A hash is not a bcrypt hash.
    Hash {
        /// The name of the user.
        user: String,
    },
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccessError::EmptyToken => {
                f.write_str("the token is empty\nhelp: generate one, such as with `openssl rand -hex 32`")
            }
            AccessError::Characters => f.write_str(
                "the token has characters that are not valid in a header\nhelp: does it end with a line break? Use letters and digits, such as from `openssl rand -hex 32`",
            ),
            AccessError::User => {
                f.write_str("a user name must not be empty or contain a `:`\nhelp: choose another one")
            }
            AccessError::Hash { user } => write!(
                f,
                "the hash of user `{user}` is not a bcrypt hash\nhelp: make one with `htpasswd -nBC 10 {user}`, and use the part after the `:`"
            ),
        }
    }
}

impl Error for AccessError {}
