//! Waits between attempts.

use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, SystemTime};

/// The longest first wait.
const FIRST: Duration = Duration::from_millis(400);

/// The longest wait that the receiver did not ask for.
const LONGEST: Duration = Duration::from_secs(8);

/// Exponential backoff with jitter, so that many senders do not retry at the same time.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) fn new() -> Backoff {
        Backoff { next: FIRST }
    }

    /// Returns the next wait: at least half of its maximum, or slightly more than the receiver
    /// asked for.
    pub(super) fn wait(&mut self, retry_after: Option<Duration>) -> Duration {
        let most = self.next;
        self.next = (2 * most).min(LONGEST);
        match retry_after {
            Some(asked) => asked.saturating_add(most.mul_f64(0.5 * random())),
            None => most.mul_f64(0.5 + 0.5 * random()),
        }
    }
}

/// Returns a random number from 0 to 1, by the random keys of the standard library's hash tables.
fn random() -> f64 {
    RandomState::new().hash_one(0) as f64 / u64::MAX as f64
}

/// Parses `Retry-After`: a number of seconds, or a date.
///
/// Source: <https://www.rfc-editor.org/rfc/rfc9110#name-retry-after>
pub(super) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    Some(until.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_limit() {
        let mut backoff = Backoff::new();
        let mut most = FIRST;
        for _ in 0..10 {
            let wait = backoff.wait(None);
            assert!(most / 2 <= wait && wait <= most, "{wait:?} of {most:?}");
            most = (2 * most).min(LONGEST);
        }
        let asked = Backoff::new().wait(Some(Duration::from_secs(3)));
        assert!(Duration::from_secs(3) <= asked && asked <= Duration::from_secs(4), "{asked:?}");
        assert_eq!(Backoff::new().wait(Some(Duration::MAX)), Duration::MAX);
    }

    #[test]
    fn waits_of_several_senders_differ() {
        let waits: std::collections::BTreeSet<_> =
            (0..20).map(|_| Backoff::new().wait(None)).collect();
        assert!(waits.len() > 15, "{waits:?}");
    }

    #[test]
    fn what_is_asked_for_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let after = |value| retry_after(value, now);
        assert_eq!(after("120"), Some(Duration::from_secs(120)));
        assert_eq!(after(" 0 "), Some(Duration::ZERO));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(after("Sun, 06 Nov 1994 08:49:27 GMT"), Some(Duration::ZERO));
        for unknown in ["", "soon", "-1", "1.5", "99999999999999999999"] {
            assert_eq!(after(unknown), None, "{unknown}");
        }
    }
}
