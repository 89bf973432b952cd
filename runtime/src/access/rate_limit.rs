//! How many requests are answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A limit on the rate of requests: one in each interval, and so many at once where none came for long. A clone counts
/// with it.
///
/// It is a bucket of `burst` tokens, full at first, to which one is added in each interval; a request takes one. The
/// listener of `actix` has [`Server::rate_limit`](crate::actix::Server::rate_limit) for it.
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
    bucket: Arc<Bucket>,
}

/// The bucket as the time at which it will be full again, by the generic cell rate algorithm: one number, which says
/// how many tokens there are at any time. Source: ITU-T I.371, annex A.
#[derive(Debug)]
struct Bucket {
    start: Instant,
    interval: u64,
    /// How long it takes to fill.
    depth: u64,
    /// In nanoseconds since the start.
    full_at: AtomicU64,
}

/// A hundred years and more, so that no sum of two overflows.
const LONGEST: u64 = 1 << 62;

impl RateLimit {
    /// Admits one request in each `interval`, and up to `burst` of them at once. An interval of zero limits nothing,
    /// and a burst of zero counts as one.
    pub fn new(interval: Duration, burst: u32) -> RateLimit {
        let interval = u64::try_from(interval.as_nanos()).unwrap_or(u64::MAX).min(LONGEST);
        let depth = interval.saturating_mul(burst.max(1).into()).min(LONGEST);
        let full_at = AtomicU64::new(0);
        RateLimit { bucket: Arc::new(Bucket { start: Instant::now(), interval, depth, full_at }) }
    }

    /// Admits a request.
    ///
    /// # Errors
    ///
    /// If too many came, with the time after which one is admitted.
    pub fn admit(&self) -> Result<(), Duration> {
        let now = self.bucket.start.elapsed();
        self.bucket.take(u64::try_from(now.as_nanos()).unwrap_or(LONGEST))
    }
}

impl Bucket {
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

    /// When of these times, in seconds, requests are admitted.
    fn admitted(interval: u64, burst: u32, times: &[u64]) -> Vec<u64> {
        let limit = RateLimit::new(Duration::from_secs(interval), burst);
        let is_admitted = |time: &&u64| limit.bucket.take(**time * 1_000_000_000).is_ok();
        times.iter().filter(is_admitted).copied().collect()
    }

    #[test]
    fn a_burst_and_then_one_in_each_interval() {
        assert_eq!(admitted(2, 3, &[0, 0, 0, 0, 1, 2, 2, 3, 4, 5]), [0, 0, 0, 2, 4]);
        // After a long time there is no more than a burst.
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
        // To be refused takes nothing.
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
