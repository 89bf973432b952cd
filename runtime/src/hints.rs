//! Functions of other crates that users may try first, with errors that tell what to write instead.
//!
//! None of them can be called: each requires a trait that nothing implements. They are written
//! without macros, which would show in the errors.

#![allow(
    clippy::should_implement_trait,
    clippy::new_ret_no_self,
    reason = "they are called as in other crates"
)]

use std::sync::atomic::{AtomicI64, AtomicU64, AtomicUsize};
use std::time::Duration;

use crate::calls::Calls;
use crate::family::{Family, FamilyMetric, Handle};
use crate::labels::LabelSet;
use crate::metric::{Counter, Gauge, Histogram, InProgress, Timer};
use crate::registry::Registry;
use crate::series::{ByLabels, Series, SeriesType, Target};
use crate::unit::Unit;

/// Required of a metric that is created without a declaration.
#[diagnostic::on_unimplemented(
    message = "a metric is not created by a call: it is a field of a struct",
    label = "declare a field of this type instead",
    note = "write `#[derive(Metrics)] #[metrics(namespace = \"shop\")] struct ShopMetrics {{ … }}` with a documented field for each metric, and use `ShopMetrics::global()`; families whose names are only known at run time are created by `measurand::runtime::FamilyOptions`"
)]
pub trait MadeByHand {}

/// Required of a family that is updated as a whole.
#[diagnostic::on_unimplemented(
    message = "a family has no value of its own: its series have",
    label = "choose the series first: `.with(labels)`",
    note = "write `family.with(labels).inc()`, and in the same way for every update"
)]
pub trait OneSeries {}

/// Required of a family on which a look-up of another crate is called.
#[diagnostic::on_unimplemented(
    message = "the series of a family is reached by `with`",
    label = "write `with(labels)`, with the labels by value",
    note = "labels are a value of an enum with `#[derive(LabelValue)]`, a tuple of such values, or a struct with `#[derive(LabelSet)]`"
)]
pub trait OtherLookup {}

/// Required of a counter on which an update of another crate is called.
#[diagnostic::on_unimplemented(
    message = "a counter goes up by `inc` or `inc_by`",
    label = "write `inc_by(amount)`"
)]
pub trait IncBy {}

/// Required of a counter that is used like a gauge.
#[diagnostic::on_unimplemented(
    message = "a counter only goes up, by `inc` or `inc_by`",
    label = "make the field a `Gauge`, or write `inc_by(amount)`"
)]
pub trait UpOnly {}

/// Required of a gauge on which an update of another crate is called.
#[diagnostic::on_unimplemented(
    message = "a gauge is changed by `inc`, `dec`, `add`, `sub` and `set`",
    label = "write `add(amount)` or `sub(amount)`"
)]
pub trait AddOrSub {}

/// Required of a histogram or a timer on which a method of another crate is called.
#[diagnostic::on_unimplemented(
    message = "a value is added by `observe`, and a timer ends by `observe` or `discard`",
    label = "write `observe`"
)]
pub trait Observe {}

/// Required of a timer that is discarded as in another crate.
#[diagnostic::on_unimplemented(
    message = "a timer ends by `observe` or `discard`",
    label = "write `discard`"
)]
pub trait Discard {}

/// Required of a histogram whose timer is started as in another crate.
#[diagnostic::on_unimplemented(
    message = "a timer is started by `start_timer`",
    label = "write `start_timer()`, or `time(|| …)` for a closure"
)]
pub trait TimerStart {}

/// Required of a histogram that times a closure as in another crate.
#[diagnostic::on_unimplemented(
    message = "a closure is timed by `time`, and a future by `time_async`",
    label = "write `time(|| …)`"
)]
pub trait Time {}

/// Required of an `InProgress` that is used like a gauge.
#[diagnostic::on_unimplemented(
    message = "an `InProgress` goes up with `start`, and down when the returned guard is dropped",
    label = "write `let _guard = ….start();`",
    note = "a number that is set, or goes up and down in different places, is a `Gauge`"
)]
pub trait ByGuard {}

/// Required of calls that are used like a counter or a histogram.
#[diagnostic::on_unimplemented(
    message = "calls are counted from their start to their end",
    label = "write `run(|| …)`, `run_async(…)`, or `let call = ….start();` and `call.end(…)`",
    note = "`#[instrument_metrics(METRICS.field)]` on a function does it; use a `Counter` for what is only counted"
)]
pub trait CalledOnce {}

/// Required of a registry on which a metric is registered.
#[diagnostic::on_unimplemented(
    message = "a registry is passed to the metrics struct",
    label = "write `ShopMetrics::register(&registry)`",
    note = "a static struct is in `Registry::global()` anyway"
)]
pub trait HandedMetrics {}

/// Required of a derived struct that is created by a call.
#[diagnostic::on_unimplemented(
    message = "a metrics struct is not created by a function of this name",
    label = "write `{Self}::global()`, or `{Self}::register(&registry, …)` if it is an instance",
    note = "a static struct exists once, and `{Self}::global()` is it; with `#[metrics(instance)]` each `register` creates one; a group is part of the struct that flattens it"
)]
pub trait MadeByCall {}

/// A derived struct. The derive brings this trait into scope where the struct is. Elsewhere, the
/// compiler suggests its name, which tells what to type.
pub trait WriteGlobalOrRegister: Sized {
    #[doc(hidden)]
    fn new() -> Self
    where
        Self: MadeByCall,
    {
        never()
    }

    #[doc(hidden)]
    fn default() -> Self
    where
        Self: MadeByCall,
    {
        never()
    }
}

/// Required of a struct without a static that is used like one.
#[diagnostic::on_unimplemented(
    message = "there is no static `{Self}` for the whole program",
    label = "only a static struct has `global`",
    note = "an instance is created by `{Self}::register(&registry, …)`, and kept; a group is part of the struct that flattens it; without `instance` or `group` in `#[metrics(…)]` a struct is static"
)]
pub trait OneForAll {}

/// A derived struct that is an instance or a group. Elsewhere than in its module, the compiler
/// suggests the name of this trait.
pub trait WriteRegister: Sized + 'static {
    #[doc(hidden)]
    fn global() -> &'static Self
    where
        Self: OneForAll,
    {
        never()
    }
}

/// An error that cannot occur.
#[derive(Debug)]
pub enum Never {}

fn never<T>() -> T {
    unreachable!("never called")
}

// For a family whose labels and metric are swapped.
#[diagnostic::do_not_recommend]
impl<L: LabelSet> SeriesType for L {
    type Cells = ();
    type Facts = ();
}

// Families and calls have labels of their own, so they cannot be the metric of a family.
impl<L, M: SeriesType> SeriesType for Family<L, M> {
    type Cells = ();
    type Facts = ();
}

impl<L, E> SeriesType for Calls<L, E> {
    type Cells = ();
    type Facts = ();
}

impl<T> SeriesType for Option<T> {
    type Cells = ();
    type Facts = ();
}

impl<T> SeriesType for Vec<T> {
    type Cells = ();
    type Facts = ();
}

// Types in which other crates store a metric.
macro_rules! second {
    ($($value:ty)*) => {$(
        impl SeriesType for $value {
            type Cells = ();
            type Facts = ();
        }
    )*};
}

second! {
    () u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize f32 f64 AtomicU64 AtomicI64 AtomicUsize
    bool char String &'static str Duration
}

impl<U: Unit> Counter<U> {
    #[doc(hidden)]
    pub fn set<A>(&self, _: A)
    where
        Self: UpOnly,
    {
        never()
    }

    #[doc(hidden)]
    pub fn dec(&self)
    where
        Self: UpOnly,
    {
        never()
    }

    #[doc(hidden)]
    pub fn increment<A>(&self, _: A)
    where
        Self: IncBy,
    {
        never()
    }

    #[doc(hidden)]
    pub fn add<A>(&self, _: A)
    where
        Self: IncBy,
    {
        never()
    }

    #[doc(hidden)]
    pub fn new<A, B>(_: A, _: B) -> Result<Self, Never>
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn with_opts<A>(_: A) -> Result<Self, Never>
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn default() -> Self
    where
        Self: MadeByHand,
    {
        never()
    }
}

impl<U: Unit> Gauge<U> {
    #[doc(hidden)]
    pub fn inc_by<A>(&self, _: A)
    where
        Self: AddOrSub,
    {
        never()
    }

    #[doc(hidden)]
    pub fn increment<A>(&self, _: A)
    where
        Self: AddOrSub,
    {
        never()
    }

    #[doc(hidden)]
    pub fn decrement<A>(&self, _: A)
    where
        Self: AddOrSub,
    {
        never()
    }

    #[doc(hidden)]
    pub fn new<A, B>(_: A, _: B) -> Result<Self, Never>
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn with_opts<A>(_: A) -> Result<Self, Never>
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn default() -> Self
    where
        Self: MadeByHand,
    {
        never()
    }
}

impl<U: Unit> Histogram<U> {
    #[doc(hidden)]
    pub fn inc(&self)
    where
        Self: Observe,
    {
        never()
    }

    #[doc(hidden)]
    pub fn record<A>(&self, _: A)
    where
        Self: Observe,
    {
        never()
    }

    #[doc(hidden)]
    pub fn start(&self)
    where
        Self: TimerStart,
    {
        never()
    }

    #[doc(hidden)]
    pub fn observe_closure_duration<A>(&self, _: A)
    where
        Self: Time,
    {
        never()
    }

    #[doc(hidden)]
    pub fn new<A>(_: A) -> Self
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn with_opts<A>(_: A) -> Result<Self, Never>
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn default() -> Self
    where
        Self: MadeByHand,
    {
        never()
    }
}

// Not for info families, which have a `set` of their own.
impl<L: LabelSet, M: FamilyMetric<Facts = ()>> Family<L, M> {
    #[doc(hidden)]
    pub fn set<A>(&self, _: A)
    where
        Self: OneSeries,
    {
        never()
    }
}

impl<L: LabelSet, M: FamilyMetric> Family<L, M> {
    #[doc(hidden)]
    pub fn new<A>(_: A) -> Self
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn default() -> Self
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn new_with_constructor<A>(_: A) -> Self
    where
        Self: MadeByHand,
    {
        never()
    }

    #[doc(hidden)]
    pub fn inc(&self)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn dec(&self)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn start(&self)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn start_timer(&self)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn inc_by<A>(&self, _: A)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn add<A>(&self, _: A)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn sub<A>(&self, _: A)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn keep(&self) -> Series<M>
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn scoped<A>(&self, _: A) -> Series<M>
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn observe<A>(&self, _: A)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn time<A>(&self, _: A)
    where
        Self: OneSeries,
    {
        never()
    }

    #[doc(hidden)]
    pub fn get<A>(&self, _: A) -> Handle<'_, ByLabels<L::With<'static>>, M>
    where
        Self: OtherLookup,
    {
        never()
    }

    #[doc(hidden)]
    pub fn with_labels<A>(&self, _: A) -> Handle<'_, ByLabels<L::With<'static>>, M>
    where
        Self: OtherLookup,
    {
        never()
    }

    #[doc(hidden)]
    pub fn get_or_create_owned<A>(&self, _: A) -> Handle<'_, ByLabels<L::With<'static>>, M>
    where
        Self: OtherLookup,
    {
        never()
    }

    #[doc(hidden)]
    pub fn get_metric_with<A>(
        &self,
        _: A,
    ) -> Result<Handle<'_, ByLabels<L::With<'static>>, M>, Never>
    where
        Self: OtherLookup,
    {
        never()
    }

    #[doc(hidden)]
    pub fn get_or_create<A>(&self, _: A) -> Handle<'_, ByLabels<L::With<'static>>, M>
    where
        Self: OtherLookup,
    {
        never()
    }

    #[doc(hidden)]
    pub fn with_label_values<A>(&self, _: A) -> Handle<'_, ByLabels<L::With<'static>>, M>
    where
        Self: OtherLookup,
    {
        never()
    }

    #[doc(hidden)]
    pub fn get_metric_with_label_values<A>(
        &self,
        _: A,
    ) -> Result<Handle<'_, ByLabels<L::With<'static>>, M>, Never>
    where
        Self: OtherLookup,
    {
        never()
    }
}

// Inline, since a dynamic library would export functions without type parameters. The bound is for
// any lifetime, since one without would be an error already here.
impl InProgress {
    #[doc(hidden)]
    #[inline]
    pub fn inc(&self)
    where
        for<'a> &'a Self: ByGuard,
    {
        never()
    }

    #[doc(hidden)]
    #[inline]
    pub fn dec(&self)
    where
        for<'a> &'a Self: ByGuard,
    {
        never()
    }
}

impl InProgress {
    #[doc(hidden)]
    pub fn set<A>(&self, _: A)
    where
        for<'a> &'a Self: ByGuard,
    {
        never()
    }

    #[doc(hidden)]
    pub fn add<A>(&self, _: A)
    where
        for<'a> &'a Self: ByGuard,
    {
        never()
    }

    #[doc(hidden)]
    pub fn sub<A>(&self, _: A)
    where
        for<'a> &'a Self: ByGuard,
    {
        never()
    }
}

impl<L: LabelSet, E> Calls<L, E> {
    #[doc(hidden)]
    pub fn inc(&self)
    where
        Self: CalledOnce,
    {
        never()
    }

    #[doc(hidden)]
    pub fn inc_by<A>(&self, _: A)
    where
        Self: CalledOnce,
    {
        never()
    }

    #[doc(hidden)]
    pub fn observe<A>(&self, _: A)
    where
        Self: CalledOnce,
    {
        never()
    }

    #[doc(hidden)]
    pub fn start_timer(&self)
    where
        Self: CalledOnce,
    {
        never()
    }
}

impl Registry {
    #[doc(hidden)]
    pub fn register<A>(&self, _: A)
    where
        for<'a> &'a Self: HandedMetrics,
    {
        never()
    }
}

impl<T: Target<InProgress>> Handle<'_, T, InProgress> {
    #[doc(hidden)]
    pub fn inc(&self)
    where
        Self: ByGuard,
    {
        never()
    }

    #[doc(hidden)]
    pub fn dec(&self)
    where
        Self: ByGuard,
    {
        never()
    }
}

impl Timer<'_> {
    #[doc(hidden)]
    #[inline]
    pub fn observe_duration(self)
    where
        Self: Observe,
    {
        never()
    }

    #[doc(hidden)]
    #[inline]
    pub fn stop_and_record(self)
    where
        Self: Observe,
    {
        never()
    }

    #[doc(hidden)]
    #[inline]
    pub fn stop_and_discard(self)
    where
        Self: Discard,
    {
        never()
    }
}

impl<T: Target<Counter<U>>, U: Unit> Handle<'_, T, Counter<U>> {
    #[doc(hidden)]
    pub fn set<A>(&self, _: A)
    where
        Self: UpOnly,
    {
        never()
    }

    #[doc(hidden)]
    pub fn dec(&self)
    where
        Self: UpOnly,
    {
        never()
    }

    #[doc(hidden)]
    pub fn increment<A>(&self, _: A)
    where
        Self: IncBy,
    {
        never()
    }

    #[doc(hidden)]
    pub fn add<A>(&self, _: A)
    where
        Self: IncBy,
    {
        never()
    }
}

impl<T: Target<Gauge<U>>, U: Unit> Handle<'_, T, Gauge<U>> {
    #[doc(hidden)]
    pub fn increment<A>(&self, _: A)
    where
        Self: AddOrSub,
    {
        never()
    }

    #[doc(hidden)]
    pub fn decrement<A>(&self, _: A)
    where
        Self: AddOrSub,
    {
        never()
    }

    #[doc(hidden)]
    pub fn inc_by<A>(&self, _: A)
    where
        Self: AddOrSub,
    {
        never()
    }
}

impl<T: Target<Histogram<U>>, U: Unit> Handle<'_, T, Histogram<U>> {
    #[doc(hidden)]
    pub fn inc(&self)
    where
        Self: Observe,
    {
        never()
    }

    #[doc(hidden)]
    pub fn record<A>(&self, _: A)
    where
        Self: Observe,
    {
        never()
    }

    #[doc(hidden)]
    pub fn observe_closure_duration<A>(&self, _: A)
    where
        Self: Time,
    {
        never()
    }
}
