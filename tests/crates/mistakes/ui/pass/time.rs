//! `time` takes whatever is no future, and needs no bound of a generic caller.

use measurand::calls::Fallible;
use measurand::family::{Family, Method};
use measurand::unit::Seconds;
use measurand::{Calls, Histogram, Metrics};

#[derive(Metrics)]
#[metrics(namespace = "shop", global = METRICS)]
struct ShopMetrics {
    /// Time to place an order.
    latency_seconds: Histogram<Seconds>,
    /// Time to answer.
    answer_seconds: Family<Method, Histogram<Seconds>>,
    /// Orders.
    orders: Calls,
}

fn generic<R>(histogram: &Histogram<Seconds>, work: impl FnOnce() -> R) -> R {
    histogram.time(work)
}

fn of_family<R: Send + 'static>(work: fn() -> R) -> R {
    METRICS.answer_seconds.with(Method::Get).time(work)
}

fn boxed() -> Box<dyn Iterator<Item = u8>> {
    METRICS.latency_seconds.time(|| Box::new(std::iter::empty()))
}

fn opaque() -> impl Iterator<Item = u8> {
    METRICS.latency_seconds.time(boxed)
}

fn call<R: Fallible>(work: impl FnOnce() -> R) -> R {
    METRICS.orders.run(work)
}

fn error() -> Result<u8, Box<dyn std::error::Error>> {
    let number: u8 = METRICS.latency_seconds.time(|| "12".parse())?;
    Ok(METRICS.latency_seconds.time(|| Ok::<u8, std::num::ParseIntError>(number))?)
}

fn main() {
    let histogram = &METRICS.latency_seconds;
    assert_eq!(generic(histogram, || 12), 12);
    assert_eq!(of_family(|| "text"), "text");
    assert_eq!(boxed().count() + opaque().count(), 0);
    let mut list = histogram.time(Vec::new);
    list.push(12_u8);
    let default = histogram.time(Default::default);
    list.push(default);
    let _: Result<u8, &str> = call(|| if list.is_empty() { Err("") } else { Ok(1) });
    let borrowed: &u8 = histogram.time(|| &list[0]);
    assert_eq!(histogram.time::<u8, _>(|| *borrowed), 12);
    if list.is_empty() {
        histogram.time(|| panic!("nothing"))
    }
    assert_eq!(error().unwrap(), 12);
    let future = histogram.time_async(std::future::ready(12));
    is_send(&histogram.time_async(|| async { 12 }));
    is_send(&histogram.time_async(async || 12));
    fn is_send<T: Send + 'static>(_: &T) {}
    is_send(&future);
    is_send(&METRICS.answer_seconds.with(Method::Get).time_async(std::future::ready(12)));
    is_send(&METRICS.orders.run_async(std::future::ready(Some(12).ok_or("none"))));
}
