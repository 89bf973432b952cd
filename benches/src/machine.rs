//! Where the figures come from.

use std::process::Command;

/// How many threads run at once.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The processor, its cores, the compiler, the day and how busy the machine is.
pub(crate) fn describe() -> String {
    let cores = cores();
    let plural = if cores == 1 { "" } else { "s" };
    let rustc = say("rustc", "--version");
    let date = say("date", "--utc --iso-8601");
    format!("{}, {cores} core{plural}, {rustc}, {date}, load {}", processor(), load())
}

/// How many threads wanted to run in the last minutes, which says how far to trust the figures:
/// beside other work, those of several threads are worth little.
fn load() -> String {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let minutes: Vec<_> = load.split(' ').take(3).collect();
    minutes.join(" / ")
}

fn processor() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    model.map_or("unknown processor".to_owned(), |model| {
        model.trim_start_matches([' ', '\t', ':']).to_owned()
    })
}

fn say(program: &str, arguments: &str) -> String {
    Command::new(program)
        .args(arguments.split(' '))
        // The compiler that the project pins, wherever this was started.
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .map_or(format!("unknown {program}"), |text| text.trim().to_owned())
}
