//! Collectors of what every service shows: its process, and the runtime that it runs on.
//!
//! Each is a feature, and a [`Collector`] like one of your own.
//! [`standard_collectors`] adds all whose features are on:
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

#[cfg(feature = "process")]
mod process;
#[cfg(feature = "tokio")]
mod tokio;

#[cfg(feature = "process")]
pub use process::ProcessCollector;
#[cfg(feature = "tokio")]
pub use tokio::TokioCollector;

use crate::descriptor::{Descriptor, DescriptorBuilder};
use crate::registry::{Collector, RegisterError, Registry};

/// Adds the collectors whose features are on to a registry, for as long as it is there: the
/// [`ProcessCollector`] (feature `process`), and the [`TokioCollector`] (feature `tokio`) of the runtime
/// that it is called in, if it is called in one.
///
/// What is there already stays as it is, so calling it twice is no mistake.
///
/// # Errors
///
/// If a family of that name is there that is somebody else's, as one that another crate shows of the
/// process. The registry then has those that came before.
pub fn standard_collectors(registry: &Registry) -> Result<(), RegisterError<()>> {
    #[cfg(feature = "process")]
    add(registry, ProcessCollector::new())?;
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

/// The descriptor of a family of this module, whose names obey the rules.
fn built(builder: DescriptorBuilder) -> Descriptor {
    builder.build().unwrap_or_else(|error| unreachable!("{error}"))
}
