//! The metrics of requests: each way in which one can end, counted once, and no label that a client makes up.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::panic;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use actix_web::http::Method;
use actix_web::web::Bytes;
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, error, rt, test as app_test, web};
use futures_util::{StreamExt as _, stream};
use measurand::Registry;
use measurand::actix::Requests;
use measurand::requests::RequestOptions;
use measurand::runtime::NativeOptions;
use measurand_tests::{PATIENCE, sample, until};

fn requests(registry: &Registry) -> Requests {
    Requests::builder().exclude("/left-out").register(registry).unwrap()
}

/// Parts of an answer, a while after each other, and how it ends.
fn parts(count: usize, end: Option<std::io::Error>) -> HttpResponse {
    let parts = (0..count).map(|_| Ok(Bytes::from_static(&[b'x'; 1_000])));
    let parts = stream::iter(parts.chain(end.map(Err))).then(async |part| {
        rt::time::sleep(Duration::from_millis(1)).await;
        part
    });
    HttpResponse::Ok().streaming(Box::pin(parts))
}

fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/ok", web::get().to(async || "fine"))
        .route("/ok", web::head().to(async || "fine"))
        .route("/empty", web::get().to(HttpResponse::NoContent))
        .route("/left-out", web::get().to(async || "fine"))
        .route("/orders/{id}", web::get().to(async || "an order"))
        .route("/missing", web::get().to(HttpResponse::NotFound))
        .route("/error", web::get().to(async || Err::<&str, _>(error::ErrorBadGateway("no"))))
        .route("/refused", web::get().to(async || Err::<&str, _>(error::ErrorForbidden("no"))))
        .route("/panic", web::get().to(panics))
        .route("/slow", web::get().to(sleeps))
        .route("/stream", web::get().to(async || parts(3, None)))
        .route("/endless", web::get().to(async || parts(usize::MAX, None)))
        .route("/broken", web::get().to(async || parts(3, Some(std::io::Error::other("broken")))))
        .route("/upload", web::post().to(async |body: Bytes| format!("{}", body.len())));
}

async fn sleeps() -> HttpResponse {
    rt::time::sleep(PATIENCE).await;
    HttpResponse::Ok().finish()
}

async fn panics(_: HttpRequest) -> HttpResponse {
    rt::task::yield_now().await;
    panic!("as asked")
}

/// Serves the routes, measured.
fn serve(registry: &Registry) -> SocketAddr {
    let requests = requests(registry);
    let (send, address) = mpsc::channel();
    thread::spawn(move || {
        rt::System::new().block_on(async {
            let app = move || App::new().configure(routes).wrap(requests.clone());
            let server = HttpServer::new(app).workers(2).h1_allow_half_closed(false);
            let server = server.bind("127.0.0.1:0").unwrap();
            send.send(server.addrs()[0]).unwrap();
            server.run().await
        })
    });
    address.recv_timeout(PATIENCE).unwrap()
}

/// Asks, and reads the answer if it is to be read.
fn ask(address: SocketAddr, request: &str, read: impl Fn(&mut TcpStream)) {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    read(&mut connection);
}

fn to_end(connection: &mut TcpStream) {
    let _ = connection.write_all(b"\r\n");
    // One that breaks off may be reset.
    let _ = connection.read_to_end(&mut Vec::new());
}

/// Reads a part of the answer, and goes.
fn then_go(connection: &mut TcpStream) {
    let _ = connection.write_all(b"\r\n");
    let _ = connection.read(&mut [0; 100]);
    let _ = connection.shutdown(Shutdown::Both);
}

/// Does not wait for an answer.
fn give_up(connection: &mut TcpStream) {
    let _ = connection.write_all(b"\r\n");
    thread::sleep(Duration::from_millis(50));
    let _ = connection.shutdown(Shutdown::Both);
}

fn upload(connection: &mut TcpStream) {
    let body = b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n3\r\nfgh\r\n0\r\n\r\n";
    connection.write_all(body).unwrap();
    connection.read_to_end(&mut Vec::new()).unwrap();
}

const EACH: usize = 1_000;
const AT_A_TIME: usize = 50;

#[test]
fn whichever_way_it_ends_it_is_counted_once() {
    panic::set_hook(Box::new(|_| {}));
    let registry = Registry::new();
    let address = serve(&registry);
    type Ask = fn(&mut TcpStream);
    let ways: [(&str, Ask, &str); 11] = [
        ("GET /ok", to_end, "route=\"/ok\",status=\"2xx\",outcome=\"ok\""),
        ("GET /empty", to_end, "route=\"/empty\",status=\"2xx\",outcome=\"ok\""),
        ("GET /missing", to_end, "route=\"/missing\",status=\"4xx\",outcome=\"ok\""),
        ("GET /error", to_end, "route=\"/error\",status=\"5xx\",outcome=\"error\""),
        ("GET /refused", to_end, "route=\"/refused\",status=\"4xx\",outcome=\"ok\""),
        ("GET /panic", to_end, "route=\"/panic\",outcome=\"panicked\""),
        ("GET /slow", give_up, "route=\"/slow\",outcome=\"cancelled\""),
        ("GET /stream", to_end, "route=\"/stream\",status=\"2xx\",outcome=\"ok\""),
        ("GET /endless", then_go, "route=\"/endless\",status=\"2xx\",outcome=\"cancelled\""),
        ("GET /broken", to_end, "route=\"/broken\",status=\"2xx\",outcome=\"error\""),
        ("GET /nowhere", to_end, "route=\"unmatched\",status=\"4xx\",outcome=\"ok\""),
    ];
    for (request, read, _) in ways {
        thread::scope(|scope| {
            for _ in 0..AT_A_TIME {
                scope.spawn(move || {
                    (0..EACH / AT_A_TIME).for_each(|_| ask(address, request, read));
                });
            }
        });
    }
    ask(address, "HEAD /ok", to_end);
    ask(address, "POST /upload", upload);
    ask(address, "GET /left-out", to_end);
    until("the end of all requests", || {
        let page = registry.to_text();
        let active = page.lines().filter(|line| line.starts_with("http_server_active_requests{"));
        active.clone().all(|line| line.ends_with(" 0")).then_some(())
    });
    let page = registry.to_text();
    let count =
        |name: &str, labels: &str| sample(&page, &format!("http_server_{name}{{{labels}}}"));
    for (request, _, labels) in ways {
        let labels = format!("method=\"GET\",{labels}");
        assert_eq!(count("requests_total", &labels), EACH as f64, "{request}\n{page}");
        let (labels, _) = labels.split_once(",outcome").unwrap();
        assert_eq!(count("request_duration_seconds_count", labels), EACH as f64, "{request}");
    }
    let head = "method=\"HEAD\",route=\"/ok\",status=\"2xx\"";
    assert_eq!(count("requests_total", &format!("{head},outcome=\"ok\"")), 1.0);
    let stream = "method=\"GET\",route=\"/stream\",status=\"2xx\"";
    assert_eq!(count("response_body_size_bytes_sum", stream), 3_000.0 * EACH as f64);
    assert_eq!(count("time_to_first_byte_seconds_count", stream), EACH as f64);
    let slow = count("request_duration_seconds_sum", stream);
    assert!(count("time_to_first_byte_seconds_sum", stream) < slow);
    let upload = "method=\"POST\",route=\"/upload\",status=\"2xx\"";
    assert_eq!(count("request_body_size_bytes_sum", upload), 8.0);
    assert!(!page.contains("left-out"), "{page}");
    // One that ended before it was answered has no first byte.
    let panicked = "http_server_time_to_first_byte_seconds_count{method=\"GET\",route=\"/panic\"";
    assert!(!page.contains(panicked), "{page}");
    let all: f64 = page
        .lines()
        .filter(|line| line.starts_with("http_server_requests_total{"))
        .map(|line| line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap())
        .sum();
    assert_eq!(all, (ways.len() * EACH + 2) as f64);
    assert!(registry.lint().is_empty(), "{:?}", registry.lint());
}

/// The series of a page: the lines of one count once.
fn series(page: &str) -> BTreeSet<String> {
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    samples
        .map(|line| {
            let (series, _) = line.rsplit_once(' ').unwrap();
            let series = series.replace("_bucket", "").replace("_sum", "").replace("_count", "");
            series.split("le=").next().unwrap().trim_end_matches([',', '{', '}']).to_owned()
        })
        .collect()
}

#[actix_web::test]
async fn a_client_makes_no_series() {
    let registry = Registry::new();
    let app = App::new().configure(routes).wrap(requests(&registry));
    let app = app_test::init_service(app).await;
    let before = series(&registry.to_text()).len();
    for index in 0..100_000 {
        let method = Method::from_bytes(format!("M{index}").as_bytes()).unwrap();
        let request = app_test::TestRequest::with_uri(&format!("/{index}/{index}?{index}"))
            .method(method)
            .insert_header(("Host", format!("host-{index}")))
            .insert_header(("User-Agent", format!("agent/{index}")))
            .to_request();
        assert_eq!(app_test::call_service(&app, request).await.status(), 404);
    }
    let page = registry.to_text();
    let added = series(&page).len() - before;
    assert!(added <= 12, "{added}: {page}");
    let all = "http_server_requests_total{method=\"other\",route=\"unmatched\",status=\"4xx\",outcome=\"ok\"}";
    assert_eq!(sample(&page, all), 100_000.0);
}

#[actix_web::test]
async fn labels_are_those_that_were_asked_for() {
    let registry = Registry::new();
    let options = RequestOptions::new().server("api").status_codes().max_series(3);
    let build = |name: &str| {
        let options = options.clone().server(name);
        let tenant = |request: &actix_web::dev::ServiceRequest| {
            let tenant = request.headers().get("X-Tenant").and_then(|it| it.to_str().ok());
            tenant.unwrap_or_default().to_owned()
        };
        Requests::builder().options(options).label("tenant", tenant).register(&registry).unwrap()
    };
    // Two of one process, one of which is there twice.
    let admin = app_test::init_service(App::new().configure(routes).wrap(build("admin"))).await;
    let again = app_test::init_service(App::new().configure(routes).wrap(build("admin"))).await;
    let api = app_test::init_service(App::new().configure(routes).wrap(build("api"))).await;
    let request = |path: &str, tenant: &str| {
        let request = app_test::TestRequest::get().uri(path);
        request.insert_header(("X-Tenant", tenant)).to_request()
    };
    app_test::call_and_read_body(&admin, request("/orders/7", "a")).await;
    app_test::call_and_read_body(&again, request("/orders/8", "a")).await;
    app_test::call_and_read_body(&api, request("/missing", "")).await;
    for tenant in 0..10 {
        app_test::call_and_read_body(&api, request("/ok", &format!("t{tenant}"))).await;
    }
    let page = registry.to_text();
    let count = |labels: &str| sample(&page, &format!("http_server_requests_total{{{labels}}}"));
    assert_eq!(
        count(
            "server=\"admin\",method=\"GET\",route=\"/orders/{id}\",status=\"200\",tenant=\"a\",outcome=\"ok\""
        ),
        2.0
    );
    assert_eq!(
        count("server=\"api\",method=\"GET\",route=\"/missing\",status=\"404\",outcome=\"ok\""),
        1.0
    );
    let other = "__other__";
    let labels = ["server", "method", "route", "status", "tenant", "outcome"];
    let labels = labels.map(|label| format!("{label}=\"{other}\"")).join(",");
    assert_eq!(count(&labels), 9.0, "{page}");

    // Others in the same registry are refused, with what differs.
    let error = Requests::builder().label("zone", |_| String::new()).register(&registry);
    assert!(error.unwrap_err().to_string().contains("other label names"));
    let invalid = Requests::builder().label("le", |_| String::new()).register(&Registry::new());
    assert!(invalid.unwrap_err().to_string().contains("reserved for histogram buckets"));
}

#[actix_web::test]
async fn times_have_native_buckets_and_exemplars() {
    let registry = Registry::new();
    let options = RequestOptions::new().native(NativeOptions::new());
    let requests = Requests::builder().options(options).register(&registry).unwrap();
    let app = app_test::init_service(App::new().configure(routes).wrap(requests)).await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    for flags in ["01", "00"] {
        let parent = format!("00-{trace}-00f067aa0ba902b7-{flags}");
        let request =
            app_test::TestRequest::get().uri("/ok").insert_header(("traceparent", parent));
        app_test::call_and_read_body(&app, request.to_request()).await;
    }
    let page = registry.to_text();
    let duration = "http_server_request_duration_seconds";
    let labels = "{method=\"GET\",route=\"/ok\",status=\"2xx\"";
    assert!(page.contains(&format!("{duration}_bucket{labels},le=\"+Inf\"}} 2\n")), "{page}");
    assert!(!page.contains(&format!("{duration}_bucket{labels},le=\"0.1\"}}")), "{page}");
    let mut openmetrics = Vec::new();
    registry.write_to(measurand::exposition::Format::OpenMetrics, &mut openmetrics).unwrap();
    let openmetrics = String::from_utf8(openmetrics).unwrap();
    let exemplars = openmetrics.lines().filter(|line| line.contains("# {"));
    let exemplars: Vec<_> = exemplars.collect();
    assert_eq!(exemplars.len(), 2, "{openmetrics}");
    assert!(exemplars.iter().all(|line| line.contains(&format!("trace_id=\"{trace}\""))));
}
