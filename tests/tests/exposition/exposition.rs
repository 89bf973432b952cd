//! The text format, to the byte, and read back.

use std::time::Duration;

use measurand::unit::{Bytes, Celsius, Seconds};
use measurand::{Counter, Gauge, Histogram, InProgress, Metrics, Registry};
use measurand_tests::{sample, samples};

/// One metric of each kind.
#[derive(Metrics)]
#[metrics(namespace = "golden", const_labels(version = "1.0"))]
struct Golden {
    /// Bytes read.
    ///
    /// This second paragraph is no help text.
    read_bytes_total: Counter<Bytes>,
    /// Jobs done, on
    /// two lines.
    jobs_total: Counter,
    /// Energy.
    spent_joules_total: Counter<measurand::unit::Joules>,
    /// Time spent.
    spent_seconds_total: Counter<Seconds>,
    #[metric(help = "Back\\slash, \"quotes\"\nand a second line.")]
    escaped: Gauge,
    /// Temperature.
    room_celsius: Gauge<Celsius>,
    /// Running now.
    in_progress: InProgress,
    /// Time to wait.
    #[metric(buckets = [0.005, 0.1, 1, 2.5])]
    wait_seconds: Histogram<Seconds>,
    /** Size of a body. */
    #[metric(buckets = exponential(256, 4, 3))]
    body_size_bytes: Histogram<Bytes>,
    /// How far off.
    #[metric(buckets = [-1.5, -0.0, 1e-7, 1e16])]
    offset_celsius: Histogram<Celsius>,
}

fn scrape(registry: &Registry) -> String {
    let mut text = String::new();
    registry.encode_text(&mut text);
    text
}

#[test]
fn text_is_what_prometheus_specifies() {
    let registry = Registry::new();
    Golden::register(&registry).unwrap();
    let golden = Golden::global();
    golden.read_bytes_total.inc_by(u64::MAX);
    golden.jobs_total.inc();
    golden.spent_joules_total.inc_by(0.1);
    golden.spent_joules_total.inc_by(0.2);
    golden.spent_seconds_total.inc_by(Duration::new(3, 50));
    golden.escaped.set(-0.0);
    golden.room_celsius.set(-12.25);
    let _guard = golden.in_progress.start();
    golden.wait_seconds.observe(Duration::from_millis(5));
    golden.wait_seconds.observe(Duration::from_nanos(5_000_001));
    golden.wait_seconds.observe(Duration::from_secs(3));
    golden.body_size_bytes.observe(256);
    golden.body_size_bytes.observe(10_000);
    golden.offset_celsius.observe(-2);
    golden.offset_celsius.observe(0.0);
    assert_eq!(scrape(&registry), include_str!("golden/text.txt"));
}

#[test]
fn gauges_print_every_float_as_prometheus_reads_it() {
    /// Gauges.
    #[derive(Metrics)]
    #[metrics(namespace = "floats", instance(name: &str))]
    struct Floats {
        /// A value.
        value: Gauge,
    }
    let registry = Registry::new();
    let floats = [
        ("nan", f64::NAN, "NaN"),
        ("inf", f64::INFINITY, "+Inf"),
        ("minus_inf", f64::NEG_INFINITY, "-Inf"),
        ("max", f64::MAX, "1.7976931348623157e+308"),
        ("tiny", 5e-324, "5e-324"),
        ("third", 1.0 / 3.0, "0.3333333333333333"),
        ("million", 1e6, "1000000"),
        ("half", -0.5, "-0.5"),
    ];
    let registered: Vec<_> = floats
        .iter()
        .map(|(name, value, _)| {
            let floats = Floats::register(&registry, name).unwrap();
            floats.value.set(*value);
            floats
        })
        .collect();
    let text = scrape(&registry);
    for (name, value, expected) in floats {
        let line = format!("floats_value{{name=\"{name}\"}} {expected}");
        assert!(text.contains(&line), "{line}\n{text}");
        let read = sample(&text, &format!("floats_value{{name=\"{name}\"}}"));
        assert!(read == value || read.is_nan() && value.is_nan());
    }
    drop(registered);
}

#[test]
fn label_values_of_every_kind_survive() {
    /// A series for each value.
    #[derive(Metrics)]
    #[metrics(namespace = "hostile", instance(a: &str, b: &str))]
    struct Hostile {
        /// A value.
        value: Gauge,
    }
    let values = [
        "plain",
        "",
        " ",
        "a\"b",
        "a\\b",
        "a\nb",
        "\\n",
        "\\\"",
        "\0",
        "\r",
        "ä→🦀",
        "{}",
        "a,b=\"c\"",
        "} 1\nfake 2",
        "\u{7f}",
        "'",
        "#",
    ];
    let registry = Registry::new();
    let mut registered = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let hostile = Hostile::register(&registry, value, "x").unwrap();
        hostile.value.set(index as f64);
        registered.push(hostile);
    }
    let text = scrape(&registry);
    let lines = samples(&text, "hostile_value");
    assert_eq!(lines.len(), values.len(), "{text}");
    assert!(!text.contains("\nfake"), "{text}");
    let mut read: Vec<_> = lines.iter().map(|line| read_line(line)).collect();
    read.sort_by(|a, b| a.1.total_cmp(&b.1));
    for (expected, (labels, _)) in std::iter::zip(values, read) {
        let mut wanted = vec![("a".to_owned(), expected.to_owned()), ("b".into(), "x".into())];
        // An empty value is the same as no label.
        wanted.retain(|(_, value)| !value.is_empty());
        assert_eq!(labels, wanted);
    }
}

/// Reads a sample line as Prometheus's parser does: labels with their escapes undone, and a value.
fn read_line(line: &str) -> (Vec<(String, String)>, f64) {
    let (_, rest) = line.split_once('{').expect("labels");
    let mut labels = Vec::new();
    let mut characters = rest.chars();
    loop {
        let name: String = characters.by_ref().take_while(|c| *c != '=').collect();
        assert_eq!(characters.next(), Some('"'));
        let mut value = String::new();
        loop {
            match characters.next().expect("a closing quote") {
                '"' => break,
                '\\' => match characters.next() {
                    Some('n') => value.push('\n'),
                    Some(escaped @ ('\\' | '"')) => value.push(escaped),
                    other => panic!("escape {other:?} in {line}"),
                },
                other => value.push(other),
            }
        }
        labels.push((name, value));
        match characters.next() {
            Some(',') => {}
            Some('}') => break,
            other => panic!("{other:?} in {line}"),
        }
    }
    (labels, characters.as_str().trim().parse().expect("a value"))
}

#[test]
fn two_pairs_of_values_that_join_to_one_are_two_series() {
    /// Pairs.
    #[derive(Metrics)]
    #[metrics(namespace = "pairs", instance(a: &str, b: &str))]
    struct Pairs {
        /// A value.
        value: Gauge,
    }
    let registry = Registry::new();
    let first = Pairs::register(&registry, "ab", "c").unwrap();
    let second = Pairs::register(&registry, "a", "bc").unwrap();
    first.value.set(1);
    second.value.set(2);
    assert_eq!(
        samples(&scrape(&registry), "pairs_value"),
        ["pairs_value{a=\"a\",b=\"bc\"} 2", "pairs_value{a=\"ab\",b=\"c\"} 1"]
    );
}
