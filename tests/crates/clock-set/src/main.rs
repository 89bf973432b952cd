//! Makes series while somebody sets the clock of the machine: `clock-set FILE`, under `faketime`, which
//! reads from that file how far the clock is off.
//!
//! It prints what the clock says and since when the newest series counts, in seconds, after each setting.

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use std::{env, fs, thread};

use measurand::registry::{Flow, Labels, Point, Sink};
use measurand::{Counter, Descriptor, Family, LabelSet, Metrics, Registry, Summary};

#[derive(LabelSet)]
struct Round {
    round: u32,
}

/// What is made.
#[derive(Metrics)]
#[metrics(namespace = "clock_set", global = METRICS)]
struct ClockMetrics {
    /// Rounds.
    #[metric(max_series = 10, expire_after = Duration::from_secs(3_600))]
    rounds_total: Family<Round, Counter>,
    /// Sizes.
    #[metric(quantiles = [(0.5, 0.05)])]
    size: Summary,
}

/// Since when the series of a round counts.
struct Created(u32, Option<SystemTime>);

impl Sink for Created {
    fn family(&mut self, family: &Descriptor) -> Flow {
        match family.name() {
            "clock_set_rounds_total" => Flow::Continue,
            _ => Flow::Skip,
        }
    }

    fn point(&mut self, _: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
        if labels.get("round") == Some(&*self.0.to_string()) {
            self.1 = point.created;
        }
        Flow::Continue
    }
}

fn seconds(time: SystemTime) -> f64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => since.as_secs_f64(),
        Err(before) => -before.duration().as_secs_f64(),
    }
}

fn main() {
    let file = env::args().nth(1).expect("the file that says how far the clock is off");
    for (round, setting) in (0..).zip(["+0", "-10d", "+10d", "+0"]) {
        fs::write(&file, setting).expect("a file that can be written");
        thread::sleep(Duration::from_millis(20));
        METRICS.rounds_total.with(Round { round }).inc();
        METRICS.size.observe(u64::from(round));
        let mut created = Created(round, None);
        Registry::global().gather(&mut created);
        let created = created.1.expect("the series is there");
        println!("{} {}", seconds(SystemTime::now()), seconds(created));
    }
    // Neither has expired, nor is anything too old for the quantiles.
    let mut text = String::new();
    Registry::global().encode_text(&mut text);
    let rounds = text.lines().filter(|line| line.starts_with("clock_set_rounds_total{")).count();
    let median = METRICS.size.snapshot().quantiles().next().map(|(_, median)| median);
    println!("{rounds} {}", median.unwrap_or(f64::NAN));
}
