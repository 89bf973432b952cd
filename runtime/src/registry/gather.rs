//! A gather: every family and its series in order, poured into a sink.

use std::borrow::Cow;
use std::collections::TryReserveError;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::Registry;
use super::family::{Family, Listed};
use super::list::SeriesList;
use super::own::{Figure, OWN, OwnFamily};
use super::settings::Settings;
use super::state::Published;
use crate::idle::Reusable;
use crate::kind::Kind;
use crate::memory;
use crate::place::Totals;
use crate::read::{Flow, LabelValues, Labels, Point, Sink, Value};
use crate::storage::Sweep;
use crate::unit::Scale;

/// Families that can be gathered: those of a [`Registry`](super::Registry), or what somebody makes of
/// them.
///
/// What serves or encodes metrics takes any of these:
/// [`encode_text_of`](crate::exposition::encode_text_of), and the endpoint and the listener of the
/// feature `actix` by their method `source`. Implement it to show a part of a registry, several of them,
/// or families from elsewhere; families are to come by name, each once, as every format asks.
///
/// ```
/// use measurand::exposition::encode_text_of;
/// use measurand::registry::{Flow, Gather, GatherError, Labels, Point, Sink};
/// use measurand::{Counter, Descriptor, Metrics, Registry};
///
/// /// The families of a registry whose names have a prefix.
/// struct Only(&'static str, Registry);
///
/// impl Gather for Only {
///     fn try_gather(&self, sink: &mut dyn Sink) -> Result<(), GatherError> {
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
/// /// Two of which one is shown.
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
    /// Pours every family and its series into `sink`.
    ///
    /// # Errors
    ///
    /// If there is no memory for what has to be kept meanwhile.
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<(), GatherError>;
}

impl Gather for Registry {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<(), GatherError> {
        Registry::try_gather(self, sink)
    }
}

macro_rules! pointer {
    ($($pointer:ty),*) => {$(
        impl<G: Gather + ?Sized> Gather for $pointer {
            fn try_gather(&self, sink: &mut dyn Sink) -> Result<(), GatherError> {
                (**self).try_gather(sink)
            }
        }
    )*};
}
pointer!(&G, Box<G>, Arc<G>);

/// What a gather needs room for, kept between gathers.
#[derive(Default)]
pub(super) struct Scratch {
    sweep: Sweep,
    buckets: Vec<u64>,
    lists: Vec<Arc<Listed>>,
}

impl Reusable for Scratch {
    fn bytes(&self) -> usize {
        let Scratch { sweep, buckets, lists } = self;
        sweep.bytes()
            + buckets.capacity() * size_of::<u64>()
            + lists.capacity() * size_of::<Arc<Listed>>()
    }

    fn clear(&mut self) {
        self.buckets.clear();
        self.lists.clear();
    }
}

impl Published {
    /// Everything that needs memory of its own comes before the sink is shown anything.
    pub(super) fn gather(
        &self,
        sink: &mut dyn Sink,
        scratch: &mut Scratch,
    ) -> Result<(), GatherError> {
        let Scratch { sweep, buckets, lists } = scratch;
        lists.clear();
        let totals = sweep.take()?;
        lists.try_reserve(self.families.len())?;
        for family in &self.families {
            lists.push(family.refresh().map_err(|source| {
                let family = Some(family.descriptor.name.clone());
                GatherError { family, source }
            })?);
        }
        let mut own = OWN.iter().peekable();
        for (family, listed) in std::iter::zip(&self.families, &*lists) {
            while let Some(own) =
                own.next_if(|own| own.descriptor.name.as_ref() < family.descriptor.name.as_ref())
            {
                if self.gather_own(own, lists, sink) == Flow::Stop {
                    return Ok(());
                }
            }
            if family.gather(&listed.series, totals, buckets, sink) == Flow::Stop {
                return Ok(());
            }
        }
        let _ = own.all(|own| self.gather_own(own, lists, sink) != Flow::Stop);
        Ok(())
    }

    fn gather_own(&self, own: &OwnFamily, lists: &[Arc<Listed>], sink: &mut dyn Sink) -> Flow {
        let is_zero = match own.figure {
            Figure::Problems => self.problems == 0,
            Figure::OfFamilies { is_any, .. } => !is_any(),
        };
        if is_zero { Flow::Continue } else { self.gather_own_figures(own, lists, sink) }
    }

    #[cold]
    fn gather_own_figures(
        &self,
        own: &OwnFamily,
        lists: &[Arc<Listed>],
        sink: &mut dyn Sink,
    ) -> Flow {
        let names = &self.own_names[own.index];
        let mut is_begun = false;
        let mut show = |family: Option<&str>, figure: u64| {
            if figure == 0 {
                return Flow::Continue;
            }
            if !std::mem::replace(&mut is_begun, true) {
                let flow = sink.family(&own.descriptor);
                if flow != Flow::Continue {
                    return flow;
                }
            }
            let number = Scale::Whole.number(figure);
            let is_counter = own.descriptor.kind == Kind::Counter;
            let value = if is_counter { Value::Counter(number) } else { Value::Gauge(number) };
            let values = OwnLabels { family, settings: &self.settings };
            sink.point(&own.descriptor, Labels::new(names, &values, 0), &Point::new(value))
        };
        let flow = match own.figure {
            Figure::Problems => show(None, self.problems),
            Figure::OfFamilies { of, .. } => std::iter::zip(&self.families, lists)
                .map(|(family, list)| show(Some(&family.descriptor.name), of(family, &list.series)))
                .find(|flow| *flow != Flow::Continue)
                .unwrap_or(Flow::Continue),
        };
        if flow == Flow::Continue && is_begun {
            sink.end();
        }
        flow
    }
}

/// The labels of a figure of the registry's own.
struct OwnLabels<'a> {
    family: Option<&'a str>,
    settings: &'a Settings,
}

impl LabelValues for OwnLabels<'_> {
    fn label_value(&self, _: usize, label: usize) -> &str {
        let mut values = self.family.into_iter().chain(self.settings.label_values());
        values.nth(label).unwrap_or_default()
    }
}

impl Family {
    fn gather(
        &self,
        list: &SeriesList,
        totals: &Totals,
        buckets: &mut Vec<u64>,
        sink: &mut dyn Sink,
    ) -> Flow {
        let family = &self.descriptor;
        let mut is_begun = false;
        for block in list.blocks() {
            let mut batch = block.batch(family, totals, buckets);
            // Nothing of the family is shown if nothing of it was ever updated.
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
            match sink.batch(&mut batch) {
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

/// Why nothing was gathered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatherError {
    /// The family that it failed at, if it is that of one.
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
