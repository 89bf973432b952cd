//! The points that a collector gives for a gather.

use std::collections::{HashMap, TryReserveError};
use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use super::claims::{Claim, Claims};
use super::conflict::{PointProblem, Problem, Reason};
use super::kept::KeptPoints;
use crate::descriptor::{ConstLabels, Descriptor};
use crate::kind::Kind;
use crate::number::Number;
use crate::read::{HistogramValue, NativeValue, Point, SummaryValue, Value};

/// Receives the points of a [`Collector`](super::Collector).
pub struct Points<'a> {
    given: &'a mut CollectorPoints,
    /// The families that the registry knows of the collector.
    known: &'a Claims,
}

impl<'a> Points<'a> {
    pub(super) fn new(given: &'a mut CollectorPoints, known: &'a Claims) -> Points<'a> {
        Points { given, known }
    }

    /// Adds a point of `family`, with one value for each of its labels.
    ///
    /// Families and their points may come in any order.
    ///
    /// A point that cannot be shown is left out, logged once, counted in `measurand_conflicts` and
    /// reported by [`validate`](super::Registry::validate). That is a point
    ///
    /// - of a family whose name another family has;
    /// - with more or fewer label values than labels;
    /// - of another kind or with other buckets than the family;
    /// - that is below 0 or NaN, of a counter;
    /// - whose label values another point has already;
    /// - of a family that was not described, in a [pedantic](super::Registry::pedantic) registry.
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
            self.given.report(Problem::Point(Box::new(problem)));
        } else if let Err(shortage) = self.try_push(family, label_values.iter().copied(), &point) {
            self.given.shortage = Some(shortage);
        }
    }

    /// Reports that a point of `family` could not be collected, and why.
    ///
    /// It is logged and reported like a point that cannot be shown. All other points stay.
    ///
    /// ```
    /// use std::fs;
    /// use measurand::registry::{Collector, Point, Points};
    /// use measurand::{Descriptor, Registry};
    ///
    /// struct Quota(Descriptor);
    ///
    /// impl Collector for Quota {
    ///     fn collect(&self, points: &mut Points<'_>) {
    ///         match fs::read("/no/such/quota") {
    ///             Ok(quota) => points.push(&self.0, &[], Point::gauge(quota.len())),
    ///             Err(error) => points.fail(&self.0, error),
    ///         }
    ///     }
    /// }
    ///
    /// let registry = Registry::new();
    /// let quota = Descriptor::gauge("doc_quota", "The quota.").build()?;
    /// registry.register_collector(Quota(quota))?.leak();
    /// let mut text = String::new();
    /// registry.encode_text(&mut text);
    /// assert!(text.contains("measurand_conflicts 1\n") && !text.contains("doc_quota"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[doc(alias = "NewInvalidMetric")]
    pub fn fail(&mut self, family: &Descriptor, error: impl fmt::Display) {
        let name = self.known.shown_name(family);
        let reason = Reason::Failed(error.to_string());
        self.given.report(Problem::Point(Box::new(PointProblem::new(name, family, reason))));
    }

    /// Adds the points and problems of `other`.
    pub(super) fn push_all(&mut self, other: &CollectorPoints) {
        for problem in &other.problems {
            let mut problem = problem.clone();
            if let (Problem::Point(point), Some(wrap)) = (&mut problem, &self.known.wrap) {
                point.metric = wrap.name(&point.metric);
            }
            self.given.report(problem);
        }
        for (index, family) in other.of_points.iter().enumerate() {
            let Some(family) = other.families.get(*family) else { continue };
            let Some(point) = other.kept.point(index, &family.descriptor) else { continue };
            let values = other.kept.values(index);
            if let Err(shortage) = self.try_push(&family.descriptor, values, &point) {
                self.given.shortage = Some(shortage);
                return;
            }
        }
    }

    fn try_push<'v>(
        &mut self,
        family: &Descriptor,
        label_values: impl Iterator<Item = &'v str>,
        point: &Point<'_>,
    ) -> Result<(), TryReserveError> {
        let Some(family) = self.family(family)? else { return Ok(()) };
        let given = &mut *self.given;
        given.of_points.try_reserve(1)?;
        given.kept.try_push(label_values, point)?;
        given.of_points.push(family);
        Ok(())
    }

    /// Returns the index of a family among those given, and adds it if it is new; `None` if it
    /// cannot be shown.
    fn family(&mut self, family: &Descriptor) -> Result<Option<usize>, TryReserveError> {
        // Most points are of the same family as the one before.
        if let Some(last) = self.given.of_points.last()
            && self.given.is_family(*last, family)
        {
            return Ok(Some(*last));
        }
        if let Some(index) = self.given.find(family) {
            return Ok(Some(index));
        }
        let (descriptor, shown) = match self.known.find(family) {
            Some(claim) => (claim.descriptor.clone(), claim.shown.clone()),
            None if self.known.is_pedantic => {
                let name = self.known.shown_name(family);
                let problem = PointProblem::new(name, family, Reason::Undescribed);
                self.given.report(Problem::Point(Box::new(problem)));
                return Ok(None);
            }
            None => {
                let descriptor = Arc::new(family.clone());
                match self.known.shown(&descriptor) {
                    Ok(shown) => (descriptor, shown),
                    Err(refusal) => {
                        self.given.report(refusal.into());
                        return Ok(None);
                    }
                }
            }
        };
        self.given.push_family(descriptor, shown).map(Some)
    }
}

impl fmt::Debug for Points<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Points").field("points", &self.given.len()).finish_non_exhaustive()
    }
}

/// Returns why a point cannot be shown, if it cannot.
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

/// Returns what is wrong with a native histogram, if anything is.
fn native_problem(value: &NativeValue<'_>) -> Option<&'static str> {
    let is_in_order =
        |buckets: &[(i32, u64)]| buckets.is_sorted_by(|(index, _), (next, _)| index < next);
    let counts = [value.positive, value.negative].into_iter().flatten().map(|(_, count)| *count);
    let in_buckets = counts.fold(value.zero_count, u64::wrapping_add);
    if !(-4..=8).contains(&value.schema) {
        Some("its schema must be from -4 to 8")
    } else if !(value.zero_threshold >= 0.0 && value.zero_threshold.is_finite()) {
        Some("its zero threshold must be 0 or more, and finite")
    } else if !is_in_order(value.positive) || !is_in_order(value.negative) {
        Some("the indices of its buckets must be strictly increasing")
    } else if in_buckets > value.classic.count() {
        Some("its native buckets hold more observations than the classic ones")
    } else {
        None
    }
}

/// The points that a collector gave. Its buffers are kept between gathers.
#[derive(Default)]
pub(super) struct CollectorPoints {
    /// The number of the collector.
    pub(super) owner: u64,
    families: Vec<CollectorFamily>,
    kept: KeptPoints,
    /// The index of the family of each point.
    of_points: Vec<usize>,
    /// The last family whose name has this hash.
    by_name: HashMap<u64, usize>,
    hasher: RandomState,
    /// What is wrong with the points.
    problems: Vec<Problem>,
    /// Set if there was not enough memory for all points.
    shortage: Option<TryReserveError>,
}

/// A family that a collector gave.
pub(super) struct CollectorFamily {
    /// The family as the collector names it.
    pub(super) descriptor: Arc<Descriptor>,
    /// The family with the additions of a view.
    pub(super) shown: Arc<Descriptor>,
    /// Its index among the families of the registry, if it is shown.
    target: Option<usize>,
    /// The previous family whose name has the same hash.
    before: Option<usize>,
}

/// The most problems that are kept of a collector at a time.
const MOST_PROBLEMS: usize = 100;

impl CollectorPoints {
    pub(super) fn bytes(&self) -> usize {
        let CollectorPoints { families, by_name, kept, of_points, problems, .. } = self;
        families.capacity() * size_of::<CollectorFamily>()
            + by_name.capacity() * size_of::<(u64, usize)>()
            + kept.bytes()
            + of_points.capacity() * size_of::<usize>()
            + problems.capacity() * size_of::<Problem>()
    }

    pub(super) fn clear(&mut self) {
        self.families.clear();
        self.kept.clear();
        self.of_points.clear();
        self.by_name.clear();
        self.problems.clear();
        self.shortage = None;
    }

    /// Returns the number of points.
    pub(super) fn len(&self) -> usize {
        self.of_points.len()
    }

    fn hash(&self, family: &Descriptor) -> u64 {
        self.hasher.hash_one(family.name())
    }

    fn is_family(&self, index: usize, family: &Descriptor) -> bool {
        self.families.get(index).is_some_and(|given| given.descriptor.is_like(family))
    }

    /// Returns the index of a family, if it was given.
    pub(super) fn find(&self, family: &Descriptor) -> Option<usize> {
        let last = self.by_name.get(&self.hash(family)).copied();
        let before = |index: &usize| self.families.get(*index)?.before;
        std::iter::successors(last, before).find(|index| self.is_family(*index, family))
    }

    fn push_family(
        &mut self,
        descriptor: Arc<Descriptor>,
        shown: Arc<Descriptor>,
    ) -> Result<usize, TryReserveError> {
        let (index, hash) = (self.families.len(), self.hash(&descriptor));
        self.families.try_reserve(1)?;
        self.by_name.try_reserve(1)?;
        let before = self.by_name.insert(hash, index);
        self.families.push(CollectorFamily { descriptor, shown, target: None, before });
        Ok(index)
    }

    /// Returns the error if there was not enough memory for all points.
    pub(super) fn shortage(&mut self) -> Result<(), TryReserveError> {
        self.shortage.take().map_or(Ok(()), Err)
    }

    pub(super) fn families(&self) -> &[CollectorFamily] {
        &self.families
    }

    /// Returns whether the families differ from those known of the collector.
    pub(super) fn has_news(&self, claims: &Claims) -> bool {
        let is_gone = |claim: &Claim| !claim.is_described && self.find(&claim.descriptor).is_none();
        self.families.iter().any(|family| claims.find(&family.descriptor).is_none())
            || claims.claims.iter().any(is_gone)
    }

    /// What is wrong with the points.
    pub(super) fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(super) fn report(&mut self, problem: Problem) {
        if self.problems.len() < MOST_PROBLEMS && !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// Reports that the labels of a point were given twice.
    pub(super) fn report_twice(&mut self, point: usize) {
        let Some(family) = self.family(point) else { return };
        let name = family.shown.name().to_owned();
        let problem = PointProblem::new(name, &family.descriptor, Reason::Twice);
        self.report(Problem::Point(Box::new(problem)));
    }

    /// Finds the index of each family among those of the registry.
    pub(super) fn aim(&mut self, target: impl Fn(&CollectorFamily) -> Option<usize>) {
        for family in &mut self.families {
            family.target = target(family);
        }
    }

    fn family(&self, point: usize) -> Option<&CollectorFamily> {
        self.families.get(*self.of_points.get(point)?)
    }

    /// Returns the index on the page of the family of a point, if it is shown.
    pub(super) fn target(&self, point: usize) -> Option<usize> {
        self.family(point)?.target
    }

    /// Returns the label values of a point, without those of the registry.
    pub(super) fn values(&self, point: usize) -> impl Iterator<Item = &str> {
        let shown = self.family(point).map(|family| &*family.shown);
        let constant = shown.map_or(&ConstLabels::NONE, |shown| &shown.const_labels);
        self.kept.values(point).chain(constant.iter().map(|(_, value)| value))
    }

    /// Returns the value of one label of a point.
    pub(super) fn value(&self, point: usize, label: usize) -> &str {
        let Some(family) = self.family(point) else { return "" };
        let own = family.shown.label_names.len();
        match label.checked_sub(own) {
            None => self.kept.value(point, label),
            Some(index) => family.shown.const_labels.get(index).map_or("", |(_, value)| value),
        }
    }

    /// Returns a point of a family.
    pub(super) fn point<'a>(&'a self, point: usize, family: &'a Descriptor) -> Option<Point<'a>> {
        self.kept.point(point, family)
    }
}
