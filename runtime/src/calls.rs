//! Calls of functions: how many there were and how they ended, how long they took, and how many run
//! now.
//!
//! [`instrument_metrics`](crate::instrument_metrics) counts the calls of a function. Without more,
//! they are in three families that all instrumented functions of the binary share, told apart by
//! the labels `function` and `module`:
//!
//! | family | what |
//! |---|---|
//! | `function_calls_total{function,module,outcome}` | calls that have ended, by their [`Outcome`] |
//! | `function_calls_duration_seconds{function,module}` | how long they took |
//! | `function_calls_in_progress{function,module}` | calls that run now |
//!
//! A function that turns its errors into a label, by `error = …`, has them apart in
//! `function_calls_total{function,module,outcome,error}`.
//!
//! Functions that belong together can have families of their own, with labels of their own: a field
//! of type [`Calls`] in a metrics struct.
//!
//! ```
//! use measurand::calls::Outcome;
//! use measurand::{Calls, LabelValue, Metrics, instrument_metrics};
//!
//! /// What is done with a price.
//! #[derive(LabelValue, Clone, Copy)]
//! enum Op {
//!     Insert,
//!     Find,
//! }
//!
//! /// The price list.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_shop", global = SHOP)]
//! struct ShopMetrics {
//!     /// Use of the price list.
//!     #[metric(buckets = exponential(0.000_001, 10, 6))]
//!     pricing: Calls<Op>,
//! }
//!
//! #[instrument_metrics(SHOP.pricing, labels(op = Op::Insert))]
//! fn insert(price: u64) -> Result<(), String> {
//!     if price > 0 { Ok(()) } else { Err("nothing is free".to_owned()) }
//! }
//!
//! #[instrument_metrics(SHOP.pricing, labels(op = Op::Find))]
//! fn find() -> u64 {
//!     7
//! }
//!
//! insert(7).unwrap();
//! insert(0).unwrap_err();
//! find();
//! assert_eq!(SHOP.pricing.with(Op::Insert).count(Outcome::Error), 1);
//!
//! let mut text = String::new();
//! measurand::encode_text(&mut text);
//! assert!(text.contains("doc_shop_pricing_calls_total{op=\"insert\",outcome=\"ok\"} 1\n"));
//! assert!(text.contains("doc_shop_pricing_duration_seconds_count{op=\"find\"} 1\n"));
//! assert!(text.contains("doc_shop_pricing_in_progress{op=\"find\"} 0\n"));
//! ```

mod cells;
mod error_kinds;
mod future;
mod guard;
mod outcome;
mod prepared;
mod returned;
mod site;
mod views;
mod written_labels;

#[doc(hidden)]
pub use cells::CallSeries;
pub use future::RunFuture;
pub use guard::Call;
pub use outcome::{Fallible, Outcome};

// What generated code names, or what stands in the types that it makes.
#[doc(hidden)]
pub use error_kinds::{AnyKind, ErrorKinds, KindsOf, NoKind, end_of, kinds_of};
#[doc(hidden)]
pub use future::Instrumented;
#[doc(hidden)]
pub use guard::{Infallible, Returning, Timing};
#[doc(hidden)]
pub use outcome::{End, Optional, Outcomes, end_of_decision, end_of_option};
#[doc(hidden)]
pub use prepared::{AnyCalls, Prepared, calls, prepare, prepare_named, prepare_unlabelled};
#[doc(hidden)]
pub use returned::{
    AskAny, AskError, AskFallible, AskFallibleError, AskPlainError, AskResponseError, Failure,
    Nothing, Open, OpenAny, OpenFallible, OpenResult, Opened, PlainError, Returned,
};
#[doc(hidden)]
pub use site::{CallSite, CallSiteFacts, Function};
#[doc(hidden)]
pub use views::{CallCounts, CallDurations, CallsRunning};
#[doc(hidden)]
pub use written_labels::{Names, WrittenLabels, check_call_labels};

pub(crate) use outcome::MAX_KINDS;

use std::fmt;

use crate::labels::{LabelList, LabelSet, Naming};
use crate::metric::{AsyncWork, Declaration, HistogramSnapshot, Make, Maker};
use crate::number::Number;
use crate::read::{Collect as _, Labels, Room};
use crate::series::{AnySeries as _, ByLabels, Found, Handle, Kept, Reading, Stored as _, Target};
use crate::unit::Seconds;

/// No labels at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct NoLabels;

#[diagnostic::do_not_recommend]
impl LabelSet for NoLabels {
    type With<'a> = NoLabels;
    type Values = ();
    const LABELS: LabelList = LabelList::new();
    const NAMING: Naming = Naming::ByLabel;

    fn from_values((): ()) -> NoLabels {
        NoLabels
    }

    #[inline]
    fn position(&self) -> usize {
        0
    }

    #[inline]
    fn visit_open(&self, _: &mut impl FnMut(&str)) {}
}

/// The calls of functions that belong together, told apart by the labels `L`, and of those that
/// failed, by the kind of error `E`.
///
/// A field `pricing` of this type is three families, with all options of `#[metric(…)]`:
/// `pricing_calls_total` with the label `outcome`, `pricing_duration_seconds` and
/// `pricing_in_progress`. `max_series` limits the sets of labels. Functions count in it by
/// `#[instrument_metrics(METRICS.pricing)]`, a closure by [`run`](Calls::run), a future by
/// [`run_async`](Calls::run_async), and anything else by [`start`](Calls::start).
///
/// See the [module](self) for an example with labels. Kinds of errors are an enum, whose label stands
/// beside the outcome:
///
/// ```
/// use measurand::calls::{NoLabels, Outcome};
/// use measurand::{Calls, LabelValue, Metrics, instrument_metrics};
///
/// #[derive(LabelValue, Clone, Copy)]
/// enum ErrorKind {
///     Missing,
///     Broken,
/// }
///
/// fn kind(error: &std::io::Error) -> ErrorKind {
///     match error.kind() {
///         std::io::ErrorKind::NotFound => ErrorKind::Missing,
///         _ => ErrorKind::Broken,
///     }
/// }
///
/// /// The loader.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_loader", global = LOADER)]
/// struct LoaderMetrics {
///     /// Loading of files.
///     files: Calls<NoLabels, ErrorKind>,
/// }
///
/// #[instrument_metrics(LOADER.files, error = kind)]
/// fn load(path: &str) -> std::io::Result<Vec<u8>> {
///     std::fs::read(path)
/// }
///
/// load("/no/such/file").unwrap_err();
/// assert_eq!(LOADER.files.count(Outcome::Error), 1);
///
/// let mut text = String::new();
/// measurand::encode_text(&mut text);
/// assert!(text.contains(
///     "doc_loader_files_calls_total{outcome=\"error\",error_kind=\"missing\"} 1\n"
/// ));
/// ```
pub struct Calls<L = NoLabels, E: 'static = NoLabels> {
    counts: CallCounts<L, E>,
}

impl<L: LabelSet + 'static, E: LabelSet + 'static> Calls<L, E> {
    /// The calls of these labels.
    #[doc(alias = "get_or_create")]
    #[doc(alias = "with_label_values")]
    #[inline]
    pub fn with<'l>(
        &self,
        labels: L::With<'l>,
    ) -> Handle<'_, ByLabels<L::With<'l>>, CallSeries<E>> {
        Handle::new(self.counts.store(), ByLabels(labels))
    }

    /// Removes the calls of these labels, and says whether there were any.
    ///
    /// Closed labels start again at 0. Calls that run while they are removed go on counting where
    /// they started, which is not exposed any more if the labels are open.
    #[doc(alias = "remove_label_values")]
    pub fn remove(&self, labels: L::With<'_>) -> bool {
        let store = self.counts.store();
        if L::LABELS.open() == 0 {
            let row = labels.position();
            let is_touched = Outcome::ALL.iter().any(|outcome| self.with_row(row, *outcome) != 0);
            store.clear_members([row]);
            return is_touched;
        }
        store.table().is_some_and(|table| table.remove(&labels))
    }

    fn with_row(&self, row: usize, outcome: Outcome) -> u64 {
        let found = Found::member(row, L::COMBINATIONS);
        Handle::new(self.counts.store(), found).count(outcome)
    }

    /// Removes the calls of all labels that `is_it` picks, and says how many there were.
    #[doc(alias = "retain")]
    #[doc(alias = "delete_partial_match")]
    pub fn remove_where(&self, mut is_it: impl FnMut(&Labels<'_>) -> bool) -> usize {
        self.counts.remove_series(&mut is_it)
    }

    /// Removes all calls.
    pub fn clear(&self) {
        self.remove_where(|_| true);
    }
}

/// The labels of calls that have none.
#[diagnostic::on_unimplemented(
    message = "these calls have labels, of type `{Self}`",
    label = "choose them first: `.with(labels)`",
    note = "write `calls.with(labels).start()`, and so for `run`, `run_async` and what is read"
)]
pub trait Unlabelled: LabelSet + 'static {
    /// No labels.
    #[doc(hidden)]
    fn none<'l>() -> Self::With<'l>;
}

impl Unlabelled for NoLabels {
    #[inline]
    fn none<'l>() -> Self::With<'l> {
        NoLabels
    }
}

/// Of calls without labels.
impl<L: LabelSet + 'static, E: LabelSet + 'static> Calls<L, E> {
    /// Counts a call that starts.
    pub fn start(&self) -> Call<'_, E>
    where
        L: Unlabelled,
    {
        self.with(L::none()).start()
    }

    /// Counts `work` as one call, whose outcome is that of what it returns, or `panicked`.
    ///
    /// ```
    /// use measurand::calls::Outcome;
    /// use measurand::{Calls, Metrics};
    ///
    /// /// The parser.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_parser", global = PARSER)]
    /// struct ParserMetrics {
    ///     /// Numbers parsed.
    ///     numbers: Calls,
    /// }
    ///
    /// let number = PARSER.numbers.run(|| "12".parse::<u8>());
    /// assert_eq!(number, Ok(12));
    /// PARSER.numbers.run(|| "twelve".parse::<u8>()).unwrap_err();
    /// assert_eq!(PARSER.numbers.count(Outcome::Ok), 1);
    /// assert_eq!(PARSER.numbers.count(Outcome::Error), 1);
    /// ```
    ///
    /// A `Result` is an error if it is an `Err`, whatever is inside: that a response inside has a status
    /// is seen by `#[instrument_metrics]` alone, which knows the type.
    ///
    /// A value that is never an error says nothing of its call: count that by
    /// [`start`](Calls::start). A future is run by [`run_async`](Calls::run_async).
    pub fn run<R: Fallible>(&self, work: impl FnOnce() -> R) -> R
    where
        L: Unlabelled,
    {
        self.with(L::none()).run(work)
    }

    /// Counts the polling of `work` as one call, from its first poll on: of a future, or of one that
    /// a closure returns.
    ///
    /// Its outcome is that of the future's value, or `panicked`; dropped before it is ready it is
    /// `cancelled`, and never polled it is no call.
    ///
    /// ```
    /// use measurand::calls::Outcome;
    /// use measurand::{Calls, Metrics};
    ///
    /// /// The fetcher.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_fetcher", global = FETCHER)]
    /// struct FetcherMetrics {
    ///     /// Pages fetched.
    ///     pages: Calls,
    /// }
    ///
    /// async fn fetch(page: &str) -> Result<String, std::fmt::Error> {
    ///     Ok(page.to_owned())
    /// }
    ///
    /// # let runtime = actix_web::rt::Runtime::new().unwrap();
    /// # runtime.block_on(async {
    /// let page = FETCHER.pages.run_async(fetch("home")).await;
    /// assert_eq!(page.as_deref(), Ok("home"));
    /// assert_eq!(FETCHER.pages.count(Outcome::Ok), 1);
    /// # });
    /// ```
    pub fn run_async<W, Kind>(&self, work: W) -> RunFuture<'_, E, W::Future>
    where
        L: Unlabelled,
        W: AsyncWork<Kind, Future: Future<Output: Fallible>>,
    {
        self.with(L::none()).run_async(work)
    }

    /// How many calls have ended so.
    pub fn count(&self, outcome: Outcome) -> u64
    where
        L: Unlabelled,
    {
        self.with(L::none()).count(outcome)
    }

    /// How many calls run now.
    pub fn in_progress(&self) -> u64
    where
        L: Unlabelled,
    {
        self.with(L::none()).in_progress()
    }

    /// How long calls took.
    pub fn durations(&self) -> HistogramSnapshot<Seconds>
    where
        L: Unlabelled,
    {
        self.with(L::none()).durations()
    }
}

/// Of the calls of some labels.
impl<'a, T: Target<CallSeries<E>>, E: LabelSet + 'static> Handle<'a, T, CallSeries<E>> {
    /// Finds the series for good, for code that counts many calls in it.
    pub fn keep(&self) -> Kept<'a, CallSeries<E>> {
        self.hold()
    }

    /// Counts a call that starts.
    pub fn start(&self) -> Call<'a, E> {
        Call::start(self.hold())
    }

    /// Counts `work` as one call, as [`Calls::run`] does.
    ///
    /// ```
    /// use measurand::calls::Outcome;
    /// use measurand::{Calls, LabelValue, Metrics};
    ///
    /// /// What is parsed.
    /// #[derive(LabelValue, Clone, Copy)]
    /// enum Part {
    ///     Head,
    ///     Body,
    /// }
    ///
    /// /// The parser.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_part_parser", global = PARSER)]
    /// struct ParserMetrics {
    ///     /// Parts parsed.
    ///     parts: Calls<Part>,
    /// }
    ///
    /// PARSER.parts.with(Part::Body).run(|| "twelve".parse::<u8>()).unwrap_err();
    /// assert_eq!(PARSER.parts.with(Part::Body).count(Outcome::Error), 1);
    /// ```
    pub fn run<R: Fallible>(&self, work: impl FnOnce() -> R) -> R {
        let call = Prepared::new(self.hold(), Timing::Every).returning();
        let value = work();
        call.end(End::of_fallible(&value));
        value
    }

    /// Counts the polling of `work` as one call, as [`Calls::run_async`] does. The series is found
    /// now, and kept.
    ///
    /// ```
    /// use measurand::calls::Outcome;
    /// use measurand::{Calls, LabelValue, Metrics};
    ///
    /// /// What is fetched.
    /// #[derive(LabelValue, Clone, Copy)]
    /// enum Part {
    ///     Head,
    ///     Body,
    /// }
    ///
    /// /// The fetcher.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_part_fetcher", global = FETCHER)]
    /// struct FetcherMetrics {
    ///     /// Parts fetched.
    ///     parts: Calls<Part>,
    /// }
    ///
    /// # let runtime = actix_web::rt::Runtime::new().unwrap();
    /// # runtime.block_on(async {
    /// let work = async { Err::<(), _>("no head") };
    /// FETCHER.parts.with(Part::Head).run_async(work).await.unwrap_err();
    /// assert_eq!(FETCHER.parts.with(Part::Head).count(Outcome::Error), 1);
    /// # });
    /// ```
    pub fn run_async<W, Kind>(&self, work: W) -> RunFuture<'a, E, W::Future>
    where
        W: AsyncWork<Kind, Future: Future<Output: Fallible>>,
    {
        RunFuture::new(self.hold(), work.into_future())
    }

    /// How many calls have ended so; 0 if there is no such series.
    pub fn count(&self, outcome: Outcome) -> u64 {
        let ends = 0..outcome::ends(self.facts().kinds);
        let ends = ends.filter(|end| End(*end).parts().0 == outcome);
        self.read(|read| {
            let ended = |read| ends.map(|end| Reading::ended(read, end)).fold(0, u64::wrapping_add);
            read.map_or(0, ended)
        })
    }

    /// How many calls run now.
    pub fn in_progress(&self) -> u64 {
        self.read(|read| read.map_or(0, Reading::in_progress))
    }

    /// How long calls took: all buckets, the count and the sum, as they were at one moment.
    pub fn durations(&self) -> HistogramSnapshot<Seconds> {
        let bounds = &self.facts().bounds;
        let mut room = Room::default();
        room.counts.resize(bounds.buckets(), 0);
        let sum = self.read(|read| read.map(|read| CallSeries::distribution_in(read, &mut room)));
        let sum = sum.unwrap_or(Number::Nanoseconds(0));
        HistogramSnapshot::new(bounds.upper.clone(), room.counts, sum)
    }
}

/// A field's type, as the derive reaches it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `measurand::Calls`",
    label = "a type of that name, but another",
    note = "a field whose type is written `Calls` counts the calls of functions"
)]
pub trait CallsMetric: Sized + 'static {
    /// The labels.
    type Labels: LabelSet + 'static;
    /// The kinds of errors.
    type Errors: LabelSet + 'static;

    /// One of the three families.
    fn counts(&self) -> &CallCounts<Self::Labels, Self::Errors>;
    /// One of the three families.
    fn durations(&self) -> &CallDurations<Self::Labels, Self::Errors>;
    /// One of the three families.
    fn running(&self) -> &CallsRunning<Self::Labels, Self::Errors>;

    /// Makes it of the declaration of its durations.
    type Maker<D: Declaration>: Make<Self>;
}

impl<L: LabelSet + 'static, E: LabelSet + 'static> CallsMetric for Calls<L, E> {
    type Labels = L;
    type Errors = E;

    fn counts(&self) -> &CallCounts<L, E> {
        &self.counts
    }

    fn durations(&self) -> &CallDurations<L, E> {
        &self.counts.0
    }

    fn running(&self) -> &CallsRunning<L, E> {
        &self.counts.0.0
    }

    type Maker<D: Declaration> = Maker<Self, D>;
}

impl<L: LabelSet, E: LabelSet + 'static, D: Declaration> Make<Calls<L, E>>
    for Maker<Calls<L, E>, D>
{
    const NEW: Calls<L, E> = Calls { counts: CallCounts::new::<D>() };
}

impl<L, E: 'static> fmt::Debug for Calls<L, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Calls").finish_non_exhaustive()
    }
}
