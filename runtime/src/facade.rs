//! Instruments of other libraries on the same page.
//!
//! | library | feature | module |
//! |---|---|---|
//! | OpenTelemetry's API, with `opentelemetry_sdk` 0.33 | `opentelemetry_sdk_0_33` | [`opentelemetry_0_33`](mod@opentelemetry_0_33) |

#[cfg(feature = "opentelemetry_sdk_0_33")]
pub mod opentelemetry_0_33;
