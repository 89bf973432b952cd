//! What becomes of the requests of a web service, whatever server they come to.
//!
//! [`RequestMetrics`] are the metrics that every service has, under the names that OpenTelemetry's conventions for
//! HTTP have by the rules for Prometheus. With the feature `actix`, [`Requests`](crate::actix::Requests) is a
//! middleware that has them; for another server take the feature `requests`, and tell a [`Request`] what happens.
//!
//! ```
//! use measurand::Registry;
//! use measurand::requests::RequestOptions;
//!
//! let registry = Registry::new();
//! let requests = RequestOptions::new().register(&registry)?;
//!
//! let mut request = requests.start("GET", &[]);
//! request.route("/orders/{id}");
//! request.answer(200);
//! request.add_response_bytes(512);
//! request.finish();
//!
//! let page = registry.to_text();
//! let labels = "{method=\"GET\",route=\"/orders/{id}\",status=\"2xx\",outcome=\"ok\"}";
//! assert!(page.contains(&format!("http_server_requests_total{labels} 1\n")));
//! assert!(page.contains("http_server_active_requests{method=\"GET\"} 0\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | family | labels besides `server` and own ones | of Go's promhttp |
//! |---|---|---|
//! | `http_server_requests_total` | `method`, `route`, `status`, `outcome` | `InstrumentHandlerCounter` |
//! | `http_server_request_duration_seconds` | `method`, `route`, `status` | `InstrumentHandlerDuration` |
//! | `http_server_time_to_first_byte_seconds` | `method`, `route`, `status` | `InstrumentHandlerTimeToWriteHeader` |
//! | `http_server_request_body_size_bytes` | `method`, `route`, `status` | `InstrumentHandlerRequestSize` |
//! | `http_server_response_body_size_bytes` | `method`, `route`, `status` | `InstrumentHandlerResponseSize` |
//! | `http_server_active_requests` | `method` | `InstrumentHandlerInFlight` |
//!
//! A client cannot make series: a method that it invents is `other`, the path of no route is `unmatched`, and no
//! header is a label unless you make it one. `outcome` is `ok`; `error` where the status is 500 or above, or the
//! body broke off; `cancelled` where the client had gone; or `panicked`. One that ended before there was an answer
//! has no `status`.

mod families;
mod options;
mod request;

pub use options::{RequestMetrics, RequestOptions, RequestsError};
pub use request::Request;
