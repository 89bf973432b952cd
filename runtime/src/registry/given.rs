//! What collectors have given for a gather.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap, TryReserveError};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use super::claims::{Claim, Claims};
use super::conflict::{PointProblem, Problem, Reason};
use super::list::SeriesList;
use crate::descriptor::{ConstLabels, Descriptor};
use crate::kind::Kind;
use crate::memory;
use crate::number::Number;
use crate::read::{HistogramValue, Labels, NativeValue, Point, RowFacts, SummaryValue, Value};

/// Takes the points of a [`Collector`](super::Collector).
pub struct Points<'a> {
    given: &'a mut Given,
    /// Whose they are.
    owner: u64,
    /// The families that the registry knows of it.
    known: &'a Claims,
}

impl<'a> Points<'a> {
    pub(super) fn new(given: &'a mut Given, owner: u64, known: &'a Claims) -> Points<'a> {
        Points { given, owner, known }
    }

    /// Gives a point of a family, with a value for each of its labels.
    ///
    /// Families come in any order, and so do the points of one.
    ///
    /// What cannot be shown is left out; it is logged once, counted in `measurand_conflicts` and found by
    /// [`validate`](super::Registry::validate): a point of a family whose name another one has, with more
    /// or fewer label values than labels, of another kind, of other buckets, below 0 or NaN where it is a
    /// counter, or of labels that have a point already.
    ///
    /// ```
    /// use measurand::registry::{Collector, Point, Points};
    /// use measurand::{Descriptor, Registry};
    ///
    /// struct Disks(Descriptor, Descriptor);
    ///
    /// impl Collector for Disks {
    ///     fn collect(&self, points: &mut Points<'_>) {
    ///         for (disk, reads) in [("sdb", 7_u64), ("sda", 5)] {
    ///             points.push(&self.0, &[disk], Point::counter(reads));
    ///         }
    ///         points.push(&self.1, &[], Point::histogram(&[2, 1, 0], 9_u64));
    ///     }
    /// }
    ///
    /// let reads = Descriptor::counter("doc_disk_reads_total", "Reads.").labels(["disk"]).build()?;
    /// let sizes = Descriptor::histogram("doc_disk_blocks", "Blocks of a read.").buckets([1.0, 8.0]);
    /// let registry = Registry::new();
    /// registry.register_collector(Disks(reads, sizes.build()?))?.leak();
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// assert!(text.contains("reads_total{disk=\"sda\"} 5\ndoc_disk_reads_total{disk=\"sdb\"} 7\n"));
    /// assert!(text.contains("doc_disk_blocks_sum 9\n"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn push(&mut self, family: &Descriptor, label_values: &[&str], point: Point<'_>) {
        if let Some(reason) = problem(family, label_values, &point) {
            let name = self.known.shown_name(family);
            let problem = PointProblem::new(name, family, reason);
            self.given.report(self.owner, Problem::Point(Box::new(problem)));
        } else if let Err(shortage) = self.try_push(family, label_values, point) {
            self.given.shortage = Some(shortage);
        }
    }

    fn try_push(
        &mut self,
        family: &Descriptor,
        label_values: &[&str],
        point: Point<'_>,
    ) -> Result<(), TryReserveError> {
        let Some(family) = self.family(family)? else { return Ok(()) };
        let given = &mut *self.given;
        let values = given.ends.len();
        for value in label_values {
            memory::push_str(&mut given.text, value)?;
            memory::push(&mut given.ends, given.text.len())?;
        }
        let value = match point.value {
            Value::Counter(number) | Value::Gauge(number) | Value::Unknown(number) => {
                GivenValue::Number(number)
            }
            Value::Info => GivenValue::Number(Number::Whole(1)),
            Value::State(holds) => GivenValue::Number(Number::Whole(holds.into())),
            Value::Histogram(HistogramValue { counts, sum, .. }) => {
                GivenValue::Histogram(memory::extend(&mut given.counts, counts)?, sum)
            }
            Value::NativeHistogram(value) => {
                let NativeValue { schema, zero_threshold, zero_count, classic, .. } = value;
                let native = GivenNative {
                    schema,
                    zero_threshold,
                    zero_count,
                    positive: memory::extend(&mut given.native, value.positive)?,
                    negative: memory::extend(&mut given.native, value.negative)?,
                    counts: memory::extend(&mut given.counts, classic.counts)?,
                    sum: classic.sum,
                };
                memory::push(&mut given.natives, native)?;
                GivenValue::NativeHistogram(given.natives.len() - 1)
            }
            Value::Summary(SummaryValue { quantiles, count, sum }) => {
                let quantiles = memory::extend(&mut given.quantiles, quantiles)?;
                GivenValue::Summary(quantiles, count, sum)
            }
        };
        let Point { created, time, .. } = point;
        memory::push(&mut given.points, GivenPoint { family, values, value, created, time })
    }

    /// Which of the families that were given it is; none if it cannot be shown.
    fn family(&mut self, family: &Descriptor) -> Result<Option<usize>, TryReserveError> {
        // Most often it is that of the point before.
        if let Some(last) = self.given.points.last()
            && self.given.is_family(last.family, self.owner, family)
        {
            return Ok(Some(last.family));
        }
        if let Some(index) = self.given.find(self.owner, family) {
            return Ok(Some(index));
        }
        let (descriptor, shown) = match self.known.find(family) {
            Some(claim) => (claim.descriptor.clone(), claim.shown.clone()),
            None => {
                let descriptor = Arc::new(family.clone());
                match self.known.shown(&descriptor) {
                    Ok(shown) => (descriptor, shown),
                    Err(unfit) => {
                        self.given.report(self.owner, unfit.into());
                        return Ok(None);
                    }
                }
            }
        };
        self.given.push_family(self.owner, descriptor, shown).map(Some)
    }
}

impl fmt::Debug for Points<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Points").field("points", &self.given.points.len()).finish_non_exhaustive()
    }
}

/// Why no series can show the point.
fn problem(family: &Descriptor, values: &[&str], point: &Point<'_>) -> Option<Reason> {
    let labels = family.label_names.len();
    if values.len() != labels {
        return Some(Reason::Labels { labels, given: values.len() });
    }
    let is_amount =
        |number| !matches!(number, Number::Float(value) if value.is_nan() || value < 0.0);
    let buckets = family.buckets().len() + 1;
    match (family.kind, point.value) {
        (Kind::Counter, Value::Counter(number)) if is_amount(number) => None,
        (Kind::Counter, Value::Counter(_)) => Some(Reason::Amount),
        (Kind::Gauge, Value::Gauge(_))
        | (Kind::Unknown, Value::Unknown(_))
        | (Kind::Info, Value::Info)
        | (Kind::StateSet, Value::State(_)) => None,
        (Kind::Histogram, Value::Histogram(HistogramValue { counts, .. })) => {
            (counts.len() != buckets).then_some(Reason::Buckets { buckets, given: counts.len() })
        }
        (Kind::Histogram, Value::NativeHistogram(value)) => {
            let given = value.classic.counts.len();
            if given != buckets {
                return Some(Reason::Buckets { buckets, given });
            }
            native_problem(&value).map(Reason::Native)
        }
        (Kind::Summary, Value::Summary(SummaryValue { quantiles, .. })) => {
            let is_in_order = quantiles.is_sorted_by(|(a, _), (b, _)| a < b);
            let is_one = |(quantile, _): &(f64, f64)| (0.0..=1.0).contains(quantile);
            (!is_in_order || !quantiles.iter().all(is_one)).then_some(Reason::Quantiles)
        }
        _ => Some(Reason::Kind(family.kind)),
    }
}

/// What no native histogram can have.
fn native_problem(value: &NativeValue<'_>) -> Option<&'static str> {
    let is_in_order =
        |buckets: &[(i32, u64)]| buckets.is_sorted_by(|(index, _), (next, _)| index < next);
    let counts = [value.positive, value.negative].into_iter().flatten().map(|(_, count)| *count);
    let in_buckets = counts.fold(value.zero_count, u64::wrapping_add);
    if !(-4..=8).contains(&value.schema) {
        Some("its schema is not from -4 to 8")
    } else if !(value.zero_threshold >= 0.0 && value.zero_threshold.is_finite()) {
        Some("its zero threshold is below 0 or no number")
    } else if !is_in_order(value.positive) || !is_in_order(value.negative) {
        Some("the indices of its buckets do not rise")
    } else if in_buckets > value.classic.count() {
        Some("its native buckets hold more observations than the classic ones")
    } else {
        None
    }
}

/// What collectors have given, side by side. It is kept between gathers.
#[derive(Default)]
pub(super) struct Given {
    families: Vec<GivenFamily>,
    points: Vec<GivenPoint>,
    /// The label values of all points, and where each ends.
    text: String,
    ends: Vec<usize>,
    /// The buckets of all histograms.
    counts: Vec<u64>,
    natives: Vec<GivenNative>,
    /// The native buckets of all of them.
    native: Vec<(i32, u64)>,
    /// The quantiles of all summaries.
    quantiles: Vec<(f64, f64)>,
    /// Which family was given last of those of a collector whose names have this hash.
    by_name: HashMap<u64, usize>,
    hasher: RandomState,
    /// Who has run to the end, by number, and which families it gave.
    runs: Vec<(u64, Range<usize>)>,
    /// What is wrong with the points of each.
    problems: BTreeMap<u64, Vec<Problem>>,
    /// That there was no memory for all.
    shortage: Option<TryReserveError>,
    /// The points that are shown, as they are shown.
    order: Vec<usize>,
    /// How many points there were when they were put into order.
    arranged: usize,
}

/// A family that was given.
pub(super) struct GivenFamily {
    pub(super) owner: u64,
    /// As the collector has it.
    pub(super) descriptor: Arc<Descriptor>,
    /// With what a view adds.
    pub(super) shown: Arc<Descriptor>,
    /// Where it stands among those of the registry, if it is shown.
    pub(super) target: Option<usize>,
    /// The one before it whose name has the same hash.
    before: Option<usize>,
}

struct GivenPoint {
    family: usize,
    /// Which of the label values is its first.
    values: usize,
    value: GivenValue,
    created: Option<SystemTime>,
    time: Option<SystemTime>,
}

enum GivenValue {
    /// Of which kind is known of its family.
    Number(Number),
    Histogram(Range<usize>, Number),
    NativeHistogram(usize),
    Summary(Range<usize>, u64, Number),
}

struct GivenNative {
    schema: i8,
    zero_threshold: f64,
    zero_count: u64,
    positive: Range<usize>,
    negative: Range<usize>,
    counts: Range<usize>,
    sum: Number,
}

/// How much there was before a collector ran.
pub(super) struct Before {
    owner: u64,
    families: usize,
    points: usize,
    text: usize,
    ends: usize,
    counts: usize,
    natives: usize,
    native: usize,
    quantiles: usize,
}

/// A collector has no more problems than this at a time.
const MOST_PROBLEMS: usize = 100;

impl Given {
    pub(super) fn bytes(&self) -> usize {
        let Given { families, by_name, points, text, ends, counts, runs, order, .. } = self;
        let Given { natives, native, quantiles, .. } = self;
        families.capacity() * size_of::<GivenFamily>()
            + by_name.capacity() * size_of::<(u64, usize)>()
            + points.capacity() * size_of::<GivenPoint>()
            + text.capacity()
            + (ends.capacity() + order.capacity()) * size_of::<usize>()
            + counts.capacity() * size_of::<u64>()
            + natives.capacity() * size_of::<GivenNative>()
            + native.capacity() * size_of::<(i32, u64)>()
            + quantiles.capacity() * size_of::<(f64, f64)>()
            + runs.capacity() * size_of::<(u64, Range<usize>)>()
    }

    pub(super) fn clear(&mut self) {
        self.families.clear();
        self.points.clear();
        self.text.clear();
        self.ends.clear();
        self.counts.clear();
        self.natives.clear();
        self.native.clear();
        self.quantiles.clear();
        self.by_name.clear();
        self.runs.clear();
        self.problems.clear();
        self.shortage = None;
        self.order.clear();
        self.arranged = 0;
    }

    /// Whether no point came since they were put into order.
    pub(super) fn is_arranged(&self) -> bool {
        self.arranged == self.points.len()
    }

    pub(super) fn begin(&mut self, owner: u64) -> Before {
        Before {
            owner,
            families: self.families.len(),
            points: self.points.len(),
            text: self.text.len(),
            ends: self.ends.len(),
            counts: self.counts.len(),
            natives: self.natives.len(),
            native: self.native.len(),
            quantiles: self.quantiles.len(),
        }
    }

    /// The collector has run to its end.
    pub(super) fn end(&mut self, before: &Before) {
        self.runs.push((before.owner, before.families..self.families.len()));
    }

    /// Forgets what was given since.
    pub(super) fn take_back(&mut self, before: &Before) {
        for index in (before.families..self.families.len()).rev() {
            let hash = self.hash(before.owner, &self.families[index].descriptor);
            match self.families[index].before {
                Some(other) => self.by_name.insert(hash, other),
                None => self.by_name.remove(&hash),
            };
        }
        self.families.truncate(before.families);
        self.points.truncate(before.points);
        self.text.truncate(before.text);
        self.ends.truncate(before.ends);
        self.counts.truncate(before.counts);
        self.natives.truncate(before.natives);
        self.native.truncate(before.native);
        self.quantiles.truncate(before.quantiles);
        self.problems.remove(&before.owner);
    }

    fn hash(&self, owner: u64, family: &Descriptor) -> u64 {
        self.hasher.hash_one((owner, family.name()))
    }

    fn is_family(&self, index: usize, owner: u64, family: &Descriptor) -> bool {
        let given = self.families.get(index).filter(|given| given.owner == owner);
        given.is_some_and(|given| given.descriptor.is_like(family))
    }

    /// The family that a collector has given already.
    pub(super) fn find(&self, owner: u64, family: &Descriptor) -> Option<usize> {
        let last = self.by_name.get(&self.hash(owner, family)).copied();
        let before = |index: &usize| self.families.get(*index)?.before;
        std::iter::successors(last, before).find(|index| self.is_family(*index, owner, family))
    }

    /// Adds a family of a collector.
    fn push_family(
        &mut self,
        owner: u64,
        descriptor: Arc<Descriptor>,
        shown: Arc<Descriptor>,
    ) -> Result<usize, TryReserveError> {
        let (index, hash) = (self.families.len(), self.hash(owner, &descriptor));
        self.families.try_reserve(1)?;
        self.by_name.try_reserve(1)?;
        let before = self.by_name.insert(hash, index);
        self.families.push(GivenFamily { owner, descriptor, shown, target: None, before });
        Ok(index)
    }

    /// That there was no memory for what was given.
    pub(super) fn shortage(&mut self) -> Result<(), TryReserveError> {
        self.shortage.take().map_or(Ok(()), Err)
    }

    /// Who has run to the end.
    pub(super) fn runs(&self) -> impl Iterator<Item = u64> {
        self.runs.iter().map(|(owner, _)| *owner)
    }

    /// The families that a collector gave.
    pub(super) fn families_of(&self, owner: u64) -> impl Iterator<Item = &GivenFamily> {
        let run = self.runs.binary_search_by_key(&owner, |(other, _)| *other);
        let run = run.ok().and_then(|run| Some(self.runs.get(run)?.1.clone()));
        run.and_then(|run| self.families.get(run)).unwrap_or_default().iter()
    }

    /// Whether a collector has given other families than are known.
    pub(super) fn has_news_of(&self, owner: u64, claims: &Claims) -> bool {
        let has_run = self.runs.binary_search_by_key(&owner, |(other, _)| *other).is_ok();
        let is_gone =
            |claim: &Claim| !claim.is_described && self.find(owner, &claim.descriptor).is_none();
        self.families_of(owner).any(|family| claims.find(&family.descriptor).is_none())
            || has_run && claims.claims.iter().any(is_gone)
    }

    /// What is wrong with the points of a collector.
    pub(super) fn problems_of(&self, owner: u64) -> impl Iterator<Item = &Problem> {
        self.problems.get(&owner).into_iter().flatten()
    }

    fn report(&mut self, owner: u64, problem: Problem) {
        let problems = self.problems.entry(owner).or_default();
        if problems.len() < MOST_PROBLEMS && !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Puts the points into the order in which they are shown, where `target` says where families stand.
    /// Of equal series the first stays, and the declared one before all.
    pub(super) fn arrange(
        &mut self,
        target: impl Fn(&GivenFamily) -> Option<usize>,
        is_declared: impl Fn(&Given, usize, usize) -> bool,
    ) -> Result<(), TryReserveError> {
        for family in &mut self.families {
            family.target = target(family);
        }
        let mut order = std::mem::take(&mut self.order);
        order.clear();
        order.try_reserve(self.points.len())?;
        order.extend((0..self.points.len()).filter(|point| self.target(*point).is_some()));
        order.sort_unstable_by(|a, b| self.compare(*a, *b).then(a.cmp(b)));
        let mut last = None;
        order.retain(|&point| {
            let is_again = last.is_some_and(|last| self.compare(last, point) == Ordering::Equal);
            let is_there = |target| is_declared(self, target, point);
            let stays = !is_again && !self.target(point).is_some_and(is_there);
            if stays {
                last = Some(point);
            } else if let Some(family) = self.family(point) {
                let problem = PointProblem::new(
                    family.shown.name().to_owned(),
                    &family.descriptor,
                    Reason::Twice,
                );
                let owner = family.owner;
                self.report(owner, Problem::Point(Box::new(problem)));
            }
            stays
        });
        self.order = order;
        self.arranged = self.points.len();
        Ok(())
    }

    fn family(&self, point: usize) -> Option<&GivenFamily> {
        self.families.get(self.points.get(point)?.family)
    }

    /// Where the family of a point stands.
    fn target(&self, point: usize) -> Option<usize> {
        self.family(point)?.target
    }

    /// Which of two points comes first: by the family, and then by the label values.
    fn compare(&self, a: usize, b: usize) -> Ordering {
        let by_family = self.target(a).cmp(&self.target(b));
        by_family.then_with(|| self.values(a).cmp(self.values(b)))
    }

    /// The values of the labels of a point, without those of the registry.
    pub(super) fn values(&self, point: usize) -> impl Iterator<Item = &str> {
        let descriptor = self.family(point).map(|family| &*family.shown);
        let len = descriptor.map_or(0, |descriptor| descriptor.label_names.len());
        let own = (0..len).map(move |label| self.value(point, label));
        let constant = descriptor.map_or(&ConstLabels::NONE, |descriptor| &descriptor.const_labels);
        own.chain(constant.iter().map(|(_, value)| value))
    }

    fn value(&self, point: usize, label: usize) -> &str {
        let index = self.points.get(point).map_or(0, |point| point.values + label);
        let start = index.checked_sub(1).and_then(|last| self.ends.get(last)).copied();
        let end = self.ends.get(index).copied().unwrap_or_default();
        self.text.get(start.unwrap_or_default()..end).unwrap_or_default()
    }

    /// The points of a family, which stands there, behind the first so many of all.
    pub(super) fn of_family(&self, from: &mut usize, target: usize) -> &[usize] {
        let rest = self.order.get(*from..).unwrap_or_default();
        let len = rest.iter().take_while(|point| self.target(**point) == Some(target)).count();
        *from += len;
        &rest[..len]
    }

    /// What a sink is shown of a point.
    pub(super) fn show<R>(
        &self,
        point: usize,
        family: &Descriptor,
        list: &SeriesList,
        show: impl FnOnce(Labels<'_>, &Point<'_>) -> R,
    ) -> Option<R> {
        let given = self.points.get(point)?;
        let histogram = |counts: &Range<usize>, sum| HistogramValue {
            bounds: family.buckets(),
            counts: self.counts.get(counts.clone()).unwrap_or_default(),
            sum,
        };
        let buckets = |range: &Range<usize>| self.native.get(range.clone()).unwrap_or_default();
        let value = match &given.value {
            GivenValue::Number(number) => Value::of(family.kind, *number),
            GivenValue::Histogram(counts, sum) => Value::Histogram(histogram(counts, *sum)),
            GivenValue::NativeHistogram(index) => {
                let native = self.natives.get(*index)?;
                Value::NativeHistogram(NativeValue {
                    schema: native.schema,
                    zero_threshold: native.zero_threshold,
                    zero_count: native.zero_count,
                    positive: buckets(&native.positive),
                    negative: buckets(&native.negative),
                    classic: histogram(&native.counts, native.sum),
                })
            }
            GivenValue::Summary(quantiles, count, sum) => Value::Summary(SummaryValue {
                quantiles: self.quantiles.get(quantiles.clone()).unwrap_or_default(),
                count: *count,
                sum: *sum,
            }),
        };
        let shown = Point { value, created: given.created, time: given.time };
        let (names, extra) = list.labels();
        let values = GivenLabels { given: self, extra, declared: names.len() - extra.len() };
        Some(show(Labels::new(names, &values, point), &shown))
    }
}

/// The labels of points: their own, and those that the registry gives to all.
struct GivenLabels<'a> {
    given: &'a Given,
    extra: &'a [String],
    /// How many there are without those of the registry.
    declared: usize,
}

impl RowFacts for GivenLabels<'_> {
    fn label_value(&self, point: usize, label: usize) -> &str {
        match label.checked_sub(self.declared) {
            None => self.given.values(point).nth(label).unwrap_or_default(),
            Some(index) => self.extra.get(index).map_or("", String::as_str),
        }
    }
}
