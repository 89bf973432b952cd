//! How many have started and not ended, from two numbers that only rise.

/// How many have started and not ended. The two numbers are read one after the other, and both may
/// move meanwhile. So endings are read before and after: if there were none between, the difference
/// is what ran at that moment. If they never stand still, what is in the middle is nearest where
/// there were fewest.
pub(crate) fn running(started_now: impl Fn() -> u64, ended_now: impl Fn() -> u64) -> u64 {
    let mut ended = ended_now();
    let (mut fewest, mut nearest) = (u64::MAX, 0);
    for _ in 0..TRIES {
        let started = started_now();
        let ended_after = ended_now();
        let meanwhile = ended_after.wrapping_sub(ended);
        if meanwhile < fewest {
            fewest = meanwhile;
            nearest = started.wrapping_sub(ended).wrapping_sub(meanwhile / 2);
        }
        if fewest == 0 {
            break;
        }
        ended = ended_after;
    }
    not_negative(nearest)
}

/// How often a moment without an ending is looked for.
const TRIES: usize = 16;

/// A difference that wrapped is a start that was not seen yet.
fn not_negative(running: u64) -> u64 {
    if running > u64::MAX / 2 { 0 } else { running }
}
