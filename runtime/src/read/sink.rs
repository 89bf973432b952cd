//! Sinks: the consumers of a gather.

use std::time::Instant;

use super::batch::Batch;
use super::labels::Labels;
use super::point::{Flow, Point};
use crate::descriptor::Descriptor;

/// A consumer of a gather, which receives the families one after the other.
///
/// Every format, and everything else that reads metrics, is a sink. For each family, it receives
/// the beginning, the points in the order of their label values, and the end.
///
/// ```
/// use measurand::registry::{Flow, Labels, Point, Sink};
/// use measurand::{Descriptor, Registry};
///
/// /// Counts the series of families with a prefix.
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
/// A point has more than its value. This sink collects since when each counter counts:
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
///
/// A sink can also be told the end of each family, choose collectors, and limit the time:
///
/// ```
/// use std::time::{Duration, Instant};
/// use measurand::registry::{Flow, Labels, Point, Sink};
/// use measurand::runtime::FamilyOptions;
/// use measurand::{Descriptor, Gauge, Registry};
///
/// /// Lists the families of the shop, each with its number of series.
/// struct Listing {
///     start: Instant,
///     series: usize,
///     text: String,
/// }
///
/// impl Sink for Listing {
///     fn wants(&self, family: &Descriptor) -> bool {
///         family.name().starts_with("doc_shop_")
///     }
///
///     fn deadline(&self) -> Option<Instant> {
///         Some(self.start + Duration::from_secs(2))
///     }
///
///     fn family(&mut self, family: &Descriptor) -> Flow {
///         if !self.wants(family) {
///             return Flow::Skip;
///         }
///         self.text += family.name();
///         Flow::Continue
///     }
///
///     fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
///         self.series += 1;
///         Flow::Continue
///     }
///
///     fn end(&mut self) {
///         self.text += &format!(": {}\n", std::mem::take(&mut self.series));
///     }
/// }
///
/// let registry = Registry::new();
/// let options = FamilyOptions::new("doc_shop_waiting_orders", "Orders waiting.").max_series(100);
/// let orders = options.register::<Gauge, 1>(&registry, ["shop"])?;
/// orders.with(["north"]).set(2);
/// orders.with(["south"]).set(3);
/// let mut listing = Listing { start: Instant::now(), series: 0, text: String::new() };
/// registry.gather(&mut listing);
/// assert_eq!(listing.text, "doc_shop_waiting_orders: 2\n");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Sink {
    /// Returns whether it takes a family of a collector. A collector none of whose families are
    /// taken is not run.
    fn wants(&self, _family: &Descriptor) -> bool {
        true
    }

    /// Returns the time by which it wants to have received everything. Collectors that are not done
    /// by then are left out, like those that exceed
    /// [`Registry::set_collector_timeout`](crate::Registry::set_collector_timeout).
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Receives the beginning of a family. Its name is final, with any prefix of the registry.
    fn family(&mut self, family: &Descriptor) -> Flow;

    /// Receives a series of the current family.
    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow;

    /// Receives the end of the current family, unless it was skipped or the gather was stopped.
    fn end(&mut self) {}

    /// Receives several series of the current family.
    #[doc(hidden)]
    fn batch(&mut self, batch: &mut Batch<'_>) -> Flow {
        batch.points(&mut |family, labels, point| self.point(family, labels, point))
    }
}
