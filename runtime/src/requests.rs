//! Metrics of the requests of a web service, for any server.
//!
//! [`RequestMetrics`] are the metrics that every service needs, named after OpenTelemetry's
//! conventions for HTTP by the rules for Prometheus. With the feature `actix`,
//! [`Requests`](crate::actix::Requests) is middleware for them; for another server, enable the
//! feature `requests`, and report to a [`Request`] what happens.
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
//! | family | labels besides `server` and your own | in Go's promhttp |
//! |---|---|---|
//! | `http_server_requests_total` | `method`, `route`, `status`, `outcome` | `InstrumentHandlerCounter` |
//! | `http_server_request_duration_seconds` | `method`, `route`, `status` | `InstrumentHandlerDuration` |
//! | `http_server_time_to_first_byte_seconds` | `method`, `route`, `status` | `InstrumentHandlerTimeToWriteHeader` |
//! | `http_server_request_body_size_bytes` | `method`, `route`, `status` | `InstrumentHandlerRequestSize` |
//! | `http_server_response_body_size_bytes` | `method`, `route`, `status` | `InstrumentHandlerResponseSize` |
//! | `http_server_active_requests` | `method` | `InstrumentHandlerInFlight` |
//!
//! Clients cannot create series: unknown methods are `other`, paths without a route are
//! `unmatched`, and no header is a label unless you make it one. `outcome` is `ok`; `error` if the
//! status is 500 or above, or the body failed; `cancelled` if the client disconnected; or
//! `panicked`. A request that ended before there was a response has no `status`.

mod families;
mod options;
mod request;

pub use options::{RequestMetrics, RequestOptions, RequestsError};
pub use request::Request;
