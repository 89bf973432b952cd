//! Isolations without the feature `testing`: none.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Stands for the identity of what each isolation has separately.
#[derive(Debug)]
pub(crate) struct Identity;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Number;

impl Identity {
    pub(crate) const fn new() -> Identity {
        Identity
    }

    #[inline]
    pub(crate) fn number(&self) -> Number {
        Number
    }
}

#[inline(always)]
pub(crate) fn is_in() -> bool {
    false
}

#[inline(always)]
pub(crate) fn of<T>(_: Number, _: impl FnOnce() -> T) -> Option<Arc<T>> {
    None
}

#[inline(always)]
pub(crate) fn time_offset() -> Option<(Duration, Option<Instant>)> {
    None
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Context;

impl Context {
    #[inline(always)]
    pub(crate) fn here() -> Context {
        Context
    }

    #[inline(always)]
    pub(crate) fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        work()
    }
}

#[derive(Clone)]
pub(crate) struct Home<T>(PhantomData<T>);

impl<T> Home<T> {
    #[inline(always)]
    pub(crate) fn here(_: Number, _: impl FnOnce() -> T) -> Home<T> {
        Home(PhantomData)
    }

    #[inline(always)]
    pub(crate) fn is_elsewhere(&self) -> bool {
        false
    }

    pub(crate) fn identity(&self) -> Number {
        Number
    }

    pub(crate) fn outside(&self) -> Option<&T> {
        None
    }
}
