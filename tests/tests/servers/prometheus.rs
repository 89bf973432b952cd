//! What a real Prometheus reads from the example.

use std::io::Write;
use std::net::SocketAddr;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use measurand::actix::Server;
use measurand::runtime::FamilyOptions;
use measurand::unit::{Bytes, Seconds};
use measurand::{Counter, NativeHistogram, Registry};
use measurand_tests::prometheus::{Prometheus, free_address, get};
use measurand_tests::{Program, installed, newer, program, until};

#[test]
fn prometheus_reads_what_the_load_counted() {
    let target = free_address();
    let prometheus = Prometheus::start(&[&target]);
    // It looks for targets a few seconds after its start: only then does the load begin.
    until("Prometheus to try a scrape", || prometheus.query("up == 0"));

    let service = Service::start(&target, &["--load", "6"]);
    until("a scrape", || prometheus.query("up == 1"));
    until("a scrape under load", || prometheus.query("digest_body_calls_total > 0"));
    until("the end of the load", || (service.program.line() == "the load is over").then_some(()));
    for _ in 0..14 {
        let line = service.program.line();
        let (name, value) = line.strip_prefix("# counted ").unwrap().split_once(' ').unwrap();
        let same = format!("{name} == {value}");
        until(&same, || prometheus.query(&same));
    }
    until("nothing in progress", || prometheus.query("sum(digest_body_in_progress) == 0"));

    // It saw the counter on its way, not only at its end.
    assert!(prometheus.query("changes(digest_body_calls_total[5m]) > 0").is_some());
    let count_is_last_bucket = "digest_hash_duration_seconds_count == ignoring(le) \
                                digest_hash_duration_seconds_bucket{le=\"+Inf\"}";
    assert!(prometheus.query(count_is_last_bucket).is_some());
    let no_call_was_lost =
        "sum(digest_body_calls_total) == sum(digest_body_duration_seconds_count)";
    assert!(prometheus.query(no_call_was_lost).is_some());
}

#[test]
fn promtool_has_nothing_to_say() {
    let service = Service::start("127.0.0.1:0", &["--load", "1"]);
    until("the end of the load", || (service.program.line() == "the load is over").then_some(()));
    let scrape = get(&format!("http://{}/metrics", service.metrics), &[]).unwrap();
    assert!(scrape.contains("digest_body_calls_total"), "{scrape}");

    let mut command = installed("promtool", "prometheus");
    command.args(["check", "metrics"]).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(scrape.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let said = [stdout, stderr].map(|said| String::from_utf8(said).unwrap());
    assert_eq!(said, ["", ""]);
    assert!(status.success());
}

#[test]
fn types_and_help_are_as_declared() {
    let service = Service::start("127.0.0.1:0", &[]);
    let prometheus = Prometheus::start(&[&service.metrics]);
    // It tells what it knows while it reads; `up` comes when a page has been read to its end.
    until("a scrape", || prometheus.query("up == 1"));
    let mut families = until("metadata", || {
        let answer = prometheus.api("targets/metadata", &[])?;
        let families: Vec<[String; 3]> = answer["data"]
            .as_array()?
            .iter()
            .map(|family| {
                ["metric", "type", "help"].map(|key| family[key].as_str().unwrap().to_owned())
            })
            .filter(|[name, ..]| name.starts_with("digest_"))
            .collect();
        (!families.is_empty()).then_some(families)
    });
    families.sort();
    // It has asked for OpenMetrics.
    assert_eq!(
        families,
        [
            [
                "digest_body_calls",
                "counter",
                "Receiving and hashing of bodies: calls that have ended, by how they ended.",
            ],
            [
                "digest_body_duration_seconds",
                "histogram",
                "Receiving and hashing of bodies: time that a call took.",
            ],
            [
                "digest_body_in_progress",
                "gauge",
                "Receiving and hashing of bodies: calls that run now.",
            ],
            ["digest_body_size_bytes", "histogram", "Size of the bodies that were hashed."],
            [
                "digest_build",
                "info",
                "What was built: the package, its version, and what else is known of the build.",
            ],
            [
                "digest_hash_duration_seconds",
                "histogram",
                "Time spent hashing one body, without waiting for the client.",
            ],
            ["digest_read_bytes", "counter", "Bytes read from request bodies."],
            ["digest_rejected", "counter", "Requests without a known algorithm."],
        ]
    );
}

/// Prometheus asks for protobuf where it takes native histograms.
#[test]
fn prometheus_reads_native_histograms() {
    let service = Service::start("127.0.0.1:0", &["--load", "1"]);
    until("the end of the load", || (service.program.line() == "the load is over").then_some(()));
    let counted: Vec<_> = (0..14).map(|_| service.program.line()).collect();
    let of = |name: &str| {
        let value =
            counted.iter().find_map(|line| line.strip_prefix(&format!("# counted {name} ")));
        value.unwrap().parse::<u64>().unwrap()
    };
    let requests = of("digest_hash_duration_seconds_count");
    let prometheus = Prometheus::start_with(&[&service.metrics], &["native-histograms"]);
    let count = format!("histogram_count(digest_hash_duration_seconds) == {requests}");
    until(&count, || prometheus.query(&count));
    // It has buckets, in which the median lies, and the sum.
    let median = "histogram_quantile(0.5, digest_hash_duration_seconds) > 0";
    until(median, || prometheus.query(median));
    assert!(prometheus.query("histogram_sum(digest_hash_duration_seconds) > 0").is_some());
    // Of others it has the classic buckets and what they count.
    let sizes = of("digest_body_size_bytes_count");
    let count = format!("digest_body_size_bytes_bucket{{le=\"+Inf\"}} == {sizes}");
    until(&count, || prometheus.query(&count));
    let bytes = format!("digest_read_bytes_total == {}", of("digest_read_bytes_total"));
    assert!(prometheus.query(&bytes).is_some(), "{bytes}");
    assert!(prometheus.query("process_start_time_seconds > 1.7e9").is_some());
}

/// One in which nothing was counted yet is there, at 0.
#[test]
fn prometheus_reads_an_empty_native_histogram() {
    let service = Service::start("127.0.0.1:0", &[]);
    let prometheus = Prometheus::start_with(&[&service.metrics], &["native-histograms"]);
    let count = "histogram_count(digest_hash_duration_seconds) == 0";
    until(count, || prometheus.query(count));
}

/// A Prometheus of today, with all that it can ask for: text with names in UTF-8, native histograms, and
/// created timestamps, by which a counter begins at 0.
#[test]
#[ignore = "unpacks a Prometheus of a later Debian: `.ci/run --long` does"]
fn a_newer_prometheus_reads_what_was_counted() {
    let folder = tempfile::tempdir().unwrap();
    let program = newer("prometheus", folder.path());
    let service = Service::start("127.0.0.1:0", &["--load", "1"]);
    until("the end of the load", || (service.program.line() == "the load is over").then_some(()));
    let counted: Vec<_> = (0..14).map(|_| service.program.line()).collect();
    let features = ["native-histograms", "created-timestamp-zero-ingestion", "exemplar-storage"];
    for features in [&features[..], &[]] {
        let command = Command::new(&program);
        let prometheus = Prometheus::start_as(command, &[&service.metrics], features);
        for line in &counted {
            let (name, value) = line.strip_prefix("# counted ").unwrap().split_once(' ').unwrap();
            let is_native = !features.is_empty() && name == "digest_hash_duration_seconds_count";
            let same = match is_native {
                true => format!("histogram_count(digest_hash_duration_seconds) == {value}"),
                false => format!("{name} == {value}"),
            };
            until(&same, || prometheus.query(&same));
        }
        if !features.is_empty() {
            let begins_at_0 = "min_over_time(digest_read_bytes_total[1h]) == 0";
            until(begins_at_0, || prometheus.query(begins_at_0));
        }
    }
}

/// Serves a family with names in UTF-8, which is kept as long as what is returned.
fn serve_utf8() -> (SocketAddr, impl Sized) {
    let registry = Registry::new();
    let reads = FamilyOptions::new("disk.read.bytes", "Bytes \"read\".").max_series(3).utf8();
    let reads = reads.register::<Counter<Bytes>, 2>(&registry, ["disk.name", "disk size"]).unwrap();
    reads.with(["sda", "a\"b"]).inc_by(3);
    let wait = FamilyOptions::new("disk.wait.seconds", "Time to wait.").utf8();
    let wait = wait.register_unlabelled::<NativeHistogram<Seconds>>(&registry).unwrap();
    wait.observe(Duration::from_secs(1));
    let server = Server::bind("127.0.0.1:0").unwrap().registry(&registry).spawn().unwrap();
    (server.local_addr(), (reads, wait))
}

#[test]
fn prometheus_reads_names_that_it_takes() {
    let (address, _kept) = serve_utf8();
    let prometheus = Prometheus::start(&[&address.to_string()]);
    let bytes = "disk_read_bytes_total{disk_name=\"sda\",disk_size='a\"b'} == 3";
    until(bytes, || prometheus.query(bytes));
    assert!(prometheus.query("disk_wait_seconds_count == 1").is_some());
}

#[test]
#[ignore = "unpacks a Prometheus of a later Debian: `.ci/run --long` does"]
fn a_newer_prometheus_reads_names_in_utf8() {
    let folder = tempfile::tempdir().unwrap();
    let program = newer("prometheus", folder.path());
    let (address, _kept) = serve_utf8();
    // With protobuf, in which it has native histograms, it does not ask for them.
    for (features, expressions) in [
        (
            &[][..],
            [
                "{\"disk.read.bytes_total\",\"disk.name\"=\"sda\",\"disk size\"='a\"b'} == 3",
                "{\"disk.wait.seconds_count\"} == 1",
            ],
        ),
        (
            &["native-histograms"],
            [
                "disk_read_bytes_total{disk_name=\"sda\",disk_size='a\"b'} == 3",
                "histogram_count(disk_wait_seconds) == 1",
            ],
        ),
    ] {
        let command = Command::new(&program);
        let prometheus = Prometheus::start_as(command, &[&address.to_string()], features);
        for expression in expressions {
            until(expression, || prometheus.query(expression));
        }
    }
}

/// The example while it serves.
struct Service {
    program: Program,
    /// Where its metrics are.
    metrics: String,
}

impl Service {
    fn start(metrics: &str, args: &[&str]) -> Service {
        let mut command = Command::new(program("digest"));
        command.args(["--addr", "127.0.0.1:0", "--metrics-addr", metrics]).args(args);
        let program = Program::start(&mut command);
        program.line_after("digest is at ");
        let url = program.line_after("metrics are at http://");
        let metrics = url.strip_suffix("/metrics").unwrap().to_owned();
        Service { program, metrics }
    }
}
