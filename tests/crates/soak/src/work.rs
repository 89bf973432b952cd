//! Updates, and what comes and goes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::thread;
use std::time::Duration;

use measurand::runtime::FamilyOptions;
use measurand::{Counter, Registry};
use measurand_tests::{Page, Random};

use crate::Soak;
use crate::metrics::{CHURN, Fleeting, Parts, STATICS, Shop, Steady, Tender, site};

pub(crate) const UPDATERS: u64 = 4;

/// How many values the open label of what stays has.
const SHOPS: usize = 150;

/// What was counted, to be held against the page.
#[derive(Clone, Default)]
pub(crate) struct Counted {
    rounds: u64,
    cash: u64,
    failed: u64,
    by_shop: BTreeMap<usize, u64>,
}

impl Counted {
    pub(crate) fn plus(mut self, other: &Counted) -> Counted {
        self.rounds += other.rounds;
        self.cash += other.cash;
        self.failed += other.failed;
        for (shop, count) in &other.by_shop {
            *self.by_shop.entry(*shop).or_default() += count;
        }
        self
    }

    /// One update of everything that stays.
    fn update(&mut self, steady: &Steady, random: &mut Random) {
        let number = random.below(SHOPS);
        let shop = format!("shop {number}");
        let is_cash = random.below(2) == 0;
        let tender = if is_cash { Tender::Cash } else { Tender::Card };
        for parts in [&STATICS.parts, &steady.instance.parts] {
            update_parts(parts, tender, Shop { shop: &shop });
        }
        steady.late.with([if is_cash { "cash" } else { "card" }]).inc();
        self.failed += u64::from(site(self.rounds).is_err());
        self.rounds += 1;
        self.cash += u64::from(is_cash);
        *self.by_shop.entry(number).or_default() += 1;
    }
}

fn update_parts(parts: &Parts, tender: Tender, shop: Shop<'_>) {
    let _running = parts.running.start();
    let _open = parts.open_running.with(shop).start();
    let call = parts.open.with(shop).start();
    parts.things_total.inc();
    parts.spent_joules_total.inc_by(0.5);
    parts.level.set(3.0);
    parts.ones.observe(1);
    parts.closed_total.with(tender).inc();
    parts.closed_ones.with(tender).observe(1);
    parts.open_total.with(shop).inc();
    parts.open_ones.with(shop).observe(1);
    parts.few_total.with(shop).inc();
    call.end(measurand::calls::Outcome::Ok);
}

/// Updates until the end.
pub(crate) fn update(soak: &Soak, steady: &Steady, seed: u64) -> Counted {
    let mut random = Random(0x9e37_79b9 + seed);
    let mut counted = Counted::default();
    while !soak.is_done() {
        for _ in 0..500 {
            counted.update(steady, &mut random);
        }
        // The others are to come to their turn on few processors too.
        thread::yield_now();
    }
    counted
}

/// Threads that count a little and end, more of them at a time than there are slabs.
pub(crate) fn come_and_go(soak: &Soak, steady: &Steady) -> Counted {
    let mut all = Counted::default();
    let mut seed = 1_000_u64;
    while !soak.is_done() {
        let crowd: u64 = if seed.is_multiple_of(10) { 120 } else { 8 };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..crowd)
                .map(|thread| {
                    scope.spawn(move || {
                        let mut random = Random(seed * 1_000 + thread);
                        let mut counted = Counted::default();
                        (0..20).for_each(|_| counted.update(steady, &mut random));
                        counted
                    })
                })
                .collect();
            for thread in threads {
                match thread.join() {
                    Ok(counted) => all = std::mem::take(&mut all).plus(&counted),
                    Err(_) => soak.problem("a thread that came and went panicked".to_owned()),
                }
            }
        });
        seed += 1;
        thread::sleep(Duration::from_millis(5));
    }
    all
}

/// Series that come, go and expire.
pub(crate) fn churn_series(soak: &Soak) {
    let mut random = Random(0x51ed_270b);
    let mut name = String::new();
    while !soak.is_done() {
        for _ in 0..200 {
            name.clear();
            write!(name, "{}", random.below(100_000)).expect("a string takes all");
            let shop = Shop { shop: &name };
            CHURN.removed_total.with(shop).inc();
            CHURN.removed_ones.with(shop).observe(1);
            CHURN.expired_total.with(shop).inc();
            CHURN.removed.with(shop).start().end(measurand::calls::Outcome::Ok);
            CHURN.cleared_total.with(Tender::Cash).inc();
            match random.below(10) {
                0..4 => {
                    CHURN.removed_total.remove(shop);
                    CHURN.removed_ones.remove(shop);
                    CHURN.removed.remove(shop);
                }
                4 => _ = CHURN.cleared_total.remove(Tender::Cash),
                _ => {}
            }
        }
        if random.below(20) == 0 {
            CHURN.removed_total.clear();
            CHURN.removed_ones.clear();
            CHURN.removed.remove_where(|_| true);
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Instances that come and go, with a few alive at each time.
pub(crate) fn churn_instances(soak: &Soak, registry: &Registry) {
    let mut random = Random(0x2545_f491);
    let mut living = Vec::new();
    let mut next = 0_u64;
    while !soak.is_done() {
        for _ in 0..10 {
            match Fleeting::register(registry, &format!("n{next}")) {
                Ok(fleeting) => {
                    fleeting.things_total.inc();
                    fleeting.ones.observe(1);
                    let shop = random.below(50).to_string();
                    fleeting.visits_total.with(Shop { shop: &shop }).inc();
                    living.push(fleeting);
                }
                Err(error) => soak.problem(format!("instance {next}: {error}")),
            }
            next += 1;
            if living.len() > 30 {
                drop(living.swap_remove(random.below(30)));
            }
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Families that come and go, of few names, since names are kept.
pub(crate) fn churn_families(soak: &Soak, registry: &Registry) {
    let mut random = Random(0x6c07_8965);
    while !soak.is_done() {
        let name = format!("soak_fleeting_{}_total", random.below(40));
        let options = FamilyOptions::new(name, "Comes and goes.").max_series(100);
        match options.register::<Counter, 1>(registry, ["shop"]) {
            Ok(family) => {
                let series = random.below(50);
                (0..series).for_each(|shop| family.with([&shop.to_string()]).inc());
            }
            Err(error) => soak.problem(format!("a family: {error}")),
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Holds the page against what was counted.
pub(crate) fn compare(soak: &Soak, registry: &Registry, counted: &Counted) {
    let mut text = Vec::new();
    registry.encode_text_bytes(&mut text);
    let page = match Page::parse(&text) {
        Ok(page) => page,
        Err(error) => return soak.problem(error),
    };
    let Counted { rounds, cash, failed, ref by_shop } = *counted;
    let check = |name: &str, expected: u64| {
        let found = page.get(name);
        if found != Some(expected as f64) {
            soak.problem(format!("{name} is {found:?}, and {expected} were counted"));
        }
    };
    let check_sum = |start: &str, expected: u64| {
        let found = page.sum(start);
        if found != expected as f64 {
            soak.problem(format!("{start}… is {found}, and {expected} were counted"));
        }
    };
    for (namespace, own, first) in
        [("soak", "", "{"), ("soak_instance", "{name=\"steady\"}", "{name=\"steady\",")]
    {
        check(&format!("{namespace}_things_total{own}"), rounds);
        check(&format!("{namespace}_ones_count{own}"), rounds);
        check(&format!("{namespace}_ones_sum{own}"), rounds);
        check(&format!("{namespace}_running{own}"), 0);
        check(&format!("{namespace}_level{own}"), 3);
        check(&format!("{namespace}_closed_total{first}tender=\"cash\"}}"), cash);
        check(&format!("{namespace}_closed_total{first}tender=\"card\"}}"), rounds - cash);
        check(&format!("{namespace}_closed_ones_count{first}tender=\"cash\"}}"), cash);
        check_sum(&format!("{namespace}_few_total{{"), rounds);
        check_sum(&format!("{namespace}_open_running{{"), 0);
        check_sum(&format!("{namespace}_open_in_progress{{"), 0);
        for (shop, count) in by_shop {
            let labels = format!("{first}shop=\"shop {shop}\"");
            check(&format!("{namespace}_open_total{labels}}}"), *count);
            check(&format!("{namespace}_open_ones_sum{labels}}}"), *count);
            check(&format!("{namespace}_open_calls_total{labels},outcome=\"ok\"}}"), *count);
            check(&format!("{namespace}_open_duration_seconds_count{labels}}}"), *count);
        }
        // Halves are added exactly.
        let spent = page.get(&format!("{namespace}_spent_joules_total{own}"));
        if spent != Some(rounds as f64 * 0.5) {
            soak.problem(format!("{namespace}_spent_joules_total is {spent:?} after {rounds}"));
        }
    }
    check("soak_late_total{shop=\"cash\"}", cash);
    check("soak_late_total{shop=\"card\"}", rounds - cash);
    let site = "function_calls_total{function=\"site\",module=\"soak::metrics\",outcome=";
    check(&format!("{site}\"error\"}}"), failed);
    check(&format!("{site}\"ok\"}}"), rounds - failed);
    for fleeting in ["soak_fleeting_things_total{", "soak_fleeting_ones_count{"] {
        if page.starting(fleeting).count() > 0 {
            soak.problem(format!("{fleeting}…}} is still there"));
        }
    }
}
