//! Why nothing can be sent, and why something was not.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use ureq::http::StatusCode;

/// Why there can be no such [`Destination`](super::Destination). It shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DestinationError {
    /// The URL cannot be sent to. It is not shown, since it may hold a password.
    #[non_exhaustive]
    Url {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The URL is one of `https`, and the feature `outgoing-tls` is off.
    NoTls,
    /// A header cannot be.
    #[non_exhaustive]
    Header {
        /// Its name.
        name: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A bearer token is empty or has characters that a header cannot have.
    Token,
    /// A user name has a `:`.
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
                 help: write one such as `http://metrics.internal:9091`"
            ),
            DestinationError::NoTls => f.write_str(
                "the URL is one of `https`, which this build does not speak\n\
                 help: turn on the feature `outgoing-tls` of `measurand`",
            ),
            DestinationError::Header { name, reason } => write!(
                f,
                "the header `{}` cannot be sent: {reason}\nhelp: leave it out, or change it",
                name.escape_debug()
            ),
            DestinationError::Token => f.write_str(
                "the bearer token is empty, or has characters that no header can have\n\
                 help: is there the end of a line at its end?",
            ),
            DestinationError::User => {
                f.write_str("a user name has no `:`, which would end it\nhelp: choose another")
            }
            DestinationError::Certificate { reason } => f.write_str(reason),
        }
    }
}

impl Error for DestinationError {}

/// Why something was not sent, or not taken. It shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SendError {
    /// There is no connection, or it broke off, or what answers does not speak HTTP.
    #[non_exhaustive]
    Unreachable {
        /// The URL, without credentials.
        url: String,
        /// What was wrong at the last attempt.
        reason: String,
        /// How many attempts there were.
        attempts: u32,
    },
    /// The time was up.
    #[non_exhaustive]
    TimedOut {
        /// The URL, without credentials.
        url: String,
        /// How long all attempts together were given.
        limit: Duration,
        /// How many attempts there were.
        attempts: u32,
    },
    /// The answer has another status than 2xx.
    #[non_exhaustive]
    Refused {
        /// The URL, without credentials.
        url: String,
        /// The status of the last answer.
        status: u16,
        /// The first line of the answer, at most 300 characters of it, without what it repeats of secrets.
        answer: String,
        /// How many attempts there were.
        attempts: u32,
    },
    /// The answer of gRPC has another status than `OK`.
    #[non_exhaustive]
    Status {
        /// The URL, without credentials.
        url: String,
        /// The [code] of the last answer.
        ///
        /// [code]: https://grpc.io/docs/guides/status-codes/
        code: i32,
        /// The first line of its message, at most 300 characters of it, without what it repeats of secrets.
        answer: String,
        /// How many attempts there were.
        attempts: u32,
    },
    /// It was taken, and the answer has more than the 1 MiB that is read.
    #[non_exhaustive]
    TooLong {
        /// The URL, without credentials.
        url: String,
        /// The status of the answer.
        status: u16,
    },
    /// What sends was shut down.
    #[non_exhaustive]
    Interrupted {
        /// The URL, without credentials.
        url: String,
    },
}

impl SendError {
    /// The status of the answer, if there was one.
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

    /// The code of an answer of gRPC that is not `OK`.
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

    /// The same after so many attempts.
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

/// Says so if there was more than one attempt.
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
                     help: is the receiver running, and are host and port of the URL right?",
                    After(*attempts)
                )
            }
            SendError::TimedOut { url, limit, attempts } => write!(
                f,
                "sending to {url} was not done in {limit:?}{}\n\
                 help: is the receiver overloaded? Give it longer by `Destination::timeout`",
                After(*attempts)
            ),
            SendError::Refused { url, status, answer, attempts } => {
                write!(f, "{url} answers {status}")?;
                let known = StatusCode::from_u16(*status).ok();
                if let Some(reason) = known.and_then(|status| status.canonical_reason()) {
                    write!(f, " {reason}")?;
                }
                After(*attempts).fmt(f)?;
                if !answer.is_empty() {
                    write!(f, ": {answer}")?;
                }
                f.write_str(match status {
                    300..=399 => {
                        "\nhelp: redirects are not followed: name the URL that it leads to"
                    }
                    401 | 403 => {
                        "\nhelp: are the credentials of `Destination::bearer` or `basic` right?"
                    }
                    404 | 405 => "\nhelp: is the path of the URL right?",
                    407 => "\nhelp: put user and password into the URL of the proxy",
                    413 => "\nhelp: send less at a time, or have the receiver take more",
                    _ => "",
                })
            }
            SendError::Status { url, code, answer, attempts } => {
                write!(f, "{url} answers {} ({code})", code_name(*code))?;
                After(*attempts).fmt(f)?;
                if !answer.is_empty() {
                    write!(f, ": {answer}")?;
                }
                f.write_str(match code {
                    7 | 16 => {
                        "\nhelp: are the credentials of `Destination::bearer` or `basic` right?"
                    }
                    8 => "\nhelp: send less at a time, or have the receiver take more",
                    12 => "\nhelp: is it a receiver of metrics by OTLP over gRPC?",
                    _ => "",
                })
            }
            SendError::TooLong { url, status } => write!(
                f,
                "{url} answers {status} and more than 1 MiB\nhelp: is it a receiver of metrics?"
            ),
            SendError::Interrupted { url } => {
                write!(f, "sending to {url} was interrupted by a shutdown")
            }
        }
    }
}

impl Error for SendError {}

/// The name of a status of gRPC. Source: <https://grpc.io/docs/guides/status-codes/>
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
