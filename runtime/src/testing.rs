//! A kit for tests of instrumented code, with the feature `testing`.
//!
//! Metrics are mostly statics, and tests run beside each other in one process. So a test
//! [isolates](isolate) itself: from then on what its thread counts is kept apart, from 0, and what it reads is
//! just that, whatever other tests do to the same metrics.
//!
//! ```
//! use measurand::{Counter, Gauge, Metrics, testing};
//!
//! /// The orders.
//! #[derive(Metrics)]
//! #[metrics(namespace = "doc_testing", global = ORDERS)]
//! struct OrderMetrics {
//!     /// Orders taken.
//!     taken_total: Counter,
//!     /// Orders that wait.
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
//! The feature belongs in the dev-dependencies, since it makes every update look for an isolation:
//!
//! ```toml
//! [dev-dependencies]
//! measurand = { version = "0.1", features = ["testing"] }
//! ```
//!
//! A library depends on this crate without the feature `record`, which the binary turns on. Its tests have to do
//! so as well, or nothing is counted:
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
//! # What is kept apart
//!
//! Everything that counts: metrics of static structs and of instances, families with their limits, series
//! that were [kept](crate::family::Handle::keep) before or elsewhere, calls of functions, exemplars, values
//! that were rejected. Whatever reads a metric in the isolation reads what was counted there, and
//! [a gather](crate::Registry::gather) shows it: so does [`assert_text`]. What a guard or a timer has begun
//! ends where it began.
//!
//! An isolation is the thread's. Work that a test hands to other threads takes part in it by
//! [`Isolation::run`] there, and a future by [`Isolation::wrap`]; an endpoint shows it by
//! [`Isolation::source`].
//!
//! What is registered is registered for all: a test that registers instances has a registry of its own,
//! `Registry::new()`. A metric that is [read](crate::metric::Read) from somewhere else shows what it always
//! shows, and so does a collector; but what it reads of metrics is that of the isolation, unless it is
//! [cached](crate::registry::Cached).
//!
//! # Reading
//!
//! - A metric of a static struct or an instance: by its own methods, such as `get` and `snapshot`.
//! - Any series, by the name that it has on the page: [`value`].
//! - The calls of an instrumented function: [`calls_of`].
//! - How much a block has changed: [`difference`].
//! - A whole page, or some families of it: [`assert_text`], [`assert_families`].
//!
//! # Time
//!
//! [`advance`] moves the time of the isolation: of timers, of the windows of summaries, of what expires, and
//! of created timestamps. [`pause`] has it stand still otherwise.

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
