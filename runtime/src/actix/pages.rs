//! Pages on their way to scrapers: one is made at a time, for all requests that wait.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use tokio::sync::oneshot;

use crate::exposition::{EncodeError, try_encode_text_bytes_of};
use crate::idle::Idle;
use crate::registry::Gather;

/// How many pages, and how many bytes of them, may be on their way without more ado. Requests share
/// pages, so that there is more only where scrapers are slow.
const MANY_PAGES: usize = 3;
const MANY_BYTES: usize = 16 << 20;

/// How long a page may be without a reader that takes a part of it, if there are many; and how long
/// a new one waits for that.
const SLOW: Duration = Duration::from_millis(500);

/// How much of a page is handed to a connection at a time, which copies it.
const PART: usize = 32 << 10;

/// The text of pages that were sent.
static TEXTS: Idle<Vec<u8>> = Idle::new();

/// What pages show.
pub(super) type Source = Arc<dyn Gather + Send + Sync>;

/// The pages of an endpoint. A clone has the same.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    /// Who waits for a page that was not begun yet.
    waiting: Vec<Waiting>,
    /// The process in which a thread makes pages. A child that was forked meanwhile does not have
    /// that thread.
    making_in: Option<u32>,
    /// What may still be on its way.
    sent: Vec<Weak<Page>>,
}

/// A request that waits. It is closed if the request was dropped, since its client has gone.
type Waiting = oneshot::Sender<Result<Arc<Page>, EncodeError>>;

impl Pages {
    /// Those of the registry of the binary: an app has an endpoint for each of its workers.
    pub(super) fn of_binary() -> Pages {
        static OF_BINARY: LazyLock<Pages> = LazyLock::new(Pages::default);
        OF_BINARY.clone()
    }

    /// A page that is begun after this was called, so that it shows all that was counted before.
    pub(super) async fn next(&self, source: &Source) -> Result<Arc<Page>, PageError> {
        // A connection looks whether its client is still there only after it has asked for the answer,
        // more than once. It has when another task has had its turn; if not, this is dropped here.
        let _ = tokio::spawn(std::future::ready(())).await;
        self.wait(source).await
    }

    async fn wait(&self, source: &Source) -> Result<Arc<Page>, PageError> {
        let (page, waiting) = oneshot::channel();
        let is_first = {
            let mut queue = self.lock();
            queue.waiting.push(page);
            let process = Some(std::process::id());
            std::mem::replace(&mut queue.making_in, process) != process
        };
        if is_first {
            let making = Making { pages: self.clone(), source: source.clone(), is_done: false };
            // A thread of its own, and not one of a pool: what a pool has not begun yet may be lost
            // with its runtime, and others wait for it.
            let thread = thread::Builder::new().name("metrics-page".to_owned());
            thread.spawn(move || making.run()).map_err(PageError::NoThread)?;
        }
        match waiting.await {
            Ok(made) => made.map_err(PageError::Encode),
            Err(_) => Err(PageError::Lost),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// Who the next page is for; none if nobody waits.
    fn next_round(&mut self) -> Vec<Waiting> {
        self.waiting.retain(|waiting| !waiting.is_closed());
        if self.waiting.is_empty() {
            self.making_in = None;
        }
        std::mem::take(&mut self.waiting)
    }

    /// If so many pages are on their way that one more has to wait: that whose readers have all
    /// been idle for longest.
    fn in_the_way(&mut self) -> Option<Arc<Page>> {
        let is_there = |page: &Arc<Page>| page.bytes() > 0;
        self.sent.retain(|page| page.upgrade().is_some_and(|page| is_there(&page)));
        let pages: Vec<_> = self.sent.iter().filter_map(Weak::upgrade).collect();
        let bytes: usize = pages.iter().map(|page| page.bytes()).sum();
        if pages.len() < MANY_PAGES || bytes < MANY_BYTES {
            return None;
        }
        pages.into_iter().min_by_key(|page| page.sent().last)
    }
}

/// Makes pages until nobody waits for one.
struct Making {
    pages: Pages,
    source: Source,
    is_done: bool,
}

impl Making {
    fn run(mut self) {
        loop {
            self.wait_for_room();
            let waiting = self.pages.lock().next_round();
            if waiting.is_empty() {
                // From here on another thread may make pages.
                self.is_done = true;
                return;
            }
            let made = self.make();
            for waiting in waiting {
                // It fails if the client has gone meanwhile.
                let _ = waiting.send(made.clone());
            }
        }
    }

    /// Waits while too many pages are on their way. If that takes long, the one that is read least
    /// is taken back: memory is bounded, and no scraper can keep others from theirs.
    fn wait_for_room(&self) {
        let start = Instant::now();
        while let Some(page) = { self.pages.lock().in_the_way() } {
            if start.elapsed() >= SLOW || page.sent().last.elapsed() >= SLOW {
                page.take_back();
            } else {
                drop(page);
                thread::sleep(SLOW / 100);
            }
        }
    }

    fn make(&self) -> Result<Arc<Page>, EncodeError> {
        let mut text = Text(TEXTS.take());
        if let Err(error) = try_encode_text_bytes_of(&*self.source, &mut text.0) {
            // Memory is short, so it is not kept.
            drop(std::mem::take(&mut text.0));
            log::error!("the exposition could not be made: {error}");
            return Err(error);
        }
        let page = Arc::new(Page {
            len: text.0.len(),
            sent: Mutex::new(Sent { text: Bytes::from_owner(text), last: Instant::now() }),
        });
        self.pages.lock().sent.push(Arc::downgrade(&page));
        Ok(page)
    }
}

impl Drop for Making {
    /// If there was no thread, or a metric has panicked, nobody waits in vain, and the next request
    /// tries it again.
    fn drop(&mut self) {
        if self.is_done {
            return;
        }
        let mut queue = self.pages.lock();
        queue.making_in = None;
        let waiting = std::mem::take(&mut queue.waiting);
        drop(queue);
        drop(waiting);
    }
}

/// The text of a page, which is used again when the page was sent.
struct Text(Vec<u8>);

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Text {
    fn drop(&mut self) {
        TEXTS.put(std::mem::take(&mut self.0));
    }
}

/// An exposition that is being sent, perhaps to many at once.
#[derive(Debug)]
pub(super) struct Page {
    len: usize,
    sent: Mutex<Sent>,
}

#[derive(Debug)]
struct Sent {
    /// Empty after the page was taken back.
    text: Bytes,
    /// When a part of it was sent last.
    last: Instant,
}

impl Page {
    /// The part of it that starts there, unless it was taken back.
    fn part(&self, start: usize) -> Option<Bytes> {
        let now = Instant::now();
        let mut sent = self.sent();
        sent.last = now;
        let end = self.len.min(start.saturating_add(PART));
        (sent.text.len() == self.len).then(|| sent.text.slice(start..end))
    }

    /// How much memory it takes.
    fn bytes(&self) -> usize {
        self.sent().text.len()
    }

    /// Frees the memory. Who has not read all of it by now gets an error.
    fn take_back(&self) {
        let text = std::mem::take(&mut self.sent().text);
        drop(text);
    }

    fn sent(&self) -> MutexGuard<'_, Sent> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page as the body of a response. A connection would copy all of a larger body at once, for as
/// long as its client takes to read it.
pub(super) struct Parts {
    /// Let go after the last part.
    page: Option<Arc<Page>>,
    len: usize,
    start: usize,
}

impl Parts {
    pub(super) fn new(page: Arc<Page>) -> Parts {
        Parts { len: page.len, page: Some(page), start: 0 }
    }
}

impl MessageBody for Parts {
    type Error = io::Error;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.len as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, io::Error>>> {
        let Some(page) = self.page.take().filter(|_| self.start < self.len) else {
            return Poll::Ready(None);
        };
        let Some(part) = page.part(self.start) else {
            let why = "a scraper was too slow, and its page had to make room for later ones";
            return Poll::Ready(Some(Err(io::Error::new(io::ErrorKind::TimedOut, why))));
        };
        self.start += part.len();
        if self.start < self.len {
            self.page = Some(page);
        }
        Poll::Ready(Some(Ok(part)))
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum PageError {
    Encode(EncodeError),
    NoThread(io::Error),
    Lost,
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageError::Encode(error) => error.fmt(f),
            PageError::NoThread(error) => {
                write!(f, "no thread for it: {error}; give the process more threads or memory")
            }
            PageError::Lost => {
                f.write_str("its thread did not start or has panicked; stderr may say why")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::task::Waker;

    use super::*;
    use crate::registry::Registry;

    fn source() -> Source {
        Arc::new(Registry::new())
    }

    fn making(pages: &Pages) -> Making {
        Making { pages: pages.clone(), source: source(), is_done: false }
    }

    /// As if there were a thread that makes pages, which takes its time.
    fn busy() -> Pages {
        let pages = Pages::default();
        pages.lock().making_in = Some(std::process::id());
        pages
    }

    type Next<'a> = Pin<Box<dyn Future<Output = Result<Arc<Page>, PageError>> + 'a>>;

    /// A request that has come so far that it waits.
    fn waiting<'a>(pages: &'a Pages, source: &'a Source) -> Next<'a> {
        let mut request: Next<'_> = Box::pin(pages.wait(source));
        assert!(poll(&mut request).is_pending());
        request
    }

    fn poll(request: &mut Next<'_>) -> Poll<Result<Arc<Page>, PageError>> {
        request.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn requests_that_wait_share_a_page() {
        let (pages, source) = (busy(), source());
        let mut requests: Vec<_> = (0..10).map(|_| waiting(&pages, &source)).collect();
        let rest = requests.split_off(5);
        drop(rest);
        making(&pages).run();
        let got: Vec<_> = requests
            .iter_mut()
            .map(|request| match poll(request) {
                Poll::Ready(Ok(page)) => page,
                other => panic!("{other:?}"),
            })
            .collect();
        assert!(got.iter().all(|page| Arc::ptr_eq(page, &got[0])));
        assert_eq!(pages.lock().making_in, None);
        // It is kept by those who read it, and by nobody else.
        assert_eq!(Arc::strong_count(&got[0]), got.len());
    }

    #[test]
    fn nothing_is_made_for_who_has_gone() {
        let (pages, source) = (busy(), source());
        drop(waiting(&pages, &source));
        assert_eq!(pages.lock().waiting.len(), 1);
        making(&pages).run();
        assert!(pages.lock().sent.is_empty());
        assert_eq!(pages.lock().making_in, None);
    }

    #[test]
    fn nobody_waits_in_vain_for_a_thread_that_has_ended() {
        let (pages, source) = (busy(), source());
        let mut request = waiting(&pages, &source);
        drop(making(&pages));
        assert!(matches!(poll(&mut request), Poll::Ready(Err(PageError::Lost))));
        assert_eq!(pages.lock().making_in, None);
    }

    /// A page that was last read so long ago.
    fn page(text: Vec<u8>, ago: Duration) -> Arc<Page> {
        let last = Instant::now().checked_sub(ago).unwrap();
        Arc::new(Page { len: text.len(), sent: Mutex::new(Sent { text: text.into(), last }) })
    }

    fn first_part(page: &Arc<Page>) -> Option<io::Result<Bytes>> {
        let mut body = Parts::new(page.clone());
        match Pin::new(&mut body).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(part) => part,
            Poll::Pending => panic!("a body that waits"),
        }
    }

    #[test]
    fn of_too_many_pages_the_one_that_is_read_least_is_taken_back() {
        let pages = Pages::default();
        let send = |text, ago| {
            let page = page(text, ago);
            pages.lock().sent.push(Arc::downgrade(&page));
            page
        };
        // Small ones are never too many.
        let small: Vec<_> = (0..100).map(|_| send(vec![0], Duration::from_secs(60))).collect();
        making(&pages).wait_for_room();
        small.iter().for_each(|page| assert!(first_part(page).unwrap().is_ok()));
        drop(small);

        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let large = |ago| send(vec![0; MANY_BYTES / 4 + 1], ago);
        let read = [minutes(2), minutes(4), minutes(1), minutes(3)].map(large);
        making(&pages).wait_for_room();
        let error = first_part(&read[1]).unwrap().unwrap_err();
        assert!(error.to_string().contains("too slow"), "{error}");
        for page in [&read[0], &read[2], &read[3]] {
            assert!(first_part(page).unwrap().is_ok());
        }
        // What is read is waited for, and what is done makes room.
        let last = large(Duration::ZERO);
        thread::scope(|threads| {
            let waiting = threads.spawn(|| making(&pages).wait_for_room());
            drop(read);
            waiting.join().unwrap();
        });
        assert!(first_part(&last).unwrap().is_ok());
    }

    #[test]
    fn a_body_comes_in_parts() {
        let text: Vec<u8> = (0..2 * PART + 1).map(|index| index as u8).collect();
        let mut body = Parts::new(page(text.clone(), Duration::ZERO));
        assert_eq!(body.size(), BodySize::Sized(text.len() as u64));
        let context = &mut Context::from_waker(Waker::noop());
        let mut parts = Vec::new();
        while let Poll::Ready(Some(part)) = Pin::new(&mut body).poll_next(context) {
            parts.push(part.unwrap());
            // Not until it is let go with the last part.
            assert_eq!(body.page.is_some(), parts.len() < 3);
        }
        assert_eq!(parts.iter().map(Bytes::len).collect::<Vec<_>>(), [PART, PART, 1]);
        assert_eq!(parts.concat(), text);
    }
}
