//! Keeps a processor busy, and writes what a profile says of it: `profiled profile|flamegraph QUERY`.

#[cfg(target_os = "linux")]
fn main() {
    use std::hint::black_box;
    use std::io::Write as _;
    use std::{env, io, thread};

    use measurand::profile::Profiler;

    #[inline(never)]
    fn spin_in_circles() {
        let mut circle = 1;
        loop {
            circle = black_box(a_step(black_box(circle)));
        }
    }

    /// It calls nothing.
    #[inline(never)]
    fn a_step(mut circle: u64) -> u64 {
        let mut step = 0;
        while step < 1_000 {
            circle = (circle ^ step) * 3 % 0xffff_fffb;
            step += 1;
        }
        circle
    }

    thread::Builder::new().name("spinner".to_owned()).spawn(spin_in_circles).unwrap();
    let (path, query) = (env::args().nth(1).unwrap(), env::args().nth(2).unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let answer = runtime.block_on(async { Profiler::new().answer(&path, &query).await });
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    io::stdout().write_all(&answer.body).unwrap();
}

#[cfg(not(target_os = "linux"))]
fn main() {}
