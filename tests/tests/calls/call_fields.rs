//! Fields of type `Calls`: families of one's own for the calls of functions that belong together.

use std::future::{Future as _, pending};
use std::panic::{catch_unwind, resume_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use measurand::calls::{NoLabels, Outcome};
use measurand::registry::{Flow, Labels, Point, Registered, Sink, Value};
use measurand::{
    Calls, Counter, Descriptor, LabelSet, LabelValue, Metrics, Registry, instrument_metrics,
};
use measurand_tests::{sample, samples, until};

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

#[derive(LabelValue, Clone, Copy, Debug)]
enum Op {
    Insert,
    Find,
}

#[derive(LabelValue, Clone, Copy, Debug)]
#[label(name = "size_class")]
enum Size {
    Small,
    Large,
}

#[derive(LabelValue, Clone, Copy, Debug)]
enum ErrorKind {
    TimedOut,
    Refused,
}

impl ErrorKind {
    fn of(error: &u32) -> ErrorKind {
        if *error > 10 { ErrorKind::TimedOut } else { ErrorKind::Refused }
    }
}

#[derive(LabelSet, Clone, Copy, Debug)]
struct TenantLabels<'a> {
    op: Op,
    #[label(rename = "customer")]
    tenant: &'a str,
}

#[derive(LabelSet)]
struct WithSkipped {
    op: Op,
    #[label(skip)]
    _note: u32,
}

mod closed {
    use super::*;

    /// What the shop does.
    #[derive(Metrics)]
    #[metrics(namespace = "shop", global = SHOP)]
    struct ShopMetrics {
        /// Use of the price list.
        ///
        /// This is for readers of the code alone.
        pricing: Calls,
        /// Use of the stock.
        #[metric(buckets = [0.001, 0.1])]
        stock: Calls<Op>,
        /// Orders.
        #[metric(rename = "order", help = "What is done with orders")]
        anything: Calls<(Op, Size), ErrorKind>,
        /// Returns.
        returned: Calls<NoLabels, ErrorKind>,
        /// Notes.
        noted: Calls<WithSkipped>,
        #[metric(flatten(prefix = "cache"))]
        cache: CacheMetrics,
        /// Not in the way.
        things_total: Counter,
    }

    /// A cache.
    #[derive(Metrics)]
    #[metrics(group)]
    struct CacheMetrics {
        /// Look-ups.
        lookup: Calls<Op>,
    }

    #[instrument_metrics(SHOP.pricing)]
    fn price(result: Result<u32, u32>) -> Result<u32, u32> {
        result
    }

    #[instrument_metrics(SHOP.pricing)]
    async fn price_later(result: Result<u32, u32>) -> Result<u32, u32> {
        result
    }

    #[test]
    fn several_functions_share_a_field() {
        price(Ok(1)).unwrap();
        price(Err(1)).unwrap_err();
        price_later(Err(1)).now_or_never().unwrap().unwrap_err();
        let counts = Outcome::ALL.iter().map(|outcome| SHOP.pricing.count(*outcome));
        assert!(counts.eq([1, 2, 0, 0]));
        assert_eq!(SHOP.pricing.in_progress(), 0);
        assert_eq!(SHOP.pricing.durations().count(), 3);

        let text = scrape(Registry::global());
        assert!(text.contains(
            "# HELP shop_pricing_calls_total Use of the price list: calls that have ended, by how they ended.\n# TYPE shop_pricing_calls_total counter\nshop_pricing_calls_total{outcome=\"cancelled\"} 0\nshop_pricing_calls_total{outcome=\"error\"} 2\n"
        ));
        assert!(text.contains(
            "# HELP shop_pricing_duration_seconds Use of the price list: time that a call took.\n# TYPE shop_pricing_duration_seconds histogram\nshop_pricing_duration_seconds_bucket{le=\"0.005\"} 3\n"
        ));
        assert!(text.contains(
            "# HELP shop_pricing_in_progress Use of the price list: calls that run now.\n# TYPE shop_pricing_in_progress gauge\nshop_pricing_in_progress 0\n"
        ));
    }

    #[instrument_metrics(SHOP.stock, labels(op = op))]
    fn stock(op: Op) -> u32 {
        if let Op::Insert = op { 1 } else { resume_unwind(Box::new(())) }
    }

    #[instrument_metrics(SHOP.stock, labels(Op::Find), sample = 3)]
    fn find_stock() {}

    #[test]
    fn labels_are_expressions_over_the_arguments() {
        stock(Op::Insert);
        catch_unwind(|| stock(Op::Find)).unwrap_err();
        thread::spawn(|| (0..4).for_each(|_| find_stock())).join().unwrap();
        let text = scrape(Registry::global());
        let calls = |labels: &str| sample(&text, &format!("shop_stock_calls_total{{{labels}}}"));
        assert_eq!(calls("op=\"insert\",outcome=\"ok\""), 1.0);
        assert_eq!(calls("op=\"find\",outcome=\"ok\""), 4.0);
        assert_eq!(calls("op=\"find\",outcome=\"panicked\""), 1.0);
        let buckets = samples(&text, "shop_stock_duration_seconds_bucket{op=\"insert\"");
        assert_eq!(buckets.len(), 3);
        let count = sample(&text, "shop_stock_duration_seconds_count{op=\"find\"}");
        assert_eq!(count, 1.0 + 6.0);
    }

    #[instrument_metrics(
        SHOP.anything,
        labels(op = Op::Insert, size_class = if *size > 9 { Size::Large } else { Size::Small }),
        error = ErrorKind::of
    )]
    async fn order(size: &u32) -> Result<u32, u32> {
        if *size > 2 { Err(*size) } else { Ok(*size) }
    }

    #[instrument_metrics(SHOP.anything, labels((Op::Find, Size::Large)))]
    fn find_order(result: Result<u32, u32>) -> Result<u32, u32> {
        result
    }

    #[instrument_metrics(SHOP.returned, error = ErrorKind::of)]
    fn take_back(result: Result<u32, u32>) -> Result<u32, u32> {
        result
    }

    #[test]
    fn errors_are_told_apart_by_their_kind() {
        for size in [1, 5, 20] {
            let _ = order(&size).now_or_never().unwrap();
        }
        find_order(Err(1)).unwrap_err();
        let text = scrape(Registry::global());
        assert!(text.contains(
            "# HELP shop_order_in_progress What is done with orders: calls that run now.\n"
        ));
        let of_it = samples(&text, "shop_order_calls_total{op=\"insert\"");
        let with_any: Vec<_> = of_it.into_iter().filter(|line| !line.ends_with(" 0")).collect();
        assert_eq!(
            with_any,
            [
                "shop_order_calls_total{op=\"insert\",size_class=\"large\",outcome=\"error\",error_kind=\"timed_out\"} 1",
                "shop_order_calls_total{op=\"insert\",size_class=\"small\",outcome=\"error\",error_kind=\"refused\"} 1",
                "shop_order_calls_total{op=\"insert\",size_class=\"small\",outcome=\"ok\"} 1",
            ]
        );
        let labels = "op=\"find\",size_class=\"large\"";
        let without_kind = format!("shop_order_calls_total{{{labels},outcome=\"error\"}}");
        assert_eq!(sample(&text, &without_kind), 1.0);
        assert_eq!(SHOP.anything.with((Op::Insert, Size::Small)).count(Outcome::Error), 1);

        take_back(Err(3)).unwrap_err();
        SHOP.returned.start().end_with_error(ErrorKind::Refused);
        let text = scrape(Registry::global());
        let refused = "shop_returned_calls_total{outcome=\"error\",error_kind=\"refused\"}";
        assert_eq!(sample(&text, refused), 2.0);
        let lines = samples(&text, "shop_returned_calls_total");
        assert_eq!(lines.len(), 4 + 2, "{lines:?}");
    }

    #[instrument_metrics(SHOP.noted, labels(WithSkipped { op: Op::Find, _note: 3 }))]
    fn note() {}

    #[instrument_metrics(SHOP.cache.lookup, labels(op = Op::Find))]
    fn look_up() {}

    #[test]
    fn labels_are_given_as_a_whole_too_and_groups_have_calls() {
        note();
        look_up();
        assert_eq!(SHOP.noted.with(WithSkipped { op: Op::Find, _note: 0 }).count(Outcome::Ok), 1);
        let text = scrape(Registry::global());
        assert_eq!(sample(&text, "shop_cache_lookup_calls_total{op=\"find\",outcome=\"ok\"}"), 1.0);
        Registry::global().validate().unwrap();
    }
}

mod by_hand {
    use super::*;

    /// What the importer does.
    #[derive(Metrics)]
    #[metrics(namespace = "importer", global = IMPORTER)]
    struct ImporterMetrics {
        /// Files.
        files: Calls<Op>,
    }

    #[test]
    fn calls_are_counted_by_hand_too() {
        let files = IMPORTER.files.with(Op::Insert);
        let call = files.start();
        assert_eq!(files.in_progress(), 1);
        call.end(Outcome::Ok);
        files.start().end_as(&Err::<(), _>(7));
        files.start().end_as(&Ok::<_, u32>(7));
        drop(files.start());
        let panicked = catch_unwind(|| {
            let _call = IMPORTER.files.with(Op::Insert).start();
            resume_unwind(Box::new(()));
        });
        panicked.unwrap_err();
        let counts = Outcome::ALL.iter().map(|outcome| files.count(*outcome));
        assert!(counts.eq([2, 1, 1, 1]));
        assert_eq!((files.in_progress(), files.durations().count()), (0, 5));
        assert_eq!(IMPORTER.files.with(Op::Find).count(Outcome::Ok), 0);
    }
}

mod open {
    use super::*;

    /// What the shop does.
    #[derive(Metrics)]
    #[metrics(namespace = "open", instance(name: &str))]
    struct OpenMetrics {
        /// Orders.
        #[metric(max_series = 3, buckets = [1])]
        order: Calls<TenantLabels<'static>, ErrorKind>,
        /// Sessions.
        #[metric(max_series = 3, expire_after = Duration::from_millis(1))]
        session: Calls<TenantLabels<'static>>,
        /// Look-ups.
        lookup: Calls<Op>,
    }

    struct Shop {
        metrics: Registered<OpenMetrics>,
        orders: Vec<u32>,
    }

    impl Shop {
        fn new(registry: &Registry, name: &str) -> Shop {
            Shop { metrics: OpenMetrics::register(registry, name).unwrap(), orders: Vec::new() }
        }

        #[instrument_metrics(
            self.metrics.order,
            labels(op = Op::Find, tenant = &tenant),
            error = ErrorKind::of
        )]
        fn find(&self, tenant: String, order: u32) -> Result<u32, u32> {
            drop(tenant);
            if self.orders.contains(&order) { Ok(order) } else { Err(order) }
        }

        // The metrics are those of a clone, since all of `self` is lent to the body.
        #[instrument_metrics(
            self.metrics.clone().order,
            labels(TenantLabels { op: Op::Insert, tenant }),
        )]
        async fn insert(&mut self, tenant: &str, order: u32) -> &mut u32 {
            let _ = tenant;
            self.orders.push(order);
            self.orders.last_mut().unwrap()
        }

        #[instrument_metrics(self.metrics.session, labels(op = Op::Find, tenant = tenant))]
        async fn session(&self, tenant: &str) {
            let _ = tenant;
            pending().await
        }
    }

    trait Metered {
        fn metrics() -> &'static CallMetrics;
    }

    /// Calls, wherever they are found.
    #[derive(Metrics)]
    #[metrics(namespace = "found", global = FOUND)]
    struct CallMetrics {
        /// Calls.
        work: Calls<Op>,
    }

    struct Generic<T>(T);

    impl Metered for u32 {
        fn metrics() -> &'static CallMetrics {
            &FOUND
        }
    }

    #[instrument_metrics(T::metrics().work, labels(op = Op::Find))]
    impl<T: Metered> Generic<T> {
        fn of_a_generic(&self) {}
    }

    fn shared() -> Arc<Registered<OpenMetrics>> {
        static SHARED: LazyLock<Arc<Registered<OpenMetrics>>> = LazyLock::new(|| {
            Arc::new(OpenMetrics::register(Registry::global(), "shared").unwrap())
        });
        SHARED.clone()
    }

    #[instrument_metrics(shared().lookup, labels(op = Op::Insert))]
    fn of_a_pointer() {}

    #[instrument_metrics(calls, labels(op = Op::Insert))]
    fn of_an_argument(calls: &Calls<Op>) -> Result<(), u32> {
        let _ = calls;
        Ok(())
    }

    #[instrument_metrics(LAZY.lookup, labels(op = Op::Insert))]
    fn of_a_lazy_static() {}

    static LAZY: LazyLock<Registered<OpenMetrics>> =
        LazyLock::new(|| OpenMetrics::register(Registry::global(), "lazy").unwrap());

    #[test]
    fn a_field_is_wherever_it_is_reached() {
        Generic(3u32).of_a_generic();
        of_an_argument(&FOUND.work).unwrap();
        of_a_lazy_static();
        of_a_pointer();
        assert_eq!(shared().lookup.with(Op::Insert).count(Outcome::Ok), 1);
        assert_eq!(FOUND.work.with(Op::Find).count(Outcome::Ok), 1);
        assert_eq!(FOUND.work.with(Op::Insert).count(Outcome::Ok), 1);
        assert_eq!(LAZY.lookup.with(Op::Insert).count(Outcome::Ok), 1);
    }

    #[test]
    fn open_labels_are_found_by_borrowed_values() {
        let registry = Registry::new();
        let mut shop = Shop::new(&registry, "a");
        *shop.insert("acme", 5).now_or_never().unwrap() += 1;
        assert_eq!(shop.find("acme".to_owned(), 6), Ok(6));
        assert_eq!(shop.find("acme".to_owned(), 7), Err(7));
        assert_eq!(shop.find("globex".to_owned(), 17), Err(17));
        let text = scrape(&registry);
        let with_any: Vec<_> = samples(&text, "open_order_calls_total")
            .into_iter()
            .filter(|line| !line.ends_with(" 0"))
            .collect();
        assert_eq!(
            with_any,
            [
                "open_order_calls_total{name=\"a\",op=\"find\",customer=\"acme\",outcome=\"error\",error_kind=\"refused\"} 1",
                "open_order_calls_total{name=\"a\",op=\"find\",customer=\"acme\",outcome=\"ok\"} 1",
                "open_order_calls_total{name=\"a\",op=\"find\",customer=\"globex\",outcome=\"error\",error_kind=\"timed_out\"} 1",
                "open_order_calls_total{name=\"a\",op=\"insert\",customer=\"acme\",outcome=\"ok\"} 1",
            ]
        );
        assert_eq!(samples(&text, "open_order_duration_seconds_count").len(), 3);
        assert_eq!(samples(&text, "open_order_in_progress").len(), 3);

        // What is too many is counted where the rest is.
        assert_eq!(shop.find("initech".to_owned(), 6), Ok(6));
        assert_eq!(shop.find("hooli".to_owned(), 6), Ok(6));
        let text = scrape(&registry);
        let rest = "name=\"a\",op=\"find\",customer=\"__other__\"";
        assert_eq!(sample(&text, &format!("open_order_calls_total{{{rest},outcome=\"ok\"}}")), 2.0);
        assert_eq!(sample(&text, &format!("open_order_duration_seconds_count{{{rest}}}")), 2.0);
        for family in ["calls_total", "duration_seconds", "in_progress"] {
            let overflow =
                format!("measurand_overflow_updates_total{{family=\"open_order_{family}\"}}");
            assert_eq!(sample(&text, &overflow), 2.0);
        }
    }

    #[test]
    fn calls_are_removed_from_all_three_families() {
        let registry = Registry::new();
        let shop = Shop::new(&registry, "b");
        for (tenant, op) in [("acme", Op::Find), ("acme", Op::Insert), ("globex", Op::Find)] {
            shop.metrics.order.with(TenantLabels { op, tenant }).start().end(Outcome::Ok);
        }
        shop.metrics.lookup.with(Op::Find).start().end(Outcome::Error);
        let lines = |text: &str| samples(text, "open_order_").len();
        let each = 6 + 4 + 1;
        assert_eq!(lines(&scrape(&registry)), 3 * each);
        assert_eq!(shop.metrics.remove_where(|labels| labels.get("customer") == Some("acme")), 2);
        let text = scrape(&registry);
        assert_eq!(lines(&text), each, "{text}");
        let globex = TenantLabels { op: Op::Find, tenant: "globex" };
        assert!(shop.metrics.order.remove(globex));
        assert!(!shop.metrics.order.remove(globex));
        assert_eq!(lines(&scrape(&registry)), 0);

        // Closed ones start again at 0, and what runs goes on running.
        let lookup = shop.metrics.lookup.with(Op::Find);
        let running = lookup.start();
        assert!(shop.metrics.lookup.remove(Op::Find));
        assert!(!shop.metrics.lookup.remove(Op::Insert));
        assert_eq!((lookup.count(Outcome::Error), lookup.in_progress()), (0, 1));
        assert_eq!(lookup.durations().count(), 0);
        running.end(Outcome::Ok);
        assert_eq!((lookup.count(Outcome::Ok), lookup.in_progress()), (1, 0));
        assert_eq!(lookup.durations().count(), 1);
        shop.metrics.lookup.clear();
        assert_eq!(lookup.count(Outcome::Ok), 0);
    }

    #[test]
    fn series_of_an_instance_leave_with_it() {
        let registry = Registry::new();
        let shop = Shop::new(&registry, "c");
        shop.find("acme".to_owned(), 1).unwrap_err();
        assert!(!samples(&scrape(&registry), "open_").is_empty());
        drop(shop);
        assert!(samples(&scrape(&registry), "open_").is_empty());
    }

    #[test]
    fn a_call_that_runs_keeps_its_series() {
        let registry = Registry::new();
        let shop = Shop::new(&registry, "d");
        let mut session = pin!(shop.session("acme"));
        assert!(session.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let running = "open_session_in_progress{name=\"d\",op=\"find\",customer=\"acme\"}";
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(2));
            assert_eq!(sample(&scrape(&registry), running), 1.0);
        }
        session.set(shop.session("globex"));
        until("the series to expire", || {
            thread::sleep(Duration::from_millis(2));
            samples(&scrape(&registry), "open_session_").is_empty().then_some(())
        });
    }

    /// What a scrape shows at any moment.
    #[derive(Default)]
    struct Seen {
        calls: u64,
        running: u64,
    }

    impl Sink for Seen {
        fn family(&mut self, _: &Descriptor) -> Flow {
            Flow::Continue
        }

        fn point(&mut self, family: &Descriptor, _: Labels<'_>, point: &Point<'_>) -> Flow {
            let number = |number| match number {
                measurand::Number::Whole(number) => u64::try_from(number).unwrap(),
                other => panic!("{other:?} is no whole number"),
            };
            match point.value {
                Value::Counter(calls) if family.name().starts_with("open_") => {
                    self.calls += number(calls)
                }
                Value::Gauge(running) => self.running += number(running),
                _ => {}
            }
            Flow::Continue
        }
    }

    #[test]
    fn nothing_is_lost_or_shown_below_zero_while_threads_call() {
        const CALLS: u64 = 20_000;
        let registry = Registry::new();
        let shop = Shop::new(&registry, "e");
        let is_done = AtomicBool::new(false);
        thread::scope(|scope| {
            let threads: Vec<_> = ["a", "b", "c", "d"]
                .map(|tenant| {
                    let shop = &shop;
                    scope.spawn(move || {
                        for order in 0..CALLS {
                            let _ = shop.find(tenant.to_owned(), order as u32 % 20);
                            shop.metrics.lookup.with(Op::Find).start().end(Outcome::Ok);
                        }
                    })
                })
                .into();
            scope.spawn(|| {
                let mut last = 0;
                while !is_done.load(Ordering::Relaxed) {
                    let mut seen = Seen::default();
                    registry.gather(&mut seen);
                    // Beside calls that end all the time the figure can be off by a few.
                    assert!(seen.calls >= last && seen.running <= 100, "{}", seen.running);
                    last = seen.calls;
                }
            });
            threads.into_iter().for_each(|thread| thread.join().unwrap());
            is_done.store(true, Ordering::Relaxed);
        });
        let mut seen = Seen::default();
        registry.gather(&mut seen);
        assert_eq!((seen.calls, seen.running), (8 * CALLS, 0));
    }
}

mod sparse {
    use super::*;

    #[derive(LabelValue, Clone, Copy)]
    #[allow(dead_code, reason = "one is enough for the test")]
    enum Letter {
        A,
        B,
        C,
        D,
        E,
        F,
        G,
        H,
    }

    /// Of many labels.
    #[derive(Metrics)]
    #[metrics(namespace = "sparse", global = SPARSE)]
    struct SparseMetrics {
        /// Few lines of calls, many of durations.
        letter: Calls<Letter>,
        /// All of them.
        #[metric(zeros)]
        shown: Calls<Letter>,
    }

    #[test]
    fn a_family_of_many_lines_shows_what_was_called() {
        SPARSE.letter.with(Letter::C).start().end(Outcome::Ok);
        let text = scrape(Registry::global());
        assert_eq!(samples(&text, "sparse_letter_calls_total").len(), 8 * 4);
        assert_eq!(samples(&text, "sparse_letter_duration_seconds_count").len(), 1);
        assert_eq!(samples(&text, "sparse_letter_in_progress").len(), 8);
        assert_eq!(samples(&text, "sparse_shown_duration_seconds_count").len(), 8);
    }
}

#[test]
fn what_is_run_is_one_call() {
    let registry = Registry::new();
    let shop = Ran::register(&registry, "run").unwrap();
    let count = |outcome| shop.orders.with(Op::Insert).count(outcome);
    let orders = shop.orders.with(Op::Insert);
    assert_eq!(orders.run(|| Ok::<u8, u8>(1)), Ok(1));
    assert_eq!(orders.run(|| Err::<u8, u8>(2)), Err(2));
    catch_unwind(std::panic::AssertUnwindSafe(|| orders.run(|| -> Result<(), ()> { panic!() })))
        .unwrap_err();
    assert_eq!((count(Outcome::Ok), count(Outcome::Error), count(Outcome::Panicked)), (1, 1, 1));
    shop.orders
        .with(Op::Insert)
        .run(|| {
            assert_eq!(shop.orders.with(Op::Insert).in_progress(), 1);
            Ok::<(), ()>(())
        })
        .unwrap();
    assert_eq!(shop.unlabelled.run(|| Err::<(), u8>(1)), Err(1));
    assert_eq!(shop.unlabelled.count(Outcome::Error), 1);
    assert_eq!(shop.orders.with(Op::Insert).durations().count(), 4);
}

#[test]
fn a_future_that_is_run_is_one_call() {
    let registry = Registry::new();
    let shop = Ran::register(&registry, "run_async").unwrap();
    let count = |outcome| shop.orders.with(Op::Find).count(outcome);
    let name = String::from("acme");
    let tenants = shop.tenants.with(TenantLabels { op: Op::Find, tenant: &name });
    let ran = tenants.run_async(async { Err::<u8, u8>(2) });
    // The labels are not borrowed by the future.
    drop(name);
    assert_eq!(ran.now_or_never(), Some(Err(2)));
    let labels = TenantLabels { op: Op::Find, tenant: "acme" };
    assert_eq!(shop.tenants.with(labels).count(Outcome::Error), 1);

    let orders = shop.orders.with(Op::Find);
    assert_eq!(orders.run_async(async || Ok::<u8, u8>(2)).now_or_never(), Some(Ok(2)));
    drop(orders.run_async(pending::<Result<(), ()>>()));
    assert_eq!(count(Outcome::Cancelled), 0, "never polled");
    let mut future = Box::pin(orders.run_async(pending::<Result<(), ()>>()));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_pending());
    assert_eq!(shop.orders.with(Op::Find).in_progress(), 1);
    drop(future);
    assert_eq!((count(Outcome::Ok), count(Outcome::Cancelled)), (1, 1));
    assert_eq!(shop.orders.with(Op::Find).in_progress(), 0);
    let ran = shop.unlabelled.run_async(|| async { Ok::<u8, u8>(1) });
    assert_eq!(ran.now_or_never(), Some(Ok(1)));
    assert_eq!(shop.unlabelled.count(Outcome::Ok), 1);
}

/// What is run without an attribute.
#[derive(Metrics)]
#[metrics(namespace = "ran", instance(test: &str))]
struct Ran {
    /// Orders.
    orders: Calls<Op>,
    /// Orders of tenants.
    #[metric(max_series = 9)]
    tenants: Calls<TenantLabels<'static>>,
    /// Whatever.
    unlabelled: Calls,
}
