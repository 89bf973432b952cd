//! The HTTP client: attempts, and the waits between them.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;

use super::destination::Destination;
use super::error::SendError;
use super::exchange::{self, FailedAttempt, HttpAnswer, TimeLimit};
use super::request::OutgoingRequest;
use super::retry::Backoff;
use crate::sync::unpoisoned;

/// A blocking client for one destination. Requests run on separate threads, which need no async
/// runtime and are abandoned when the time is up.
pub(crate) struct Client {
    destination: Arc<Destination>,
    /// The agent with the connections for the next send. Concurrent sends have separate agents, so
    /// that one that hangs can be aborted.
    idle: Mutex<Option<Agent>>,
    shared: Arc<Shared>,
}

/// What senders wait for.
#[derive(Default)]
struct Shared {
    is_interrupted: Mutex<bool>,
    changed: Condvar,
}

/// The result of an attempt, once it is there.
type AttemptResult = Arc<Mutex<Option<Result<HttpAnswer, FailedAttempt>>>>;

impl Client {
    pub(crate) fn new(destination: Destination) -> Client {
        Client {
            destination: Arc::new(destination),
            idle: Mutex::default(),
            shared: Arc::default(),
        }
    }

    /// Sends a request until it is accepted, within `limit`, as long as `is_retried` returns true
    /// for the error.
    ///
    /// # Errors
    ///
    /// Returns the error of the last attempt, or of the one before if the last one ran out of time.
    /// It returns immediately if the next wait would exceed the remaining time.
    pub(crate) fn send(
        &self,
        request: OutgoingRequest,
        limit: Duration,
        is_retried: impl Fn(&SendError) -> bool,
    ) -> Result<HttpAnswer, SendError> {
        let start = Instant::now();
        // If the deadline cannot be represented, use one far ahead.
        let deadline = start.checked_add(limit).unwrap_or(start + Duration::from_secs(1 << 32));
        let agent = unpoisoned(self.idle.lock()).take();
        let agent = agent.unwrap_or_else(|| exchange::agent(&self.destination));
        let (time_limit, mut before) = (TimeLimit { limit, deadline }, None);
        let sent = self.send_by(&agent, request, time_limit, is_retried, &mut before);
        match sent {
            // Closing the connections ends the thread of the attempt.
            Err(SendError::TimedOut { .. } | SendError::Interrupted { .. }) => agent.shutdown(),
            _ => *unpoisoned(self.idle.lock()) = Some(agent),
        }
        match (sent, before) {
            // The error of an earlier attempt tells more than that of one that ran out of time.
            (Err(SendError::TimedOut { attempts, .. }), Some(before)) => {
                Err(before.after(attempts))
            }
            (sent, _) => sent,
        }
    }

    fn send_by(
        &self,
        agent: &Agent,
        request: OutgoingRequest,
        time_limit: TimeLimit,
        is_retried: impl Fn(&SendError) -> bool,
        before: &mut Option<SendError>,
    ) -> Result<HttpAnswer, SendError> {
        let (request, mut backoff) = (Arc::new(request), Backoff::new());
        for attempts in 1.. {
            let FailedAttempt { error, retry_after } =
                match self.attempt(agent, &request, time_limit) {
                    Ok(answer) => return Ok(answer),
                    Err(failed) => failed,
                };
            let wait = backoff.wait(retry_after);
            let left = time_limit.deadline.saturating_duration_since(Instant::now());
            if !is_retried(&error) || wait >= left {
                return Err(error.after(attempts));
            }
            log::debug!("retrying in {wait:?}: {error}");
            *before = Some(error);
            if self.is_interrupted_within(wait) {
                break;
            }
        }
        Err(self.interrupted(&request))
    }

    /// Returns a message of the receiver as errors and logs may show it.
    #[cfg(feature = "otlp-http")]
    pub(crate) fn shown(&self, text: &str) -> String {
        exchange::first_line(&self.destination.without_secrets(text))
    }

    #[cfg(feature = "otlp-http")]
    pub(crate) fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Aborts all sends, now and in the future. Their callers get an error.
    #[cfg(any(feature = "otlp-http", test))]
    pub(crate) fn interrupt(&self) {
        *unpoisoned(self.shared.is_interrupted.lock()) = true;
        self.shared.changed.notify_all();
    }

    /// Makes one attempt, on a separate thread, since some waits, such as name resolution, cannot
    /// be cancelled.
    fn attempt(
        &self,
        agent: &Agent,
        request: &Arc<OutgoingRequest>,
        time_limit: TimeLimit,
    ) -> Result<HttpAnswer, FailedAttempt> {
        if *unpoisoned(self.shared.is_interrupted.lock()) {
            return Err(self.interrupted(request).into());
        }
        let outcome = AttemptResult::default();
        let work = {
            let (agent, request, outcome) = (agent.clone(), request.clone(), outcome.clone());
            let (destination, shared) = (self.destination.clone(), self.shared.clone());
            move || {
                let exchange = || exchange::exchange(&agent, &destination, &request, time_limit);
                let result = catch_unwind(AssertUnwindSafe(exchange)).unwrap_or_else(|_| {
                    Err(FailedAttempt::unreachable(
                        &destination,
                        &request,
                        "the HTTP client panicked",
                    ))
                });
                *unpoisoned(outcome.lock()) = Some(result);
                // The caller holds this lock from checking the outcome until it waits, so it cannot
                // miss the notification.
                drop(unpoisoned(shared.is_interrupted.lock()));
                shared.changed.notify_all();
            }
        };
        let thread = thread::Builder::new().name("measurand-send".to_owned()).spawn(work);
        if let Err(error) = thread {
            let reason = format!("no thread could be spawned: {error}");
            return Err(FailedAttempt::unreachable(&self.destination, request, reason));
        }
        let mut is_interrupted = unpoisoned(self.shared.is_interrupted.lock());
        loop {
            if let Some(result) = unpoisoned(outcome.lock()).take() {
                return result;
            }
            if *is_interrupted {
                return Err(self.interrupted(request).into());
            }
            let left = time_limit.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(FailedAttempt::timed_out(&self.destination, request, time_limit.limit));
            }
            let waited = self.shared.changed.wait_timeout(is_interrupted, left);
            is_interrupted = unpoisoned(waited).0;
        }
    }

    /// Waits, and returns whether the client was interrupted.
    fn is_interrupted_within(&self, wait: Duration) -> bool {
        let is_interrupted = unpoisoned(self.shared.is_interrupted.lock());
        let waited = self
            .shared
            .changed
            .wait_timeout_while(is_interrupted, wait, |interrupted| !*interrupted);
        *unpoisoned(waited).0
    }

    fn interrupted(&self, request: &OutgoingRequest) -> SendError {
        SendError::Interrupted { url: exchange::shown_url(&self.destination, request) }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("destination", &self.destination).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;
    use std::net::TcpListener;

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    fn client_of(listener: &TcpListener) -> Client {
        let url = format!("http://{}", listener.local_addr().unwrap());
        Client::new(Destination::new(&url).unwrap())
    }

    /// Sends, interrupts that, and returns whether it ends long before its time is up.
    fn is_interrupted(client: &Client, when: impl FnOnce() + Send) -> bool {
        let start = Instant::now();
        let sent = thread::scope(|scope| {
            scope.spawn(|| {
                when();
                client.interrupt();
            });
            client.send(OutgoingRequest::get(), LONG, |_| true)
        });
        matches!(sent, Err(SendError::Interrupted { .. })) && start.elapsed() < LONG / 2
    }

    #[test]
    fn a_request_that_hangs_can_be_interrupted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = client_of(&listener);
        let request_has_come = || {
            let mut connection = listener.accept().unwrap().0;
            connection.read_exact(&mut [0; 4]).unwrap();
            // The connection stays open without an answer.
            std::mem::forget(connection);
        };
        assert!(is_interrupted(&client, request_has_come));
        // Nothing is sent after an interruption.
        let sent = client.send(OutgoingRequest::get(), LONG, |_| true);
        assert!(matches!(sent, Err(SendError::Interrupted { .. })), "{sent:?}");
        listener.set_nonblocking(true).unwrap();
        assert!(listener.accept().is_err());
    }

    #[test]
    fn an_attempt_that_runs_out_of_time_hides_no_other_error() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = client_of(&listener);
        let answer = b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        thread::scope(|scope| {
            // Only the first request is answered.
            let server = scope.spawn(|| {
                let mut first = listener.accept().unwrap().0;
                first.read_exact(&mut [0; 4]).unwrap();
                std::io::Write::write_all(&mut first, answer).unwrap();
                [first, listener.accept().unwrap().0]
            });
            let sent = client.send(OutgoingRequest::get(), Duration::from_secs(3), |_| true);
            let refused = matches!(sent, Err(SendError::Refused { status: 503, attempts: 2, .. }));
            assert!(refused, "{sent:?}");
            drop(server.join());
        });
    }

    #[test]
    fn a_wait_for_another_attempt_can_be_interrupted() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = client_of(&listener);
        // The server asks for a longer wait than this test takes.
        let answer = b"HTTP/1.1 503 Busy\r\nRetry-After: 500\r\nContent-Length: 0\r\n\r\n";
        let is_answered = || {
            let mut connection = listener.accept().unwrap().0;
            connection.read_exact(&mut [0; 4]).unwrap();
            std::io::Write::write_all(&mut connection, answer).unwrap();
            // The client has read the answer once it closes the connection or waits for the next
            // attempt.
            connection.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            let _ = connection.read_to_end(&mut Vec::new());
        };
        assert!(is_interrupted(&client, is_answered));
    }
}
