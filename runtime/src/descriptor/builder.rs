//! Descriptors that are made at run time.

use std::borrow::Cow;

use super::{Descriptor, DescriptorError, Location, Names};
use crate::kind::Kind;
use crate::naming::{self, DEFAULT_BUCKETS, Rules};
use crate::unit::{Representation, Scale, Unit};

impl Descriptor {
    /// Makes the descriptor of a counter at run time. The name gets `_total` behind it unless it has
    /// that already.
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

    /// Makes the descriptor of a gauge at run time.
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

    /// Makes the descriptor of a histogram at run time.
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
}

/// Makes a [`Descriptor`] at run time.
///
/// Its names obey the rules of every metric: one that cannot be is an error of
/// [`build`](DescriptorBuilder::build), and one that breaks a mere [`Rule`](naming::Rule) is listed by
/// [`Registry::lint`](crate::Registry::lint).
#[derive(Clone, Debug)]
#[must_use = "`build` makes the descriptor"]
pub struct DescriptorBuilder {
    name: String,
    help: String,
    kind: Kind,
    type_unit: &'static str,
    /// How counters and histograms of the unit are stored.
    scale: Scale,
    labels: Vec<String>,
    buckets: Vec<f64>,
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
            location: Location::at_run_time(std::panic::Location::caller()),
        }
    }

    /// Sets the names of the labels, whose values each series has in this order.
    pub fn labels(self, names: impl IntoIterator<Item = impl Into<String>>) -> DescriptorBuilder {
        DescriptorBuilder { labels: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets the unit, with whose word the name has to end.
    pub fn unit<U: Unit>(self) -> DescriptorBuilder {
        DescriptorBuilder { type_unit: U::NAME, scale: <U::Representation>::SCALE, ..self }
    }

    /// Sets the upper bounds of a histogram's buckets, in the base unit. One of seconds has bounds from
    /// 5 ms to 10 s without.
    pub fn buckets(self, bounds: impl Into<Vec<f64>>) -> DescriptorBuilder {
        DescriptorBuilder { buckets: bounds.into(), ..self }
    }

    /// Makes the descriptor.
    ///
    /// # Errors
    ///
    /// If a name, the help or a bound cannot be, with what to write instead.
    ///
    /// ```
    /// use measurand::Descriptor;
    ///
    /// let error = Descriptor::gauge("queue-length", "Jobs that wait.").build().unwrap_err();
    /// assert!(error.to_string().contains("`queue_length`"));
    /// ```
    pub fn build(mut self) -> Result<Descriptor, DescriptorError> {
        let name = naming::name_at_run_time(&self.name, self.kind)
            .map_err(|(name, error)| DescriptorError::Name { name, error })?;
        self.check()?;
        if self.buckets.last() == Some(&f64::INFINITY) {
            self.buckets.pop();
        }
        let has_default = self.kind == Kind::Histogram && self.type_unit == "seconds";
        let buckets = match self.buckets.is_empty() && has_default {
            true => Cow::Borrowed(DEFAULT_BUCKETS),
            false => Cow::Owned(self.buckets),
        };
        if self.kind == Kind::Histogram {
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
            const_labels: &[],
            buckets,
            location: self.location,
            waived: Rules::NONE,
            // A gauge is stored as a float whatever its unit.
            scale: if self.kind == Kind::Gauge { Scale::Fractional } else { self.scale },
            type_unit: self.type_unit,
            is_open: false,
            is_sparse: false,
        })
    }

    /// What is wrong besides the name and the bounds.
    fn check(&self) -> Result<(), DescriptorError> {
        let family = || self.name.clone();
        if self.help.trim().is_empty() {
            return Err(DescriptorError::NoHelp { family: family() });
        }
        for (index, label) in self.labels.iter().enumerate() {
            if let Some(error) = naming::label_error(label, Some(self.kind)) {
                return Err(DescriptorError::Label { label: label.clone(), error });
            }
            if self.labels[..index].contains(label) {
                return Err(DescriptorError::LabelTwice { family: family(), label: label.clone() });
            }
        }
        if self.kind != Kind::Histogram && !self.buckets.is_empty() {
            return Err(DescriptorError::NoHistogram { family: family() });
        }
        Ok(())
    }
}
