//! What is measured through other libraries' instruments, on the same page.
//!
//! | library | feature | module |
//! |---|---|---|
//! | OpenTelemetry's API, as `opentelemetry_sdk` 0.33 aggregates it | `opentelemetry_sdk_0_33` | [`opentelemetry_0_33`](mod@opentelemetry_0_33) |

#[cfg(feature = "opentelemetry_sdk_0_33")]
pub mod opentelemetry_0_33;
