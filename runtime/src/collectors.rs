//! Collectors for every service: its process, its allocator, and its async runtime.
//!
//! Each has its own feature, and is a [`Collector`] like one of your own. [`standard_collectors`]
//! adds all whose features are enabled:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use measurand::Registry;
//! use measurand::collectors::standard_collectors;
//!
//! standard_collectors(Registry::global())?;
//! # Ok(())
//! # }
//! ```
//!
//! Values that something else keeps, such as a connection pool, are shown by a collector of your
//! own:
//!
//! ```
//! use std::sync::{Arc, Mutex};
//! use measurand::registry::{Collector, Point, Points};
//! use measurand::{Descriptor, Registry};
//!
//! struct Pool {
//!     size: u64,
//!     in_use: Mutex<u64>,
//! }
//!
//! struct PoolCollector {
//!     pool: Arc<Pool>,
//!     connections: Descriptor,
//! }
//!
//! impl Collector for PoolCollector {
//!     fn describe(&self) -> Vec<Descriptor> {
//!         vec![self.connections.clone()]
//!     }
//!
//!     fn collect(&self, points: &mut Points<'_>) {
//!         let in_use = *self.pool.in_use.lock().unwrap();
//!         points.push(&self.connections, &["idle"], Point::gauge(self.pool.size - in_use));
//!         points.push(&self.connections, &["used"], Point::gauge(in_use));
//!     }
//! }
//!
//! let pool = Arc::new(Pool { size: 8, in_use: Mutex::new(3) });
//! let connections = Descriptor::gauge("doc_own_pool_connections", "Connections, by state.")
//!     .labels(["state"])
//!     .build()?;
//! let registry = Registry::new();
//! let _collector = registry.register_collector(PoolCollector { pool, connections })?;
//! let mut text = String::new();
//! registry.encode_text(&mut text);
//! assert!(text.contains("doc_own_pool_connections{state=\"used\"} 3\n"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "jemalloc")]
mod jemalloc;
#[cfg(feature = "process")]
mod process;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(feature = "jemalloc")]
pub use jemalloc::JemallocCollector;
#[cfg(feature = "process")]
pub use process::ProcessCollector;
#[cfg(feature = "tokio")]
pub use tokio::TokioCollector;

use crate::descriptor::{Descriptor, DescriptorBuilder};
use crate::registry::{Collector, RegisterError, Registry};

/// Adds all collectors whose features are enabled to a registry: the [`ProcessCollector`] (feature
/// `process`), the [`JemallocCollector`] (feature `jemalloc`), and the [`TokioCollector`] (feature
/// `tokio`) of the current runtime, if there is one.
///
/// Collectors that are registered already stay as they are, so it may be called twice.
///
/// # Errors
///
/// Returns an error if the registry has another family of one of their names, such as one of
/// another crate that shows the process. Collectors before that one stay registered.
pub fn standard_collectors(registry: &Registry) -> Result<(), RegisterError<()>> {
    #[cfg(feature = "process")]
    add(registry, ProcessCollector::new())?;
    #[cfg(feature = "jemalloc")]
    add(registry, JemallocCollector::new())?;
    #[cfg(feature = "tokio")]
    if let Ok(handle) = ::tokio::runtime::Handle::try_current() {
        add(registry, TokioCollector::new(handle))?;
    }
    Ok(())
}

fn add<C: Collector>(registry: &Registry, collector: C) -> Result<(), RegisterError<()>> {
    match registry.register_collector(collector) {
        Ok(registered) => registered.leak(),
        Err(error) => return error.of_another().map_or(Ok(()), Err),
    };
    Ok(())
}

/// Builds a descriptor of this module, whose names are valid.
fn built(builder: DescriptorBuilder) -> Descriptor {
    builder.build().unwrap_or_else(|error| unreachable!("{error}"))
}
