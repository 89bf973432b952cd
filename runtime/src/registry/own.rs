//! The registry's own families: what is wrong with those of others.

use std::borrow::Cow;

use super::family::Family;
use super::list::SeriesList;
use crate::descriptor::{Descriptor, Location, Names};
use crate::kind::Kind;
use crate::naming::Rules;
use crate::storage::{is_any_overflow, is_any_rejected};
use crate::unit::Scale;

/// One of the registry's own families, which show only what is not 0.
pub(super) struct OwnFamily {
    pub(super) descriptor: Descriptor,
    /// Which of them it is.
    pub(super) index: usize,
    pub(super) figure: Figure,
}

/// What one of the registry's own families tells.
pub(super) enum Figure {
    Problems,
    /// A figure of each declared family, if any can be other than 0.
    OfFamilies {
        is_any: fn() -> bool,
        of: fn(&Family, &SeriesList) -> u64,
    },
}

/// The crate's own metrics.
const BASE: Descriptor = Descriptor {
    name: Cow::Borrowed(""),
    help: Cow::Borrowed(""),
    kind: Kind::Gauge,
    unit: None,
    label_names: Names::NONE,
    const_labels: &[],
    buckets: Cow::Borrowed(&[]),
    location: Location { package: "measurand", file: file!(), line: line!() },
    waived: Rules::NONE,
    scale: Scale::Whole,
    type_unit: "",
    is_open: false,
    is_sparse: false,
};

/// By name.
pub(super) static OWN: [OwnFamily; 3] = [
    OwnFamily {
        descriptor: Descriptor {
            name: Cow::Borrowed("measurand_conflicts"),
            help: Cow::Borrowed("Conflicts that keep metrics off the page, each in the log."),
            ..BASE
        },
        index: 0,
        figure: Figure::Problems,
    },
    OwnFamily {
        descriptor: Descriptor {
            name: Cow::Borrowed("measurand_overflow_updates_total"),
            help: Cow::Borrowed(
                "Updates of series that a family's limit kept from being made, by family.",
            ),
            kind: Kind::Counter,
            label_names: Names::Declared(&["family"]),
            ..BASE
        },
        index: 1,
        figure: Figure::OfFamilies {
            is_any: is_any_overflow,
            of: |family, _| family.sum_of_open(|family| family.overflow_updates()),
        },
    },
    OwnFamily {
        descriptor: Descriptor {
            name: Cow::Borrowed("measurand_rejected_values_total"),
            help: Cow::Borrowed(
                "Values that a metric could not store, such as NaN seconds, by family.",
            ),
            kind: Kind::Counter,
            label_names: Names::Declared(&["family"]),
            ..BASE
        },
        index: 2,
        figure: Figure::OfFamilies {
            is_any: is_any_rejected,
            of: |family, list| {
                list.rejected().wrapping_add(family.sum_of_open(|family| family.rejected()))
            },
        },
    },
];
