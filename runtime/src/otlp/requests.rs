//! The bodies of requests.

use std::fmt;

/// The bodies of requests, each an `ExportMetricsServiceRequest`. Reuse it for the next export,
/// which then allocates less.
///
/// [`Encoder::encode`](super::Encoder::encode) fills it.
///
/// ```
/// use measurand::otlp::{EncodedRequests, Encoder, Resource};
/// use measurand::runtime::FamilyOptions;
/// use measurand::{Gauge, Registry};
///
/// let registry = Registry::new();
/// let _jobs = FamilyOptions::new("jobs", "Jobs waiting.").register_unlabelled::<Gauge>(&registry)?;
///
/// let mut requests = EncodedRequests::new();
/// assert!(requests.is_empty());
/// Encoder::new(Resource::new("shop")).encode(&registry, &mut requests)?;
/// assert_eq!((requests.len(), requests.points()), (1, 1));
/// for body in requests.iter() {
///     println!("{} bytes", body.len());
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Default)]
pub struct EncodedRequests {
    pub(super) bytes: Vec<u8>,
    /// Where each request ends, and the number of points up to there.
    ends: Vec<(usize, u64)>,
}

impl EncodedRequests {
    /// Creates an empty list.
    pub const fn new() -> EncodedRequests {
        EncodedRequests { bytes: Vec::new(), ends: Vec::new() }
    }

    /// Returns the number of requests.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns whether there are no requests.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// Returns the number of points in all requests together.
    pub fn points(&self) -> u64 {
        self.ends.last().map_or(0, |(_, points)| *points)
    }

    /// Returns an iterator over the bodies.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.with_points().map(|(body, _)| body)
    }

    /// Returns an iterator over the bodies, with their numbers of points.
    pub(super) fn with_points(&self) -> impl ExactSizeIterator<Item = (&[u8], u64)> {
        let before = |index: usize| index.checked_sub(1).map_or((0, 0), |index| self.ends[index]);
        self.ends.iter().enumerate().map(move |(index, (end, points))| {
            let (start, points_before) = before(index);
            (&self.bytes[start..*end], points - points_before)
        })
    }

    /// Removes all requests, and keeps the capacity.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// Ends a request here.
    pub(super) fn end(&mut self, points: u64) {
        let all = self.points() + points;
        self.ends.push((self.bytes.len(), all));
    }
}

impl fmt::Debug for EncodedRequests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncodedRequests")
            .field("len", &self.len())
            .field("points", &self.points())
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
