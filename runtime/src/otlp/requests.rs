//! What is sent: the bodies of requests.

use std::fmt;

/// The bodies of requests, each an `ExportMetricsServiceRequest`. Keep it: the next export uses its memory again.
///
/// [`Encoder::encode`](super::Encoder::encode) fills it.
///
/// ```
/// use measurand::otlp::Requests;
///
/// let requests = Requests::new();
/// assert!(requests.is_empty() && requests.iter().next().is_none());
/// ```
#[derive(Clone, Default)]
pub struct Requests {
    pub(super) bytes: Vec<u8>,
    /// Where each one ends, and how many points there are up to there.
    ends: Vec<(usize, u64)>,
}

impl Requests {
    /// Makes an empty list.
    pub const fn new() -> Requests {
        Requests { bytes: Vec::new(), ends: Vec::new() }
    }

    /// How many requests there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// How many points there are in all requests together.
    pub fn points(&self) -> u64 {
        self.ends.last().map_or(0, |(_, points)| *points)
    }

    /// The body of each request.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.with_points().map(|(body, _)| body)
    }

    /// The body of each request, and how many points it has.
    pub(super) fn with_points(&self) -> impl ExactSizeIterator<Item = (&[u8], u64)> {
        let before = |index: usize| index.checked_sub(1).map_or((0, 0), |index| self.ends[index]);
        self.ends.iter().enumerate().map(move |(index, (end, points))| {
            let (start, points_before) = before(index);
            (&self.bytes[start..*end], points - points_before)
        })
    }

    /// Empties it, and keeps the room.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    /// A request ends here.
    pub(super) fn end(&mut self, points: u64) {
        let all = self.points() + points;
        self.ends.push((self.bytes.len(), all));
    }
}

impl fmt::Debug for Requests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Requests")
            .field("len", &self.len())
            .field("points", &self.points())
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
