//! The names that a family claims, and conflicts between families.

use super::escaping::{self, FORMS, NameKind, form, is_classic};
use super::text::strip_suffix;
use crate::kind::Kind;

/// A name in two parts, so that it needs no allocation at compile time.
type ClaimedName<'a> = (&'a str, &'static str);

/// Returns every name that a family has in some format: its own, those of its samples, and that of
/// OpenMetrics, which omits `_total` and `_info`.
const fn claims(name: &str, kind: Kind) -> [Option<ClaimedName<'_>>; 5] {
    let own = Some((name, ""));
    match kind {
        Kind::Counter => match strip_suffix(name, "_total") {
            Some(stem) => [own, Some((stem, "")), Some((stem, "_created")), None, None],
            None => [own, None, None, None, None],
        },
        Kind::Histogram => [
            own,
            Some((name, "_bucket")),
            Some((name, "_count")),
            Some((name, "_sum")),
            Some((name, "_created")),
        ],
        Kind::Summary => {
            [own, Some((name, "_count")), Some((name, "_sum")), Some((name, "_created")), None]
        }
        Kind::Info => match strip_suffix(name, "_info") {
            Some(stem) => [own, Some((stem, "")), None, None, None],
            None => [own, None, None, None, None],
        },
        Kind::Gauge | Kind::StateSet | Kind::Unknown => [own, None, None, None, None],
    }
}

const fn byte_at(claim: ClaimedName<'_>, index: usize) -> u8 {
    let head = claim.0.as_bytes();
    if index < head.len() { head[index] } else { claim.1.as_bytes()[index - head.len()] }
}

const fn equal_claims(a: ClaimedName<'_>, b: ClaimedName<'_>) -> bool {
    let len = a.0.len() + a.1.len();
    if len != b.0.len() + b.1.len() {
        return false;
    }
    let mut i = 0;
    while i < len {
        if byte_at(a, i) != byte_at(b, i) {
            return false;
        }
        i += 1;
    }
    true
}

/// Calls `show` with every name that a family has in some format and some escaping, in two parts.
/// Allocates nothing if the name needs no escaping.
pub(crate) fn for_each_claim(name: &str, kind: Kind, mut show: impl FnMut(&str, &str)) {
    let mut show_form = |form: &str| {
        claims(form, kind).into_iter().flatten().for_each(|(stem, suffix)| show(stem, suffix));
    };
    show_form(name);
    if !is_classic(name, NameKind::Metric) {
        escaping::changed_forms(name).for_each(|form| show_form(&form));
    }
}

/// Returns whether two families have a name in common, in any format and any escaping.
///
/// ```
/// use measurand::Kind;
/// use measurand::naming::clash;
/// assert!(clash("queue_total", Kind::Counter, "queue", Kind::Gauge)); // one family in OpenMetrics
/// assert!(clash("wait", Kind::Histogram, "wait_count", Kind::Gauge));
/// assert!(!clash("wait", Kind::Gauge, "wait_count", Kind::Gauge));
/// // Most scrapers see both as `queue_length`.
/// assert!(clash("queue.length", Kind::Gauge, "queue_length", Kind::Gauge));
/// ```
pub const fn clash(a: &str, a_kind: Kind, b: &str, b_kind: Kind) -> bool {
    if is_classic(a, NameKind::Metric) && is_classic(b, NameKind::Metric) {
        clash_classic(a, a_kind, b, b_kind)
    } else {
        clash_escaped(a, a_kind, b, b_kind)
    }
}

/// Returns whether two families have a name in common, if one of their names needs escaping.
pub(crate) const fn clash_escaped(a: &str, a_kind: Kind, b: &str, b_kind: Kind) -> bool {
    let mut index = 0;
    while index < FORMS {
        let (a, b) = (form(a, NameKind::Metric, index), form(b, NameKind::Metric, index));
        if clash_classic(a.as_str(), a_kind, b.as_str(), b_kind) {
            return true;
        }
        index += 1;
    }
    false
}

/// Returns whether two families have a name in common, if neither needs escaping.
pub(crate) const fn clash_classic(a: &str, a_kind: Kind, b: &str, b_kind: Kind) -> bool {
    let (of_a, of_b) = (claims(a, a_kind), claims(b, b_kind));
    let mut i = 0;
    while i < of_a.len() {
        let mut j = 0;
        while j < of_b.len() {
            if let (Some(claim), Some(other)) = (of_a[i], of_b[j])
                && equal_claims(claim, other)
            {
                return true;
            }
            j += 1;
        }
        i += 1;
    }
    false
}
