//! What a gather is poured into.

use super::Labels;
use crate::descriptor::Descriptor;
use crate::number::Number;

/// Takes the families of a gather, one after the other.
///
/// Every format, and everything else that reads metrics, is a sink.
///
/// ```
/// use measurand::registry::{Labels, Sink, Value};
/// use measurand::{Descriptor, Registry};
///
/// /// Counts series.
/// #[derive(Default)]
/// struct Count(usize);
///
/// impl Sink for Count {
///     fn family(&mut self, _: &Descriptor) {}
///     fn series(&mut self, _: &Descriptor, _: Labels<'_>, _: Value<'_>) {
///         self.0 += 1;
///     }
/// }
///
/// let mut count = Count::default();
/// Registry::new().gather(&mut count);
/// assert_eq!(count.0, 0);
/// ```
pub trait Sink {
    /// A family begins. Its name is final: prefixes set at start are part of it.
    fn family(&mut self, family: &Descriptor);

    /// So many series of that family come next, whose names and labels are no longer than so many
    /// bytes of text, all together. A sink that has no room for them says `false`, and is not
    /// shown them.
    ///
    /// It may be called more than once for a family, each time for the series that come then.
    fn make_room(&mut self, series: usize, text_len: usize) -> bool {
        let _ = (series, text_len);
        true
    }

    /// A series of the family that began last.
    fn series(&mut self, family: &Descriptor, labels: Labels<'_>, value: Value<'_>);
}

/// The value of a series.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value<'a> {
    /// A counter.
    Counter(Number),
    /// A gauge.
    Gauge(Number),
    /// A histogram.
    Histogram(HistogramValue<'a>),
}

/// The buckets and the sum of a histogram.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct HistogramValue<'a> {
    /// Inclusive upper bounds in the base unit, without `+Inf`.
    pub bounds: &'a [f64],
    /// Observations per bucket, not cumulative; one more than bounds.
    pub counts: &'a [u64],
    /// All observations added up.
    pub sum: Number,
}
