//! What a returned value says of how the call ended. It is asked where its type is written, since
//! nothing can be asked in a generic function that not every type answers: of several methods of one
//! name the compiler takes the first that is there.

use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use super::outcome::{End, Fallible, Outcome};

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

/// What a value says of how the call ended, or what is inside that is to say it.
#[doc(hidden)]
#[derive(Debug)]
pub enum Opened<'a, A, B, E> {
    /// It says it itself.
    Is(End),
    /// This is inside.
    One(&'a A),
    /// Or this.
    Other(&'a B),
    /// This is the error.
    Failed(E),
}

/// There is nothing of that kind.
#[doc(hidden)]
#[derive(Debug)]
pub enum Nothing {}

/// An error, and whether it stands beside a value that says how the call ended.
#[doc(hidden)]
#[derive(Debug)]
pub struct Failure<'a, E, const IS_BESIDE: bool>(pub &'a E);

/// What opens values: of the methods of one name the compiler takes the first that is there.
macro_rules! asking {
    ($($(#[$documentation:meta])* $trait:ident: $method:ident -> $output:ty;)*) => {$(
        $(#[$documentation])*
        #[doc(hidden)]
        pub trait $trait<'a> {
            /// What is inside.
            type One;
            /// Or else.
            type Other;
            /// The error.
            type Error;

            /// Opens the value. A method of the user's must not be called so.
            fn $method(&self) -> $output;
        }
    )*};
}

asking! {
    /// Opens a `Result` whose value says how the call ended.
    OpenResult: measurand_open -> Opened<'a, Self::One, Self::Other, Self::Error>;
    /// Opens what holds something else.
    Open: measurand_open -> Opened<'a, Self::One, Self::Other, Self::Error>;
    /// Opens what says it itself.
    OpenFallible: measurand_open -> Opened<'a, Self::One, Self::Other, Self::Error>;
    /// Opens any other value, which is no error.
    OpenAny: measurand_open -> Opened<'a, Self::One, Self::Other, Self::Error>;
}

impl<'a, T: Fallible, E> OpenResult<'a> for &&&Returned<'a, Result<T, E>> {
    type One = T;
    type Other = Nothing;
    type Error = Failure<'a, E, true>;

    #[inline(always)]
    fn measurand_open(&self) -> Opened<'a, T, Nothing, Failure<'a, E, true>> {
        match self.0 {
            Ok(value) => Opened::One(value),
            Err(error) => Opened::Failed(Failure(error)),
        }
    }
}

impl<'a, T, E> Open<'a> for &&Returned<'a, Result<T, E>> {
    type One = T;
    type Other = Nothing;
    type Error = Failure<'a, E, false>;

    #[inline(always)]
    fn measurand_open(&self) -> Opened<'a, T, Nothing, Failure<'a, E, false>> {
        match self.0 {
            Ok(value) => Opened::One(value),
            Err(error) => Opened::Failed(Failure(error)),
        }
    }
}

/// No error that stands anywhere.
type NoFailure = Failure<'static, Nothing, false>;

impl<'a, T> Open<'a> for &&Returned<'a, Option<T>> {
    type One = T;
    type Other = Nothing;
    type Error = NoFailure;

    #[inline(always)]
    fn measurand_open(&self) -> Opened<'a, T, Nothing, NoFailure> {
        match self.0 {
            Some(value) => Opened::One(value),
            None => Opened::Is(End::of(Outcome::Ok)),
        }
    }
}

impl<'a, T> Open<'a> for &&Returned<'a, Poll<T>> {
    type One = T;
    type Other = Nothing;
    type Error = NoFailure;

    #[inline(always)]
    fn measurand_open(&self) -> Opened<'a, T, Nothing, NoFailure> {
        match self.0 {
            Poll::Ready(value) => Opened::One(value),
            Poll::Pending => Opened::Is(End::of(Outcome::Ok)),
        }
    }
}

macro_rules! open_pointers {
    ($($pointer:ty),*) => {$(
        impl<'a, T> Open<'a> for &&Returned<'a, $pointer> {
            type One = T;
            type Other = Nothing;
            type Error = NoFailure;

            #[inline(always)]
            fn measurand_open(&self) -> Opened<'a, T, Nothing, NoFailure> {
                Opened::One(self.0)
            }
        }
    )*};
}

open_pointers!(Box<T>, Rc<T>, Arc<T>, &'a T);

#[cfg(feature = "actix")]
impl<'a, L, R> Open<'a> for &&Returned<'a, actix_web::Either<L, R>> {
    type One = L;
    type Other = R;
    type Error = NoFailure;

    #[inline(always)]
    fn measurand_open(&self) -> Opened<'a, L, R, NoFailure> {
        match self.0 {
            actix_web::Either::Left(value) => Opened::One(value),
            actix_web::Either::Right(value) => Opened::Other(value),
        }
    }
}

// Not `Fallible`, which a pair is that has the other crate's code behind.
#[cfg(feature = "http")]
impl<'a, T> Open<'a> for &&Returned<'a, (http::StatusCode, T)> {
    type One = http::StatusCode;
    type Other = Nothing;
    type Error = NoFailure;

    #[inline(always)]
    fn measurand_open(&self) -> Opened<'a, http::StatusCode, Nothing, NoFailure> {
        Opened::One(&self.0.0)
    }
}

impl<'a, T: Fallible> OpenFallible<'a> for &Returned<'a, T> {
    type One = Nothing;
    type Other = Nothing;
    type Error = NoFailure;

    #[inline(always)]
    fn measurand_open(&self) -> Opened<'a, Nothing, Nothing, NoFailure> {
        Opened::Is(End::of_fallible(self.0))
    }
}

impl<'a, T> OpenAny<'a> for Returned<'a, T> {
    type One = Nothing;
    type Other = Nothing;
    type Error = NoFailure;

    #[inline(always)]
    fn measurand_open(&self) -> Opened<'a, Nothing, Nothing, NoFailure> {
        Opened::Is(End::of(Outcome::Ok))
    }
}

/// Asks an error that may become a response or have something inside, but says nothing of that.
#[doc(hidden)]
pub trait AskPlainError {
    /// How the call ended. A method of the user's must not be called so.
    fn measurand_failed(&self) -> End;
}

impl<E: PlainError<IS_BESIDE>, const IS_BESIDE: bool> AskPlainError
    for &&&Failure<'_, E, IS_BESIDE>
{
    #[inline]
    fn measurand_failed(&self) -> End {
        End::of(Outcome::Error)
    }
}

#[cfg(feature = "http")]
impl<T, const IS_BESIDE: bool> AskPlainError for &&&Failure<'_, (http::StatusCode, T), IS_BESIDE> {
    #[inline]
    fn measurand_failed(&self) -> End {
        End::of_fallible(&self.0.0)
    }
}

/// A type of the standard library that is an error as any other: that it may become a response, beside
/// one or not, is no word of whoever returns it.
#[doc(hidden)]
pub trait PlainError<const IS_BESIDE: bool> {}

impl PlainError<false> for std::io::Error {}
impl PlainError<false> for std::str::Utf8Error {}
impl<const IS_BESIDE: bool> PlainError<IS_BESIDE> for () {}
impl<T, const IS_BESIDE: bool> PlainError<IS_BESIDE> for Option<T> {}
impl<T, const IS_BESIDE: bool> PlainError<IS_BESIDE> for Poll<T> {}
impl<T, E, const IS_BESIDE: bool> PlainError<IS_BESIDE> for Result<T, E> {}

/// Asks an error that says itself whether it is one.
#[doc(hidden)]
pub trait AskFallibleError {
    /// How the call ended. A method of the user's must not be called so.
    fn measurand_failed(&self) -> End;
}

impl<E: Fallible, const IS_BESIDE: bool> AskFallibleError for &&Failure<'_, E, IS_BESIDE> {
    #[inline]
    fn measurand_failed(&self) -> End {
        End::of_fallible(self.0)
    }
}

/// Asks an error that becomes a response.
#[doc(hidden)]
pub trait AskResponseError {
    /// How the call ended. A method of the user's must not be called so.
    fn measurand_failed(&self) -> End;
}

#[cfg(feature = "actix")]
impl<E: actix_web::ResponseError, const IS_BESIDE: bool> AskResponseError
    for &Failure<'_, E, IS_BESIDE>
{
    #[inline]
    fn measurand_failed(&self) -> End {
        End::of_decision(self.0.status_code().is_server_error())
    }
}

/// Asks any other error.
#[doc(hidden)]
pub trait AskError {
    /// How the call ended. A method of the user's must not be called so.
    fn measurand_failed(&self) -> End;
}

impl<E, const IS_BESIDE: bool> AskError for Failure<'_, E, IS_BESIDE> {
    #[inline]
    fn measurand_failed(&self) -> End {
        End::of(Outcome::Error)
    }
}

/// How a call ended, of a reference to the value that it returned: opens it as often as there are
/// brackets, and asks what is then inside. With `both` either of two sides is opened, with `one` only
/// the first, and with `closed` nothing is.
#[doc(hidden)]
#[macro_export]
macro_rules! __end_0_1 {
    (closed $value:expr) => {{
        use $crate::__private_0_1::{AskAny as _, AskFallible as _};
        $crate::__end_0_1!(@ $value, [], one)
    }};
    ($sides:ident $times:tt $value:expr) => {{
        use $crate::__private_0_1::{
            AskAny as _, AskError as _, AskFallible as _, AskFallibleError as _,
            AskPlainError as _, AskResponseError as _, Open as _, OpenAny as _, OpenFallible as _,
            OpenResult as _,
        };
        $crate::__end_0_1!(@ $value, $times, $sides)
    }};
    (@ $value:expr, [], $sides:ident) => {
        (&$crate::__private_0_1::Returned($value)).measurand_end()
    };
    (@ $value:expr, [[] $($rest:tt)*], $sides:ident) => {
        match (&&&&$crate::__private_0_1::Returned($value)).measurand_open() {
            $crate::__private_0_1::Opened::Is(end) => end,
            $crate::__private_0_1::Opened::One(value) => {
                $crate::__end_0_1!(@ value, [$($rest)*], $sides)
            }
            $crate::__private_0_1::Opened::Other(value) => {
                $crate::__end_0_1!(@$sides value, [$($rest)*])
            }
            $crate::__private_0_1::Opened::Failed(error) => (&&&&error).measurand_failed(),
        }
    };
    (@both $value:expr, $rest:tt) => {
        $crate::__end_0_1!(@ $value, $rest, both)
    };
    (@one $value:expr, $rest:tt) => {
        $crate::__end_0_1!(@ $value, [], one)
    };
}
