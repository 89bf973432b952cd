//! What the attribute generates calls of: how a call is prepared, with the labels that are written
//! there, and what becomes of an error.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Calls;
use super::cells::{CallCells, CallSeries};
use super::future::Instrumented;
use super::guard::{Infallible, Returning, Running, Timing};
use super::outcome::{End, Fallible, Outcome};
use super::views::CallCounts;
use crate::family::{ByLabels, Found, Handle, LabelSet, LabelValue, Naming, Target, Values};
use crate::naming::{Text, equal};

/// A call that has not started yet.
#[doc(hidden)]
pub struct Prepared<'a, T, E: 'static> {
    series: Handle<'a, T, CallSeries<E>>,
    timing: Timing,
}

/// A call of a field, whose series was found.
type PreparedOfField<'a, E> = Prepared<'a, Found<CallCells>, E>;

impl<'a, T: Target<CallSeries<E>>, E: 'static> Prepared<'a, T, E> {
    #[inline]
    pub(super) fn new(series: Handle<'a, T, CallSeries<E>>, timing: Timing) -> Self {
        Prepared { series, timing }
    }

    /// Starts a call whose returned value is looked at.
    #[inline]
    pub fn returning(self) -> Returning<'a, T, E> {
        Returning::new(Running::start(self.series, self.timing))
    }

    /// Starts a call that cannot fail but by a panic.
    #[inline]
    pub fn infallible(self) -> Infallible<'a, T, E> {
        Infallible::new(Running::start(self.series, self.timing))
    }

    /// The call of a future, which starts when it is first polled.
    #[inline]
    pub fn future<F, C>(self, future: F, end_of: C) -> Instrumented<'a, T, E, F, C>
    where
        F: Future,
        C: Fn(&F::Output) -> End,
    {
        Instrumented::new(self.series, self.timing, future, end_of)
    }
}

impl<T, E: 'static> fmt::Debug for Prepared<'_, T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Prepared")
    }
}

/// What calls can be counted in: a field of type `Calls`, or what leads to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Calls`",
    label = "calls cannot be counted in this",
    note = "name a field of type `measurand::Calls` in a struct with `#[derive(Metrics)]`, or leave it out: then the calls are in families that all functions share"
)]
pub trait AnyCalls {
    /// The labels.
    type Labels: LabelSet + 'static;
    /// The kinds of errors.
    type Errors: LabelSet + 'static;

    /// All of them.
    fn counts(&self) -> &CallCounts<Self::Labels, Self::Errors>;
}

impl<L: LabelSet + 'static, E: LabelSet + 'static> AnyCalls for Calls<L, E> {
    type Labels = L;
    type Errors = E;

    #[inline]
    fn counts(&self) -> &CallCounts<L, E> {
        &self.counts
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl<T: AnyCalls + ?Sized> AnyCalls for $pointer {
            type Labels = T::Labels;
            type Errors = T::Errors;

            #[inline]
            fn counts(&self) -> &CallCounts<T::Labels, T::Errors> {
                (**self).counts()
            }
        }
    )*};
}

pointers! { &T, Arc<T> }

/// The calls of a field.
#[inline]
pub fn calls<C: AnyCalls + ?Sized>(field: &C) -> &CallCounts<C::Labels, C::Errors> {
    field.counts()
}

/// Prepares a call without labels.
#[inline]
pub fn prepare_unlabelled<L: LabelSet + 'static, E: LabelSet + 'static>(
    calls: &CallCounts<L, E>,
    timing: Timing,
) -> PreparedOfField<'_, E> {
    const { check_call_labels_of::<L>(WrittenLabels::None) };
    let series = Handle::new(calls.store(), Found::member(0, 1));
    Prepared::new(series, timing)
}

/// Prepares a call with labels that are given as a whole.
#[inline]
pub fn prepare<'a, 'l, L: LabelSet + 'static, E: LabelSet + 'static>(
    calls: &'a CallCounts<L, E>,
    labels: L::With<'l>,
    timing: Timing,
) -> PreparedOfField<'a, E> {
    Prepared::new(Handle::new(calls.store(), ByLabels(labels)).keep(), timing)
}

/// Prepares a call with labels that are written one by one.
#[inline]
pub fn prepare_named<'a, 'l, N: Names, L: LabelSet + 'static, E: LabelSet + 'static>(
    _: PhantomData<N>,
    calls: &'a CallCounts<L, E>,
    values: <L::With<'l> as LabelSet>::Values,
    timing: Timing,
) -> PreparedOfField<'a, E> {
    const { check_call_labels_of::<L>(WrittenLabels::Named(N::NAMES)) };
    prepare(calls, L::With::from_values(values), timing)
}

/// The names of labels that are written one by one.
#[doc(hidden)]
pub trait Names {
    /// In their order.
    const NAMES: &'static [&'static str];
}

/// How labels are written.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub enum WrittenLabels {
    /// Not at all.
    None,
    /// As one value.
    Whole,
    /// One by one, with these names.
    Named(&'static [&'static str]),
}

/// Stops the compilation if the labels are not those of the calls.
///
/// The calls are behind a closure that is never called, so that they may be whatever has a type: a
/// static, or what one derefs to.
#[track_caller]
pub const fn check_call_labels<L, E, F>(_: &F, labels: WrittenLabels)
where
    L: LabelSet + 'static,
    E: 'static,
    F: Fn() -> &'static CallCounts<L, E>,
{
    check_call_labels_of::<L>(labels);
}

#[track_caller]
const fn check_call_labels_of<L: LabelSet>(written: WrittenLabels) {
    let mut names = Text::<1024>::new();
    let mut form = Text::<1024>::new();
    let known = push_names::<L>(&mut names, &mut form);
    let mut text = Text::<2048>::new();
    match written {
        WrittenLabels::Whole => return,
        WrittenLabels::None | WrittenLabels::Named(&[]) if L::LABELS.is_empty() => return,
        _ if L::LABELS.is_empty() => {
            text.push("these calls have no labels\nhelp: remove `labels(…)`, or give the field's type some: `Calls<Labels>`");
        }
        WrittenLabels::None => {
            text.push("these calls have labels: ");
            text.push(names.as_str());
            text.push("\nhelp: add ");
            text.push(form.as_str());
        }
        WrittenLabels::Named(_) if !known => {
            text.push("these labels cannot be written one by one\nhelp: write ");
            text.push(form.as_str());
        }
        WrittenLabels::Named(written) => {
            if is_same::<L>(written) {
                return;
            }
            text.push("the labels of these calls are ");
            text.push(names.as_str());
            text.push(", in this order\nhelp: write ");
            text.push(form.as_str());
        }
    }
    panic!("{}", text.as_str());
}

/// The name at a position, as it is written.
const fn name_at<L: LabelSet>(index: usize) -> Option<&'static str> {
    match L::NAMING {
        Naming::ByField(fields) if index < fields.len() => Some(fields[index]),
        Naming::ByLabel | Naming::Whole if index < L::LABELS.len() => Some(L::LABELS.name(index)),
        _ => None,
    }
}

const fn is_same<L: LabelSet>(written: &[&str]) -> bool {
    let mut i = 0;
    while let Some(name) = name_at::<L>(i) {
        if i >= written.len() || !equal(name, written[i]) {
            return false;
        }
        i += 1;
    }
    i == written.len()
}

/// Writes the names of the labels, and what to type; false if they are only given as a whole.
const fn push_names<L: LabelSet>(names: &mut Text<1024>, form: &mut Text<1024>) -> bool {
    let is_whole = matches!(L::NAMING, Naming::Whole);
    form.push("`labels(");
    let mut i = 0;
    while let Some(name) = name_at::<L>(i) {
        if i > 0 {
            names.push(", ");
            form.push(if is_whole { "" } else { ", " });
        }
        names.push("`");
        names.push(name);
        names.push("`");
        if !is_whole {
            form.push(name);
            form.push(" = …");
        }
        i += 1;
    }
    form.push(if is_whole { "…)`, with one value of the type of the labels" } else { ")`" });
    !is_whole
}

/// How a returned value says that the call ended, with the kind of the error.
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

/// The kinds of errors that are told apart.
#[diagnostic::on_unimplemented(
    message = "these calls do not tell errors apart by `{K}`",
    label = "makes a `{K}`",
    note = "the kinds of errors are the second parameter of the field's type: `Calls<Labels, {K}>`, or `Calls<NoLabels, {K}>` without labels"
)]
pub trait KindsOf<K> {
    /// The ending of an error of that kind.
    fn end(&self, kind: K) -> End;
}

/// Those of a field.
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
    /// The kinds of errors.
    #[inline]
    pub fn kinds(&self) -> ErrorKinds<E> {
        ErrorKinds(PhantomData)
    }
}

/// No kind at all. With two implementations to choose from, the compiler says what is missing.
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

/// Those of a function that is alone.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct AnyKind;

impl<K: LabelValue> KindsOf<K> for AnyKind {
    #[inline]
    fn end(&self, kind: K) -> End {
        End::error(kind.position())
    }
}

/// The kinds of errors that a function makes of them. Stops the compilation if they are not known.
#[track_caller]
pub const fn kinds_of<E: ?Sized, K: LabelValue, F: Fn(&E) -> K>(_: &F) -> Values {
    if !K::VALUES.is_closed() {
        panic!(
            "any value may come in this label, and every function would have a series for each\nhelp: let it return an enum with `#[derive(LabelValue)]`"
        );
    }
    K::VALUES
}
