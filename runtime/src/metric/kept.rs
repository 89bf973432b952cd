//! Keeping a series.

use std::ops::Deref;
use std::sync::Arc;

use super::FamilyMetric;
use super::unlabelled::{self, Own as _, UnlabelledStore};
use crate::labels::LabelSet;
use crate::place::Place;
use crate::series::{AnySeries, ByLabels, Handle, KeptUnlabelled, Series, Target};
use crate::storage::Rejected;

impl<T: Target<M>, M: FamilyMetric> Handle<'_, T, M> {
    /// Looks the series up once, for code that updates it often. The series is created if missing.
    ///
    /// If the series is removed, later updates through the kept series are not exposed, and a new
    /// series with the same labels starts at 0.
    ///
    /// ```
    /// use measurand::{Counter, Family, Metrics, Series};
    ///
    /// /// The queue.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_keep", global = QUEUE)]
    /// struct QueueMetrics {
    ///     /// Jobs taken.
    ///     #[metric(max_series = 100)]
    ///     jobs_total: Family<Topic<'static>, Counter>,
    /// }
    ///
    /// #[derive(measurand::LabelSet)]
    /// struct Topic<'a> { topic: &'a str }
    ///
    /// struct Consumer { jobs: Series<Counter> }
    ///
    /// let consumer = Consumer { jobs: QUEUE.jobs_total.with(Topic { topic: "mail" }).keep() };
    /// std::thread::spawn(move || consumer.jobs.inc()).join().unwrap();
    /// assert_eq!(QUEUE.jobs_total.with(Topic { topic: "mail" }).get(), 1);
    /// ```
    #[doc(alias = "get_or_create")]
    pub fn keep(&self) -> Series<M> {
        self.kept()
    }
}

impl<K: LabelSet, M: FamilyMetric> Handle<'_, ByLabels<K>, M> {
    /// Keeps the series until the returned value and all its clones are dropped; the series is then
    /// removed, as by [`remove`](crate::Family::remove). The series is created if missing. Series
    /// kept by [`keep`](Handle::keep) do not delay the removal.
    ///
    /// Use it for what comes and goes, such as a connection. It needs an open label: it does not
    /// compile if the compiler knows all series.
    ///
    /// ```
    /// use measurand::{Family, Gauge, LabelSet, Metrics};
    ///
    /// #[derive(LabelSet)]
    /// struct Peer<'a> { peer: &'a str }
    ///
    /// /// The connections.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_scoped", global = NET)]
    /// struct NetMetrics {
    ///     /// Messages that wait to be sent.
    ///     #[metric(max_series = 1_000)]
    ///     waiting_messages: Family<Peer<'static>, Gauge>,
    /// }
    ///
    /// let waiting = NET.waiting_messages.with(Peer { peer: "b" }).scoped();
    /// waiting.set(7);
    /// let mut page = String::new();
    /// measurand::encode_text(&mut page);
    /// assert!(page.contains("doc_scoped_waiting_messages{peer=\"b\"} 7\n"));
    ///
    /// drop(waiting);
    /// page.clear();
    /// measurand::encode_text(&mut page);
    /// assert!(!page.contains("doc_scoped_waiting_messages{"));
    /// ```
    pub fn scoped(&self) -> Series<M> {
        const {
            assert!(
                K::LABELS.open() > 0,
                "a series of closed labels cannot be scoped: write `keep()`"
            )
        };
        self.kept_in_scope()
    }
}

/// A metric without labels, together with what keeps it alive.
struct PickedMetric<O, M> {
    owner: O,
    pick: M,
}

impl<M, O, P> KeptUnlabelled<M> for PickedMetric<O, P>
where
    M: FamilyMetric,
    O: Deref + Send + Sync,
    P: Fn(&O::Target) -> &M + Send + Sync,
{
    fn facts(&self) -> &M::Facts {
        AnySeries::facts((self.pick)(&self.owner))
    }

    fn rejected(&self) -> &Rejected {
        AnySeries::rejected((self.pick)(&self.owner))
    }

    fn places(&self) -> &[Place] {
        (self.pick)(&self.owner).unlabelled().places.as_ref()
    }

    fn isolated(&self) -> Option<Arc<M::Cells>> {
        unlabelled::isolated((self.pick)(&self.owner))
    }

    fn own(&self) -> Option<&M::Cells> {
        let UnlabelledStore { own, facts, .. } = (self.pick)(&self.owner).unlabelled();
        own.get_or_make(|| M::cells(facts))
    }
}

impl<M: FamilyMetric> From<&'static M> for Series<M> {
    fn from(metric: &'static M) -> Self {
        Series::of(metric, |metric| metric)
    }
}

impl<M: FamilyMetric> Series<M> {
    /// Keeps a metric of a struct that `owner` dereferences to: a `&'static` reference, an `Arc`,
    /// or a registered instance.
    ///
    /// ```
    /// use measurand::{Gauge, Metrics, Registry, Series};
    ///
    /// /// A pool of connections.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_series_of", instance(pool: &str))]
    /// struct PoolMetrics {
    ///     /// Connections that nobody uses.
    ///     idle_connections: Gauge,
    /// }
    ///
    /// let pool = PoolMetrics::register(&Registry::new(), "orders").unwrap();
    /// let idle: Series<Gauge> = Series::of(pool.clone(), |pool| &pool.idle_connections);
    /// idle.set(3);
    /// assert_eq!(pool.idle_connections.get(), 3.0);
    /// ```
    pub fn of<O>(owner: O, pick: impl Fn(&O::Target) -> &M + Send + Sync + 'static) -> Series<M>
    where
        O: Deref + Send + Sync + 'static,
    {
        Series::unlabelled(Arc::new(PickedMetric { owner, pick }))
    }
}
