//! Heap profiles, as sampled by jemalloc.

use jemalloc_pprof::PROF_CTL;
use tikv_jemalloc_ctl::profiling;

use super::turn::{ProfileRefused, ProfileTurn, on_a_thread};

/// Returns a profile of the heap by allocation site, for `go tool pprof`, compressed by gzip.
pub(super) async fn profile() -> Result<Vec<u8>, ProfileRefused> {
    // `PROF_CTL` is `None` if jemalloc does not sample, and panics if it cannot.
    let is_sampling = profiling::prof::read().is_ok_and(|is_on| is_on);
    let control = if is_sampling { PROF_CTL.as_ref() } else { None };
    let control = control.ok_or(ProfileRefused::Unavailable(
        "jemalloc does not sample: make it the allocator of the program with the crate `tikv-jemallocator`, and start \
         the program with `_RJEM_MALLOC_CONF=prof:true`",
    ))?;
    let turn = ProfileTurn::take()?;
    on_a_thread(move || {
        let _turn = turn;
        let mut control = control.blocking_lock();
        if !control.activated() {
            return Err(ProfileRefused::Unavailable(
                "jemalloc's sampling is not active: leave out `prof_active:false`",
            ));
        }
        control.dump_pprof().map_err(ProfileRefused::failed)
    })
    .await
}
