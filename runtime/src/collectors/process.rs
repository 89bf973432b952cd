//! The process: time, memory, files, threads and network, as the operating system counts them.

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
// Tests compare it with the other implementation.
#[cfg(any(test, not(any(target_os = "linux", target_os = "android"))))]
mod other;

use std::iter;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::built;
use crate::descriptor::Descriptor;
use crate::registry::{Collector, Point, Points};
use crate::unit::{Bytes, Seconds};

/// Shows this process, under the names that [every client
/// library](https://prometheus.io/docs/instrumenting/writing_clientlibs/#process-metrics) uses.
///
/// | family | shows |
/// |---|---|
/// | `process_cpu_seconds_total` | user and system CPU time |
/// | `process_open_fds` | open file descriptors |
/// | `process_max_fds` | their limit (soft) |
/// | `process_virtual_memory_bytes` | size of the virtual memory |
/// | `process_virtual_memory_max_bytes` | its limit (soft); 1.8446744073709552e+19 if there is none |
/// | `process_resident_memory_bytes` | resident memory |
/// | `process_start_time_seconds` | when the process started, in seconds since 1970 |
/// | `process_threads` | threads |
/// | `process_network_receive_bytes_total` | bytes received over IP, by all processes in its network namespace |
/// | `process_network_transmit_bytes_total` | bytes sent over IP, by the same processes |
///
/// Values that the system does not provide are left out, such as all of them without `/proc`.
/// Systems other than Linux and Android, such as macOS and Windows, provide the CPU time, the
/// memory, the start time and, in part, the file descriptors.
///
/// ```
/// use measurand::Registry;
/// use measurand::collectors::ProcessCollector;
///
/// let registry = Registry::new();
/// let _collector = registry.register_collector(ProcessCollector::new())?;
/// let mut text = String::new();
/// registry.encode_text(&mut text);
/// assert!(text.contains("# TYPE process_resident_memory_bytes gauge\n"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct ProcessCollector {
    /// The folder of the process in `/proc`.
    #[cfg_attr(
        not(any(target_os = "linux", target_os = "android")),
        allow(dead_code, reason = "no /proc")
    )]
    folder: PathBuf,
    /// The families, in the order of [`ProcessFigures::points`].
    families: [Descriptor; FAMILIES],
}

const FAMILIES: usize = 10;

/// The values of a process, as far as they are known.
#[derive(Debug, Default)]
struct ProcessFigures {
    cpu: Option<Duration>,
    open_fds: Option<u64>,
    max_fds: Option<f64>,
    virtual_memory: Option<u64>,
    max_virtual_memory: Option<f64>,
    resident_memory: Option<u64>,
    /// The start time, since 1970.
    started: Option<Duration>,
    threads: Option<u64>,
    received: Option<u64>,
    transmitted: Option<u64>,
}

impl ProcessCollector {
    /// Creates a collector of the process that gathers, which after a fork is the child.
    #[must_use = "it shows nothing until it is registered"]
    pub fn new() -> ProcessCollector {
        ProcessCollector::of("/proc/self".into())
    }

    fn of(folder: PathBuf) -> ProcessCollector {
        let counter = |name: &str, help: &str| Descriptor::counter(name, help);
        let gauge = |name: &str, help: &str| Descriptor::gauge(name, help);
        let families = [
            counter(
                "process_cpu_seconds_total",
                "Time of the user and of the system on processors.",
            )
            .unit::<Seconds>(),
            gauge("process_open_fds", "Open file descriptors."),
            gauge("process_max_fds", "File descriptors that may be open."),
            gauge("process_virtual_memory_bytes", "Size of the virtual memory.").unit::<Bytes>(),
            gauge("process_virtual_memory_max_bytes", "Size that the virtual memory may have.")
                .unit::<Bytes>(),
            gauge("process_resident_memory_bytes", "Memory that is resident.").unit::<Bytes>(),
            gauge("process_start_time_seconds", "When the process started, since 1970.")
                .unit::<Seconds>(),
            gauge("process_threads", "Threads of the process."),
            counter(
                "process_network_receive_bytes_total",
                "Bytes that came over IP to the processes of the network namespace.",
            )
            .unit::<Bytes>(),
            counter(
                "process_network_transmit_bytes_total",
                "Bytes that went over IP from the processes of the network namespace.",
            )
            .unit::<Bytes>(),
        ];
        ProcessCollector { folder, families: families.map(built) }
    }

    #[cfg(any(target_os = "linux", target_os = "android"))]
    fn figures(&self) -> ProcessFigures {
        linux::figures(&self.folder)
    }

    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    fn figures(&self) -> ProcessFigures {
        other::figures()
    }
}

impl Default for ProcessCollector {
    fn default() -> ProcessCollector {
        ProcessCollector::new()
    }
}

impl ProcessFigures {
    fn points(self) -> [Option<Point<'static>>; FAMILIES] {
        let started = self.started.and_then(|it| SystemTime::UNIX_EPOCH.checked_add(it));
        let since_start = |point: Point<'static>| match started {
            Some(started) => point.since(started),
            None => point,
        };
        [
            self.cpu.map(|time| since_start(Point::counter(time))),
            self.open_fds.map(Point::gauge),
            self.max_fds.map(Point::gauge),
            self.virtual_memory.map(Point::gauge),
            self.max_virtual_memory.map(Point::gauge),
            self.resident_memory.map(Point::gauge),
            self.started.map(Point::gauge),
            self.threads.map(Point::gauge),
            self.received.map(Point::counter),
            self.transmitted.map(Point::counter),
        ]
    }
}

impl Collector for ProcessCollector {
    fn describe(&self) -> Vec<Descriptor> {
        self.families.to_vec()
    }

    fn collect(&self, points: &mut Points<'_>) {
        for (family, point) in iter::zip(&self.families, self.figures().points()) {
            if let Some(point) = point {
                points.push(family, &[], point);
            }
        }
    }
}
