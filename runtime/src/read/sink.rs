//! What a gather is poured into.

use std::time::Instant;

use super::batch::Batch;
use super::labels::Labels;
use super::point::{Flow, Point};
use crate::descriptor::Descriptor;

/// Takes the families of a gather, one after the other.
///
/// Every format, and everything else that reads metrics, is a sink. A family begins, its points
/// come in the order of their label values, and it ends.
///
/// ```
/// use measurand::registry::{Flow, Labels, Point, Sink};
/// use measurand::{Descriptor, Registry};
///
/// /// Counts the series of the families of a prefix.
/// #[derive(Default)]
/// struct Count(usize);
///
/// impl Sink for Count {
///     fn family(&mut self, family: &Descriptor) -> Flow {
///         if family.name().starts_with("shop_") { Flow::Continue } else { Flow::Skip }
///     }
///
///     fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
///         self.0 += 1;
///         Flow::Continue
///     }
/// }
///
/// let mut count = Count::default();
/// Registry::new().gather(&mut count);
/// assert_eq!(count.0, 0);
/// ```
///
/// A point has more than its value. Since when each counter counts:
///
/// ```
/// use std::time::SystemTime;
/// use measurand::registry::{Flow, Labels, Point, Sink};
/// use measurand::{Counter, Descriptor, Metrics, Registry};
///
/// /// The shop.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_created", instance)]
/// struct Shop {
///     /// Orders taken.
///     orders_total: Counter,
/// }
///
/// struct Created(Vec<SystemTime>);
///
/// impl Sink for Created {
///     fn family(&mut self, _: &Descriptor) -> Flow {
///         Flow::Continue
///     }
///
///     fn point(&mut self, _: &Descriptor, _: Labels<'_>, point: &Point<'_>) -> Flow {
///         self.0.extend(point.created);
///         Flow::Continue
///     }
/// }
///
/// let registry = Registry::new();
/// let _shop = Shop::register(&registry)?;
/// let mut created = Created(Vec::new());
/// registry.gather(&mut created);
/// assert!(created.0.len() == 1 && created.0[0] <= SystemTime::now());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Sink {
    /// Whether it takes a family that a collector gives. A collector of which it takes none is not run.
    fn wants(&self, _family: &Descriptor) -> bool {
        true
    }

    /// When it wants to have been shown all. Collectors that are not done by then are left out, as those that
    /// come later than [`Registry::set_collector_timeout`](crate::Registry::set_collector_timeout) says.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// A family begins. Its name is final: prefixes set at start are part of it.
    fn family(&mut self, family: &Descriptor) -> Flow;

    /// A series of the family that began last.
    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow;

    /// The family has ended, unless it was skipped or the gather was stopped.
    fn end(&mut self) {}

    /// Some series of the family that began last.
    #[doc(hidden)]
    fn batch(&mut self, batch: &mut Batch<'_>) -> Flow {
        batch.points(&mut |family, labels, point| self.point(family, labels, point))
    }
}
