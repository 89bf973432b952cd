//! Outcomes of calls, and returned values that tell whether a call failed.

use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use crate::labels::ValueSet;

/// How a call ended, with the label `outcome`.
///
/// ```
/// use measurand::calls::Outcome;
///
/// let outcomes = Outcome::ALL.iter().map(|outcome| outcome.as_str());
/// assert!(outcomes.eq(["ok", "error", "panicked", "cancelled"]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned a value that is not an error: `ok`.
    Ok,
    /// It returned an error according to [`Fallible`]: `error`.
    Error,
    /// It panicked: `panicked`. Not counted if panics abort the process.
    Panicked,
    /// Its future was dropped before it was ready, for example by a timeout, by `select!`, or
    /// because a client disconnected: `cancelled`.
    Cancelled,
}

impl Outcome {
    /// All outcomes.
    pub const ALL: &'static [Outcome] =
        &[Outcome::Ok, Outcome::Error, Outcome::Panicked, Outcome::Cancelled];

    /// Returns the value of the label, such as `ok`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Error => "error",
            Outcome::Panicked => "panicked",
            Outcome::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A set of outcomes.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Outcomes(u8);

impl Outcomes {
    /// The empty set.
    pub const NONE: Outcomes = Outcomes(0);

    /// Adds an outcome if it is possible.
    #[must_use]
    pub const fn with(self, outcome: Outcome, is_possible: bool) -> Outcomes {
        Outcomes(self.0 | (is_possible as u8) << outcome as u8)
    }

    pub(super) const fn contains(self, outcome: Outcome) -> bool {
        self.0 & 1 << outcome as u8 != 0
    }
}

/// The number of a way to end: an [`Outcome`], or an error of a known kind.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End(pub(super) usize);

impl End {
    /// Creates the end with this outcome, and without a kind.
    #[inline]
    pub const fn of(outcome: Outcome) -> End {
        End(outcome as usize)
    }

    /// Creates the end of a call that has returned `value`.
    #[inline]
    pub(super) fn of_fallible(value: &impl Fallible) -> End {
        End::of_decision(value.error().is_some())
    }

    /// Creates the end of a call that has failed if `is_error` is set.
    #[inline]
    pub(super) const fn of_decision(is_error: bool) -> End {
        End::of(if is_error { Outcome::Error } else { Outcome::Ok })
    }

    /// Creates the end with an error whose kind has this index.
    #[inline]
    pub(super) const fn error(kind: usize) -> End {
        End(Outcome::ALL.len() + kind)
    }

    /// Returns the outcome, and the index of the kind of error.
    pub(super) fn parts(self) -> (Outcome, Option<usize>) {
        match Outcome::ALL.get(self.0) {
            Some(outcome) => (*outcome, None),
            None => (Outcome::Error, Some(self.0 - Outcome::ALL.len())),
        }
    }
}

/// Returns the number of ways to end, with these kinds of errors.
pub(super) const fn ends(kinds: ValueSet) -> usize {
    Outcome::ALL.len() + count(kinds)
}

/// Returns the number of kinds of errors.
pub(super) const fn count(kinds: ValueSet) -> usize {
    if kinds.is_closed() { kinds.count() } else { 0 }
}

/// Returns the values of the label `outcome`, one for each way to end.
pub(super) const fn values(kinds: ValueSet) -> ValueSet {
    const NAMES: &[&str; MAX_ENDS] = &{
        let mut names = [Outcome::Error.as_str(); MAX_ENDS];
        let mut i = 0;
        while i < Outcome::ALL.len() {
            names[i] = Outcome::ALL[i].as_str();
            i += 1;
        }
        names
    };
    // More kinds are refused where they are declared.
    let ends = if ends(kinds) > MAX_ENDS { MAX_ENDS } else { ends(kinds) };
    ValueSet::known(NAMES.split_at(ends).0)
}

/// The largest number of kinds of errors.
pub(crate) const MAX_KINDS: usize = 60;
const MAX_ENDS: usize = Outcome::ALL.len() + MAX_KINDS;

/// A value that tells whether the call that returned it failed.
///
/// [`instrument_metrics`](crate::instrument_metrics) uses it for every value that a function
/// returns, and for what is inside a `Result`, an `Option` or a `Poll`: an `Ok` whose value tells
/// that the call failed is an error, and an `Err` is one unless its type tells otherwise. A type
/// without this trait never counts as an error, and a `None` counts as one only if the attribute
/// has `none_is_error`.
///
/// An HTTP status of 500 and above is an error, and any other, 404 included, is not, however it is
/// returned. With the feature `actix`, this applies to the status of a response, of `(T,
/// StatusCode)`, and of an error that becomes a response, by its `ResponseError::status_code`. An
/// `io::Error` counts by its status only beside a response, and as an error anywhere else. With the
/// feature `http`, it applies to a response, a `StatusCode` and `(StatusCode, T)`.
///
/// ```
/// use measurand::calls::Fallible;
///
/// enum Reply {
///     Done,
///     Refused(&'static str),
/// }
///
/// impl Fallible for Reply {
///     type Error = &'static str;
///
///     fn error(&self) -> Option<&&'static str> {
///         match self {
///             Reply::Done => None,
///             Reply::Refused(why) => Some(why),
///         }
///     }
/// }
///
/// assert!(Reply::Done.error().is_none());
/// assert_eq!(Reply::Refused("too late").error(), Some(&"too late"));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say whether a call failed",
    label = "no error to look at",
    note = "`error = …`, `run` and `run_async` need a `Result`, or a type of your own that implements `measurand::calls::Fallible`",
    note = "pass a future to `run_async`; count what never fails with `start`"
)]
pub trait Fallible {
    /// The type of the error.
    type Error: ?Sized;

    /// Returns the error if the call failed.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// Not an error.
impl Fallible for () {
    type Error = Infallible;

    #[inline]
    fn error(&self) -> Option<&Infallible> {
        None
    }
}

/// `None` is not an error.
#[diagnostic::do_not_recommend]
impl<T: Fallible> Fallible for Option<T> {
    type Error = T::Error;

    #[inline]
    fn error(&self) -> Option<&T::Error> {
        self.as_ref()?.error()
    }
}

/// `Pending` is not an error.
#[diagnostic::do_not_recommend]
impl<T: Fallible> Fallible for Poll<T> {
    type Error = T::Error;

    #[inline]
    fn error(&self) -> Option<&T::Error> {
        match self {
            Poll::Ready(value) => value.error(),
            Poll::Pending => None,
        }
    }
}

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        /// An error if the value it points to is one.
        #[diagnostic::do_not_recommend]
        impl<T: Fallible> Fallible for $pointer {
            type Error = T::Error;

            #[inline]
            fn error(&self) -> Option<&T::Error> {
                (**self).error()
            }
        }
    )*};
}

pointers!(Box<T>, Rc<T>, Arc<T>, &T);

/// Implements [`Fallible`] for types with a status, which is an error from 500 on.
#[cfg(any(feature = "actix", feature = "http"))]
macro_rules! by_status {
    ($([$($generics:tt)*] $type:ty: $self:ident => $status:expr;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generics)*> Fallible for $type {
            type Error = Self;

            fn error(&$self) -> Option<&Self> {
                $status.is_server_error().then_some($self)
            }
        }
    )*};
}

#[cfg(feature = "actix")]
by_status! {
    [B] actix_web::HttpResponse<B>: self => self.status();
    [] actix_web::http::StatusCode: self => self;
    [T] (T, actix_web::http::StatusCode): self => self.1;
    [] actix_web::Error: self => self.as_response_error().status_code();
}

#[cfg(feature = "http")]
by_status! {
    [B] http::Response<B>: self => self.status();
    [] http::StatusCode: self => self;
    [T, U] (http::StatusCode, T, U): self => self.0;
}

#[cfg(feature = "actix")]
#[diagnostic::do_not_recommend]
impl<L: Fallible, R: Fallible> Fallible for actix_web::Either<L, R> {
    type Error = Self;

    fn error(&self) -> Option<&Self> {
        let is_error = match self {
            actix_web::Either::Left(value) => value.error().is_some(),
            actix_web::Either::Right(value) => value.error().is_some(),
        };
        is_error.then_some(self)
    }
}

/// Returns how a call ended that was decided to be an error or not.
#[doc(hidden)]
#[inline]
pub fn end_of_decision(is_error: bool) -> End {
    End::of_decision(is_error)
}

/// A type that can be `None`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `Option`, and is never `None`",
    label = "never `None`",
    note = "remove `none_is_error`"
)]
pub trait Optional {
    /// Returns whether it is `None`.
    fn is_missing(&self) -> bool;
}

impl<T> Optional for Option<T> {
    #[inline]
    fn is_missing(&self) -> bool {
        self.is_none()
    }
}

/// Returns how a call ended for which `None` is an error.
#[doc(hidden)]
#[inline]
pub fn end_of_option<T: Optional>(value: &T) -> End {
    End::of_decision(value.is_missing())
}
