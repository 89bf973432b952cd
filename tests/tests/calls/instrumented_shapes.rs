//! Every shape of a function that can be instrumented, where `unsafe` is forbidden and all warnings
//! are denied: each is called once, and counted once.

#![forbid(unsafe_code)]
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic)]
#![allow(
    clippy::unnecessary_wraps,
    clippy::unused_async,
    clippy::unused_self,
    reason = "what the functions do does not matter"
)]

use std::fmt::{self, Display};
use std::future::{Future, ready};
use std::pin::Pin;

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, LocalBoxFuture};
use measurand::instrument_metrics;
use measurand_tests::sample;

/// How often a function was called and returned no error.
#[track_caller]
fn ok_in(function: &str, module: &str) -> u64 {
    let mut text = String::new();
    measurand::encode_text(&mut text);
    let labels = format!("{{function=\"{function}\",module=\"{module}\",outcome=\"ok\"}}");
    let sample = sample(&text, &format!("function_calls_total{labels}"));
    // Numbers as small as these are exact.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is a count")]
    let calls = sample as u64;
    calls
}

type Error = Box<dyn std::error::Error + Send + Sync>;

mod functions {
    use super::*;

    #[instrument_metrics]
    pub(super) fn nothing() {}

    #[instrument_metrics]
    pub(super) fn early_return(number: u32) -> u32 {
        if number > 0 {
            return number;
        }
        0
    }

    #[instrument_metrics]
    pub(super) fn question_mark(text: &str) -> Result<u32, Error> {
        let number: u32 = text.parse()?;
        Ok(number)
    }

    #[instrument_metrics]
    pub(super) fn boxed_error(fails: bool) -> Result<u32, Error> {
        if fails {
            return Err("it failed".into());
        }
        Ok(1)
    }

    #[instrument_metrics]
    pub(super) fn lifetimes<'a, 'b>(first: &'a str, second: &'b str) -> Option<&'a str>
    where
        'b: 'a,
    {
        if first.is_empty() { Some(second) } else { Some(first) }
    }

    #[instrument_metrics]
    pub(super) fn elided(words: &[String]) -> Result<&str, fmt::Error> {
        Ok(&words[0])
    }

    #[instrument_metrics]
    pub(super) fn generic<T: Display + ?Sized, const N: usize>(value: &T) -> Result<[u8; N], String>
    where
        [u8; N]: Send,
    {
        if value.to_string().is_empty() { Err(String::new()) } else { Ok([0; N]) }
    }

    #[instrument_metrics]
    pub(super) fn impl_argument(numbers: impl IntoIterator<Item = u32>) -> Result<u32, Error> {
        Ok(numbers.into_iter().sum())
    }

    #[instrument_metrics]
    pub(super) fn impl_return(most: u32) -> impl Iterator<Item = u32> + Clone {
        (0..most).filter(|number| number % 2 == 0)
    }

    #[instrument_metrics]
    pub(super) fn impl_inside(most: u32) -> Result<impl Iterator<Item = u32>, Error> {
        if most == 0 {
            return Err("there is none".into());
        }
        Ok(0..most)
    }

    #[instrument_metrics]
    pub(super) fn inner_attribute(number: u32) -> Result<u32, Error> {
        #![allow(unused_mut, reason = "it stands in the body")]
        let mut number = number;
        Ok(number)
    }

    #[instrument_metrics]
    pub(super) fn impl_inside_coerced(most: u32) -> Result<impl Iterator<Item = u32>, Error> {
        if most == 0 {
            return Err(Box::new(fmt::Error));
        }
        Ok(0..most)
    }

    /// Has a method of a name that anybody may use.
    trait Finish {
        fn end(&self) -> u32 {
            1
        }
    }

    impl<T> Finish for T {}

    #[instrument_metrics]
    pub(super) fn beside_another_method() -> Result<u32, Error> {
        Ok(3.end())
    }

    macro_rules! of_fragments {
        ($name:ident, $output:ty, $body:block, $kind:path) => {
            #[instrument_metrics(error = $kind)]
            pub(super) fn $name() -> $output $body
        };
    }

    #[derive(measurand::LabelValue)]
    pub(super) enum Kind {
        Any,
    }

    fn kind(_: &Error) -> Kind {
        Kind::Any
    }

    of_fragments!(fragments, Result<u32, Error>, { Ok(1) }, kind);

    macro_rules! of_block {
        ($name:ident $body:block) => {
            #[instrument_metrics]
            pub(super) fn $name() -> u32 $body
        };
    }

    of_block!(block { 1 });

    /// A tuple in an argument.
    #[instrument_metrics]
    pub(super) fn patterns(
        (first, _): (u32, u32),
        [second, ..]: [u32; 3],
        mut third: u32,
        _: u32,
    ) -> Result<u32, Error> {
        third += 1;
        Ok(first + second + third)
    }

    #[instrument_metrics]
    pub(super) fn never(fails: bool) -> ! {
        assert!(!fails);
        std::panic::resume_unwind(Box::new(()))
    }

    #[instrument_metrics]
    pub(super) fn closures(numbers: &[u32]) -> Vec<u32> {
        let double = |number: &u32| {
            if *number == 0 {
                return 0;
            }
            number * 2
        };
        numbers.iter().map(double).collect()
    }

    #[instrument_metrics]
    pub(super) fn items_inside() -> u32 {
        const SIX: u32 = 6;
        fn seven() -> u32 {
            SIX + 1
        }
        seven()
    }

    #[instrument_metrics]
    pub(super) fn recursive(depth: u32) -> Result<u32, Error> {
        if depth == 0 { Ok(0) } else { Ok(recursive(depth - 1)? + 1) }
    }

    #[instrument_metrics]
    #[track_caller]
    pub(super) fn caller_in_place() -> u32 {
        std::panic::Location::caller().line()
    }

    #[instrument_metrics]
    #[track_caller]
    #[expect(unused_variables, reason = "what is expected of the body is found there")]
    pub(super) fn caller_of_result<T: Default>((add, _): (u32, T)) -> Result<u32, T> {
        let unused = 3;
        if add > 100 { Err(T::default()) } else { Ok(std::panic::Location::caller().line() + add) }
    }

    #[instrument_metrics]
    #[must_use]
    #[inline]
    #[allow(clippy::needless_pass_by_value, reason = "an attribute that is kept")]
    #[cfg(not(any()))]
    pub(super) fn attributes(words: Vec<String>) -> usize {
        words.len()
    }

    #[instrument_metrics]
    #[cfg(any())]
    pub(super) fn absent() -> NoSuchType {}

    #[instrument_metrics]
    pub(super) fn r#loop() -> u32 {
        3
    }

    #[instrument_metrics]
    pub(super) extern "C" fn foreign() -> u32 {
        1
    }

    #[test]
    fn are_counted() {
        nothing();
        assert_eq!(early_return(3), 3);
        assert_eq!(question_mark("7").unwrap(), 7);
        assert_eq!(boxed_error(false).unwrap(), 1);
        assert_eq!(lifetimes("", "b"), Some("b"));
        assert_eq!(elided(&["a".to_owned()]), Ok("a"));
        assert_eq!(generic::<str, 3>("a"), Ok([0; 3]));
        assert_eq!(impl_argument([1, 2]).unwrap(), 3);
        assert_eq!(impl_return(5).sum::<u32>(), 6);
        assert_eq!(impl_inside(3).unwrap().count(), 3);
        assert_eq!(impl_inside_coerced(3).unwrap().count(), 3);
        assert_eq!(beside_another_method().unwrap(), 1);
        assert_eq!(fragments().unwrap() + block(), 2);
        assert_eq!(inner_attribute(3).unwrap(), 3);
        assert_eq!(patterns((1, 2), [3, 4, 5], 6, 7).unwrap(), 11);
        assert_eq!(closures(&[1, 2]), [2, 4]);
        assert_eq!(items_inside(), 7);
        assert_eq!(recursive(4).unwrap(), 4);
        assert_eq!(caller_in_place(), line!());
        assert_eq!(caller_of_result((0, ())), Ok(line!()));
        assert_eq!(attributes(vec![]), 0);
        assert_eq!(r#loop(), 3);
        assert_eq!(foreign(), 1);
        for function in [
            "nothing",
            "early_return",
            "question_mark",
            "boxed_error",
            "lifetimes",
            "elided",
            "generic",
            "impl_argument",
            "impl_return",
            "impl_inside",
            "impl_inside_coerced",
            "beside_another_method",
            "fragments",
            "block",
            "inner_attribute",
            "patterns",
            "closures",
            "items_inside",
            "caller_in_place",
            "caller_of_result",
            "attributes",
            "loop",
            "foreign",
        ] {
            assert_eq!(ok_in(function, module_path!()), 1, "{function}");
        }
        assert_eq!(ok_in("recursive", module_path!()), 5);
    }

    #[test]
    fn that_never_return_have_no_other_outcome() {
        std::panic::catch_unwind(|| never(false)).unwrap_err();
        let mut text = String::new();
        measurand::encode_text(&mut text);
        let of_it: Vec<_> = text
            .lines()
            .filter(|line| line.starts_with("function_calls_total{function=\"never\""))
            .collect();
        let labels = format!("function=\"never\",module=\"{}\"", module_path!());
        assert_eq!(of_it, [format!("function_calls_total{{{labels},outcome=\"panicked\"}} 1")]);
    }
}

mod methods {
    use super::*;

    #[derive(Debug)]
    struct Store<T> {
        items: Vec<T>,
    }

    #[instrument_metrics]
    impl<T: Clone + Send + Sync> Store<T> {
        const START: usize = 0;

        fn new(items: Vec<T>) -> Self {
            Store { items }
        }

        fn try_new(items: Vec<T>) -> Result<Self, Vec<T>> {
            if items.is_empty() { Err(items) } else { Ok(Store { items }) }
        }

        fn first(&self) -> Option<&T> {
            self.items.get(Self::START)
        }

        fn first_mut(&mut self) -> Option<&mut T> {
            self.items.first_mut()
        }

        fn try_first_mut(&mut self) -> Result<&mut T, Error> {
            self.items.first_mut().ok_or_else(|| "it is empty".into())
        }

        async fn first_later(&mut self) -> Result<&mut T, Error> {
            ready(()).await;
            self.items.first_mut().ok_or_else(|| "it is empty".into())
        }

        fn into_items(self) -> Result<Vec<T>, Self> {
            if self.items.is_empty() { Err(self) } else { Ok(self.items) }
        }

        #[track_caller]
        fn in_box(mut self: Box<Self>) -> Result<Box<Self>, Error> {
            self.items.clear();
            Ok(self)
        }

        #[track_caller]
        fn caller(&self, (least, _): (usize, u8)) -> Result<u32, usize> {
            if self.items.len() < least {
                Err(least)
            } else {
                Ok(std::panic::Location::caller().line())
            }
        }

        #[instrument_metrics(skip)]
        const fn skipped() -> u32 {
            1
        }

        #[instrument_metrics(sample = 2, skip(in_progress))]
        fn with_options(&self) -> usize {
            self.items.len()
        }

        fn boxed(&self) -> Pin<Box<dyn Future<Output = Result<usize, Error>> + Send + '_>> {
            let more = 1;
            Box::pin(async move { Ok(self.items.len() + more) })
        }

        fn boxed_elsewhere(&self, more: bool) -> BoxFuture<'_, usize> {
            if more {
                return async move { self.items.len() + 1 }.boxed();
            }
            ready(self.items.len()).boxed()
        }

        fn boxed_by_method(&self) -> LocalBoxFuture<'_, usize> {
            async { self.items.len() }.boxed_local()
        }

        fn opaque(&self) -> impl Future<Output = Result<usize, Error>> + Send + use<'_, T> {
            async { Ok(self.items.len()) }
        }

        fn opaque_elsewhere(&self) -> impl Future<Output = usize> {
            let len = self.items.len();
            if len == 0 {
                return ready(17);
            }
            ready(len)
        }
    }

    trait Shape {
        fn area(&self) -> Result<u32, Error>;

        #[instrument_metrics(self_type = "Shape")]
        fn doubled(&self) -> Result<u32, Error> {
            Ok(self.area()? * 2)
        }

        fn name(&self) -> &'static str;
    }

    struct Square(u32);

    #[instrument_metrics]
    impl Shape for Square {
        fn area(&self) -> Result<u32, Error> {
            Ok(self.0 * self.0)
        }

        fn name(&self) -> &'static str {
            "square"
        }
    }

    #[instrument_metrics]
    impl Display for Square {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{} of {}", self.name(), self.0)
        }
    }

    impl Square {
        #[instrument_metrics(self_type = "Square")]
        fn side(&self) -> u32 {
            self.0
        }
    }

    #[tokio::test]
    async fn are_counted() {
        let mut store = Store::new(vec![1, 2]);
        Store::<u32>::try_new(vec![]).unwrap_err();
        assert_eq!(Store::try_new(vec![5]).unwrap().items, [5]);
        *store.first_mut().unwrap() += 1;
        *store.try_first_mut().unwrap() += 1;
        *store.first_later().await.unwrap() += 1;
        assert_eq!(store.first(), Some(&4));
        assert_eq!(store.caller((1, 0)), Ok(line!()));
        assert_eq!(Store::<u32>::skipped(), 1);
        assert_eq!(store.with_options(), 2);
        assert_eq!(store.boxed().await.unwrap(), 3);
        assert_eq!(store.boxed_elsewhere(true).await, 3);
        assert_eq!(store.boxed_elsewhere(false).await, 2);
        assert_eq!(store.boxed_by_method().await, 2);
        assert_eq!(store.opaque().await.unwrap(), 2);
        assert_eq!(store.opaque_elsewhere().await, 2);
        assert!(Box::new(Store::new(vec![1])).in_box().unwrap().items.is_empty());
        assert_eq!(store.into_items().ok().unwrap(), [4, 2]);
        for (function, calls) in [
            ("new", 2),
            ("try_new", 1),
            ("first", 1),
            ("first_mut", 1),
            ("try_first_mut", 1),
            ("first_later", 1),
            ("caller", 1),
            ("with_options", 1),
            ("boxed", 1),
            ("boxed_elsewhere", 2),
            ("boxed_by_method", 1),
            ("opaque", 1),
            ("opaque_elsewhere", 1),
            ("in_box", 1),
            ("into_items", 1),
        ] {
            assert_eq!(ok_in(&format!("Store::{function}"), module_path!()), calls, "{function}");
        }

        let square = Square(3);
        assert_eq!(square.doubled().unwrap(), 18);
        assert_eq!(square.to_string(), "square of 3");
        assert_eq!(square.side(), 3);
        for function in
            ["Shape::doubled", "Square::area", "Square::fmt", "Square::name", "Square::side"]
        {
            assert_eq!(ok_in(function, module_path!()), 1, "{function}");
        }
    }
}

#[allow(non_camel_case_types, reason = "a raw identifier is what this is about")]
mod names {
    use super::*;

    struct r#type;
    struct Generic<T>(T);
    trait Shape {
        fn area(&self) -> u32;
    }

    #[instrument_metrics]
    impl r#type {
        fn r#match(&self) {}
    }

    #[instrument_metrics]
    impl dyn Shape + Send + '_ {
        fn twice(&self) -> u32 {
            2 * self.area()
        }
    }

    #[instrument_metrics]
    impl<T> Shape for Generic<T> {
        fn area(&self) -> u32 {
            1
        }
    }

    #[instrument_metrics]
    impl Shape for [u8; 4] {
        fn area(&self) -> u32 {
            4
        }
    }

    #[instrument_metrics]
    impl Shape for (u8, &str) {
        fn area(&self) -> u32 {
            2
        }
    }

    #[instrument_metrics]
    impl Shape for fn(u8) -> u8 {
        fn area(&self) -> u32 {
            1
        }
    }

    #[instrument_metrics]
    fn r#loop() {}

    #[test]
    fn are_written_as_people_write_them() {
        r#type.r#match();
        r#loop();
        let boxed: Box<dyn Shape + Send> = Box::new(Generic(3));
        assert_eq!(boxed.twice(), 2);
        assert_eq!([0_u8; 4].area() + (1_u8, "a").area() + (identity as fn(u8) -> u8).area(), 7);
        for function in [
            "type::match",
            "loop",
            "dyn Shape + Send + '_::twice",
            "Generic::area",
            "[u8; 4]::area",
            "(u8, &str)::area",
            "fn(u8) -> u8::area",
        ] {
            assert_eq!(ok_in(function, module_path!()), 1, "{function}");
        }
    }

    fn identity(number: u8) -> u8 {
        number
    }
}

/// Futures that wait for each other, under the recursion limit that is the default.
mod chains {
    use super::*;

    macro_rules! chain {
        ($(#[$attribute:meta])* $last:ident) => {
            $(#[$attribute])*
            async fn $last(number: u32) -> Result<u32, Error> {
                Ok(ready(number).await)
            }
        };
        ($(#[$attribute:meta])* $first:ident $second:ident $($rest:ident)*) => {
            $(#[$attribute])*
            async fn $first(number: u32) -> Result<u32, Error> {
                let number = $second(number).await?;
                Ok(number + 1)
            }
            chain!($(#[$attribute])* $second $($rest)*);
        };
    }

    mod alone {
        use super::*;
        chain!(#[instrument_metrics] a b c d e f g h i j k l m n);

        #[tokio::test]
        async fn are_fourteen_deep() {
            assert_eq!(tokio::spawn(a(1)).await.unwrap().unwrap(), 14);
        }
    }

    mod with_tracing {
        use super::*;
        chain!(#[tracing::instrument] #[instrument_metrics] a b c d e f g h i j);

        #[tokio::test]
        async fn are_ten_deep() {
            assert_eq!(tokio::spawn(a(1)).await.unwrap().unwrap(), 10);
        }
    }

    mod within_tracing {
        use super::*;
        chain!(#[instrument_metrics] #[tracing::instrument] a b c d e f g h i j);

        #[tokio::test]
        async fn are_ten_deep() {
            assert_eq!(tokio::spawn(a(1)).await.unwrap().unwrap(), 10);
        }
    }
}

mod futures {
    use super::*;

    #[instrument_metrics]
    async fn plain() {}

    #[instrument_metrics]
    async fn early_return(number: u32) -> u32 {
        if number > 0 {
            return number;
        }
        ready(0).await
    }

    #[instrument_metrics]
    async fn unsaid() {
        std::future::pending().await
    }

    #[instrument_metrics]
    async fn never_later(pauses: bool) -> ! {
        if pauses {
            tokio::task::yield_now().await;
        }
        std::panic::resume_unwind(Box::new(()))
    }

    #[instrument_metrics]
    async fn question_mark(text: &str) -> Result<u32, Error> {
        let number: u32 = text.parse()?;
        ready(Ok(number)).await
    }

    #[instrument_metrics]
    async fn coerced(fails: bool) -> Result<Box<dyn Display>, Error> {
        if fails { Err("it failed".into()) } else { Ok(Box::new(3)) }
    }

    #[instrument_metrics]
    async fn generic<T, F>(make: impl Fn() -> F, mut times: u32) -> Vec<T>
    where
        F: Future<Output = T>,
    {
        let mut values = Vec::new();
        while times > 0 {
            values.push(make().await);
            times -= 1;
        }
        values
    }

    #[instrument_metrics]
    async fn impl_inside(most: u32) -> Result<impl Iterator<Item = u32>, Error> {
        if most == 0 { Err("there is none".into()) } else { Ok(0..most) }
    }

    #[instrument_metrics]
    async fn recursive(depth: u32) -> u32 {
        if depth == 0 { 0 } else { Box::pin(recursive(depth - 1)).await + 1 }
    }

    #[instrument_metrics]
    fn free(number: u32) -> impl Future<Output = Result<u32, Error>> + Send + 'static {
        async move { Ok(number) }
    }

    #[tracing::instrument]
    #[instrument_metrics]
    async fn traced_outside(number: u32) -> Result<u32, fmt::Error> {
        Ok(ready(number).await)
    }

    #[instrument_metrics]
    #[tracing::instrument(err)]
    async fn traced_inside(number: u32) -> Result<u32, fmt::Error> {
        Ok(ready(number).await)
    }

    #[tracing::instrument(ret)]
    #[instrument_metrics]
    fn traced_function(number: u32) -> Result<u32, fmt::Error> {
        Ok(number)
    }

    #[async_trait::async_trait]
    trait Load {
        async fn load(&self, number: u32) -> Result<u32, Error>;

        #[instrument_metrics(self_type = "Load")]
        async fn load_default(&self, number: u32) -> Result<u32, Error> {
            self.load(number).await
        }
    }

    struct Inside;
    struct Outside;
    struct Traced;

    #[async_trait::async_trait]
    #[instrument_metrics]
    impl Load for Inside {
        async fn load(&self, number: u32) -> Result<u32, Error> {
            Ok(ready(number).await)
        }
    }

    #[instrument_metrics]
    #[async_trait::async_trait]
    impl Load for Outside {
        async fn load(&self, number: u32) -> Result<u32, Error> {
            Ok(ready(number).await)
        }
    }

    #[async_trait::async_trait]
    impl Load for Traced {
        #[tracing::instrument(skip(self))]
        #[instrument_metrics(self_type = "Traced")]
        async fn load(&self, number: u32) -> Result<u32, Error> {
            Ok(ready(number).await)
        }
    }

    trait Later {
        async fn later(&self) -> u32;
    }

    #[instrument_metrics]
    impl Later for Inside {
        async fn later(&self) -> u32 {
            5
        }
    }

    #[tokio::test]
    async fn are_counted() {
        plain().await;
        assert!(unsaid().now_or_never().is_none());
        tokio::spawn(never_later(true)).await.unwrap_err();
        assert_eq!(early_return(3).await, 3);
        assert_eq!(question_mark("7").await.unwrap(), 7);
        assert_eq!(coerced(false).await.unwrap().to_string(), "3");
        assert_eq!(generic(|| ready(3), 2).await, [3, 3]);
        assert_eq!(impl_inside(3).await.unwrap().count(), 3);
        assert_eq!(recursive(3).await, 3);
        assert_eq!(tokio::spawn(free(3)).await.unwrap().unwrap(), 3);
        assert_eq!(tokio::spawn(traced_outside(3)).await.unwrap(), Ok(3));
        assert_eq!(tokio::spawn(traced_inside(3)).await.unwrap(), Ok(3));
        assert_eq!(traced_function(3), Ok(3));
        assert_eq!(Inside.load_default(1).await.unwrap(), 1);
        assert_eq!(Outside.load(2).await.unwrap(), 2);
        assert_eq!(Traced.load(3).await.unwrap(), 3);
        assert_eq!(Inside.later().await, 5);
        for (function, calls) in [
            ("plain", 1),
            ("early_return", 1),
            ("question_mark", 1),
            ("coerced", 1),
            ("generic", 1),
            ("impl_inside", 1),
            ("recursive", 4),
            ("free", 1),
            ("traced_outside", 1),
            ("traced_inside", 1),
            ("traced_function", 1),
            ("Load::load_default", 1),
            ("Inside::load", 1),
            ("Outside::load", 1),
            ("Traced::load", 1),
            ("Inside::later", 1),
        ] {
            assert_eq!(ok_in(function, module_path!()), calls, "{function}");
        }
    }
}
