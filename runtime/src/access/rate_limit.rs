//! Rate limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A limit on the rate of requests: one in each interval, and a burst after a pause. Clones share
/// the limit.
///
/// It is a token bucket, which starts with `burst` tokens and gets one more in each interval; a
/// request takes one. The listener of `actix` accepts one in
/// [`Server::rate_limit`](crate::actix::Server::rate_limit).
///
/// ```
/// use std::time::Duration;
/// use measurand::access::RateLimit;
///
/// let limit = RateLimit::new(Duration::from_secs(1), 2);
/// assert_eq!([limit.admit(), limit.admit()], [Ok(()), Ok(())]);
/// let wait = limit.admit().unwrap_err();
/// assert!(wait <= Duration::from_secs(1));
/// ```
#[derive(Clone, Debug)]
pub struct RateLimit {
    bucket: Arc<TokenBucket>,
}

/// The bucket, stored as the time at which it will be full again, as in the generic cell rate
/// algorithm: this one number determines the tokens at any time. Source: ITU-T I.371, annex A.
#[derive(Debug)]
struct TokenBucket {
    start: Instant,
    interval: u64,
    /// How long it takes to fill the bucket, in nanoseconds.
    depth: u64,
    /// When the bucket is full, in nanoseconds since `start`.
    full_at: AtomicU64,
}

/// More than a hundred years, in nanoseconds, so that the sum of two does not overflow.
const LONGEST: u64 = 1 << 62;

impl RateLimit {
    /// Creates a limit of one request in each `interval`, and up to `burst` at once. An interval of
    /// zero means no limit, and a burst of zero counts as one.
    pub fn new(interval: Duration, burst: u32) -> RateLimit {
        let interval = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX).min(LONGEST);
        let depth = interval.saturating_mul(burst.max(1).into()).min(LONGEST);
        let full_at = AtomicU64::new(0);
        RateLimit {
            bucket: Arc::new(TokenBucket { start: Instant::now(), interval, depth, full_at }),
        }
    }

    /// Admits a request.
    ///
    /// # Errors
    ///
    /// Returns the time until the next request is admitted, if there were too many.
    pub fn admit(&self) -> Result<(), Duration> {
        let now = self.bucket.start.elapsed();
        self.bucket.take(u64::try_from(now.as_nanos()).unwrap_or(LONGEST))
    }
}

impl TokenBucket {
    fn take(&self, now: u64) -> Result<(), Duration> {
        let without_one = |full_at: u64| full_at.max(now) + self.interval;
        let limit = now + self.depth;
        let admit = |full_at| Some(without_one(full_at)).filter(|full_at| *full_at <= limit);
        match self.full_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, admit) {
            Ok(_) => Ok(()),
            Err(full_at) => Err(Duration::from_nanos(without_one(full_at) - limit)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns those of the times, in seconds, at which requests are admitted.
    fn admitted(interval: u64, burst: u32, times: &[u64]) -> Vec<u64> {
        let limit = RateLimit::new(Duration::from_secs(interval), burst);
        let is_admitted = |time: &&u64| limit.bucket.take(**time * 1_000_000_000).is_ok();
        times.iter().filter(is_admitted).copied().collect()
    }

    #[test]
    fn a_burst_and_then_one_in_each_interval() {
        assert_eq!(admitted(2, 3, &[0, 0, 0, 0, 1, 2, 2, 3, 4, 5]), [0, 0, 0, 2, 4]);
        // Even after a long pause only one burst is admitted.
        assert_eq!(admitted(2, 3, &[0, 100, 100, 100, 100, 102]), [0, 100, 100, 100, 102]);
        assert_eq!(admitted(2, 1, &[0, 0, 1, 2]), [0, 2]);
        assert_eq!(admitted(2, 0, &[0, 0, 2]), [0, 2]);
        assert_eq!(admitted(0, 1, &[0; 5]), [0; 5]);
        assert_eq!(admitted(u64::MAX, 1, &[0, 0, 1 << 30]), [0]);
    }

    #[test]
    fn who_is_refused_knows_when_to_come_again() {
        let limit = RateLimit::new(Duration::from_secs(10), 2);
        let take = |time: u64| limit.bucket.take(time * 1_000_000_000);
        assert_eq!([take(0), take(3)], [Ok(()), Ok(())]);
        assert_eq!(take(4), Err(Duration::from_secs(6)));
        // A refused request takes no token.
        assert_eq!(take(9), Err(Duration::from_secs(1)));
        assert_eq!(take(10), Ok(()));
    }

    #[test]
    fn threads_take_no_token_twice() {
        let limit = RateLimit::new(Duration::from_secs(3600), 1_000);
        let admitted = || (0..1_000).filter(|_| limit.admit().is_ok()).count();
        let all: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(admitted)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(all, 1_000);
    }
}
