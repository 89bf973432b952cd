//! Families whose number of labels is known only at run time.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use crate::descriptor::Names;
use crate::family::{Family, FamilyMetric, Handle};
use crate::labels::ValueSet;
use crate::labels::{LabelList, LabelSet, Naming};
use crate::read::{Collect, Fields, Labels};
use crate::series::ByLabels;

/// Label values whose number is known only at run time.
#[derive(Clone, Debug)]
pub struct DynamicLabels<'a>(Cow<'a, [&'a str]>);

#[diagnostic::do_not_recommend]
impl LabelSet for DynamicLabels<'_> {
    type With<'a> = DynamicLabels<'a>;
    type Values = Self;

    const NAMING: Naming = Naming::Whole;

    fn from_values(values: Self) -> Self {
        values
    }

    // One entry stands for all labels.
    const LABELS: LabelList = LabelList::new().label("", ValueSet::OPEN);
    const IS_NAMED: bool = false;

    fn position(&self) -> usize {
        0
    }

    fn open_len(&self) -> usize {
        self.0.len()
    }

    fn visit_open(&self, visit: &mut impl FnMut(&str)) {
        self.0.iter().for_each(|value| visit(value));
    }
}

/// A family whose number of labels is known only at run time.
///
/// ```
/// use measurand::{Counter, Registry};
/// use measurand::runtime::FamilyOptions;
///
/// let names = ["zone".to_owned(), "rack".to_owned()];  // from a file
/// let names: Vec<&str> = names.iter().map(String::as_str).collect();
/// let registry = Registry::new();
/// let restarts = FamilyOptions::new("restarts_total", "Restarts of machines.")
///     .max_series(10_000)
///     .register_dynamic::<Counter>(&registry, &names)?;
/// restarts.try_with(&["a", "17"])?.inc();
/// restarts.try_with_pairs(&[("rack", "17"), ("zone", "a")])?.inc();
/// assert!(restarts.try_with(&["a"]).is_err());
/// assert!(restarts.try_with_pairs(&[("rack", "17"), ("room", "a")]).is_err());
/// assert_eq!(restarts.try_with(&["a", "17"])?.get(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct DynamicFamily<M: FamilyMetric> {
    names: Names,
    family: Family<DynamicLabels<'static>, M>,
}

/// A series of a [`DynamicFamily`].
///
/// ```
/// use measurand::runtime::{DynamicFamily, DynamicHandle, DynamicLabelsError, FamilyOptions};
/// use measurand::{Counter, Registry};
///
/// /// Returns the restarts of a machine in the first zone.
/// fn restarts<'a>(
///     family: &'a DynamicFamily<Counter>,
///     machine: &'a [&'a str; 2],
/// ) -> Result<DynamicHandle<'a, Counter>, DynamicLabelsError> {
///     family.try_with(machine)
/// }
///
/// let registry = Registry::new();
/// let family = FamilyOptions::new("doc_dynamic_restarts_total", "Restarts of machines.")
///     .max_series(10_000)
///     .register_dynamic::<Counter>(&registry, &["zone", "rack"])?;
/// restarts(&family, &["a", "17"])?.inc();
/// assert_eq!(restarts(&family, &["a", "17"])?.get(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type DynamicHandle<'a, M> = Handle<'a, ByLabels<DynamicLabels<'a>>, M>;

impl<M: FamilyMetric> DynamicFamily<M> {
    pub(super) fn new(names: Names, family: Family<DynamicLabels<'static>, M>) -> Self {
        DynamicFamily { names, family }
    }

    /// Returns the names of its labels.
    ///
    /// ```
    /// # use measurand::{Counter, Registry};
    /// # use measurand::runtime::FamilyOptions;
    /// # let registry = Registry::new();
    /// let restarts = FamilyOptions::new("restarts_total", "Restarts of machines.")
    ///     .max_series(10_000)
    ///     .register_dynamic::<Counter>(&registry, &["zone", "rack"])?;
    /// assert_eq!(restarts.label_names(), ["zone", "rack"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn label_names(&self) -> Vec<&str> {
        self.names.iter().collect()
    }

    /// Returns the most series that it may have.
    #[cfg(feature = "requests")]
    pub(crate) fn max_series(&self) -> usize {
        self.family.max_series()
    }

    /// Returns the series with these label values, in the order of the names.
    ///
    /// # Errors
    ///
    /// Returns an error if there are more or fewer values than names.
    pub fn try_with<'a>(
        &'a self,
        values: &'a [&'a str],
    ) -> Result<DynamicHandle<'a, M>, DynamicLabelsError> {
        Ok(self.family.with(self.in_order(values)?))
    }

    /// Returns the labels of these values, if there is one for each name.
    fn in_order<'a>(&self, values: &'a [&'a str]) -> Result<DynamicLabels<'a>, DynamicLabelsError> {
        let expected = self.names.len();
        if values.len() != expected {
            return Err(DynamicLabelsError::Number { expected, given: values.len() });
        }
        Ok(DynamicLabels(Cow::Borrowed(values)))
    }

    /// Returns the series with these labels, in any order.
    ///
    /// # Errors
    ///
    /// Returns an error if a label is unknown, given twice, or missing.
    pub fn try_with_pairs<'a>(
        &'a self,
        labels: &[(&str, &'a str)],
    ) -> Result<DynamicHandle<'a, M>, DynamicLabelsError> {
        let mut values = vec![None; self.names.len()];
        for (name, value) in labels {
            let Some(index) = self.names.iter().position(|known| known == *name) else {
                let known = self.names.iter().map(str::to_owned).collect();
                return Err(DynamicLabelsError::Unknown { name: (*name).to_owned(), known });
            };
            if values[index].replace(*value).is_some() {
                return Err(DynamicLabelsError::Twice { name: (*name).to_owned() });
            }
        }
        let missing = std::iter::zip(self.names.iter(), &values).find(|(_, value)| value.is_none());
        if let Some((name, _)) = missing {
            return Err(DynamicLabelsError::Missing { name: name.to_owned() });
        }
        let values = values.into_iter().flatten().collect();
        Ok(self.family.with(DynamicLabels(Cow::Owned(values))))
    }

    /// Removes the series with these label values, in the order of the names, and returns whether
    /// there was one.
    ///
    /// ```
    /// # use measurand::{Counter, Registry};
    /// # use measurand::runtime::FamilyOptions;
    /// # let registry = Registry::new();
    /// # let restarts = FamilyOptions::new("restarts_total", "Restarts of machines.")
    /// #     .max_series(10_000)
    /// #     .register_dynamic::<Counter>(&registry, &["zone", "rack"])?;
    /// restarts.try_with(&["a", "17"])?.inc();
    /// assert!(restarts.remove(&["a", "17"])?);
    /// assert!(!restarts.remove(&["a", "17"])?);
    /// assert!(restarts.remove(&["a"]).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if there are more or fewer values than names.
    pub fn remove(&self, values: &[&str]) -> Result<bool, DynamicLabelsError> {
        Ok(self.family.remove(self.in_order(values)?))
    }

    /// Removes every series for whose labels `predicate` returns true, and returns their number.
    ///
    /// ```
    /// # use measurand::{Counter, Registry};
    /// # use measurand::runtime::FamilyOptions;
    /// # let registry = Registry::new();
    /// # let restarts = FamilyOptions::new("restarts_total", "Restarts of machines.")
    /// #     .max_series(10_000)
    /// #     .register_dynamic::<Counter>(&registry, &["zone", "rack"])?;
    /// for machine in [["a", "17"], ["a", "18"], ["b", "17"]] {
    ///     restarts.try_with(&machine)?.inc();
    /// }
    /// assert_eq!(restarts.remove_where(|labels| labels.get("zone") == Some("a")), 2);
    /// assert!(!registry.to_text().contains("zone=\"a\""));
    /// restarts.clear();
    /// assert!(!registry.to_text().contains("zone="));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remove_where(&self, predicate: impl FnMut(&Labels<'_>) -> bool) -> usize {
        self.family.remove_where(predicate)
    }

    /// Removes all series.
    pub fn clear(&self) {
        self.family.clear();
    }
}

impl<M: FamilyMetric> Fields for DynamicFamily<M> {
    fn metric(&self, index: usize) -> Option<&dyn Collect> {
        self.family.metric(index)
    }
}

impl<M: FamilyMetric> fmt::Debug for DynamicFamily<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DynamicFamily")
            .field("label_names", &self.label_names())
            .finish_non_exhaustive()
    }
}

/// The error of labels that do not match a [`DynamicFamily`].
///
/// ```
/// use measurand::runtime::{DynamicLabelsError, FamilyOptions};
/// use measurand::{Counter, Registry};
///
/// let registry = Registry::new();
/// let restarts = FamilyOptions::new("restarts_total", "Restarts of machines.")
///     .max_series(10_000)
///     .register_dynamic::<Counter>(&registry, &["zone", "rack"])?;
/// let error = restarts.try_with(&["a"]).unwrap_err();
/// assert_eq!(error, DynamicLabelsError::Number { expected: 2, given: 1 });
/// let error = restarts.try_with_pairs(&[("zone", "a")]).unwrap_err();
/// assert_eq!(error, DynamicLabelsError::Missing { name: "rack".to_owned() });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DynamicLabelsError {
    /// There are more or fewer values than labels.
    Number {
        /// How many labels the family has.
        expected: usize,
        /// How many values were given.
        given: usize,
    },
    /// The family has no such label.
    Unknown {
        /// The label.
        name: String,
        /// The labels that it has.
        known: Vec<String>,
    },
    /// A label has no value.
    Missing {
        /// The label.
        name: String,
    },
    /// A label has two values.
    Twice {
        /// The label.
        name: String,
    },
}

impl fmt::Display for DynamicLabelsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DynamicLabelsError::Number { expected, given } => {
                write!(
                    f,
                    "the family has {expected} labels, but {given} values were given: give one for each"
                )
            }
            DynamicLabelsError::Unknown { name, known } => {
                write!(f, "the family has no label `{name}`; it has `{}`", known.join("`, `"))
            }
            DynamicLabelsError::Missing { name } => {
                write!(f, "label `{name}` has no value: give one, which may be empty")
            }
            DynamicLabelsError::Twice { name } => {
                write!(f, "label `{name}` has two values: give one")
            }
        }
    }
}

impl Error for DynamicLabelsError {}
