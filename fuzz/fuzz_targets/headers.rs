//! Whatever a scraper says, there is a page.

#![no_main]

use std::future::Future;
use std::pin::pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};

use libfuzzer_sys::fuzz_target;
use measurand::Registry;
use measurand::exposition::{Compression, Negotiated};
use measurand::scrape::{Answer, Handler, Scrape};

static HANDLER: LazyLock<Handler> = LazyLock::new(|| Handler::new().registry(&Registry::new()));

fuzz_target!(|text: &str| {
    let mut parts = text.splitn(4, '\n');
    let mut part = || parts.next().unwrap_or_default();
    let (accept, accept_encoding, query, timeout) = (part(), part(), part(), part());
    assert!(Negotiated::of(accept).content_type().is_ascii());
    Compression::negotiate(accept_encoding);
    // A thread is made for a page, so not for each input.
    if text.len() % 64 == 0 {
        let scrape = Scrape { accept, accept_encoding, query, timeout };
        let answer = wait(HANDLER.answer(&scrape));
        assert_eq!(answer.status, 200);
        assert!(answer.body.map(|part| part.unwrap().len()).sum::<usize>() < 1_000);
    }
});

fn wait(answer: impl Future<Output = Answer>) -> Answer {
    let mut answer = pin!(answer);
    loop {
        match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => return answer,
            Poll::Pending => std::thread::yield_now(),
        }
    }
}
