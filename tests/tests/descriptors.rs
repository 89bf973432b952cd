//! Descriptors that are made at run time.

use allocation_counter::measure;
use measurand::descriptor::DescriptorBuilder;
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Seconds};
use measurand::{Counter, Descriptor, Histogram, Kind, Location, Registry};
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
    check(gauge("a").buckets([1.0]), "no histogram");
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
        wait.get(&["x"]).unwrap().observe(1);
        if index % 100 == 0 {
            text.clear();
            registry.encode_text(&mut text);
            assert!(text.contains(&format!("left_{index}_wait_sum{{label_{index}=\"x\"}} 1\n")));
        }
    });
    // Tables of names and of labels grow by steps.
    assert!(left.abs() < 100_000, "{left}");
}
