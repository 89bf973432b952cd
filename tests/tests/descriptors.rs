//! Descriptors that are made at run time.

use allocation_counter::measure;
use measurand::descriptor::DescriptorBuilder;
use measurand::family::FamilyMetric;
use measurand::registry::{Flow, Labels, Point, Sink};
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Joules, Ratio, Seconds};
use measurand::{
    Counter, Descriptor, Family, Gauge, Histogram, InProgress, Kind, LabelSet, Location, Metrics,
    NativeHistogram, PeakGauge, Registry,
};
use measurand_tests::usually_or_long;

#[test]
fn a_descriptor_says_what_it_was_made_with() {
    let line = line!() + 1;
    let wait = Descriptor::histogram("pool_wait_seconds", " Time to wait. ")
        .unit::<Seconds>()
        .labels(["pool", "shard"])
        .buckets([0.5, 2.0, f64::INFINITY])
        .build()
        .unwrap();
    assert_eq!((wait.name(), wait.help()), ("pool_wait_seconds", "Time to wait."));
    assert_eq!((wait.kind(), wait.unit()), (Kind::Histogram, Some("seconds")));
    assert_eq!(wait.label_names().collect::<Vec<_>>(), ["pool", "shard"]);
    assert_eq!(wait.const_labels().len(), 0);
    assert_eq!(wait.buckets(), [0.5, 2.0]);
    let Location { file, line: at, .. } = wait.location();
    assert!(file.ends_with("descriptors.rs") && at == line, "{file}:{at}");
    assert!(wait.waived().is_empty());
    assert_eq!(wait, wait.clone());

    let opened = Descriptor::counter("pool_connections", "Opened.").build().unwrap();
    assert_eq!((opened.name(), opened.kind()), ("pool_connections_total", Kind::Counter));
    let read = Descriptor::counter("read_bytes_total", "Read.").unit::<Bytes>().build().unwrap();
    assert_eq!(read.unit(), Some("bytes"));
    // A unit that the name does not end with is not shown.
    let odd = Descriptor::gauge("read", "Read.").unit::<Bytes>().build().unwrap();
    assert_eq!((odd.unit(), odd.kind()), (None, Kind::Gauge));
    let latency = Descriptor::histogram("latency_seconds", "Latency.").unit::<Seconds>();
    assert_eq!(latency.build().unwrap().buckets().len(), 11);
}

#[derive(LabelSet)]
struct Asked {
    asked: bool,
}

/// One field of each unit that stands in its name, and two that have none.
#[derive(Metrics)]
#[metrics(namespace = "described", instance)]
struct Described {
    /// Bytes read.
    read_bytes_total: Counter<Bytes>,
    /// Time to read.
    read_seconds: Histogram<Seconds>,
    /// Time to read, by what it was asked for.
    asked_seconds: Family<Asked, NativeHistogram<Seconds>>,
    /// Share of the cache that is used.
    used_ratio: Gauge<Ratio>,
    /// Reads.
    reads_total: Counter,
}

#[test]
fn a_declared_metric_tells_its_unit_and_help() {
    struct Units(Vec<(String, Option<String>, String)>);
    impl Sink for Units {
        fn family(&mut self, family: &Descriptor) -> Flow {
            let owned = |text: &str| text.to_owned();
            self.0.push((owned(family.name()), family.unit().map(owned), owned(family.help())));
            Flow::Skip
        }
        fn point(&mut self, _: &Descriptor, _: Labels<'_>, _: &Point<'_>) -> Flow {
            Flow::Stop
        }
    }
    let registry = Registry::new();
    let _described = Described::register(&registry).unwrap();
    let mut units = Units(Vec::new());
    registry.gather(&mut units);
    let units = units.0.iter().map(|(name, unit, help)| (&name[..], unit.as_deref(), &help[..]));
    assert_eq!(
        units.collect::<Vec<_>>(),
        [
            ("described_asked_seconds", Some("seconds"), "Time to read, by what it was asked for."),
            ("described_read_bytes_total", Some("bytes"), "Bytes read."),
            ("described_read_seconds", Some("seconds"), "Time to read."),
            ("described_reads_total", None, "Reads."),
            ("described_used_ratio", Some("ratio"), "Share of the cache that is used."),
        ]
    );
}

#[test]
fn what_cannot_be_a_metric_is_refused_with_the_reason() {
    let check = |builder: DescriptorBuilder, expected: &str| {
        let error = builder.build().unwrap_err().to_string();
        assert!(error.contains(expected) && error.contains("help: "), "{error}");
    };
    let gauge = |name: &str| Descriptor::gauge(name, "Help.");
    check(gauge(""), "empty");
    check(gauge("a:b"), "`:`");
    check(gauge("queue-length"), "`queue_length`");
    check(gauge("_a"), "_a");
    check(Descriptor::gauge("a", " \n"), "no help text");
    check(gauge("a").labels(["b", "b"]), "two labels of `a` are called `b`");
    check(gauge("a").labels(["b-c"]), "b-c");
    check(gauge("a").buckets([1.0]), "not a histogram");
    let histogram = || Descriptor::histogram("h", "Help.");
    check(histogram().labels(["le"]).buckets([1.0]), "`le` is reserved");
    check(histogram(), "at least one bucket");
    check(histogram().buckets([2.0, 1.0]), "strictly increasing");
    check(histogram().buckets([f64::NAN]), "NaN");
    check(histogram().buckets([0.5]), "not a whole number");
    check(histogram().unit::<Seconds>().buckets([-1.0]), "negative");
}

/// How many bytes more are in use after some rounds, each of which leaves nothing on purpose.
fn left_over(rounds: usize, mut round: impl FnMut(usize)) -> i64 {
    // What is kept for the next time is there then.
    (0..1_000).for_each(&mut round);
    measure(|| (1_000..1_000 + rounds).for_each(&mut round)).bytes_current
}

#[test]
fn descriptors_leave_nothing_behind() {
    let left = left_over(usually_or_long(20_000, 1_000_000), |index| {
        let builder = Descriptor::histogram(format!("made_{index}_seconds"), "Time.");
        let builder = builder.unit::<Seconds>().labels([format!("label_{index}")]);
        builder.buckets([1.0, 2.0 + index as f64]).build().unwrap();
    });
    assert_eq!(left, 0);
}

#[test]
fn families_that_were_registered_leave_nothing_behind() {
    let registry = Registry::new();
    let mut text = String::new();
    let left = left_over(usually_or_long(2_000, 1_000_000), |index| {
        let options = |name: String| FamilyOptions::new(name, "Of a test.").max_series(10);
        let counter = options(format!("left_{index}_total"));
        let counter = counter.register::<Counter, 1>(&registry, ["a"]).unwrap();
        counter.with(["x"]).inc();
        let wait = options(format!("left_{index}_wait")).buckets([1.0, 2.0 + index as f64]);
        let label = format!("label_{index}");
        let wait = wait.register_dynamic::<Histogram>(&registry, &[&label]).unwrap();
        wait.try_with(&["x"]).unwrap().observe(1);
        if index % 100 == 0 {
            text.clear();
            registry.encode_text(&mut text);
            assert!(text.contains(&format!("left_{index}_wait_sum{{label_{index}=\"x\"}} 1\n")));
        }
    });
    // Tables of names and of labels grow by steps.
    assert!(left.abs() < 100_000, "{left}");
}

#[test]
fn a_conflict_says_what_differs() {
    fn conflict<A: FamilyMetric, B: FamilyMetric>(
        name: &str,
        first: impl Fn(FamilyOptions) -> FamilyOptions,
        second: impl Fn(FamilyOptions) -> FamilyOptions,
    ) -> String {
        let registry = Registry::new();
        let options = || FamilyOptions::new(name, "Of a test.");
        let _first = first(options()).register_unlabelled::<A>(&registry).unwrap();
        second(options()).register_unlabelled::<B>(&registry).unwrap_err().to_string()
    }
    let same = |options| options;
    let found = [
        conflict::<Gauge, PeakGauge>("a_ratio", same, |_| FamilyOptions::new("a_ratio", "Other.")),
        conflict::<Gauge, InProgress>("b", same, same),
        conflict::<Gauge<Seconds>, Gauge>("c_seconds", same, same),
        conflict::<Counter<Joules>, Counter>("d_total", same, same),
        conflict::<Histogram, Histogram>("e", |it| it.buckets([1.0]), |it| it.buckets([2.0])),
        conflict::<Counter, Gauge>("f_total", same, same),
    ];
    let expected = [
        "another help text",
        "another type",
        "another unit",
        "another type",
        "other buckets",
        "another kind",
    ];
    for (found, expected) in std::iter::zip(&found, expected) {
        assert!(found.contains(expected), "{expected:?} is not in {found}");
    }
}

#[test]
fn a_registry_lists_the_families_of_its_page() {
    let registry = Registry::new();
    let queue = |registry: &Registry| {
        FamilyOptions::new("queue", "Jobs.").register_unlabelled::<Gauge>(registry)
    };
    let _plain = queue(&registry).unwrap();
    let viewed = queue(&registry.with_prefix("mail").unwrap()).unwrap();
    let _refused =
        FamilyOptions::new("queue", "Other.").register_unlabelled::<Gauge>(&registry).unwrap_err();
    // Those of the registry itself are among them.
    let own = |family: &Descriptor| !family.name().starts_with("measurand_");
    let names = || {
        let families = registry.descriptors().into_iter().filter(own);
        families.map(|family| (family.name().to_owned(), family.help().to_owned()))
    };
    let of = |name: &str| (name.to_owned(), "Jobs.".to_owned());
    assert!(names().eq([of("mail_queue"), of("queue")]));
    drop(viewed);
    assert!(names().eq([of("queue")]));
}
