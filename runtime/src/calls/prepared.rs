//! Calls that have not started yet: their series is looked up, and their labels are checked.

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::sync::Arc;

use super::Calls;
use super::cells::{CallCells, CallSeries};
use super::future::Instrumented;
use super::guard::{Infallible, Returning, RunningCall, Timing};
use super::outcome::End;
use super::views::CallCounts;
use super::written_labels::{WrittenLabels, WrittenNames, check_call_labels_of};
use crate::labels::LabelSet;
use crate::series::{ByLabels, Found, Handle, Target};

/// A call that has not started yet.
#[doc(hidden)]
pub struct Prepared<'a, T, E: 'static> {
    series: Handle<'a, T, CallSeries<E>>,
    timing: Timing,
}

/// A call counted in a field, with its series looked up.
type PreparedOfField<'a, E> = Prepared<'a, Found<CallCells>, E>;

impl<'a, T: Target<CallSeries<E>>, E: 'static> Prepared<'a, T, E> {
    #[inline]
    pub(super) fn new(series: Handle<'a, T, CallSeries<E>>, timing: Timing) -> Self {
        Prepared { series, timing }
    }

    /// Starts a call whose returned value decides the outcome.
    #[inline]
    pub fn returning(self) -> Returning<'a, T, E> {
        Returning::new(RunningCall::start(self.series, self.timing))
    }

    /// Starts a call that can only fail by a panic.
    #[inline]
    pub fn infallible(self) -> Infallible<'a, T, E> {
        Infallible::new(RunningCall::start(self.series, self.timing))
    }

    /// Creates the call of a future, which starts when it is first polled.
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
        f.debug_struct("Prepared").finish_non_exhaustive()
    }
}

/// A place to count calls in: a field of type `Calls`, or a pointer to one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not `Calls`",
    label = "calls cannot be counted in this",
    note = "name a field of type `measurand::Calls` in a struct with `#[derive(Metrics)]`, or leave it out: then the calls are in families that all functions share"
)]
pub trait AnyCalls {
    /// The label set.
    type Labels: LabelSet + 'static;
    /// The kinds of errors.
    type Errors: LabelSet + 'static;

    /// Returns the calls.
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

/// Returns the calls of a field.
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
    let series = Handle::new(calls.store(), Found::closed(0, 1));
    Prepared::new(series, timing)
}

/// Prepares a call whose labels are given as one value.
#[inline]
pub fn prepare<'a, 'l, L: LabelSet + 'static, E: LabelSet + 'static>(
    calls: &'a CallCounts<L, E>,
    labels: L::With<'l>,
    timing: Timing,
) -> PreparedOfField<'a, E> {
    Prepared::new(Handle::new(calls.store(), ByLabels(labels)).hold(), timing)
}

/// Prepares a call whose labels are written one by one.
#[inline]
pub fn prepare_named<'a, 'l, N: WrittenNames, L: LabelSet + 'static, E: LabelSet + 'static>(
    _: PhantomData<N>,
    calls: &'a CallCounts<L, E>,
    values: <L::With<'l> as LabelSet>::Values,
    timing: Timing,
) -> PreparedOfField<'a, E> {
    const { check_call_labels_of::<L>(WrittenLabels::Named(N::NAMES)) };
    prepare(calls, L::With::from_values(values), timing)
}
