//! The memory of the allocator jemalloc.

use std::fmt;
use std::iter;

use tikv_jemalloc_ctl::{epoch, epoch_mib, stats};

use super::built;
use crate::descriptor::Descriptor;
use crate::registry::{Collector, Point, Points};
use crate::unit::Bytes;

/// Shows the memory of [jemalloc](https://jemalloc.net), if it is the allocator of the program,
/// such as with the crate `tikv-jemallocator`.
///
/// | family | shows |
/// |---|---|
/// | `jemalloc_allocated_bytes` | memory that the program has allocated |
/// | `jemalloc_active_bytes` | memory of pages in which something is allocated |
/// | `jemalloc_metadata_bytes` | memory for the bookkeeping of the allocator |
/// | `jemalloc_resident_bytes` | the most memory of the allocator that may be resident |
/// | `jemalloc_mapped_bytes` | memory of extents that are mapped and in use |
/// | `jemalloc_retained_bytes` | virtual memory that is kept instead of returned to the system |
///
/// All values are of the same moment: jemalloc refreshes them once for each gather (its `epoch`).
/// Values that a jemalloc without statistics lacks are left out.
///
/// ```
/// use measurand::Registry;
/// use measurand::collectors::JemallocCollector;
///
/// let registry = Registry::new();
/// let _collector = registry.register_collector(JemallocCollector::new())?;
/// let mut text = String::new();
/// registry.encode_text(&mut text);
/// assert!(text.contains("# TYPE jemalloc_allocated_bytes gauge\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct JemallocCollector {
    epoch: Option<epoch_mib>,
    figures: Vec<(Descriptor, ReadStatistic)>,
}

type ReadStatistic = Box<dyn Fn() -> Option<usize> + Send + Sync>;

impl JemallocCollector {
    /// Creates a collector of the jemalloc that the program is linked with.
    #[must_use = "it shows nothing until it is registered"]
    pub fn new() -> JemallocCollector {
        /// A function that reads a value, whose path is looked up once.
        macro_rules! read {
            ($figure:ident) => {{
                let path = stats::$figure::mib().ok();
                Box::new(move || path.as_ref()?.read().ok()) as ReadStatistic
            }};
        }
        let reads = [
            read!(allocated),
            read!(active),
            read!(metadata),
            read!(resident),
            read!(mapped),
            read!(retained),
        ];
        let family = |(name, help): (&str, &str)| {
            let name = format!("jemalloc_{name}_bytes");
            built(Descriptor::gauge(name, help.to_owned()).unit::<Bytes>())
        };
        let families = [
            ("allocated", "Memory that the program has allocated."),
            ("active", "Memory of pages in which something is allocated."),
            ("metadata", "Memory for what the allocator keeps of all that."),
            ("resident", "Memory of the allocator that is resident, at most."),
            ("mapped", "Memory of extents that are mapped and in use."),
            ("retained", "Virtual memory that is kept rather than given back to the system."),
        ];
        let figures = iter::zip(families.map(family), reads).collect();
        JemallocCollector { epoch: epoch::mib().ok(), figures }
    }
}

impl Default for JemallocCollector {
    fn default() -> JemallocCollector {
        JemallocCollector::new()
    }
}

impl fmt::Debug for JemallocCollector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JemallocCollector").finish_non_exhaustive()
    }
}

impl Collector for JemallocCollector {
    fn describe(&self) -> Vec<Descriptor> {
        self.figures.iter().map(|(family, _)| family.clone()).collect()
    }

    fn collect(&self, points: &mut Points<'_>) {
        // Advancing the epoch refreshes the values.
        if self.epoch.as_ref().is_none_or(|it| it.advance().is_err()) {
            return;
        }
        for (family, read) in &self.figures {
            if let Some(bytes) = read() {
                points.push(family, &[], Point::gauge(bytes as u64));
            }
        }
    }
}
