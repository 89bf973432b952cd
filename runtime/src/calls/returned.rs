//! How a call ended according to its returned value. This is decided where the type of the value is
//! written, since a generic function cannot ask whether a type implements a trait: of several
//! methods with the same name, the compiler picks the first that applies.

use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use super::outcome::{End, Fallible, Outcome};

/// A returned value whose type may be [`Fallible`]. Of two methods with the same name, the compiler
/// picks the one that needs no further reference, which exists only if the type is.
#[doc(hidden)]
#[derive(Debug)]
pub struct Returned<'a, T>(pub &'a T);

/// Reads a `Fallible` value.
#[doc(hidden)]
pub trait AskFallible {
    /// Returns how the call ended. The name must not be that of a user's method.
    fn measurand_end(&self) -> End;
}

impl<T: Fallible> AskFallible for Returned<'_, T> {
    #[inline]
    fn measurand_end(&self) -> End {
        End::of_fallible(self.0)
    }
}

/// Reads any other value, which is not an error.
#[doc(hidden)]
pub trait AskAny {
    /// Returns how the call ended. The name must not be that of a user's method.
    fn measurand_end(&self) -> End;
}

impl<T> AskAny for &Returned<'_, T> {
    #[inline]
    fn measurand_end(&self) -> End {
        End::of(Outcome::Ok)
    }
}

/// How a call ended according to a value, or the inner value that decides it.
#[doc(hidden)]
#[derive(Debug)]
pub enum Opened<'a, A, B, E> {
    /// The value itself decides.
    Is(End),
    /// This inner value decides.
    One(&'a A),
    /// This inner value of the other side decides.
    Other(&'a B),
    /// This error decides.
    Failed(E),
}

/// Has no values: there is no inner value of this kind.
#[doc(hidden)]
#[derive(Debug)]
pub enum Nothing {}

/// An error. `IS_BESIDE` is set if the `Ok` of the same `Result` tells whether the call failed.
#[doc(hidden)]
#[derive(Debug)]
pub struct Failure<'a, E, const IS_BESIDE: bool>(pub &'a E);

/// Defines the traits that open values. The compiler picks the first of their methods that applies.
macro_rules! asking {
    ($($(#[$documentation:meta])* $trait:ident: $method:ident -> $output:ty;)*) => {$(
        $(#[$documentation])*
        #[doc(hidden)]
        pub trait $trait<'a> {
            /// The inner value.
            type One;
            /// The inner value of the other side.
            type Other;
            /// The error.
            type Error;

            /// Opens the value. The name must not be that of a user's method.
            fn $method(&self) -> $output;
        }
    )*};
}

asking! {
    /// Opens a `Result` whose `Ok` tells whether the call failed.
    OpenResult: measurand_open -> Opened<'a, Self::One, Self::Other, Self::Error>;
    /// Opens a value with something inside.
    Open: measurand_open -> Opened<'a, Self::One, Self::Other, Self::Error>;
    /// Reads a value that tells by itself whether the call failed.
    OpenFallible: measurand_open -> Opened<'a, Self::One, Self::Other, Self::Error>;
    /// Reads any other value, which is not an error.
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

/// The error of values that contain none.
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

// Not `Fallible`: with both features, the pair overlaps with that of the other crate.
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

/// Reads an error of a type listed in this module, whatever traits it implements.
#[doc(hidden)]
pub trait AskPlainError {
    /// Returns how the call ended. The name must not be that of a user's method.
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

/// A type of the standard library that is always an error, or always unless beside a response: that
/// it may become a response is not the choice of the function that returns it.
#[doc(hidden)]
pub trait PlainError<const IS_BESIDE: bool> {}

impl PlainError<false> for std::io::Error {}
impl PlainError<false> for std::str::Utf8Error {}
impl<const IS_BESIDE: bool> PlainError<IS_BESIDE> for () {}
impl<T, const IS_BESIDE: bool> PlainError<IS_BESIDE> for Option<T> {}
impl<T, const IS_BESIDE: bool> PlainError<IS_BESIDE> for Poll<T> {}
impl<T, E, const IS_BESIDE: bool> PlainError<IS_BESIDE> for Result<T, E> {}

/// Reads an error that tells by itself whether it is one.
#[doc(hidden)]
pub trait AskFallibleError {
    /// Returns how the call ended. The name must not be that of a user's method.
    fn measurand_failed(&self) -> End;
}

impl<E: Fallible, const IS_BESIDE: bool> AskFallibleError for &&Failure<'_, E, IS_BESIDE> {
    #[inline]
    fn measurand_failed(&self) -> End {
        End::of_fallible(self.0)
    }
}

/// Reads an error that becomes a response.
#[doc(hidden)]
pub trait AskResponseError {
    /// Returns how the call ended. The name must not be that of a user's method.
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

/// Reads any other error.
#[doc(hidden)]
pub trait AskError {
    /// Returns how the call ended. The name must not be that of a user's method.
    fn measurand_failed(&self) -> End;
}

impl<E, const IS_BESIDE: bool> AskError for Failure<'_, E, IS_BESIDE> {
    #[inline]
    fn measurand_failed(&self) -> End {
        End::of(Outcome::Error)
    }
}

/// Returns how a call ended, given a reference to its returned value, which is opened once for each
/// pair of square brackets. With `both`, either side of a value is opened further; with `one`, only
/// the first; and with `closed`, nothing is opened.
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
