//! Several registries as one page.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use allocation_counter::measure;
use measurand::exposition::{encode_text_bytes_of, encode_text_of, try_encode_text_bytes_of};
use measurand::registry::{
    Cached, Collector, Flow, Gather, GatherError, Labels, Point, Points, Problem, Registries,
    Report, Sink,
};
use measurand::unit::Seconds;
use measurand::{Counter, Descriptor, Family, Gauge, Histogram, LabelValue, Metrics, Registry};
use measurand_tests::{Page, samples};

/// A pool of connections.
#[derive(Metrics)]
#[metrics(namespace = "merged_pool", instance(pool: &str))]
struct Pool {
    /// Connections opened.
    opened_total: Counter,
    /// Time to wait.
    #[metric(buckets = [1.0])]
    wait_seconds: Histogram<Seconds>,
    /// Uses by tenant.
    #[metric(max_series = 10)]
    uses_total: Family<Tenant<'static>, Counter>,
}

#[derive(LabelValue)]
struct Tenant<'a>(&'a str);

fn text(gather: &impl Gather) -> String {
    let mut text = String::new();
    encode_text_of(gather, &mut text);
    Page::parse(text.as_bytes()).unwrap();
    text
}

fn report(gather: &impl Gather) -> Report {
    struct Nowhere;
    impl Sink for Nowhere {
        fn family(&mut self, _: &Descriptor) -> Flow {
            Flow::Continue
        }
        fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
            Flow::Continue
        }
    }
    gather.try_gather(&mut Nowhere).unwrap()
}

/// Gives a gauge without labels.
struct Gives(Descriptor, f64);

impl Collector for Gives {
    fn collect(&self, points: &mut Points<'_>) {
        points.push(&self.0, &[], Point::gauge(self.1));
    }
}

fn gives(registry: &Registry, name: &str, help: &str, value: f64) {
    let descriptor = Descriptor::gauge(name, help).build().unwrap();
    registry.register_collector(Gives(descriptor, value)).unwrap().leak();
}

#[test]
fn families_are_merged_by_name_and_series_by_value() {
    let [one, two, none] = [(); 3].map(|()| Registry::new());
    let pools = [(&one, "b"), (&two, "a"), (&two, "c")]
        .map(|(registry, pool)| Pool::register(registry, pool).unwrap());
    for (index, pool) in pools.iter().enumerate() {
        pool.opened_total.inc_by(index as u64);
        pool.wait_seconds.observe(Seconds::from_f64(0.5));
        pool.uses_total.with(Tenant("t")).inc();
    }
    gives(&one, "a_first", "Of one.", 1.0);
    gives(&two, "z_last", "Of two.", 2.0);
    // As if all were in one.
    let whole = Registry::new();
    let wholes = ["a", "b", "c"].map(|pool| Pool::register(&whole, pool).unwrap());
    for (pool, opened) in std::iter::zip(&wholes, [1, 0, 2]) {
        pool.opened_total.inc_by(opened);
        pool.wait_seconds.observe(Seconds::from_f64(0.5));
        pool.uses_total.with(Tenant("t")).inc();
    }
    gives(&whole, "a_first", "Of one.", 1.0);
    gives(&whole, "z_last", "Of two.", 2.0);
    let all: Registries = [one, none, two].into_iter().collect();
    for _ in 0..3 {
        assert_eq!(text(&all), text(&whole));
        assert!(report(&all).is_whole());
    }
    assert_eq!(format!("{all:?}"), "Registries { sources: 3, .. }");
}

#[test]
fn of_equal_series_the_first_stays_and_the_other_is_reported() {
    let [one, two] = [(); 2].map(|()| Registry::new());
    let pools = [&one, &two].map(|registry| Pool::register(registry, "orders").unwrap());
    pools[0].opened_total.inc_by(1);
    pools[1].opened_total.inc_by(2);
    pools[1].uses_total.with(Tenant("t")).inc();
    let all = Registries::new([&one, &two]);
    let page = text(&all);
    assert_eq!(
        samples(&page, "merged_pool_opened"),
        ["merged_pool_opened_total{pool=\"orders\"} 1"]
    );
    assert_eq!(
        samples(&page, "merged_pool_uses"),
        ["merged_pool_uses_total{pool=\"orders\",tenant=\"t\"} 1"]
    );
    let report = report(&all);
    let names = report.problems().map(|problem| match problem {
        Problem::Point(point) => point.metric.as_str(),
        problem => panic!("{problem}"),
    });
    assert_eq!(names.collect::<Vec<_>>(), ["merged_pool_opened_total", "merged_pool_wait_seconds"]);
    let text = report.problems().next().unwrap().to_string();
    assert!(text.contains("there is a series with these labels already"), "{text}");
    // Each alone has no problem.
    one.validate().unwrap();
}

#[test]
fn of_families_that_want_one_name_the_first_stays() {
    let [one, two, three] = [(); 3].map(|()| Registry::new());
    gives(&one, "merged_level", "A level.", 1.0);
    gives(&one, "merged_wait_count", "A count.", 1.0);
    gives(&one, "merged_items", "Items.", 1.0);
    gives(&two, "merged_level", "Another level.", 2.0);
    gives(&two, "merged_fine", "Fine.", 2.0);
    let histogram = measurand::runtime::FamilyOptions::new("merged_wait", "Waits.");
    let histogram = histogram.buckets([1.0]).register_unlabelled::<Histogram>(&two).unwrap();
    histogram.observe(1);
    let items = measurand::runtime::FamilyOptions::new("merged_items_total", "Items.");
    let _items = items.register_unlabelled::<Counter>(&two).unwrap();
    // Other labels, since all of its series have one more.
    three.set_label("shard", "3").unwrap();
    gives(&three, "merged_fine", "Fine.", 3.0);
    let all = Registries::new([one, two, three]);
    let page = text(&all);
    assert_eq!(
        samples(&page, "merged"),
        ["merged_fine 2", "merged_items 1", "merged_level 1", "merged_wait_count 1"]
    );
    let report = report(&all);
    let texts: Vec<_> = report.problems().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 4, "{texts:?}");
    for (text, part) in std::iter::zip(
        &texts,
        ["`merged_items`", "another help text", "`merged_wait_count`", "other label names"],
    ) {
        assert!(text.contains(part) && text.matches("registries.rs:").count() == 2, "{text}");
    }
}

#[test]
fn labels_that_a_registry_gives_to_all_tell_series_apart() {
    let registries = ["7", "8"].map(|shard| {
        let registry = Registry::new();
        registry.set_label("shard", shard).unwrap();
        Pool::register(&registry, "orders").unwrap().leak();
        // A label that a view gives is one that a registry gives.
        registry
    });
    let viewed = Registry::new();
    let view = viewed.with_label("shard", "9").unwrap();
    Pool::register(&view, "orders").unwrap().leak();
    let all = Registries::new(registries.into_iter().chain([viewed]));
    let page = text(&all);
    assert_eq!(
        samples(&page, "merged_pool_opened"),
        ["7", "8", "9"].map(|shard| format!(
            "merged_pool_opened_total{{pool=\"orders\",shard=\"{shard}\"}} 0"
        ))
    );
    assert!(report(&all).is_whole());
}

#[test]
fn what_registries_say_of_themselves_adds_up() {
    struct Panics;
    impl Collector for Panics {
        fn collect(&self, _: &mut Points<'_>) {
            panic!("no figures");
        }
    }
    let registries = [(); 2].map(|()| Registry::new());
    for registry in &registries {
        gives(registry, "merged_bad", "Bad.", 1.0);
        gives(registry, "merged_bad", "Bad, otherwise.", 1.0);
        registry.register_collector(Panics).unwrap().leak();
    }
    let all = Registries::new(registries);
    let page = text(&all);
    assert_eq!(samples(&page, "measurand_conflicts"), ["measurand_conflicts 2"]);
    let panics = samples(&page, "measurand_collector_panics_total");
    assert_eq!(panics.len(), 1, "{page}");
    assert!(panics[0].ends_with(" 2"), "{page}");
    // What each has left out, and the equal series.
    let report = report(&all);
    let count = |is_it: fn(&Problem) -> bool| report.problems().filter(|it| is_it(it)).count();
    assert_eq!(count(|problem| matches!(problem, Problem::Conflict(_))), 2, "{report:?}");
    assert_eq!(count(|problem| matches!(problem, Problem::CollectorPanicked { .. })), 2);
    assert_eq!(count(|problem| matches!(problem, Problem::Point(_))), 1, "{report:?}");
}

#[test]
fn of_the_ages_of_cached_figures_the_greater_one_stays() {
    struct Nothing;
    impl Collector for Nothing {
        fn collect(&self, _: &mut Points<'_>) {}
    }
    let registries = [(); 2].map(|()| {
        let registry = Registry::new();
        let seldom = std::time::Duration::from_secs(3_600);
        registry.register_collector(Cached::every(seldom, Nothing)).unwrap().leak();
        registry
    });
    let age = |gather: &dyn Gather| {
        let page = text(&gather);
        let [line] = samples(&page, "measurand_cached_age_seconds")[..] else { panic!("{page}") };
        line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap()
    };
    std::thread::sleep(std::time::Duration::from_millis(200));
    let before = registries.each_ref().map(|registry| age(registry));
    let both = age(&Registries::new(&registries));
    let after = registries.each_ref().map(|registry| age(registry));
    assert!(before.iter().all(|age| *age <= both), "{before:?} {both}");
    assert!(after.iter().any(|age| both <= *age), "{both} {after:?}");
}

#[test]
fn one_source_is_passed_through() {
    struct Fails;
    impl Gather for Fails {
        fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
            Registry::new().try_gather(sink)
        }
    }
    let registry = Registry::new();
    let _pool = Pool::register(&registry, "orders").unwrap();
    let all = Registries::new([registry.clone()]);
    assert_eq!(text(&all), text(&registry));
    assert!(!text(&all).is_empty());
    assert_eq!(text(&Registries::<Registry>::new([])), "");
    // Of several types.
    let sources: [Box<dyn Gather + Send + Sync>; 2] = [Box::new(Fails), Box::new(registry.clone())];
    assert_eq!(text(&Registries::new(sources)), text(&registry));
    // Also where memory may be short.
    let mut bytes = Vec::new();
    try_encode_text_bytes_of(&all, &mut bytes).unwrap();
    assert_eq!(bytes, text(&registry).as_bytes());
}

#[test]
fn series_of_other_labels_in_a_family_of_a_source_are_left_out() {
    /// Shows the series of several registries as if they were of one family.
    struct Joined(Vec<Registry>);
    struct FamilyOnce<'a>(&'a mut dyn Sink, bool);
    impl Sink for FamilyOnce<'_> {
        fn family(&mut self, family: &Descriptor) -> Flow {
            let is_first = !std::mem::replace(&mut self.1, true);
            if is_first { self.0.family(family) } else { Flow::Continue }
        }
        fn point(&mut self, family: &Descriptor, labels: Labels<'_>, point: &Point<'_>) -> Flow {
            self.0.point(family, labels, point)
        }
    }
    impl Gather for Joined {
        fn try_gather(&self, sink: &mut dyn Sink) -> Result<Report, GatherError> {
            let mut sink = FamilyOnce(sink, false);
            for registry in &self.0 {
                registry.try_gather(&mut sink)?;
            }
            Ok(Report::default())
        }
    }
    let registries = [(); 2].map(|()| Registry::new());
    registries[1].set_label("shard", "7").unwrap();
    registries.iter().for_each(|registry| gives(registry, "merged_joined", "Joined.", 1.0));
    let sources: [Box<dyn Gather>; 2] =
        [Box::new(Joined(registries.to_vec())), Box::new(Registry::new())];
    let all = Registries::new(sources);
    assert_eq!(samples(&text(&all), "merged"), ["merged_joined 1"]);
    let report = report(&all);
    assert!(format!("{report:?}").contains("other label names"), "{report:?}");
}

#[test]
fn a_sink_may_skip_and_stop() {
    /// Notes families, and takes no more than one series of each.
    #[derive(Default)]
    struct Notes(Vec<String>, usize);
    impl Sink for Notes {
        fn family(&mut self, family: &Descriptor) -> Flow {
            self.0.push(family.name().to_owned());
            match family.name() {
                "merged_pool_opened_total" => Flow::Skip,
                "merged_z" => Flow::Stop,
                _ => Flow::Continue,
            }
        }
        fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
            self.1 += 1;
            Flow::Skip
        }
    }
    let registries = ["a", "b"].map(|pool| {
        let registry = Registry::new();
        Pool::register(&registry, pool).unwrap().leak();
        registry
    });
    gives(&registries[0], "merged_z", "Z.", 1.0);
    gives(&registries[1], "merged_zz", "Z.", 1.0);
    let mut notes = Notes::default();
    Registries::new(registries).try_gather(&mut notes).unwrap();
    assert_eq!(notes.0, ["merged_pool_opened_total", "merged_pool_wait_seconds", "merged_z"]);
    assert_eq!(notes.1, 1);
}

#[test]
fn a_page_of_what_stays_allocates_nothing() {
    let registries = ["a", "b"].map(|pool| {
        let registry = Registry::new();
        Pool::register(&registry, pool).unwrap().leak();
        registry.set_label("host", "h").unwrap();
        gives(&registry, &format!("merged_{pool}"), "Of a test.", 1.0);
        registry
    });
    let all = Registries::new(registries);
    let mut bytes = Vec::with_capacity(1 << 16);
    (0..2).for_each(|_| encode_text_bytes_of(&all, &mut bytes));
    let mut gathers = || {
        for _ in 0..10 {
            bytes.clear();
            encode_text_bytes_of(&all, &mut bytes);
        }
    };
    // Where other tests have the threads that are kept, one is made.
    let mut counts = (0..20).map(|_| measure(&mut gathers).count_total);
    assert!(counts.any(|count| count == 0));
}

#[test]
fn threads_may_gather_at_once_and_series_come_and_go() {
    let [one, two] = [(); 2].map(|()| Registry::new());
    let _pool = Pool::register(&one, "fixed").unwrap();
    let all = Registries::new([one, two.clone()]);
    let (rounds, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|threads| {
        for _ in 0..2 {
            threads.spawn(|| {
                while rounds.load(Ordering::Relaxed) < 300 {
                    let page = text(&all);
                    if !page.contains("opened_total{pool=\"fixed\"} 0\n") {
                        wrong.lock().unwrap().push(page);
                    }
                }
            });
        }
        for round in 0..300 {
            let pool = Pool::register(&two, &format!("pool {}", round % 7)).unwrap();
            pool.uses_total.with(Tenant("t")).inc();
            rounds.fetch_add(1, Ordering::Relaxed);
        }
    });
    assert_eq!(*wrong.lock().unwrap(), [""; 0]);
}

#[test]
fn a_gauge_and_a_family_made_at_run_time_are_one_if_they_show_alike() {
    let [one, two] = [(); 2].map(|()| Registry::new());
    gives(&one, "merged_alike", "Alike.", 1.0);
    let gauge = measurand::runtime::FamilyOptions::new("merged_alike", "Alike.");
    let gauge = gauge.register_unlabelled::<Gauge>(&two).unwrap();
    gauge.set(2.0);
    assert_eq!(samples(&text(&Registries::new([&one, &two])), "merged"), ["merged_alike 1"]);
    assert_eq!(samples(&text(&Registries::new([&two, &one])), "merged"), ["merged_alike 2"]);
}
