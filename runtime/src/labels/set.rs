//! Label sets: the labels of a series as a type.

use std::fmt;

use super::ValueSet;
use crate::naming::{self, Message, NameKind, Rules, equal_labels};
use crate::storage::{self, Key};

/// The labels of a series: their names, and the value of each.
///
/// An enum with `#[derive(LabelValue)]` is one label, named after its type. A struct with
/// `#[derive(LabelSet)]` has a label for each field, named after it. A tuple of up to six label
/// sets has the labels of all of them.
///
/// ```
/// use measurand::{Counter, Family, LabelSet, Metrics};
///
/// /// Counts in a family, whatever its labels are: `L::With<'_>` are labels that borrow their values
/// /// from anywhere.
/// fn count<L: LabelSet>(family: &Family<L, Counter>, labels: L::With<'_>) {
///     family.with(labels).inc();
/// }
///
/// #[derive(LabelSet)]
/// struct Tenant<'a> { tenant: &'a str }
///
/// /// The API.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_label_set", global = API)]
/// struct ApiMetrics {
///     /// Requests.
///     #[metric(max_series = 100)]
///     requests_total: Family<Tenant<'static>, Counter>,
/// }
///
/// let tenant = String::from("acme");
/// count(&API.requests_total, Tenant { tenant: &tenant });
/// assert_eq!(API.requests_total.with(Tenant { tenant: "acme" }).get(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a set of labels",
    label = "not a label set",
    note = "labels are an enum with `#[derive(LabelValue)]`, a tuple of up to six such enums, or a struct with `#[derive(LabelSet)]`, whose fields may be strings and integers too"
)]
pub trait LabelSet {
    /// The same label set, with values borrowed for `'a`.
    type With<'a>: LabelSet;

    /// The values of the labels, if they can be written one by one.
    #[doc(hidden)]
    type Values;

    /// How these values are named.
    #[doc(hidden)]
    const NAMING: Naming;

    /// Creates the label set from its values.
    #[doc(hidden)]
    fn from_values(values: Self::Values) -> Self
    where
        Self: Sized;

    /// All labels, in order.
    #[doc(hidden)]
    const LABELS: LabelList;

    /// The number of combinations of closed values.
    #[doc(hidden)]
    const COMBINATIONS: usize = Self::LABELS.combinations();

    /// Whether the labels have names of their own. Otherwise the family names them, and all of them
    /// are open.
    #[doc(hidden)]
    const IS_NAMED: bool = true;

    /// Returns the index of the combination of closed values.
    #[doc(hidden)]
    fn position(&self) -> usize;

    /// Returns the number of open labels.
    #[doc(hidden)]
    #[inline]
    fn open_len(&self) -> usize {
        Self::LABELS.open()
    }

    /// Calls `visit` with the value of every open label, in order.
    #[doc(hidden)]
    fn visit_open(&self, visit: &mut impl FnMut(&str));
}

impl<K: LabelSet> storage::KeyLabels for K {
    #[inline]
    fn closed(&self) -> u32 {
        self.position() as u32
    }

    #[inline]
    fn open_len(&self) -> usize {
        LabelSet::open_len(self)
    }

    #[inline]
    fn open_values(&self, visit: &mut impl FnMut(&str)) {
        self.visit_open(visit);
    }
}

/// How the values of a set are named where they are written one by one.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum Naming {
    /// Like the labels.
    ByLabel,
    /// Like these fields.
    ByField(&'static [&'static str]),
    /// They can only be written as a whole.
    Whole,
}

/// The largest number of labels of a set.
pub(crate) const MAX_LABELS: usize = 24;

/// The default limit on the bytes of an open label value. Values come from requests, and a limit on
/// the number of series alone does not limit their memory.
pub(crate) const MAX_LABEL_BYTES: usize = 1_024;

/// One label of a set.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Label {
    pub(crate) name: &'static str,
    pub(crate) values: ValueSet,
    /// Whether its name is that of the family.
    pub(crate) is_called_as_family: bool,
}

/// The labels of a set.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct LabelList {
    labels: [Label; MAX_LABELS],
    len: usize,
    /// Whether they come from a tuple, whose names nothing has compared yet.
    is_tuple: bool,
}

impl LabelList {
    /// Creates an empty list.
    pub const fn new() -> LabelList {
        let none = Label { name: "", values: ValueSet::OPEN, is_called_as_family: false };
        LabelList { labels: [none; MAX_LABELS], len: 0, is_tuple: false }
    }

    /// Adds a label.
    #[must_use]
    pub const fn label(self, name: &'static str, values: ValueSet) -> LabelList {
        self.and(Label { name, values, is_called_as_family: false })
    }

    /// Adds a label whose name is that of the family.
    pub(crate) const fn called_as_family(self, values: ValueSet) -> LabelList {
        self.and(Label { name: "state", values, is_called_as_family: true })
    }

    /// Adds all labels of another set.
    #[must_use]
    pub const fn set(mut self, set: LabelList) -> LabelList {
        let mut i = 0;
        while i < set.len {
            self = self.and(set.labels[i]);
            i += 1;
        }
        self
    }

    const fn tuple(mut self) -> LabelList {
        self.is_tuple = true;
        self
    }

    const fn and(mut self, label: Label) -> LabelList {
        if self.len == MAX_LABELS {
            panic!(
                "a set has at most 24 labels\nhelp: use fewer labels: each one multiplies the series"
            );
        }
        self.labels[self.len] = label;
        self.len += 1;
        self
    }

    /// Returns the number of labels.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// Returns whether there are no labels.
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the name of the label at `index`.
    pub(crate) const fn name(&self, index: usize) -> &'static str {
        self.labels[index].name
    }

    /// Returns all labels, in order.
    pub(crate) const fn as_slice(&self) -> &[Label] {
        self.labels.split_at(self.len).0
    }

    pub(crate) const fn has(&self, name: &str) -> bool {
        let mut i = 0;
        while i < self.len {
            if equal_labels(self.labels[i].name, name) {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Returns the number of combinations of closed values.
    pub(crate) const fn combinations(&self) -> usize {
        let (mut combinations, mut i) = (1usize, 0);
        while i < self.len {
            combinations = combinations.saturating_mul(self.labels[i].values.count());
            i += 1;
        }
        combinations
    }

    /// Returns whether a label has values most of which never occur.
    pub(crate) const fn is_sparse(&self) -> bool {
        let mut i = 0;
        while i < self.len {
            if self.labels[i].values.is_sparse() {
                return true;
            }
            i += 1;
        }
        false
    }

    /// Returns the number of open labels.
    pub(crate) const fn open(&self) -> usize {
        let (mut open, mut i) = (0, 0);
        while i < self.len {
            open += !self.labels[i].values.is_closed() as usize;
            i += 1;
        }
        open
    }
}

impl fmt::Debug for LabelList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.as_slice()).finish()
    }
}

impl Default for LabelList {
    fn default() -> Self {
        LabelList::new()
    }
}

/// Returns the value of a label of a series, given the index of its combination of closed values
/// and its open ones.
pub(crate) fn value_of<L: LabelSet>(position: usize, key: Option<&Key>, label: usize) -> &str {
    let labels = const { &L::LABELS }.as_slice();
    let Some((before, [own, after @ ..])) = labels.split_at_checked(label) else { return "" };
    if own.values.is_closed() {
        let position = after.iter().fold(position, |left, label| left / label.values.count());
        return own.values.get(position % own.values.count());
    }
    let index = before.iter().filter(|label| !label.values.is_closed()).count();
    key.and_then(|key| key.values(L::LABELS.open()).nth(index)).unwrap_or_default()
}

macro_rules! tuples {
    ($(($($type:ident $index:tt),*))*) => {$(
        impl<$($type: LabelSet),*> LabelSet for ($($type,)*) {
            type With<'a> = ($($type::With<'a>,)*);
            type Values = ($($type,)*);

            // If each element is one label, it is clear which one a value is for.
            const NAMING: Naming = if $($type::LABELS.len() == 1)&&* {
                Naming::ByLabel
            } else {
                Naming::Whole
            };

            #[inline]
            fn from_values(values: Self::Values) -> Self {
                values
            }

            const LABELS: LabelList = LabelList::new()$(.set($type::LABELS))*.tuple();

            #[inline]
            fn position(&self) -> usize {
                let position = 0;
                $(let position = position * $type::COMBINATIONS + self.$index.position();)*
                position
            }

            #[inline]
            fn visit_open(&self, visit: &mut impl FnMut(&str)) {
                $(self.$index.visit_open(visit);)*
            }
        }
    )*};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}

/// Stops the compilation if no metric may have a label with this name.
#[track_caller]
pub const fn check_label_name(label: &str, waived: Rules) {
    naming::check_declared_label(label, false, waived);
}

/// Stops the compilation if no metric may have a label with this name, which comes from a type.
#[track_caller]
pub const fn check_label_type(label: &str, waived: Rules) {
    naming::check_declared_label(label, true, waived);
}

/// Stops the compilation if a label waives a rule that it does not break.
#[track_caller]
pub const fn check_label_waived(label: &str, waived: Rules) {
    naming::check_label_waived(label, waived);
}

/// Stops the compilation if a label is marked `utf8` although its name needs no UTF-8 support.
#[track_caller]
pub const fn check_label_utf8(label: &str) {
    naming::check_utf8(label, NameKind::Label);
}

/// Stops the compilation if a label of the flattened set has the same name as one of the struct's
/// `own`, or one of a set that was flattened before it.
#[track_caller]
pub const fn check_flattened_labels(set: LabelList, own: &[&str], before: &[LabelList]) {
    check_tuple(&set);
    let flattened = set.as_slice();
    let mut i = 0;
    while i < flattened.len() {
        let name = flattened[i].name;
        let mut j = 0;
        while j < own.len() {
            if equal_labels(name, own[j]) {
                let mut text = Message::new();
                text.push_all(&["the flattened set has a label `", name, "` that this struct has, too\nhelp: rename that of the struct: `#[label(rename = \"…\")]`"]);
                panic!("{}", text.as_str());
            }
            j += 1;
        }
        let mut j = 0;
        while j < before.len() {
            if before[j].has(name) {
                let mut text = Message::new();
                text.push_all(&[
                    "two flattened sets have a label `",
                    name,
                    "`\nhelp: rename it in one of them: `#[label(rename = \"…\")]`",
                ]);
                panic!("{}", text.as_str());
            }
            j += 1;
        }
        i += 1;
    }
    let (mut len, mut i) = (flattened.len() + own.len(), 0);
    while i < before.len() {
        len += before[i].len;
        i += 1;
    }
    if len > MAX_LABELS {
        panic!(
            "with this flattened set, there are more than 24 labels\nhelp: use fewer labels: each one multiplies the series"
        );
    }
}

/// Stops the compilation if two labels of a tuple have the same name.
#[track_caller]
pub(crate) const fn check_tuple(set: &LabelList) {
    if !set.is_tuple {
        return;
    }
    let labels = set.as_slice();
    let mut i = 0;
    while i < labels.len() {
        let mut j = 0;
        while j < i {
            if equal_labels(labels[i].name, labels[j].name) {
                let mut text = Message::new();
                text.push_all(&[
                    "two labels of the tuple are called `",
                    labels[i].name,
                    "`\nhelp: name them by the fields of a struct with `#[derive(LabelSet)]`",
                ]);
                panic!("{}", text.as_str());
            }
            j += 1;
        }
        i += 1;
    }
}
