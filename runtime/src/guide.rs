//! Guides: how to do what, and where to find what you know from elsewhere.
//!
//! | guide | for |
//! |---|---|
//! | [`tour`] | everything besides structs, families and functions, a paragraph each |
//! | [`labels`] | which labels, how many, and series that come and go |
//! | [`units`] | how names end, and what to type where one is refused |
//! | [`buckets`] | histograms, native histograms, summaries: when which, and which bounds |
//! | [`libraries`] | a library that measures itself, and the binary that uses it |
//! | [`testing`] | tests of what is counted |
//! | [`servers`] | axum, actix-web, hyper, tonic and any other |
//! | [`alerting`] | what to be woken for, with rules |
//! | [`faq`] | what is missing, refused, or not as expected |
//! | [`platforms`] | what works where |
//! | [`from_prometheus`] | those who come from the crate `prometheus` |
//! | [`from_prometheus_client`] | those who come from `prometheus-client` |
//! | [`from_metrics`] | those who come from `metrics` |
//! | [`from_client_golang`] | those who come from Go |

#[doc = include_str!("../docs/tour.md")]
pub mod tour {}

#[doc = include_str!("../docs/labels.md")]
pub mod labels {}

#[doc = include_str!("../docs/units.md")]
pub mod units {}

#[doc = include_str!("../docs/buckets.md")]
pub mod buckets {}

#[doc = include_str!("../docs/libraries.md")]
pub mod libraries {}

#[doc = include_str!("../docs/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/servers.md")]
pub mod servers {}

#[doc = include_str!("../docs/alerting.md")]
///
/// ```yaml
#[doc = include_str!("../docs/alerts.yml")]
/// ```
pub mod alerting {}

#[doc = include_str!("../docs/faq.md")]
pub mod faq {}

#[doc = include_str!("../docs/platforms.md")]
pub mod platforms {}

#[doc = include_str!("../docs/from_prometheus.md")]
pub mod from_prometheus {}

#[doc = include_str!("../docs/from_prometheus_client.md")]
pub mod from_prometheus_client {}

#[doc = include_str!("../docs/from_metrics.md")]
pub mod from_metrics {}

#[doc = include_str!("../docs/from_client_golang.md")]
pub mod from_client_golang {}
