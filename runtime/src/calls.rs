//! Calls of functions: how many there were and how they ended, how long they took, and how many are
//! in progress.
//!
//! [`instrument_metrics`](crate::instrument_metrics) counts the calls of a function. By default,
//! they are in three families that all instrumented functions of the binary share, distinguished by
//! the labels `function` and `module`:
//!
//! | family | contents |
//! |---|---|
//! | `function_calls_total{function,module,outcome}` | calls that have ended, by their [`Outcome`] |
//! | `function_calls_duration_seconds{function,module}` | durations of calls |
//! | `function_calls_in_progress{function,module}` | calls in progress |
//!
//! If a function turns its errors into a label, with `error = …`, they are distinguished in
//! `function_calls_total{function,module,outcome,error}`.
//!
//! Functions that belong together can have families and labels of their own, through a field of
//! type [`Calls`] in a metrics struct.
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

// Named by generated code, or used in the types that it creates.
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
pub use written_labels::{WrittenLabels, WrittenNames, check_call_labels};

pub(crate) use outcome::MAX_KINDS;

use std::fmt;

use crate::labels::{LabelList, LabelSet, Naming};
use crate::metric::{AsyncWork, Declaration, HistogramSnapshot, Make, Maker};
use crate::number::Number;
use crate::read::{Collect as _, Labels, PointBuffers};
use crate::series::{AnySeries as _, ByLabels, Found, Handle, Kept, Reading, Stored as _, Target};
use crate::unit::Seconds;

/// The empty label set.
///
/// It is what a family or [`Calls`] has as labels if there are none, and what `Calls` has as kinds of
/// errors if they are not distinguished:
///
/// ```
/// use measurand::calls::{NoLabels, Outcome};
/// use measurand::{Calls, Metrics};
///
/// /// The importer.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_no_labels", global = IMPORTER)]
/// struct ImporterMetrics {
///     /// Files imported; the same as `Calls`.
///     files: Calls<NoLabels, NoLabels>,
/// }
///
/// IMPORTER.files.start().end(Outcome::Ok);
/// assert_eq!(IMPORTER.files.with(NoLabels).count(Outcome::Ok), 1);
/// ```
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

/// Calls of functions that belong together, distinguished by the labels `L`, and failed ones also
/// by the kind of error `E`.
///
/// A field `pricing` of this type declares three families: `pricing_calls_total` with the label
/// `outcome`, `pricing_duration_seconds` and `pricing_in_progress`. It takes all options of
/// `#[metric(…)]`; `max_series` limits the number of label sets. Count calls of a function with
/// `#[instrument_metrics(METRICS.pricing)]`, of a closure with [`run`](Calls::run), of a future
/// with [`run_async`](Calls::run_async), and anything else with [`start`](Calls::start).
///
/// See the [module](self) for an example with labels. Kinds of errors are an enum, whose label is
/// exposed beside the outcome:
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
    /// Returns the calls with these labels.
    ///
    /// ```
    /// use measurand::calls::Outcome;
    /// use measurand::{Calls, LabelSet, Metrics};
    ///
    /// #[derive(LabelSet)]
    /// struct Tenant<'a> { tenant: &'a str }
    ///
    /// /// The importer.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_calls_with", global = IMPORTER)]
    /// struct ImporterMetrics {
    ///     /// Files imported.
    ///     #[metric(max_series = 100)]
    ///     files: Calls<Tenant<'static>>,
    /// }
    ///
    /// for tenant in ["acme", "initech", "hooli", "acme"] {
    ///     IMPORTER.files.with(Tenant { tenant }).start().end(Outcome::Ok);
    /// }
    /// assert_eq!(IMPORTER.files.with(Tenant { tenant: "acme" }).count(Outcome::Ok), 2);
    ///
    /// // Tenants leave: one, those with a certain name, all.
    /// assert!(IMPORTER.files.remove(Tenant { tenant: "acme" }));
    /// let removed = IMPORTER.files.remove_where(|labels| labels.get("tenant") == Some("hooli"));
    /// assert_eq!(removed, 1);
    /// IMPORTER.files.clear();
    /// assert_eq!(IMPORTER.files.with(Tenant { tenant: "initech" }).count(Outcome::Ok), 0);
    /// ```
    #[doc(alias = "get_or_create")]
    #[doc(alias = "with_label_values")]
    #[inline]
    pub fn with<'l>(
        &self,
        labels: L::With<'l>,
    ) -> Handle<'_, ByLabels<L::With<'l>>, CallSeries<E>> {
        Handle::new(self.counts.store(), ByLabels(labels))
    }

    /// Removes the calls with these labels, and returns whether there were any.
    ///
    /// Closed labels start again at 0. Calls in progress still count where they started; with open
    /// labels, that is no longer exposed.
    #[doc(alias = "remove_label_values")]
    pub fn remove(&self, labels: L::With<'_>) -> bool {
        let store = self.counts.store();
        if L::LABELS.open() == 0 {
            let row = labels.position();
            let is_touched = Outcome::ALL.iter().any(|outcome| self.with_row(row, *outcome) != 0);
            store.clear_positions([row]);
            return is_touched;
        }
        store.table().is_some_and(|table| table.remove(&labels))
    }

    fn with_row(&self, row: usize, outcome: Outcome) -> u64 {
        let found = Found::closed(row, L::COMBINATIONS);
        Handle::new(self.counts.store(), found).count(outcome)
    }

    /// Removes the calls of every label set for which `predicate` returns `true`, and returns the
    /// number of label sets.
    #[doc(alias = "retain")]
    #[doc(alias = "delete_partial_match")]
    pub fn remove_where(&self, mut predicate: impl FnMut(&Labels<'_>) -> bool) -> usize {
        self.counts.remove_series(&mut predicate)
    }

    /// Removes all calls.
    pub fn clear(&self) {
        self.remove_where(|_| true);
    }
}

/// The label set of calls without labels.
///
/// ```
/// use measurand::Calls;
/// use measurand::calls::{Outcome, Unlabelled};
///
/// /// Returns the number of calls that have not succeeded.
/// fn failed<L: Unlabelled>(calls: &Calls<L>) -> u64 {
///     let failures = Outcome::ALL.iter().filter(|outcome| **outcome != Outcome::Ok);
///     failures.map(|outcome| calls.count(*outcome)).sum()
/// }
/// #
/// # /// M.
/// # #[derive(measurand::Metrics)]
/// # #[metrics(namespace = "doc_unlabelled", global = IMPORTER)]
/// # struct M {
/// #     /// Files imported.
/// #     files: Calls,
/// # }
///
/// IMPORTER.files.start().end(Outcome::Cancelled);
/// assert_eq!(failed(&IMPORTER.files), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "these calls have labels, of type `{Self}`",
    label = "choose them first: `.with(labels)`",
    note = "write `calls.with(labels).start()`, and in the same way `run`, `run_async` and the methods that read"
)]
pub trait Unlabelled: LabelSet + 'static {
    /// Returns the empty label set.
    #[doc(hidden)]
    fn none<'l>() -> Self::With<'l>;
}

impl Unlabelled for NoLabels {
    #[inline]
    fn none<'l>() -> Self::With<'l> {
        NoLabels
    }
}

/// Methods of calls without labels.
impl<L: LabelSet + 'static, E: LabelSet + 'static> Calls<L, E> {
    /// Starts a call, which ends when the returned value is ended or dropped.
    ///
    /// ```
    /// use measurand::calls::Outcome;
    /// # use measurand::{Calls, Metrics};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_calls_start", global = IMPORTER)]
    /// # struct M {
    /// #     /// Files imported.
    /// #     files: Calls,
    /// # }
    ///
    /// let call = IMPORTER.files.start();
    /// assert_eq!(IMPORTER.files.in_progress(), 1);
    /// call.end(Outcome::Ok);
    /// assert_eq!(IMPORTER.files.in_progress(), 0);
    /// assert_eq!((IMPORTER.files.count(Outcome::Ok), IMPORTER.files.durations().count()), (1, 1));
    /// ```
    pub fn start(&self) -> Call<'_, E>
    where
        L: Unlabelled,
    {
        self.with(L::none()).start()
    }

    /// Counts `work` as one call. Its outcome is that of the returned value, or `panicked`.
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
    /// A `Result` is an error if it is an `Err`, whatever it contains. Only
    /// `#[instrument_metrics]`, which knows the type, looks at the status of a response inside.
    ///
    /// A value that is never an error tells nothing about its call: use [`start`](Calls::start)
    /// instead. For a future use [`run_async`](Calls::run_async).
    pub fn run<R: Fallible>(&self, work: impl FnOnce() -> R) -> R
    where
        L: Unlabelled,
    {
        self.with(L::none()).run(work)
    }

    /// Counts the polling of `work` as one call, from its first poll on. `work` is a future, or a
    /// closure that returns one.
    ///
    /// The outcome is that of the future's value, or `panicked`. A future that is dropped before it
    /// is ready is `cancelled`, and one that is never polled is not counted.
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

    /// Returns the number of calls with this outcome.
    pub fn count(&self, outcome: Outcome) -> u64
    where
        L: Unlabelled,
    {
        self.with(L::none()).count(outcome)
    }

    /// Returns the number of calls in progress.
    pub fn in_progress(&self) -> u64
    where
        L: Unlabelled,
    {
        self.with(L::none()).in_progress()
    }

    /// Returns the durations of calls.
    pub fn durations(&self) -> HistogramSnapshot<Seconds>
    where
        L: Unlabelled,
    {
        self.with(L::none()).durations()
    }
}

/// Methods of the calls with one label set.
impl<'a, T: Target<CallSeries<E>>, E: LabelSet + 'static> Handle<'a, T, CallSeries<E>> {
    /// Looks the series up once, for code that counts many calls in it.
    pub fn keep(&self) -> Kept<'a, CallSeries<E>> {
        self.hold()
    }

    /// Starts a call, which ends when the returned value is ended or dropped.
    ///
    /// ```
    /// use measurand::calls::Outcome;
    /// # use measurand::{Calls, Metrics, family::Method};
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_calls_handle", global = GATEWAY)]
    /// # struct M {
    /// #     /// Requests passed on.
    /// #     requests: Calls<Method>,
    /// # }
    ///
    /// let gets = GATEWAY.requests.with(Method::Get).keep();
    /// let call = gets.start();
    /// assert_eq!(gets.in_progress(), 1);
    /// call.end(Outcome::Error);
    /// assert_eq!((gets.count(Outcome::Error), gets.durations().count()), (1, 1));
    /// ```
    pub fn start(&self) -> Call<'a, E> {
        Call::start(self.hold())
    }

    /// Counts `work` as one call, like [`Calls::run`].
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

    /// Counts the polling of `work` as one call, like [`Calls::run_async`]. The series is looked up
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

    /// Returns the number of calls with this outcome; 0 if there is no such series.
    pub fn count(&self, outcome: Outcome) -> u64 {
        let ends = 0..outcome::ends(self.facts().kinds);
        let ends = ends.filter(|end| End(*end).parts().0 == outcome);
        self.read(|read| {
            let ended = |read| ends.map(|end| Reading::ended(read, end)).fold(0, u64::wrapping_add);
            read.map_or(0, ended)
        })
    }

    /// Returns the number of calls in progress.
    pub fn in_progress(&self) -> u64 {
        self.read(|read| read.map_or(0, Reading::in_progress))
    }

    /// Returns the durations of calls: the buckets, the count and the sum at one moment.
    pub fn durations(&self) -> HistogramSnapshot<Seconds> {
        let bounds = &self.facts().bounds;
        let mut buffers = PointBuffers::default();
        buffers.counts.resize(bounds.buckets(), 0);
        let sum =
            self.read(|read| read.map(|read| CallSeries::distribution_in(read, &mut buffers)));
        let sum = sum.unwrap_or(Number::Nanoseconds(0));
        HistogramSnapshot::new(bounds.upper.clone(), buffers.counts, sum)
    }
}

/// The type of a field, as the derive uses it.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `measurand::Calls`",
    label = "another type with the same name",
    note = "a field whose type is written `Calls` counts the calls of functions"
)]
pub trait CallsMetric: Sized + 'static {
    /// The label set.
    type Labels: LabelSet + 'static;
    /// The kinds of errors.
    type Errors: LabelSet + 'static;

    /// Returns the family of calls that have ended.
    fn counts(&self) -> &CallCounts<Self::Labels, Self::Errors>;
    /// Returns the family of durations.
    fn durations(&self) -> &CallDurations<Self::Labels, Self::Errors>;
    /// Returns the family of calls in progress.
    fn running(&self) -> &CallsRunning<Self::Labels, Self::Errors>;

    /// Creates the field from the declaration of its durations.
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
