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

/// Several registries, or whatever else can be gathered, as one page.
///
/// Families come by name and series by label values, as from one registry:
///
/// - Families of one name that show alike (name, help, kind, unit, buckets and label names) are one, whose
///   series are merged.
/// - Of equal series the one of the first source stays. Only the figures of registries about themselves,
///   such as `measurand_conflicts`, add up, and of ages the greater one stays.
/// - A family that wants the name of one of a source before, or one of its samples', is left out.
///
/// What is left out stands in the [`Report`], and once in the log; `measurand_conflicts` does not know of
/// it. Every source is gathered and kept before anything is shown, so that nothing is shown if one
/// fails. A single source is passed through.
///
/// Sources of several types are boxed: `Registries<Box<dyn Gather + Send + Sync>>`.
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
    /// Room kept between gathers.
    merge: Idle<Merge>,
    logged: Mutex<Vec<Problem>>,
}

impl<G: Gather> Registries<G> {
    /// These sources as one, of which the first has precedence.
    pub fn new(sources: impl IntoIterator<Item = G>) -> Registries<G> {
        let sources = sources.into_iter().collect();
        Registries { sources, merge: Idle::new(), logged: Mutex::default() }
    }

    /// Logs what is not in the log yet. Where another thread is at it, that is left for the next time.
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
        // A logger may come back here.
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

    /// Shows a family, and fails if it is to.
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
