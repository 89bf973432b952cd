//! Kinds of errors of calls.

use std::marker::PhantomData;

use super::outcome::{End, Fallible, Outcome};
use super::views::CallCounts;
use crate::labels::{LabelSet, LabelValue, ValueSet};

/// Returns how the call that returned `value` ended, with the kind of its error.
#[inline]
pub fn end_of<V: Fallible, K>(
    value: &V,
    kinds: impl KindsOf<K>,
    kind: impl FnOnce(&V::Error) -> K,
) -> End {
    match value.error() {
        Some(error) => kinds.end(kind(error)),
        None => End::of(Outcome::Ok),
    }
}

/// Kinds of errors that are distinguished.
#[diagnostic::on_unimplemented(
    message = "these calls do not distinguish errors by `{K}`",
    label = "returns a `{K}`",
    note = "the kinds of errors are the second parameter of the field's type: `Calls<Labels, {K}>`, or `Calls<NoLabels, {K}>` without labels"
)]
pub trait KindsOf<K> {
    /// Returns the end of a call with an error of this kind.
    fn end(&self, kind: K) -> End;
}

/// The kinds of errors of a field.
#[doc(hidden)]
#[derive(Debug)]
pub struct ErrorKinds<E>(PhantomData<fn() -> E>);

impl<E> Clone for ErrorKinds<E> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<E> Copy for ErrorKinds<E> {}

impl<L, E: 'static> CallCounts<L, E> {
    /// Returns the kinds of errors.
    #[inline]
    pub fn kinds(&self) -> ErrorKinds<E> {
        ErrorKinds(PhantomData)
    }
}

/// No kind at all. With two implementations to choose from, the compiler names the missing bound.
#[derive(Debug)]
pub enum NoKind {}

#[diagnostic::do_not_recommend]
impl<E> KindsOf<NoKind> for ErrorKinds<E> {
    fn end(&self, kind: NoKind) -> End {
        match kind {}
    }
}

#[diagnostic::do_not_recommend]
impl<E: LabelSet> KindsOf<E> for ErrorKinds<E> {
    #[inline]
    fn end(&self, kind: E) -> End {
        End::error(kind.position())
    }
}

/// The kinds of errors of a function without a field.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct AnyKind;

impl<K: LabelValue> KindsOf<K> for AnyKind {
    #[inline]
    fn end(&self, kind: K) -> End {
        End::error(kind.position())
    }
}

/// Returns the kinds that a function turns errors into. Stops the compilation if they are not
/// known.
#[track_caller]
pub const fn kinds_of<E: ?Sized, K: LabelValue, F: Fn(&E) -> K>(_: &F) -> ValueSet {
    if !K::VALUES.is_closed() {
        panic!(
            "this label can have any value, and every function would have a series for each\nhelp: return an enum with `#[derive(LabelValue)]`"
        );
    }
    K::VALUES
}
