//! Several registries as one.

mod merge;
mod page;

use std::fmt;
use std::sync::{Mutex, PoisonError, TryLockError};

use super::conflict::Problem;
use super::gather::{Gather, GatherError};
use super::report::Report;
use super::{MOST_LOGGED, Registry};
use crate::idle::Idle;
use crate::read::Sink;
use merge::Merge;

/// Several registries, or other sources, as one page.
///
/// Families are sorted by name and series by label values, as from one registry:
///
/// - Families with the same name, help, kind, unit, buckets and label names become one, whose
///   series are merged.
/// - Of equal series, the one of the first source is kept. Only what registries report about
///   themselves, such as `measurand_conflicts`, is added up, and of ages the greatest is kept.
/// - A family whose name, or that of one of its samples, is taken by a family of an earlier source
///   is left out.
///
/// What is left out is in the [`Report`], and logged once; `measurand_conflicts` does not count it.
/// All sources are gathered before the sink is called, so nothing is shown if one fails. A single
/// source is passed through.
///
/// Sources of different types must be boxed: `Registries<Box<dyn Gather + Send + Sync>>`.
///
/// ```
/// use measurand::exposition::encode_text_of;
/// use measurand::registry::Registries;
/// use measurand::runtime::FamilyOptions;
/// use measurand::{Gauge, Registry};
///
/// let [core, plugins] = [Registry::new(), Registry::new()];
/// for (registry, pool) in [(&core, "orders"), (&plugins, "mail")] {
///     let family = FamilyOptions::new("doc_registries_idle", "Connections idle.").max_series(10);
///     family.register::<Gauge, 1>(registry, ["pool"])?.leak().with([pool]).set(3.0);
/// }
/// let mut text = String::new();
/// encode_text_of(&Registries::new([core, plugins]), &mut text);
/// assert!(text.ends_with("idle{pool=\"mail\"} 3\ndoc_registries_idle{pool=\"orders\"} 3\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[doc(alias = "Gatherers")]
pub struct Registries<G = Registry> {
    sources: Vec<G>,
    /// Buffers kept between gathers.
    merge: Idle<Merge>,
    logged: Mutex<Vec<Problem>>,
}

impl<G: Gather> Registries<G> {
    /// Combines sources, of which earlier ones take precedence.
    pub fn new(sources: impl IntoIterator<Item = G>) -> Registries<G> {
        let sources = sources.into_iter().collect();
        Registries { sources, merge: Idle::new(), logged: Mutex::default() }
    }

    /// Logs problems that were not logged yet. If another thread is logging, that is left for the
    /// next gather.
    fn log(&self, problems: &[Problem]) {
        if problems.is_empty() {
            return;
        }
        let mut logged = match self.logged.try_lock() {
            Ok(logged) => logged,
            Err(TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
            Err(TryLockError::WouldBlock) => return,
        };
        let is_new = |problem: &&Problem| !logged.contains(problem);
        let news = problems.iter().filter(is_new).take(MOST_LOGGED.saturating_sub(logged.len()));
        let news: Vec<_> = news.cloned().collect();
        logged.extend_from_slice(&news);
        // The logger may gather, and come back here.
        drop(logged);
        news.iter().for_each(|problem| log::error!("{problem}"));
    }
}

impl<G: Gather> Gather for Registries<G> {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        if let [only] = &*self.sources {
            return only.try_gather(sink);
        }
        let mut merge = self.merge.take();
        let gathered = merge.gather(&self.sources, sink);
        let mut report = Report::default();
        if gathered.is_ok() {
            report.extend(merge.reported.drain(..));
            self.log(&merge.problems);
            report.extend(merge.problems.drain(..));
        }
        self.merge.put(merge);
        gathered.map(|()| report)
    }
}

impl<G: Gather> FromIterator<G> for Registries<G> {
    fn from_iter<I: IntoIterator<Item = G>>(sources: I) -> Self {
        Registries::new(sources)
    }
}

impl<G> fmt::Debug for Registries<G> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registries").field("sources", &self.sources.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::descriptor::Descriptor;
    use crate::read::{Flow, Labels, Point};

    /// Shows a family, and then fails if told so.
    struct Source(bool);

    impl Gather for Source {
        fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
            let family = Descriptor::gauge("source", "Of a test.").build().unwrap();
            let _ = sink.family(&family);
            let names = ["a".into()];
            struct Values;
            impl crate::read::RowFacts for Values {
                fn label_value(&self, _: usize, _: usize) -> &str {
                    "x"
                }
            }
            let _ = sink.point(&family, Labels::new(&names, &Values, 0), &Point::gauge(1));
            sink.end();
            match self.0 {
                true => Err(Vec::<u64>::new().try_reserve(usize::MAX).unwrap_err().into()),
                false => Ok(Report::default()),
            }
        }
    }

    #[derive(Default)]
    struct Count(usize);

    impl Sink for Count {
        fn family(&mut self, _: &Descriptor) -> Flow {
            self.0 += 1;
            Flow::Continue
        }

        fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
            Flow::Continue
        }
    }

    #[test]
    fn of_an_error_of_one_source_nothing_is_shown() {
        let mut count = Count::default();
        let all = Registries::new([Source(false), Source(true)]);
        assert!(all.try_gather(&mut count).is_err());
        assert_eq!(count.0, 0);
        let all = Registries::new([Source(false), Source(false)]);
        let report = all.try_gather(&mut count).unwrap();
        assert_eq!((count.0, report.problems().count()), (1, 1));
    }
}
