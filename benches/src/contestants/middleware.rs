//! Apps of actix-web whose requests are measured, without a network.

use std::hint::black_box;

use ::measurand::Registry;
use ::measurand::actix::Requests;
use actix_web::{App, rt, test, web};
use actix_web_prom::PrometheusMetricsBuilder;

/// Answers so many requests.
pub(crate) type Answer = Box<dyn FnMut()>;

/// How many requests an [`Answer`] is.
pub(crate) const REQUESTS: usize = 1_000;

macro_rules! answer {
    ($app:ident => $wrapped:expr) => {{
        let system = rt::System::new();
        let $app = App::new().route("/orders/{id}", web::get().to(async || "an order"));
        let app = system.block_on(test::init_service($wrapped));
        Box::new(move || {
            system.block_on(async {
                for _ in 0..REQUESTS {
                    let request = test::TestRequest::get().uri("/orders/7").to_request();
                    black_box(test::call_and_read_body(&app, request).await);
                }
            });
        })
    }};
}

pub(crate) fn unmeasured() -> Answer {
    answer!(app => app)
}

/// Six families.
pub(crate) fn measurand() -> Answer {
    let requests = Requests::builder().register(&Registry::new()).expect("there is nothing else");
    answer!(app => app.wrap(requests))
}

/// Two families.
pub(crate) fn actix_web_prom() -> Answer {
    let metrics = PrometheusMetricsBuilder::new("bench").build().expect("there is nothing else");
    answer!(app => app.wrap(metrics))
}
