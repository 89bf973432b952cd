//! One request and its response, with `ureq`.

use std::io::Read as _;
use std::time::{Duration, Instant, SystemTime};

use ureq::http::header::RETRY_AFTER;
use ureq::http::{self, Response};
use ureq::{Agent, Body, Proxy};

use super::destination::Destination;
use super::error::SendError;
use super::request::OutgoingRequest;
use super::retry::retry_after;

/// The most bytes of a response that are read.
pub(super) const LONGEST_ANSWER: u64 = 1 << 20;

/// The most characters of a response that an error shows.
const SHOWN_CHARACTERS: usize = 300;

/// A response with a status of 2xx.
#[derive(Debug)]
pub(crate) struct HttpAnswer {
    #[allow(dead_code, reason = "for callers that distinguish statuses of 2xx")]
    pub(crate) status: u16,
    /// The body, at most 1 MiB.
    #[cfg_attr(
        not(feature = "otlp-http"),
        allow(dead_code, reason = "few read more than the status")
    )]
    pub(crate) body: Vec<u8>,
}

/// Why there is no such response.
#[derive(Debug)]
pub(super) struct FailedAttempt {
    pub(super) error: SendError,
    /// How long the receiver asks to wait.
    pub(super) retry_after: Option<Duration>,
}

/// The time limit of all attempts together, and its end.
#[derive(Clone, Copy)]
pub(super) struct TimeLimit {
    pub(super) limit: Duration,
    pub(super) deadline: Instant,
}

impl FailedAttempt {
    pub(super) fn unreachable(
        destination: &Destination,
        request: &OutgoingRequest,
        reason: impl Into<String>,
    ) -> FailedAttempt {
        let (url, reason) = (shown_url(destination, request), reason.into());
        SendError::Unreachable { url, reason, attempts: 1 }.into()
    }

    pub(super) fn timed_out(
        destination: &Destination,
        request: &OutgoingRequest,
        limit: Duration,
    ) -> FailedAttempt {
        let url = shown_url(destination, request);
        SendError::TimedOut { url, limit, attempts: 1 }.into()
    }
}

impl From<SendError> for FailedAttempt {
    fn from(error: SendError) -> FailedAttempt {
        FailedAttempt { error, retry_after: None }
    }
}

/// Returns the URL as errors show it.
pub(super) fn shown_url(destination: &Destination, request: &OutgoingRequest) -> String {
    destination.joined(&request.path)
}

/// Creates an agent, which keeps the connections to a destination.
pub(super) fn agent(destination: &Destination) -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        // Responses are short, and a compressed one could become long.
        .accept_encoding("")
        .user_agent(concat!("measurand/", env!("CARGO_PKG_VERSION")))
        .proxy(if destination.is_loopback() { None } else { Proxy::try_from_env() });
    #[cfg(feature = "outgoing-tls")]
    let config = config.tls_config(destination.tls().config());
    config.build().into()
}

/// Sends a request and reads its response.
pub(super) fn exchange(
    agent: &Agent,
    destination: &Destination,
    request: &OutgoingRequest,
    time_limit: TimeLimit,
) -> Result<HttpAnswer, FailedAttempt> {
    let failed = |error| match error {
        ureq::Error::Timeout(_) => FailedAttempt::timed_out(destination, request, time_limit.limit),
        error => FailedAttempt::unreachable(destination, request, reason(&error)),
    };
    let mut response = call(agent, destination, request, time_limit.deadline).map_err(failed)?;
    let status = response.status();
    let mut body = Vec::new();
    let read = response.body_mut().as_reader().take(LONGEST_ANSWER + 1).read_to_end(&mut body);
    // The status of a refusal is enough, even if its body cannot be read.
    if status.is_success() {
        read.map_err(|error| failed(error.into()))?;
    }
    let is_too_long = body.len() as u64 > LONGEST_ANSWER;
    let (url, status_code) = (shown_url(destination, request), status.as_u16());
    match (status.is_success(), is_too_long) {
        (true, false) => Ok(HttpAnswer { status: status_code, body }),
        (true, true) => Err(SendError::TooLong { url, status: status_code }.into()),
        (false, _) => {
            let retry_after = response
                .headers()
                .get(RETRY_AFTER)
                .and_then(|value| retry_after(value.to_str().ok()?, SystemTime::now()));
            let answer = first_line(&destination.without_secrets(&String::from_utf8_lossy(&body)));
            let error = SendError::Refused { url, status: status_code, answer, attempts: 1 };
            Err(FailedAttempt { error, retry_after })
        }
    }
}

fn call(
    agent: &Agent,
    destination: &Destination,
    request: &OutgoingRequest,
    deadline: Instant,
) -> Result<Response<Body>, ureq::Error> {
    let mut uri = destination.joined(&request.path);
    if let Some(query) = destination.query() {
        uri.push('?');
        uri.push_str(query);
    }
    let mut builder = http::Request::builder().method(&request.method).uri(uri);
    for (name, value) in destination.headers().iter().chain(&request.headers) {
        builder = builder.header(name, value);
    }
    // A time limit of zero would mean no limit.
    let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
    match &request.body {
        Some(body) => {
            let request = agent.configure_request(builder.body(&body[..])?);
            agent.run(request.timeout_global(Some(left)).build())
        }
        None => {
            let request = agent.configure_request(builder.body(())?);
            agent.run(request.timeout_global(Some(left)).build())
        }
    }
}

/// Returns the reason of an error.
fn reason(error: &ureq::Error) -> String {
    match error {
        ureq::Error::HostNotFound => "the host name has no address".to_owned(),
        // The message of a proxy may repeat secrets that it was sent.
        ureq::Error::ConnectProxyFailed(_) => {
            "the proxy of the environment cannot connect to it".to_owned()
        }
        ureq::Error::Io(error) => error.to_string(),
        error => error.to_string(),
    }
}

/// Returns the first line of a response, shortened. If a list follows it, its first item is
/// included.
pub(super) fn first_line(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut line = lines.next().unwrap_or_default().to_owned();
    if line.ends_with(':') {
        let point = lines.next().unwrap_or_default();
        line = format!("{line} {}", point.trim_start_matches(['*', '-', ' ']));
    }
    let (mut shown, mut rest) = (String::new(), line.trim_end().chars());
    shown.extend(rest.by_ref().take(SHOWN_CHARACTERS).flat_map(char::escape_debug));
    if rest.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_shows_one_line_of_text() {
        let check = |body: &str, shown: &str| assert_eq!(first_line(body), shown);
        check("", "");
        check("\n  pushed metrics are inconsistent  \nmore", "pushed metrics are inconsistent");
        check("2 errors occurred:\n\n* the first\n* the second", "2 errors occurred: the first");
        check("nothing more:\n", "nothing more:");
        check("\x1b[2J", "\\u{1b}[2J");
        check(&"ä".repeat(301), &format!("{}…", "ä".repeat(300)));
        check(&"ä".repeat(300), &"ä".repeat(300));
    }
}
