//! The labels of a series, as sinks and callers of a family see them.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::descriptor::Names;

/// The labels of one series, in the order of their declaration.
///
/// A [`Sink`](crate::registry::Sink) is given them with each point, and the closures of
/// [`Family::remove_where`](crate::Family::remove_where) and
/// [`Family::for_each`](crate::Family::for_each) with each series.
///
/// ```
/// use measurand::registry::{Flow, Labels, Point, Sink};
/// use measurand::{Counter, Descriptor, Family, Metrics, Registry, family::Method};
///
/// /// The requests.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_labels", global = API)]
/// struct ApiMetrics {
///     /// Requests answered.
///     requests_total: Family<Method, Counter>,
/// }
///
/// /// Counts the series whose `method` is `GET`.
/// struct Gets(usize);
///
/// impl Sink for Gets {
///     fn family(&mut self, family: &Descriptor) -> Flow {
///         if family.name() == "doc_labels_requests_total" { Flow::Continue } else { Flow::Skip }
///     }
///
///     fn point(&mut self, _: &Descriptor, labels: Labels<'_>, _: &Point<'_>) -> Flow {
///         self.0 += usize::from(labels.get("method") == Some("GET"));
///         Flow::Continue
///     }
/// }
///
/// API.requests_total.with(Method::Get).inc();
/// let mut gets = Gets(0);
/// Registry::global().gather(&mut gets);
/// assert_eq!(gets.0, 1);
/// ```
#[derive(Clone, Copy)]
pub struct Labels<'a> {
    source: LabelSource<'a>,
}

/// Where the labels are known from.
#[derive(Clone, Copy)]
enum LabelSource<'a> {
    /// A family of a registry, which has the labels of structs and registries as well.
    Registry { names: &'a [Cow<'static, str>], values: &'a dyn RowFacts, row: usize },
    /// A metric by itself, which has its own labels alone.
    Metric { names: &'a Names, value: &'a dyn Fn(usize) -> &'a str },
}

/// The labels of rows, and when the rows were created.
pub(crate) trait RowFacts {
    /// Returns when a row was created.
    fn created(&self, _row: usize) -> Option<Duration> {
        None
    }

    /// Returns the value of the label with the name at index `label`.
    fn label_value(&self, row: usize, label: usize) -> &str;
}

impl<'a> Labels<'a> {
    pub(crate) fn new(
        names: &'a [Cow<'static, str>],
        values: &'a dyn RowFacts,
        row: usize,
    ) -> Labels<'a> {
        Labels { source: LabelSource::Registry { names, values, row } }
    }

    /// Creates the labels that a metric itself gives to a series, from the value at each index.
    pub(crate) fn of_metric(names: &'a Names, value: &'a dyn Fn(usize) -> &'a str) -> Labels<'a> {
        Labels { source: LabelSource::Metric { names, value } }
    }

    fn len(&self) -> usize {
        match self.source {
            LabelSource::Registry { names, .. } => names.len(),
            LabelSource::Metric { names, .. } => names.len(),
        }
    }

    /// Returns every name with its value. An empty value is the same as no label.
    ///
    /// ```
    /// # use measurand::{Counter, Family, Metrics, family::{Method, StatusClass}};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_labels_iter", global = API)]
    /// # struct M {
    /// #     /// Requests answered.
    /// #     requests_total: Family<(Method, StatusClass), Counter>,
    /// # }
    /// API.requests_total.with((Method::Get, StatusClass::Success)).inc();
    /// API.requests_total.for_each(|labels, _series| {
    ///     assert!(labels.iter().eq([("method", "GET"), ("status", "2xx")]));
    /// });
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let source = self.source;
        let pair = move |label: usize| match source {
            LabelSource::Registry { names, values, row } => {
                (names[label].as_ref(), values.label_value(row, label))
            }
            LabelSource::Metric { names, value } => (names.get(label), value(label)),
        };
        (0..self.len()).map(pair)
    }

    /// Returns the value of a label; `None` if there is no label with this name.
    pub fn get(&self, name: &str) -> Option<&'a str> {
        self.iter().find(|(label, _)| *label == name).map(|(_, value)| value)
    }
}

impl fmt::Debug for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}
