//! Guides: what there is, and where to find what you know from elsewhere.
//!
//! | guide | for |
//! |---|---|
//! | [`tour`] | everything besides structs, families and functions, a paragraph each |
//! | [`from_prometheus`] | those who come from the crate `prometheus` |
//! | [`from_prometheus_client`] | those who come from `prometheus-client` |
//! | [`from_metrics`] | those who come from `metrics` |
//! | [`from_client_golang`] | those who come from Go |

#[doc = include_str!("../docs/tour.md")]
pub mod tour {}

#[doc = include_str!("../docs/from_prometheus.md")]
pub mod from_prometheus {}

#[doc = include_str!("../docs/from_prometheus_client.md")]
pub mod from_prometheus_client {}

#[doc = include_str!("../docs/from_metrics.md")]
pub mod from_metrics {}

#[doc = include_str!("../docs/from_client_golang.md")]
pub mod from_client_golang {}
