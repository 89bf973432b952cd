//! What generated code names. Nothing here is for people, and none of it is stable.
//!
//! The module that generated code names carries the breaking version, so that two versions of
//! this crate in one binary cannot meet in it.

pub use crate::calls::{
    AskAny, AskError, AskFallible, AskFallibleError, AskPlainError, AskResponseError, CallSite,
    CallSiteFacts, End, Function, Names, Open, OpenAny, OpenFallible, OpenResult, Opened, Outcome,
    Outcomes, Returned, Timing, WrittenLabels, calls, check_call_labels, end_of, end_of_decision,
    end_of_option, kinds_of, prepare, prepare_named, prepare_unlabelled,
};
pub use crate::config::{NoGauges, set_gauge};
pub use crate::declare::{
    Buckets, CallsField, CountsOf, Declared, DurationsOf, Facts, Field, LEGACY, NoScope, Options,
    Origin, RunningOf, Scope, Under, Word, check, check_age_buckets, check_buckets, check_calls,
    check_calls_waived, check_clashes, check_expire_after, check_group, check_label, check_legacy,
    check_max_age, check_max_label_bytes, check_max_series, check_native, check_native_option,
    check_quantiles, check_scope_prefix, check_struct_utf8, check_utf8, check_waived, check_zeros,
    collect, counts, durations, entry, facts, group_facts, joined, joined_len, paragraph,
    paragraph_len, progression, refuse_if, running, stored, text, without_full_stop,
};
pub use crate::descriptor::{Descriptor, Location};
pub use crate::labels::{
    Displayed, LabelList, LabelSet, LabelValue, Naming, Newtype, ShowInner, ShowNeither, Values,
    check_flattened_labels, check_label_name, check_label_type, check_label_utf8,
    check_label_waived,
};
pub use crate::metric::read_as;
pub use crate::read::Labels as SeriesLabels;
pub use crate::read::{Collect, Declarations, Fields};
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

/// Runs the body of a function. It takes a closure that is called once, so that it may return what
/// it has borrowed for changing.
#[inline(always)]
pub fn run<R>(body: impl FnOnce() -> R) -> R {
    body()
}

/// The package that is compiled, or its crate where it is not Cargo that compiles.
pub const fn package(cargo: Option<&'static str>, module: &'static str) -> &'static str {
    match cargo {
        Some(package) => package,
        None => {
            let mut i = 0;
            while i < module.len() && module.as_bytes()[i] != b':' {
                i += 1;
            }
            module.split_at(i).0
        }
    }
}

/// A value that there never is: it stands where code is never reached, for its type.
pub fn never<T>() -> T {
    unreachable!("nobody comes here")
}

/// Which outcomes can occur.
pub const fn outcomes(ok: bool, error: bool, panicked: bool, cancelled: bool) -> Outcomes {
    Outcomes::NONE
        .with(Outcome::Ok, ok)
        .with(Outcome::Error, error)
        .with(Outcome::Panicked, panicked)
        .with(Outcome::Cancelled, cancelled)
}

/// Adds a static struct to a registry.
pub fn register_static<T>(registry: &Registry, set: Linked) -> Result<(), RegisterError<()>> {
    registry.register_static::<T>(set)
}

/// Has an instrumented function join the global registry, since the linker did not bring it.
pub fn join(function: &'static CallSite) {
    crate::link::join(function.linked());
}

/// Removes every series of the struct's families that `is_it` picks, and says how many.
pub fn remove_where<T: Fields>(
    metrics: &T,
    declarations: &'static Declarations,
    mut is_it: impl FnMut(&SeriesLabels<'_>) -> bool,
) -> usize {
    let metrics = (0..declarations.len()).filter_map(|index| metrics.metric(index));
    metrics.map(|metric| metric.remove_series(&mut is_it)).sum()
}

/// The values of an instance's labels where it has none.
pub const NO_VALUES: [String; 0] = [];

/// Adds an instance to a registry.
pub fn register_instance<T: Fields + Declared<T> + Scope>(
    registry: &Registry,
    label_values: impl Into<Vec<String>>,
) -> Result<Registered<T>, RegisterError<T>> {
    registry.register_instance(T::NEW, T::DECLARATIONS, label_values.into())
}

/// Stands in for the static of a struct that did not compile, so that one mistake is one error.
#[derive(Debug)]
pub struct Broken<T>(std::marker::PhantomData<fn() -> T>);

impl<T> Broken<T> {
    /// Of no use.
    pub const NEW: Self = Broken(std::marker::PhantomData);
}

impl<T> std::ops::Deref for Broken<T> {
    type Target = T;
    fn deref(&self) -> &T {
        unreachable!("the struct did not compile")
    }
}

/// Puts the entry of a static struct into the slice.
///
/// It is a macro of this crate so that it compiles where `unsafe_code` is forbidden, and so that
/// this crate's features and targets decide, not those of the crate that calls it.
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

/// Puts the entry of an instrumented function into the slice, as [`link!`] does.
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

/// There is no slice to put it into.
#[cfg(not(all(feature = "record", not(any(target_family = "wasm", miri)))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __link_function_0_1 {
    ($site:path) => {};
}

/// There is no slice to put it into.
#[cfg(not(all(feature = "record", not(any(target_family = "wasm", miri)))))]
#[doc(hidden)]
#[macro_export]
macro_rules! __link_0_1 {
    ($struct:ident) => {};
}

/// The value of an instance's label.
pub fn label_value<T: LabelValue + ?Sized>(value: &T) -> String {
    crate::labels::text_of(value)
}

/// Moves the time of everything that is created, expires or starts anew after a time, for tests. It goes
/// on from there; nothing can take it back.
pub fn advance_clock(by: std::time::Duration) {
    crate::clock::advance(by);
}
