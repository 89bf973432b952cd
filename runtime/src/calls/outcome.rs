//! How a call ended, and which returned values say that it failed.

use crate::family::Values;

/// How a call ended: label `outcome`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
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
    pub const ALL: [Outcome; 4] =
        [Outcome::Ok, Outcome::Error, Outcome::Panicked, Outcome::Cancelled];

    /// The value of the label.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Ok => "ok",
            Outcome::Error => "error",
            Outcome::Panicked => "panicked",
            Outcome::Cancelled => "cancelled",
        }
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
        if value.error().is_some() { End::of(Outcome::Error) } else { End::of(Outcome::Ok) }
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
        let mut names = [Outcome::Error.name(); MAX_ENDS];
        let mut i = 0;
        while i < Outcome::ALL.len() {
            names[i] = Outcome::ALL[i].name();
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
/// returns. `Result` implements it; a type without it never counts as an error, and an `Option`
/// only where the attribute says `none_is_error`. With the feature `actix`, an HTTP response of
/// status 500 and above is one.
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

#[cfg(feature = "actix")]
impl<B> Fallible for actix_web::HttpResponse<B> {
    type Error = Self;

    fn error(&self) -> Option<&Self> {
        self.status().is_server_error().then_some(self)
    }
}

/// A returned value whose type may be [`Fallible`]: of two methods of one name the compiler takes
/// the one that needs no further reference, which is there only if it is.
#[doc(hidden)]
#[derive(Debug)]
pub struct Returned<'a, T>(pub &'a T);

/// Asks a value that is `Fallible`.
#[doc(hidden)]
pub trait AskFallible {
    /// How the call ended. A method of the user's must not be called so.
    fn measurand_end(&self) -> End;
}

impl<T: Fallible> AskFallible for Returned<'_, T> {
    #[inline]
    fn measurand_end(&self) -> End {
        End::of_fallible(self.0)
    }
}

/// Asks any other value, which is no error.
#[doc(hidden)]
pub trait AskAny {
    /// How the call ended. A method of the user's must not be called so.
    fn measurand_end(&self) -> End;
}

impl<T> AskAny for &Returned<'_, T> {
    #[inline]
    fn measurand_end(&self) -> End {
        End::of(Outcome::Ok)
    }
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
    if value.is_missing() { End::of(Outcome::Error) } else { End::of(Outcome::Ok) }
}
