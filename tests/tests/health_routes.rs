//! Health and readiness over HTTP, whatever else hangs.

use std::future;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Mutex, mpsc};
use std::time::Instant;

use actix_web::App;
use actix_web::http::{Method, StatusCode};
use actix_web::test::{TestRequest, call_service, init_service, read_body};
use futures_util::future::join_all;
use measurand::actix::{Endpoint, HealthRoutes, Server};
use measurand::health::{Check, Health};
use measurand::registry::{Collector, Point, Points};
use measurand::scrape::Handler;
use measurand::{Descriptor, Registry};
use measurand_tests::{PATIENCE, sample, until};

/// A check of something that is away.
fn away() -> Check {
    Check::new("database", || future::ready(Err("no connection")))
}

#[actix_web::test]
async fn there_are_routes_for_both() {
    let health = Health::new().check(away().optional()).unwrap();
    let routes = HealthRoutes::new(health.clone());
    let app = init_service(App::new().service(routes)).await;
    for (method, path, status, body) in [
        (Method::GET, "/healthz", 200, "ok\n"),
        (Method::GET, "/readyz", 200, "ready\ndatabase: failed (optional)\n"),
        (
            Method::GET,
            "/readyz?format=json",
            200,
            "{\"status\":\"ready\",\"checks\":[{\"name\":\"database\",\"status\":\"failed\",\"optional\":true}]}\n",
        ),
        (Method::POST, "/healthz", 405, ""),
        (Method::POST, "/readyz", 405, ""),
        (Method::GET, "/livez", 404, ""),
    ] {
        let request = TestRequest::with_uri(path).method(method.clone()).to_request();
        let response = call_service(&app, request).await;
        assert_eq!(response.status(), status, "{method} {path}");
        if status == 200 {
            assert_eq!(response.headers().get("cache-control").unwrap(), "no-store");
        }
        assert_eq!(read_body(response).await, body, "{method} {path}");
    }
    health.drain();
    let request = TestRequest::get().uri("/readyz");
    let request = request.insert_header(("accept", "application/json")).to_request();
    let response = call_service(&app, request).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers().get("content-type").unwrap(), "application/json");
}

/// What a server answers, whole.
fn asked(address: SocketAddr, request: &str) -> String {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(client, "{request} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn the_listener_of_metrics_serves_them_as_well() {
    let health = Health::starting().check(away()).unwrap();
    let routes = HealthRoutes::new(health.clone()).live_path("/livez").ready_path("/ready");
    let server = Server::bind("127.0.0.1:0").unwrap().health(routes).spawn().unwrap();
    let address = server.local_addr();
    let answer = asked(address, "GET /ready");
    assert!(answer.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nstarting\ndatabase: not run\n"), "{answer}");
    health.started();
    let answer = asked(address, "GET /ready");
    assert!(answer.ends_with("\r\n\r\nnot ready\ndatabase: failed\n"), "{answer}");
    assert!(asked(address, "GET /livez").starts_with("HTTP/1.1 200 OK\r\n"));
    assert!(asked(address, "GET /metrics").starts_with("HTTP/1.1 200 OK\r\n"));
    // Headers alone, with the length of the body.
    let answer = asked(address, "HEAD /livez");
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    let answer = asked(address, "HEAD /ready");
    assert!(
        answer.starts_with("HTTP/1.1 503 Service Unavailable\r\ncontent-length: 27\r\n"),
        "{answer}"
    );
    assert!(answer.ends_with("\r\n\r\n"), "{answer}");
    let answer = asked(address, "GET /healthz");
    assert!(
        answer.ends_with("metrics are at /metrics, health is at /livez and /ready\n"),
        "{answer}"
    );
    server.stop();
}

/// A collector that hangs until it is let go.
struct Hangs(Descriptor, Mutex<mpsc::Receiver<()>>);

impl Collector for Hangs {
    fn describe(&self) -> Vec<Descriptor> {
        vec![self.0.clone()]
    }

    fn collect(&self, points: &mut Points<'_>) {
        let _ = self.1.lock().unwrap().recv_timeout(PATIENCE);
        points.push(&self.0, &[], Point::gauge(1));
    }
}

/// A registry whose scrapes hang, and what lets them go.
fn hanging() -> (Registry, mpsc::Sender<()>) {
    let registry = Registry::new();
    let family = Descriptor::gauge("hanging_things", "Things.").build().unwrap();
    let (go_on, wait) = mpsc::channel();
    registry.register_collector(Hangs(family, Mutex::new(wait))).unwrap().leak();
    registry.set_collector_timeout(PATIENCE);
    (registry, go_on)
}

/// A service where everything hangs that can.
fn hanging_health() -> Health {
    let check = Check::new("database", future::pending::<Result<(), &str>>);
    Health::new().check(check.timeout(PATIENCE)).unwrap()
}

fn in_flight(shown: &Registry) -> usize {
    sample(&shown.to_text(), "promhttp_metric_handler_requests_in_flight") as usize
}

#[actix_web::test]
async fn health_is_answered_while_a_thousand_scrapes_wait() {
    let ((registry, go_on), shown) = (hanging(), Registry::new());
    let handler = Handler::new().registry(&registry).own_metrics(&shown).unwrap();
    let endpoint = Endpoint::new().handler(handler);
    let routes = HealthRoutes::new(hanging_health());
    let app = init_service(App::new().service(endpoint).service(routes)).await;
    let get = |path| call_service(&app, TestRequest::get().uri(path).to_request());
    let mut scrapes = Box::pin(join_all((0..1_000).map(|_| get("/metrics"))));
    let mut ready = Box::pin(get("/readyz"));
    while in_flight(&shown) < 1_000 {
        assert!(futures_util::poll!(&mut scrapes).is_pending());
        tokio::task::yield_now().await;
    }
    for _ in 0..200 {
        assert!(futures_util::poll!(&mut ready).is_pending());
        let answer = get("/healthz").await;
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(read_body(answer).await, "ok\n");
    }
    assert!(futures_util::poll!(&mut scrapes).is_pending());
    drop(go_on);
    let answers = scrapes.await;
    assert!(answers.iter().all(|answer| answer.status() == StatusCode::OK));
}

#[cfg(target_os = "linux")]
#[test]
fn scrapes_that_hang_leave_connections_for_health() {
    // Both ends of the connections are here.
    let pid = std::process::id().to_string();
    let status =
        std::process::Command::new("prlimit").args(["--pid", &pid, "--nofile=4096:"]).status();
    assert!(status.expect("install prlimit (Debian package util-linux)").success());
    let ((registry, go_on), shown) = (hanging(), Registry::new());
    let handler = Handler::new().registry(&registry).own_metrics(&shown).unwrap();
    let server = Server::bind("127.0.0.1:0").unwrap().handler(handler).health(hanging_health());
    let server = server.spawn().unwrap();
    let address = server.local_addr();
    let clients: Vec<_> = (0..1_000)
        .map(|_| {
            let mut client = TcpStream::connect(address).unwrap();
            write!(client, "GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
            client
        })
        .collect();
    let refused = "promhttp_metric_handler_requests_total{code=\"503\"}";
    until("all to be waiting or refused", || {
        (sample(&shown.to_text(), refused) == 552.0).then_some(())
    });
    assert_eq!(in_flight(&shown), 448);
    let mut ready = TcpStream::connect(address).unwrap();
    write!(ready, "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
    let probed = |_| {
        let start = Instant::now();
        let answer = asked(address, "GET /healthz");
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        start.elapsed()
    };
    let mut times: Vec<_> = (0..1_000).map(probed).collect();
    assert_eq!(in_flight(&shown), 448);
    times.sort();
    eprintln!(
        "/healthz beside 1,000 scrapes: median {:?}, 99th of 100 {:?}",
        times[500], times[990]
    );
    drop(go_on);
    drop((clients, ready));
    server.stop();
}
