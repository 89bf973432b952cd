//! A gather: every family and its series in order, poured into a sink.

use std::borrow::Cow;
use std::collections::{HashSet, TryReserveError};
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use super::family::{Family, Listed};
use super::labels::Labels;
use super::list::{News, SeriesList};
use super::own::{Figure, OWN, OwnFamily};
use super::sink::{HistogramValue, Sink, Value};
use super::source::{Source, Sources};
use super::state::Published;
use crate::descriptor::Descriptor;
use crate::idle::Reusable;
use crate::kind::Kind;
use crate::memory;
use crate::place::Totals;
use crate::rows::Rows;
use crate::storage::Sweep;
use crate::unit::Scale;

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
    pub(super) fn gather<S: Sink + ?Sized>(
        &self,
        sink: &mut S,
        scratch: &mut Scratch,
    ) -> Result<(), GatherError> {
        let Scratch { sweep, buckets, lists } = scratch;
        lists.clear();
        let totals = sweep.take().map_err(GatherError::new)?;
        lists.try_reserve(self.families.len()).map_err(GatherError::new)?;
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
                self.gather_own(own, lists, sink);
            }
            family.gather(&listed.series, totals, buckets, sink);
        }
        own.for_each(|own| self.gather_own(own, lists, sink));
        lists.clear();
        Ok(())
    }

    fn gather_own<S: Sink + ?Sized>(&self, own: &OwnFamily, lists: &[Arc<Listed>], sink: &mut S) {
        let is_zero = match own.figure {
            Figure::Problems => self.problems == 0,
            Figure::OfFamilies { is_any, .. } => !is_any(),
        };
        if !is_zero {
            self.gather_own_figures(own, lists, sink);
        }
    }

    #[cold]
    fn gather_own_figures<S: Sink + ?Sized>(
        &self,
        own: &OwnFamily,
        lists: &[Arc<Listed>],
        sink: &mut S,
    ) {
        let descriptor = &own.descriptor;
        let list = self.own[own.index].get_or_init(|| Box::new(self.own_list(descriptor)));
        let mut is_begun = false;
        list.scalars(&Totals::default(), (Scale::Whole, false), |labels, index| {
            let figure = match own.figure {
                Figure::Problems => self.problems,
                Figure::OfFamilies { of, .. } => {
                    let index = usize::try_from(index).unwrap_or(usize::MAX);
                    let family = self.families.get(index).zip(lists.get(index));
                    family.map_or(0, |(family, list)| of(family, &list.series))
                }
            };
            if figure == 0 {
                return;
            }
            if !is_begun {
                sink.family(descriptor);
                is_begun = true;
            }
            if !sink.make_room(1, labels.text_len()) {
                return;
            }
            let number = Scale::Whole.number(figure);
            let is_counter = descriptor.kind == Kind::Counter;
            let value = if is_counter { Value::Counter(number) } else { Value::Gauge(number) };
            sink.series(descriptor, labels, value);
        });
    }
}

impl Published {
    /// The series of one of the registry's own families: one, or one for each family, with the
    /// family's index as its value.
    fn own_list(&self, own: &Descriptor) -> SeriesList {
        let names = self.settings.label_names(own);
        let (mut values, mut sources) = (Rows::new(names.len()), Vec::new());
        let mut push = |index: usize, family: Option<&str>| {
            values.push(family.into_iter().chain(self.settings.label_values()));
            sources.push(Source::Constant(index as u64));
        };
        if own.label_names.is_empty() {
            push(0, None);
        } else {
            for (index, family) in self.families.iter().enumerate() {
                push(index, Some(&family.descriptor.name));
            }
        }
        let (sources, structs) = (Sources(sources), HashSet::new());
        let news = News { column: &sources, values: &values, gone: None, structs: &structs };
        let list = SeriesList::new(&own.name, names).with(&news);
        list.unwrap_or_else(|error| memory::end_process(error))
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

/// Why nothing was gathered.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct GatherError {
    /// The family that it failed at, if it is that of one.
    family: Option<Cow<'static, str>>,
    source: TryReserveError,
}

impl GatherError {
    pub(super) fn new(source: TryReserveError) -> GatherError {
        GatherError { family: None, source }
    }

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

impl Error for GatherError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}
