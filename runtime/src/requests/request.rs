//! One request, from its start to its end.

use std::borrow::Cow;
use std::fmt;
use std::iter;
use std::thread;
use std::time::{Duration, Instant};

use super::RequestMetrics;
use super::families::Ended;
use crate::calls::Outcome;
use crate::clock;
use crate::exemplar::{Lead, SpanId, TraceId};
use crate::labels::Method;

/// A request in progress.
///
/// It ends with [`finish`](Request::finish) or [`fail`](Request::fail), or when it is dropped: then
/// the client has disconnected, or the thread is panicking.
///
/// ```
/// use measurand::Registry;
/// use measurand::requests::{Request, RequestOptions};
///
/// let registry = Registry::new();
/// let requests = RequestOptions::new().register(&registry)?;
/// let mut request: Request = requests.start("POST", &[]);
/// request.route("/orders");
/// request.trace_parent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
/// request.add_request_bytes(1_024);
/// request.answer(200);
/// request.add_response_bytes(512);
/// // The connection was closed before the rest was sent.
/// request.fail();
///
/// let page = registry.to_text();
/// let labels = "{method=\"POST\",route=\"/orders\",status=\"2xx\"";
/// assert!(page.contains(&format!("http_server_requests_total{labels},outcome=\"error\"}} 1\n")));
/// assert!(page.contains(&format!("http_server_request_body_size_bytes_sum{labels}}} 1024\n")));
/// # Ok::<(), measurand::requests::RequestsError>(())
/// ```
#[must_use = "a request that is dropped has been cancelled"]
pub struct Request {
    metrics: RequestMetrics,
    method: Method,
    route: Option<Cow<'static, str>>,
    own_labels: Vec<String>,
    started: Instant,
    /// The status of the response, and the time until it began.
    answer: Option<(u16, Duration)>,
    request_bytes: u64,
    response_bytes: u64,
    trace: Option<(TraceId, SpanId)>,
    /// How the request ended, if that was reported.
    outcome: Option<Outcome>,
}

/// The route of requests without one.
const UNMATCHED: &str = "unmatched";

impl Request {
    pub(super) fn begin(metrics: &RequestMetrics, method: Method, own_labels: &[&str]) -> Request {
        let families = &metrics.families;
        families.update_active(method, |active| active.inc());
        let given = own_labels.iter().copied().chain(iter::repeat(""));
        let own_labels = given.take(families.labels).map(str::to_owned).collect();
        Request {
            metrics: metrics.clone(),
            method,
            route: None,
            own_labels,
            started: clock::instant(),
            answer: None,
            request_bytes: 0,
            response_bytes: 0,
            trace: present_trace(),
            outcome: None,
        }
    }

    /// Sets the route: the pattern, never the path, of which clients can send any number. Without
    /// it, the route is `unmatched`.
    pub fn route(&mut self, pattern: impl Into<Cow<'static, str>>) {
        self.route = Some(pattern.into());
    }

    /// Sets the trace from the header `traceparent` of [W3C Trace Context], if it is sampled and
    /// there is no trace from a [source](crate::exemplar::set_source). The durations of the request
    /// then have it as an exemplar. An invalid header is ignored.
    ///
    /// [W3C Trace Context]: https://www.w3.org/TR/trace-context/#traceparent-header
    pub fn trace_parent(&mut self, header: &str) {
        self.trace = self.trace.or_else(|| sampled(header));
    }

    /// Adds bytes of the request body.
    pub fn add_request_bytes(&mut self, bytes: u64) {
        self.request_bytes = self.request_bytes.saturating_add(bytes);
    }

    /// Reports that the response begins now, with this status code. Only the first call counts.
    pub fn answer(&mut self, status: u16) {
        if self.answer.is_none() {
            self.trace = self.trace.or_else(present_trace);
            self.answer = Some((status, self.elapsed()));
        }
    }

    /// Adds bytes of the response body.
    pub fn add_response_bytes(&mut self, bytes: u64) {
        self.response_bytes = self.response_bytes.saturating_add(bytes);
    }

    /// Ends the request after its whole response was sent. It counts as an error if the status is
    /// 500 or above, or if there was no response.
    pub fn finish(mut self) {
        let is_error = self.answer.is_none_or(|(status, _)| status >= 500);
        self.outcome = Some(if is_error { Outcome::Error } else { Outcome::Ok });
    }

    /// Ends the request with an error, since its response could not be sent completely.
    pub fn fail(mut self) {
        self.outcome = Some(Outcome::Error);
    }

    fn elapsed(&self) -> Duration {
        clock::instant().saturating_duration_since(self.started)
    }
}

impl Drop for Request {
    fn drop(&mut self) {
        let families = &self.metrics.families;
        let gone = if thread::panicking() { Outcome::Panicked } else { Outcome::Cancelled };
        let outcome = self.outcome.unwrap_or(gone);
        let ids = self.trace.map(|(trace, span)| (trace.to_string(), span.to_string()));
        let lead = ids.as_ref().map(|(trace, span)| [("trace_id", &**trace), ("span_id", &**span)]);
        families.count(&Ended {
            method: self.method,
            route: self.route.as_deref().unwrap_or(UNMATCHED),
            own_labels: &self.own_labels,
            outcome,
            time: self.elapsed(),
            answer: self.answer,
            request_bytes: self.request_bytes,
            response_bytes: self.response_bytes,
            lead: lead.as_ref().map(|lead| &lead[..]),
        });
        families.update_active(self.method, |active| active.dec());
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method)
            .field("route", &self.route)
            .field("answer", &self.answer)
            .finish_non_exhaustive()
    }
}

/// Returns the current trace of the thread, if it is sampled.
fn present_trace() -> Option<(TraceId, SpanId)> {
    match Lead::present()? {
        Lead::Trace(trace, span) => Some((trace, span)),
        Lead::Labels(_) => None,
    }
}

/// Parses a header `traceparent`, and returns the trace and span if they are sampled.
fn sampled(header: &str) -> Option<(TraceId, SpanId)> {
    let mut parts = header.trim().split('-');
    let mut hex = |len: usize| {
        let part = parts.next()?;
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let is_right = part.len() == len && part.bytes().all(is_hex);
        if is_right { u128::from_str_radix(part, 16).ok() } else { None }
    };
    let (version, trace, span, flags) = (hex(2)?, hex(32)?, hex(16)?, hex(2)?);
    // Later versions may have more parts.
    let is_known = version != 0xFF && (version > 0 || parts.next().is_none());
    let span = u64::try_from(span).ok()?;
    (is_known && trace != 0 && span != 0 && flags & 1 == 1)
        .then(|| (TraceId::from(trace), SpanId::from(span)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_sampled_trace_is_taken() {
        let (trace, span) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
        let expected = (trace.to_owned(), span.to_owned());
        let read = |header: &str| {
            sampled(header).map(|(trace, span)| (trace.to_string(), span.to_string()))
        };
        assert_eq!(read(&format!("00-{trace}-{span}-01")), Some(expected.clone()));
        assert_eq!(read(&format!(" 00-{trace}-{span}-ff ")), Some(expected.clone()));
        assert_eq!(read(&format!("01-{trace}-{span}-01-more")), Some(expected));
        for wrong in [
            String::new(),
            format!("00-{trace}-{span}-00"),
            format!("00-{trace}-{span}-01-more"),
            format!("ff-{trace}-{span}-01"),
            format!("00-{}-{span}-01", "0".repeat(32)),
            format!("00-{trace}-{}-01", "0".repeat(16)),
            format!("00-{}-{span}-01", trace.to_uppercase()),
            format!("00-{trace}-{span}"),
            format!("00-{trace}-+0f067aa0ba902b-01"),
        ] {
            assert_eq!(read(&wrong), None, "{wrong}");
        }
    }
}
