//! The scrape endpoint, over HTTP.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use actix_web::http::StatusCode;
use actix_web::{App, test};
use measurand::actix::{Endpoint, Server};
use measurand::{Counter, Metrics, Registry};
use measurand_tests::{PATIENCE, sample, until};

/// What the service does.
#[derive(Metrics)]
#[metrics(namespace = "served", instance(name: &str))]
struct Served {
    /// Requests.
    requests_total: Counter,
}

#[actix_web::test]
async fn the_endpoint_serves_text() {
    let registry = Registry::new();
    let served = Served::register(&registry, "a").unwrap();
    let endpoint = Endpoint::new().registry(&registry);
    let app = test::init_service(App::new().service(endpoint)).await;
    for count in 1..=3 {
        served.requests_total.inc();
        let request = test::TestRequest::get().uri("/metrics").to_request();
        let response = test::call_service(&app, request).await;
        assert_eq!(response.status(), StatusCode::OK);
        let header = |name| response.headers().get(name).unwrap().to_str().unwrap();
        assert_eq!(header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
        assert_eq!(header("cache-control"), "no-store");
        let body = test::read_body(response).await;
        let text = std::str::from_utf8(&body).unwrap();
        assert_eq!(sample(text, "served_requests_total{name=\"a\"}"), f64::from(count));
    }
}

#[actix_web::test]
async fn other_paths_and_methods_are_not_answered() {
    let endpoint = Endpoint::new().path("/internal/metrics");
    let app = test::init_service(App::new().service(endpoint)).await;
    for (method, path, status) in [
        ("GET", "/internal/metrics", StatusCode::OK),
        ("HEAD", "/internal/metrics", StatusCode::OK),
        ("POST", "/internal/metrics", StatusCode::METHOD_NOT_ALLOWED),
        ("GET", "/metrics", StatusCode::NOT_FOUND),
    ] {
        let request = test::TestRequest::with_uri(path).method(method.parse().unwrap());
        let response = test::call_service(&app, request.to_request()).await;
        assert_eq!(response.status(), status, "{method} {path}");
    }
}

#[actix_web::test]
async fn the_listener_serves_beside_the_service() {
    let registry = Registry::new();
    let _served = Served::register(&registry, "a").unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry);
    let address = server.local_addr();
    server.spawn().unwrap();
    let get = move |path: &str| {
        let request = ureq::get(format!("http://{address}{path}"));
        let request = request.config().http_status_as_error(false).build();
        let mut response = request.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    };
    let (status, text) = get("/metrics");
    assert_eq!(status, 200);
    assert_eq!(sample(&text, "served_requests_total{name=\"a\"}"), 0.0);
    assert_eq!(get("/"), (404, "metrics are at /metrics\n".to_owned()));
}

#[actix_web::test]
async fn the_path_of_the_listener_is_a_choice() {
    let registry = Registry::new();
    let _served = Served::register(&registry, "a").unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry).path("/internal");
    let server = server.spawn().unwrap();
    let address = server.local_addr();
    let get = move |path: &str| {
        let request = ureq::get(format!("http://{address}{path}"));
        let request = request.config().http_status_as_error(false).build();
        let mut response = request.call().unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    };
    let (status, text) = get("/internal");
    assert_eq!((status, sample(&text, "served_requests_total{name=\"a\"}")), (200, 0.0));
    assert_eq!(get("/metrics"), (404, "metrics are at /internal\n".to_owned()));
}

/// A server that serves at once, and what it serves.
fn spawned() -> (SocketAddr, measurand::registry::Registered<Served>) {
    let registry = Registry::new();
    let served = Served::register(&registry, "a").unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry);
    let address = server.local_addr();
    server.spawn().unwrap();
    (address, served)
}

/// A client that has sent a request.
fn asked(address: SocketAddr, method: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let rest = "/metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
    client.write_all(format!("{method} {rest}").as_bytes()).unwrap();
    client
}

/// The whole answer.
fn answer(mut client: TcpStream) -> String {
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer
}

fn ask(address: SocketAddr, method: &str) -> String {
    answer(asked(address, method))
}

#[std::prelude::rust_2024::test]
fn a_scrape_shows_what_was_counted_before_it() {
    let (address, served) = spawned();
    // So many at a time that they share pages.
    thread::scope(|threads| {
        for _ in 0..16 {
            threads.spawn(|| {
                for _ in 0..20 {
                    served.requests_total.inc();
                    let counted = served.requests_total.get();
                    let answer = ask(address, "GET");
                    let shown = sample(&answer, "served_requests_total{name=\"a\"}");
                    assert!(shown >= counted as f64, "{shown} of {counted}");
                }
            });
        }
    });
    let answer = ask(address, "GET");
    assert_eq!(sample(&answer, "served_requests_total{name=\"a\"}"), 320.0);
}

/// Scrapes that are under way when the listener is told to stop are answered, and no others.
#[std::prelude::rust_2024::test]
fn a_listener_that_stops_loses_no_scrape() {
    let registry = Registry::new();
    let _served = Served::register(&registry, "a").unwrap();
    for _ in 0..5 {
        let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry).spawn().unwrap();
        let address = server.local_addr();
        let answered = &AtomicUsize::new(0);
        let answers = thread::scope(|threads| {
            let scrapes: Vec<_> = (0..8)
                .map(|_| {
                    threads.spawn(move || {
                        let mut answers = Vec::new();
                        while let Ok(mut client) = TcpStream::connect(address) {
                            client.set_read_timeout(Some(PATIENCE)).unwrap();
                            let request =
                                "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
                            let mut answer = String::new();
                            let is_sent = client.write_all(request.as_bytes()).is_ok();
                            // One that was not accepted yet is closed unread.
                            if is_sent
                                && client.read_to_string(&mut answer).is_ok()
                                && !answer.is_empty()
                            {
                                answers.push(answer);
                                answered.fetch_add(1, Ordering::Relaxed);
                            }
                        }
                        answers
                    })
                })
                .collect();
            until("scrapes", || (answered.load(Ordering::Relaxed) > 8).then_some(()));
            server.stop();
            scrapes.into_iter().flat_map(|scrape| scrape.join().unwrap()).collect::<Vec<_>>()
        });
        assert!(answers.len() > 8, "{}", answers.len());
        for answer in answers {
            let (head, page) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            assert_eq!(length.unwrap().parse::<usize>().unwrap(), page.len());
        }
    }
    // Without the handle it goes on.
    let address = {
        let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry).spawn().unwrap();
        server.local_addr()
    };
    assert!(ask(address, "GET").starts_with("HTTP/1.1 200 OK\r\n"));
}

#[std::prelude::rust_2024::test]
fn the_head_says_how_long_the_page_is() {
    let (address, _served) = spawned();
    let (get, head) = (ask(address, "GET"), ask(address, "HEAD"));
    let (_, body) = get.split_once("\r\n\r\n").unwrap();
    assert!(body.ends_with(" 0\n"), "{body}");
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    let length = format!("content-length: {}\r\n", body.len());
    assert!(head.contains(&length) && get.contains(&length), "{head}");
}

#[std::prelude::rust_2024::test]
fn who_closes_the_connection_counts_as_gone() {
    let server = Server::bind("127.0.0.1:0").unwrap().registry(&Registry::new());
    let address = server.local_addr();
    let client = asked(address, "GET");
    client.shutdown(Shutdown::Write).unwrap();
    server.spawn().unwrap();
    assert_eq!(answer(client), "");
    assert!(ask(address, "GET").starts_with("HTTP/1.1 200 OK\r\n"));
}

#[std::prelude::rust_2024::test]
fn a_port_in_use_is_a_clear_error() {
    let taken = Server::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr();
    let error = Server::bind(address).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with(&format!("cannot listen on {address}: ")), "{text}");
    assert!(text.ends_with("stop the process that uses it, or choose another port"), "{text}");
    let error = std::io::Error::from(error);
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);

    let error = Server::bind("no address").unwrap_err();
    assert!(error.to_string().starts_with("cannot listen on no address: "), "{error}");
}
