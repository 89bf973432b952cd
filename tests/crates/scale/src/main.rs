//! Does one thing on a large scale and prints its figures, a name and a number on each line:
//! `scale series 1000000`.

use std::env;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use measurand::registry::Registered;
use measurand::runtime::{FamilyOptions, RuntimeFamily};
use measurand::{Counter, Registry};
use measurand_tests::memory;

/// Work that would take far longer than it may is given up.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(25);

type Family = Registered<RuntimeFamily<Counter, 1>>;

fn main() {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [work, count] = &arguments[..] else { panic!("type `scale series 1000000`") };
    let count = count.parse().expect("a number");
    match &**work {
        "families" => families(count),
        "series" => series(count),
        "one-of-many" => one_of_many(count),
        "generous" => generous(count),
        "expiring" => expiring(count),
        _ => panic!("there is no work `{work}`"),
    }
}

fn tell(name: &str, figure: f64) {
    println!("{name} {figure:.6}");
}

fn timed(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

fn options(name: impl Into<String>, max_series: usize) -> FamilyOptions {
    FamilyOptions::new(name, "Of a test.").max_series(max_series)
}

fn register(registry: &Registry, options: FamilyOptions) -> Family {
    options.register(registry, ["value"]).expect("no other of that name")
}

/// Registers families while another thread scrapes.
fn families(count: usize) {
    let registry = &Registry::new();
    let is_done = &AtomicBool::new(false);
    thread::scope(|scope| {
        let scraper = scope.spawn(move || {
            let (mut longest, mut scrapes, mut page) = (0_f64, 0_u64, Vec::new());
            while !is_done.load(Ordering::Relaxed) {
                page.clear();
                longest = longest.max(timed(|| registry.encode_text_bytes(&mut page)));
                scrapes += 1;
            }
            (longest, scrapes)
        });
        let start = Instant::now();
        let mut kept = Vec::with_capacity(count);
        while kept.len() < count && start.elapsed() < GIVEN_UP_AFTER {
            let family = register(registry, options(format!("many_{}_total", kept.len()), 10));
            family.with(["x"]).inc();
            kept.push(family);
        }
        tell("seconds", start.elapsed().as_secs_f64());
        tell("registered", kept.len() as f64);
        is_done.store(true, Ordering::Relaxed);
        let (longest, scrapes) = scraper.join().expect("a scrape does not panic");
        tell("longest_scrape_seconds", longest);
        tell("scrapes", scrapes as f64);
    });
}

/// A value as long as that of a tenant or a path.
fn value(text: &mut String, number: usize) {
    text.clear();
    write!(text, "value-{number:010}").expect("a string takes all");
}

/// Makes so many series.
fn fill(family: &Family, count: usize) {
    let mut text = String::new();
    for number in 0..count {
        value(&mut text, number);
        family.with([&text]).inc();
    }
}

/// Room for a page that is there, so that it does not count as what a scrape takes.
fn room(series: usize) -> Vec<u8> {
    let mut page = vec![1; 256 * series + 4096];
    page.clear();
    page
}

/// The first scrape of many new series, and the next one.
fn series(count: usize) {
    let registry = Registry::new();
    let family = register(&registry, options("many_total", count));
    let mut page = room(count);
    let empty = memory("VmRSS");
    tell("fill_seconds", timed(|| fill(&family, count)));
    let before = memory("VmRSS");
    tell("first_scrape_seconds", timed(|| registry.encode_text_bytes(&mut page)));
    let each = |bytes: u64, since: u64| bytes.saturating_sub(since) as f64 / count as f64;
    tell("bytes_before_scrape_each", each(before, empty));
    tell("bytes_of_scrape_each", each(memory("VmRSS"), before));
    tell("most_bytes_of_scrape_each", each(memory("VmHWM"), before));
    assert_eq!(page.iter().filter(|byte| **byte == b'\n').count(), count + 2);
    page.clear();
    tell("next_scrape_seconds", timed(|| registry.encode_text_bytes(&mut page)));
}

/// The middle one of several times.
fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// A scrape when one series of many came or went, beside one when nothing did.
fn one_of_many(count: usize) {
    let registry = Registry::new();
    let family = register(&registry, options("many_total", count + 1));
    fill(&family, count);
    let mut page = room(count);
    let mut scrape = || {
        page.clear();
        timed(|| registry.encode_text_bytes(&mut page))
    };
    scrape();
    let (mut still, mut changed) = (Vec::new(), Vec::new());
    for _ in 0..21 {
        still.push(scrape());
        family.with(["in between"]).inc();
        changed.push(scrape());
        still.push(scrape());
        family.remove(["in between"]);
        changed.push(scrape());
    }
    let (still, changed) = (median(still), median(changed));
    tell("unchanged_scrape_seconds", still);
    tell("changed_scrape_seconds", changed);
    tell("ratio", changed / still);
}

/// Families that may have very many series, and have one.
fn generous(count: usize) {
    let registry = Registry::new();
    let before = memory("VmRSS");
    let kept: Vec<_> = (0..count)
        .map(|number| {
            let options = options(format!("generous_{number}_total"), 2_000_000);
            let family = register(&registry, options);
            family.with(["x"]).inc();
            family
        })
        .collect();
    tell("bytes", memory("VmRSS").saturating_sub(before) as f64);
    tell("families", kept.len() as f64);
}

/// A scrape of a family whose series expire, beside one whose series stay.
fn expiring(count: usize) {
    let registries = [Registry::new(), Registry::new()];
    let late = options("many_total", count).expire_after(Duration::from_secs(3600));
    let stays = register(&registries[0], options("many_total", count));
    let expires = register(&registries[1], late);
    fill(&stays, count);
    fill(&expires, count);
    let mut page = room(count);
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..12 {
        for (registry, times) in std::iter::zip(&registries, &mut times) {
            page.clear();
            let time = timed(|| registry.encode_text_bytes(&mut page));
            // The first scrapes take the series in.
            if round > 0 {
                times.push(time);
            }
        }
        fill(&stays, count / 2);
        fill(&expires, count / 2);
    }
    let [without, with] = times.map(median);
    tell("scrape_seconds_without", without);
    tell("scrape_seconds_with", with);
    tell("ratio", with / without);
}
