//! Holds memory, and writes what a profile of the heap says of it.

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(target_os = "linux")]
fn main() {
    use std::hint::black_box;
    use std::io::{self, Write as _};

    use measurand::profile::Profiler;

    #[inline(never)]
    fn hold_much() -> Vec<Vec<u8>> {
        (0..64).map(|_| vec![1; 1 << 20]).collect()
    }

    let held = black_box(hold_much());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let answer = runtime.block_on(async { Profiler::new().answer("heap", "").await });
    if answer.status != 200 {
        eprint!("{} {}", answer.status, String::from_utf8_lossy(&answer.body));
        std::process::exit(1);
    }
    io::stdout().write_all(&answer.body).unwrap();
    drop(held);
}

#[cfg(not(target_os = "linux"))]
fn main() {}
