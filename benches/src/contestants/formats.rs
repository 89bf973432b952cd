//! Who writes other formats than Prometheus's text.

use ::measurand::exposition::Format;
#[cfg(feature = "protobuf")]
use ::prometheus::{Encoder as _, ProtobufEncoder};
#[cfg(feature = "protobuf")]
use ::prometheus_client::encoding::prometheus_protobuf;

use super::{Page, measurand as ours, opentelemetry, prometheus_client};
#[cfg(feature = "protobuf")]
use super::{page, prometheus};
use crate::input::Series;

/// A format, and who writes a labelled counter of some series in it.
pub(crate) struct Formatted {
    /// How its works are called.
    pub(crate) name: &'static str,
    /// What stands on the page as often as there are series.
    pub(crate) each: &'static [u8],
    /// Those who write it, measurand first.
    pub(crate) contestants: &'static [(&'static str, Counters)],
}

/// A registry with a labelled counter of these series.
pub(crate) type Counters = fn(&mut dyn Iterator<Item = &Series>) -> Page;

/// All that one peer has at least.
pub(crate) const FORMATS: &[Formatted] = &[
    Formatted {
        name: "openmetrics",
        each: b"bench_requests_total{",
        contestants: &[
            (super::MEASURAND, |series| ours::formatted(Format::OpenMetrics, series)),
            // All of its text is OpenMetrics.
            ("prometheus-client", prometheus_client::CONTESTANT.counters),
        ],
    },
    Formatted {
        name: "otlp",
        // A field of six bytes.
        each: b"\n\x06tenant",
        contestants: &[(super::MEASURAND, ours::otlp), ("opentelemetry", opentelemetry::otlp)],
    },
    #[cfg(feature = "protobuf")]
    Formatted {
        name: "protobuf",
        // A field of six bytes.
        each: b"\n\x06tenant",
        contestants: &[
            (super::MEASURAND, |series| ours::formatted(Format::Protobuf, series)),
            ("prometheus", |series| {
                page(prometheus::counted(series), |registry, bytes: &mut Vec<u8>| {
                    ProtobufEncoder::new().encode(&registry.gather(), bytes).unwrap();
                })
            }),
            ("prometheus-client", |series| {
                page(prometheus_client::counted(series), |registry, bytes: &mut Vec<u8>| {
                    *bytes = prometheus_protobuf::encode_to_vec(registry).unwrap();
                })
            }),
        ],
    },
];
