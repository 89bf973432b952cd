//! Items for generated code. They are not meant for users, and not stable.
//!
//! Generated code uses this module by a name with the breaking version, so that it does not mix up
//! two versions of this crate in one binary.

pub use crate::calls::{
    AskAny, AskError, AskFallible, AskFallibleError, AskPlainError, AskResponseError, CallSite,
    CallSiteFacts, End, Function, Open, OpenAny, OpenFallible, OpenResult, Opened, Outcome,
    Outcomes, Returned, Timing, WrittenLabels, WrittenNames, calls, check_call_labels, end_of,
    end_of_decision, end_of_option, kinds_of, prepare, prepare_named, prepare_unlabelled,
};
pub use crate::config::{NoGauges, set_gauge};
pub use crate::declare::{
    Buckets, CallsField, CountsOf, DeclaredStruct, DurationsOf, Field, FieldFacts, LEGACY, NoScope,
    Options, Origin, RunningOf, Scope, Under, Word, check, check_age_buckets, check_buckets,
    check_calls, check_calls_waived, check_clashes, check_expire_after, check_group, check_label,
    check_legacy, check_max_age, check_max_label_bytes, check_max_series, check_native,
    check_native_option, check_quantiles, check_scope_prefix, check_struct_utf8, check_utf8,
    check_waived, check_zeros, collect, counts, durations, entry, facts, group_facts, joined,
    joined_len, paragraph, paragraph_len, progression, refuse_if, running, stored, text,
    without_full_stop,
};
pub use crate::descriptor::{Descriptor, Location};
pub use crate::labels::{
    Displayed, LabelList, LabelSet, LabelValue, Naming, Newtype, ShowInner, ShowNeither, ValueSet,
    check_flattened_labels, check_label_name, check_label_type, check_label_utf8,
    check_label_waived,
};
pub use crate::metric::read_as;
pub use crate::read::{Collect, Declarations, Fields, Labels};
pub use crate::storage::NativeOptions;
pub use crate::{__end_0_1 as end, __link_0_1 as link, __link_function_0_1 as link_function};
pub use std::boxed::Box;

pub use crate::hints::{WriteGlobalOrRegister, WriteRegister};
pub use crate::link::{Entry, Linked};
pub use crate::naming::{Rules, check_prefix, check_rule, check_struct_waived, check_unit, rules};
pub use crate::registry::{RegisterError, Registered, Registry};

#[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
pub use crate::link::MEASURAND_ENTRIES_0_1;
#[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
pub use linkme;

/// Runs the body of a function. Since the closure is called only once, it may return what it
/// borrows mutably.
#[inline(always)]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// Returns the location of a declaration.
pub const fn location(
    cargo: Option<&'static str>,
    module: &'static str,
    file: &'static str,
    line: u32,
) -> Location {
    Location::new(cargo, module, file, line)
}

/// Returns a value of any type, for code that is never reached.
pub fn never<T>() -> T {
    unreachable!("never called")
}

/// Returns the set of outcomes that can occur.
pub const fn outcomes(ok: bool, error: bool, panicked: bool, cancelled: bool) -> Outcomes {
    Outcomes::NONE
        .with(Outcome::Ok, ok)
        .with(Outcome::Error, error)
        .with(Outcome::Panicked, panicked)
        .with(Outcome::Cancelled, cancelled)
}

/// Registers a static struct.
pub fn register_static<T>(registry: &Registry, set: Linked) -> Result<(), RegisterError<()>> {
    registry.register_static::<T>(set)
}

/// Registers an instrumented function that is not in the link-time slice.
pub fn join(function: &'static CallSite) {
    crate::link::join(function.linked());
}

/// Removes every series of the struct's families for which `predicate` returns `true`, and returns
/// their number.
pub fn remove_where<T: Fields>(
    metrics: &T,
    declarations: &'static Declarations,
    mut predicate: impl FnMut(&Labels<'_>) -> bool,
) -> usize {
    let metrics = (0..declarations.len()).filter_map(|index| metrics.metric(index));
    metrics.map(|metric| metric.remove_series(&mut predicate)).sum()
}

/// The label values of an instance without labels.
pub const NO_VALUES: [String; 0] = [];

/// Registers an instance.
pub fn register_instance<T: Fields + DeclaredStruct<T> + Scope>(
    registry: &Registry,
    label_values: impl Into<Vec<String>>,
) -> Result<Registered<T>, RegisterError<T>> {
    registry.register_instance(T::NEW, T::DECLARATIONS, label_values.into())
}

/// Replaces the static of a struct that did not compile, so that one mistake is one error.
#[derive(Debug)]
pub struct Broken<T>(std::marker::PhantomData<fn() -> T>);

impl<T> Broken<T> {
    /// A value that is never used.
    pub const NEW: Self = Broken(std::marker::PhantomData);
}

impl<T> std::ops::Deref for Broken<T> {
    type Target = T;
    fn deref(&self) -> &T {
        unreachable!("the struct did not compile")
    }
}

/// Adds the entry of a static struct to the slice.
///
/// A macro of this crate, so that it compiles under `forbid(unsafe_code)`, and so that the features
/// and the target of this crate decide, not those of the calling crate.
#[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __link_0_1 {
    ($struct:ident) => {
        #[$crate::__private_0_1::linkme::distributed_slice(
            $crate::__private_0_1::MEASURAND_ENTRIES_0_1
        )]
        #[linkme(crate = $crate::__private_0_1::linkme)]
        static __MEASURAND_ENTRY: $crate::__private_0_1::Entry =
            $crate::__private_0_1::entry::<$struct>();
    };
}

/// Adds the entry of an instrumented function to the slice, like [`link!`].
#[cfg(all(feature = "record", not(any(target_family = "wasm", miri))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __link_function_0_1 {
    ($site:path) => {
        #[$crate::__private_0_1::linkme::distributed_slice(
            $crate::__private_0_1::MEASURAND_ENTRIES_0_1
        )]
        #[linkme(crate = $crate::__private_0_1::linkme)]
        static __MEASURAND_ENTRY: $crate::__private_0_1::Entry = || $site.linked();
    };
}

/// Does nothing, since there is no slice.
#[cfg(not(all(feature = "record", not(any(target_family = "wasm", miri)))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __link_function_0_1 {
    ($site:path) => {};
}

/// Does nothing, since there is no slice.
#[cfg(not(all(feature = "record", not(any(target_family = "wasm", miri)))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __link_0_1 {
    ($struct:ident) => {};
}

/// Returns the value of an instance's label.
pub fn label_value<T: LabelValue + ?Sized>(value: &T) -> String {
    crate::labels::text_of(value)
}

/// Advances the clock of everything that is created, expires or is reset after some time, for
/// tests. This cannot be undone.
pub fn advance_clock(by: std::time::Duration) {
    crate::clock::advance(by);
}
