//! How instrumented calls end, and what is counted of them.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn, ready};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use futures_util::FutureExt as _;
use measurand::calls::Fallible;
use measurand::{Calls, LabelValue, Metrics, instrument_metrics};
use measurand_tests::sample;

/// What is on the page of a function.
#[derive(Debug, PartialEq)]
struct Counted {
    ok: f64,
    error: f64,
    panicked: f64,
    cancelled: f64,
    in_progress: f64,
    durations: f64,
}

/// Nothing is running, and each call was timed.
fn ended(ok: u32, error: u32, panicked: u32, cancelled: u32) -> Counted {
    Counted {
        ok: ok.into(),
        error: error.into(),
        panicked: panicked.into(),
        cancelled: cancelled.into(),
        in_progress: 0.0,
        durations: (ok + error + panicked + cancelled).into(),
    }
}

fn counted(function: &str) -> Counted {
    let mut text = String::new();
    measurand::encode_text(&mut text);
    let labels = format!("function=\"{function}\",module=\"{}\"", module_path!());
    let value = |name: &str| {
        let is_there = text.lines().any(|line| line.starts_with(&format!("{name} ")));
        if is_there { sample(&text, name) } else { 0.0 }
    };
    let outcome =
        |name: &str| value(&format!("function_calls_total{{{labels},outcome=\"{name}\"}}"));
    Counted {
        ok: outcome("ok"),
        error: outcome("error"),
        panicked: outcome("panicked"),
        cancelled: outcome("cancelled"),
        in_progress: value(&format!("function_calls_in_progress{{{labels}}}")),
        durations: value(&format!("function_calls_duration_seconds_count{{{labels}}}")),
    }
}

/// The lines of a function, or of one of its families.
fn lines(family: &str, function: &str) -> Vec<String> {
    let mut text = String::new();
    measurand::encode_text(&mut text);
    let start = format!("{family}{{function=\"{function}\",module=\"{}\"", module_path!());
    text.lines().filter(|line| line.starts_with(&start)).map(str::to_owned).collect()
}

/// What a call is to do.
#[derive(Clone, Copy)]
enum Do {
    Return,
    Fail,
    Panic,
}

impl Do {
    fn it(self) -> Result<u32, String> {
        match self {
            Do::Return => Ok(1),
            Do::Fail => Err("it failed".to_owned()),
            Do::Panic => resume_unwind(Box::new("it panicked")),
        }
    }
}

#[instrument_metrics]
fn in_place(what: Do) -> u32 {
    what.it().unwrap_or(0)
}

#[instrument_metrics]
fn returning(what: Do) -> Result<u32, String> {
    what.it()
}

#[test]
fn a_function_ends_as_it_returns() {
    for what in [Do::Return, Do::Fail, Do::Panic, Do::Return, Do::Panic] {
        let _ = catch_unwind(|| in_place(what));
        let _ = catch_unwind(|| returning(what));
    }
    assert_eq!(counted("in_place"), ended(3, 0, 2, 0));
    assert_eq!(counted("returning"), ended(2, 1, 2, 0));
}

#[instrument_metrics]
fn of_a_destructor() {}

#[instrument_metrics]
fn of_a_destructor_with_value() -> Result<(), ()> {
    Ok(())
}

#[instrument_metrics]
async fn of_a_destructor_async() {}

#[test]
fn a_call_that_a_destructor_makes_while_the_thread_panics_has_not_panicked() {
    struct CallsWhenDropped;
    impl Drop for CallsWhenDropped {
        fn drop(&mut self) {
            of_a_destructor();
            of_a_destructor_with_value().unwrap();
            of_a_destructor_async().now_or_never().unwrap();
        }
    }
    let unwound = catch_unwind(|| {
        let _calls = CallsWhenDropped;
        resume_unwind(Box::new(()));
    });
    unwound.unwrap_err();
    assert_eq!(counted("of_a_destructor"), ended(1, 0, 0, 0));
    assert_eq!(counted("of_a_destructor_with_value"), ended(1, 0, 0, 0));
    assert_eq!(counted("of_a_destructor_async"), ended(1, 0, 0, 0));
}

#[instrument_metrics]
fn nested(depth: u32) -> u32 {
    let running = counted("nested").in_progress;
    if depth == 0 { running as u32 } else { nested(depth - 1) }
}

#[test]
fn a_recursive_function_counts_each_call_of_itself() {
    assert_eq!(nested(4), 5);
    assert_eq!(counted("nested"), ended(5, 0, 0, 0));
}

/// Is ready at the second poll.
async fn one_pause() {
    let mut has_paused = false;
    poll_fn(|context| {
        if std::mem::replace(&mut has_paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[instrument_metrics]
async fn pausing(pauses: u32, what: Do) -> Result<u32, String> {
    for _ in 0..pauses {
        one_pause().await;
    }
    what.it()
}

/// Polls a future a number of times, and drops it then.
fn poll(future: impl Future, times: u32) -> bool {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    (0..times).any(|_| future.as_mut().poll(&mut context).is_ready())
}

#[test]
fn a_future_that_is_dropped_at_any_await_point_is_cancelled() {
    // Never polled is no call.
    drop(pausing(5, Do::Return));
    assert!(!poll(pausing(5, Do::Return), 0));
    assert_eq!(counted("pausing"), ended(0, 0, 0, 0));
    for polls in 1..=5 {
        assert!(!poll(pausing(5, Do::Return), polls));
        assert_eq!(counted("pausing"), ended(0, 0, 0, polls));
    }
    assert!(poll(pausing(5, Do::Return), 6));
    assert!(poll(pausing(5, Do::Fail), 6));
    catch_unwind(|| poll(pausing(5, Do::Panic), 6)).unwrap_err();
    assert_eq!(counted("pausing"), ended(1, 1, 1, 5));
}

#[instrument_metrics]
async fn held() {
    pending::<()>().await;
}

#[test]
fn a_future_is_in_progress_from_its_first_poll_until_it_is_dropped() {
    let mut future = Box::pin(held());
    assert_eq!(counted("held").in_progress, 0.0);
    for _ in 0..3 {
        assert!(future.as_mut().now_or_never().is_none());
        assert_eq!(counted("held").in_progress, 1.0);
    }
    // On another thread.
    thread::spawn(move || drop(future)).join().unwrap();
    assert_eq!(counted("held"), ended(0, 0, 0, 1));
}

#[instrument_metrics]
async fn unwound() {
    pending::<()>().await;
}

#[test]
fn a_future_that_is_dropped_by_a_panic_elsewhere_is_cancelled() {
    let caught = catch_unwind(|| {
        let mut future = pin!(unwound());
        assert!(future.as_mut().now_or_never().is_none());
        resume_unwind(Box::new(()));
    });
    caught.unwrap_err();
    assert_eq!(counted("unwound"), ended(0, 0, 0, 1));
}

#[instrument_metrics]
async fn dropping(order: &Cell<&'static str>) {
    struct Last<'a>(&'a Cell<&'static str>);
    impl Drop for Last<'_> {
        fn drop(&mut self) {
            self.0.set(if counted("dropping").in_progress == 1.0 { "inside" } else { "outside" });
        }
    }
    let _last = Last(order);
    pending::<()>().await;
}

#[test]
fn what_a_cancelled_call_holds_is_dropped_within_it() {
    let order = Cell::new("");
    assert!(!poll(dropping(&order), 1));
    assert_eq!(order.get(), "inside");
}

#[instrument_metrics]
fn boxed(pauses: u32, what: Do) -> Pin<Box<dyn Future<Output = Result<u32, String>> + Send>> {
    let pauses = pauses + 1;
    Box::pin(async move {
        for _ in 1..pauses {
            one_pause().await;
        }
        what.it()
    })
}

/// An alias that says nothing of the error.
type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, String>> + Send + 'a>>;

#[instrument_metrics]
fn aliased(what: Do) -> BoxFuture<'static, u32> {
    Box::pin(async move { what.it() })
}

#[instrument_metrics]
fn opaque(pauses: u32, what: Do) -> impl Future<Output = Result<u32, String>> {
    if pauses > 100 {
        return futures_util::future::Either::Left(ready(Err("too long".to_owned())));
    }
    futures_util::future::Either::Right(async move {
        for _ in 0..pauses {
            one_pause().await;
        }
        what.it()
    })
}

#[test]
fn a_future_that_is_returned_is_the_call() {
    drop(boxed(0, Do::Return));
    drop(opaque(0, Do::Return));
    for (pauses, what, polls) in
        [(0, Do::Return, 1), (1, Do::Fail, 2), (3, Do::Return, 2), (200, Do::Panic, 1)]
    {
        let _ = catch_unwind(|| poll(boxed(pauses % 200, what), polls));
        let _ = catch_unwind(|| poll(opaque(pauses, what), polls));
    }
    assert_eq!(counted("boxed"), ended(1, 1, 1, 1));
    aliased(Do::Return).now_or_never().unwrap().unwrap();
    aliased(Do::Fail).now_or_never().unwrap().unwrap_err();
    assert_eq!(counted("aliased"), ended(1, 1, 0, 0));
    assert_eq!(counted("opaque"), ended(1, 2, 0, 1));
}

#[instrument_metrics]
async fn on_a_runtime(pause: Duration) -> u32 {
    tokio::time::sleep(pause).await;
    1
}

const LONG: Duration = Duration::from_secs(3_600);

#[tokio::test]
async fn select_time_out_join_and_abort_on_tokio() {
    tokio::select! {
        number = on_a_runtime(Duration::ZERO) => assert_eq!(number, 1),
        _ = on_a_runtime(LONG) => unreachable!(),
    }
    let late = tokio::time::timeout(Duration::from_millis(1), on_a_runtime(LONG)).await;
    late.unwrap_err();
    let (a, b) = tokio::join!(on_a_runtime(Duration::ZERO), on_a_runtime(Duration::ZERO));
    assert_eq!(a + b, 2);
    let task = tokio::spawn(on_a_runtime(LONG));
    tokio::task::yield_now().await;
    while counted("on_a_runtime").in_progress < 1.0 {
        tokio::task::yield_now().await;
    }
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    let counted = counted("on_a_runtime");
    // `select!` polls its branches in any order, so the other one may not have started.
    assert!(counted == ended(3, 0, 0, 3) || counted == ended(3, 0, 0, 2), "{counted:?}");
}

#[instrument_metrics]
async fn on_actix(pause: Duration) -> Result<u32, String> {
    actix_web::rt::time::sleep(pause).await;
    Err("always".to_owned())
}

#[actix_web::test]
async fn time_out_and_join_on_actix() {
    use actix_web::rt;
    let late = rt::time::timeout(Duration::from_millis(1), on_actix(LONG)).await;
    late.unwrap_err();
    let (first, second) =
        futures_util::join!(on_actix(Duration::ZERO), rt::spawn(on_actix(Duration::ZERO)));
    first.unwrap_err();
    second.unwrap().unwrap_err();
    assert_eq!(counted("on_actix"), ended(0, 2, 0, 1));
}

#[instrument_metrics]
async fn million(what: Option<Do>) -> Result<u32, String> {
    tokio::task::yield_now().await;
    match what {
        Some(what) => what.it(),
        None => pending().await,
    }
}

/// A third is cancelled at an await, a third fails and a third panics, over several threads, and
/// not always on the one where a call started.
#[test]
fn a_million_calls_are_counted_exactly() {
    const CALLS: u32 = 999_999;
    const TASKS: u32 = 333;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    runtime.block_on(async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                tokio::spawn(async {
                    for _ in 0..CALLS / TASKS / 3 {
                        million(Some(Do::Fail)).await.unwrap_err();
                        let panics = AssertUnwindSafe(million(Some(Do::Panic)));
                        panics.catch_unwind().await.unwrap_err();
                        let mut cancelled = Box::pin(million(None));
                        for _ in 0..2 {
                            assert!(futures_util::poll!(cancelled.as_mut()).is_pending());
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(counted("million"), ended(0, CALLS / 3, CALLS / 3, CALLS / 3));
}

#[instrument_metrics]
#[expect(dead_code, reason = "that is the point")]
fn never_called() -> Result<(), String> {
    Ok(())
}

#[instrument_metrics]
#[expect(dead_code, reason = "that is the point")]
async fn never_polled() {}

#[test]
fn outcomes_that_can_occur_show_from_the_start_and_durations_do_not() {
    assert_eq!(counted("never_called"), ended(0, 0, 0, 0));
    let outcomes = |function| {
        let lines = lines("function_calls_total", function);
        let outcome = |line: &String| line.split('"').nth(5).unwrap().to_owned();
        lines.iter().map(outcome).collect::<Vec<_>>()
    };
    assert_eq!(outcomes("never_called"), ["error", "ok", "panicked"]);
    assert_eq!(outcomes("never_polled"), ["cancelled", "ok", "panicked"]);
    assert_eq!(lines("function_calls_in_progress", "never_called").len(), 1);
    assert!(lines("function_calls_duration_seconds_bucket", "never_called").is_empty());
    assert!(lines("function_calls_duration_seconds_count", "never_polled").is_empty());
}

#[instrument_metrics(skip(duration))]
fn without_duration() {}

#[instrument_metrics(skip(in_progress))]
fn without_in_progress() -> Result<(), ()> {
    Err(())
}

#[instrument_metrics(skip(duration, in_progress))]
async fn with_outcomes_only() {}

#[test]
fn what_is_skipped_is_not_on_the_page() {
    without_duration();
    without_in_progress().unwrap_err();
    with_outcomes_only().now_or_never().unwrap();
    assert_eq!(counted("without_duration"), Counted { durations: 0.0, ..ended(1, 0, 0, 0) });
    assert!(lines("function_calls_duration_seconds_bucket", "without_duration").is_empty());
    assert_eq!(lines("function_calls_in_progress", "without_duration").len(), 1);
    assert_eq!(counted("without_in_progress"), ended(0, 1, 0, 0));
    assert!(lines("function_calls_in_progress", "without_in_progress").is_empty());
    assert_eq!(counted("with_outcomes_only"), Counted { durations: 0.0, ..ended(1, 0, 0, 0) });
    assert!(lines("function_calls_in_progress", "with_outcomes_only").is_empty());
}

#[instrument_metrics(sample = 4)]
fn sampled(what: Do) -> Result<u32, String> {
    what.it()
}

#[instrument_metrics(sample = 3)]
async fn sampled_later() {}

#[test]
fn one_call_in_so_many_is_timed_and_stands_for_all_of_them() {
    // Each thread takes its first one.
    thread::spawn(|| {
        for what in [Do::Return, Do::Fail, Do::Return, Do::Return, Do::Panic, Do::Return] {
            let _ = catch_unwind(|| sampled(what));
        }
        (0..3).for_each(|_| sampled_later().now_or_never().unwrap());
    })
    .join()
    .unwrap();
    assert_eq!(counted("sampled"), Counted { durations: 12.0, ..ended(4, 1, 1, 0) });
    assert_eq!(counted("sampled_later"), Counted { durations: 6.0, ..ended(3, 0, 0, 0) });
    let sums = lines("function_calls_duration_seconds_sum", "sampled");
    let sum: f64 = sums[0].rsplit_once(' ').unwrap().1.parse().unwrap();
    assert!(sum > 0.0);
}

/// Two functions of one series.
#[derive(Metrics)]
#[metrics(namespace = "turns", global = TURNS)]
struct Turns {
    /// Steps.
    step: Calls,
}

#[instrument_metrics(TURNS.step, sample = 2)]
fn short_step() {}

#[instrument_metrics(TURNS.step, sample = 2)]
fn long_step() {
    thread::sleep(Duration::from_millis(2));
}

#[test]
fn functions_that_take_turns_are_sampled_alike() {
    thread::spawn(|| {
        for _ in 0..100 {
            short_step();
            long_step();
        }
    })
    .join()
    .unwrap();
    let durations = TURNS.step.durations();
    assert!((190..=210).contains(&durations.count()), "{}", durations.count());
    // A call sleeps for at least 2 ms, of which 100 stand for themselves and one other.
    assert!(durations.sum() >= Duration::from_millis(160), "{:?}", durations.sum());
}

#[derive(LabelValue, Clone, Copy)]
enum LoadError {
    Missing,
    TooLarge,
}

fn kind(error: &String) -> LoadError {
    if error == "missing" { LoadError::Missing } else { LoadError::TooLarge }
}

#[instrument_metrics(error = kind)]
fn with_error_kinds(result: Result<u32, String>) -> Result<u32, String> {
    result
}

#[instrument_metrics(error = kind)]
async fn with_error_kinds_later(result: Result<u32, String>) -> Result<u32, String> {
    ready(result).await
}

#[test]
fn errors_are_told_apart_by_a_label() {
    for result in [Ok(1), Err("missing".to_owned()), Err("9 GB".to_owned()), Err("9 TB".to_owned())]
    {
        let _ = with_error_kinds(result.clone());
        let _ = with_error_kinds_later(result).now_or_never().unwrap();
    }
    for (function, cancelled) in [("with_error_kinds", None), ("with_error_kinds_later", Some(0))] {
        let labels = format!("function=\"{function}\",module=\"{}\"", module_path!());
        let line = |outcome: &str, calls| {
            format!("function_calls_total{{{labels},outcome=\"{outcome}\"}} {calls}")
        };
        let mut expected: Vec<_> =
            cancelled.iter().map(|calls| line("cancelled", *calls)).collect();
        expected.extend([
            line("error\",error=\"missing", 1),
            line("error\",error=\"too_large", 2),
            line("ok", 1),
            line("panicked", 0),
        ]);
        assert_eq!(lines("function_calls_total", function), expected);
    }
}

#[instrument_metrics]
fn option(value: Option<u32>) -> Option<u32> {
    value
}

#[instrument_metrics(none_is_error)]
fn none_is_error(value: Option<u32>) -> Option<u32> {
    value
}

#[instrument_metrics(none_is_error)]
async fn none_is_error_later(value: Option<u32>) -> Option<u32> {
    value
}

#[test]
fn none_is_an_error_where_that_is_asked_for() {
    for value in [Some(1), None, None] {
        option(value);
        none_is_error(value);
        none_is_error_later(value).now_or_never().unwrap();
    }
    assert_eq!(counted("option"), ended(3, 0, 0, 0));
    assert_eq!(counted("none_is_error"), ended(1, 2, 0, 0));
    assert_eq!(counted("none_is_error_later"), ended(1, 2, 0, 0));
}

struct Reply {
    is_refused: bool,
}

impl Fallible for Reply {
    type Error = Reply;

    fn error(&self) -> Option<&Reply> {
        self.is_refused.then_some(self)
    }
}

#[instrument_metrics]
fn reply(is_refused: bool) -> Reply {
    Reply { is_refused }
}

#[instrument_metrics]
fn generic_reply<T>(value: T) -> T {
    value
}

#[instrument_metrics]
fn fallible_reply<T: Fallible>(value: T) -> T {
    value
}

#[instrument_metrics]
fn response(status: u16) -> actix_web::HttpResponse {
    actix_web::HttpResponse::new(actix_web::http::StatusCode::from_u16(status).unwrap())
}

#[test]
fn whatever_says_that_it_is_an_error_is_one() {
    for is_refused in [true, false, true] {
        reply(is_refused);
        generic_reply(Reply { is_refused });
        fallible_reply(Reply { is_refused });
    }
    assert_eq!(counted("reply"), ended(1, 2, 0, 0));
    // Of a type that may be anything it is not known.
    assert_eq!(counted("generic_reply"), ended(3, 0, 0, 0));
    assert_eq!(counted("fallible_reply"), ended(1, 2, 0, 0));
    for status in [200, 404, 500, 503] {
        response(status);
    }
    assert_eq!(counted("response"), ended(2, 2, 0, 0));
}

struct Twice;

#[instrument_metrics]
impl Twice {
    fn run(&self) {}
}

trait Run {
    fn run(&self) -> Result<(), ()>;
}

#[instrument_metrics]
impl Run for Twice {
    fn run(&self) -> Result<(), ()> {
        Err(())
    }
}

#[test]
fn calls_of_equal_labels_add_up() {
    Twice.run();
    Run::run(&Twice).unwrap_err();
    Twice.run();
    assert_eq!(counted("Twice::run"), ended(2, 1, 0, 0));
}

static DROPS: AtomicUsize = AtomicUsize::new(0);

struct CountsDrops;

impl Drop for CountsDrops {
    fn drop(&mut self) {
        DROPS.fetch_add(1, Ordering::Relaxed);
    }
}

#[instrument_metrics]
fn takes(_named: CountsDrops, _: CountsDrops) -> Result<(), CountsDrops> {
    Err(CountsDrops)
}

#[instrument_metrics]
async fn takes_later(_named: CountsDrops, _: CountsDrops) -> Result<(), CountsDrops> {
    pending().await
}

#[test]
fn arguments_and_values_are_dropped_once() {
    assert!(takes(CountsDrops, CountsDrops).is_err());
    assert_eq!(DROPS.load(Ordering::Relaxed), 3);
    assert!(!poll(takes_later(CountsDrops, CountsDrops), 1));
    assert_eq!(DROPS.load(Ordering::Relaxed), 5);
    drop(takes_later(CountsDrops, CountsDrops));
    assert_eq!(DROPS.load(Ordering::Relaxed), 7);
}

/// Writes its name down when it is dropped.
struct Noted<'a>(&'a RefCell<String>, char);

impl Drop for Noted<'_> {
    fn drop(&mut self) {
        self.0.borrow_mut().push(self.1);
    }
}

/// The same function with the attribute and without.
macro_rules! both {
    ($($function:item)*) => {
        mod plain {
            use super::Noted;
            $(#[allow(clippy::needless_pass_by_value, reason = "so that it is dropped here")] $function)*
        }
        mod instrumented {
            use super::Noted;
            $(#[measurand::instrument_metrics] $function)*
        }
    };
}

both! {
    pub(super) fn sync<'a>(a: Noted<'a>, _b: Noted<'a>, mut c: Noted<'a>, d: Noted<'a>) -> Result<char, ()> {
        let _local = Noted(a.0, 'l');
        c.1 = 'C';
        let read = (d.1, c.1, a.1);
        Ok(read.0)
    }

    pub(super) async fn later<'a>(a: Noted<'a>, _b: Noted<'a>, c: Noted<'a>) -> Result<char, ()> {
        let _local = Noted(a.0, 'l');
        let read = c.1;
        std::future::ready(()).await;
        Ok(read)
    }
}

#[test]
fn arguments_are_dropped_in_the_order_in_which_they_are_without_the_attribute() {
    let order = RefCell::new(String::new());
    let [a, b, c, d] = ['a', 'b', 'c', 'd'].map(|name| move |order| Noted(order, name));
    let mut all = Vec::new();
    plain::sync(a(&order), b(&order), c(&order), d(&order)).unwrap();
    all.push(order.take());
    instrumented::sync(a(&order), b(&order), c(&order), d(&order)).unwrap();
    all.push(order.take());
    plain::later(a(&order), b(&order), c(&order)).now_or_never().unwrap().unwrap();
    all.push(order.take());
    instrumented::later(a(&order), b(&order), c(&order)).now_or_never().unwrap().unwrap();
    all.push(order.take());
    assert_eq!(all, ["ldCba", "ldCba", "lcba", "lcba"]);
}

#[instrument_metrics]
fn from_many_threads(number: u32) -> Result<u32, u32> {
    if number.is_multiple_of(3) { Err(number) } else { Ok(number) }
}

#[test]
fn calls_of_threads_that_have_ended_stay_counted() {
    // More threads than there are slabs.
    for _ in 0..8 {
        thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| (0..9).for_each(|number| _ = from_many_threads(number)));
            }
        });
    }
    assert_eq!(counted("from_many_threads"), ended(4_800, 2_400, 0, 0));
}
