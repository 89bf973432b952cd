//! The library `entries` as one for programs in Rust.

#[path = "../../entries/src/lib.rs"]
mod entries;

pub use entries::{entries_update, entries_write_page};
