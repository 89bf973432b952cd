//! A gather: every family and its series in order, passed to a sink.

use std::borrow::Cow;
use std::collections::TryReserveError;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::Registry;
use super::claims::Claims;
use super::collected_points::{CollectedPoints, PointIndex};
use super::conflict::Problem;
use super::family::{Listed, ListedFamily};
use super::list::SeriesList;
use super::own::{self, RegistryFigures};
use super::points::CollectorFamily;
use super::published::Published;
use super::report::Report;
use super::round::Rounds;
use crate::descriptor::Descriptor;
use crate::idle::Reusable;
use crate::memory;
use crate::place::Totals;
use crate::read::{Flow, Labels, Point, PointBuffers, Sink};
use crate::storage::Sweep;

/// A source of families: a [`Registry`](super::Registry), or something built on one.
///
/// Everything that serves or encodes metrics accepts any source:
/// [`encode_text_of`](crate::exposition::encode_text_of), and the method `source` of the endpoint
/// and the listener of the feature `actix`. Combine several with [`Registries`](super::Registries).
/// Implement this trait to show part of a registry, or families from elsewhere. Families must be
/// sorted by name, and each must appear once, since all formats require it.
///
/// ```
/// use measurand::exposition::encode_text_of;
/// use measurand::registry::{Flow, Gather, GatherError, Labels, Point, Report, Sink};
/// use measurand::{Counter, Descriptor, Metrics, Registry};
///
/// /// The families of a registry whose names have a prefix.
/// struct Only(&'static str, Registry);
///
/// impl Gather for Only {
///     fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
///         self.1.try_gather(&mut Filter { prefix: self.0, sink })
///     }
/// }
///
/// struct Filter<'a> {
///     prefix: &'static str,
///     sink: &'a mut dyn Sink,
/// }
///
/// impl Sink for Filter<'_> {
///     fn family(&mut self, family: &Descriptor) -> Flow {
///         if family.name().starts_with(self.prefix) { self.sink.family(family) } else { Flow::Skip }
///     }
///     fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
///         self.sink.point(family, labels, point)
///     }
///     fn end(&mut self) {
///         self.sink.end();
///     }
/// }
///
/// /// Two metrics, of which one is shown.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_gather", instance)]
/// struct DocMetrics {
///     /// Orders taken.
///     orders_total: Counter,
///     /// Sheep counted.
///     sheep_total: Counter,
/// }
///
/// let registry = Registry::new();
/// let _metrics = DocMetrics::register(&registry)?;
/// let mut text = String::new();
/// encode_text_of(&Only("doc_gather_orders", registry), &mut text);
/// assert!(text.contains("doc_gather_orders_total 0\n") && !text.contains("sheep"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Gather {
    /// Passes every family and its series to `sink`. The report lists what was left out; the page
    /// is valid without it.
    ///
    /// # Errors
    ///
    /// Returns an error if there is not enough memory. Nothing was passed to the sink then.
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError>;
}

/// A source that threads share.
#[cfg(any(feature = "export", feature = "pushgateway", feature = "serve"))]
pub(crate) type SharedGather = Arc<dyn Gather + Send + Sync>;

impl Gather for Registry {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        Registry::try_gather(self, sink)
    }
}

macro_rules! pointer {
    ($($pointer:ty),*) => {$(
        impl<G: Gather + ?Sized> Gather for $pointer {
            fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
                (**self).try_gather(sink)
            }
        }
    )*};
}
pointer!(&G, Box<G>, Arc<G>);

/// The buffers of a gather, kept between gathers.
#[derive(Default)]
pub(super) struct GatherBuffers {
    sweep: Sweep,
    point_buffers: PointBuffers,
    lists: Vec<Arc<Listed>>,
    pub(super) given: CollectedPoints,
    /// The collectors that failed in this gather.
    pub(super) failed: Vec<Problem>,
    pub(super) rounds: Rounds,
}

impl Reusable for GatherBuffers {
    fn bytes(&self) -> usize {
        let GatherBuffers { sweep, point_buffers, lists, given, failed, .. } = self;
        let lists = lists.capacity() * size_of::<Arc<Listed>>();
        let failed = failed.capacity() * size_of::<Problem>();
        sweep.bytes() + point_buffers.bytes() + lists + failed + given.bytes()
    }

    fn clear(&mut self) {
        self.point_buffers.clear();
        self.lists.clear();
        self.given.clear();
        self.failed.clear();
    }
}

impl Published {
    /// Passes the families to `sink`. Everything that allocates comes before the first call of the
    /// sink.
    pub(super) fn gather(
        &self,
        sink: &mut dyn Sink,
        buffers: &mut GatherBuffers,
        problems: impl FnOnce(&CollectedPoints) -> Result<Arc<[Problem]>, TryReserveError>,
    ) -> Result<Report, GatherError> {
        let GatherBuffers { sweep, point_buffers, lists, given, failed, .. } = buffers;
        lists.clear();
        let totals = sweep.take()?;
        lists.try_reserve(self.families.len())?;
        for family in &self.families {
            lists.push(family.refresh().map_err(|source| {
                let family = Some(family.descriptor.name.clone());
                GatherError { family, source }
            })?);
        }
        self.arrange(given, lists)?;
        let problems = problems(given)?;
        RegistryFigures { published: self, lists, problems: problems.len() as u64 }.collect(given);
        given.shortage()?;
        self.arrange(given, lists)?;
        let mut shown = 0;
        for (index, (family, listed)) in std::iter::zip(&self.families, &*lists).enumerate() {
            let points = given.of_family(&mut shown, index);
            let mut context = FamilyContext { totals, point_buffers, given, points };
            if family.gather(&listed.series, &mut context, sink) == Flow::Stop {
                break;
            }
        }
        Ok(Report::new(problems, std::mem::take(failed)))
    }

    /// Finds the place of each given point on the page.
    fn arrange(
        &self,
        given: &mut CollectedPoints,
        lists: &[Arc<Listed>],
    ) -> Result<(), TryReserveError> {
        if given.is_arranged() {
            return Ok(());
        }
        given.arrange(
            |owner, family: &CollectorFamily| {
                let claim = self.claims(owner)?.find(&family.descriptor)?;
                let name = claim.shown.name();
                let by_name = |other: &Arc<ListedFamily>| other.descriptor.name().cmp(name);
                let index = self.families.binary_search_by(by_name).ok();
                index.filter(|_| claim.refusal.is_none())
            },
            |given, target, point: PointIndex| {
                let is_there = |listed: &Arc<Listed>| listed.series.has(|| given.values(point));
                lists.get(target).is_some_and(is_there)
            },
        )
    }

    /// Returns what is known about the families of a collector.
    pub(super) fn claims(&self, owner: u64) -> Option<&Claims> {
        if owner == own::OWNER {
            return Some(own::claims());
        }
        let index = self.collectors.binary_search_by_key(&owner, |(id, ..)| *id).ok()?;
        self.collectors.get(index).map(|(.., claims)| &**claims)
    }
}

/// What the series of a family are read from.
struct FamilyContext<'a> {
    totals: &'a Totals,
    point_buffers: &'a mut PointBuffers,
    given: &'a CollectedPoints,
    /// The points of the family that collectors gave.
    points: &'a [PointIndex],
}

impl ListedFamily {
    fn gather(
        &self,
        list: &SeriesList,
        context: &mut FamilyContext<'_>,
        sink: &mut dyn Sink,
    ) -> Flow {
        let family = &self.descriptor;
        let mut is_begun = !context.points.is_empty();
        if is_begun {
            let flow = sink.family(family);
            if flow != Flow::Continue {
                return flow;
            }
        }
        for block in list.blocks() {
            let mut batch = block.batch(family, context.totals, context.point_buffers);
            // A sparse family is not shown until one of its series is updated.
            if family.is_sparse && !batch.is_any_touched() {
                continue;
            }
            if !is_begun {
                let flow = sink.family(family);
                if flow != Flow::Continue {
                    return flow;
                }
                is_begun = true;
            }
            let flow = match context.points {
                [] => sink.batch(&mut batch),
                points => {
                    let mut points = points.iter().copied().peekable();
                    let flow = batch.points(&mut |family, labels, point| {
                        let is_before = |given: &PointIndex| {
                            context.given.values(*given).lt(labels.iter().map(|(_, value)| value))
                        };
                        while let Some(point) = points.next_if(is_before) {
                            let flow = show_given(context.given, point, family, list, sink);
                            if flow != Flow::Continue {
                                return flow;
                            }
                        }
                        sink.point(family, labels, point)
                    });
                    context.points = &context.points[context.points.len() - points.len()..];
                    flow
                }
            };
            match flow {
                Flow::Continue => {}
                Flow::Skip => return Flow::Continue,
                Flow::Stop => return Flow::Stop,
            }
        }
        for point in context.points {
            match show_given(context.given, *point, family, list, sink) {
                Flow::Continue => {}
                Flow::Skip => return Flow::Continue,
                Flow::Stop => return Flow::Stop,
            }
        }
        if is_begun {
            sink.end();
        }
        Flow::Continue
    }
}

fn show_given(
    given: &CollectedPoints,
    point: PointIndex,
    family: &Descriptor,
    list: &SeriesList,
    sink: &mut dyn Sink,
) -> Flow {
    let show = |labels: Labels<'_>, point: &Point<'_>| sink.point(family, labels, point);
    given.show(point, family, list, show).unwrap_or(Flow::Continue)
}

/// The error of a gather: there is not enough memory.
///
/// ```
/// use measurand::Registry;
/// use measurand::exposition::try_encode_text_bytes_of;
/// use measurand::registry::{Gather, GatherError, Report, Sink};
///
/// /// A registry after something that needs memory of its own.
/// struct Merged(Registry);
///
/// impl Gather for Merged {
///     fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
///         let mut families: Vec<String> = Vec::new();
///         families.try_reserve(usize::MAX)?;
///         self.0.try_gather(sink)
///     }
/// }
///
/// let mut page = Vec::new();
/// let error = try_encode_text_bytes_of(&Merged(Registry::new()), &mut page).unwrap_err();
/// assert!(error.to_string().starts_with("no memory for the list of the series"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatherError {
    /// The family whose list did not fit, if it was that of one.
    family: Option<Cow<'static, str>>,
    source: TryReserveError,
}

impl GatherError {
    pub(crate) fn end_process(self) -> ! {
        memory::end_process(self.source)
    }
}

impl fmt::Display for GatherError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no memory for the list of the series")?;
        if let Some(family) = &self.family {
            write!(f, " of `{family}`")?;
        }
        f.write_str("; give the process more memory, or keep fewer series, such as by `max_series`")
    }
}

impl From<TryReserveError> for GatherError {
    fn from(source: TryReserveError) -> GatherError {
        GatherError { family: None, source }
    }
}

impl Error for GatherError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
