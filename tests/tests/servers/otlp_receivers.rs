//! Real receivers of OTLP: what arrives of every kind.

use std::fs::{self, File};
use std::io::Read as _;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::any_registry::AnyRegistry;
use crate::otlp_messages::{Data, Metric, decoded, pairs};
use crate::receiver::Receiver;
use measurand::export::Exporters;
use measurand::otlp::{EncodedRequests, Encoder, OtlpExporter, Resource};
use measurand::outgoing::Destination;
use measurand::unit::{Bytes, Celsius, Seconds};
use measurand::{
    Counter, Family, Gauge, Histogram, Info, LabelSet, LabelValue, Metrics, NativeHistogram,
    Registered, Registry, StateSet, Summary, Unknown, WithExemplars,
};
use measurand_tests::{Killed, PATIENCE, Random, newer, until};
use serde_json::Value;

#[derive(LabelValue, Clone, Copy, PartialEq)]
enum Role {
    Follower,
    Leader,
}

#[derive(LabelSet)]
struct Server {
    role: Role,
}

/// One of each.
#[derive(Metrics)]
#[metrics(namespace = "received", instance)]
struct Received {
    /// Jobs done.
    jobs_total: WithExemplars<Counter>,
    /// Bytes read.
    read_bytes_total: Family<Role, Counter<Bytes>>,
    /// Temperature.
    room_celsius: Gauge<Celsius>,
    /// Time to wait.
    #[metric(buckets = [0.1, 1, 10])]
    wait_seconds: Histogram<Seconds>,
    /// Sizes in native buckets.
    #[metric(native(schema = 0, zero_threshold = 1e-3))]
    native_celsius: NativeHistogram<Celsius>,
    /// Time to answer.
    #[metric(quantiles = [(0, 0.01), (1, 0.01)])]
    answer_seconds: Summary<Seconds>,
    /// The server.
    server_info: Info<Server>,
    /// What this node is.
    role: StateSet<Role>,
    /// A register.
    register_bytes: Unknown<Bytes>,
}

/// A registry in which something was counted.
fn counted() -> (Registry, Registered<Received>) {
    let registry = Registry::new();
    let received = Received::register(&registry).unwrap();
    let led = [("trace_id", "4bf92f3577b34da6a3ce929d0e0e4736"), ("span_id", "00f067aa0ba902b7")];
    received.jobs_total.inc_by_with_exemplar(3, &led);
    received.read_bytes_total.with(Role::Leader).inc_by(4_096);
    received.read_bytes_total.with(Role::Follower).inc_by(0);
    received.room_celsius.set(-2.5);
    for millis in [50, 500, 700, 60_000] {
        received.wait_seconds.observe(Duration::from_millis(millis));
    }
    for degrees in [-3.0, 0.0, 1.5, 1.75, 6.0] {
        received.native_celsius.observe(degrees);
    }
    received.answer_seconds.observe(Duration::from_millis(250));
    received.server_info.set(Server { role: Role::Leader });
    received.role.set(Role::Leader);
    received.register_bytes.set(7);
    (registry, received)
}

/// Exports to a URL once, until it is taken: the receiver may still be starting. Without a path it is one of gRPC.
fn export(registry: &Registry, url: &str) {
    let destination = Destination::new(url).unwrap().timeout(PATIENCE);
    let resource = Resource::new("received").attribute("service.instance.id", "7");
    let exporter = match url.matches('/').count() {
        2 => OtlpExporter::grpc(destination, resource),
        _ => OtlpExporter::http(destination, resource),
    };
    let exporter = exporter.gzip(true).timeout(PATIENCE);
    let exporting = Exporters::new().registry(registry).exporter(exporter).start().unwrap();
    exporting.shutdown(PATIENCE).unwrap();
}

/// An address where nobody listens now, for those who must know it before they start.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

/// A program that runs, with what it says in a file.
fn started(command: &mut Command, folder: &Path) -> Killed {
    let log = File::create(folder.join("log")).unwrap();
    let output = log.try_clone().unwrap();
    Killed(command.stdin(Stdio::null()).stdout(output).stderr(log).spawn().unwrap())
}

/// What an API of Prometheus's has of a series.
fn query(address: &str, expression: &str) -> Option<Value> {
    // A proxy of the environment is not for loopback.
    let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
    let agent: ureq::Agent = config.timeout_global(Some(PATIENCE)).build().into();
    let url = format!("http://{address}/api/v1/query");
    let answer = agent.get(&url).query("query", expression).call().ok()?;
    let answer = answer.into_body().read_to_string().ok()?;
    let answer: Value = serde_json::from_str(&answer).ok()?;
    let found = &answer["data"]["result"][0];
    (!found.is_null()).then(|| found.clone())
}

/// The value of the first series that an expression finds, once there is one.
#[track_caller]
fn value(address: &str, expression: &str) -> f64 {
    let found = until(expression, || query(address, expression));
    found["value"][1].as_str().unwrap().parse().unwrap()
}

/// What every kind but native histograms is to a receiver that speaks PromQL.
#[track_caller]
fn check_values(address: &str) {
    let check = |expression: &str, expected: f64| {
        let expression = format!("{{__name__=\"received_{expression}}}");
        assert_eq!(value(address, &expression), expected, "{expression}");
    };
    check("jobs_total\",service.name=\"received\"", 3.0);
    check("read_bytes_total\",role=\"leader\"", 4_096.0);
    check("read_bytes_total\",role=\"follower\"", 0.0);
    check("room_celsius\"", -2.5);
    check("wait_seconds_bucket\",le=\"0.1\"", 1.0);
    check("wait_seconds_bucket\",le=\"1\"", 3.0);
    check("wait_seconds_bucket\",le=\"10\"", 3.0);
    check("wait_seconds_bucket\",le=\"+Inf\"", 4.0);
    check("wait_seconds_count\"", 4.0);
    check("wait_seconds_sum\"", 61.25);
    check("answer_seconds\",quantile=\"1\"", 0.25);
    check("answer_seconds_count\"", 1.0);
    check("server_info\",role=\"leader\"", 1.0);
    check("role\",received_role=\"leader\"", 1.0);
    check("role\",received_role=\"follower\"", 0.0);
    check("register_bytes\"", 7.0);
}

#[test]
#[ignore = "unpacks a VictoriaMetrics of a later Debian: `.ci/run --long` does"]
fn victoria_metrics_takes_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let program = newer("victoria-metrics", folder.path());
    let address = free_address();
    let mut command = Command::new(program);
    command.arg("-storageDataPath").arg(folder.path().join("data"));
    command.arg("-httpListenAddr").arg(&address).arg("-search.latencyOffset=0s");
    let _victoria = started(&mut command, folder.path());
    let (registry, _received) = counted();
    export(&registry, &format!("http://{address}/opentelemetry/v1/metrics"));
    check_values(&address);
    // It has buckets of its own for exponential histograms.
    let native = |range: &str| {
        value(&address, &format!("received_native_celsius_bucket{{vmrange=\"{range}\"}}"))
    };
    assert_eq!(native("1.000e+00...2.000e+00"), 2.0);
    assert_eq!(value(&address, "received_native_celsius_count"), 5.0);
}

#[test]
#[ignore = "downloads a collector from PyPI: `.ci/run --long` does"]
fn a_collector_passes_on_what_it_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let receiver = Receiver::friendly();
    let [http, grpc] = [free_address(), free_address()];
    let mut command = Command::new(rotel(folder.path()));
    command.args(["start", "--exporter", "otlp", "--otlp-exporter-protocol", "http"]);
    command.args(["--otlp-exporter-compression", "gzip", "--disable-batching"]);
    command.args(["--otlp-http-endpoint", &http, "--otlp-grpc-endpoint", &grpc]);
    command.args(["--otlp-exporter-endpoint", &receiver.url()]);
    let _rotel = started(&mut command, folder.path());

    let (registry, _received) = counted();
    let mut random = Random(0xc01);
    for url in [format!("http://{http}/v1/metrics"), format!("http://{grpc}")] {
        passes_on(&receiver, &registry, &url);
        for _ in 0..50 {
            passes_on(&receiver, &AnyRegistry::new(&mut random).registry, &url);
        }
    }
}

/// What it has passed on is what was encoded, but for the time.
#[track_caller]
fn passes_on(receiver: &Receiver, registry: &Registry, url: &str) {
    let mut requests = EncodedRequests::new();
    Encoder::new(Resource::new("x")).encode(registry, &mut requests).unwrap();
    let Some(encoded) = requests.iter().next() else { return };
    let before = receiver.received().len();
    export(registry, url);
    let passed = until("what is passed on", || receiver.received().get(before).cloned());
    assert_eq!(passed.header("content-encoding"), Some("gzip"));
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&*passed.body).read_to_end(&mut body).unwrap();
    let resource = decoded(&body).resource_metrics.remove(0).resource.unwrap();
    assert!(pairs(&resource.attributes).contains(&("service.name", "received")));
    let (passed, encoded) = (timeless(&body), timeless(encoded));
    // As bytes, since NaN is not equal to itself.
    let bytes = |metrics: &[Metric]| -> Vec<_> {
        metrics.iter().map(prost::Message::encode_to_vec).collect()
    };
    if bytes(&passed) != bytes(&encoded) {
        assert_eq!(passed, encoded);
    }
}

/// The metrics of a request, without the times of points, and without a start that would be after that.
#[track_caller]
fn timeless(body: &[u8]) -> Vec<Metric> {
    macro_rules! clear {
        ($data:expr) => {
            for point in &mut $data.data_points {
                if point.start_time_unix_nano == point.time_unix_nano {
                    point.start_time_unix_nano = 0;
                }
                point.time_unix_nano = 0;
            }
        };
    }
    let mut metrics = decoded(body).resource_metrics.remove(0).scope_metrics.remove(0).metrics;
    for metric in &mut metrics {
        match metric.data.as_mut().unwrap() {
            Data::Gauge(it) => clear!(it),
            Data::Sum(it) => clear!(it),
            Data::Histogram(it) => clear!(it),
            Data::Exponential(it) => clear!(it),
            Data::Summary(it) => clear!(it),
        }
    }
    metrics
}

/// The collector rotel, unpacked into a folder.
#[track_caller]
fn rotel(folder: &Path) -> std::path::PathBuf {
    let run = |command: &mut Command| {
        assert!(command.current_dir(folder).status().unwrap().success(), "{command:?}");
    };
    let pip = ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"];
    run(Command::new("python3").args(pip).arg("rotel"));
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let wheel = files.filter(|file| file.extension().is_some_and(|end| end == "whl"));
    let wheel = wheel.last().expect("a wheel");
    run(Command::new("python3").args(["-m", "zipfile", "-e"]).arg(wheel).arg("."));
    let agent = folder.join("rotel/rotel-agent");
    run(Command::new("chmod").arg("+x").arg(&agent));
    agent
}
