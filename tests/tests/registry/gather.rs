//! What can be gathered besides a registry.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::{App, test as service};
use measurand::actix::{Endpoint, Server};
use measurand::exposition::{encode_text_bytes_of, encode_text_of, try_encode_text_bytes_of};
use measurand::registry::{Flow, Gather, GatherError, Labels, Point, Report, Sink};
use measurand::unit::Seconds;
use measurand::{Counter, Descriptor, Family, Histogram, LabelValue, Metrics, Registry};
use measurand_tests::sample;

#[derive(LabelValue, Clone, Copy)]
enum Color {
    Red,
    Green,
}

/// What a shop and its stock room do.
#[derive(Metrics)]
#[metrics(namespace = "gathered", instance)]
struct Gathered {
    /// Sales in the shop.
    shop_sales_total: Family<Color, Counter>,
    /// Time to wait in the shop.
    shop_wait_seconds: Histogram<Seconds>,
    /// Parcels in the stock room.
    stock_parcels_total: Counter,
}

/// The families of a registry that are of the shop.
struct OfTheShop(Registry);

impl Gather for OfTheShop {
    fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
        self.0.try_gather(&mut ShopOnly(sink))
    }
}

struct ShopOnly<'a>(&'a mut dyn Sink);

impl Sink for ShopOnly<'_> {
    fn family(&mut self, family: &Descriptor) -> Flow {
        if family.name().contains("_shop_") { self.0.family(family) } else { Flow::Skip }
    }

    fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        self.0.point(family, labels, point)
    }

    fn end(&mut self) {
        self.0.end();
    }
}

fn registry() -> (Registry, measurand::Registered<Gathered>) {
    let registry = Registry::new();
    let metrics = Gathered::register(&registry).unwrap();
    metrics.shop_sales_total.with(Color::Red).inc_by(2);
    metrics.shop_sales_total.with(Color::Green).inc();
    metrics.shop_wait_seconds.observe(Seconds::from_f64(0.25));
    (registry, metrics)
}

/// The text of the whole registry, without the family that is not of the shop.
fn expected(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    let is_of_shop = |line: &&str| !line.contains("gathered_stock_parcels_total");
    text.lines().filter(is_of_shop).map(|line| format!("{line}\n")).collect()
}

#[test]
fn part_of_a_registry_is_encoded_as_the_whole() {
    let (registry, _metrics) = registry();
    let expected = expected(&registry);
    assert!(expected.contains("gathered_shop_sales_total{color=\"green\"} 1\n"));
    let shop = OfTheShop(registry);
    let mut text = String::new();
    encode_text_of(&shop, &mut text);
    assert_eq!(text, expected);
    // Behind every pointer, too.
    let shop: Arc<dyn Gather> = Arc::new(shop);
    let pointers: [&dyn Gather; 3] = [&shop, &Box::new(shop.clone()), &&*shop];
    for pointer in pointers {
        let mut bytes = Vec::new();
        encode_text_bytes_of(pointer, &mut bytes);
        assert_eq!(bytes, expected.as_bytes());
    }
    let mut bytes = b"before\n".to_vec();
    try_encode_text_bytes_of(&shop, &mut bytes).unwrap();
    assert_eq!(bytes, format!("before\n{expected}").as_bytes());
}

async fn answer(endpoint: Endpoint) -> (StatusCode, String) {
    let app = service::init_service(App::new().service(endpoint)).await;
    let request = service::TestRequest::get().uri("/metrics").to_request();
    let response = service::call_service(&app, request).await;
    let status = response.status();
    (status, String::from_utf8(service::read_body(response).await.to_vec()).unwrap())
}

#[actix_web::test]
async fn the_endpoint_serves_whatever_can_be_gathered() {
    let (registry, _metrics) = registry();
    let expected = expected(&registry);
    let whole = Endpoint::new().source(registry.clone());
    let (status, text) = answer(whole.clone()).await;
    assert_eq!((status, sample(&text, "gathered_stock_parcels_total")), (StatusCode::OK, 0.0));
    // From one that serves something else already.
    assert_eq!(answer(whole.source(OfTheShop(registry))).await, (StatusCode::OK, expected));
}

#[test]
fn the_listener_serves_whatever_can_be_gathered() {
    let (registry, _metrics) = registry();
    let expected = expected(&registry);
    let server = Server::bind("127.0.0.1:0").unwrap().source(OfTheShop(registry));
    let address = server.local_addr();
    server.spawn().unwrap();
    let mut response = ureq::get(format!("http://{address}/metrics")).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), expected);
}

struct Panics;

impl Gather for Panics {
    fn try_gather(&self, _: &mut dyn Sink) -> Result<Report, GatherError> {
        panic!("no figures today")
    }
}

#[actix_web::test]
async fn what_panics_is_an_error_of_its_own_page() {
    let endpoint = Endpoint::new().source(Panics);
    for _ in 0..2 {
        let (status, text) = answer(endpoint.clone()).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(text.contains("panicked"), "{text}");
    }
}
