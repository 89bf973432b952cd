//! Reading this process on macOS, Windows and others.

use std::time::Duration;

use sysinfo::{ProcessRefreshKind, ProcessesToUpdate, System, get_current_pid};

use super::ProcessFigures;

pub(super) fn figures() -> ProcessFigures {
    let Ok(id) = get_current_pid() else { return ProcessFigures::default() };
    let mut system = System::new();
    let kinds = ProcessRefreshKind::nothing().with_memory().with_cpu();
    system.refresh_processes_specifics(ProcessesToUpdate::Some(&[id]), false, kinds);
    let Some(process) = system.process(id) else { return ProcessFigures::default() };
    let is_known = |figure: &u64| *figure > 0;
    ProcessFigures {
        cpu: Some(Duration::from_millis(process.accumulated_cpu_time())),
        open_fds: process.open_files().map(|files| files as u64),
        max_fds: process.open_files_limit().map(|limit| limit as f64),
        virtual_memory: Some(process.virtual_memory()).filter(is_known),
        resident_memory: Some(process.memory()).filter(is_known),
        started: Some(process.start_time()).filter(is_known).map(Duration::from_secs),
        ..ProcessFigures::default()
    }
}

/// Compares both implementations, where both are available.
#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::path::Path;

    use super::super::linux;
    use super::*;

    #[test]
    fn it_is_told_as_linux_tells_it() {
        let (found, known) = (figures(), linux::figures(Path::new("/proc/self")));
        let is_near = |a: f64, b: f64| (a - b).abs() <= 0.2 * a.max(b);
        let near = |a: Option<u64>, b: Option<u64>| is_near(a.unwrap() as f64, b.unwrap() as f64);
        assert!(near(found.resident_memory, known.resident_memory), "{found:?}\n{known:?}");
        assert!(near(found.virtual_memory, known.virtual_memory), "{found:?}\n{known:?}");
        assert!(found.open_fds.unwrap().abs_diff(known.open_fds.unwrap()) < 20);
        assert!(is_near(found.max_fds.unwrap(), known.max_fds.unwrap()), "{found:?}\n{known:?}");
        assert!(found.cpu.unwrap().abs_diff(known.cpu.unwrap()) < Duration::from_secs(1));
        let apart = found.started.unwrap().abs_diff(known.started.unwrap());
        assert!(apart < Duration::from_secs(2), "{apart:?}");
    }
}
