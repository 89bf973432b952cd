//! CPU profiles.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use pprof::{ProfilerGuard, ProfilerGuardBuilder, Report};

use super::turn::{ProfileRefused, ProfileTurn, on_a_thread};

/// Sampled stacks, with their counts.
pub(super) struct Stacks {
    /// The stacks, innermost function first, with their counts.
    pub(super) stacks: Vec<(Vec<Frame>, u64)>,
    pub(super) frequency: u32,
    pub(super) start: SystemTime,
    pub(super) duration: Duration,
}

/// A function on a stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Frame {
    pub(super) function: String,
    pub(super) file: String,
    /// The line, or 0 if it is unknown.
    pub(super) line: u32,
}

/// Takes a profile for `time`, and encodes it with `write`. Dropping the future stops sampling.
pub(super) async fn profile(
    time: Duration,
    frequency: u32,
    write: fn(&Stacks) -> Vec<u8>,
) -> Result<Vec<u8>, ProfileRefused> {
    let turn = ProfileTurn::take()?;
    // Libraries in which a walk is not safe, since they may hold locks that it needs.
    let guard = ProfilerGuardBuilder::default()
        .frequency(i32::try_from(frequency).unwrap_or(i32::MAX))
        .blocklist(&["libc", "libgcc", "pthread", "vdso"])
        .build()
        .map_err(ProfileRefused::failed)?;
    measurand_sampling::include_innermost().map_err(ProfileRefused::failed)?;
    // The fields are dropped in order: sampling stops before another profile can start.
    let sampling = Sampling { guard, turn };
    tokio::time::sleep(time).await;
    // Looking names up in debug information may take seconds.
    on_a_thread(move || {
        let Sampling { guard, turn } = sampling;
        let report = guard.report().build();
        drop(guard);
        drop(turn);
        Ok(write(&stacks(&report.map_err(ProfileRefused::failed)?, frequency)))
    })
    .await
}

struct Sampling {
    guard: ProfilerGuard<'static>,
    turn: ProfileTurn,
}

fn stacks(report: &Report, frequency: u32) -> Stacks {
    let mut stacks: HashMap<Vec<Frame>, u64> = HashMap::new();
    for (frames, count) in &report.data {
        let inlined = frames.frames.iter().flatten();
        let mut stack: Vec<_> = inlined
            .map(|symbol| Frame {
                function: symbol.name(),
                file: symbol.filename().into_owned(),
                line: symbol.lineno(),
            })
            .collect();
        let thread = Frame { function: thread_name(frames), file: String::new(), line: 0 };
        stack.push(thread);
        *stacks.entry(stack).or_default() += u64::try_from(*count).unwrap_or_default();
    }
    let mut stacks: Vec<_> = stacks.into_iter().collect();
    // Sorted, so that the result is deterministic.
    stacks.sort_by(|(a, _), (b, _)| a.iter().rev().map(key).cmp(b.iter().rev().map(key)));
    let timing = &report.timing;
    Stacks { stacks, frequency, start: timing.start_time, duration: timing.duration }
}

fn key(frame: &Frame) -> (&str, u32) {
    (&frame.function, frame.line)
}

/// Returns the name of the outermost frame, which stands for the thread.
fn thread_name(frames: &pprof::Frames) -> String {
    match frames.thread_name.is_empty() {
        true => format!("thread {}", frames.thread_id),
        false => format!("thread {}", frames.thread_name),
    }
}
