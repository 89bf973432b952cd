//! The handler of scrapes, without a web server: its limits, its errors, its own metrics.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use measurand::registry::{Collector, Point, Points};
use measurand::scrape::{Answer, Handler, Scrape};
use measurand::{Counter, Descriptor, Metrics, Registry};
use measurand_tests::PATIENCE;

/// What is scraped.
#[derive(Metrics)]
#[metrics(namespace = "handled", instance)]
struct Handled {
    /// Requests.
    requests_total: Counter,
}

/// A collector that does what it is told, which may be to panic.
struct Does<F>(Descriptor, F);

impl<F: Fn() + Send + Sync + 'static> Collector for Does<F> {
    fn describe(&self) -> Vec<Descriptor> {
        vec![self.0.clone()]
    }

    fn collect(&self, points: &mut Points<'_>) {
        self.1();
        points.push(&self.0, &[], Point::gauge(1));
    }
}

fn does(registry: &Registry, what: impl Fn() + Send + Sync + 'static) {
    let family = Descriptor::gauge("handled_collected", "What it gives.").build().unwrap();
    registry.register_collector(Does(family, what)).unwrap().leak();
}

fn text(answer: Answer) -> String {
    let parts: Vec<_> = answer.body.map(Result::unwrap).collect();
    String::from_utf8(parts.concat()).unwrap()
}

fn header<'a>(answer: &'a Answer, name: &str) -> Option<&'a str> {
    answer.headers.iter().find(|(it, _)| *it == name).map(|(_, value)| value.as_str())
}

#[actix_web::test]
async fn no_more_scrapes_are_under_way_than_there_may_be() {
    let registry = Registry::new();
    let handler = Handler::new().registry(&registry).own_metrics(&registry).unwrap();
    let handler = handler.max_in_flight(2);
    let _handled = Handled::register(&registry).unwrap();
    let first = handler.answer(&Scrape::default()).await;
    let second = handler.clone().answer(&Scrape::default()).await;
    assert_eq!((first.status, second.status), (200, 200));
    // They are under way until they were sent.
    let third = handler.answer(&Scrape::default()).await;
    assert_eq!(third.status, 503);
    assert_eq!(header(&third, "Content-Type"), Some("text/plain; charset=utf-8"));
    let why = text(third);
    assert!(why.contains("2 scrapes are in progress") && why.ends_with("\n"), "{why}");
    drop(first);
    let page = text(handler.answer(&Scrape::default()).await);
    for line in [
        "promhttp_metric_handler_requests_total{code=\"200\"} 2\n",
        "promhttp_metric_handler_requests_total{code=\"500\"} 0\n",
        "promhttp_metric_handler_requests_total{code=\"503\"} 1\n",
        "promhttp_metric_handler_requests_in_flight 2\n",
        "promhttp_metric_handler_errors_total{cause=\"gathering\"} 0\n",
        "promhttp_metric_handler_errors_total{cause=\"encoding\"} 0\n",
    ] {
        assert!(page.contains(line), "{line}{page}");
    }
    drop(second);
    assert_eq!(handler.answer(&Scrape::default()).await.status, 200);
    // Another one that is shown there has the same figures.
    let other = Handler::new().registry(&registry).own_metrics(&registry).unwrap();
    let page = text(other.answer(&Scrape::default()).await);
    assert!(page.contains("promhttp_metric_handler_requests_total{code=\"200\"} 4\n"), "{page}");
}

#[actix_web::test]
async fn a_collector_that_comes_late_costs_its_families_alone() {
    let registry = Registry::new();
    let handled = Handled::register(&registry).unwrap();
    handled.requests_total.inc();
    let (done, wait) = mpsc::channel::<()>();
    let wait = Mutex::new(wait);
    does(&registry, move || _ = wait.lock().unwrap().recv_timeout(PATIENCE));
    let handler = Handler::new().registry(&registry);
    // The scraper says how long it waits.
    let scrape = Scrape { timeout: "0.5", ..Scrape::default() };
    let page = text(handler.answer(&scrape).await);
    assert!(page.contains("handled_requests_total 1\n"), "{page}");
    assert!(!page.contains("handled_collected"), "{page}");
    drop(done);
}

#[actix_web::test]
async fn a_page_that_is_not_there_in_time_is_503() {
    /// A source that hangs.
    struct Hangs(Mutex<mpsc::Receiver<()>>);
    impl measurand::registry::Gather for Hangs {
        fn try_gather(
            &self,
            _: &mut dyn measurand::registry::Sink,
        ) -> Result<measurand::registry::Report, measurand::registry::GatherError> {
            let _ = self.0.lock().unwrap().recv_timeout(PATIENCE);
            Ok(measurand::registry::Report::default())
        }
    }
    let (done, wait) = mpsc::channel();
    let handler = Handler::new().source(Hangs(Mutex::new(wait)));
    let handler = handler.timeout(Duration::from_millis(50));
    let answer = handler.answer(&Scrape::default()).await;
    assert_eq!(answer.status, 503);
    assert!(text(answer).contains("it took longer than the scraper waits"));
    drop(done);
}

/// What a scraper says needs nothing that its server's runtime may lack.
#[test]
fn a_runtime_without_time_is_enough() {
    let registry = Registry::new();
    let _handled = Handled::register(&registry).unwrap();
    let handler = Handler::new().registry(&registry);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let scrape = Scrape { timeout: "10", ..Scrape::default() };
    assert_eq!(runtime.block_on(handler.answer(&scrape)).status, 200);
}

#[actix_web::test]
async fn what_is_left_out_is_an_error_only_where_that_is_asked() {
    let registry = Registry::new();
    let _handled = Handled::register(&registry).unwrap();
    does(&registry, || panic!("no figures today"));
    let lenient = Handler::new().registry(&registry);
    let answer = lenient.answer(&Scrape::default()).await;
    assert_eq!(answer.status, 200);
    assert!(text(answer).contains("handled_requests_total 0\n"));

    let own = Registry::new();
    let strict = lenient.fail_on_problems(true).own_metrics(&own).unwrap();
    let answer = strict.answer(&Scrape::default()).await;
    assert_eq!(answer.status, 500);
    let why = text(answer);
    assert!(why.contains("no figures today"), "{why}");
    let errors = "promhttp_metric_handler_errors_total{cause=\"gathering\"} 1\n";
    assert!(own.to_text().contains(errors), "{}", own.to_text());
    // Families that are all right are to be had.
    let scrape = Scrape { query: "name[]=handled_requests", ..Scrape::default() };
    assert_eq!(strict.answer(&scrape).await.status, 200);
}

#[actix_web::test]
async fn scrapes_at_once_share_a_page_and_see_what_was_counted() {
    let registry = Registry::new();
    let handled = Arc::new(Handled::register(&registry).unwrap());
    let handler = Handler::new().registry(&registry);
    let accepts = ["", "application/openmetrics-text;version=1.0.0"];
    let scrapes = (0..100).map(|number| {
        let (handler, handled) = (handler.clone(), handled.clone());
        actix_web::rt::spawn(async move {
            handled.requests_total.inc();
            let counted = handled.requests_total.get();
            let scrape = Scrape { accept: accepts[number % 2], ..Scrape::default() };
            let page = text(handler.answer(&scrape).await);
            let value = page.lines().find_map(|line| line.strip_prefix("handled_requests_total "));
            assert!(value.unwrap().parse::<u64>().unwrap() >= counted, "{page}");
        })
    });
    for scrape in scrapes.collect::<Vec<_>>() {
        scrape.await.unwrap();
    }
}
