//! What a gather walks: families in order, each with its series and where their values are.
//!
//! A plan is made when the set of families changes. Series that come and go change the lists of
//! their families only, so a gather sorts nothing, and allocates nothing unless one came or went.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};

use super::conflict::{Conflict, Problem};
use super::labels::Labels;
use super::list::{self, SeriesList, Source, Sources, Values};
use super::settings::Settings;
use super::sink::{HistogramValue, Sink, Value};
use crate::collect::{Column, Fields};
use crate::descriptor::{Descriptor, Location};
use crate::family::{CollectFamily, Made};
use crate::idle::Reusable;
use crate::kind::Kind;
use crate::naming::{Rules, claims};
use crate::place::Totals;
use crate::storage::{Sweep, Version, is_any_overflow, is_any_rejected};
use crate::unit::Scale;

/// What a gather needs room for, kept between gathers.
#[derive(Default)]
pub(super) struct Scratch {
    sweep: Sweep,
    /// How much the sweep holds on to.
    sweep_bytes: usize,
    buckets: Vec<u64>,
    lists: Vec<Arc<SeriesList>>,
}

impl Reusable for Scratch {
    fn bytes(&self) -> usize {
        let Scratch { sweep: _, sweep_bytes, buckets, lists } = self;
        sweep_bytes
            + buckets.capacity() * size_of::<u64>()
            + lists.capacity() * size_of::<Arc<SeriesList>>()
    }

    fn clear(&mut self) {
        self.buckets.clear();
        self.lists.clear();
    }
}

struct Family {
    descriptor: Descriptor,
    live: Mutex<Live>,
}

/// What changes of a family while a plan lasts.
struct Live {
    list: Arc<SeriesList>,
    /// The open families whose series are in the list.
    open: Vec<OpenPart>,
}

/// An open family, as a struct or an instance has it.
#[derive(Clone)]
pub(super) struct OpenPart {
    pub(super) owner: OpenOwner,
    /// The values of the labels before and behind the family's own.
    pub(super) before: Values,
    pub(super) behind: Values,
    /// The version of it that is in the list.
    pub(super) seen: Version,
}

#[derive(Clone)]
pub(super) enum OpenOwner {
    Static(&'static dyn CollectFamily),
    Instance(Arc<dyn Fields>, usize),
}

impl OpenPart {
    fn family(&self) -> Option<&dyn CollectFamily> {
        match &self.owner {
            OpenOwner::Static(family) => Some(*family),
            OpenOwner::Instance(fields, index) => fields.metric(*index)?.as_family(),
        }
    }

    fn is_of(&self, instances: &HashSet<usize>) -> bool {
        matches!(&self.owner, OpenOwner::Instance(fields, _) if instances.contains(&list::address(fields)))
    }

    /// What came since the list was made, if anything came or went.
    fn news(&mut self) -> Option<(Vec<Values>, Box<dyn Column>)> {
        self.family()?.expire();
        let now = self.family()?.version();
        let seen = std::mem::replace(&mut self.seen, now);
        if now == seen {
            return None;
        }
        let Made { column, values } = self.family()?.made_between(seen, now);
        let values = values.into_iter().map(|own| {
            let own = own.into_iter().map(Cow::Owned);
            self.before.iter().cloned().chain(own).chain(self.behind.iter().cloned()).collect()
        });
        Some((values.collect(), column))
    }
}

impl Live {
    /// Takes in what came and went in open families, and gives the list.
    fn refresh(&mut self) -> (Arc<SeriesList>, Vec<Arc<SeriesList>>) {
        let mut old = Vec::new();
        for part in &mut self.open {
            if let Some((values, fresh)) = part.news() {
                let list = self.list.with(&values, &*fresh, &HashSet::new());
                old.push(std::mem::replace(&mut self.list, Arc::new(list)));
            }
        }
        (self.list.clone(), old)
    }
}

/// One of the registry's own families, which show only what is not 0.
struct OwnFamily {
    descriptor: Descriptor,
    /// With the index of a declared family as the value, save for that of conflicts.
    list: SeriesList,
    /// How many declared families stand before it.
    before: usize,
    figure: Figure,
}

/// What one of the registry's own families tells.
enum Figure {
    /// The value that is in its list.
    Listed,
    /// Of the declared family at an index.
    Of(fn(&Family, &SeriesList) -> u64),
}

impl Family {
    fn new(descriptor: Descriptor, settings: &Settings, found: Found) -> Family {
        let Found { values, sources, open } = found;
        let list = SeriesList::new(&descriptor.name, settings.label_names(&descriptor));
        let list = Arc::new(list.with(&values, &Sources(sources), &HashSet::new()));
        Family { descriptor, live: Mutex::new(Live { list, open }) }
    }

    fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Series of a declaration that have no place yet.
#[derive(Default)]
pub(super) struct Found {
    values: Vec<Values>,
    sources: Vec<Source>,
    open: Vec<OpenPart>,
}

impl Found {
    pub(super) fn push(&mut self, values: Values, source: Source) {
        self.values.push(values);
        self.sources.push(source);
    }

    pub(super) fn push_open(&mut self, part: OpenPart) {
        self.open.push(part);
    }

    fn append(&mut self, mut other: Found) {
        self.values.append(&mut other.values);
        self.sources.append(&mut other.sources);
        self.open.append(&mut other.open);
    }
}

pub(super) struct Plan {
    /// By name.
    families: Vec<Family>,
    own: Vec<OwnFamily>,
    /// Which family the series of a declaration belong to, by the declaration's address; none if
    /// it is left out.
    by_declaration: HashMap<usize, Option<usize>>,
    problems: Vec<Problem>,
}

/// Series that came and went since the lists were made.
#[derive(Default)]
pub(super) struct Changes {
    fresh: HashMap<usize, Found>,
    /// How many structs these are of.
    structs: usize,
    /// The addresses of instances.
    gone: HashSet<usize>,
    /// The addresses of what these declare.
    gone_from: HashSet<usize>,
}

impl Changes {
    /// The struct of these declarations came.
    pub(super) fn add(&mut self, found: impl Iterator<Item = (&'static Descriptor, Found)>) {
        self.structs += 1;
        for (descriptor, found) in found {
            self.fresh.entry(address(descriptor)).or_default().append(found);
        }
    }

    /// The instance at this address went, which had these declarations.
    pub(super) fn remove(
        &mut self,
        instance: usize,
        declared: impl Iterator<Item = &'static Descriptor>,
    ) {
        self.gone.insert(instance);
        self.gone_from.extend(declared.map(address));
    }

    pub(super) fn len(&self) -> usize {
        self.structs + self.gone.len()
    }
}

impl Plan {
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Whether it says where the series of the declaration belong.
    pub(super) fn knows(&self, descriptor: &'static Descriptor) -> bool {
        self.by_declaration.contains_key(&address(descriptor))
    }

    /// Puts the changes into the lists, and gives the old ones.
    pub(super) fn apply(&self, changes: Changes) -> Vec<Arc<SeriesList>> {
        let Changes { fresh, gone, gone_from, .. } = changes;
        let mut by_family: HashMap<usize, Found> = HashMap::new();
        let none = gone_from.into_iter().map(|declaration| (declaration, Found::default()));
        for (declaration, found) in fresh.into_iter().chain(none) {
            if let Some(Some(index)) = self.by_declaration.get(&declaration) {
                by_family.entry(*index).or_default().append(found);
            }
        }
        let mut old = Vec::with_capacity(by_family.len());
        for (index, found) in by_family {
            let Some(family) = self.families.get(index) else { continue };
            let mut live = family.live();
            if family.descriptor.is_open {
                live.open.extend(found.open);
                live.open.retain(|part| !part.is_of(&gone));
            }
            let merged = live.list.with(&found.values, &Sources(found.sources), &gone);
            old.push(std::mem::replace(&mut live.list, Arc::new(merged)));
        }
        old
    }

    pub(super) fn gather<S: Sink + ?Sized>(&self, sink: &mut S, scratch: &mut Scratch) {
        let Scratch { sweep, sweep_bytes, buckets, lists } = scratch;
        let totals = sweep.take();
        // Its copy of a part is no larger than the totals.
        *sweep_bytes = 2 * size_of_val(&*totals.cells) + size_of_val(&*totals.slabs);
        lists.clear();
        for family in &self.families {
            let (list, old) = family.live().refresh();
            lists.push(list);
            // What has left is dropped without the lock.
            drop(old);
        }
        for (index, (family, list)) in std::iter::zip(&self.families, &*lists).enumerate() {
            self.gather_own(index, lists, sink);
            family.gather(list, totals, buckets, sink);
        }
        self.gather_own(self.families.len(), lists, sink);
        lists.clear();
    }

    /// Shows those of the registry's own families that stand before a declared one.
    fn gather_own<S: Sink + ?Sized>(&self, before: usize, lists: &[Arc<SeriesList>], sink: &mut S) {
        for own in self.own.iter().filter(|own| own.before == before) {
            let is_zero = match own.descriptor.name.as_ref() {
                name if name == REJECTED.name => !is_any_rejected(),
                name if name == OVERFLOW.name => !is_any_overflow(),
                _ => false,
            };
            if !is_zero {
                own.gather((&self.families, lists), sink);
            }
        }
    }
}

impl OwnFamily {
    #[cold]
    fn gather<S: Sink + ?Sized>(
        &self,
        (families, lists): (&[Family], &[Arc<SeriesList>]),
        sink: &mut S,
    ) {
        let mut is_begun = false;
        let how = (Scale::Whole, false);
        self.list.scalars(&Totals::default(), how, |labels, bits| {
            let figure = match self.figure {
                Figure::Listed => bits,
                Figure::Of(figure) => {
                    let index = usize::try_from(bits).unwrap_or(usize::MAX);
                    let family = families.get(index).zip(lists.get(index));
                    family.map_or(0, |(family, list)| figure(family, list))
                }
            };
            if figure == 0 {
                return;
            }
            if !is_begun {
                sink.family(&self.descriptor);
                is_begun = true;
            }
            if !sink.make_room(1, labels.text_len()) {
                return;
            }
            let number = Scale::Whole.number(figure);
            let is_counter = self.descriptor.kind == Kind::Counter;
            let value = if is_counter { Value::Counter(number) } else { Value::Gauge(number) };
            sink.series(&self.descriptor, labels, value);
        });
    }
}

impl Family {
    fn sum_of_open(&self, figure: fn(&dyn CollectFamily) -> u64) -> u64 {
        let live = self.live();
        live.open.iter().filter_map(OpenPart::family).map(figure).fold(0, u64::wrapping_add)
    }
}

impl Family {
    fn gather<S: Sink + ?Sized>(
        &self,
        list: &SeriesList,
        totals: &Totals,
        buckets: &mut Vec<u64>,
        sink: &mut S,
    ) {
        let family = &self.descriptor;
        if list.is_empty() {
            return;
        }
        if family.is_sparse {
            return self.gather_sparse(list, totals, buckets, sink);
        }
        sink.family(family);
        let (series, text_len) = list.size();
        if !sink.make_room(series, text_len) {
            return;
        }
        let how = (family.scale, false);
        // The kind and the scale are looked at once for all series of a family.
        match (family.kind, family.scale) {
            (Kind::Histogram, _) => {
                list.histograms(totals, false, buckets, |labels, counts, sum| {
                    let value = HistogramValue { bounds: family.buckets, counts, sum };
                    sink.series(family, labels, Value::Histogram(value));
                });
            }
            (Kind::Counter, Scale::Whole) => list.scalars(totals, how, |labels, bits| {
                sink.series(family, labels, Value::Counter(Scale::Whole.number(bits)));
            }),
            (Kind::Counter, scale) => list.scalars(totals, how, |labels, bits| {
                sink.series(family, labels, Value::Counter(scale.number(bits)));
            }),
            (_, scale) => list.scalars(totals, how, |labels, bits| {
                sink.series(family, labels, Value::Gauge(scale.number(bits)));
            }),
        }
    }

    /// Shows only what was ever updated, and nothing of the family if nothing was.
    #[inline(never)]
    fn gather_sparse<S: Sink + ?Sized>(
        &self,
        list: &SeriesList,
        totals: &Totals,
        buckets: &mut Vec<u64>,
        sink: &mut S,
    ) {
        let family = &self.descriptor;
        let mut is_begun = false;
        let mut show = |labels: Labels<'_>, value: Value<'_>| {
            if !is_begun {
                sink.family(family);
                is_begun = true;
            }
            // One at a time: there may be few of many.
            if sink.make_room(1, labels.text_len()) {
                sink.series(family, labels, value);
            }
        };
        let how = (family.scale, true);
        match (family.kind, family.scale) {
            (Kind::Histogram, _) => {
                list.histograms(totals, true, buckets, |labels, counts, sum| {
                    let value = HistogramValue { bounds: family.buckets, counts, sum };
                    show(labels, Value::Histogram(value));
                });
            }
            (Kind::Counter, scale) => list.scalars(totals, how, |labels, bits| {
                show(labels, Value::Counter(scale.number(bits)));
            }),
            (_, scale) => list.scalars(totals, how, |labels, bits| {
                show(labels, Value::Gauge(scale.number(bits)));
            }),
        }
    }
}

/// What tells one declaration from another.
pub(super) fn address(descriptor: &'static Descriptor) -> usize {
    std::ptr::from_ref(descriptor).addr()
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
    scale: Scale::Whole,
    type_unit: "",
    is_open: false,
    is_sparse: false,
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

const OVERFLOW: Descriptor = Descriptor {
    name: Cow::Borrowed("measurand_overflow_updates_total"),
    help: "Updates of series that a family's limit kept from being made, by family.",
    kind: Kind::Counter,
    label_names: &["family"],
    ..OWN
};

/// Puts a plan together.
pub(super) struct Builder<'a> {
    settings: &'a Settings,
    candidates: Vec<Candidate>,
    /// Where the candidates of a declaration are, by address.
    known: HashMap<usize, Option<usize>>,
    problems: Vec<Problem>,
}

/// All series of one declaration.
struct Candidate {
    descriptor: Descriptor,
    /// The address of its declaration.
    declaration: usize,
    found: Found,
}

impl<'a> Builder<'a> {
    pub(super) fn new(settings: &'a Settings) -> Self {
        Builder { settings, candidates: Vec::new(), known: HashMap::new(), problems: Vec::new() }
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    /// Adds series of the declaration.
    pub(super) fn add(&mut self, declared: &'static Descriptor, found: Found) {
        let (settings, candidates) = (self.settings, &mut self.candidates);
        let declaration = address(declared);
        let index = *self.known.entry(declaration).or_insert_with(|| {
            if settings.excludes(declared) {
                return None;
            }
            let descriptor = settings.apply(declared);
            candidates.push(Candidate { descriptor, declaration, found: Found::default() });
            Some(candidates.len() - 1)
        });
        if let Some(index) = index {
            self.candidates[index].found.append(found);
        }
    }

    pub(super) fn build(mut self) -> Plan {
        // The first by package, file and line stays; this crate's own come before all.
        self.candidates.sort_by(|a, b| {
            (a.descriptor.location, &a.descriptor.name)
                .cmp(&(b.descriptor.location, &b.descriptor.name))
        });
        let mut claimed: HashMap<String, usize> = HashMap::new();
        let mut merged: Vec<(Descriptor, Found)> = Vec::new();
        let own = [&CONFLICTS, &REJECTED, &OVERFLOW];
        for (index, descriptor) in own.iter().enumerate() {
            claim(&mut claimed, descriptor, usize::MAX - index);
        }
        for candidate in std::mem::take(&mut self.candidates) {
            let Candidate { descriptor, declaration, found } = candidate;
            let same = claimed.get(descriptor.name.as_ref()).copied().filter(|index| {
                merged.get(*index).is_some_and(|(other, _)| other.same_family(&descriptor))
            });
            let index = match (same, taken(&claimed, &descriptor)) {
                (Some(index), _) => {
                    merged[index].1.append(found);
                    Some(index)
                }
                (None, Some(index)) => {
                    let stays = match merged.get(index) {
                        Some((family, _)) => family,
                        None => own[usize::MAX - index],
                    };
                    self.problems.push(Problem::Conflict(Conflict::new(stays, &descriptor)));
                    None
                }
                (None, None) => {
                    claim(&mut claimed, &descriptor, merged.len());
                    merged.push((descriptor, found));
                    Some(merged.len() - 1)
                }
            };
            self.known.insert(declaration, index);
        }
        self.finish(merged)
    }

    /// Sorts the families by name, and adds the registry's own.
    fn finish(self, merged: Vec<(Descriptor, Found)>) -> Plan {
        let Builder { settings, known, problems, .. } = self;
        let mut order: Vec<usize> = (0..merged.len()).collect();
        order.sort_by(|a, b| merged[*a].0.name.cmp(&merged[*b].0.name));
        let mut places = vec![0; merged.len()];
        order.iter().enumerate().for_each(|(place, index)| places[*index] = place);
        let mut families: Vec<Family> = merged
            .into_iter()
            .map(|(descriptor, found)| Family::new(descriptor, settings, found))
            .collect();
        families.sort_by(|a, b| a.descriptor.name.cmp(&b.descriptor.name));

        let conflicts =
            problems.iter().filter(|problem| matches!(problem, Problem::Conflict(_))).count();
        let mut listed = Found::default();
        listed.push(settings.label_values().collect(), Source::Constant(conflicts as u64));
        let by_family = || {
            let mut found = Found::default();
            for (index, family) in families.iter().enumerate() {
                let name = std::iter::once(family.descriptor.name.clone());
                let values = name.chain(settings.label_values()).collect();
                found.push(values, Source::Constant(index as u64));
            }
            found
        };
        let own = [
            (CONFLICTS, listed, Figure::Listed),
            (
                REJECTED,
                by_family(),
                Figure::Of(|family, list| {
                    list.rejected().wrapping_add(family.sum_of_open(|family| family.rejected()))
                }),
            ),
            (
                OVERFLOW,
                by_family(),
                Figure::Of(|family, _| family.sum_of_open(|family| family.overflow_updates())),
            ),
        ];
        let own = own.map(|(descriptor, found, figure)| {
            let before =
                families.partition_point(|family| family.descriptor.name < descriptor.name);
            let list = SeriesList::new(&descriptor.name, settings.label_names(&descriptor));
            let list = list.with(&found.values, &Sources(found.sources), &HashSet::new());
            OwnFamily { descriptor, list, before, figure }
        });
        let mut own = Vec::from(own);
        own.sort_by(|a, b| a.descriptor.name.cmp(&b.descriptor.name));

        let by_declaration = known.into_iter().map(|(declaration, index)| {
            (declaration, index.and_then(|index| places.get(index)).copied())
        });
        Plan { by_declaration: by_declaration.collect(), families, own, problems }
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
