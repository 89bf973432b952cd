//! Families whose names are known only at run time.

mod dynamic;
mod error;

pub use crate::storage::NativeOptions;
pub use dynamic::{DynamicFamily, DynamicHandle, DynamicLabels, DynamicLabelsError};
#[cfg(any(feature = "export", feature = "requests", feature = "serve"))]
pub(crate) use error::or_existing;
pub use error::{InvalidFamily, RegisterFamilyError};

use std::ops::Deref;
use std::time::Duration;

use crate::declare::{AGE_BUCKETS_PROBLEM, MAX_AGE_BUCKETS, NO_AGE, quantiles_problem};
use crate::descriptor::{Descriptor, DescriptorBuilder, Names};
use crate::family::{Family, FamilyMetric};
use crate::kind::Kind;
use crate::labels::ValueSet;
use crate::labels::{LabelList, LabelSet, MAX_LABEL_BYTES, MAX_LABELS, Naming};
use crate::metric::{Metric, Read, ReadFrom};
use crate::naming;
use crate::read::{Collect, Fields};
use crate::registry::{Registered, Registry};
use crate::series::{Bounds, Distribution, FamilyFacts, Quantiles};
use crate::unit::{Representation, Unit};

/// Options of a family whose name is known only at run time, such as one of a proxy, a plug-in or a
/// test.
///
/// Mistakes are found when the family is registered, not at compile time, so prefer declaring
/// families in a struct. An invalid name is refused; one that only breaks a [`Rule`](naming::Rule)
/// is accepted, and listed by [`Registry::lint`]. A family with labels needs the limit
/// [`max_series`](FamilyOptions::max_series).
///
/// ```
/// use measurand::{Counter, Registry};
/// use measurand::runtime::FamilyOptions;
///
/// let registry = Registry::new();
/// let hits = FamilyOptions::new("plugin_hits_total", "Calls of the plug-in.")
///     .max_series(500)
///     .register::<Counter, 2>(&registry, ["plugin", "hook"])?;
/// hits.with(["resize", "before"]).inc();
///
/// let mut text = String::new();
/// registry.encode_text(&mut text);
/// assert!(text.contains("plugin_hits_total{plugin=\"resize\",hook=\"before\"} 1\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "there is no family until it is registered"]
pub struct FamilyOptions {
    name: String,
    help: String,
    max_series: Option<usize>,
    max_label_bytes: usize,
    buckets: Vec<f64>,
    native: Option<NativeOptions>,
    quantiles: Quantiles,
    expire_after: Option<Duration>,
    is_utf8: bool,
}

/// A family with `N` labels, created by [`FamilyOptions::register`].
///
/// ```
/// use measurand::registry::Registered;
/// use measurand::runtime::{FamilyOptions, RuntimeFamily};
/// use measurand::{Counter, Registry};
///
/// struct Plugins {
///     calls: Registered<RuntimeFamily<Counter, 2>>,
/// }
///
/// let registry = Registry::new();
/// let calls = FamilyOptions::new("doc_plugin_calls_total", "Calls of plug-ins.").max_series(500);
/// let plugins = Plugins { calls: calls.register(&registry, ["plugin", "hook"])? };
/// plugins.calls.with(["resize", "before"]).inc();
/// assert_eq!(plugins.calls.with(["resize", "before"]).get(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type RuntimeFamily<M, const N: usize> = Family<[&'static str; N], M>;

impl FamilyOptions {
    /// Creates the options of a family. `_total` is appended to the name of a counter unless it
    /// ends with that, since OpenMetrics requires it.
    pub fn new(name: impl Into<String>, help: impl Into<String>) -> Self {
        let (name, help) = (name.into(), help.into());
        FamilyOptions {
            name,
            help,
            max_series: None,
            max_label_bytes: MAX_LABEL_BYTES,
            buckets: Vec::new(),
            native: None,
            quantiles: Quantiles::NONE,
            expire_after: None,
            is_utf8: false,
        }
    }

    /// Sets the most series of the family. Updates of further ones go to a series whose labels are
    /// all `__other__`.
    pub fn max_series(self, max_series: usize) -> Self {
        FamilyOptions { max_series: Some(max_series), ..self }
    }

    /// Sets the most bytes of a label value. Updates with longer ones go to the series whose labels
    /// are all `__other__`. The default is 1,024.
    ///
    /// ```
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Counter, Registry};
    ///
    /// let registry = Registry::new();
    /// let hits = FamilyOptions::new("doc_label_bytes_total", "Pages shown, by path.")
    ///     .max_series(500)
    ///     .max_label_bytes(16)
    ///     .register::<Counter, 1>(&registry, ["path"])?;
    /// hits.with(["/orders"]).inc();
    /// hits.with(["/a/path/that/is/too/long"]).inc();
    /// assert!(registry.to_text().contains("doc_label_bytes_total{path=\"__other__\"} 1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn max_label_bytes(self, max_label_bytes: usize) -> Self {
        FamilyOptions { max_label_bytes, ..self }
    }

    /// Allows names of any characters except NUL, for the family and its labels. Scrapers that do
    /// not support them get escaped names, as set by [`Escaping`](crate::exposition::Escaping).
    ///
    /// ```
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Counter, Registry};
    ///
    /// let registry = Registry::new();
    /// let loads = FamilyOptions::new("plugin.loads", "Plug-ins loaded.")
    ///     .utf8()
    ///     .register_unlabelled::<Counter>(&registry)?;
    /// loads.inc();
    /// // Without a request for UTF-8, names are escaped.
    /// assert!(registry.to_text().ends_with("plugin_loads_total 1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn utf8(self) -> Self {
        FamilyOptions { is_utf8: true, ..self }
    }

    /// Sets how long a series may go without an update. A scrape then removes it, after at most
    /// another eighth of that time, and it starts at 0 if it is updated again. A
    /// [kept](crate::family::Handle::keep) series does not expire.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Gauge, Registry};
    ///
    /// let registry = Registry::new();
    /// let loads = FamilyOptions::new("doc_expiring_load", "Load of machines, which come and go.")
    ///     .max_series(10_000)
    ///     .expire_after(Duration::from_secs(3_600))
    ///     .register::<Gauge, 1>(&registry, ["machine"])?;
    /// loads.with(["a17"]).set(0.5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expire_after(self, time: Duration) -> Self {
        FamilyOptions { expire_after: Some(time), ..self }
    }

    /// Sets the upper bounds of a histogram's buckets, in the base unit. The default for seconds is
    /// from 5 ms to 10 s.
    ///
    /// ```
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::unit::Bytes;
    /// use measurand::{Histogram, Registry};
    ///
    /// let registry = Registry::new();
    /// let sizes = FamilyOptions::new("doc_buckets_size_bytes", "Size of answers.")
    ///     .buckets([1_000.0, 100_000.0])
    ///     .register_unlabelled::<Histogram<Bytes>>(&registry)?;
    /// sizes.observe(512);
    /// assert!(registry.to_text().contains("doc_buckets_size_bytes_bucket{le=\"1000\"} 1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn buckets(self, bounds: impl Into<Vec<f64>>) -> Self {
        FamilyOptions { buckets: bounds.into(), ..self }
    }

    /// Sets the resolution of a [`NativeHistogram`](crate::NativeHistogram), and what happens if
    /// there are too many buckets.
    ///
    /// ```
    /// use measurand::runtime::{FamilyOptions, NativeOptions};
    /// use measurand::{NativeHistogram, Registry};
    ///
    /// let registry = Registry::new();
    /// let rows = FamilyOptions::new("doc_native_rows", "Rows of an answer.")
    ///     .native(NativeOptions::new().schema(5))
    ///     .register_unlabelled::<NativeHistogram>(&registry)?;
    /// assert_eq!(rows.snapshot().schema(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn native(self, options: NativeOptions) -> Self {
        FamilyOptions { native: Some(options), ..self }
    }

    /// Sets the quantiles of a [`Summary`](crate::Summary), each with the allowed error of its
    /// rank. The default is none.
    ///
    /// ```
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Registry, Summary};
    ///
    /// let registry = Registry::new();
    /// let rows = FamilyOptions::new("plugin_rows", "Rows of an answer.")
    ///     .quantiles([(0.5, 0.05), (0.99, 0.001)])
    ///     .register_unlabelled::<Summary>(&registry)?;
    /// rows.observe(7);
    /// assert!(rows.snapshot().quantiles().eq([(0.5, 7.0), (0.99, 7.0)]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "summary")]
    pub fn quantiles(mut self, quantiles: impl Into<Vec<(f64, f64)>>) -> Self {
        self.quantiles.list = std::borrow::Cow::Owned(quantiles.into());
        self
    }

    /// Sets the time that quantiles cover. The default is 10 minutes.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::unit::Seconds;
    /// use measurand::{Registry, Summary};
    ///
    /// let registry = Registry::new();
    /// // The median of the last minute, of which 10 seconds are dropped at a time.
    /// let waits = FamilyOptions::new("doc_max_age_wait_seconds", "Time in the queue.")
    ///     .quantiles([(0.5, 0.05)])
    ///     .max_age(Duration::from_secs(60))
    ///     .age_buckets(6)
    ///     .register_unlabelled::<Summary<Seconds>>(&registry)?;
    /// waits.observe(Duration::from_secs(2));
    /// assert!(waits.snapshot().quantiles().eq([(0.5, 2.0)]));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "summary")]
    pub fn max_age(mut self, max_age: Duration) -> Self {
        self.quantiles.max_age = max_age;
        self
    }

    /// Sets in how many steps old observations of a summary are dropped. The default is 5.
    #[cfg(feature = "summary")]
    pub fn age_buckets(mut self, ages: u32) -> Self {
        self.quantiles.ages = ages;
        self
    }

    /// Adds the family to a registry, with `N` labels.
    ///
    /// Its series leave the page when the last clone of the returned handle is dropped.
    ///
    /// # Errors
    ///
    /// Returns an error if the family is registered already, which the error then holds; if another
    /// one of that name has other labels or another kind; or if a name, the help text, a bound or a
    /// limit is not valid.
    #[doc(alias = "register_counter_vec")]
    #[doc(alias = "register_gauge_vec")]
    #[doc(alias = "register_histogram_vec")]
    #[track_caller]
    pub fn register<M: FamilyMetric, const N: usize>(
        self,
        registry: &Registry,
        labels: [&str; N],
    ) -> Result<Registered<RuntimeFamily<M, N>>, RegisterFamilyError<RuntimeFamily<M, N>>> {
        let (descriptor, bounds, facts) =
            self.known::<M>(&labels).map_err(RegisterFamilyError::Invalid)?;
        let family = Family::of(bounds.into(), facts);
        registry.register_family(family, descriptor).map_err(RegisterFamilyError::Register)
    }

    /// Adds a metric without labels to a registry. Limits of series do not apply.
    ///
    /// It leaves the page when the last clone of the returned handle is dropped.
    ///
    /// ```
    /// use measurand::{Counter, Registry};
    /// use measurand::runtime::FamilyOptions;
    ///
    /// let registry = Registry::new();
    /// let loads = FamilyOptions::new("plugin_loads_total", "Plug-ins loaded.")
    ///     .register_unlabelled::<Counter>(&registry)?;
    /// loads.inc();
    /// assert_eq!(loads.get(), 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`register`](FamilyOptions::register).
    #[doc(alias = "register_counter")]
    #[doc(alias = "register_gauge")]
    #[doc(alias = "register_histogram")]
    #[track_caller]
    pub fn register_unlabelled<M: FamilyMetric>(
        self,
        registry: &Registry,
    ) -> Result<Registered<RuntimeMetric<M>>, RegisterFamilyError<RuntimeMetric<M>>> {
        let described = self.described::<M>(&[]).map_err(RegisterFamilyError::Invalid)?;
        let (descriptor, bounds) = described;
        let metric = RuntimeMetric(M::made(bounds.into()));
        registry.register_family(metric, descriptor).map_err(RegisterFamilyError::Register)
    }

    /// Adds a metric without labels whose value is read from a function at each scrape. Limits of
    /// series do not apply. See [`Read`] for when to use it, and for panics.
    ///
    /// It leaves the page when the last clone of the returned handle is dropped.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use measurand::{Gauge, Registry};
    /// use measurand::runtime::FamilyOptions;
    ///
    /// let queue = Arc::new(Mutex::new(vec!["mail"]));
    /// let registry = Registry::new();
    /// let seen = queue.clone();
    /// let _length = FamilyOptions::new("plugin_queue_length", "Jobs waiting.")
    ///     .register_read::<Gauge, _>(&registry, move || seen.lock().map_or(0, |jobs| jobs.len()))?;
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// assert!(text.ends_with("plugin_queue_length 1\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`register`](FamilyOptions::register).
    #[doc(alias = "NewGaugeFunc")]
    #[doc(alias = "NewCounterFunc")]
    #[track_caller]
    pub fn register_read<M: ReadFrom<V>, V>(
        self,
        registry: &Registry,
        read: impl Fn() -> V + Send + Sync + 'static,
    ) -> Result<Registered<RuntimeRead<M>>, RegisterFamilyError<RuntimeRead<M>>> {
        let (descriptor, _) = self.described::<M>(&[]).map_err(RegisterFamilyError::Invalid)?;
        let metric = RuntimeMetric(Read::from_closure(read));
        registry.register_family(metric, descriptor).map_err(RegisterFamilyError::Register)
    }

    /// Adds the family to a registry, with a number of labels that is known only at run time.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`register`](FamilyOptions::register).
    ///
    /// ```
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Gauge, Registry};
    ///
    /// let columns = ["zone".to_owned(), "rack".to_owned()]; // from a file
    /// let labels: Vec<&str> = columns.iter().map(String::as_str).collect();
    /// let registry = Registry::new();
    /// let temperatures = FamilyOptions::new("doc_rack_celsius", "Temperature of racks.")
    ///     .max_series(10_000)
    ///     .register_dynamic::<Gauge<measurand::unit::Celsius>>(&registry, &labels)?;
    /// temperatures.try_with_pairs(&[("rack", "17"), ("zone", "a")])?.set(21.5);
    /// assert!(registry.to_text().ends_with("doc_rack_celsius{zone=\"a\",rack=\"17\"} 21.5\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[track_caller]
    pub fn register_dynamic<M: FamilyMetric>(
        self,
        registry: &Registry,
        labels: &[&str],
    ) -> Result<Registered<DynamicFamily<M>>, RegisterFamilyError<DynamicFamily<M>>> {
        let (descriptor, bounds, facts) =
            self.known::<M>(labels).map_err(RegisterFamilyError::Invalid)?;
        // Without the label that some kinds add themselves.
        let names = Names::Made(labels.iter().map(|label| (*label).to_owned()).collect());
        let family = DynamicFamily::new(names, Family::of(bounds.into(), facts));
        registry.register_family(family, descriptor).map_err(RegisterFamilyError::Register)
    }

    /// Returns the parts of a family with labels, or the error if it is not valid.
    #[track_caller]
    fn known<M: FamilyMetric>(
        self,
        labels: &[&str],
    ) -> Result<(Descriptor, Distribution, FamilyFacts), InvalidFamily> {
        let family = || self.name.clone();
        let (descriptor, bounds) = self.described::<M>(labels)?;
        if labels.is_empty() || labels.len() > MAX_LABELS {
            return Err(InvalidFamily::LabelCount { family: family(), count: labels.len() });
        }
        let Some(max_series) = self.max_series.filter(|max_series| *max_series > 0) else {
            return Err(InvalidFamily::NoLimit { family: family() });
        };
        if self.max_label_bytes == 0 {
            return Err(InvalidFamily::NoLabelBytes { family: family() });
        }
        if self.expire_after.is_some_and(|after| after.is_zero()) {
            return Err(InvalidFamily::ExpiresAtOnce { family: family() });
        }
        let facts = FamilyFacts {
            names: descriptor.label_names.clone(),
            max_series,
            max_label_bytes: self.max_label_bytes,
            expire_after: self.expire_after,
        };
        Ok((Descriptor { is_open: true, ..descriptor }, bounds, facts))
    }

    /// Returns the descriptor of a metric with these labels, and its bounds as they are stored.
    #[track_caller]
    fn described<M: Metric>(
        &self,
        labels: &[&str],
    ) -> Result<(Descriptor, Distribution), InvalidFamily> {
        let builder =
            DescriptorBuilder::new(<M as Metric>::KIND, self.name.clone(), self.help.clone());
        let builder = builder.unit::<M::Unit>().native(<M as Metric>::IS_NATIVE);
        let builder = builder.labels(labels.iter().copied());
        let builder = if self.is_utf8 { builder.utf8() } else { builder };
        let descriptor = builder.buckets(self.buckets.clone()).build()?;
        let scale = <<M::Unit as Unit>::Representation as Representation>::SCALE;
        let stored = descriptor.buckets().iter();
        let bounds = Bounds {
            upper: descriptor.buckets.clone(),
            stored: stored.map(|bound| naming::bound_bits(*bound, scale)).collect(),
        };
        let native = self.native.unwrap_or_default();
        let family = || self.name.clone();
        if self.native.is_some() && !<M as Metric>::IS_NATIVE {
            return Err(InvalidFamily::NotNative { family: family() });
        }
        if let Some(problem) = native.problem() {
            return Err(InvalidFamily::Native { family: family(), problem });
        }
        let quantiles = self.quantiles.clone();
        if <M as Metric>::KIND != Kind::Summary && !quantiles.list.is_empty() {
            return Err(InvalidFamily::NoSummary { family: family() });
        }
        if let Some(problem) = window_problem(&quantiles) {
            return Err(InvalidFamily::Quantiles { family: family(), problem });
        }
        let distribution = Distribution { bounds, native, quantiles };
        Ok((Descriptor { scale: <M as Metric>::SCALE, ..descriptor }, distribution))
    }
}

/// Returns what is wrong with the quantiles or the window of a summary, if anything is.
fn window_problem(quantiles: &Quantiles) -> Option<&'static str> {
    let problem = quantiles_problem(&quantiles.list);
    if quantiles.max_age.is_zero() {
        Some(NO_AGE)
    } else if quantiles.ages == 0 || quantiles.ages > MAX_AGE_BUCKETS {
        Some(AGE_BUCKETS_PROBLEM)
    } else {
        problem
    }
}

/// A metric without labels that is made at run time, created by
/// [`register_unlabelled`](FamilyOptions::register_unlabelled).
///
/// ```
/// use measurand::registry::Registered;
/// use measurand::runtime::{FamilyOptions, RuntimeMetric};
/// use measurand::{Counter, Registry};
///
/// struct Plugin {
///     loads: Registered<RuntimeMetric<Counter>>,
/// }
///
/// let registry = Registry::new();
/// let options = FamilyOptions::new("doc_plugin_loads_total", "Plug-ins loaded.");
/// let plugin = Plugin { loads: options.register_unlabelled(&registry)? };
/// plugin.loads.inc();
/// assert_eq!(plugin.loads.get(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct RuntimeMetric<M>(M);

/// A metric that is read from a function, created by
/// [`register_read`](FamilyOptions::register_read).
///
/// ```
/// use std::sync::Arc;
/// use measurand::registry::Registered;
/// use measurand::runtime::{FamilyOptions, RuntimeRead};
/// use measurand::{Gauge, Registry};
///
/// /// A cache that shows how many hold it.
/// struct Cache {
///     rows: Arc<Vec<u64>>,
///     _users: Registered<RuntimeRead<Gauge>>,
/// }
///
/// let registry = Registry::new();
/// let rows = Arc::new(vec![1, 2, 3]);
/// let seen = Arc::downgrade(&rows);
/// let options = FamilyOptions::new("doc_cache_users", "Users of the cache.");
/// let _users = options.register_read(&registry, move || seen.strong_count())?;
/// let cache = Cache { rows, _users };
/// assert!(registry.to_text().ends_with("doc_cache_users 1\n"));
/// # assert_eq!(cache.rows.len(), 3);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type RuntimeRead<M> = RuntimeMetric<Read<M>>;

impl<M> Deref for RuntimeMetric<M> {
    type Target = M;

    #[inline]
    fn deref(&self) -> &M {
        &self.0
    }
}

impl<M: Metric> Fields for RuntimeMetric<M> {
    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        (index == 0).then_some(&self.0)
    }
}

impl<L: LabelSet + 'static, M: FamilyMetric> Fields for Family<L, M> {
    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        (index == 0).then_some(self)
    }
}

/// Label values, whose names are those of the family.
#[diagnostic::do_not_recommend]
impl<const N: usize> LabelSet for [&str; N] {
    type With<'a> = [&'a str; N];
    type Values = Self;

    const NAMING: Naming = Naming::Whole;

    fn from_values(values: Self) -> Self {
        values
    }

    const LABELS: LabelList = {
        let mut list = LabelList::new();
        let mut i = 0;
        while i < N {
            list = list.label("", ValueSet::OPEN);
            i += 1;
        }
        list
    };
    const IS_NAMED: bool = false;

    fn position(&self) -> usize {
        0
    }

    #[inline]
    fn visit_open(&self, visit: &mut impl FnMut(&str)) {
        self.iter().for_each(|value| visit(value));
    }
}
