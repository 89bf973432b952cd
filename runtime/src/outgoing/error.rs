//! Errors of destinations and of sending.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use ureq::http::StatusCode;

/// The error of an invalid [`Destination`](super::Destination). It contains no secrets.
///
/// ```
/// use measurand::outgoing::{Destination, DestinationError};
///
/// let destination = Destination::new("http://metrics.internal:9091")?;
/// let error = destination.clone().bearer("a secret with a line break\n").unwrap_err();
/// assert_eq!(error, DestinationError::Token);
/// let error = destination.header("X-Tenant", "7\n").unwrap_err();
/// assert!(matches!(error, DestinationError::Header { name, .. } if name.eq_ignore_ascii_case("X-Tenant")));
/// # Ok::<(), DestinationError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DestinationError {
    /// The URL is not supported. It is not shown, since it may contain a password.
    #[non_exhaustive]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The scheme is `https`, and the feature `outgoing-tls` is off.
    NoTls,
    /// A header is not valid.
    #[non_exhaustive]
    Header {
        /// The name of the header.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A bearer token is empty, or has characters that are not valid in a header.
    Token,
    /// A user name contains a `:`.
    User,
    /// A certificate or a key cannot be used.
    #[non_exhaustive]
    Certificate {
        /// Which one, and what is wrong with it.
        reason: String,
    },
}

impl fmt::Display for DestinationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DestinationError::Url { reason } => write!(
                f,
                "nothing can be sent to this URL: {reason}\n\
                 help: use one such as `http://metrics.internal:9091`"
            ),
            DestinationError::NoTls => f.write_str(
                "the scheme of the URL is `https`, which this build does not support\n\
                 help: enable the feature `outgoing-tls` of `measurand`",
            ),
            DestinationError::Header { name, reason } => write!(
                f,
                "the header `{}` cannot be sent: {reason}\nhelp: leave it out, or change it",
                name.escape_debug()
            ),
            DestinationError::Token => f.write_str(
                "the bearer token is empty, or has characters that are not valid in a header\n\
                 help: does it end with a line break?",
            ),
            DestinationError::User => f.write_str(
                "a user name cannot contain a `:`, which would end it\nhelp: choose another one",
            ),
            DestinationError::Certificate { reason } => f.write_str(reason),
        }
    }
}

impl Error for DestinationError {}

/// The error of a request that was not sent, or not accepted. It contains no secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// There is no connection, or it was closed early, or the peer does not speak HTTP.
    #[non_exhaustive]
    Unreachable {
        /// The URL, without credentials.
        url: String,
        /// What went wrong in the last attempt.
        reason: String,
        /// The number of attempts.
        attempts: u32,
    },
    /// The request did not finish in time.
    #[non_exhaustive]
    TimedOut {
        /// The URL, without credentials.
        url: String,
        /// The time limit of all attempts together.
        limit: Duration,
        /// The number of attempts.
        attempts: u32,
    },
    /// The status of the response is not 2xx.
    #[non_exhaustive]
    Refused {
        /// The URL, without credentials.
        url: String,
        /// The status of the last response.
        status: u16,
        /// The first line of the response, at most 300 characters, with secrets removed.
        answer: String,
        /// The number of attempts.
        attempts: u32,
    },
    /// The gRPC status is not `OK`.
    #[non_exhaustive]
    Status {
        /// The URL, without credentials.
        url: String,
        /// The [code] of the last response.
        ///
        /// [code]: https://grpc.io/docs/guides/status-codes/
        code: i32,
        /// The first line of its message, at most 300 characters, with secrets removed.
        answer: String,
        /// The number of attempts.
        attempts: u32,
    },
    /// The request was accepted, but the response is longer than 1 MiB, which is the most that is
    /// read.
    #[non_exhaustive]
    TooLong {
        /// The URL, without credentials.
        url: String,
        /// The status of the response.
        status: u16,
    },
    /// The client was shut down.
    #[non_exhaustive]
    Interrupted {
        /// The URL, without credentials.
        url: String,
    },
}

impl SendError {
    /// Returns the HTTP status of the response, if there was one.
    ///
    /// ```
    /// use measurand::outgoing::SendError;
    ///
    /// fn is_overloaded(error: &SendError) -> bool {
    ///     matches!(error.status(), Some(429 | 503))
    /// }
    /// ```
    pub fn status(&self) -> Option<u16> {
        match self {
            SendError::Refused { status, .. } | SendError::TooLong { status, .. } => Some(*status),
            SendError::Unreachable { .. }
            | SendError::TimedOut { .. }
            | SendError::Status { .. }
            | SendError::Interrupted { .. } => None,
        }
    }

    /// Returns the gRPC code of the response, if there was one and it is not `OK`.
    ///
    /// ```
    /// use measurand::outgoing::SendError;
    ///
    /// fn is_unknown(error: &SendError) -> bool {
    ///     error.code() == Some(12) // UNIMPLEMENTED
    /// }
    /// ```
    pub fn code(&self) -> Option<i32> {
        match self {
            SendError::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// Sets the number of attempts.
    pub(super) fn after(mut self, count: u32) -> SendError {
        match &mut self {
            SendError::Unreachable { attempts, .. }
            | SendError::TimedOut { attempts, .. }
            | SendError::Status { attempts, .. }
            | SendError::Refused { attempts, .. } => *attempts = count,
            SendError::TooLong { .. } | SendError::Interrupted { .. } => {}
        }
        self
    }
}

/// Displays the number of attempts if there was more than one.
struct After(u32);

impl fmt::Display for After {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 | 1 => Ok(()),
            attempts => write!(f, " after {attempts} attempts"),
        }
    }
}

impl fmt::Display for SendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SendError::Unreachable { url, reason, attempts } => {
                write!(
                    f,
                    "cannot reach {url}{}: {reason}\n\
                     help: is the receiver running, and are the host and port of the URL correct?",
                    After(*attempts)
                )
            }
            SendError::TimedOut { url, limit, attempts } => write!(
                f,
                "sending to {url} did not finish within {limit:?}{}\n\
                 help: is the receiver overloaded? Allow more time with `Destination::timeout`",
                After(*attempts)
            ),
            SendError::Refused { url, status, answer, attempts } => {
                write!(f, "{url} answered {status}")?;
                let known = StatusCode::from_u16(*status).ok();
                if let Some(reason) = known.and_then(|status| status.canonical_reason()) {
                    write!(f, " {reason}")?;
                }
                After(*attempts).fmt(f)?;
                if !answer.is_empty() {
                    write!(f, ": {answer}")?;
                }
                f.write_str(match status {
                    300..=399 => "\nhelp: redirects are not followed: use the URL that it leads to",
                    401 | 403 => {
                        "\nhelp: are the credentials of `Destination::bearer` or `basic` correct?"
                    }
                    404 | 405 => "\nhelp: is the path of the URL correct?",
                    407 => "\nhelp: put a user and password into the URL of the proxy",
                    413 => "\nhelp: send less at a time, or raise the limit of the receiver",
                    _ => "",
                })
            }
            SendError::Status { url, code, answer, attempts } => {
                write!(f, "{url} answered {} ({code})", code_name(*code))?;
                After(*attempts).fmt(f)?;
                if !answer.is_empty() {
                    write!(f, ": {answer}")?;
                }
                f.write_str(match code {
                    7 | 16 => {
                        "\nhelp: are the credentials of `Destination::bearer` or `basic` correct?"
                    }
                    8 => "\nhelp: send less at a time, or raise the limit of the receiver",
                    12 => "\nhelp: does it accept metrics by OTLP over gRPC?",
                    _ => "",
                })
            }
            SendError::TooLong { url, status } => write!(
                f,
                "{url} answered {status} and more than 1 MiB\nhelp: does it accept metrics?"
            ),
            SendError::Interrupted { url } => {
                write!(f, "sending to {url} was interrupted by a shutdown")
            }
        }
    }
}

impl Error for SendError {}

/// Returns the name of a gRPC status. Source: <https://grpc.io/docs/guides/status-codes/>
fn code_name(code: i32) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    usize::try_from(code).ok().and_then(|code| NAMES.get(code)).copied().unwrap_or("a status")
}
