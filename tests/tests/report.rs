//! What a gather says of what it has left out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use allocation_counter::measure;
use measurand::registry::{Collector, Flow, Gather, Labels, Point, Points, Problem, Report, Sink};
use measurand::{Counter, Descriptor, Metrics, Registry};
use measurand_tests::{sample, samples};

/// Keeps the names of the families.
#[derive(Default)]
struct Names(Vec<String>);

impl Sink for Names {
    fn family(&mut self, family: &Descriptor) -> Flow {
        self.0.push(family.name().to_owned());
        Flow::Skip
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        Flow::Stop
    }
}

/// Takes everything, and keeps nothing.
struct Nowhere;

impl Sink for Nowhere {
    fn family(&mut self, _: &Descriptor) -> Flow {
        Flow::Continue
    }

    fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
        Flow::Continue
    }
}

/// What the code counts itself.
#[derive(Metrics)]
#[metrics(namespace = "reported", instance)]
struct Counted {
    /// Knots tied.
    knots_total: Counter,
}

fn gauge(name: &str) -> Descriptor {
    Descriptor::gauge(name, "Of a test.").build().unwrap()
}

/// Does what it is told to.
struct Does<F>(F);

impl<F: Fn(&mut Points<'_>) + Send + Sync + 'static> Collector for Does<F> {
    fn collect(&self, points: &mut Points<'_>) {
        (self.0)(points);
    }
}

fn texts(report: &Report) -> Vec<String> {
    report.problems().map(ToString::to_string).collect()
}

#[test]
fn a_gather_reports_what_it_leaves_out_and_gives_the_rest() {
    let registry = Registry::new();
    let _counted = Counted::register(&registry).unwrap();
    let is_bad = Arc::new(AtomicBool::new(true));
    let (conflicting, good) = (gauge("reported_knots_total"), gauge("z_good"));
    let bad = is_bad.clone();
    let gives = Does(move |points: &mut Points<'_>| {
        points.push(&good, &[], Point::gauge(1));
        if bad.load(Ordering::Relaxed) {
            points.push(&conflicting, &[], Point::gauge(1));
            points.push(&good, &["x"], Point::gauge(2));
        }
    });
    let _gives = registry.register_collector(gives).unwrap();
    let bad = is_bad.clone();
    let panics = move |_: &mut Points<'_>| assert!(!bad.load(Ordering::Relaxed), "no disk");
    let _panics = registry.register_collector(Does(panics)).unwrap();
    for _ in 0..3 {
        let mut names = Names::default();
        let report = registry.try_gather(&mut names).unwrap();
        assert_eq!(
            names.0,
            ["measurand_collector_panics_total", "measurand_conflicts", "reported_knots_total"]
                .into_iter()
                .chain(["z_good"])
                .collect::<Vec<_>>()
        );
        let problems: Vec<_> = report.problems().collect();
        let [Problem::Conflict(conflict), Problem::Point(point), panicked] = &problems[..] else {
            panic!("{report:?}")
        };
        assert_eq!(conflict.name, "reported_knots_total");
        assert_eq!(point.metric, "z_good");
        let Problem::CollectorPanicked { collector, message } = panicked else { panic!() };
        assert!(collector.contains("Does") && message == "no disk", "{report:?}");
        assert!(!report.is_whole());
        // Panics are counted apart.
        let mut text = String::new();
        registry.encode_text(&mut text);
        assert_eq!(sample(&text, "measurand_conflicts"), 2.0);
        assert_eq!(samples(&text, "measurand_collector_panics_total").len(), 1);
    }
    // `validate` finds the same.
    let report = registry.gather(&mut Nowhere);
    let found = registry.validate().unwrap_err();
    assert_eq!(
        found.problems().iter().map(ToString::to_string).collect::<Vec<_>>(),
        texts(&report)
    );
    // It tells of this gather, not of another one.
    is_bad.store(false, Ordering::Relaxed);
    assert_eq!(texts(&registry.gather(&mut Nowhere)), [""; 0]);
    registry.validate().unwrap();
}

#[test]
fn a_collector_says_what_it_could_not_have_and_gives_the_rest() {
    let registry = Registry::new();
    let view = registry.with_prefix("disk").unwrap();
    let (free, good) = (gauge("free"), gauge("good"));
    let is_there = Arc::new(AtomicBool::new(false));
    let asked = is_there.clone();
    let gives = Does(move |points: &mut Points<'_>| {
        match asked.load(Ordering::Relaxed) {
            true => points.push(&free, &[], Point::gauge(7)),
            false => points.fail(&free, std::io::Error::from_raw_os_error(2)),
        }
        points.push(&good, &[], Point::gauge(1));
    });
    let _gives = view.register_collector(gives).unwrap();
    let text = |registry: &Registry| {
        let mut text = String::new();
        registry.encode_text(&mut text);
        text
    };
    for _ in 0..3 {
        let report = registry.gather(&mut Nowhere);
        let problems: Vec<_> = report.problems().collect();
        let [Problem::Point(point)] = &problems[..] else { panic!("{report:?}") };
        assert_eq!(point.metric, "disk_free");
        assert!(point.to_string().contains("No such file"), "{point}");
        let text = text(&registry);
        assert_eq!(sample(&text, "measurand_conflicts"), 1.0);
        assert_eq!(sample(&text, "disk_good"), 1.0);
        assert!(samples(&text, "disk_free").is_empty());
    }
    is_there.store(true, Ordering::Relaxed);
    assert!(registry.gather(&mut Nowhere).is_whole());
    assert_eq!(sample(&text(&registry), "disk_free"), 7.0);
}

#[test]
fn a_report_of_nothing_costs_nothing() {
    let registry = Registry::new();
    let _counted = Counted::register(&registry).unwrap();
    let good = gauge("good");
    let gives = Does(move |points: &mut Points<'_>| points.push(&good, &[], Point::gauge(1)));
    let _gives = registry.register_collector(gives).unwrap();
    (0..2).for_each(|_| assert!(registry.gather(&mut Nowhere).is_whole()));
    let gathers = || {
        for _ in 0..10 {
            let report = Gather::try_gather(&registry, &mut Nowhere).unwrap();
            assert!(report.is_whole() && report.problems().count() == 0);
        }
    };
    // Where other tests have the threads that are kept, one is made.
    let mut counts = (0..20).map(|_| measure(gathers).count_total);
    assert!(counts.any(|count| count == 0));
}

#[test]
fn who_makes_a_gather_adds_what_he_leaves_out() {
    struct Without(Registry);
    impl Gather for Without {
        fn try_gather(
            &self,
            sink: &mut dyn Sink,
        ) -> Result<Report, measurand::registry::GatherError> {
            let mut report = self.0.try_gather(sink)?;
            report.extend([Problem::SeveralBuilds]);
            Ok(report)
        }
    }
    let report = Without(Registry::new()).try_gather(&mut Nowhere).unwrap();
    assert_eq!(report.problems().collect::<Vec<_>>(), [&Problem::SeveralBuilds]);
    assert!(format!("{report:?}").contains("SeveralBuilds"), "{report:?}");
}
