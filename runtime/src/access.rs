//! Who may see what a service says of itself.
//!
//! [`Access`] lets clients in by where they come from or by what they know. With the feature `actix`,
//! [`Endpoint`](crate::actix::Endpoint) and [`Server`](crate::actix::Server) take one; for another server, ask
//! [`Access::check`] before anything else.
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

use passwords::{Checked, Passwords};

pub use rate_limit::RateLimit;

/// Who is let in. A clone lets in the same.
///
/// Secrets are compared in a time that says nothing of them, and stand in no log, no error and no `Debug`.
#[derive(Clone)]
pub struct Access {
    is_loopback: bool,
    tokens: Vec<Secret>,
    passwords: Arc<Passwords>,
}

impl Access {
    /// Lets in who connects from the same machine, over the loopback interface, and who has credentials that are
    /// added to it.
    ///
    /// What a reverse proxy on the machine passes on comes from there as well: it has to keep others out.
    pub fn loopback() -> Access {
        Access { is_loopback: true, ..Access::credentials() }
    }

    /// Lets in who has one of the credentials that are added to it, and nobody else.
    pub fn credentials() -> Access {
        Access { is_loopback: false, tokens: Vec::new(), passwords: Arc::default() }
    }

    /// Lets in who sends `Authorization: Bearer` and this token.
    ///
    /// # Errors
    ///
    /// If the token is empty, or has characters that a header cannot have.
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

    /// Lets in who sends this user name and the password that the hash is of, by `Authorization: Basic`.
    ///
    /// The hash is bcrypt's, as `htpasswd -nBC 10 NAME` makes it, so that a configuration holds no password.
    /// Making sure of one takes long on purpose: one is looked at at a time, on a thread of its own, and one that
    /// was right is remembered.
    ///
    /// # Errors
    ///
    /// If the name is empty or has a `:`, or if the hash is none of bcrypt.
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

    /// Lets a client in, or says why not: by the address that it connects from, and by its header
    /// `Authorization`, empty if there is none.
    ///
    /// # Errors
    ///
    /// With the answer to send.
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
                Checked::Right => return Ok(()),
                Checked::Wrong => {}
                Checked::Busy => return Err(Denied::busy()),
            }
        }
        Err(self.denied())
    }

    /// All are compared, whichever it is.
    fn has_token(&self, token: &str) -> bool {
        let is_it =
            |found: Choice, known: &Secret| found | known.0.as_bytes().ct_eq(token.as_bytes());
        self.tokens.iter().fold(Choice::from(0), is_it).into()
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
            // Nothing that it could send would help.
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

/// User and password of `Authorization: Basic`.
fn decoded(credentials: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

/// What nobody may see.
#[derive(Clone)]
struct Secret(String);

/// The answer to who is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Denied {
    /// The status code: 401 where credentials would help, 403 where none would, 429 where too many passwords wait to
    /// be looked at.
    pub status: u16,
    /// Names and values of headers.
    pub headers: Vec<(&'static str, &'static str)>,
    /// The body, which says no more than the status.
    pub body: &'static str,
}

impl Denied {
    fn busy() -> Denied {
        Denied { status: 429, headers: vec![("Retry-After", "1")], body: "too many requests\n" }
    }
}

/// Why credentials cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AccessError {
    /// A token is empty.
    EmptyToken,
    /// A token has characters that a header cannot have.
    Characters,
    /// A user name is empty or has a `:`.
    User,
    /// A hash is none of bcrypt.
    Hash {
        /// Whose it is.
        user: String,
    },
}

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AccessError::EmptyToken => {
                f.write_str("the token is empty, so that everybody knows it\nhelp: make one, such as by `openssl rand -hex 32`")
            }
            AccessError::Characters => f.write_str(
                "the token has characters that no header can have\nhelp: is there the end of a line at its end? Take letters and digits, such as of `openssl rand -hex 32`",
            ),
            AccessError::User => {
                f.write_str("a user name is not empty and has no `:`\nhelp: choose another")
            }
            AccessError::Hash { user } => write!(
                f,
                "the hash of user `{user}` is none of bcrypt\nhelp: make one by `htpasswd -nBC 10 {user}`, and take what stands after the `:`"
            ),
        }
    }
}

impl Error for AccessError {}
