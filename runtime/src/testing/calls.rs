//! The calls of an instrumented function, by name.

use std::fmt;

use crate::calls::{CallSite, Outcome};
use crate::metric::HistogramSnapshot;
use crate::registry::Registry;
use crate::unit::Seconds;

/// The calls of a function with [`#[instrument_metrics]`](crate::instrument_metrics) that is
/// counted in the families that all functions share. Created by [`calls_of`].
///
/// The methods return current values, within the isolation of the thread.
///
/// ```
/// use measurand::calls::Outcome;
/// use measurand::instrument_metrics;
/// use measurand::testing::{self, FunctionCalls};
///
/// #[instrument_metrics]
/// fn price(item: &str) -> Option<u32> {
///     (item == "tea").then_some(3)
/// }
///
/// # fn main() {
/// let _isolation = testing::isolate();
/// price("tea");
/// let calls: FunctionCalls = testing::calls_of("price");
/// assert_eq!(calls.count(Outcome::Ok), 1);
/// assert_eq!(calls.in_progress(), 0);
/// assert_eq!(calls.durations().count(), 1);
/// # }
/// ```
#[derive(Clone, Copy)]
pub struct FunctionCalls(&'static CallSite);

impl FunctionCalls {
    /// Returns the number of calls that ended with this outcome.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.0.series().count(outcome)
    }

    /// Returns the number of calls that ended with an error of this kind, which is a value of the
    /// label `error`: for functions whose attribute has `error = …`.
    ///
    /// ```
    /// use measurand::{LabelValue, instrument_metrics, testing};
    ///
    /// #[derive(LabelValue, Clone, Copy)]
    /// enum Refusal {
    ///     Empty,
    ///     TooLong,
    /// }
    ///
    /// fn kind(refusal: &Refusal) -> Refusal {
    ///     *refusal
    /// }
    ///
    /// #[instrument_metrics(error = kind)]
    /// fn greet(name: &str) -> Result<String, Refusal> {
    ///     match name.len() {
    ///         0 => Err(Refusal::Empty),
    ///         1..=20 => Ok(format!("Hello, {name}!")),
    ///         _ => Err(Refusal::TooLong),
    ///     }
    /// }
    ///
    /// # fn main() {
    /// let _isolation = testing::isolate();
    /// assert!(greet("").is_err());
    /// assert_eq!(testing::calls_of("greet").errors("empty"), 1);
    /// assert_eq!(testing::calls_of("greet").errors("too_long"), 0);
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if there is no such kind.
    #[track_caller]
    pub fn errors(&self, kind: &str) -> u64 {
        let kinds: Vec<_> = self.0.error_kinds().collect();
        match kinds.iter().position(|other| *other == kind) {
            Some(index) => self.0.errors(index),
            None if kinds.is_empty() => {
                panic!("{self} has no kinds of errors\nhelp: add `error = …` to its attribute")
            }
            None => panic!("{self} has no errors `{kind}`\nnote: it has {}", listed(&kinds)),
        }
    }

    /// Returns the number of calls in progress.
    pub fn in_progress(&self) -> u64 {
        self.0.series().in_progress()
    }

    /// Returns the durations of calls.
    pub fn durations(&self) -> HistogramSnapshot<Seconds> {
        self.0.series().durations()
    }
}

impl fmt::Display for FunctionCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", path_of(self.0))
    }
}

impl fmt::Debug for FunctionCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FunctionCalls").field(&path_of(self.0)).finish()
    }
}

fn path_of(site: &CallSite) -> String {
    let [function, module] = site.labels();
    format!("{module}::{function}")
}

fn listed(names: &[impl AsRef<str>]) -> String {
    let names = names.iter().map(|name| format!("`{}`", name.as_ref()));
    names.collect::<Vec<_>>().join(", ")
}

/// Returns the calls of an instrumented function, by its name and as much of its path as makes it
/// unique, such as `Shop::price` or `orders::Shop::price`.
///
/// The calls of a field of type [`Calls`](crate::Calls) have methods of the same names.
///
/// ```
/// use measurand::{calls::Outcome, instrument_metrics, testing};
///
/// #[instrument_metrics]
/// fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
///     text.parse()
/// }
///
/// # fn main() {
/// let _isolation = testing::isolate();
/// parse("12").unwrap();
/// parse("twelve").unwrap_err();
/// let calls = testing::calls_of("parse");
/// assert_eq!((calls.count(Outcome::Ok), calls.count(Outcome::Error)), (1, 1));
/// assert_eq!(calls.durations().count(), 2);
/// # }
/// ```
///
/// # Panics
///
/// Panics if no instrumented function of this program has this name, or several have.
#[track_caller]
pub fn calls_of(function: &str) -> FunctionCalls {
    calls_in(Registry::global(), function)
}

/// Like [`calls_of`], but for the functions of a registry.
///
/// # Panics
///
/// Panics if none of them has this name, or several have.
///
/// ```
/// use measurand::calls::Outcome;
/// use measurand::testing::{calls_in, isolate};
/// use measurand::{Registry, instrument_metrics};
///
/// #[instrument_metrics]
/// fn brew() {}
///
/// # fn main() {
/// let _isolation = isolate();
/// brew();
/// assert_eq!(calls_in(Registry::global(), "brew").count(Outcome::Ok), 1);
/// # }
/// ```
#[track_caller]
pub fn calls_in(registry: &Registry, function: &str) -> FunctionCalls {
    let all: Vec<&CallSite> =
        registry.statics().iter().filter_map(|fields| fields.any()?.downcast_ref()).collect();
    let is_called_so = |site: &&CallSite| {
        let path = path_of(site);
        path.strip_suffix(function).is_some_and(|it| it.is_empty() || it.ends_with("::"))
    };
    let found: Vec<_> = all.iter().copied().filter(is_called_so).collect();
    match *found {
        [site] => FunctionCalls(site),
        [] => {
            let mut paths: Vec<_> = all.iter().map(|site| path_of(site)).collect();
            paths.sort();
            panic!(
                "no function with `#[instrument_metrics]` is called `{function}`\nnote: those that exist are {}\n\
                 help: if its attribute names a field, its calls are in that field",
                listed(&paths)
            )
        }
        _ => {
            let paths: Vec<_> = found.iter().map(|site| path_of(site)).collect();
            panic!("`{function}` may be any of {}\nhelp: add more of the path", listed(&paths))
        }
    }
}
