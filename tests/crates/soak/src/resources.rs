//! What the process has of the system.

use std::fmt;
use std::fs;

use measurand_tests::memory;

/// How much there is of what may leak.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Resources {
    memory: u64,
    files: u64,
    threads: u64,
}

impl Resources {
    pub(crate) fn now() -> Resources {
        let entries = |path| fs::read_dir(path).map_or(0, |entries| entries.count() as u64);
        Resources {
            memory: memory("VmRSS"),
            files: entries("/proc/self/fd"),
            threads: entries("/proc/self/task"),
        }
    }
}

impl fmt::Display for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Resources { memory, files, threads } = self;
        write!(
            f,
            "{:.1} MiB, {files} files, {threads} threads",
            *memory as f64 / f64::from(1 << 20)
        )
    }
}

/// What there is more of in the last third than in the one before; the first third warms up.
///
/// Threads and connections come and go, so it is the least of each third that is compared: a leak
/// lifts that too.
pub(crate) fn compare(seen: &[Resources]) -> Vec<String> {
    let third = seen.len() / 3;
    if third == 0 {
        return vec!["too little time to see anything".to_owned()];
    }
    let (warm, last) = (&seen[third..2 * third], &seen[2 * third..]);
    let least = |of: fn(&Resources) -> u64| {
        let least = |seen: &[Resources]| seen.iter().map(of).min().unwrap_or(0);
        (least(warm), least(last))
    };
    let mut problems = Vec::new();
    let mut check = |what: &str, (before, after): (u64, u64), slack: u64| {
        if after > before + slack {
            problems.push(format!("{what} went from {before} to {after}"));
        }
    };
    let memory = least(|resources| resources.memory);
    // What the allocator keeps moves a little.
    check("memory in bytes", memory, (2 << 20) + memory.0 / 20);
    check("open files", least(|resources| resources.files), 2);
    check("threads", least(|resources| resources.threads), 2);
    problems
}
