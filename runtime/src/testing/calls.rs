//! The calls of an instrumented function, by its name.

use std::fmt;

use crate::calls::{CallSite, Outcome};
use crate::metric::HistogramSnapshot;
use crate::registry::Registry;
use crate::unit::Seconds;

/// The calls of a function with [`#[instrument_metrics]`](crate::instrument_metrics) that counts in the
/// families of all such functions. Made by [`calls_of`].
///
/// What it says is what is so now, in the isolation that the thread is in.
#[derive(Clone, Copy)]
pub struct FunctionCalls(&'static CallSite);

impl FunctionCalls {
    /// How many calls have ended so.
    pub fn count(&self, outcome: Outcome) -> u64 {
        self.0.series().count(outcome)
    }

    /// How many calls have ended with an error of that kind, as the label `error` has it: for functions whose
    /// attribute says `error = …`.
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
    /// If there is no such kind.
    #[track_caller]
    pub fn errors(&self, kind: &str) -> u64 {
        let kinds: Vec<_> = self.0.error_kinds().collect();
        match kinds.iter().position(|other| *other == kind) {
            Some(index) => self.0.errors(index),
            None if kinds.is_empty() => {
                panic!("{self} has no kinds of errors\nhelp: write `error = …` in its attribute")
            }
            None => panic!("{self} has no errors `{kind}`\nnote: it has {}", listed(&kinds)),
        }
    }

    /// How many calls run now.
    pub fn in_progress(&self) -> u64 {
        self.0.series().in_progress()
    }

    /// How long calls took.
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

/// The calls of an instrumented function: by its name, after as much of its path as tells it from others, such
/// as `Shop::price` or `orders::Shop::price`.
///
/// Those of a field of type [`Calls`](crate::Calls) have methods of the same names.
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
/// If no instrumented function of this program is called so, or several are.
#[track_caller]
pub fn calls_of(function: &str) -> FunctionCalls {
    calls_in(Registry::global(), function)
}

/// Like [`calls_of`], but of the functions that a registry shows.
///
/// # Panics
///
/// If none of them is called so, or several are.
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
                "no function with `#[instrument_metrics]` is called `{function}`\nnote: there are {}\n\
                 help: the calls of a function whose attribute names a field are that field's",
                listed(&paths)
            )
        }
        _ => {
            let paths: Vec<_> = found.iter().map(|site| path_of(site)).collect();
            panic!("`{function}` may be any of {}\nhelp: write more of the path", listed(&paths))
        }
    }
}
