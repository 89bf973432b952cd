//! Metrics whose value is read from a function.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::{Counter, Declaration, Gauge, Make, Maker, Metric, Unknown};
use crate::kind::Kind;
use crate::place::Totals;
use crate::read::Collect;
use crate::storage::{IS_RECORDING, Rejected};
use crate::unit::{Amount, GaugeValue, Representation, Scale, Unit};

/// A counter, a gauge or an [`Unknown`] whose value is read from a function at each scrape.
///
/// Use it for a number that something else already keeps: the length of a queue, the bytes that a
/// library has counted. For what is slow, blocks, or yields several values at once, write a
/// [`Collector`](crate::registry::Collector).
///
/// The function is called by the thread that gathers. If it panics, or returns a value that the
/// metric cannot show (NaN or a negative number for a counter), the scrape shows the last good
/// value, at first 0. This is counted in `measurand_rejected_values_total`, and the first panic is
/// logged.
///
/// ```
/// use std::sync::atomic::{AtomicU64, Ordering};
/// use measurand::unit::Bytes;
/// use measurand::{Counter, Gauge, Metrics, Read, Unknown};
///
/// static SENT: AtomicU64 = AtomicU64::new(0);
///
/// fn sent() -> u64 {
///     SENT.load(Ordering::Relaxed)
/// }
///
/// /// The network.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_read")]
/// struct Net {
///     /// Bytes sent.
///     #[metric(read = sent)]
///     sent_bytes_total: Read<Counter<Bytes>>,
///     /// Threads that the machine runs at once.
///     #[metric(read = || std::thread::available_parallelism().map_or(1, usize::from))]
///     cpus: Read<Gauge>,
///     /// What the driver calls its figure 7, which may go up only or not.
///     #[metric(read = || 12)]
///     driver_figure: Read<Unknown>,
/// }
///
/// SENT.store(4_096, Ordering::Relaxed);
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// assert!(text.contains("doc_read_sent_bytes_total 4096\n"));
/// assert!(!text.contains("doc_read_cpus 0\n"));
/// assert!(text.contains("# TYPE doc_read_driver_figure untyped\ndoc_read_driver_figure 12\n"));
/// ```
///
/// The function of a field cannot capture variables, so it has to find its source by itself. To
/// read from one of several sources, such as the pool that an instance is for, pass a closure to
/// [`register_read`](crate::runtime::FamilyOptions::register_read), with a view of the registry
/// that adds the labels:
///
/// ```
/// use std::sync::{Arc, Mutex};
/// use measurand::runtime::FamilyOptions;
/// use measurand::{Gauge, Registry};
///
/// let registry = Registry::new();
/// let orders = Arc::new(Mutex::new(vec!["a connection", "another"]));
/// let pool = orders.clone();
/// // Unregistered when dropped: keep it with the pool.
/// let _idle = FamilyOptions::new("db_pool_idle_connections", "Connections that are not in use.")
///     .register_read::<Gauge, _>(&registry.with_label("pool", "orders")?, move || {
///         pool.lock().map_or(0, |idle| idle.len())
///     })?;
///
/// let mut text = String::new();
/// registry.encode_text(&mut text);
/// assert!(text.contains("db_pool_idle_connections{pool=\"orders\"} 2\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "CounterFunc")]
#[doc(alias = "GaugeFunc")]
#[doc(alias = "UntypedFunc")]
pub struct Read<M> {
    source: ReadSource,
    /// The bits of the last good value.
    last: AtomicU64,
    rejected: Rejected,
    is_logged: AtomicBool,
    of: std::marker::PhantomData<fn() -> M>,
}

/// The source of the value's bits. It returns `None` for a value that cannot be shown.
enum ReadSource {
    Function(fn() -> Option<u64>),
    Closure(Box<dyn Fn() -> Option<u64> + Send + Sync>),
}

/// A metric that can be read from a function that returns a `V`.
///
/// ```
/// use measurand::metric::ReadFrom;
/// use measurand::runtime::{FamilyOptions, RuntimeRead};
/// use measurand::{Counter, Gauge, Registered, Registry};
///
/// /// Shows a figure of a driver, as a counter or as a gauge.
/// fn show<M: ReadFrom<u64>>(
///     name: &str,
///     registry: &Registry,
///     figure: fn() -> u64,
/// ) -> Result<Registered<RuntimeRead<M>>, Box<dyn std::error::Error>> {
///     let options = FamilyOptions::new(name, "A figure of the driver.");
///     Ok(options.register_read::<M, _>(registry, figure)?)
/// }
///
/// let registry = Registry::new();
/// let _sent = show::<Counter>("driver_sent_packets", &registry, || 12)?;
/// let _queued = show::<Gauge>("driver_queued_packets", &registry, || 3)?;
/// let text = registry.to_text();
/// assert!(text.contains("driver_sent_packets_total 12\n"));
/// assert!(text.contains("driver_queued_packets 3\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a function that returns `{V}` cannot be read as `{Self}`",
    label = "the metric cannot show a `{V}`",
    note = "a `Counter` is read from what its `inc_by` takes, a `Gauge` or an `Unknown` from what its `set` takes; no other metric can be read"
)]
pub trait ReadFrom<V>: Readable {
    /// Returns the bits of a returned value. `None` if the metric cannot show it.
    #[doc(hidden)]
    fn bits_of(value: V) -> Option<u64>;
}

/// The type of a field that is read from a function.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not read from a function",
    label = "not a `Read<…>`",
    note = "write `Read<Counter>`, `Read<Gauge>` or `Read<Unknown>`, in a unit of `measurand::unit` if it has one, or remove `read`"
)]
pub trait ReadField {
    /// The metric that is read.
    type Metric: Readable;
}

impl<M: Readable> ReadField for Read<M> {
    type Metric = M;
}

/// Returns the bits of what the function of a field returns.
#[doc(hidden)]
pub fn read_as<F: ReadField<Metric: ReadFrom<V>>, V>(function: impl Fn() -> V) -> Option<u64> {
    <F::Metric as ReadFrom<V>>::bits_of(function())
}

/// A kind of metric that can be read from a function.
///
/// ```
/// use measurand::metric::Readable;
/// use measurand::runtime::RuntimeRead;
/// use measurand::{Gauge, Registered};
///
/// /// What is shown of a driver, until it is dropped.
/// struct Shown<M: Readable = Gauge> {
///     figures: Vec<Registered<RuntimeRead<M>>>,
/// }
///
/// let shown: Shown = Shown { figures: Vec::new() };
/// assert!(shown.figures.is_empty());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a function",
    label = "neither a counter nor a gauge",
    note = "write `Read<Counter>`, `Read<Gauge>` or `Read<Unknown>`, in a unit of `measurand::unit` if it has one"
)]
pub trait Readable: Metric {}

impl<U: Unit> Readable for Counter<U> {}
impl<U: Unit> Readable for Gauge<U> {}
impl<U: Unit> Readable for Unknown<U> {}

#[diagnostic::do_not_recommend]
impl<U: Unit, V: Amount<U>> ReadFrom<V> for Counter<U> {
    fn bits_of(value: V) -> Option<u64> {
        let is_amount = |bits: &u64| {
            let amount = f64::from_bits(*bits);
            U::Representation::INTEGRAL || (amount >= 0.0 && amount.is_finite())
        };
        value.bits().filter(is_amount)
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit, V: GaugeValue<U>> ReadFrom<V> for Gauge<U> {
    fn bits_of(value: V) -> Option<u64> {
        Some(value.value().to_bits())
    }
}

#[diagnostic::do_not_recommend]
impl<U: Unit, V: GaugeValue<U>> ReadFrom<V> for Unknown<U> {
    fn bits_of(value: V) -> Option<u64> {
        Some(value.value().to_bits())
    }
}

impl<M: Readable> Read<M> {
    const fn new(source: ReadSource) -> Self {
        Read {
            source,
            last: AtomicU64::new(0),
            rejected: Rejected::new(),
            is_logged: AtomicBool::new(false),
            of: std::marker::PhantomData,
        }
    }

    /// Creates a metric at run time.
    pub(crate) fn from_closure<V>(read: impl Fn() -> V + Send + Sync + 'static) -> Self
    where
        M: ReadFrom<V>,
    {
        Read::new(ReadSource::Closure(Box::new(move || M::bits_of(read()))))
    }

    /// Calls the function; returns 0 if nothing is recorded.
    fn present_bits(&self) -> u64 {
        if !IS_RECORDING {
            return 0;
        }
        let read = || match &self.source {
            ReadSource::Function(read) => read(),
            ReadSource::Closure(read) => read(),
        };
        match catch_unwind(AssertUnwindSafe(read)) {
            Ok(Some(bits)) => {
                self.last.store(bits, Ordering::Relaxed);
                return bits;
            }
            Ok(None) => {}
            Err(payload) => {
                if !self.is_logged.swap(true, Ordering::Relaxed) {
                    log::error!(
                        "the function that a metric is read from has panicked; its last value is shown"
                    );
                }
                // Dropping the payload may panic.
                let _ = catch_unwind(AssertUnwindSafe(|| drop(payload)));
            }
        }
        self.rejected.count();
        self.last.load(Ordering::Relaxed)
    }
}

impl<U: Unit> Read<Counter<U>> {
    /// Calls the function, and returns the current value.
    ///
    /// ```
    /// use measurand::{Counter, Metrics, Read};
    ///
    /// /// The network.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_read_get", global = NET)]
    /// struct NetMetrics {
    ///     /// Packets sent.
    ///     #[metric(read = || 12)]
    ///     sent_packets_total: Read<Counter>,
    /// }
    ///
    /// assert_eq!(NET.sent_packets_total.get(), 12);
    /// ```
    #[must_use]
    pub fn get(&self) -> U::Value {
        U::value(U::Representation::SCALE.number(self.present_bits()))
    }
}

macro_rules! get {
    ($($metric:ident)*) => {$(
        impl<U: Unit> Read<$metric<U>> {
            /// Calls the function, and returns the current value in the base unit.
            #[must_use]
            pub fn get(&self) -> f64 {
                f64::from_bits(self.present_bits())
            }
        }
    )*};
}
get!(Gauge Unknown);

#[diagnostic::do_not_recommend]
impl<M: Readable> Metric for Read<M> {
    const KIND: Kind = M::KIND;
    const SCALE: Scale = M::SCALE;
    type Unit = M::Unit;
    type Maker<D: Declaration> = Maker<Self, D>;
}

#[diagnostic::do_not_recommend]
impl<M: Readable> Collect for Read<M> {
    fn bits(&self, _: usize, _: &Totals) -> u64 {
        self.present_bits()
    }

    fn rejected(&self) -> u64 {
        self.rejected.get()
    }
}

impl<M: Readable, D: Declaration> Make<Read<M>> for Maker<Read<M>, D> {
    const NEW: Read<M> = match D::READ {
        Some(read) => Read::new(ReadSource::Function(read)),
        None => panic!(
            "it is not said what function this is read from\nhelp: add `#[metric(read = path::to::function)]`"
        ),
    };
}

impl<M> fmt::Debug for Read<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").finish_non_exhaustive()
    }
}
