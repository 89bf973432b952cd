//! Families with fixed labels.

#![allow(unreachable_pub, reason = "signatures of public items name them, and nobody else is to")]

use std::fmt;
use std::marker::PhantomData;

use super::{ByLabels, Family, FamilyMetric, Handle};
use crate::labels::LabelSet;

/// A family with some of its labels fixed, which behaves like a family with the remaining labels.
///
/// Created by [`Family::fix`].
///
/// ```
/// use measurand::family::{Method, StatusClass};
/// use measurand::{Counter, Family, LabelValue, Metrics};
///
/// #[derive(LabelValue, Clone, Copy)]
/// enum Branch { North, South }
///
/// /// The gateway.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_fixed_family", global = GATEWAY)]
/// struct GatewayMetrics {
///     /// Requests answered.
///     requests_total: Family<(Branch, Method, StatusClass), Counter>,
/// }
///
/// let north = GATEWAY.requests_total.fix(Branch::North);
/// north.with((Method::Put, StatusClass::Success)).inc();
/// let gets = north.fix(Method::Get);
/// gets.with(StatusClass::Success).inc();
/// gets.with(StatusClass::ServerError).inc();
/// let all = &GATEWAY.requests_total;
/// assert_eq!(all.with((Branch::North, Method::Get, StatusClass::Success)).get(), 1);
/// # let _ = Branch::South;
/// ```
pub struct FixedFamily<F, V, At> {
    family: F,
    value: V,
    at: PhantomData<fn() -> At>,
}

/// A label set with a label of type `V` at `At` that can be fixed: a tuple of two to six labels.
///
/// To fix labels in a struct, use struct update syntax:
///
/// ```
/// use measurand::{Counter, Family, LabelSet, Metrics};
///
/// #[derive(LabelSet, Clone, Copy)]
/// struct SaleLabels<'a> {
///     shop: &'a str,
///     is_online: bool,
/// }
///
/// /// The tills.
/// #[derive(Metrics)]
/// #[metrics(namespace = "doc_fixed_struct", global = TILLS)]
/// struct TillMetrics {
///     /// Sales.
///     #[metric(max_series = 200)]
///     sales_total: Family<SaleLabels<'static>, Counter>,
/// }
///
/// let shop = String::from("Main St.");
/// let fixed = SaleLabels { shop: &shop, is_online: false };
/// TILLS.sales_total.with(fixed).inc();
/// TILLS.sales_total.with(SaleLabels { is_online: true, ..fixed }).inc_by(2);
/// assert_eq!(TILLS.sales_total.with(SaleLabels { is_online: true, ..fixed }).get(), 2);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no label of type `{V}` that could be fixed",
    label = "not one of the tuple's labels",
    note = "the labels of a tuple can be fixed, each by a value of its type; those in a struct are fixed by `Labels {{ tenant, ..fixed }}`"
)]
pub trait Fix<V, At>: LabelSet {
    /// The remaining labels.
    type Rest: LabelSet;

    /// Joins the value with the remaining labels.
    #[doc(hidden)]
    fn join<'a>(value: V, rest: <Self::Rest as LabelSet>::With<'a>) -> Self::With<'a>;
}

/// The position of a label in a tuple, which the compiler infers from the type of the label.
#[derive(Debug)]
pub struct At<const INDEX: usize>;

/// A family or a [`FixedFamily`].
pub trait AnyFamily<'a>: Copy {
    /// The labels that are not fixed.
    type Labels: LabelSet;
    /// All labels.
    type All: LabelSet;
    /// The metric.
    type Metric: FamilyMetric;

    /// Returns the series with these labels.
    #[doc(hidden)]
    fn series(
        self,
        labels: <Self::Labels as LabelSet>::With<'a>,
    ) -> Handle<'a, ByLabels<<Self::All as LabelSet>::With<'a>>, Self::Metric>;
}

impl<'a, L: LabelSet, M: FamilyMetric> AnyFamily<'a> for &'a Family<L, M> {
    type Labels = L;
    type All = L;
    type Metric = M;

    #[inline]
    fn series(self, labels: L::With<'a>) -> Handle<'a, ByLabels<L::With<'a>>, M> {
        self.with(labels)
    }
}

impl<'a, F: AnyFamily<'a>, V: Copy, At> AnyFamily<'a> for FixedFamily<F, V, At>
where
    F::Labels: Fix<V, At>,
{
    type Labels = <F::Labels as Fix<V, At>>::Rest;
    type All = F::All;
    type Metric = F::Metric;

    #[inline]
    fn series(
        self,
        labels: <Self::Labels as LabelSet>::With<'a>,
    ) -> Handle<'a, ByLabels<<F::All as LabelSet>::With<'a>>, F::Metric> {
        self.family.series(F::Labels::join(self.value, labels))
    }
}

impl<L: LabelSet, M: FamilyMetric> Family<L, M> {
    /// Fixes the label of type `V` in a tuple of two to six labels.
    ///
    /// ```
    /// use measurand::family::{Method, StatusClass};
    /// use measurand::{Counter, Family, Metrics};
    ///
    /// /// The gateway.
    /// #[derive(Metrics)]
    /// #[metrics(namespace = "doc_gateway", global = GATEWAY)]
    /// struct GatewayMetrics {
    ///     /// Requests answered.
    ///     requests_total: Family<(Method, StatusClass), Counter>,
    /// }
    ///
    /// let posts = GATEWAY.requests_total.fix(Method::Post);
    /// posts.with(StatusClass::Success).inc();
    /// let all = &GATEWAY.requests_total;
    /// assert_eq!(all.with((Method::Post, StatusClass::Success)).get(), 1);
    /// ```
    ///
    /// The value is copied for each series, and its type must be exactly that in the declaration of
    /// the family. So a borrowed value cannot be fixed: `Tenant<'a>` is a different type for each
    /// `'a`. Use a closure instead:
    ///
    /// ```
    /// # use measurand::family::Method;
    /// # use measurand::{Counter, Family, LabelValue, Metrics};
    /// #[derive(LabelValue, Clone, Copy)]
    /// struct Tenant<'a>(&'a str);
    ///
    /// # /// M.
    /// # #[derive(Metrics)]
    /// # #[metrics(namespace = "doc_fixed_closure", global = GATEWAY)]
    /// # struct M {
    /// /// Requests answered.
    /// #[metric(max_series = 500)]
    /// requests_total: Family<(Method, Tenant<'static>), Counter>,
    /// # }
    /// let name = String::from("acme");
    /// let acme = |method| GATEWAY.requests_total.with((method, Tenant(&name)));
    /// acme(Method::Get).inc();
    /// acme(Method::Put).inc();
    /// assert_eq!(acme(Method::Get).get(), 1);
    /// ```
    #[doc(alias = "curry_with")]
    pub fn fix<V: Copy, At>(&self, value: V) -> FixedFamily<&Self, V, At>
    where
        L: Fix<V, At>,
    {
        FixedFamily { family: self, value, at: PhantomData }
    }
}

impl<F, V: Copy, At> FixedFamily<F, V, At> {
    /// Returns the series with the remaining labels.
    #[inline]
    pub fn with<'a>(
        self,
        labels: <<Self as AnyFamily<'a>>::Labels as LabelSet>::With<'a>,
    ) -> Handle<
        'a,
        ByLabels<<<Self as AnyFamily<'a>>::All as LabelSet>::With<'a>>,
        <Self as AnyFamily<'a>>::Metric,
    >
    where
        Self: AnyFamily<'a>,
    {
        self.series(labels)
    }

    /// Fixes one more label.
    pub fn fix<'a, W: Copy, Next>(self, value: W) -> FixedFamily<Self, W, Next>
    where
        Self: AnyFamily<'a>,
        <Self as AnyFamily<'a>>::Labels: Fix<W, Next>,
    {
        FixedFamily { family: self, value, at: PhantomData }
    }
}

impl<F: Copy, V: Copy, At> Clone for FixedFamily<F, V, At> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Copy, V: Copy, At> Copy for FixedFamily<F, V, At> {}

impl<F, V: fmt::Debug, At> fmt::Debug for FixedFamily<F, V, At> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedFamily").field("value", &self.value).finish_non_exhaustive()
    }
}

macro_rules! fix {
    ($(($($all:ident)*) $value:ident at $index:literal leaves $rest:ty, as $pattern:pat,)*) => {$(
        impl<$($all: LabelSet),*> Fix<$value, At<$index>> for ($($all,)*)
        where
            $value: for<'x> LabelSet<With<'x> = $value>,
        {
            type Rest = $rest;

            #[inline]
            #[allow(non_snake_case, reason = "each value is named after its type")]
            fn join<'a>(
                $value: $value,
                $pattern: <Self::Rest as LabelSet>::With<'a>,
            ) -> Self::With<'a> {
                ($($all,)*)
            }
        }
    )*};
}

fix! {
    (A B) A at 0 leaves B, as B,
    (A B) B at 1 leaves A, as A,
    (A B C) A at 0 leaves (B, C), as (B, C),
    (A B C) B at 1 leaves (A, C), as (A, C),
    (A B C) C at 2 leaves (A, B), as (A, B),
    (A B C D) A at 0 leaves (B, C, D), as (B, C, D),
    (A B C D) B at 1 leaves (A, C, D), as (A, C, D),
    (A B C D) C at 2 leaves (A, B, D), as (A, B, D),
    (A B C D) D at 3 leaves (A, B, C), as (A, B, C),
    (A B C D E) A at 0 leaves (B, C, D, E), as (B, C, D, E),
    (A B C D E) B at 1 leaves (A, C, D, E), as (A, C, D, E),
    (A B C D E) C at 2 leaves (A, B, D, E), as (A, B, D, E),
    (A B C D E) D at 3 leaves (A, B, C, E), as (A, B, C, E),
    (A B C D E) E at 4 leaves (A, B, C, D), as (A, B, C, D),
    (A B C D E F) A at 0 leaves (B, C, D, E, F), as (B, C, D, E, F),
    (A B C D E F) B at 1 leaves (A, C, D, E, F), as (A, C, D, E, F),
    (A B C D E F) C at 2 leaves (A, B, D, E, F), as (A, B, D, E, F),
    (A B C D E F) D at 3 leaves (A, B, C, E, F), as (A, B, C, E, F),
    (A B C D E F) E at 4 leaves (A, B, C, D, F), as (A, B, C, D, F),
    (A B C D E F) F at 5 leaves (A, B, C, D, E), as (A, B, C, D, E),
}
