//! How a call ended, and which returned values say that it failed.

use std::convert::Infallible;
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use crate::labels::Values;

/// How a call ended: label `outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// It returned a value that is no error: `ok`.
    Ok,
    /// It returned an error, as [`Fallible`] says: `error`.
    Error,
    /// It panicked: `panicked`. Where panics abort the process nobody is left to count them.
    Panicked,
    /// Its future was dropped before it was ready, as by a time-out, `select!` or a client that
    /// went away: `cancelled`.
    Cancelled,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: &'static [Outcome] =
        &[Outcome::Ok, Outcome::Error, Outcome::Panicked, Outcome::Cancelled];

    /// The value of the label, such as `ok`.
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

/// Some of the outcomes.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Outcomes(u8);

impl Outcomes {
    /// None of them.
    pub const NONE: Outcomes = Outcomes(0);

    /// This one too, if it is possible.
    #[must_use]
    pub const fn with(self, outcome: Outcome, is_possible: bool) -> Outcomes {
        Outcomes(self.0 | (is_possible as u8) << outcome as u8)
    }

    pub(super) const fn contains(self, outcome: Outcome) -> bool {
        self.0 & 1 << outcome as u8 != 0
    }
}

/// The number of an ending: an [`Outcome`], or an error of a known kind.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End(pub(super) usize);

impl End {
    /// An outcome without more.
    #[inline]
    pub const fn of(outcome: Outcome) -> End {
        End(outcome as usize)
    }

    /// An error if the value is one.
    #[inline]
    pub(super) fn of_fallible(value: &impl Fallible) -> End {
        End::of_decision(value.error().is_some())
    }

    /// An error if that is so.
    #[inline]
    pub(super) const fn of_decision(is_error: bool) -> End {
        End::of(if is_error { Outcome::Error } else { Outcome::Ok })
    }

    /// An error of that kind, by its position.
    #[inline]
    pub(super) const fn error(kind: usize) -> End {
        End(Outcome::ALL.len() + kind)
    }

    /// The outcome, and the position of the kind of error.
    pub(super) fn parts(self) -> (Outcome, Option<usize>) {
        match Outcome::ALL.get(self.0) {
            Some(outcome) => (*outcome, None),
            None => (Outcome::Error, Some(self.0 - Outcome::ALL.len())),
        }
    }
}

/// How many endings there are, with so many kinds of errors.
pub(super) const fn ends(kinds: Values) -> usize {
    Outcome::ALL.len() + count(kinds)
}

/// How many kinds of errors there are.
pub(super) const fn count(kinds: Values) -> usize {
    if kinds.is_closed() { kinds.count() } else { 0 }
}

/// The values of the label of outcomes, one for each ending.
pub(super) const fn values(kinds: Values) -> Values {
    const NAMES: &[&str; MAX_ENDS] = &{
        let mut names = [Outcome::Error.as_str(); MAX_ENDS];
        let mut i = 0;
        while i < Outcome::ALL.len() {
            names[i] = Outcome::ALL[i].as_str();
            i += 1;
        }
        names
    };
    // More are refused where they are declared.
    let ends = if ends(kinds) > MAX_ENDS { MAX_ENDS } else { ends(kinds) };
    Values::known(NAMES.split_at(ends).0)
}

/// How many kinds of errors there may be.
pub(crate) const MAX_KINDS: usize = 60;
const MAX_ENDS: usize = Outcome::ALL.len() + MAX_KINDS;

/// A value that says whether the call that returned it failed.
///
/// [`instrument_metrics`](crate::instrument_metrics) asks it of every value that a function
/// returns, and of what is inside a `Result`, an `Option` or a `Poll`: the `Ok` of a type that says it
/// failed is an error, and an `Err` is one unless its type says otherwise. A type without it never
/// counts as an error, and an `Option` only where the attribute says `none_is_error`.
///
/// An HTTP status says it: 500 and above is an error, and anything below is not, 404 included, whichever
/// way it is returned. With the feature `actix` that is the status of a response, of `(T, StatusCode)`
/// and of an error that becomes a response, by its `ResponseError::status_code`; an `io::Error` is that
/// only beside a response, and an error anywhere else. With the feature `http` it is the status of a
/// response, a `StatusCode` and `(StatusCode, T)`.
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
    note = "`error = …`, `run` and `run_async` are for what gives a `Result`, or a type of one's own that implements `measurand::calls::Fallible`",
    note = "a future is given to `run_async`; what never fails is counted by `start`"
)]
pub trait Fallible {
    /// What went wrong.
    type Error: ?Sized;

    /// What went wrong, if the call failed.
    fn error(&self) -> Option<&Self::Error>;
}

impl<T, E> Fallible for Result<T, E> {
    type Error = E;

    #[inline]
    fn error(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

/// What is nothing is no error.
impl Fallible for () {
    type Error = Infallible;

    #[inline]
    fn error(&self) -> Option<&Infallible> {
        None
    }
}

/// `None` is no error.
#[diagnostic::do_not_recommend]
impl<T: Fallible> Fallible for Option<T> {
    type Error = T::Error;

    #[inline]
    fn error(&self) -> Option<&T::Error> {
        self.as_ref()?.error()
    }
}

/// What is not ready is no error.
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
        /// It is an error if what it points to is one.
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

/// What says its status is an error from 500 on.
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

/// How a call ended of which someone has decided whether it failed.
#[doc(hidden)]
#[inline]
pub fn end_of_decision(is_error: bool) -> End {
    End::of_decision(is_error)
}

/// What may be `None`.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an `Option`, and is never `None`",
    label = "never `None`",
    note = "remove `none_is_error`"
)]
pub trait Optional {
    /// Whether it is.
    fn is_missing(&self) -> bool;
}

impl<T> Optional for Option<T> {
    #[inline]
    fn is_missing(&self) -> bool {
        self.is_none()
    }
}

/// `None` is an error where that is asked for.
#[doc(hidden)]
#[inline]
pub fn end_of_option<T: Optional>(value: &T) -> End {
    End::of_decision(value.is_missing())
}
