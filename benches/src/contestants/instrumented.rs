//! Functions that count their calls: the same three for each contestant, with nothing in them.

mod autometrics;
mod bare;
mod by_hand;
mod measurand;
mod metrics;

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use super::{Update, repeat};

/// One who counts calls.
pub(crate) struct Instrumented {
    pub(crate) name: &'static str,
    /// Calls its function of that kind.
    pub(crate) calls: fn(Function) -> Update,
    /// What its metrics say of that function; none if it has no metrics.
    pub(crate) counted: Option<fn(Function) -> Counted>,
}

/// A kind of function.
#[derive(Clone, Copy)]
pub(crate) enum Function {
    /// It gives back what it is given.
    Plain,
    /// It gives back what is even, and fails otherwise.
    Fallible,
    /// The same as the plain one, but a future that is ready when it is first polled.
    Future,
}

impl Function {
    /// What it is called.
    fn name(self) -> &'static str {
        ["plain", "fallible", "future"][self as usize]
    }
}

/// What the metrics of a function say.
pub(crate) struct Counted {
    /// How many calls have ended.
    pub(crate) calls: u64,
    /// How many of them have failed.
    pub(crate) errors: u64,
    /// How many the histogram has; none if there is no histogram.
    pub(crate) timed: Option<u64>,
}

/// The functions without metrics.
pub(crate) const BARE: &Instrumented = &bare::INSTRUMENTED;

/// All that count, measurand first.
pub(crate) const ALL: [&Instrumented; 5] = [
    &measurand::every::INSTRUMENTED,
    &by_hand::INSTRUMENTED,
    &metrics::INSTRUMENTED,
    &autometrics::called::INSTRUMENTED,
    &autometrics::concurrent::INSTRUMENTED,
];

/// measurand that times one call in 64, and that times none.
pub(crate) const SAMPLED: [&Instrumented; 2] =
    [&measurand::sampled::INSTRUMENTED, &measurand::untimed::INSTRUMENTED];

/// What is odd.
#[derive(Clone, Copy, Debug)]
struct Odd;

/// The body of the functions that cannot fail. It takes no instruction, but the compiler does not
/// know that, and would leave out the call of a function that does nothing.
#[inline(always)]
fn echo(value: u64) -> u64 {
    black_box(());
    value
}

/// The body of the functions that may fail.
#[inline(always)]
fn even(value: u64) -> Result<u64, Odd> {
    if echo(value).is_multiple_of(2) { Ok(value) } else { Err(Odd) }
}

/// The three functions under an attribute, and who they are. Who has no attribute for them writes
/// them out.
macro_rules! functions {
    ({ $(#[$attribute:meta])? }, $name:expr, $counted:expr) => {
        use $crate::contestants::instrumented::{self, Function, Instrumented, Odd};

        pub(in $crate::contestants::instrumented) const INSTRUMENTED: Instrumented = Instrumented {
            name: $name,
            calls: |function| match function {
                Function::Plain => instrumented::calls(plain),
                Function::Fallible => instrumented::calls(fallible),
                Function::Future => instrumented::polls(future),
            },
            counted: $counted,
        };

        $(#[$attribute])?
        #[inline(never)]
        fn plain(value: u64) -> u64 {
            instrumented::echo(value)
        }

        $(#[$attribute])?
        #[inline(never)]
        fn fallible(value: u64) -> Result<u64, Odd> {
            instrumented::even(value)
        }

        $(#[$attribute])?
        #[inline(never)]
        async fn future(value: u64) -> u64 {
            instrumented::echo(value)
        }
    };
}
use functions;

/// Calls a function with 0, 1, 2, ….
fn calls<T>(function: impl Fn(u64) -> T + Send + Sync + 'static) -> Update {
    Box::new(move |times| {
        repeat(times, |index| {
            black_box(function(black_box(index as u64)));
        });
    })
}

/// The same, and polls the future that each call returns.
fn polls<F: Future>(function: impl Fn(u64) -> F + Send + Sync + 'static) -> Update {
    calls(move |value| poll(pin!(function(value))))
}

/// Polls a future as an executor does, which does not know what is in it. There is none here.
#[inline(never)]
fn poll<F: Future>(future: Pin<&mut F>) -> F::Output {
    match future.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => unreachable!("it waits for nothing"),
    }
}

/// What a page says of the function of a module, by the names that measurand and autometrics share.
fn counted(page: &str, module: &str, function: Function) -> Counted {
    let labels = [format!("function=\"{}\"", function.name()), format!("module=\"{module}\"")];
    let sum = |name: &str, label: &str| -> u64 {
        let lines = page.lines().filter(|line| {
            let has_labels = labels.iter().all(|label| line.contains(label));
            line.starts_with(name) && has_labels && line.contains(label)
        });
        let values = lines.map(|line| line.rsplit(' ').next().and_then(|value| value.parse().ok()));
        values.map(|value: Option<u64>| value.expect("a whole number ends the line")).sum()
    };
    Counted {
        calls: sum("function_calls_total{", ""),
        errors: sum("function_calls_total{", "=\"error\""),
        timed: Some(sum("function_calls_duration_seconds_count{", "")),
    }
}
