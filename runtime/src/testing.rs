//! Tools for testing instrumented code, with the feature `testing`.
//!
//! Most metrics are statics, and tests run in parallel in one process. So a test
//! [isolates](isolate) itself: from then on, updates of its thread are kept apart, starting at 0,
//! and it reads only those, whatever other tests do to the same metrics.
//!
//! ```
//! use measurand::{Counter, Gauge, Metrics, testing};
//!
//! /// Metrics of orders.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_testing", global = ORDERS)]
//! struct OrderMetrics {
//!     /// Orders taken.
//!     taken_total: Counter,
//!     /// Orders waiting.
//!     waiting_orders: Gauge,
//! }
//!
//! fn take_order() {
//!     ORDERS.taken_total.inc();
//!     ORDERS.waiting_orders.inc();
//! }
//!
//! // In a `#[test]`:
//! let _isolation = testing::isolate();
//! take_order();
//! assert_eq!(ORDERS.taken_total.get(), 1);
//! assert_eq!(ORDERS.waiting_orders.get(), 1.0);
//! ```
//!
//! Enable the feature in dev-dependencies only, since it makes every update check for an isolation:
//!
//! ```toml
//! [dev-dependencies]
//! measurand = { version = "0.1", features = ["testing"] }
//! ```
//!
//! A library depends on this crate without the feature `record`, which the binary enables. Its
//! tests must enable it, too, or nothing is counted:
//!
//! ```toml
//! [dependencies]
//! measurand = { version = "0.1", default-features = false }
//!
//! [dev-dependencies]
//! measurand = { version = "0.1", features = ["testing"] }
//! ```
//!
//! `examples/testing` in the repository has tests that show all of this.
//!
//! # What is isolated
//!
//! All recorded values: metrics of static structs and instances, families with their limits, series
//! that were [kept](crate::family::Handle::keep) before or elsewhere, calls of functions,
//! exemplars, rejected values. Whatever reads a metric within the isolation reads the isolated
//! value, and [a gather](crate::Registry::gather) shows it, and so does [`assert_text`]. Guards and
//! timers end where they began.
//!
//! An isolation belongs to a thread. Include work on other threads with [`Isolation::run`], and
//! futures with [`Isolation::wrap`]; an endpoint shows the isolation with [`Isolation::source`].
//!
//! Registrations are not isolated: a test that registers instances should use its own
//! `Registry::new()`. A metric that is [read](crate::metric::Read) from elsewhere, and a collector,
//! show what they always show; but if they read metrics, they read those of the isolation, unless
//! the collector is [cached](crate::registry::Cached).
//!
//! # Reading
//!
//! - A metric of a static struct or an instance: with its own methods, such as `get` and
//!   `snapshot`.
//! - Any series, by its name on the page: [`value`].
//! - The calls of an instrumented function: [`calls_of`].
//! - The change that a block of code causes: [`difference`].
//! - A whole page, or some families of it: [`assert_text`], [`assert_families`].
//!
//! # Time
//!
//! [`advance`] moves the time of the isolation: that of timers, windows of summaries, expiry, and
//! created timestamps. [`pause`] stops it otherwise.

mod calls;
mod isolation;
mod text;

pub use calls::{FunctionCalls, calls_in, calls_of};
pub use isolation::{
    Entered, Isolated, IsolatedSource, Isolation, advance, difference, isolate, isolated, pause,
};
pub use text::{
    Difference, assert_families, assert_no_lints, assert_text, compare_families, compare_text,
    find_value, value,
};
