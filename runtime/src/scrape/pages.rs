//! Pages for scrapers: one is encoded at a time, for all scrapes that wait for the same.

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, Weak};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::oneshot;

use super::asked::ScrapeRequest;
use super::selected::Selected;
use crate::exposition::{Compression, EncodeError};
use crate::idle::Idle;
use crate::registry::SharedGather;
use crate::sync::unpoisoned;

/// How many pages, and how many bytes of them, may be held by readers before a new page has to
/// wait; both must be exceeded. Scrapes share pages, so there are only more if readers are slow.
const MANY_PAGES: usize = 3;
const MANY_BYTES: usize = 16 << 20;

/// How long a page may go unread if there are too many, and how long a new one waits for that.
const SLOW: Duration = Duration::from_millis(500);

/// How much of a page is passed to a connection at a time, in bytes. The connection copies it.
pub(super) const PART: usize = 32 << 10;

/// The buffers of sent pages.
static ROOMS: Idle<Vec<u8>> = Idle::new();

/// The buffers of pieces of compressed pages.
static PIECES: Idle<Vec<u8>> = Idle::new();

/// The pages of a handler, shared by its clones.
#[derive(Clone, Debug, Default)]
pub(super) struct Pages {
    queue: Arc<Mutex<Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    /// The scrapes that wait for a page that is not begun yet.
    waiting: Vec<Waiting>,
    /// The process in which a thread encodes pages. A forked child does not have that thread.
    making_in: Option<u32>,
    /// The pages that may still have readers.
    sent: Vec<Weak<SharedPage>>,
}

/// A scrape that waits.
#[derive(Debug)]
struct Waiting {
    asked: ScrapeRequest,
    /// Closed if the future of the scrape was dropped.
    page: oneshot::Sender<Result<Arc<SharedPage>, MakeError>>,
}

impl Pages {
    /// Returns the pages of the global registry, shared by all handlers, since an app has an
    /// endpoint for each of its workers.
    pub(super) fn of_binary() -> Pages {
        static OF_BINARY: LazyLock<Pages> = LazyLock::new(Pages::default);
        OF_BINARY.clone()
    }

    /// Returns a page that is begun after this call, so that it includes all earlier updates.
    pub(super) async fn next(
        &self,
        source: &SharedGather,
        on_problems: OnProblems,
        asked: &ScrapeRequest,
        wait_until: Option<Instant>,
    ) -> Result<Arc<SharedPage>, PageError> {
        let (page, waiting) = oneshot::channel();
        let is_first = {
            let mut queue = self.lock();
            queue.waiting.push(Waiting { asked: asked.clone(), page });
            let process = Some(std::process::id());
            std::mem::replace(&mut queue.making_in, process) != process
        };
        if is_first {
            let (pages, source) = (self.clone(), source.clone());
            let making = Making { pages, source, on_problems, is_done: false };
            // Not a thread of the runtime's pool: tasks that a pool has not begun are lost when its
            // runtime ends, and others may wait for the page.
            let thread = thread::Builder::new().name("metrics-page".to_owned());
            thread.spawn(move || making.run()).map_err(PageError::NoThread)?;
        }
        let is_in_tokio = |_: &Instant| tokio::runtime::Handle::try_current().is_ok();
        let made = match wait_until.filter(is_in_tokio) {
            Some(deadline) => match tokio::time::timeout_at(deadline.into(), waiting).await {
                Ok(made) => made,
                Err(_) => return Err(PageError::Late),
            },
            None => waiting.await,
        };
        match made {
            Ok(made) => made.map_err(PageError::Make),
            Err(_) => Err(PageError::Lost),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        unpoisoned(self.queue.lock())
    }
}

impl Queue {
    /// Returns the scrapes that the next page is for, or none if no scrape waits. Pages of all
    /// families come first, so that many scrapes with different selections cannot delay them.
    fn next_group(&mut self) -> Vec<Waiting> {
        self.waiting.retain(|waiting| !waiting.page.is_closed());
        let asks_for_all = |waiting: &&Waiting| waiting.asked.names().is_empty();
        let first = self.waiting.iter().find(asks_for_all).or_else(|| self.waiting.first());
        let Some(asked) = first.map(|waiting| waiting.asked.clone()) else {
            self.making_in = None;
            return Vec::new();
        };
        let is_same = |waiting: &mut Waiting| waiting.asked.shares_with(&asked);
        self.waiting.extract_if(.., is_same).collect()
    }

    /// Returns the page that has gone unread for longest, if there are so many that a new one has
    /// to wait.
    fn in_the_way(&mut self) -> Option<Arc<SharedPage>> {
        let is_there = |page: &Arc<SharedPage>| page.bytes() > 0;
        self.sent.retain(|page| page.upgrade().is_some_and(|page| is_there(&page)));
        let pages: Vec<_> = self.sent.iter().filter_map(Weak::upgrade).collect();
        let bytes: usize = pages.iter().map(|page| page.bytes()).sum();
        if pages.len() < MANY_PAGES || bytes < MANY_BYTES {
            return None;
        }
        pages.into_iter().min_by_key(|page| page.sent().last)
    }
}

/// Encodes pages until no scrape waits for one.
struct Making {
    pages: Pages,
    source: SharedGather,
    on_problems: OnProblems,
    is_done: bool,
}

/// What happens to a page from which something was left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum OnProblems {
    /// It is sent.
    #[default]
    Continue,
    /// It is an error.
    Fail,
}

impl Making {
    fn run(mut self) {
        loop {
            self.wait_for_room();
            let same = self.pages.lock().next_group();
            let Some(first) = same.first() else {
                // From here on another thread may encode pages.
                self.is_done = true;
                return;
            };
            // The latest deadline counts, and a scrape without a deadline has no limit.
            let deadlines = same.iter().map(|waiting| waiting.asked.deadline());
            let deadline = deadlines.reduce(|a, b| Some(a?.max(b?))).flatten();
            let made = self.make(&first.asked, deadline);
            for waiting in same {
                // Sending fails if the scrape was dropped meanwhile.
                let _ = waiting.page.send(made.clone());
            }
        }
    }

    /// Waits while readers hold too many pages. If that takes long, the page that has gone unread
    /// for longest is dropped: this bounds memory, and slow scrapers cannot block others.
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

    fn make(
        &self,
        asked: &ScrapeRequest,
        deadline: Option<Instant>,
    ) -> Result<Arc<SharedPage>, MakeError> {
        let made = self.encode(asked, deadline).inspect_err(|error| {
            log::error!("the exposition could not be made: {error}");
        })?;
        let page = Arc::new(SharedPage {
            len: made.0.len(),
            sent: Mutex::new(PageText { text: Bytes::from_owner(made), last: Instant::now() }),
        });
        self.pages.lock().sent.push(Arc::downgrade(&page));
        Ok(page)
    }

    /// Encodes a page. If memory is short, its buffer is not kept.
    fn encode(&self, asked: &ScrapeRequest, deadline: Option<Instant>) -> Result<Made, MakeError> {
        let (names, report) = (asked.names(), RefCell::default());
        let selected = Selected { names, deadline, source: &*self.source, report };
        let mut page = ROOMS.take();
        let (encoder, compression) = (asked.encoder(), asked.compression());
        let made = if compression == Compression::Identity {
            encoder.encode(&selected, &mut page)
        } else {
            let mut piece = PIECES.take();
            let made = encoder.encode_compressed(&selected, compression, &mut piece, &mut page);
            PIECES.put(piece);
            made
        };
        made.map_err(MakeError::Encode)?;
        let report = selected.report.into_inner();
        if self.on_problems == OnProblems::Fail && !report.is_whole() {
            ROOMS.put(page);
            let problems: Vec<_> = report.problems().map(ToString::to_string).collect();
            return Err(MakeError::Problems(problems.join("\n")));
        }
        Ok(Made(page))
    }
}

impl Drop for Making {
    /// Makes waiting scrapes fail if the thread could not be spawned or has panicked. The next
    /// scrape tries again.
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

/// The bytes of a page. Dropping it keeps the buffer for another page.
struct Made(Vec<u8>);

impl AsRef<[u8]> for Made {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Made {
    fn drop(&mut self) {
        ROOMS.put(std::mem::take(&mut self.0));
    }
}

/// A page that is being sent, perhaps to several readers.
#[derive(Debug)]
pub(super) struct SharedPage {
    len: usize,
    sent: Mutex<PageText>,
}

#[derive(Debug)]
struct PageText {
    /// Empty once the page was taken back.
    text: Bytes,
    /// When a part was last read.
    last: Instant,
}

impl SharedPage {
    pub(super) fn of_text(text: String) -> Arc<SharedPage> {
        let (len, last) = (text.len(), Instant::now());
        Arc::new(SharedPage { len, sent: Mutex::new(PageText { text: text.into(), last }) })
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the part that starts at `start`, unless the page was taken back.
    pub(super) fn part(&self, start: usize) -> Option<Bytes> {
        let now = Instant::now();
        let mut sent = self.sent();
        sent.last = now;
        let end = self.len.min(start.saturating_add(PART));
        (sent.text.len() == self.len).then(|| sent.text.slice(start..end))
    }

    /// Returns the memory that the page takes, in bytes.
    fn bytes(&self) -> usize {
        self.sent().text.len()
    }

    /// Frees the memory. Readers that are not finished get an error.
    fn take_back(&self) {
        let text = std::mem::take(&mut self.sent().text);
        drop(text);
    }

    fn sent(&self) -> MutexGuard<'_, PageText> {
        unpoisoned(self.sent.lock())
    }
}

/// Why a page could not be encoded.
#[derive(Clone, Debug)]
pub(super) enum MakeError {
    Encode(EncodeError),
    /// Something was left out of it.
    Problems(String),
}

impl fmt::Display for MakeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MakeError::Encode(error) => error.fmt(f),
            MakeError::Problems(problems) => write!(f, "something was left out of it: {problems}"),
        }
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(super) enum PageError {
    Make(MakeError),
    NoThread(io::Error),
    Lost,
    /// It was not ready in time.
    Late,
    /// So many scrapes are in progress that no further one is allowed.
    Many(usize),
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PageError::Make(error) => error.fmt(f),
            PageError::NoThread(error) => {
                write!(
                    f,
                    "no thread could be spawned: {error}; allow the process more threads or memory"
                )
            }
            PageError::Late => f.write_str(
                "it took longer than the scraper waits; raise `scrape_timeout`, or lower what \
                 `Registry::set_collector_timeout` allows collectors",
            ),
            PageError::Many(most) => {
                write!(f, "{most} scrapes are in progress, which is the limit; try again later")
            }
            PageError::Lost => {
                f.write_str("its thread did not start, or it panicked; stderr may tell why")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::pin::Pin;
    use std::task::{Context, Poll, Waker};

    use super::super::Scrape;
    use super::super::body::Body;
    use super::*;
    use crate::registry::Registry;

    fn asked() -> ScrapeRequest {
        ScrapeRequest::of(&Scrape::default(), false, None)
    }

    fn source() -> SharedGather {
        Arc::new(Registry::new())
    }

    fn making(pages: &Pages) -> Making {
        let (pages, source) = (pages.clone(), source());
        Making { pages, source, on_problems: OnProblems::Continue, is_done: false }
    }

    /// Returns pages that pretend to have a busy thread.
    fn busy() -> Pages {
        let pages = Pages::default();
        pages.lock().making_in = Some(std::process::id());
        pages
    }

    type Next<'a> = Pin<Box<dyn Future<Output = Result<Arc<SharedPage>, PageError>> + 'a>>;

    /// Returns a request that waits for its page.
    fn waiting<'a>(pages: &'a Pages, source: &'a SharedGather) -> Next<'a> {
        waiting_for(pages, source, asked())
    }

    fn waiting_for<'a>(
        pages: &'a Pages,
        source: &'a SharedGather,
        asked: ScrapeRequest,
    ) -> Next<'a> {
        let mut request: Next<'_> =
            Box::pin(async move { pages.next(source, OnProblems::Continue, &asked, None).await });
        assert!(poll(&mut request).is_pending());
        request
    }

    fn poll(request: &mut Next<'_>) -> Poll<Result<Arc<SharedPage>, PageError>> {
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
        // Only its readers hold it.
        assert_eq!(Arc::strong_count(&got[0]), got.len());
    }

    #[test]
    fn those_who_ask_for_something_else_have_a_page_of_their_own() {
        let (pages, source) = (busy(), source());
        let asks = |accept, query| {
            let scrape = Scrape { accept, query, ..Scrape::default() };
            waiting_for(&pages, &source, ScrapeRequest::of(&scrape, false, None))
        };
        let openmetrics = "application/openmetrics-text;version=1.0.0";
        let mut requests = [
            asks("", ""),
            asks(openmetrics, ""),
            asks("text/plain;escaping=dots", "x=y"),
            asks("", "name[]=b"),
            asks(openmetrics, ""),
            asks("", "name[]=b&name[]=b"),
        ];
        making(&pages).run();
        let got = requests.each_mut().map(|request| match poll(request) {
            Poll::Ready(Ok(page)) => page,
            other => panic!("{other:?}"),
        });
        let same =
            |page: &Arc<SharedPage>| got.iter().position(|it| Arc::ptr_eq(it, page)).unwrap();
        assert_eq!(got.each_ref().map(same), [0, 1, 2, 3, 1, 3]);
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

    /// Returns a page that was last read some time ago.
    fn page(text: Vec<u8>, ago: Duration) -> Arc<SharedPage> {
        let last = Instant::now().checked_sub(ago).unwrap();
        Arc::new(SharedPage {
            len: text.len(),
            sent: Mutex::new(PageText { text: text.into(), last }),
        })
    }

    fn first_part(page: &Arc<SharedPage>) -> Option<io::Result<Bytes>> {
        Body::new(page.clone(), None).next()
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
        // Pages that are being read are waited for, and finished ones make room.
        let last = large(Duration::ZERO);
        thread::scope(|threads| {
            let waiting = threads.spawn(|| making(&pages).wait_for_room());
            drop(read);
            waiting.join().unwrap();
        });
        assert!(first_part(&last).unwrap().is_ok());
    }
}
