//! Readings beside series that are removed: none is of a moment that never was.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use measurand::calls::Outcome;
use measurand::family::Labels;
use measurand::unit::Joules;
use measurand::{
    Calls, Counter, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue, Metrics, Registry,
};
use measurand_tests::{Page, Random, usually_or_long};

#[derive(LabelValue, Clone, Copy)]
enum Tender {
    Cash,
    Card,
}

#[derive(LabelSet, Clone, Copy)]
struct Sale<'a> {
    tender: Tender,
    shop: &'a str,
}

/// Every kind of family.
#[derive(Metrics)]
#[metrics(group)]
struct Parts {
    /// Things, by closed labels.
    closed_total: Family<Tender, Counter>,
    /// Energy, by closed labels.
    closed_joules_total: Family<Tender, Counter<Joules>>,
    /// A level, by closed labels.
    closed_level: Family<Tender, Gauge>,
    /// Running now, by closed labels.
    closed_running: Family<Tender, InProgress>,
    /// Ones, by closed labels.
    #[metric(buckets = [1, 10])]
    closed_ones: Family<Tender, Histogram>,
    /// Calls, by closed labels.
    closed: Calls<Tender>,
    /// Things, by open labels.
    #[metric(max_series = 3)]
    open_total: Family<Sale<'static>, Counter>,
    /// Energy, by open labels.
    #[metric(max_series = 3)]
    open_joules_total: Family<Sale<'static>, Counter<Joules>>,
    /// A level, by open labels.
    #[metric(max_series = 3)]
    open_level: Family<Sale<'static>, Gauge>,
    /// Running now, by open labels.
    #[metric(max_series = 3)]
    open_running: Family<Sale<'static>, InProgress>,
    /// Ones, by open labels.
    #[metric(max_series = 3, buckets = [1, 10])]
    open_ones: Family<Sale<'static>, Histogram>,
    /// Calls, by open labels.
    #[metric(max_series = 3)]
    open: Calls<Sale<'static>>,
}

/// With cells in slabs where that is possible.
#[derive(Metrics)]
#[metrics(namespace = "static_readings", local)]
struct StaticReadings {
    #[metric(flatten)]
    parts: Parts,
}

/// With cells of its own.
#[derive(Metrics)]
#[metrics(namespace = "instance_readings", instance(name: &str))]
struct InstanceReadings {
    #[metric(flatten)]
    parts: Parts,
}

/// More shops than there may be series, so that some updates go to `__other__`.
const SHOPS: [&str; 4] = ["north", "south", "east", "west"];

/// What runs is a difference of two numbers that are read one after the other, so where it never
/// stands still the figure is near what runs; a difference that went below 0 is near 2^64.
const NEARLY_NONE: f64 = 100.0;

/// A call or an observation of calls takes no longer, so a sum of more was put together wrongly.
const LONG_CALL_SECONDS: f64 = 60.0;

fn labels(random: &mut Random) -> (Tender, Sale<'static>) {
    let tender = [Tender::Cash, Tender::Card][random.below(2)];
    (tender, Sale { tender, shop: SHOPS[random.below(SHOPS.len())] })
}

/// One update of everything.
fn update(parts: &Parts, random: &mut Random) {
    let (tender, sale) = labels(random);
    let level = (random.below(3) + 1) as f64;
    let _closed = parts.closed_running.with(tender).start();
    let _open = parts.open_running.with(sale).start();
    let closed_call = parts.closed.with(tender).start();
    let open_call = parts.open.with(sale).start();
    parts.closed_total.with(tender).inc();
    parts.closed_joules_total.with(tender).inc_by(1.0);
    parts.closed_level.with(tender).set(level);
    parts.closed_ones.with(tender).observe(1);
    parts.open_total.with(sale).inc();
    parts.open_joules_total.with(sale).inc_by(1.0);
    parts.open_level.with(sale).set(level);
    parts.open_ones.with(sale).observe(1);
    closed_call.end(Outcome::Ok);
    open_call.end(Outcome::Error);
}

/// Removes series of every family, in every way there is.
fn remove(parts: &Parts, remove_of_shop: RemoveOfShop<'_>, random: &mut Random) {
    let (tender, sale) = labels(random);
    match random.below(4) {
        0 => {
            parts.closed_total.remove(tender);
            parts.closed_joules_total.remove(tender);
            parts.closed_level.remove(tender);
            parts.closed_running.remove(tender);
            parts.closed_ones.remove(tender);
            parts.closed.remove(tender);
        }
        1 => {
            parts.open_total.remove(sale);
            parts.open_joules_total.remove(sale);
            parts.open_level.remove(sale);
            parts.open_running.remove(sale);
            parts.open_ones.remove(sale);
            parts.open.remove(sale);
        }
        2 => {
            parts.closed_total.clear();
            parts.closed_ones.clear();
            parts.closed.clear();
            parts.open_total.clear();
            parts.open_ones.clear();
            parts.open.clear();
        }
        _ => remove_of_shop(sale.shop),
    }
}

/// Removes a shop's series from all families of a struct, and the closed ones with them.
type RemoveOfShop<'a> = &'a (dyn Fn(&str) + Sync);

fn is_of_shop(labels: &Labels<'_>, shop: &str) -> bool {
    labels.get("shop").is_none_or(|other| other == shop)
}

/// What was found that cannot be true.
type Checked = Result<(), String>;

/// Checks readings against what may be true.
struct Bounds<'a> {
    /// How many updates were begun. It is read after a reading, so it never lacks one of those.
    begun: &'a AtomicU64,
}

impl Bounds<'_> {
    fn count(&self, what: &str, value: f64) -> Checked {
        let begun = self.begun.load(Ordering::Acquire);
        let is_true = value >= 0.0 && value <= begun as f64;
        if is_true { Ok(()) } else { Err(format!("{what} of {value}, of {begun} updates")) }
    }

    fn running(&self, what: &str, value: f64) -> Checked {
        let is_true = (0.0..=NEARLY_NONE).contains(&value);
        if is_true { Ok(()) } else { Err(format!("{what} of {value}")) }
    }

    fn level(&self, what: &str, value: f64) -> Checked {
        let is_true = [0.0, 1.0, 2.0, 3.0].contains(&value);
        if is_true { Ok(()) } else { Err(format!("{what} of {value}")) }
    }

    fn ones(&self, what: &str, count: u64, sum: u128) -> Checked {
        if u128::from(count) != sum {
            return Err(format!("{what} of {count}, with a sum of {sum}"));
        }
        self.count(what, count as f64)
    }

    fn seconds(&self, what: &str, count: f64, sum: Duration) -> Checked {
        let sum = sum.as_secs_f64();
        if !(0.0..=count * LONG_CALL_SECONDS).contains(&sum) {
            return Err(format!("{what} of {count}, with {sum} s"));
        }
        self.count(what, count)
    }
}

/// Reads one family.
fn read(parts: &Parts, bounds: &Bounds<'_>, random: &mut Random) -> Checked {
    let (tender, sale) = labels(random);
    match random.below(14) {
        0 => bounds.count("closed counter", parts.closed_total.with(tender).get() as f64),
        1 => bounds.count("closed float", parts.closed_joules_total.with(tender).get()),
        2 => bounds.level("closed gauge", parts.closed_level.with(tender).get()),
        3 => bounds.running("closed running", parts.closed_running.with(tender).get() as f64),
        4 => {
            let ones = parts.closed_ones.with(tender).snapshot();
            bounds.ones("closed histogram", ones.count(), ones.sum())
        }
        5 => bounds.count("closed calls", parts.closed.with(tender).count(Outcome::Ok) as f64),
        6 => {
            let running = parts.closed.with(tender).in_progress();
            bounds.running("closed calls running", running as f64)
        }
        7 => {
            let calls = parts.closed.with(tender).durations();
            bounds.seconds("closed durations", calls.count() as f64, calls.sum())
        }
        8 => bounds.count("open counter", parts.open_total.with(sale).get() as f64),
        9 => bounds.count("open float", parts.open_joules_total.with(sale).keep().get()),
        10 => bounds.level("open gauge", parts.open_level.with(sale).get()),
        11 => bounds.running("open running", parts.open_running.with(sale).get() as f64),
        12 => {
            let ones = parts.open_ones.with(sale).snapshot();
            bounds.ones("open histogram", ones.count(), ones.sum())
        }
        _ => {
            let series = parts.open.with(sale);
            let calls = series.durations();
            bounds.running("open calls running", series.in_progress() as f64)?;
            bounds.count("open calls", series.count(Outcome::Error) as f64)?;
            bounds.seconds("open durations", calls.count() as f64, calls.sum())
        }
    }
}

/// Reads everything by a page.
fn read_page(registry: &Registry, start: &str, bounds: &Bounds<'_>, text: &mut Vec<u8>) -> Checked {
    text.clear();
    registry.encode_text_bytes(text);
    let page = Page::parse(text)?;
    if let Some(torn) = page.torn() {
        return Err(format!("a page with {torn}"));
    }
    for (name, value) in page.starting(start) {
        let family = name.split(['{', ' ']).next().unwrap_or(name);
        let kind = &family[start.len()..];
        match kind {
            "closed_level" | "open_level" => bounds.level(name, value)?,
            "closed_running" | "open_running" | "closed_in_progress" | "open_in_progress" => {
                bounds.running(name, value)?;
            }
            "closed_duration_seconds_sum" | "open_duration_seconds_sum" => {
                let count = page.get(&name.replacen("_sum", "_count", 1)).unwrap_or(-1.0);
                let sum = Duration::try_from_secs_f64(value)
                    .map_err(|error| format!("{name}: {error}"))?;
                bounds.seconds(name, count, sum)?;
            }
            _ => bounds.count(name, value)?,
        }
    }
    Ok(())
}

/// Some threads update, some remove, some read by labels and one reads pages.
fn read_beside_removals(
    (parts, remove_of_shop): (&Parts, RemoveOfShop<'_>),
    registry: &Registry,
    start: &str,
) {
    const WRITERS: usize = 2;
    const READERS: usize = 2;
    /// Updates are counted before they are made, so many at a time.
    const BLOCK: u64 = 16;
    let readings = usually_or_long(150_000, 10_000_000) / READERS;
    let (begun, is_done) = (AtomicU64::new(0), AtomicBool::new(false));
    let bounds = &Bounds { begun: &begun };
    let is_done = &is_done;
    let found: Checked = thread::scope(|scope| {
        for writer in 0..WRITERS {
            let begun = &begun;
            scope.spawn(move || {
                let mut random = Random(0x9e37_79b9 + writer as u64);
                while !is_done.load(Ordering::Relaxed) {
                    begun.fetch_add(BLOCK, Ordering::AcqRel);
                    (0..BLOCK).for_each(|_| update(parts, &mut random));
                }
            });
        }
        scope.spawn(move || {
            let mut random = Random(7);
            while !is_done.load(Ordering::Relaxed) {
                remove(parts, remove_of_shop, &mut random);
            }
        });
        let pages = scope.spawn(move || {
            let mut text = Vec::new();
            let mut checked = Ok(());
            while checked.is_ok() && !is_done.load(Ordering::Relaxed) {
                checked = read_page(registry, start, bounds, &mut text);
            }
            // The first finding ends everything.
            is_done.store(true, Ordering::Relaxed);
            checked
        });
        let readers: Vec<_> = (0..READERS)
            .map(|reader| {
                scope.spawn(move || {
                    let mut random = Random(0x5851_f42d + reader as u64);
                    (0..readings)
                        .take_while(|_| !is_done.load(Ordering::Relaxed))
                        .try_for_each(|_| read(parts, bounds, &mut random))
                        .inspect_err(|_| is_done.store(true, Ordering::Relaxed))
                })
            })
            .collect();
        let readings: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
        is_done.store(true, Ordering::Relaxed);
        readings.into_iter().chain([pages.join().unwrap()]).collect()
    });
    assert_eq!(found, Ok(()));
}

#[test]
fn no_reading_of_a_static_struct_beside_removals_is_of_what_never_was() {
    let registry = Registry::new();
    StaticReadings::register(&registry).unwrap();
    let metrics = StaticReadings::global();
    let remove_of_shop = |shop: &str| {
        metrics.remove_where(|labels| is_of_shop(labels, shop));
    };
    read_beside_removals((&metrics.parts, &remove_of_shop), &registry, "static_readings_");
}

#[test]
fn no_reading_of_an_instance_beside_removals_is_of_what_never_was() {
    let registry = Registry::new();
    let instance = InstanceReadings::register(&registry, "a").unwrap();
    let remove_of_shop = |shop: &str| {
        instance.remove_where(|labels| is_of_shop(labels, shop));
    };
    read_beside_removals((&instance.parts, &remove_of_shop), &registry, "instance_readings_");
}
