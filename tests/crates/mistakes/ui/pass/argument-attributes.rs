//! Attributes on arguments hold wherever the argument is named again.

#![deny(warnings)]

use std::future::Future;
use std::pin::Pin;

use measurand::instrument_metrics;

type Error = String;

#[instrument_metrics]
fn returning(
    #[cfg(all())] first: String,
    #[cfg(any())] absent: NoSuchType,
    #[expect(unused_variables)] second: Vec<u8>,
    #[allow(unused_mut)] mut third: Vec<u8>,
    #[cfg_attr(all(), allow(unused_variables))] fourth: String,
    #[cfg_attr(all(), expect(unused_variables))] fifth: String,
    #[cfg_attr(all(), cfg(any()))] sixth: NoSuchType,
    #[cfg(any())] _seventh: NoSuchType,
    #[expect(unused_mut)] mut eighth: String,
) -> Result<usize, Error> {
    Ok(first.len() + third.len() + eighth.len())
}

#[instrument_metrics]
async fn later(
    #[cfg(all())] first: String,
    #[cfg(any())] absent: NoSuchType,
    #[expect(unused_variables)] second: Vec<u8>,
    #[allow(unused_variables)] third: Vec<u8>,
    #[cfg_attr(any(), cfg(any()))] fourth: String,
) -> Result<usize, Error> {
    Ok(first.len() + fourth.len())
}

#[instrument_metrics]
fn boxed(
    #[cfg(all())] first: String,
    #[cfg(any())] absent: NoSuchType,
    #[expect(unused_variables)] second: Vec<u8>,
) -> Pin<Box<dyn Future<Output = usize>>> {
    if first.is_empty() {
        return Box::pin(async { 0 });
    }
    Box::pin(async move { first.len() })
}

#[instrument_metrics]
fn in_place(#[cfg(any())] absent: NoSuchType, #[expect(unused_variables)] first: u32) {}

#[instrument_metrics]
#[track_caller]
fn tracked(
    #[cfg(all())] first: String,
    #[cfg(any())] absent: NoSuchType,
    #[expect(unused_variables)] second: Vec<u8>,
    #[cfg_attr(all(), cfg(any()))] third: NoSuchType,
    #[cfg_attr(all(), allow(unused_variables))] fourth: String,
    #[cfg_attr(all(), expect(unused_variables))] fifth: String,
    #[cfg(any())] last: NoSuchType,
) -> Result<usize, Error> {
    Ok(first.len())
}

struct Service;

#[instrument_metrics]
impl Service {
    #[track_caller]
    fn tracked(
        &self,
        #[cfg(any())] absent: NoSuchType,
        #[cfg(all())] first: String,
        #[expect(unused_variables)] second: Vec<u8>,
    ) -> Result<usize, Error> {
        Ok(first.len())
    }

    #[track_caller]
    fn without_self<T: AsRef<str>>(
        #[cfg(any())] absent: NoSuchType,
        #[allow(unused_variables)] second: Vec<u8>,
        #[cfg(all())] first: T,
    ) -> Result<usize, Error> {
        Ok(first.as_ref().len())
    }

    fn returning(
        self,
        #[cfg(any())] absent: NoSuchType,
        #[cfg(all())] first: String,
        #[expect(unused_variables)] second: Vec<u8>,
    ) -> Result<usize, Error> {
        Ok(first.len())
    }
}

fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("it waits"),
    }
}

fn main() {
    let text = || "text".to_owned();
    assert_eq!(returning(text(), vec![1], vec![1], text(), text(), text()), Ok(9));
    assert_eq!(ready(later(text(), vec![1], vec![2], text())), Ok(8));
    assert_eq!(ready(boxed(text(), vec![])), 4);
    in_place(1);
    assert_eq!(tracked(text(), vec![], text(), text()), Ok(4));
    assert_eq!(Service.tracked(text(), vec![]), Ok(4));
    assert_eq!(Service::without_self(vec![], "text"), Ok(4));
    assert_eq!(Service.returning(text(), vec![]), Ok(4));
}
