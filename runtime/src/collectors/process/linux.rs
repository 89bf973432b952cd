//! Reading `/proc` on Linux.

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use procfs::process::{LimitValue, Limits, Stat};
use procfs::{FromRead, boot_time_secs, page_size, ticks_per_second};

use super::ProcessFigures;

pub(super) fn figures(folder: &Path) -> ProcessFigures {
    // First, before any file is opened here.
    let mut figures =
        ProcessFigures { open_fds: open_files(&folder.join("fd")), ..ProcessFigures::default() };
    if let Ok(stat) = Stat::from_file(folder.join("stat")) {
        figures.cpu = Some(time_of(stat.utime.saturating_add(stat.stime)));
        figures.virtual_memory = Some(stat.vsize);
        figures.resident_memory = Some(stat.rss.saturating_mul(page_size()));
        figures.threads = u64::try_from(stat.num_threads).ok();
        figures.started = started(&stat);
    }
    if let Ok(limits) = Limits::from_file(folder.join("limits")) {
        figures.max_fds = Some(limit(limits.max_open_files.soft_limit));
        figures.max_virtual_memory = Some(limit(limits.max_address_space.soft_limit));
    }
    let statistics = fs::read_to_string(folder.join("net/netstat")).unwrap_or_default();
    figures.received = ip_statistic(&statistics, "InOctets");
    figures.transmitted = ip_statistic(&statistics, "OutOctets");
    figures
}

/// Returns the number of open files, without those opened to count them.
fn open_files(folder: &Path) -> Option<u64> {
    // Since Linux 6.2 the size of the folder is the number of files; before, it is 0.
    match fs::metadata(folder).ok()?.len() {
        0 => counted_files(folder),
        open => Some(open),
    }
}

fn counted_files(folder: &Path) -> Option<u64> {
    // Reading the folder opens a file.
    let open = fs::read_dir(folder).ok()?.count() as u64;
    Some(open.saturating_sub(1))
}

/// Returns the start time of the process, since 1970.
fn started(stat: &Stat) -> Option<Duration> {
    // Cached, since the boot time changes slightly with the clock, and the start time must not.
    static BOOT: OnceLock<u64> = OnceLock::new();
    let boot = match BOOT.get() {
        Some(boot) => *boot,
        None => {
            let boot = boot_time_secs().ok()?;
            *BOOT.get_or_init(|| boot)
        }
    };
    Duration::from_secs(boot).checked_add(time_of(stat.starttime))
}

fn time_of(ticks: u64) -> Duration {
    let per_second = ticks_per_second().max(1);
    let nanos = (ticks % per_second) * 1_000_000_000 / per_second;
    Duration::from_secs(ticks / per_second) + Duration::from_nanos(nanos)
}

/// Returns a limit as all client libraries show it: the greatest number if there is none.
fn limit(limit: LimitValue) -> f64 {
    match limit {
        LimitValue::Unlimited => u64::MAX as f64,
        LimitValue::Value(value) => value as f64,
    }
}

/// Returns a value of `/proc/self/net/netstat`, where two lines start with `IpExt:`, one of names
/// and one of values.
fn ip_statistic(text: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix("IpExt:"));
    let (names, values) = (lines.next()?, lines.next()?);
    let mut pairs = std::iter::zip(names.split_whitespace(), values.split_whitespace());
    pairs.find(|(other, _)| *other == name)?.1.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::super::ProcessCollector;
    use super::*;
    use crate::registry::Registry;

    fn page_of(folder: &Path) -> String {
        let registry = Registry::new();
        registry.register_collector(ProcessCollector::of(folder.to_owned())).unwrap().leak();
        assert!(registry.validate().is_ok(), "{:?}", registry.validate());
        let mut text = String::new();
        registry.encode_text(&mut text);
        text
    }

    #[test]
    fn what_the_system_does_not_tell_is_left_out() {
        assert_eq!(page_of(Path::new("/proc/self/absent")), "");
    }

    /// Creates a folder like that of a process.
    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("measurand-process-{name}-{}", std::process::id()));
        fs::create_dir_all(folder.join("net")).unwrap();
        for (name, text) in files {
            fs::write(folder.join(name), text).unwrap();
        }
        folder
    }

    const LIMITS: &str = "\
Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max file size             unlimited            unlimited            bytes     
Max data size             unlimited            unlimited            bytes     
Max stack size            8388608              unlimited            bytes     
Max core file size        0                    unlimited            bytes     
Max resident set          unlimited            unlimited            bytes     
Max processes             1000                 1000                 processes 
Max open files            1024                 524288               files     
Max locked memory         8388608              8388608              bytes     
Max address space         unlimited            unlimited            bytes     
Max file locks            unlimited            unlimited            locks     
Max pending signals       1000                 1000                 signals   
Max msgqueue size         819200               819200               bytes     
Max nice priority         0                    0                    
Max realtime priority     0                    0                    
Max realtime timeout      unlimited            unlimited            us        
";

    #[test]
    fn each_file_gives_its_families() {
        let stat = "7 (a ) (b\u{fffd}) S 1 7 7 0 -1 4194304 1 2 3 4 250 50 0 0 20 0 9 0 1234 \
                    4096000 3 18446744073709551615 1 1 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0";
        let netstat =
            "TcpExt: A\nTcpExt: 1\nIpExt: InNoRoutes InOctets OutOctets\nIpExt: 1 22 33\n";
        let folder = folder("all", &[("stat", stat), ("limits", LIMITS), ("net/netstat", netstat)]);
        let page = page_of(&folder);
        fs::remove_dir_all(&folder).unwrap();
        let resident = format!("process_resident_memory_bytes {}\n", 3 * page_size());
        let expected = [
            "process_cpu_seconds_total 3\n",
            "process_max_fds 1024\n",
            "process_virtual_memory_bytes 4096000\n",
            "process_virtual_memory_max_bytes 1.8446744073709552e+19\n",
            &resident,
            "process_threads 9\n",
            "process_network_receive_bytes_total 22\n",
            "process_network_transmit_bytes_total 33\n",
        ];
        for line in expected {
            assert!(page.contains(line), "{line} is not in\n{page}");
        }
        assert!(page.contains("process_start_time_seconds "), "{page}");
        // There is no folder `fd`.
        assert!(!page.contains("process_open_fds"), "{page}");
    }

    #[test]
    fn files_that_are_cut_off_are_left_out() {
        let files =
            [("stat", "7 (a) S 1"), ("limits", "Limit"), ("net/netstat", "IpExt: InOctets")];
        let folder = folder("cut", &files);
        let page = page_of(&folder);
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(page, "");
    }

    #[test]
    fn both_ways_to_count_open_files_agree() {
        let folder = Path::new("/proc/self/fd");
        // Repeated, since other tests open files meanwhile.
        let agrees = |_| open_files(folder) == counted_files(folder);
        assert!((0..100).any(agrees), "{:?}, {:?}", open_files(folder), counted_files(folder));
    }
}
