//! Measuring how long something takes.

use std::time::{Duration, Instant};

use super::Histogram;
use crate::unit::Seconds;

/// Observes the time since it was started, at the latest when it is dropped.
///
/// Made by [`Histogram::start_timer`].
#[derive(Debug)]
#[must_use = "the time is observed when the timer is dropped: bind it, as in `let _timer = …`"]
pub struct Timer<'a> {
    histogram: Option<&'a Histogram<Seconds>>,
    started: Instant,
}

impl<'a> Timer<'a> {
    pub(super) fn new(histogram: &'a Histogram<Seconds>) -> Self {
        Timer { histogram: Some(histogram), started: Instant::now() }
    }

    /// Observes the time now, and says what it was.
    #[doc(alias = "observe_duration")]
    #[doc(alias = "stop_and_record")]
    pub fn observe(mut self) -> Duration {
        let elapsed = self.started.elapsed();
        if let Some(histogram) = self.histogram.take() {
            histogram.observe(elapsed);
        }
        elapsed
    }

    /// Observes nothing, and says how much time went by.
    #[doc(alias = "stop_and_discard")]
    pub fn discard(mut self) -> Duration {
        self.histogram = None;
        self.started.elapsed()
    }
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        if let Some(histogram) = self.histogram.take() {
            histogram.observe(self.started.elapsed());
        }
    }
}
