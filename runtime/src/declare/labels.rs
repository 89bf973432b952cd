//! The labels of a declared metric: their names, and how many series they make.

use super::{Field, Scope};
use crate::descriptor::Descriptor;
use crate::kind::Kind;
use crate::labels::{Label, LabelList};
use crate::metric::{Metric, states_problem};
use crate::naming::{self, DEFAULT_BUCKETS, Message, NameKind, equal, equal_labels, is_classic};

/// The largest number of labels of a metric, including those of its struct.
const MAX_LABELS: usize = 2 * crate::labels::MAX_LABELS;

/// The names of a metric's labels.
#[derive(Debug)]
pub struct LabelNames {
    names: [&'static str; MAX_LABELS],
    len: usize,
}

impl LabelNames {
    pub(super) const fn of(
        scope: &[&'static str],
        own: &LabelList,
        family: &'static str,
    ) -> LabelNames {
        let mut names = LabelNames { names: [""; MAX_LABELS], len: 0 };
        let mut i = 0;
        while i < scope.len() {
            names = names.and(scope[i]);
            i += 1;
        }
        let own = own.as_slice();
        let mut i = 0;
        while i < own.len() {
            names = names.and(if own[i].is_called_as_family { family } else { own[i].name });
            i += 1;
        }
        names
    }

    const fn and(mut self, name: &'static str) -> LabelNames {
        if self.len == MAX_LABELS {
            panic!("a metric has at most 48 labels\nhelp: each label multiplies the series");
        }
        self.names[self.len] = name;
        self.len += 1;
        self
    }

    pub(super) const fn as_slice(&self) -> &[&'static str] {
        self.names.split_at(self.len).0
    }
}

/// Returns the names of the labels of a field. For a metric without labels of its own these are its
/// scope's. The constant with both is not named here, since naming it would evaluate it.
pub(super) const fn label_names<F: Field>() -> &'static [&'static str] {
    if <F::Metric as Metric>::LABEL_LIST.is_empty() {
        <F::Scope as Scope>::LABEL_NAMES
    } else {
        all_names::<F>()
    }
}

/// Returns whether one of its own labels has a name that needs UTF-8 support.
pub(super) const fn has_utf8_label<F: Field>() -> bool {
    let labels = <F::Metric as Metric>::LABEL_LIST.as_slice();
    let mut i = 0;
    while i < labels.len() {
        if !labels[i].name.is_empty() && !is_classic(labels[i].name, NameKind::Label) {
            return true;
        }
        i += 1;
    }
    false
}

const fn all_names<F: Field>() -> &'static [&'static str] {
    F::LABELS.as_slice()
}

/// Returns the number of lines of one series.
const fn lines<F: Field>() -> usize {
    match <F::Metric as Metric>::KIND {
        // The buckets, `+Inf`, the sum and the count.
        Kind::Histogram => F::CHECKED.buckets().len() + 3,
        // The quantiles, the sum and the count.
        Kind::Summary => F::FACTS.options.quantiles.len() + 2,
        _ => 1,
    }
}

/// The largest number of lines of a closed family that exposes its zeros.
const MAX_ZEROS: usize = 100;

pub(super) const fn is_sparse<F: Field>() -> bool {
    let labels = <F::Metric as Metric>::LABEL_LIST;
    if labels.is_empty() {
        return false;
    }
    let bounds = match F::FACTS.options.buckets {
        Some(buckets) => buckets.bounds.len(),
        None => DEFAULT_BUCKETS.len(),
    };
    let lines = match <F::Metric as Metric>::KIND {
        Kind::Histogram => bounds + 3,
        Kind::Summary => F::FACTS.options.quantiles.len() + 2,
        // Only one series at a time is exposed.
        Kind::Info => return true,
        _ => 1,
    };
    let is_sparse = labels.is_sparse() || labels.combinations().saturating_mul(lines) > MAX_ZEROS;
    labels.open() == 0 && is_sparse && !F::FACTS.options.zeros
}

/// The largest number of series, and of lines, of a family without `max_series`.
const MAX_SERIES: usize = 1_000;
const MAX_LINES: usize = 10_000;

/// Stops the compilation if the labels do not fit the metric, or make too many series.
#[track_caller]
pub(super) const fn check_labels<F: Field>() {
    let descriptor = F::CHECKED;
    let list = <F::Metric as Metric>::LABEL_LIST;
    let labels = list.as_slice();
    crate::labels::check_tuple(list);
    let mut i = 0;
    while i < labels.len() {
        if labels[i].name.is_empty() {
            panic!(
                "an array does not name its labels\nhelp: name them by the fields of a struct with `#[derive(LabelSet)]`"
            );
        }
        if labels[i].is_called_as_family
            && let Some(problem) = states_problem(labels[i].values)
        {
            panic!("{}", problem);
        }
        naming::check_reserved_label(labels[i].name, descriptor.kind);
        let before = <F::Scope as Scope>::LABEL_NAMES;
        let constant = <F::Scope as Scope>::CONST_LABELS;
        let mut j = 0;
        while j < before.len() + constant.len() {
            let other = if j < before.len() { before[j] } else { constant[j - before.len()].0 };
            if equal(other, labels[i].name)
                || descriptor.needs_escaping && equal_labels(other, labels[i].name)
            {
                refuse_double_label(other);
            }
            j += 1;
        }
        if descriptor.needs_escaping {
            refuse_equal_label(labels, i);
        }
        i += 1;
    }
    if F::FACTS.options.max_series.is_some() || is_info::<F>() {
        return;
    }
    if list.open() > 0 {
        refuse_open(labels);
    }
    let (series, lines) = (list.combinations(), lines::<F>());
    if series > MAX_SERIES || series.saturating_mul(lines) > MAX_LINES {
        refuse_many(labels, series, lines);
    }
}

const fn is_info<F: Field>() -> bool {
    matches!(<F::Metric as Metric>::KIND, Kind::Info)
}

#[track_caller]
const fn refuse_open(labels: &[Label]) -> ! {
    let mut text = Message::new();
    text.push("any value may come in label `");
    let mut i = 0;
    while labels[i].values.is_closed() {
        i += 1;
    }
    text.push_all(&[labels[i].name, "`, so the family needs a limit\nhelp: add `#[metric(max_series = 500)]`; the updates of further series then go to one whose open labels are `__other__`"]);
    panic!("{}", text.as_str());
}

#[track_caller]
const fn refuse_many(labels: &[Label], series: usize, lines: usize) -> ! {
    let mut text = Message::new();
    let mut i = 0;
    while i < labels.len() {
        // A label with one value multiplies nothing; kinds of errors are among the outcomes.
        if labels[i].values.count() == 1 {
            i += 1;
            continue;
        }
        if !text.is_empty() {
            text.push(" × ");
        }
        text.push_all(&["`", labels[i].name, "` "]);
        text.push_number(labels[i].values.count());
        i += 1;
    }
    if labels.len() > 1 {
        text.push(" = ");
        text.push_number(series);
    }
    text.push(" series");
    if lines > 1 {
        text.push(" × ");
        text.push_number(lines);
        text.push(" lines = ");
        text.push_number(series.saturating_mul(lines));
        text.push(" lines");
    }
    text.push(", and a family has at most 1000 series and 10000 lines unless it says otherwise\nhelp: leave out a label, or add `#[metric(max_series = ");
    text.push_number(series);
    text.push(")]` if you mean it");
    panic!("{}", text.as_str());
}

/// The largest number of combinations of closed values: a series of an open family stores its
/// combination in 31 bits.
const MAX_COMBINATIONS: usize = 1 << 31;

/// Refuses a label whose name equals that of an earlier one for some scrapers.
#[track_caller]
const fn refuse_equal_label(labels: &[Label], index: usize) {
    let name = labels[index].name;
    let mut i = 0;
    while i < index {
        if equal_labels(name, labels[i].name) {
            let mut text = Message::new();
            text.push_all(&[
                "labels `",
                labels[i].name,
                "` and `",
                name,
                "` are the same to scrapers that only support `[a-zA-Z0-9_]`\nhelp: rename one",
            ]);
            panic!("{}", text.as_str());
        }
        i += 1;
    }
}

#[track_caller]
const fn refuse_double_label(name: &str) -> ! {
    let mut text = Message::new();
    text.push_all(&["label `", name, "` is both a label of the family and one of its struct\nhelp: remove it from the struct's `instance(…)` or `const_labels(…)`, or rename that of the family: `#[label(rename = \"…\")]` on its field, `#[label(name = \"…\")]` on its type"]);
    panic!("{}", text.as_str());
}

/// Stops the compilation if the metric cannot have its `max_series`.
#[track_caller]
pub const fn check_max_series<F: Field>() {
    let list = <F::Metric as Metric>::LABEL_LIST;
    let Some(max_series) = F::FACTS.options.max_series else { return };
    if is_info::<F>() {
        panic!("an info has only one series at a time\nhelp: remove `max_series`");
    }
    if list.as_slice().is_empty() {
        panic!("only a family has series to limit\nhelp: remove `max_series`");
    }
    if max_series == 0 {
        panic!("a family without series counts nothing\nhelp: write `max_series = 500`");
    }
    let series = list.combinations();
    if series > MAX_COMBINATIONS {
        panic!(
            "the closed labels have more than 2147483648 combinations\nhelp: use fewer labels: each one multiplies the series"
        );
    }
    if list.open() == 0 && max_series < series {
        let mut text = Message::new();
        text.push("the labels have ");
        text.push_number(series);
        text.push(" combinations, and each is a series\nhelp: write `max_series = ");
        text.push_number(series);
        text.push("`, or leave out a label");
        panic!("{}", text.as_str());
    }
}

/// Stops the compilation if the metric has no label that `max_label_bytes` could apply to, or it is
/// 0.
#[track_caller]
pub const fn check_max_label_bytes<F: Field>() {
    if <F::Metric as Metric>::LABEL_LIST.open() == 0 {
        panic!(
            "only the values of open labels can be too long: those of closed labels are all known\nhelp: remove `max_label_bytes`"
        );
    }
    if let Some(0) = F::FACTS.options.max_label_bytes {
        panic!("`max_label_bytes` must not be 0\nhelp: write `max_label_bytes = 4096`");
    }
}

/// The error for an `expire_after` of zero.
pub(crate) const EXPIRES_AT_ONCE: &str = "a series that expires at once is never scraped\nhelp: write a time longer than the scrape interval";

/// Stops the compilation if the metric has no series that could expire.
#[track_caller]
pub const fn check_expire_after<F: Field>() {
    if <F::Metric as Metric>::LABEL_LIST.open() == 0 {
        panic!(
            "only the series of an open family expire: those of closed labels are all known\nhelp: remove `expire_after`"
        );
    }
    if let Some(after) = F::FACTS.options.expire_after
        && after.is_zero()
    {
        panic!("{}", EXPIRES_AT_ONCE);
    }
}

/// Stops the compilation if the series of the metric are not known, so that it has no zeros.
#[track_caller]
pub const fn check_zeros<F: Field>() {
    let list = <F::Metric as Metric>::LABEL_LIST;
    if list.as_slice().is_empty() {
        panic!("a metric without labels is always exposed\nhelp: remove `zeros`");
    }
    if list.open() > 0 {
        panic!(
            "the series of an open family are not known in advance\nhelp: remove `zeros`, or make every label an enum"
        );
    }
}

/// Stops the compilation if a family has a label that its scope has, too.
#[track_caller]
pub(super) const fn check_double_labels(descriptor: &Descriptor) {
    let names = descriptor.label_names.declared();
    let constant = descriptor.const_labels.declared();
    let mut i = 0;
    while i < names.len() {
        let mut j = 0;
        while j < i + constant.len() {
            let other = if j < i { names[j] } else { constant[j - i].0 };
            if equal(names[i], other) || descriptor.needs_escaping && equal_labels(names[i], other)
            {
                refuse_double_label(other);
            }
            j += 1;
        }
        i += 1;
    }
}
