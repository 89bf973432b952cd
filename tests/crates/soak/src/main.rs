//! Counts everything for a long time, and looks whether figures stay exact and memory, threads and
//! files stay as many: `soak --seconds 60`.

mod metrics;
mod resources;
mod scrapes;
mod work;

use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use lexopt::{Arg, ValueExt as _};
use measurand::Registry;

use metrics::Steady;
use resources::Resources;

const HELP: &str = "\
Counts everything for a long time, and says whether figures are exact and nothing leaks.

Usage: soak [--seconds SECONDS]   [default: 1200]
";

/// What all threads share.
struct Soak {
    is_done: AtomicBool,
    /// What went wrong, the first of it first.
    problems: Mutex<Vec<String>>,
}

impl Soak {
    fn is_done(&self) -> bool {
        self.is_done.load(Ordering::Relaxed)
    }

    fn problem(&self, problem: String) {
        let mut problems = self.problems.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        // Enough to see what is wrong.
        if problems.len() < 20 {
            problems.push(problem);
        }
    }

    fn problems(&self) -> Vec<String> {
        self.problems.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).clone()
    }
}

fn main() -> ExitCode {
    let time = match seconds() {
        Ok(Some(seconds)) => Duration::from_secs(seconds),
        Ok(None) => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("soak: {error}");
            return ExitCode::from(2);
        }
    };
    let problems = soak(time);
    if problems.is_empty() {
        println!("soak: everything is exact, and nothing leaks");
        return ExitCode::SUCCESS;
    }
    problems.iter().for_each(|problem| println!("soak: {problem}"));
    ExitCode::FAILURE
}

fn seconds() -> Result<Option<u64>, lexopt::Error> {
    let mut parser = lexopt::Parser::from_env();
    let mut seconds = 1200;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("seconds") => seconds = parser.value()?.parse()?,
            Arg::Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Some(seconds))
}

/// Runs everything for so long, and gives what was wrong.
fn soak(time: Duration) -> Vec<String> {
    let soak = &Soak { is_done: AtomicBool::new(false), problems: Mutex::new(Vec::new()) };
    let registry = Registry::global();
    let steady = &match Steady::new(registry) {
        Ok(steady) => steady,
        Err(error) => return vec![error],
    };
    let server = measurand::actix::Server::bind("127.0.0.1:0");
    let address = match server.map_err(std::io::Error::from).and_then(|server| {
        let address = server.local_addr();
        server.spawn().map(|_| address)
    }) {
        Ok(address) => address,
        Err(error) => return vec![format!("no listener: {error}")],
    };
    let counted = thread::scope(|scope| {
        let updaters: Vec<_> = (0..work::UPDATERS)
            .map(|seed| scope.spawn(move || work::update(soak, steady, seed)))
            .collect();
        let short_lived = scope.spawn(move || work::come_and_go(soak, steady));
        scope.spawn(move || work::churn_series(soak));
        scope.spawn(move || work::churn_instances(soak, registry));
        scope.spawn(move || work::churn_families(soak, registry));
        scope.spawn(move || scrapes::by_text(soak, registry));
        scope.spawn(move || scrapes::over_http(soak, address));
        scope.spawn(move || scrapes::hit_and_run(soak, address));
        watch(soak, steady, time);
        soak.is_done.store(true, Ordering::Relaxed);
        let mut sum = Some(work::Counted::default());
        for worker in updaters.into_iter().chain([short_lived]) {
            sum = sum.zip(worker.join().ok()).map(|(sum, counted)| sum.plus(&counted));
        }
        sum
    });
    match counted {
        Some(counted) => work::compare(soak, registry, &counted),
        None => soak.problem("a thread panicked".to_owned()),
    }
    soak.problems()
}

/// Looks at the process now and then, and at the end whether it has more of anything than it had
/// when it was warm.
fn watch(soak: &Soak, steady: &Steady, time: Duration) {
    let start = Instant::now();
    let mut seen = Vec::new();
    let mut told = start;
    while start.elapsed() < time && soak.problems().is_empty() {
        thread::sleep(Duration::from_millis(200).min(time / 100));
        let resources = Resources::now();
        if told.elapsed() >= Duration::from_secs(10).min(time / 6) {
            told = Instant::now();
            let updates = steady.updates();
            println!("soak: {:>5} s, {updates} updates, {resources}", start.elapsed().as_secs());
        }
        seen.push(resources);
    }
    if soak.problems().is_empty() {
        resources::compare(&seen).into_iter().for_each(|problem| soak.problem(problem));
    }
}
