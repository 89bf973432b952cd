//! Forks beside threads that update and a thread that scrapes, and has each child say whether it can
//! still scrape, count and register: `forking 100`.
//!
//! It is a program of its own, since a child that comes back into a test harness would run its tests.
//! Each line that it prints is of one child: `whole` and the milliseconds, `wrong` and what, or `hung`.

use std::collections::BTreeSet;
use std::env;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use fork::{ChildEvent, ProcessFork, ProcessId, Signal};
use measurand::registry::{Cached, Collector, Point, Points, RegisterError};
use measurand::runtime::FamilyOptions;
use measurand::{
    Calls, Counter, Descriptor, Family, Gauge, Histogram, InProgress, LabelSet, LabelValue,
    Metrics, NativeHistogram, Registry, StateSet, Summary, WithExemplars, instrument_metrics,
};
use measurand_tests::{Page, Random};

/// A child that took longer did not hang, but it is late.
const IN_TIME: Duration = Duration::from_secs(2);

/// A child that took longer hangs.
const KILLED_AFTER: Duration = Duration::from_secs(10);

/// After so many it is clear that children hang.
const MOST_HUNG: usize = 3;

/// No number here comes near it, and a difference that went below 0 is far above.
const SANE: f64 = 1e12;

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

/// Every kind of metric.
#[derive(Metrics)]
#[metrics(group)]
struct Parts {
    /// Things.
    things_total: Counter,
    /// A level.
    level: Gauge,
    /// Ones.
    #[metric(buckets = [1, 10])]
    ones: Histogram,
    /// Ones, in a native bucket.
    native_ones: NativeHistogram,
    /// Sizes, which make it coarser until it starts anew.
    #[metric(native(schema = 8, max_buckets = 9, min_reset = "1ms"), buckets = [1, 10])]
    native_sizes: NativeHistogram,
    /// Ones of late.
    #[metric(quantiles = [(0.5, 0.05)])]
    late_ones: Summary,
    /// Ones of late, by open labels.
    #[metric(max_series = 300, quantiles = [(0.5, 0.05), (0.99, 0.001)])]
    open_late_ones: Family<Sale<'static>, Summary>,
    /// Ones, with what led to them.
    #[metric(buckets = [1, 10])]
    told_ones: WithExemplars<Histogram>,
    /// How it was paid last.
    last_tender: StateSet<Tender>,
    /// Running now.
    running: InProgress,
    /// Things, by closed labels.
    closed_total: Family<Tender, Counter>,
    /// Ones, by closed labels.
    #[metric(buckets = [1, 10])]
    closed_ones: Family<Tender, Histogram>,
    /// Running now, by closed labels.
    closed_running: Family<Tender, InProgress>,
    /// Things, by open labels.
    #[metric(max_series = 300)]
    open_total: Family<Sale<'static>, Counter>,
    /// Ones, by open labels.
    #[metric(max_series = 300, buckets = [1, 10])]
    open_ones: Family<Sale<'static>, Histogram>,
    /// Running now, by open labels.
    #[metric(max_series = 300)]
    open_running: Family<Sale<'static>, InProgress>,
    /// Series that expire.
    #[metric(max_series = 300, expire_after = Duration::from_millis(5))]
    expiring_total: Family<Sale<'static>, Counter>,
    /// Calls, by closed labels.
    closed: Calls<Tender>,
    /// Calls, by open labels.
    #[metric(max_series = 300)]
    open: Calls<Sale<'static>>,
}

/// With cells in slabs where that is possible.
#[derive(Metrics)]
#[metrics(namespace = "forked", global = STATICS)]
struct Statics {
    #[metric(flatten)]
    parts: Parts,
}

/// With cells of its own.
#[derive(Metrics)]
#[metrics(namespace = "forked_instance", instance(name: &str))]
struct Instance {
    #[metric(flatten)]
    parts: Parts,
}

/// Only in children.
#[derive(Metrics)]
#[metrics(namespace = "forked_child", instance(name: &str))]
struct OfChild {
    /// Things.
    things_total: Counter,
    /// Sales.
    #[metric(max_series = 10)]
    sales_total: Family<Sale<'static>, Counter>,
}

/// Shows one figure, and hangs before where it is told to.
struct Shows {
    figure: Descriptor,
    /// The process in which it hangs.
    hangs_in: Option<u32>,
}

impl Shows {
    fn new(name: &str, hangs_in: Option<u32>) -> Shows {
        let figure = Descriptor::gauge(name, "Of a test.").build();
        Shows { figure: figure.expect("a name that can be"), hangs_in }
    }
}

impl Collector for Shows {
    fn collect(&self, points: &mut Points<'_>) {
        while self.hangs_in == Some(std::process::id()) {
            thread::park();
        }
        points.push(&self.figure, &[], Point::gauge(1));
    }
}

/// Shows which process it is.
struct ShowsProcess(Descriptor);

impl Collector for ShowsProcess {
    fn collect(&self, points: &mut Points<'_>) {
        points.push(&self.0, &[], Point::gauge(std::process::id()));
    }
}

#[instrument_metrics]
fn site(step: usize) -> Result<usize, usize> {
    if step.is_multiple_of(2) { Ok(step) } else { Err(step) }
}

#[instrument_metrics(STATICS.parts.closed, labels(tender = tender))]
fn closed_call(tender: Tender) -> Tender {
    tender
}

#[instrument_metrics(STATICS.parts.open, labels(tender = sale.tender, shop = sale.shop))]
fn open_call(sale: Sale<'_>) -> Option<Tender> {
    Some(sale.tender)
}

/// One update of everything.
fn update(parts: &Parts, random: &mut Random) {
    let tender = [Tender::Cash, Tender::Card][random.below(2)];
    // New series all the time, until the family is cleared.
    let shop = random.below(1_000).to_string();
    let sale = Sale { tender, shop: &shop };
    let _running = parts.running.start();
    let _closed = parts.closed_running.with(tender).start();
    let _open = parts.open_running.with(sale).start();
    parts.things_total.inc();
    parts.level.set(random.below(10) as f64);
    parts.ones.observe(1);
    parts.native_ones.observe(1);
    parts.native_sizes.observe(1 << random.below(20));
    parts.late_ones.observe(1);
    parts.open_late_ones.with(sale).observe(1);
    parts.told_ones.observe_with_exemplar(1, &[("shop", &shop)]);
    parts.last_tender.set(tender);
    parts.closed_total.with(tender).inc();
    parts.closed_ones.with(tender).observe(1);
    parts.open_total.with(sale).inc();
    parts.open_ones.with(sale).observe(1);
    parts.expiring_total.with(sale).inc();
    let _call = parts.open.with(sale).start();
    let _ = site(random.below(2));
    closed_call(tender);
    open_call(sale);
    match random.below(200) {
        0 => parts.open_total.clear(),
        1 => parts.open_ones.clear(),
        2 => parts.open_running.clear(),
        3 => parts.open.clear(),
        4 => parts.closed_total.clear(),
        5 => parts.closed_ones.clear(),
        6..10 => _ = parts.open_total.remove(sale),
        _ => {}
    }
}

/// How long both took the child, or what is wrong in it.
type Report = Result<Duration, String>;

fn page() -> Result<Page, String> {
    let mut text = Vec::new();
    Registry::global().encode_text_bytes(&mut text);
    let page = Page::parse(&text)?;
    if let Some(torn) = page.torn() {
        return Err(format!("torn: {torn}"));
    }
    // A quantile of nothing is none.
    let is_sane = |name: &str, value: f64| {
        (-SANE..=SANE).contains(&value) || value.is_nan() && name.contains("quantile=")
    };
    if let Some((name, value)) = page.iter().find(|(name, value)| !is_sane(name, *value)) {
        return Err(format!("{name} is {value}"));
    }
    Ok(page)
}

/// What a child does: it scrapes, goes on counting from new threads, and scrapes again.
fn be_a_child(families: &BTreeSet<String>, parent: &Instance) -> Report {
    const THREADS: u64 = 3;
    const EACH: u64 = 50;
    let start = Instant::now();
    Registry::global().set_collector_timeout(IN_TIME);
    let before = page()?;
    for shown in ["forked_shown", "forked_shown_by_child"] {
        // What hangs in the parent does not in the child, which has threads of its own.
        if before.get(shown) != Some(1.0) {
            return Err(format!("no {shown} on the page"));
        }
    }
    if let Some(family) = families.iter().find(|family| !before.families().contains(*family)) {
        return Err(format!("no {family} on the page"));
    }

    // It was started by the scrape before.
    while page()?.get("forked_process") != Some(f64::from(std::process::id())) {
        if start.elapsed() > IN_TIME {
            return Err("nothing collects by itself in the child".to_owned());
        }
        thread::yield_now();
    }

    let registry = Registry::global();
    let instance = OfChild::register(registry, "a").map_err(|error| error.to_string())?;
    let options = FamilyOptions::new("forked_child_late_total", "Of a test.").max_series(10);
    let late = options.register::<Counter, 1>(registry, ["thread"]);
    let late = late.map_err(|error| error.to_string())?;
    // What the parent registered through a view is known as such.
    let view = registry.with_prefix("view").and_then(|it| it.with_label("view", "a"));
    let view = view.map_err(|error| error.to_string())?;
    let again = Instance::register(&view, "parent").map(|_| ());
    if !matches!(again, Err(RegisterError::AlreadyRegistered(_))) {
        return Err(format!("what a view has is registered again: {again:?}"));
    }
    // What the parent cleared or filled, this child has to itself.
    STATICS.parts.open_total.clear();
    STATICS.parts.expiring_total.clear();
    thread::scope(|scope| {
        for thread in 0..THREADS {
            let (instance, late) = (&instance, &late);
            scope.spawn(move || {
                let shop = format!("child {thread}");
                let sale = Sale { tender: Tender::Card, shop: &shop };
                for parts in [&STATICS.parts, &parent.parts] {
                    let _running = parts.running.start();
                    for _ in 0..EACH {
                        parts.things_total.inc();
                        parts.ones.observe(1);
                        parts.native_ones.observe(1);
                        parts.native_sizes.observe(1);
                        parts.late_ones.observe(1);
                        parts.told_ones.observe_with_exemplar(1, &[("shop", "child")]);
                        parts.closed_total.with(Tender::Card).inc();
                        parts.closed_ones.with(Tender::Card).observe(1);
                    }
                }
                for step in 0..EACH {
                    STATICS.parts.open_total.with(sale).inc();
                    instance.things_total.inc();
                    instance.sales_total.with(sale).inc();
                    late.with([&shop]).inc();
                    let _ = site(usize::try_from(2 * step).unwrap_or(0));
                }
            });
        }
    });
    let after = page()?;

    let more = (THREADS * EACH) as f64;
    let site = "function_calls_total{function=\"site\",module=\"forking\",outcome=\"ok\"}";
    let statics = [
        "things_total",
        "ones_sum",
        "ones_count",
        "ones_bucket{le=\"1\"}",
        "native_ones_sum",
        "native_ones_count",
        "late_ones_count",
        "late_ones_sum",
        "told_ones_count",
        "closed_total{tender=\"card\"}",
        "closed_ones_count{tender=\"card\"}",
    ];
    let names = statics.map(|name| format!("forked_{name}")).into_iter();
    let instances = [
        "things_total{name=\"parent\"}",
        "ones_count{name=\"parent\"}",
        "native_ones_count{name=\"parent\"}",
        "late_ones_count{name=\"parent\"}",
        "told_ones_count{name=\"parent\"}",
    ];
    let names = names.chain(instances.map(|name| format!("forked_instance_{name}")));
    for name in names.chain([site.to_owned()]) {
        let (now, then) = (after.get(&name), before.get(&name));
        if now.is_none() || now != then.map(|then| then + more) {
            return Err(format!("{name} was {then:?} and is {now:?}, after {more} updates"));
        }
    }
    let fresh = [
        ("forked_open_total{tender=\"card\",shop=\"child ", THREADS, more),
        ("forked_child_things_total{name=\"a\"}", 1, more),
        ("forked_child_sales_total{name=\"a\",tender=\"card\",shop=\"child ", THREADS, more),
        ("forked_child_late_total{thread=\"child ", THREADS, more),
    ];
    for (family, series, sum) in fresh {
        let there = after.starting(family).count();
        if there != series as usize || after.sum(family) != sum {
            return Err(format!("{family} has {there} series of {}", after.sum(family)));
        }
    }
    // What ran in the parent's threads never ends here, but what started here did.
    for name in ["forked_running", "forked_instance_running{name=\"parent\"}"] {
        if after.get(name) != before.get(name) {
            return Err(format!(
                "{name} went from {:?} to {:?}",
                before.get(name),
                after.get(name)
            ));
        }
    }
    drop((instance, late));
    let last = page()?;
    if last.families().iter().any(|family| family.starts_with("forked_child")) {
        return Err("what a child dropped is still there".to_owned());
    }
    Ok(start.elapsed())
}

/// What became of a child.
fn watch(child: ProcessId, answers: std::os::fd::OwnedFd) -> String {
    let deadline = Instant::now() + KILLED_AFTER;
    let event = loop {
        match fork::wait_event_nohang(child) {
            Ok(None) if Instant::now() < deadline => thread::sleep(Duration::from_millis(1)),
            Ok(None) => break None,
            Ok(event) => break event,
            Err(error) => return format!("wrong: {error}"),
        }
    };
    let Some(event) = event else {
        // It fails only for a child that has just ended.
        let _ = fork::signal_process(child, Signal::KILL);
        let _ = fork::wait_event(child);
        return "hung".to_owned();
    };
    let mut answer = String::new();
    // The child has ended, and nobody else has the other end, so this ends too.
    let read = File::from(answers).read_to_string(&mut answer);
    match event {
        ChildEvent::Exited { .. } if read.is_ok() && !answer.is_empty() => answer,
        event => format!("wrong: {event:?} {answer}"),
    }
}

fn main() -> ExitCode {
    let forks: usize = env::args().nth(1).and_then(|forks| forks.parse().ok()).unwrap_or(100);
    let instance = Instance::register(Registry::global(), "parent").expect("the first one");
    let view = Registry::global().with_label("view", "a").and_then(|it| it.with_prefix("view"));
    let view = view.expect("a name and a prefix");
    let _viewed = Instance::register(&view, "parent").expect("the first one of the view");
    let options = FamilyOptions::new("forked_late_total", "Of a test.").max_series(100);
    let late = options.register::<Counter, 1>(Registry::global(), ["a"]).expect("the first one");
    late.with(["x"]).inc();
    let registry = Registry::global();
    registry.set_collector_timeout(Duration::from_millis(20));
    let hangs_in = Some(std::process::id());
    for (name, hangs_in) in [("forked_shown", None), ("forked_shown_by_child", hangs_in)] {
        registry.register_collector(Shows::new(name, hangs_in)).expect("the first one").leak();
    }
    let process = Descriptor::gauge("forked_process", "Of a test.").build();
    let process = ShowsProcess(process.expect("a name that can be"));
    let process = Cached::every(Duration::from_millis(2), process);
    registry.register_collector(process).expect("the first one").leak();
    update(&STATICS.parts, &mut Random(1));
    update(&instance.parts, &mut Random(1));
    let families = match page() {
        Ok(page) => page.families().iter().filter(|name| !is_fleeting(name)).cloned().collect(),
        Err(wrong) => {
            println!("wrong: {wrong}");
            return ExitCode::FAILURE;
        }
    };

    let (is_done, updates) = (&AtomicBool::new(false), &AtomicU64::new(1));
    let (instance, families) = (&*instance, &families);
    thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || {
                let mut random = Random(0x9e37_79b9 + thread);
                let mut own = 0;
                while !is_done.load(Ordering::Relaxed) {
                    update(&STATICS.parts, &mut random);
                    update(&instance.parts, &mut random);
                    own += 1;
                }
                updates.fetch_add(own, Ordering::Relaxed);
            });
        }
        scope.spawn(|| {
            while !is_done.load(Ordering::Relaxed) {
                Registry::global().encode_text(&mut String::new());
            }
        });
        let mut hung = 0;
        for _ in 0..forks {
            let answer = fork_once(families, instance);
            println!("{answer}");
            hung += usize::from(answer == "hung");
            // Nobody need wait for more of them.
            if hung == MOST_HUNG {
                break;
            }
        }
        is_done.store(true, Ordering::Relaxed);
    });

    // The parent has lost nothing by all that.
    let counted = STATICS.parts.things_total.get();
    let expected = updates.load(Ordering::Relaxed);
    if counted != expected || instance.parts.ones.snapshot().count() != expected {
        println!("wrong: the parent counted {counted} of {expected}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Those of which a page has nothing now and then.
fn is_fleeting(family: &str) -> bool {
    let starts =
        ["forked_open", "forked_expiring", "forked_instance_open", "forked_instance_expiring"];
    starts.iter().any(|start| family.starts_with(start)) || family.starts_with("measurand_")
}

fn fork_once(families: &BTreeSet<String>, instance: &Instance) -> String {
    let (answers, answer) = match fork::pipe_cloexec() {
        Ok(pipe) => pipe.into_parts(),
        Err(error) => return format!("wrong: {error}"),
    };
    match fork::fork_process() {
        Ok(ProcessFork::Parent(child)) => {
            drop(answer);
            watch(child, answers)
        }
        Ok(ProcessFork::Child) => {
            // Nothing of the parent's may run here, not even in a panic.
            let report = catch_unwind(AssertUnwindSafe(|| be_a_child(families, instance)));
            let text = match report {
                Ok(Ok(took)) if took <= IN_TIME => format!("whole {}", took.as_millis()),
                Ok(Ok(took)) => format!("late {}", took.as_millis()),
                Ok(Err(wrong)) => format!("wrong: {wrong}"),
                Err(_) => "wrong: it panicked".to_owned(),
            };
            let is_told = File::from(answer).write_all(text.as_bytes()).is_ok();
            std::process::exit(if is_told { 0 } else { 1 })
        }
        Err(error) => format!("wrong: {error}"),
    }
}
