//! A batch job that leaves its metrics in a Pushgateway, however it ends.
//!
//! Start a gateway, such as Debian's `prometheus-pushgateway`, and the job:
//!
//! ```text
//! cargo run -p batch -- http://localhost:9091 return
//! curl http://localhost:9091/metrics
//! ```
//!
//! Instead of `return`, let it `fail`, `panic`, or `wait` for a signal: `kill` it by its number.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, process, thread};

use measurand::push::Pushgateway;
use measurand::unit::Seconds;
use measurand::{Counter, Gauge, Histogram, Metrics};

/// What the last run of the job has done.
#[derive(Metrics)]
#[metrics(namespace = "batch", global = METRICS)]
struct BatchMetrics {
    /// Files that were copied.
    copied_files_total: Counter,
    /// Time to copy one file.
    copy_duration_seconds: Histogram<Seconds>,
    /// Whether it has done all.
    succeeded: Gauge,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let url = args.next().unwrap_or_else(|| "http://localhost:9091".to_owned());
    let end = args.next().unwrap_or_else(|| "return".to_owned());

    let gateway = Pushgateway::new(&url, "batch")?.instance("example").only(&METRICS)?;
    // Whatever happens from here on is pushed, once.
    let _push = gateway.push_on_exit().at_sigterm()?;
    copy_files(&end)?;
    METRICS.succeeded.set(1);
    Ok(())
}

fn copy_files(end: &str) -> Result<(), Box<dyn Error>> {
    for _ in 0..3 {
        METRICS.copy_duration_seconds.time(|| thread::sleep(Duration::from_millis(1)));
        METRICS.copied_files_total.inc();
    }
    match end {
        "fail" => Err("the disk is full".into()),
        "panic" => panic!("a bug in the job"),
        "wait" => loop {
            println!("waiting as process {}", process::id());
            thread::sleep(Duration::from_secs(60));
        },
        _ => Ok(()),
    }
}
