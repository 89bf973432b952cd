//! Code that all kinds of metrics share.

/// Implements [`Collect`](crate::read::Collect) for a type with an `unlabelled` field.
macro_rules! collect {
    (impl[$($param:ident: $bound:ident)?] $metric:ty) => {
        // A blanket impl would add a note on `Collect` to the error about a type that is not a
        // metric.
        #[diagnostic::do_not_recommend]
        impl$(<$param: $bound>)? $crate::read::Collect for $metric {
            fn extent(&self) -> $crate::read::Extent {
                $crate::read::Extent::Fixed(<Self as $crate::series::Stored>::PARTS.len())
            }

            fn label_value<'a>(&'a self, row: $crate::read::Row<'a>, _: usize) -> &'a str {
                <Self as $crate::series::Stored>::PARTS.value(row.part())
            }

            fn bits(&self, row: usize, totals: &$crate::place::Totals) -> u64 {
                $crate::metric::unlabelled::part_bits(self, row, totals)
            }

            fn distribution(
                &self,
                _: usize,
                totals: &$crate::place::Totals,
                buffers: &mut $crate::read::PointBuffers,
            ) -> $crate::number::Number {
                $crate::metric::unlabelled::distribution(self, totals, buffers)
            }

            fn places<'a>(
                &'a self,
                ask: &mut dyn FnMut(&'a $crate::place::Place, $crate::place::Shape, usize),
            ) {
                $crate::metric::unlabelled::ask_places(self, ask);
            }

            fn has_exemplars(&self) -> bool {
                <Self as $crate::series::Stored>::HAS_EXEMPLARS
            }

            fn exemplars(
                &self,
                _: usize,
                totals: &$crate::place::Totals,
                exemplars: &mut Vec<$crate::exemplar::Exemplar>,
            ) {
                $crate::metric::unlabelled::exemplars(self, totals, exemplars);
            }

            fn rejected(&self) -> u64 {
                $crate::series::AnySeries::rejected(self).get()
            }
        }
    };
}

/// Implements the traits of a metric for a type with an `unlabelled` field, and an `of` field if it
/// has a parameter. The expression of `own` is its own cells at zero. The bound after `or` is the
/// loose one of [`SeriesType`](crate::series::SeriesType), so that a wrong parameter is reported
/// once.
macro_rules! metric {
    (
        impl[$($param:ident: $bound:ident, or $loose:tt)?] $metric:ty {
            kind: $kind:ident,
            unit: $unit:ty,
            scale: $scale:expr,
            places: $places:literal,
            cells: $cells:ty,
            facts: $facts:ty,
            own: $own:ty = $new:expr,
            debug: $name:ident($shown:ident),
        }
    ) => {
        impl$(<$param: $loose>)? $crate::series::SeriesType for $metric {
            type Cells = $cells;
            type Facts = $facts;
        }

        #[diagnostic::do_not_recommend]
        impl$(<$param: $bound>)? $crate::metric::Metric for $metric {
            const KIND: $crate::kind::Kind = $crate::kind::Kind::$kind;
            const SCALE: $crate::unit::Scale = $scale;
            const IS_NATIVE: bool = <Self as $crate::series::Stored>::IS_NATIVE;
            const LABELS: $crate::labels::LabelList =
                <Self as $crate::series::Stored>::PARTS.labels($crate::labels::LabelList::new());
            type Unit = $unit;
            type Maker<D: $crate::metric::Declaration> = $crate::metric::Maker<Self, D>;
        }

        collect! { impl[$($param: $bound)?] $metric }

        #[diagnostic::do_not_recommend]
        impl$(<$param: $bound>)? $crate::metric::FamilyMetric for $metric {
            type Places = [$crate::place::Place; $places];
            type Own = $own;
            type FactsMaker<D: $crate::metric::Declaration> =
                $crate::metric::Maker<$facts, D>;

            fn made(facts: $facts) -> Self {
                let places = [$crate::place::Place::AT_RUN_TIME; $places];
                $name {
                    unlabelled: $crate::metric::UnlabelledStore::new(places, $new, facts),
                    $(of: std::marker::PhantomData::<fn() -> $param>,)?
                }
            }

            #[inline]
            fn unlabelled(
                &self,
            ) -> &$crate::metric::UnlabelledStore<Self::Places, Self::Own, Self::Facts> {
                &self.unlabelled
            }
        }

        impl$(<$param: $bound>)? $metric {
            /// Returns the metric as a [`Series`]($crate::Series), the type with which a function
            /// or a struct field takes any metric without labels and any series of a family. Use
            /// [`Series::of`]($crate::Series::of) for a metric of an instance.
            pub fn keep(&'static self) -> $crate::series::Series<Self> {
                $crate::series::Series::of(self, |metric| metric)
            }
        }

        impl<$($param: $bound,)? D: $crate::metric::Declaration> $crate::metric::Make<$metric>
            for $crate::metric::Maker<$metric, D>
        {
            const NEW: $metric = {
                type Maker<M, D> = <M as $crate::metric::FamilyMetric>::FactsMaker<D>;
                let facts = <Maker<$metric, D> as $crate::metric::Make<$facts>>::NEW;
                $name {
                    unlabelled: $crate::metric::UnlabelledStore::new([D::PLACE; $places], $new, facts),
                    $(of: std::marker::PhantomData::<fn() -> $param>,)?
                }
            };
        }

        impl$(<$param: $bound>)? std::fmt::Debug for $metric {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_tuple(stringify!($name)).field(&self.$shown()).finish()
            }
        }
    };
}

/// Writes methods for a metric, for a series of a family, and for a kept series.
macro_rules! methods {
    (impl[$($param:ident: $bound:ident)?] $metric:ty { $($methods:tt)* }) => {
        impl$(<$param: $bound>)? $metric {
            $($methods)*
        }

        impl<T: $crate::series::Target<$metric> $(, $param: $bound)?>
            $crate::series::Handle<'_, T, $metric>
        {
            $($methods)*
        }

        impl$(<$param: $bound>)? $crate::series::Series<$metric> {
            $($methods)*
        }
    };
}

/// Writes the timing methods of a kind for a metric, for a series of a family, and for a kept
/// series.
macro_rules! timed {
    (impl[$($param:ident: $bound:ident)?] $metric:ty) => {
        methods! { impl[$($param: $bound)?] $metric {
            /// Observes how long `work` takes, also if it panics.
            ///
            /// ```
            /// # use measurand::{Histogram, Metrics, unit::Seconds};
            /// # /// M.
            /// # #[derive(Metrics)]
            /// # #[metrics(instance)]
            /// # struct M {
            /// #     /// Time to answer.
            /// #     duration_seconds: Histogram<Seconds>,
            /// # }
            /// # let registry = measurand::Registry::new();
            /// # let metrics = M::register(&registry).unwrap();
            /// # let histogram = &metrics.duration_seconds;
            /// let answer = histogram.time(|| 6 * 7);
            /// assert_eq!((answer, histogram.snapshot().count()), (42, 1));
            /// ```
            ///
            /// A closure that returns a future does not compile, since it returns before the work
            /// is done: use `time_async`.
            #[doc(alias = "observe_closure_duration")]
            pub fn time<R, UseTimeAsync>(&self, work: impl FnOnce() -> R) -> R
            where
                R: $crate::metric::NotAFuture<UseTimeAsync>,
            {
                if !$crate::storage::IS_RECORDING {
                    return work();
                }
                let _timer = self.start_timer();
                work()
            }
        } }

        impl$(<$param: $bound>)? $metric {
            /// Starts a timer, which observes the elapsed time when it is dropped.
            ///
            /// ```
            /// # use measurand::{Histogram, Metrics, unit::Seconds};
            /// # /// M.
            /// # #[derive(Metrics)]
            /// # #[metrics(instance)]
            /// # struct M {
            /// #     /// Time to answer.
            /// #     duration_seconds: Histogram<Seconds>,
            /// # }
            /// # let registry = measurand::Registry::new();
            /// # let metrics = M::register(&registry).unwrap();
            /// # let histogram = &metrics.duration_seconds;
            /// let timer = histogram.start_timer();
            /// // … the work …
            /// timer.observe(); // or let it drop, or `timer.discard()`
            /// assert_eq!(histogram.snapshot().count(), 1);
            /// ```
            pub fn start_timer(&self) -> $crate::metric::Timer<'_, &Self, $metric> {
                $crate::metric::Timer::new(self)
            }

            /// Observes how long `work` takes from its first poll on, also if it panics or is
            /// dropped before it is ready. `work` is a future, or a closure that returns one.
            ///
            /// A future that is never polled is not observed.
            ///
            /// ```
            /// # use measurand::{Histogram, Metrics, unit::Seconds};
            /// # /// M.
            /// # #[derive(Metrics)]
            /// # #[metrics(instance)]
            /// # struct M {
            /// #     /// Time to answer.
            /// #     duration_seconds: Histogram<Seconds>,
            /// # }
            /// # let registry = measurand::Registry::new();
            /// # let metrics = M::register(&registry).unwrap();
            /// # let histogram = &metrics.duration_seconds;
            /// # let runtime = actix_web::rt::Runtime::new().unwrap();
            /// # runtime.block_on(async {
            /// let answer = histogram.time_async(async { 6 * 7 }).await;
            /// assert_eq!((answer, histogram.snapshot().count()), (42, 1));
            /// # });
            /// ```
            pub fn time_async<W, Kind>(
                &self,
                work: W,
            ) -> $crate::metric::TimedFuture<&Self, W::Future, $metric>
            where
                W: $crate::metric::AsyncWork<Kind>,
            {
                $crate::metric::TimedFuture::new(self, work.into_future())
            }
        }

        impl$(<$param: $bound>)? $crate::series::Series<$metric> {
            /// Starts a timer, which observes the elapsed time when it is dropped.
            ///
            /// ```
            /// # use measurand::{Family, Histogram, Metrics, family::Method, unit::Seconds};
            /// # /// M.
            /// # #[derive(Metrics)]
            /// # #[metrics(instance)]
            /// # struct M {
            /// #     /// Time to answer.
            /// #     duration_seconds: Family<Method, Histogram<Seconds>>,
            /// # }
            /// # let registry = measurand::Registry::new();
            /// # let metrics = M::register(&registry).unwrap();
            /// # let durations = &metrics.duration_seconds;
            /// let timer = durations.with(Method::Get).keep().start_timer();
            /// // … the work …
            /// timer.observe(); // or let it drop, or `timer.discard()`
            /// assert_eq!(durations.with(Method::Get).snapshot().count(), 1);
            /// ```
            pub fn start_timer(&self) -> $crate::metric::Timer<'static, Self, $metric> {
                $crate::metric::Timer::new(self.clone())
            }

            /// Observes how long `work` takes from its first poll on, also if it panics or is
            /// dropped before it is ready. `work` is a future, or a closure that returns one.
            ///
            /// ```
            /// # use measurand::{Family, Histogram, Metrics, family::Method, unit::Seconds};
            /// # /// M.
            /// # #[derive(Metrics)]
            /// # #[metrics(instance)]
            /// # struct M {
            /// #     /// Time to answer.
            /// #     duration_seconds: Family<Method, Histogram<Seconds>>,
            /// # }
            /// # let registry = measurand::Registry::new();
            /// # let metrics = M::register(&registry).unwrap();
            /// # let durations = &metrics.duration_seconds;
            /// # let runtime = actix_web::rt::Runtime::new().unwrap();
            /// # runtime.block_on(async {
            /// let gets = durations.with(Method::Get).keep();
            /// let answer = gets.time_async(async { 6 * 7 }).await;
            /// assert_eq!((answer, durations.with(Method::Get).snapshot().count()), (42, 1));
            /// # });
            /// ```
            pub fn time_async<W, Kind>(
                &self,
                work: W,
            ) -> $crate::metric::TimedFuture<Self, W::Future, $metric>
            where
                W: $crate::metric::AsyncWork<Kind>,
            {
                $crate::metric::TimedFuture::new(self.clone(), work.into_future())
            }
        }

        impl<'a, T: $crate::series::Target<$metric> $(, $param: $bound)?>
            $crate::series::Handle<'a, T, $metric>
        {
            /// Starts a timer, which observes the elapsed time when it is dropped.
            ///
            /// ```
            /// # use measurand::{Family, Histogram, Metrics, family::Method, unit::Seconds};
            /// # /// M.
            /// # #[derive(Metrics)]
            /// # #[metrics(instance)]
            /// # struct M {
            /// #     /// Time to answer.
            /// #     duration_seconds: Family<Method, Histogram<Seconds>>,
            /// # }
            /// # let registry = measurand::Registry::new();
            /// # let metrics = M::register(&registry).unwrap();
            /// # let durations = &metrics.duration_seconds;
            /// let timer = durations.with(Method::Get).start_timer();
            /// // … the work …
            /// timer.observe(); // or let it drop, or `timer.discard()`
            /// assert_eq!(durations.with(Method::Get).snapshot().count(), 1);
            /// ```
            pub fn start_timer(
                &self,
            ) -> $crate::metric::Timer<'a, $crate::series::Kept<'a, $metric>, $metric> {
                $crate::metric::Timer::new(self.hold())
            }

            /// Observes how long `work` takes from its first poll on, also if it panics or is
            /// dropped before it is ready. `work` is a future, or a closure that returns one.
            ///
            /// The series is looked up now, and kept.
            ///
            /// ```
            /// # use measurand::{Family, Histogram, Metrics, family::Method, unit::Seconds};
            /// # /// M.
            /// # #[derive(Metrics)]
            /// # #[metrics(instance)]
            /// # struct M {
            /// #     /// Time to answer.
            /// #     duration_seconds: Family<Method, Histogram<Seconds>>,
            /// # }
            /// # let registry = measurand::Registry::new();
            /// # let metrics = M::register(&registry).unwrap();
            /// # let durations = &metrics.duration_seconds;
            /// # let runtime = actix_web::rt::Runtime::new().unwrap();
            /// # runtime.block_on(async {
            /// let work = async { 6 * 7 };
            /// let answer = durations.with(Method::Get).time_async(work).await;
            /// assert_eq!((answer, durations.with(Method::Get).snapshot().count()), (42, 1));
            /// # });
            /// ```
            pub fn time_async<W, Kind>(
                &self,
                work: W,
            ) -> $crate::metric::TimedFuture<
                $crate::series::Kept<'a, $metric>,
                W::Future,
                $metric,
            >
            where
                W: $crate::metric::AsyncWork<Kind>,
            {
                $crate::metric::TimedFuture::new(self.hold(), work.into_future())
            }
        }
    };
}
