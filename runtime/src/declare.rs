//! The declarations that `#[derive(Metrics)]` generates, and their checks at compile time.
//!
//! Generated code implements [`Scope`] and [`Field`] with plain facts, from which everything else
//! follows.

mod calls;
mod checks;
mod help;
mod labels;
mod quantiles;

pub use calls::{
    CallsField, CountsOf, DurationsOf, RunningOf, check_calls, check_calls_waived, counts,
    durations, running,
};
pub use checks::{
    LEGACY, check, check_buckets, check_clashes, check_group, check_label, check_legacy,
    check_native, check_native_option, check_scope_prefix, check_struct_utf8, check_utf8,
    check_waived,
};
pub use help::{joined, joined_len, paragraph, paragraph_len, refuse_if, text, without_full_stop};
pub use labels::{check_expire_after, check_max_label_bytes, check_max_series, check_zeros};
pub(crate) use quantiles::{AGE_BUCKETS_PROBLEM, MAX_AGE_BUCKETS, NO_AGE, quantiles_problem};
pub use quantiles::{check_age_buckets, check_max_age, check_quantiles};

use std::borrow::Cow;
use std::time::Duration;

use crate::descriptor::{ConstLabels, Descriptor, Location, Names};
use crate::kind::Kind;
use crate::labels::MAX_LABEL_BYTES;
use crate::link::{self, Entry, Linked};
use crate::metric::{Declaration, Make, Metric};
use crate::naming::{self, Before, DEFAULT_BUCKETS, DEFAULT_STORED, Rule, Rules, Text};
use crate::place::Place;
use crate::read::{Collect, Declarations, Fields};
use crate::storage::NativeOptions;
use crate::unit::{Representation, Scale, Unit};
pub(crate) use labels::EXPIRES_AT_ONCE;
use labels::{LabelNames, has_utf8_label, is_sparse, label_names};

/// The capacity for a name: a character more than the longest, so that a truncated name is too
/// long.
const MAX_NAME: usize = naming::MAX_NAME_BYTES + 4;

/// What the fields of a struct share.
pub trait Scope: 'static {
    /// The prefix of every name, including its separator.
    const PREFIX: &'static str;
    /// The names of labels whose values belong to each instance.
    const LABEL_NAMES: &'static [&'static str] = &[];
    /// Labels with constant values.
    const CONST_LABELS: &'static [(&'static str, &'static str)] = &[];
    /// Optional rules that are enabled.
    const DENIED: Rules = Rules::NONE;
    /// The struct, if it is a static in the link-time slice.
    const LINKED: Option<fn() -> Linked> = None;
    /// Rules that all names may break.
    const LEGACY: Rules = Rules::NONE;
    /// Whether names are completed only where the group is flattened.
    const IS_GROUP: bool = false;
    /// Whether the prefix may be followed by the name of a label.
    #[doc(hidden)]
    const MAY_NAME_LABEL: bool = naming::may_name_label(Self::PREFIX);
    /// The checked prefix.
    #[doc(hidden)]
    const BEFORE: Before<'static> = Before::of(Self::PREFIX, Self::LEGACY);
}

/// The scope of a group by itself, before it is flattened into a struct.
#[derive(Debug)]
pub enum NoScope {}

impl Scope for NoScope {
    const PREFIX: &'static str = "";
    const IS_GROUP: bool = true;
}

/// A string as a type.
pub trait Word: 'static {
    /// The string.
    const WORD: &'static str;
}

/// The scope of a group that is flattened with a prefix.
#[derive(Debug)]
pub struct Under<S, W>(std::marker::PhantomData<(S, W)>);

impl<S: Scope, W: Word> Under<S, W> {
    const TEXT: Text<MAX_NAME> = join(&[S::PREFIX, W::WORD, naming::separator_after(W::WORD)]);
}

impl<S: Scope, W: Word> Scope for Under<S, W> {
    const PREFIX: &'static str = Self::TEXT.as_str();
    const LABEL_NAMES: &'static [&'static str] = S::LABEL_NAMES;
    const CONST_LABELS: &'static [(&'static str, &'static str)] = S::CONST_LABELS;
    const DENIED: Rules = S::DENIED;
    const LINKED: Option<fn() -> Linked> = S::LINKED;
    const LEGACY: Rules = S::LEGACY;
}

const fn join(parts: &[&str]) -> Text<MAX_NAME> {
    let mut text = Text::new();
    let mut i = 0;
    while i < parts.len() {
        text.push(parts[i]);
        i += 1;
    }
    text
}

/// The facts about a metric as written in its declaration.
#[derive(Clone, Copy, Debug)]
pub struct FieldFacts {
    /// Its own name, without the prefix of the scope.
    name: &'static str,
    /// The full name, if the derive knows it.
    full_name: Option<&'static str>,
    /// The words of its own name, if they consist of lowercase letters and digits and the first
    /// starts with a letter; else empty.
    words: &'static [&'static str],
    /// The help text.
    help: &'static str,
    /// All other options.
    options: Options,
}

/// Creates the facts about most metrics: names and help.
pub const fn facts(
    name: &'static str,
    full_name: &'static str,
    words: &'static [&'static str],
    help: &'static str,
) -> FieldFacts {
    FieldFacts { name, full_name: Some(full_name), words, help, options: Options::NONE }
}

/// Creates the facts about a metric in a group, whose full name depends on where the group is
/// flattened.
pub const fn group_facts(
    name: &'static str,
    words: &'static [&'static str],
    help: &'static str,
) -> FieldFacts {
    FieldFacts { name, full_name: None, words, help, options: Options::NONE }
}

impl FieldFacts {
    /// Returns the facts with these options.
    pub const fn with(self, options: Options) -> FieldFacts {
        FieldFacts { options, ..self }
    }
}

/// The options of a metric besides its name and its help.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Waived rules.
    waived: Rules,
    /// The histogram buckets, if given.
    buckets: Option<Buckets>,
    /// The options of native buckets, if given.
    native: Option<NativeOptions>,
    /// The largest number of series, if given.
    max_series: Option<usize>,
    /// The longest value of an open label in bytes, if given.
    max_label_bytes: Option<usize>,
    /// The time without an update after which a series expires, if any.
    expire_after: Option<Duration>,
    /// Whether all series of a large family are exposed from the start.
    zeros: bool,
    /// The quantiles of a summary, each with its error.
    quantiles: &'static [(f64, f64)],
    /// The window that the quantiles look back over, if given.
    max_age: Option<Duration>,
    /// The number of steps in which the window moves, if given.
    age_buckets: Option<u32>,
    /// The function that the value is read from, if any.
    read: Option<fn() -> Option<u64>>,
}

impl Options {
    /// No options.
    pub const NONE: Options = Options {
        waived: Rules::NONE,
        buckets: None,
        native: None,
        max_series: None,
        max_label_bytes: None,
        expire_after: None,
        zeros: false,
        quantiles: &[],
        max_age: None,
        age_buckets: None,
        read: None,
    };

    /// Waives rules.
    pub const fn waived(self, waived: Rules) -> Options {
        Options { waived, ..self }
    }

    /// Sets the buckets.
    pub const fn buckets(self, buckets: Buckets) -> Options {
        Options { buckets: Some(buckets), ..self }
    }

    /// Sets the options of native buckets.
    pub const fn native(self, native: NativeOptions) -> Options {
        Options { native: Some(native), ..self }
    }

    /// Sets the largest number of series.
    pub const fn max_series(self, max_series: usize) -> Options {
        Options { max_series: Some(max_series), ..self }
    }

    /// Sets the longest value of an open label in bytes.
    pub const fn max_label_bytes(self, max_bytes: usize) -> Options {
        Options { max_label_bytes: Some(max_bytes), ..self }
    }

    /// Sets the time without an update after which a series expires.
    pub const fn expire_after(self, after: Duration) -> Options {
        Options { expire_after: Some(after), ..self }
    }

    /// Sets the quantiles, each with its error.
    pub const fn quantiles(self, quantiles: &'static [(f64, f64)]) -> Options {
        Options { quantiles, ..self }
    }

    /// Sets the window that the quantiles look back over.
    pub const fn max_age(self, max_age: Duration) -> Options {
        Options { max_age: Some(max_age), ..self }
    }

    /// Sets the number of steps in which the window moves.
    pub const fn age_buckets(self, age_buckets: u32) -> Options {
        Options { age_buckets: Some(age_buckets), ..self }
    }

    /// Sets the function that the value is read from.
    pub const fn read(self, read: fn() -> Option<u64>) -> Options {
        Options { read: Some(read), ..self }
    }

    /// Exposes all series from the start.
    pub const fn zeros(self) -> Options {
        Options { zeros: true, ..self }
    }
}

/// Returns the full name, which is only joined if the derive has not written it.
const fn full_name<F: Field>() -> &'static str {
    match F::FACTS.full_name {
        Some(name) => name,
        None => joined_name::<F>(),
    }
}

/// Returns the joined name. A function of its own, since a function evaluates every constant that
/// it names.
const fn joined_name<F: Field>() -> &'static str {
    F::TEXT.as_str()
}

/// A declared metric.
pub trait Field: Sized + 'static {
    /// The type of the field.
    type Metric: Metric;
    /// The scope of the field.
    type Scope: Scope;
    /// The facts as declared, in a single constant, since each constant costs compile time.
    const FACTS: FieldFacts;

    /// The full name, joined if the derive cannot write it.
    #[doc(hidden)]
    const TEXT: Text<MAX_NAME> = join(&[<Self::Scope as Scope>::PREFIX, Self::FACTS.name]);

    /// Whether its name certainly breaks no rule. It then ends with its unit, if it has one.
    #[doc(hidden)]
    const IS_PLAIN: bool = is_plain::<Self>();

    /// The names of the scope's labels, and of the metric's own labels.
    #[doc(hidden)]
    const LABELS: &'static LabelNames = &LabelNames::of(
        <Self::Scope as Scope>::LABEL_NAMES,
        <Self::Metric as Metric>::LABEL_LIST,
        full_name::<Self>(),
    );

    /// The descriptor without the location. Checks do not read locations, so they need not be
    /// evaluated again when a line above the struct is added.
    const CHECKED: &'static Descriptor = &Descriptor {
        name: Cow::Borrowed(full_name::<Self>()),
        help: Cow::Borrowed(Self::FACTS.help),
        kind: <Self::Metric as Metric>::KIND,
        unit: match <<Self::Metric as Metric>::Unit as Unit>::NAME {
            unit if unit.is_empty() => None,
            unit if Self::IS_PLAIN => Some(unit),
            unit => naming::exposed_unit(Self::FACTS.name, <Self::Metric as Metric>::KIND, unit),
        },
        label_names: Names::Declared(label_names::<Self>()),
        const_labels: ConstLabels::Declared(<Self::Scope as Scope>::CONST_LABELS),
        buckets: Cow::Borrowed(
            match (Self::FACTS.options.buckets, <Self::Metric as Metric>::KIND) {
                (Some(buckets), _) => strip_infinity(buckets.bounds),
                (None, Kind::Histogram) if !<Self::Metric as Metric>::IS_NATIVE => DEFAULT_BUCKETS,
                (None, _) => &[],
            },
        ),
        location: Location::UNKNOWN,
        waived: Self::FACTS.options.waived.or(<Self::Scope as Scope>::LEGACY),
        scale: <Self::Metric as Metric>::SCALE,
        type_unit: <<Self::Metric as Metric>::Unit as Unit>::NAME,
        is_open: <Self::Metric as Metric>::LABEL_LIST.open() > 0,
        is_sparse: is_sparse::<Self>(),
        needs_escaping: Self::FACTS.options.waived.or(<Self::Scope as Scope>::LEGACY).allows_utf8()
            || has_utf8_label::<Self>(),
    };
    /// The metric, at zero.
    const NEW: Self::Metric = <<Self::Metric as Metric>::Maker<Self> as Make<Self::Metric>>::NEW;
}

impl<F: Field> Declaration for F {
    const DESCRIPTOR: &'static Descriptor = F::CHECKED;
    const BOUNDS: &'static [u64] = match F::FACTS.options.buckets {
        Some(buckets) => buckets.stored.split_at(F::CHECKED.buckets().len()).0,
        None if <F::Metric as Metric>::IS_NATIVE => &[],
        None => DEFAULT_STORED,
    };
    const NATIVE: NativeOptions = match F::FACTS.options.native {
        Some(native) => native,
        None => NativeOptions::new(),
    };
    const PLACE: Place = match F::Scope::LINKED {
        Some(_) => Place::in_slabs(link::of(join_registry::<F::Scope>)),
        None => Place::AT_RUN_TIME,
    };
    const MAX_SERIES: usize = match F::FACTS.options.max_series {
        Some(max_series) => max_series,
        // One, and another one while it is being set.
        None if matches!(F::CHECKED.kind, Kind::Info) => 2,
        None => 0,
    };
    const MAX_LABEL_BYTES: usize = match F::FACTS.options.max_label_bytes {
        Some(max_bytes) => max_bytes,
        None => MAX_LABEL_BYTES,
    };
    const EXPIRE_AFTER: Option<Duration> = F::FACTS.options.expire_after;
    const QUANTILES: &'static [(f64, f64)] = F::FACTS.options.quantiles;
    const MAX_AGE: Option<Duration> = F::FACTS.options.max_age;
    const AGE_BUCKETS: Option<u32> = F::FACTS.options.age_buckets;
    const READ: Option<fn() -> Option<u64>> = F::FACTS.options.read;
    const LABEL_NAMES: &'static [&'static str] =
        F::CHECKED.label_names.declared().split_at(<F::Scope as Scope>::LABEL_NAMES.len()).1;
}

/// Registers a struct that is not in the link-time slice.
fn join_registry<S: Scope>() {
    if let Some(linked) = S::LINKED {
        link::join(linked());
    }
}

/// Returns the entry of a static struct.
pub const fn entry<S: Scope>() -> Entry {
    match S::LINKED {
        Some(linked) => linked,
        None => panic!("only a static struct is linked"),
    }
}

/// Returns the metric of a field as a trait object.
pub const fn collect<F: Field>(metric: &F::Metric) -> Option<&dyn Collect> {
    Some(metric)
}

/// A derived struct in the scope `S`: usually its own, and for a group that of the struct it is
/// flattened into.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a group of metrics",
    label = "cannot be flattened",
    note = "help: add `#[derive(Metrics)]` and `#[metrics(group)]` to `{Self}`, or remove `flatten` if it is one metric"
)]
pub trait DeclaredStruct<S: Scope>: Fields + Sized {
    /// The struct, at zero.
    const NEW: Self;
    /// Its declarations.
    const DECLARATIONS: &'static Declarations;
    /// Its declarations without locations, for the checks.
    const CHECKED: &'static Declarations;
    /// The number of its metrics.
    const LEN: usize = Self::CHECKED.len();

    /// Returns the metric at `index`, like [`Fields::metric`].
    fn metric_at(group: &Self, index: usize) -> Option<&dyn Collect> {
        group.metric(index)
    }
}

/// The bounds of a histogram as declared.
#[derive(Clone, Copy, Debug)]
pub struct Buckets {
    /// The inclusive upper bounds in the base unit.
    pub bounds: &'static [f64],
    /// The bounds as the unit stores them.
    pub stored: &'static [u64],
    /// How they were specified.
    pub origin: Origin,
}

/// How bounds were specified. The arguments are those of client_golang's functions.
#[derive(Clone, Copy, Debug)]
pub enum Origin {
    /// Each was written out, and must be exact.
    Written,
    /// `linear(start, width, …)`
    Linear(f64, f64),
    /// `exponential(start, factor, …)`
    Exponential(f64, f64),
    /// `exponential_range(min, max, …)`
    ExponentialRange(f64, f64),
}

impl Origin {
    /// Returns why the arguments do not define buckets, if so. NaN is never allowed.
    const fn problem(self) -> Option<&'static str> {
        match self {
            Origin::Written => None,
            Origin::Linear(_, width) if width > 0.0 => None,
            Origin::Linear(..) => Some(
                "the width of `linear` buckets must be above 0\nhelp: write `linear(start, width, count)`",
            ),
            Origin::Exponential(start, factor) if start > 0.0 && factor > 1.0 => None,
            Origin::Exponential(..) => Some(
                "`exponential` buckets must start above 0, and their factor must be above 1\nhelp: write `exponential(start, factor, count)`",
            ),
            Origin::ExponentialRange(min, max) if min > 0.0 && max > min => None,
            Origin::ExponentialRange(..) => Some(
                "`exponential_range` must start above 0, and end above its start\nhelp: write `exponential_range(min, max, count)`",
            ),
        }
    }
}

/// Returns the bounds as the field's unit stores them.
pub const fn stored<F: Field, const N: usize>(bounds: &[f64]) -> [u64; N] {
    naming::stored_bounds(bounds, scale::<F>())
}

/// Returns the bounds without a final `+Inf`, whose bucket always exists.
const fn strip_infinity(bounds: &'static [f64]) -> &'static [f64] {
    match bounds {
        [head @ .., last] if *last == f64::INFINITY => head,
        all => all,
    }
}

/// Returns the `N` bounds of a progression, rounded to what the field's unit can store. Wrong
/// arguments are refused by [`check_buckets`].
pub const fn progression<F: Field, const N: usize>(origin: Origin) -> [f64; N] {
    let (mut bound, width, factor) = match origin {
        Origin::Written => (0.0, 0.0, 1.0),
        Origin::Linear(start, width) => (start, width, 1.0),
        Origin::Exponential(start, factor) => (start, 0.0, factor),
        Origin::ExponentialRange(min, max) if N > 1 && origin.problem().is_none() => {
            (min, 0.0, root(max / min, N as u32 - 1))
        }
        Origin::ExponentialRange(min, _) => (min, 0.0, 1.0),
    };
    let start = bound;
    let mut bounds = [0.0; N];
    let mut i = 0;
    while i < N {
        bounds[i] = round::<F>(bound);
        i += 1;
        bound = if width > 0.0 { start + width * i as f64 } else { bound * factor };
    }
    if let Origin::ExponentialRange(_, max) = origin
        && N > 1
    {
        bounds[N - 1] = round::<F>(max);
    }
    bounds
}

/// Returns the bound rounded to what the field's unit can store.
const fn round<F: Field>(bound: f64) -> f64 {
    naming::rounded_bound(bound, scale::<F>())
}

/// Returns how the field's unit is stored.
const fn scale<F: Field>() -> Scale {
    <<<F::Metric as Metric>::Unit as Unit>::Representation as Representation>::SCALE
}

/// Returns the `degree`th root of a number above 1, by bisection.
const fn root(number: f64, degree: u32) -> f64 {
    let (mut low, mut high) = (1.0, number);
    loop {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            return low;
        }
        let mut power = 1.0;
        let mut i = 0;
        while i < degree && power <= number {
            power *= middle;
            i += 1;
        }
        if power <= number {
            low = middle;
        } else {
            high = middle;
        }
    }
}

const fn is_plain<F: Field>() -> bool {
    let lacks_namespace = <F::Scope as Scope>::PREFIX.is_empty()
        && <F::Scope as Scope>::DENIED.contains(Rule::Namespace);
    let counts_labels = <F::Scope as Scope>::DENIED.contains(Rule::LabelCount);
    let is_long = <F::Scope as Scope>::PREFIX.len() + F::FACTS.name.len() > naming::MAX_NAME_BYTES;
    let has_labels = has_labels::<F>();
    let may_name_label = has_labels && may_name_label::<F::Scope>();
    !(lacks_namespace || is_long || counts_labels && has_labels)
        && naming::is_plain(
            F::FACTS.words,
            <F::Metric as Metric>::KIND,
            <<F::Metric as Metric>::Unit as Unit>::NAME,
            has_labels,
            may_name_label,
        )
}

const fn has_labels<F: Field>() -> bool {
    !<F::Scope as Scope>::LABEL_NAMES.is_empty() || !<F::Metric as Metric>::LABEL_LIST.is_empty()
}

const fn may_name_label<S: Scope>() -> bool {
    S::MAY_NAME_LABEL
}
