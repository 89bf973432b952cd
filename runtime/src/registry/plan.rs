//! What a gather walks: families in order, each with its series and where their values are.
//!
//! A plan is made when the set of series has changed, and kept until it changes again, so that a
//! gather sorts and allocates nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::conflict::{Conflict, Problem};
use super::labels::{LabelRange, LabelTable};
use super::settings::Settings;
use super::sink::{HistogramValue, Sink, Value};
use crate::collect::{Collect, Fields};
use crate::descriptor::{Descriptor, Location};
use crate::kind::Kind;
use crate::naming::{Rules, claims};
use crate::number::Number;
use crate::place::Totals;
use crate::storage::Sweep;
use crate::unit::Scale;

/// What a gather needs room for, kept between gathers.
#[derive(Default)]
pub(super) struct Scratch {
    sweep: Sweep,
    buckets: Vec<u64>,
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

    #[inline]
    fn bits(&self, totals: &Totals) -> u64 {
        match self {
            Source::Instance(fields, index) => {
                fields.metric(*index).map_or(0, |metric| metric.bits(totals))
            }
            Source::Static(metric) => metric.bits(totals),
            Source::Rejected(of) => of.rejected().unwrap_or(0),
            Source::Constant(value) => *value,
        }
    }
}

/// Kept small: a gather goes through all of them.
struct Series {
    labels: LabelRange,
    source: Source,
    /// Equal series add up; there is nearly always one.
    #[allow(
        clippy::box_collection,
        reason = "a `Vec` would be three words for nearly always nothing"
    )]
    more: Option<Box<Vec<Source>>>,
}

impl Series {
    fn sources(&self) -> impl Iterator<Item = &Source> {
        std::iter::once(&self.source).chain(self.more.iter().flat_map(|more| more.iter()))
    }

    #[inline]
    fn bits(&self, totals: &Totals, scale: Scale) -> u64 {
        let bits = self.source.bits(totals);
        match &self.more {
            None => bits,
            Some(more) => {
                more.iter().fold(bits, |bits, source| scale.plus(bits, source.bits(totals)))
            }
        }
    }

    fn histogram(&self, totals: &Totals, buckets: &mut Vec<u64>) -> Number {
        buckets.clear();
        let sums = self.sources().filter_map(Source::collect);
        let sums = sums.map(|metric| metric.histogram(totals, buckets));
        sums.reduce(Number::plus).unwrap_or(Number::Whole(0))
    }
}

struct Family {
    descriptor: Descriptor,
    /// Series that are 0 are left out, and the family with them.
    is_sparse: bool,
    labels: LabelTable,
    series: Vec<Series>,
}

impl Family {
    /// Makes the family of these series: sorted by their label values, equal ones added up.
    fn new(
        descriptor: Descriptor,
        is_sparse: bool,
        names: Vec<Cow<'static, str>>,
        mut unsorted: Vec<Unsorted>,
    ) -> Family {
        unsorted.sort_by(|a, b| a.values.cmp(&b.values));
        let mut labels = LabelTable::new(descriptor.name.clone(), names);
        let mut series: Vec<Series> = Vec::with_capacity(unsorted.len());
        let mut last: Option<Vec<Cow<'static, str>>> = None;
        for Unsorted { values, mut sources } in unsorted {
            match series.last_mut() {
                Some(equal) if last.as_ref() == Some(&values) => {
                    equal.more.get_or_insert_default().append(&mut sources);
                }
                _ => {
                    let mut sources = sources.into_iter();
                    let Some(source) = sources.next() else { continue };
                    let more: Vec<_> = sources.collect();
                    let more = (!more.is_empty()).then(|| Box::new(more));
                    series.push(Series { labels: labels.push(&values), source, more });
                    last = Some(values);
                }
            }
        }
        Family { descriptor, is_sparse, labels, series }
    }
}

/// A series before it has its place.
struct Unsorted {
    values: Vec<Cow<'static, str>>,
    sources: Vec<Source>,
}

pub(super) struct Plan {
    families: Vec<Family>,
    problems: Vec<Problem>,
}

impl Plan {
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(super) fn gather<S: Sink + ?Sized>(&self, sink: &mut S, scratch: &mut Scratch) {
        let Scratch { sweep, buckets } = scratch;
        let totals = sweep.take();
        for family in &self.families {
            // The scale is looked at once for all series of a family.
            match (family.descriptor.kind, family.descriptor.scale) {
                (Kind::Histogram, _) => family.histograms(totals, buckets, sink),
                (Kind::Counter, Scale::Whole) => {
                    family.scalars(totals, sink, |bits| Value::Counter(Scale::Whole.number(bits)));
                }
                (Kind::Counter, scale) => {
                    family.scalars(totals, sink, |bits| Value::Counter(scale.number(bits)));
                }
                (_, scale) => {
                    family.scalars(totals, sink, |bits| Value::Gauge(scale.number(bits)));
                }
            }
        }
    }
}

impl Family {
    fn histograms<S: Sink + ?Sized>(&self, totals: &Totals, buckets: &mut Vec<u64>, sink: &mut S) {
        sink.family(&self.descriptor);
        for series in &self.series {
            let sum = series.histogram(totals, buckets);
            let bounds = self.descriptor.buckets;
            let value = Value::Histogram(HistogramValue { bounds, counts: buckets, sum });
            sink.series(&self.descriptor, self.labels.get(series.labels), value);
        }
    }

    /// Values lie all over the memory. Some are read at a time, and the processor waits for them
    /// together.
    #[inline]
    fn scalars<S: Sink + ?Sized>(
        &self,
        totals: &Totals,
        sink: &mut S,
        value: impl Fn(u64) -> Value<'static>,
    ) {
        let mut is_begun = false;
        let mut values = [0; BATCH];
        for batch in self.series.chunks(BATCH) {
            for (bits, series) in std::iter::zip(&mut values, batch) {
                *bits = series.bits(totals, self.descriptor.scale);
            }
            for (bits, series) in std::iter::zip(&values, batch) {
                if self.is_sparse && *bits == 0 {
                    continue;
                }
                if !is_begun {
                    sink.family(&self.descriptor);
                    is_begun = true;
                }
                sink.series(&self.descriptor, self.labels.get(series.labels), value(*bits));
            }
        }
    }
}

/// How many values are read at a time.
const BATCH: usize = 32;

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
    scale: Scale::Whole,
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
    series: Vec<Unsorted>,
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
        let own = label_values.iter().map(|value| Cow::Owned(value.clone()));
        let constant = descriptor.const_labels.iter().map(|(_, value)| Cow::Borrowed(*value));
        let values = own.chain(constant).chain(self.set_values()).collect();
        self.candidates[index].series.push(Unsorted { values, sources: vec![source] });
    }

    /// The values of the labels that the registry gives to every series.
    fn set_values(&self) -> impl Iterator<Item = Cow<'static, str>> {
        self.settings.labels.iter().map(|(_, value)| Cow::Owned(value.clone()))
    }

    /// The names of all labels that series of this family have.
    fn names(&self, descriptor: &Descriptor) -> Vec<Cow<'static, str>> {
        let own = descriptor.label_names.iter().copied();
        let declared = own.chain(descriptor.const_labels.iter().map(|(name, _)| *name));
        let set = self.settings.labels.iter().map(|(name, _)| Cow::Owned(name.clone()));
        declared.map(Cow::Borrowed).chain(set).collect()
    }

    pub(super) fn build(mut self) -> Plan {
        // The first by package, file and line stays; this crate's own come before all.
        self.candidates.sort_by(|a, b| {
            (a.descriptor.location, &a.descriptor.name)
                .cmp(&(b.descriptor.location, &b.descriptor.name))
        });
        let mut claimed: HashMap<String, usize> = HashMap::new();
        let mut merged: Vec<Candidate> = Vec::new();
        claim(&mut claimed, &CONFLICTS, usize::MAX);
        claim(&mut claimed, &REJECTED, usize::MAX - 1);
        for candidate in std::mem::take(&mut self.candidates) {
            let Candidate { descriptor, series } = candidate;
            let same = claimed.get(descriptor.name.as_ref()).copied().filter(|index| {
                merged.get(*index).is_some_and(|other| other.descriptor.same_family(&descriptor))
            });
            match (same, taken(&claimed, &descriptor)) {
                (Some(index), _) => merged[index].series.extend(series),
                (None, Some(index)) => {
                    let stays = match merged.get(index) {
                        Some(family) => &family.descriptor,
                        None if index == usize::MAX => &CONFLICTS,
                        None => &REJECTED,
                    };
                    self.problems.push(Problem::Conflict(Conflict::new(stays, &descriptor)));
                }
                (None, None) => {
                    claim(&mut claimed, &descriptor, merged.len());
                    merged.push(Candidate { descriptor, series });
                }
            }
        }
        let mut families: Vec<Family> = merged
            .into_iter()
            .map(|Candidate { descriptor, series }| {
                let names = self.names(&descriptor);
                Family::new(descriptor, false, names, series)
            })
            .collect();
        self.add_own(&mut families);
        families.sort_by(|a, b| a.descriptor.name.cmp(&b.descriptor.name));
        Plan { families, problems: self.problems }
    }

    /// The crate's own metrics, which show only when they have something to say.
    fn add_own(&self, families: &mut Vec<Family>) {
        let conflicts =
            self.problems.iter().filter(|problem| matches!(problem, Problem::Conflict(_))).count();
        let rejected = families.iter().filter_map(|family| {
            let sources: Vec<_> = family
                .series
                .iter()
                .flat_map(Series::sources)
                .filter(|source| source.rejected().is_some())
                .map(|source| Source::Rejected(Box::new(source.clone())))
                .collect();
            let name = std::iter::once(family.descriptor.name.clone());
            let values = name.chain(self.set_values()).collect();
            (!sources.is_empty()).then_some(Unsorted { values, sources })
        });
        let rejected = rejected.collect();
        families.push(Family::new(REJECTED, true, self.names(&REJECTED), rejected));
        let conflicts = Unsorted {
            values: self.set_values().collect(),
            sources: vec![Source::Constant(conflicts as u64)],
        };
        families.push(Family::new(CONFLICTS, true, self.names(&CONFLICTS), vec![conflicts]));
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
