//! What a gather walks: families in order, each with its series and where their values are.
//!
//! A plan is made when the set of series has changed, and kept until it changes again, so that a
//! gather sorts and allocates nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::Labels;
use super::conflict::{Conflict, Problem};
use super::settings::Settings;
use super::sink::{HistogramValue, Sink, Value};
use crate::collect::{Collect, Fields, Reading};
use crate::descriptor::{Descriptor, Location};
use crate::kind::Kind;
use crate::naming::{Rules, claims};
use crate::number::Number;
use crate::place::Totals;
use crate::storage::Sweep;

/// What a gather needs room for, kept between gathers.
#[derive(Default)]
pub(super) struct Scratch {
    sweep: Sweep,
    reading: Reading,
}

/// Where a value comes from.
#[derive(Clone)]
pub(super) enum Source {
    Static(&'static dyn Collect),
    Instance(Arc<dyn Fields>, usize),
    /// How many values another metric has rejected.
    Rejected(Box<Source>),
    /// A figure of the plan itself.
    Constant(u64),
}

impl Source {
    fn collect(&self) -> Option<&dyn Collect> {
        match self {
            Source::Static(metric) => Some(*metric),
            Source::Instance(fields, index) => fields.metric(*index),
            Source::Rejected(_) | Source::Constant(_) => None,
        }
    }

    fn rejected(&self) -> Option<u64> {
        self.collect()?.rejected()
    }

    fn read(&self, totals: &Totals, reading: &mut Reading) {
        match self {
            Source::Rejected(of) => {
                reading.add(Number::Whole(of.rejected().unwrap_or(0).into()));
            }
            Source::Constant(value) => reading.add(Number::Whole((*value).into())),
            _ => {
                if let Some(metric) = self.collect() {
                    metric.read(totals, reading);
                }
            }
        }
    }
}

struct Series {
    labels: Labels,
    /// Equal series add up; there is nearly always one.
    first: Source,
    more: Vec<Source>,
}

impl Series {
    fn read(&self, totals: &Totals, reading: &mut Reading) {
        reading.clear();
        self.first.read(totals, reading);
        self.more.iter().for_each(|source| source.read(totals, reading));
    }
}

struct Family {
    descriptor: Descriptor,
    /// Series that are 0 are left out, and the family with them.
    is_sparse: bool,
    series: Vec<Series>,
}

pub(super) struct Plan {
    families: Vec<Family>,
    problems: Vec<Problem>,
}

impl Plan {
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(super) fn gather(&self, sink: &mut dyn Sink, scratch: &mut Scratch) {
        let Scratch { sweep, reading } = scratch;
        let totals = sweep.take();
        for family in &self.families {
            let mut is_begun = false;
            for series in &family.series {
                series.read(totals, reading);
                let number = reading.number();
                if family.is_sparse && number == Number::Whole(0) {
                    continue;
                }
                if !is_begun {
                    sink.family(&family.descriptor);
                    is_begun = true;
                }
                let value = match family.descriptor.kind {
                    Kind::Counter => Value::Counter(number.wrapped()),
                    Kind::Histogram => Value::Histogram(HistogramValue {
                        bounds: family.descriptor.buckets,
                        counts: reading.buckets(),
                        sum: number,
                    }),
                    _ => Value::Gauge(number),
                };
                sink.series(&family.descriptor, &series.labels, value);
            }
        }
    }
}

/// The crate's own metrics.
const OWN: Descriptor = Descriptor {
    name: Cow::Borrowed(""),
    help: "",
    kind: Kind::Gauge,
    unit: None,
    label_names: &[],
    const_labels: &[],
    buckets: &[],
    location: Location { package: "measurand", file: file!(), line: line!() },
    waived: Rules::NONE,
    type_unit: "",
};

const CONFLICTS: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_conflicts"),
    help: "Families left out because their name is taken.",
    ..OWN
};

const REJECTED: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_rejected_values_total"),
    help: "Values that a metric could not store, such as NaN seconds, by family.",
    kind: Kind::Counter,
    label_names: &["family"],
    ..OWN
};

/// Puts a plan together.
pub(super) struct Builder<'a> {
    settings: &'a Settings,
    candidates: Vec<Candidate>,
    /// Where the candidates of a declaration are, by address.
    known: HashMap<*const Descriptor, Option<usize>>,
    problems: Vec<Problem>,
}

/// All series of one declaration.
struct Candidate {
    descriptor: Descriptor,
    series: Vec<(Labels, Source)>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Builder { settings, candidates: Vec::new(), known: HashMap::new(), problems: Vec::new() }
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds a series of the declaration, with the values of its labels in order.
    pub(super) fn series(
        &mut self,
        descriptor: &'static Descriptor,
        label_values: &[String],
        source: Source,
    ) {
        let (settings, candidates) = (self.settings, &mut self.candidates);
        let index = *self.known.entry(descriptor).or_insert_with(|| {
            if settings.excludes(descriptor) {
                return None;
            }
            let descriptor = settings.apply(descriptor);
            candidates.push(Candidate { descriptor, series: Vec::new() });
            Some(candidates.len() - 1)
        });
        let Some(index) = index else { return };
        let own = std::iter::zip(descriptor.label_names, label_values)
            .map(|(name, value)| (Cow::Borrowed(*name), Cow::Owned(value.clone())));
        let constant = descriptor
            .const_labels
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), Cow::Borrowed(*value)));
        let labels = self.labels(own.chain(constant));
        self.candidates[index].series.push((labels, source));
    }

    fn labels(
        &self,
        declared: impl Iterator<Item = (Cow<'static, str>, Cow<'static, str>)>,
    ) -> Labels {
        let set = self.settings.labels.iter();
        let set = set.map(|(name, value)| (Cow::Owned(name.clone()), Cow::Owned(value.clone())));
        Labels::new(declared.chain(set).collect())
    }

    pub(super) fn build(mut self) -> Plan {
        // The first by package, file and line stays; this crate's own come before all.
        self.candidates.sort_by(|a, b| {
            (a.descriptor.location, &a.descriptor.name)
                .cmp(&(b.descriptor.location, &b.descriptor.name))
        });
        let mut claimed: HashMap<String, usize> = HashMap::new();
        let mut families: Vec<Family> = Vec::new();
        claim(&mut claimed, &CONFLICTS, usize::MAX);
        claim(&mut claimed, &REJECTED, usize::MAX - 1);
        for candidate in std::mem::take(&mut self.candidates) {
            let Candidate { descriptor, series } = candidate;
            let same = claimed.get(descriptor.name.as_ref()).copied().filter(|index| {
                families.get(*index).is_some_and(|other| other.descriptor.same_family(&descriptor))
            });
            let index = match (same, taken(&claimed, &descriptor)) {
                (Some(index), _) => index,
                (None, Some(index)) => {
                    let stays = match families.get(index) {
                        Some(family) => &family.descriptor,
                        None if index == usize::MAX => &CONFLICTS,
                        None => &REJECTED,
                    };
                    self.problems.push(Problem::Conflict(Conflict::new(stays, &descriptor)));
                    continue;
                }
                (None, None) => {
                    claim(&mut claimed, &descriptor, families.len());
                    families.push(Family { descriptor, is_sparse: false, series: Vec::new() });
                    families.len() - 1
                }
            };
            for (labels, source) in series {
                families[index].series.push(Series { labels, first: source, more: Vec::new() });
            }
        }
        for family in &mut families {
            merge(&mut family.series);
        }
        let by_name = |a: &Family, b: &Family| a.descriptor.name.cmp(&b.descriptor.name);
        families.sort_by(by_name);
        self.add_own(&mut families);
        families.sort_by(by_name);
        Plan { families, problems: self.problems }
    }

    /// The crate's own metrics, which show only when they have something to say.
    fn add_own(&self, families: &mut Vec<Family>) {
        let conflicts =
            self.problems.iter().filter(|problem| matches!(problem, Problem::Conflict(_))).count();
        let rejected = families.iter().filter_map(|family| {
            let mut sources = family
                .series
                .iter()
                .flat_map(|series| std::iter::once(&series.first).chain(&series.more))
                .filter(|source| source.rejected().is_some())
                .map(|source| Source::Rejected(Box::new(source.clone())));
            let label = (Cow::Borrowed("family"), family.descriptor.name.clone());
            Some(Series {
                first: sources.next()?,
                more: sources.collect(),
                labels: self.labels(std::iter::once(label)),
            })
        });
        let rejected = rejected.collect();
        families.push(Family { descriptor: REJECTED, is_sparse: true, series: rejected });
        families.push(Family {
            descriptor: CONFLICTS,
            is_sparse: true,
            series: vec![Series {
                labels: self.labels(std::iter::empty()),
                first: Source::Constant(conflicts as u64),
                more: Vec::new(),
            }],
        });
    }
}

/// The family that owns one of the names that `descriptor` needs.
fn taken(claimed: &HashMap<String, usize>, descriptor: &Descriptor) -> Option<usize> {
    let names = claims(&descriptor.name, descriptor.kind).into_iter().flatten();
    names.into_iter().find_map(|(stem, suffix)| claimed.get(&format!("{stem}{suffix}")).copied())
}

fn claim(claimed: &mut HashMap<String, usize>, descriptor: &Descriptor, index: usize) {
    for (stem, suffix) in claims(&descriptor.name, descriptor.kind).into_iter().flatten() {
        claimed.insert(format!("{stem}{suffix}"), index);
    }
}

/// Sorts series by their label values, and makes one of those that are equal.
fn merge(series: &mut Vec<Series>) {
    series.sort_by(|a, b| a.labels.values().cmp(b.labels.values()));
    series.dedup_by(|later, first| {
        let is_equal = later.labels == first.labels;
        if is_equal {
            first.more.push(later.first.clone());
            first.more.append(&mut later.more);
        }
        is_equal
    });
}
