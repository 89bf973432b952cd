//! All that a service shows of itself, by one builder.

use actix_web::{App, test as app_test, web};
use measurand::Registry;
use measurand::access::Access;
use measurand::actix::{Monitoring, Requests};
use measurand::health::{Check, Health};
use measurand_tests::sample;

#[actix_web::test]
async fn one_builder_has_it_all() {
    let registry = Registry::new();
    let health = Health::starting().check(Check::blocking("store", || Ok::<(), String>(())));
    let monitoring = Monitoring::builder()
        .registry(&registry)
        .health(health.unwrap())
        .requests(Requests::builder().exclude("/left-out"))
        .access(Access::credentials().bearer("a secret").unwrap());
    #[cfg(target_os = "linux")]
    let monitoring = monitoring.profiling(measurand::actix::Profiling::new());
    let monitoring = monitoring.build().unwrap();
    let app = App::new()
        .configure(|config| monitoring.routes(config))
        .route("/orders/{id}", web::get().to(async || "an order"))
        .wrap(monitoring.requests());
    let app = app_test::init_service(app).await;
    let get = async |path: &str, authorization: &str| {
        let request = app_test::TestRequest::get().uri(path);
        let request = request.peer_addr("192.0.2.7:4711".parse().unwrap());
        let request = request.insert_header(("Authorization", authorization)).to_request();
        let response = app_test::call_service(&app, request).await;
        let status = response.status().as_u16();
        (status, String::from_utf8(app_test::read_body(response).await.to_vec()).unwrap())
    };
    assert_eq!(get("/orders/7", "").await.1, "an order");
    assert_eq!(get("/healthz", "").await, (200, "ok\n".to_owned()));
    assert_eq!(get("/readyz", "").await.0, 503);
    monitoring.health().started();
    assert_eq!(get("/readyz", "").await, (200, "ready\nstore: ok\n".to_owned()));
    assert_eq!(get("/metrics", "").await.0, 401);
    #[cfg(target_os = "linux")]
    assert_eq!(get("/debug/pprof/threads", "").await.0, 403);
    let (status, page) = get("/metrics", "Bearer a secret").await;
    assert_eq!(status, 200);
    let labels = "method=\"GET\",route=\"/orders/{id}\",status=\"2xx\",outcome=\"ok\"";
    assert_eq!(sample(&page, &format!("http_server_requests_total{{{labels}}}")), 1.0);
    assert_eq!(sample(&page, "health_check_healthy{check=\"store\"}"), 1.0);
    assert_eq!(sample(&page, "health_ready"), 1.0);
    assert_eq!(sample(&page, "promhttp_metric_handler_requests_in_flight"), 1.0);
    // Scrapes and probes are no requests of the service.
    let others = ["/metrics", "/healthz", "/readyz", "/debug"];
    assert!(!others.iter().any(|route| page.contains(&format!("route=\"{route}"))), "{page}");
    assert!(registry.lint().is_empty(), "{:?}", registry.lint());

    // What is ready or not is one thing in a registry.
    let again = Monitoring::builder().registry(&registry).build().unwrap_err();
    assert!(again.to_string().contains("health_check_healthy"), "{again}");
    let elsewhere = Monitoring::builder().registry(&Registry::new()).build().unwrap();
    drop(elsewhere.server("127.0.0.1:0").unwrap());
    let other = Requests::builder().label("tenant", |_| String::new());
    let error = Monitoring::builder().registry(&registry).requests(other).build().unwrap_err();
    assert!(error.to_string().contains("other label names"), "{error}");
}
