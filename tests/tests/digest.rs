//! The example service, run as a user runs it: the binary, its output and its listeners.

mod otlp_messages;
mod receiver;

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

use measurand_tests::{Killed, PATIENCE, Program, program, until};
use receiver::Receiver;

const REFUSED_SHA256: &str = "digest_body_calls_total{algorithm=\"sha256\",outcome=\"error\"}";

#[test]
fn load_and_scrape_agree() {
    let free = "127.0.0.1:0";
    let output = run(&["--addr", free, "--metrics-addr", free, "--load", "1", "--once"]);
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();

    let counted: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("# counted ")?.split_once(' ')).collect();
    assert_eq!(counted.len(), 14, "{text}");
    for (name, value) in counted {
        assert_eq!(sample(&text, name), Some(value), "{name}");
        assert_ne!(value, "0", "{name}");
    }
    assert_eq!(sample(&text, "digest_body_in_progress{algorithm=\"sha256\"}"), Some("0"));
}

#[test]
fn unknown_option_is_one_clear_line() {
    check_usage(&["--laod", "30"], "there is no option `--laod`; type `digest --help`");
    check_usage(&["30"], "there is no option `30`; type `digest --help`");
    check_usage(&["--once=yes"], "type `digest --help`");
}

#[test]
fn bad_value_is_one_clear_line() {
    check_usage(&["--load"], "type `--load 30`");
    check_usage(&["--load", "0"], "`--load` cannot be `0`: type it as in `--load 30`");
    check_usage(&["--load", "soon"], "`--load` cannot be `soon`");
    check_usage(&["--addr", "8080"], "type it as in `--addr 127.0.0.1:8080`");
    check_usage(&["--metrics-addr"], "type `--metrics-addr 127.0.0.1:9091`");
}

#[test]
fn once_needs_load() {
    check_usage(&["--once"], "add `--load 30`");
}

#[test]
fn port_in_use_is_a_clear_error() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let clear = format!("cannot listen on {address}: Address already in use");
    check(&["--addr", &address, "--metrics-addr", "127.0.0.1:0"], 1, &clear);
    check(&["--addr", "127.0.0.1:0", "--metrics-addr", &address], 1, &clear);
}

#[test]
fn the_environment_has_it_exported_beside_the_page() {
    let receiver = Receiver::friendly();
    let output = Command::new(program("digest"))
        .args(["--addr", "127.0.0.1:0", "--load", "1", "--once"])
        .env("OTEL_METRICS_EXPORTER", "prometheus,otlp")
        .env("OTEL_EXPORTER_PROMETHEUS_HOST", "127.0.0.1")
        .env("OTEL_EXPORTER_PROMETHEUS_PORT", "0")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url())
        .env("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
        .env("OTEL_METRIC_EXPORT_INTERVAL", "100")
        .env("OTEL_SERVICE_NAME", "digest of a test")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let page = String::from_utf8(output.stdout).unwrap();
    let received = receiver.received();
    // At the interval, and once more at the end.
    assert!(received.len() >= 3, "{}", received.len());
    let last = otlp_messages::decoded(&received.last().unwrap().body).resource_metrics.remove(0);
    let resource = last.resource.unwrap().attributes;
    let resource: BTreeMap<_, _> = otlp_messages::pairs(&resource).into_iter().collect();
    assert_eq!(resource["service.name"], "digest of a test");
    let metrics = &last.scope_metrics[0].metrics;
    let metric = metrics.iter().find(|metric| metric.name == "digest_body_calls_total").unwrap();
    let Some(otlp_messages::Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
    for point in &sum.data_points {
        let labels = otlp_messages::pairs(&point.attributes);
        let labels = labels.iter().map(|(name, value)| format!("{name}=\"{value}\""));
        let labels = labels.collect::<Vec<_>>().join(",");
        let Some(otlp_messages::NumberValue::Int(value)) = point.value else { panic!("{point:?}") };
        // The page was made when the load was over.
        let shown = sample(&page, &format!("digest_body_calls_total{{{labels}}}"));
        assert_eq!(shown, Some(&*value.to_string()), "{labels}");
    }
    assert!(sum.data_points.len() > 3, "{sum:?}");
}

#[test]
fn the_process_is_shown_as_the_system_has_it() {
    let service = Service::start();
    let folder = format!("/proc/{}", service.program.process.0.id());
    let read = |name: &str| fs::read_to_string(format!("{folder}/{name}")).unwrap();
    let cpu = || {
        let stat = read("stat");
        let fields: Vec<_> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        // In hundredths of a second.
        fields[11..13].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
    };
    let status = |name: &str| {
        let status = read("status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.trim_matches(|c: char| !c.is_ascii_digit()).parse::<f64>().unwrap()
    };
    let body = "x".repeat(1 << 20);
    while cpu() < 0.3 {
        service.post("?algorithm=sha256", &body);
    }
    let before = cpu();
    let scrape = service.scrape();
    let shown = |name: &str| sample(&scrape, name).unwrap().parse::<f64>().unwrap();
    let time = shown("process_cpu_seconds_total");
    assert!(before <= time && time <= cpu(), "{time} between {before} and {}", cpu());
    // That which makes the page may have ended since.
    let has_all = |_| {
        let scrape = service.scrape();
        let shown = sample(&scrape, "process_threads").unwrap().parse::<f64>().unwrap();
        [0.0, 1.0].contains(&(shown - status("Threads:")))
    };
    assert!((0..50).any(has_all), "{} threads", status("Threads:"));
    let resident = shown("process_resident_memory_bytes") / (status("VmRSS:") * 1024.0);
    assert!((0.8..1.25).contains(&resident), "{resident}");
    let files = fs::read_dir(format!("{folder}/fd")).unwrap().count() as f64;
    assert!((shown("process_open_fds") - files).abs() <= 2.0, "{files}\n{scrape}");
    assert_eq!(shown("tokio_workers"), 1.0);
    assert!(scrape.contains("digest_build_info{package=\"digest\",version="), "{scrape}");
}

#[test]
fn unknown_algorithm_is_a_400_and_counted() {
    let service = Service::start();
    for query in ["?algorithm=md5", "?algorithm=", ""] {
        let (status, text) = service.post(query, "abc");
        assert_eq!(status, 400);
        assert!(text.contains("?algorithm=sha256 or ?algorithm=blake3"), "{text}");
    }
    let scrape = service.scrape();
    assert_eq!(sample(&scrape, "digest_rejected_total"), Some("3"));
    assert_eq!(sample(&scrape, REFUSED_SHA256), Some("0"));
    assert!(!scrape.contains("digest_tenant_requests_total{"), "{scrape}");
}

#[test]
fn requests_are_counted_by_tenant() {
    let service = Service::start();
    for (tenant, times) in [("acme", 2), ("globex", 1), ("", 1)] {
        for _ in 0..times {
            service.post_as(tenant, "?algorithm=blake3", "abc");
        }
    }
    service.post("?algorithm=blake3", "abc");
    service.poll(&[
        ("digest_body_calls_total{algorithm=\"blake3\",outcome=\"ok\"}", "5"),
        ("digest_body_calls_total{algorithm=\"sha256\",outcome=\"ok\"}", "0"),
        ("digest_tenant_requests_total{algorithm=\"blake3\",tenant=\"acme\"}", "2"),
        ("digest_tenant_requests_total{algorithm=\"blake3\",tenant=\"globex\"}", "1"),
        ("digest_tenant_requests_total{algorithm=\"blake3\"}", "2"),
    ]);
}

#[test]
fn a_body_that_breaks_off_is_refused_and_counted() {
    let service = Service::start();
    let mut client = TcpStream::connect(&service.address).unwrap();
    let head =
        "POST /digest?algorithm=sha256 HTTP/1.1\r\nHost: digest\r\nContent-Length: 1000\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(b"0123456789").unwrap();
    service.poll(&[
        ("digest_read_bytes_total", "10"),
        ("digest_body_in_progress{algorithm=\"sha256\"}", "1"),
    ]);
    drop(client);
    service.poll(&[
        (REFUSED_SHA256, "1"),
        ("digest_rejected_total", "0"),
        ("digest_tenant_requests_total{algorithm=\"sha256\"}", "1"),
        ("digest_read_bytes_total", "10"),
        ("digest_body_size_bytes_count", "0"),
        ("digest_body_in_progress{algorithm=\"sha256\"}", "0"),
        ("digest_body_calls_total{algorithm=\"sha256\",outcome=\"ok\"}", "0"),
    ]);
}

#[test]
fn digest_is_right_for_known_vectors() {
    let service = Service::start();
    let check = |algorithm, body, digest: &str| {
        let answer = service.post(&format!("?algorithm={algorithm}"), body);
        assert_eq!(answer, (200, digest.to_owned()), "{algorithm} of {body:?}");
    };
    check("sha256", "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    check("sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    check("blake3", "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262");
    check("blake3", "abc", "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85");
}

#[test]
fn a_streamed_chunked_body_is_hashed() {
    let service = Service::start();
    let mut client = TcpStream::connect(&service.address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let head = "POST /digest?algorithm=sha256 HTTP/1.1\r\nHost: digest\r\n\
                Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    client.write_all(head.as_bytes()).unwrap();
    client.write_all(b"1\r\na\r\n").unwrap();
    // The first chunk is read and counted before the rest is sent.
    let in_progress = "digest_body_in_progress{algorithm=\"sha256\"}";
    service.poll(&[("digest_read_bytes_total", "1"), (in_progress, "1")]);
    client.write_all(b"2\r\nbc\r\n0\r\n\r\n").unwrap();
    let mut answer = String::new();
    client.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(answer.ends_with(&format!("\r\n\r\n{abc}")), "{answer}");
    service.poll(&[("digest_body_size_bytes_sum", "3"), (in_progress, "0")]);
}

/// Runs the example with arguments that it must refuse as a user's mistake.
fn check_usage(args: &[&str], clear: &str) {
    check(args, 2, clear);
}

/// Runs the example with arguments that it must refuse, in one line.
fn check(args: &[&str], status: i32, clear: &str) {
    let output = run(args);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(status), "{text}");
    assert!(text.starts_with("digest: ") && text.contains(clear), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(output.stdout.is_empty());
}

/// Runs the example to its end.
fn run(args: &[&str]) -> Output {
    let mut child = Killed(spawn(args));
    // What it writes fits into a pipe, so it never waits for us to read.
    until("the example to end", || child.0.try_wait().unwrap());
    let mut output =
        Output { status: child.0.wait().unwrap(), stdout: Vec::new(), stderr: Vec::new() };
    child.0.stdout.take().unwrap().read_to_end(&mut output.stdout).unwrap();
    child.0.stderr.take().unwrap().read_to_end(&mut output.stderr).unwrap();
    output
}

/// The example while it serves.
struct Service {
    program: Program,
    address: String,
    metrics: String,
    agent: ureq::Agent,
}

impl Service {
    fn start() -> Service {
        let mut command = Command::new(program("digest"));
        command.args(["--addr", "127.0.0.1:0", "--metrics-addr", "127.0.0.1:0"]);
        let program = Program::start(command.stderr(Stdio::null()));
        let url = program.line_after("digest is at http://");
        let metrics = program.line_after("metrics are at ");
        let address = url.strip_suffix("/digest").unwrap().to_owned();
        // A proxy of the environment is not for loopback.
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent = config.timeout_global(Some(PATIENCE)).build().into();
        Service { program, address, metrics, agent }
    }

    fn post(&self, query: &str, body: &str) -> (u16, String) {
        let url = format!("http://{}/digest{query}", self.address);
        let mut response = self.agent.post(url).send(body).unwrap();
        (response.status().as_u16(), response.body_mut().read_to_string().unwrap())
    }

    fn post_as(&self, tenant: &str, query: &str, body: &str) {
        let url = format!("http://{}/digest{query}", self.address);
        let response = self.agent.post(url).header("X-Tenant", tenant).send(body).unwrap();
        assert_eq!(response.status(), 200);
    }

    fn scrape(&self) -> String {
        self.agent.get(&self.metrics).call().unwrap().body_mut().read_to_string().unwrap()
    }

    /// Scrapes until all samples have their values.
    fn poll(&self, samples: &[(&str, &str)]) {
        until(&format!("{samples:?}"), || {
            let scrape = self.scrape();
            samples.iter().all(|(name, value)| sample(&scrape, name) == Some(value)).then_some(())
        });
    }
}

/// The value of the series that is called exactly so, labels included.
fn sample<'a>(scrape: &'a str, name: &str) -> Option<&'a str> {
    scrape.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))
}

fn spawn(args: &[&str]) -> Child {
    let mut command = Command::new(program("digest"));
    command.args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}
