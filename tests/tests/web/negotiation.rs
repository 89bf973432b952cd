//! What a scraper gets over HTTP: the format, the compression and the families that it asks for.

use std::io::Read as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::http::StatusCode;
use actix_web::http::header::HeaderMap;
use actix_web::{App, test};
use measurand::actix::Endpoint;
use measurand::registry::{Collector, Point, Points};
use measurand::unit::Seconds;
use measurand::{Counter, Descriptor, Histogram, Info, LabelSet, Metrics, Registry};

/// What the service does.
#[derive(Metrics)]
#[metrics(namespace = "negotiated", instance)]
struct Served {
    /// Requests.
    requests_total: Counter,
    /// Time to answer.
    duration_seconds: Histogram<Seconds>,
    /// What was built.
    build_info: Info<Build<'static>>,
}

#[derive(LabelSet)]
struct Build<'a> {
    version: &'a str,
}

/// Gives a family, and counts how often it was asked.
struct Counts(Descriptor, Arc<AtomicU64>);

impl Counts {
    fn new(name: &str) -> (Counts, Arc<AtomicU64>) {
        let runs = Arc::new(AtomicU64::new(0));
        let family = Descriptor::gauge(name, "What it gives.").build().unwrap();
        (Counts(family, runs.clone()), runs)
    }
}

impl Collector for Counts {
    fn describe(&self) -> Vec<Descriptor> {
        vec![self.0.clone()]
    }

    fn collect(&self, points: &mut Points<'_>) {
        self.1.fetch_add(1, Ordering::Relaxed);
        points.push(&self.0, &[], Point::gauge(1));
    }
}

async fn get(
    registry: &Registry,
    query: &str,
    headers: &[(&'static str, &str)],
) -> (HeaderMap, Vec<u8>) {
    let endpoint = Endpoint::new().registry(registry);
    let app = test::init_service(App::new().service(endpoint)).await;
    let mut request = test::TestRequest::get().uri(&format!("/metrics{query}"));
    for (name, value) in headers {
        request = request.append_header((*name, *value));
    }
    let response = test::call_service(&app, request.to_request()).await;
    assert_eq!(response.status(), StatusCode::OK, "{query} {headers:?}");
    let headers = response.headers().clone();
    (headers, test::read_body(response).await.to_vec())
}

fn header<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).map_or("", |value| value.to_str().unwrap())
}

const OPENMETRICS: &str = "application/openmetrics-text;version=1.0.0";
const PROTOBUF: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

#[actix_web::test]
async fn the_scraper_chooses_the_format() {
    let registry = Registry::new();
    let served = Served::register(&registry).unwrap();
    served.requests_total.inc();
    let (headers, page) = get(&registry, "", &[("accept", OPENMETRICS)]).await;
    let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(header(&headers, "content-type"), content_type);
    assert_eq!(header(&headers, "cache-control"), "no-store");
    assert_eq!(header(&headers, "vary"), "Accept, Accept-Encoding");
    let page = String::from_utf8(page).unwrap();
    assert!(page.contains("# TYPE negotiated_requests counter\n"), "{page}");
    assert!(page.ends_with("# EOF\n"), "{page}");

    let (headers, page) = get(&registry, "", &[("accept", PROTOBUF)]).await;
    assert!(header(&headers, "content-type").starts_with("application/vnd.google.protobuf; "));
    // The length of the first family, and its name.
    assert_eq!(&page[1..4], b"\x01\x0a\x1b");
    assert_eq!(&page[4..31], b"negotiated_duration_seconds");

    // Of several headers all count.
    let several =
        [("accept", "image/png"), ("accept", OPENMETRICS), ("accept", "text/plain;q=0.5")];
    let (headers, _) = get(&registry, "", &several).await;
    assert_eq!(header(&headers, "content-type"), content_type);
    for accept in ["", "*/*", "image/png", ";;;", "text/plain;q=x;version=9"] {
        let (headers, page) = get(&registry, "", &[("accept", accept)]).await;
        let content_type = "text/plain; version=0.0.4; charset=utf-8";
        assert_eq!(header(&headers, "content-type"), content_type, "{accept}");
        assert!(page.starts_with(b"# HELP "), "{accept}");
    }
}

#[actix_web::test]
async fn a_page_is_compressed_for_who_asks() {
    let registry = Registry::new();
    let _served = Served::register(&registry).unwrap();
    let (headers, plain) = get(&registry, "", &[]).await;
    assert_eq!(header(&headers, "content-encoding"), "");
    for accept in ["gzip", "deflate, gzip;q=0.5, *;q=0"] {
        let (headers, page) = get(&registry, "", &[("accept-encoding", accept)]).await;
        assert_eq!(header(&headers, "content-encoding"), "gzip");
        assert!(page.len() < plain.len() / 2, "{} of {}", page.len(), plain.len());
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&*page).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain);
    }
    for accept in ["", "identity", "gzip;q=0", "br", "\"", "compress;q=x"] {
        let (headers, page) = get(&registry, "", &[("accept-encoding", accept)]).await;
        assert_eq!((header(&headers, "content-encoding"), &page), ("", &plain), "{accept}");
    }
}

#[actix_web::test]
async fn families_are_chosen_by_name() {
    let registry = Registry::new();
    let served = Served::register(&registry).unwrap();
    served.build_info.set(Build { version: "1" });
    let (collector, runs) = Counts::new("negotiated_collected");
    let _collector = registry.register_collector(collector).unwrap();
    let lines = async |query: &str, accept: &str| {
        let (_, page) = get(&registry, query, &[("accept", accept)]).await;
        let page = String::from_utf8(page).unwrap();
        let lines = page.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split(['{', ' ']).next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    for name in ["negotiated_requests_total", "negotiated_requests"] {
        for accept in ["", OPENMETRICS] {
            let query = format!("?name[]={name}");
            assert_eq!(lines(&query, accept).await, ["negotiated_requests_total"]);
        }
    }
    assert_eq!(runs.load(Ordering::Relaxed), 0);
    let both = "?x=y&name%5B%5D=negotiated_collected&name[]=negotiated_build";
    let found = lines(both, "").await;
    assert_eq!(found, ["negotiated_build_info", "negotiated_collected"]);
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    assert_eq!(lines("?name[]=nothing", "").await, [""; 0]);
    assert_eq!(lines("?name=negotiated_collected", "").await.len(), 17);
    assert_eq!(runs.load(Ordering::Relaxed), 2);
}
