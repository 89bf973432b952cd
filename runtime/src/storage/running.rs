//! How many are in progress, from two counts that only rise.

/// Returns how many have started and not ended. The two counts are read one after the other, and
/// both may move meanwhile, so ends are read before and after: if there were none in between, the
/// difference is exact. Otherwise the estimate with the fewest ends in between is returned.
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

/// How often a moment without an end is tried for.
const TRIES: usize = 16;

/// Returns 0 for a difference that wrapped, because a start was not seen yet.
fn not_negative(running: u64) -> u64 {
    if running > u64::MAX / 2 { 0 } else { running }
}
