//! The threads of the process, and metrics of Tokio's runtime.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use procfs::process::Process;
use procfs::{ProcError, ticks_per_second};

/// Lists the threads, one line for all of the same name, or for each.
pub(super) fn list(is_each: bool) -> Result<String, ProcError> {
    let mut threads = Vec::new();
    for task in Process::myself()?.tasks()? {
        // A thread may have ended meanwhile.
        let Ok((id, stat)) = task.and_then(|task| Ok((task.tid, task.stat()?))) else { continue };
        let time = (stat.utime + stat.stime) as f64 / ticks_per_second() as f64;
        threads.push((stat.comm, id, stat.state, time));
    }
    threads.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut list = format!("threads: {}\n", threads.len());
    // Writing to a `String` cannot fail.
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        let metrics = runtime.metrics();
        let _ = writeln!(
            list,
            "tokio: {} workers, {} tasks alive, {} in the global queue",
            metrics.num_workers(),
            metrics.num_alive_tasks(),
            metrics.global_queue_depth()
        );
    }
    if is_each {
        let _ = writeln!(list, "\n{:>10} {:>5} {:>12}  name", "id", "state", "cpu seconds");
        for (name, id, state, time) in threads {
            let _ = writeln!(list, "{id:>10} {state:>5} {time:>12.2}  {name}");
        }
        return Ok(list);
    }
    let mut names: BTreeMap<String, (usize, BTreeMap<char, usize>, f64)> = BTreeMap::new();
    for (name, _, state, time) in threads {
        let (count, states, all) = names.entry(name).or_default();
        *count += 1;
        *states.entry(state).or_default() += 1;
        *all += time;
    }
    let _ = writeln!(list, "\n{:>5} {:>12} {:>12}  name", "count", "states", "cpu seconds");
    for (name, (count, states, time)) in names {
        let states: Vec<_> =
            states.iter().map(|(state, count)| format!("{count}{state}")).collect();
        let _ = writeln!(list, "{count:>5} {:>12} {time:>12.2}  {name}", states.join(" "));
    }
    Ok(list)
}
