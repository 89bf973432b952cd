//! Descriptors that are created at run time.

use std::borrow::Cow;

use super::{ConstLabels, Descriptor, DescriptorError, Location, Names};
use crate::kind::Kind;
use crate::naming::{self, DEFAULT_BUCKETS, Rules};
use crate::unit::{Representation, Scale, Unit};

impl Descriptor {
    /// Starts building the descriptor of a counter. `_total` is appended to the name unless it
    /// already ends with it.
    ///
    /// ```
    /// use measurand::Descriptor;
    ///
    /// let opened = Descriptor::counter("pool_connections_total", "Connections opened.")
    ///     .labels(["pool"])
    ///     .build()?;
    /// assert_eq!(opened.name(), "pool_connections_total");
    /// assert!(opened.label_names().eq(["pool"]));
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    #[track_caller]
    pub fn counter(name: impl Into<String>, help: impl Into<String>) -> DescriptorBuilder {
        DescriptorBuilder::new(Kind::Counter, name.into(), help.into())
    }

    /// Starts building the descriptor of a gauge.
    ///
    /// ```
    /// use measurand::Descriptor;
    /// use measurand::unit::Bytes;
    ///
    /// let size = Descriptor::gauge("cache_size_bytes", "What the cache holds.").unit::<Bytes>().build()?;
    /// assert_eq!(size.unit(), Some("bytes"));
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    #[track_caller]
    pub fn gauge(name: impl Into<String>, help: impl Into<String>) -> DescriptorBuilder {
        DescriptorBuilder::new(Kind::Gauge, name.into(), help.into())
    }

    /// Starts building the descriptor of a histogram.
    ///
    /// ```
    /// use measurand::Descriptor;
    /// use measurand::unit::Seconds;
    ///
    /// let wait = Descriptor::histogram("pool_wait_seconds", "Time to wait for a connection.")
    ///     .unit::<Seconds>()
    ///     .buckets([0.001, 0.01, 0.1])
    ///     .build()?;
    /// assert_eq!(wait.buckets(), [0.001, 0.01, 0.1]);
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    #[track_caller]
    pub fn histogram(name: impl Into<String>, help: impl Into<String>) -> DescriptorBuilder {
        DescriptorBuilder::new(Kind::Histogram, name.into(), help.into())
    }

    /// Starts building the descriptor of a histogram with native buckets. It also has classic
    /// buckets if [`buckets`](DescriptorBuilder::buckets) is called.
    ///
    /// ```
    /// use measurand::Descriptor;
    /// use measurand::unit::Seconds;
    ///
    /// let wait = Descriptor::native_histogram("pool_wait_seconds", "Time to wait.").unit::<Seconds>();
    /// assert!(wait.build()?.buckets().is_empty());
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    #[track_caller]
    pub fn native_histogram(name: impl Into<String>, help: impl Into<String>) -> DescriptorBuilder {
        let builder = DescriptorBuilder::new(Kind::Histogram, name.into(), help.into());
        DescriptorBuilder { is_native: true, ..builder }
    }

    /// Starts building the descriptor of a summary.
    ///
    /// ```
    /// use measurand::unit::Seconds;
    /// use measurand::{Descriptor, Kind};
    ///
    /// let wait = Descriptor::summary("pool_wait_seconds", "Time to wait.").unit::<Seconds>().build()?;
    /// assert_eq!(wait.kind(), Kind::Summary);
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    #[track_caller]
    pub fn summary(name: impl Into<String>, help: impl Into<String>) -> DescriptorBuilder {
        DescriptorBuilder::new(Kind::Summary, name.into(), help.into())
    }

    /// Starts building the descriptor of an info family, whose labels are its value. `_info` is
    /// appended to the name unless it already ends with it.
    ///
    /// ```
    /// use measurand::Descriptor;
    ///
    /// let build = Descriptor::info("app_build", "The build.").labels(["version"]).build()?;
    /// assert_eq!(build.name(), "app_build_info");
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    #[track_caller]
    pub fn info(name: impl Into<String>, help: impl Into<String>) -> DescriptorBuilder {
        DescriptorBuilder::new(Kind::Info, name.into(), help.into())
    }

    /// Starts building the descriptor of a state set. A last label, which names the state, is
    /// added; it has the name of the family, as OpenMetrics demands.
    ///
    /// ```
    /// use measurand::Descriptor;
    ///
    /// let mode = Descriptor::state_set("app_mode", "What it does.").labels(["shard"]).build()?;
    /// assert!(mode.label_names().eq(["shard", "app_mode"]));
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    #[track_caller]
    pub fn state_set(name: impl Into<String>, help: impl Into<String>) -> DescriptorBuilder {
        DescriptorBuilder::new(Kind::StateSet, name.into(), help.into())
    }

    /// Starts building the descriptor of a metric of unknown type, which may be a counter or a
    /// gauge.
    ///
    /// ```
    /// use measurand::{Descriptor, Kind};
    ///
    /// let figure = Descriptor::unknown("driver_figure", "Figure 7 of the driver.").build()?;
    /// assert_eq!(figure.kind(), Kind::Unknown);
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    #[doc(alias = "untyped")]
    #[track_caller]
    pub fn unknown(name: impl Into<String>, help: impl Into<String>) -> DescriptorBuilder {
        DescriptorBuilder::new(Kind::Unknown, name.into(), help.into())
    }
}

/// Builds a [`Descriptor`] at run time.
///
/// Names are checked like those of any metric: an error is returned by
/// [`build`](DescriptorBuilder::build), and a broken [`Rule`](naming::Rule) is listed by
/// [`Registry::lint`](crate::Registry::lint).
///
/// ```
/// use measurand::descriptor::DescriptorBuilder;
/// use measurand::unit::Seconds;
/// use measurand::{Descriptor, Kind};
///
/// /// Finishes the descriptor of a metric of a pool.
/// fn of_pool(builder: DescriptorBuilder) -> Descriptor {
///     builder.labels(["pool"]).build().expect("the names are valid")
/// }
///
/// let wait = Descriptor::histogram("pool_wait_seconds", "Time to wait for a connection.")
///     .unit::<Seconds>()
///     .buckets([0.001, 0.01, 0.1]);
/// let wait = of_pool(wait);
/// assert_eq!((wait.kind(), wait.unit()), (Kind::Histogram, Some("seconds")));
/// assert_eq!(wait.buckets(), [0.001, 0.01, 0.1]);
/// assert!(wait.label_names().eq(["pool"]));
/// ```
#[derive(Clone, Debug)]
#[must_use = "`build` makes the descriptor"]
pub struct DescriptorBuilder {
    name: String,
    help: String,
    kind: Kind,
    type_unit: &'static str,
    /// How counters and histograms with the unit are stored.
    scale: Scale,
    labels: Vec<String>,
    buckets: Vec<f64>,
    /// Whether it has native buckets, so that classic ones are optional.
    is_native: bool,
    /// What is allowed in names.
    allowed: Rules,
    location: Location,
}

impl DescriptorBuilder {
    #[track_caller]
    pub(crate) fn new(kind: Kind, name: String, help: String) -> DescriptorBuilder {
        DescriptorBuilder {
            name,
            help,
            kind,
            type_unit: "",
            scale: Scale::Whole,
            labels: Vec::new(),
            buckets: Vec::new(),
            is_native: false,
            allowed: Rules::NONE,
            location: Location::at_run_time(std::panic::Location::caller()),
        }
    }

    /// Sets whether it has native buckets.
    pub(crate) fn native(self, is_native: bool) -> DescriptorBuilder {
        DescriptorBuilder { is_native, ..self }
    }

    /// Sets the names of the labels. Points give their values in the same order.
    pub fn labels(self, names: impl IntoIterator<Item = impl Into<String>>) -> DescriptorBuilder {
        DescriptorBuilder { labels: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets the unit, with whose name the metric's name has to end.
    pub fn unit<U: Unit>(self) -> DescriptorBuilder {
        DescriptorBuilder { type_unit: U::NAME, scale: <U::Representation>::SCALE, ..self }
    }

    /// Sets the unit to a word that has no type.
    #[cfg(feature = "opentelemetry_sdk_0_33")]
    pub(crate) fn unit_word(self, word: &'static str) -> DescriptorBuilder {
        DescriptorBuilder { type_unit: word, scale: Scale::Fractional, ..self }
    }

    /// Sets the upper bounds of a histogram's buckets, in the base unit. Without them, a histogram
    /// of seconds has bounds from 5 ms to 10 s.
    pub fn buckets(self, bounds: impl Into<Vec<f64>>) -> DescriptorBuilder {
        DescriptorBuilder { buckets: bounds.into(), ..self }
    }

    /// Allows any characters but the null character in the names of the family and its labels.
    /// Scrapers without UTF-8 support get escaped names, see
    /// [`Escaping`](crate::exposition::Escaping).
    ///
    /// ```
    /// use measurand::Descriptor;
    /// use measurand::unit::Seconds;
    ///
    /// let wait = Descriptor::histogram("http.server.wait.seconds", "Time to wait.")
    ///     .unit::<Seconds>()
    ///     .labels(["http.method"])
    ///     .utf8()
    ///     .build()?;
    /// assert_eq!((wait.name(), wait.unit()), ("http.server.wait.seconds", Some("seconds")));
    /// # Ok::<(), measurand::descriptor::DescriptorError>(())
    /// ```
    pub fn utf8(self) -> DescriptorBuilder {
        DescriptorBuilder { allowed: Rules::UTF8, ..self }
    }

    /// Builds the descriptor.
    ///
    /// # Errors
    ///
    /// Fails if a name, the help or a bound is refused. The error tells what to write instead.
    ///
    /// ```
    /// use measurand::Descriptor;
    ///
    /// let error = Descriptor::gauge("queue-length", "Jobs that wait.").build().unwrap_err();
    /// assert!(error.to_string().contains("`queue_length`"));
    /// ```
    pub fn build(mut self) -> Result<Descriptor, DescriptorError> {
        let name = naming::name_at_run_time(&self.name, self.kind, self.allowed)
            .map_err(|(name, error)| DescriptorError::Name { name, error })?;
        if self.kind == Kind::StateSet {
            self.labels.push(name.clone());
        }
        self.check()?;
        if self.buckets.last() == Some(&f64::INFINITY) {
            self.buckets.pop();
        }
        let has_default =
            self.kind == Kind::Histogram && self.type_unit == "seconds" && !self.is_native;
        let buckets = match self.buckets.is_empty() && has_default {
            true => Cow::Borrowed(DEFAULT_BUCKETS),
            false => Cow::Owned(self.buckets),
        };
        if self.kind == Kind::Histogram && !(self.is_native && buckets.is_empty()) {
            let problem = naming::bounds_problem(&buckets, self.scale, true);
            if !problem.is_empty() {
                let problem = problem.as_str().to_owned();
                return Err(DescriptorError::Buckets { family: self.name, problem });
            }
        }
        Ok(Descriptor {
            unit: naming::exposed_unit(&name, self.kind, self.type_unit),
            name: Cow::Owned(name),
            help: Cow::Owned(self.help.trim().to_owned()),
            kind: self.kind,
            label_names: Names::Made(self.labels.into()),
            const_labels: ConstLabels::NONE,
            buckets,
            location: self.location,
            waived: Rules::NONE,
            scale: match self.kind {
                Kind::Counter | Kind::Histogram | Kind::Summary => self.scale,
                // A float, whatever the unit.
                Kind::Gauge | Kind::Unknown => Scale::Fractional,
                Kind::Info | Kind::StateSet => Scale::Whole,
            },
            type_unit: self.type_unit,
            is_open: false,
            is_sparse: false,
            needs_escaping: self.allowed.allows_utf8(),
        })
    }

    /// Checks everything but the name and the bounds.
    fn check(&self) -> Result<(), DescriptorError> {
        let family = || self.name.clone();
        if self.help.trim().is_empty() {
            return Err(DescriptorError::NoHelp { family: family() });
        }
        for (index, label) in self.labels.iter().enumerate() {
            if let Some(error) = naming::label_error_with(label, Some(self.kind), self.allowed) {
                return Err(DescriptorError::Label { label: label.clone(), error });
            }
            if self.labels[..index].iter().any(|other| naming::equal_labels(other, label)) {
                return Err(DescriptorError::LabelTwice { family: family(), label: label.clone() });
            }
        }
        if self.kind != Kind::Histogram && !self.buckets.is_empty() {
            return Err(DescriptorError::NoHistogram { family: family() });
        }
        Ok(())
    }
}
