//! The registry's own families, which tell about problems with others.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Weak};

use once_cell::race::OnceBox;

use super::claims::Claims;
use super::collected_points::CollectedPoints;
use super::collector::Background;
use super::family::{Listed, ListedFamily};
use super::points::Points;
use super::published::Published;
use super::registered_collector::RegisteredCollector;
use crate::descriptor::{ConstLabels, Descriptor, Location, Names};
use crate::kind::Kind;
use crate::naming::Rules;
use crate::read::Point;
use crate::storage::{is_any_overflow, is_any_rejected};
use crate::unit::Scale;

/// The common part of the crate's own descriptors.
const BASE: Descriptor = Descriptor {
    name: Cow::Borrowed(""),
    help: Cow::Borrowed(""),
    kind: Kind::Counter,
    unit: None,
    label_names: Names::Declared(&["family"]),
    const_labels: ConstLabels::NONE,
    buckets: Cow::Borrowed(&[]),
    location: Location { package: "measurand", file: file!(), line: line!() },
    waived: Rules::NONE,
    scale: Scale::Whole,
    type_unit: "",
    is_open: false,
    is_sparse: false,
    needs_escaping: false,
};

static CACHED_AGE: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_cached_age_seconds"),
    help: Cow::Borrowed(
        "Age of what a cached collector shows, the oldest by the type of the collector.",
    ),
    kind: Kind::Gauge,
    unit: Some("seconds"),
    label_names: Names::Declared(&["collector"]),
    scale: Scale::Fractional,
    type_unit: "seconds",
    ..BASE
};

static COLLECTOR_PANICS: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_collector_panics_total"),
    help: Cow::Borrowed("Panics of collectors, by the type of the collector."),
    label_names: Names::Declared(&["collector"]),
    ..BASE
};

static COLLECTOR_TIMEOUTS: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_collector_timeouts_total"),
    help: Cow::Borrowed(
        "Gathers that left a collector out since it came too late, by the type of the collector.",
    ),
    label_names: Names::Declared(&["collector"]),
    ..BASE
};

static CONFLICTS: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_conflicts"),
    help: Cow::Borrowed("Conflicts that keep metrics off the page, each in the log."),
    kind: Kind::Gauge,
    label_names: Names::NONE,
    ..BASE
};

static OVERFLOW: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_overflow_updates_total"),
    help: Cow::Borrowed("Updates of series that a family's limit kept from being made, by family."),
    ..BASE
};

static REJECTED: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_rejected_values_total"),
    help: Cow::Borrowed("Values that a metric could not store, such as NaN seconds, by family."),
    ..BASE
};

/// The collector number of the registry itself.
pub(super) const OWNER: u64 = u64::MAX;

/// Returns the registry's own families, which always exist.
pub(super) fn claims() -> &'static Claims {
    static OWN: OnceBox<Claims> = OnceBox::new();
    let own = || {
        [&CACHED_AGE, &COLLECTOR_PANICS, &COLLECTOR_TIMEOUTS, &CONFLICTS, &OVERFLOW, &REJECTED]
            .map(Descriptor::clone)
    };
    // Without a view nothing can be wrong with them.
    OWN.get_or_init(|| Box::new(Claims::of(own().into(), None).unwrap_or_default()))
}

/// What the registry's own collector reads.
pub(super) struct RegistryFigures<'a> {
    pub(super) published: &'a Published,
    /// The list of each family.
    pub(super) lists: &'a [Arc<Listed>],
    /// The number of problems that keep metrics off the page.
    pub(super) problems: u64,
}

impl RegistryFigures<'_> {
    /// Adds a point for every number that is not 0.
    pub(super) fn collect(&self, collected: &mut CollectedPoints) {
        let mut given = collected.buffer(OWNER);
        let points = &mut Points::new(&mut given, claims());
        if self.problems > 0 {
            points.push(&CONFLICTS, &[], Point::gauge(self.problems));
        }
        if is_any_overflow() {
            self.push(points, &OVERFLOW, |family, _| {
                family.sum_of_open(|family| family.overflow_updates())
            });
        }
        if is_any_rejected() {
            self.push(points, &REJECTED, |family, listed| {
                let rejected = family.sum_of_open(|family| family.rejected());
                listed.series.rejected().wrapping_add(rejected)
            });
        }
        self.push_failures(points, &COLLECTOR_PANICS, |it| {
            let own = it.panics.load(Ordering::Relaxed);
            it.background().map_or((it.title, own), |cached| (cached.title, own + cached.panics))
        });
        self.push_failures(points, &COLLECTOR_TIMEOUTS, |it| {
            (it.title, it.timeouts.load(Ordering::Relaxed))
        });
        self.push_ages(points);
        collected.push(given);
    }

    /// Adds a number for each family where it is not 0.
    fn push(
        &self,
        points: &mut Points<'_>,
        descriptor: &Descriptor,
        figure: impl Fn(&ListedFamily, &Listed) -> u64,
    ) {
        for (family, listed) in std::iter::zip(&self.published.families, self.lists) {
            let figure = figure(family, listed);
            if figure > 0 {
                points.push(descriptor, &[family.descriptor.name()], Point::counter(figure));
            }
        }
    }

    /// Adds how often collectors failed.
    fn push_failures(
        &self,
        points: &mut Points<'_>,
        descriptor: &Descriptor,
        failures: impl Fn(&RegisteredCollector) -> (&'static str, u64),
    ) {
        let collectors = self.published.collectors.iter();
        // Collectors of one type are counted together. Nothing is allocated if none failed.
        let mut counts = BTreeMap::<_, u64>::new();
        for collector in collectors.filter_map(|(_, entry, _)| entry.upgrade()) {
            let (title, count) = failures(&collector);
            if count > 0 {
                *counts.entry(title).or_default() += count;
            }
        }
        for (title, count) in counts {
            points.push(descriptor, &[title], Point::counter(count));
        }
    }

    /// Adds the age of the results of cached collectors, the oldest for each type. There are few,
    /// so this compares all of them rather than allocate.
    fn push_ages(&self, points: &mut Points<'_>) {
        let of =
            |(_, entry, _): &(u64, Weak<RegisteredCollector>, _)| entry.upgrade()?.background();
        let cached = || self.published.collectors.iter().filter_map(of);
        for (index, Background { title, .. }) in cached().enumerate() {
            let of_type = |other: &Background| other.title == title;
            if !cached().take(index).any(|other| of_type(&other)) {
                let age = cached().filter(of_type).map(|other| other.age).max();
                points.push(&CACHED_AGE, &[title], Point::gauge(age.unwrap_or_default()));
            }
        }
    }
}
