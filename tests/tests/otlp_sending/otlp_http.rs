//! OTLP over HTTP: what a receiver is sent, and what becomes of its answers.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant};

use crate::otlp_messages::{Data, Metric, NumberValue, decoded, pairs};
use crate::receiver::{Received, Receiver, answer, serve};
use measurand::export::{ExportError, Exporters, Exporting};
use measurand::otlp::{OtlpExporter, Resource};
use measurand::outgoing::{Destination, SendError};
use measurand::runtime::{FamilyOptions, RuntimeMetric};
use measurand::{Counter, Registered, Registry};
use measurand_tests::{PATIENCE, sample, until};

/// Longer than any test takes.
const NEVER: Duration = Duration::from_secs(100_000);

fn destination(url: &str) -> Destination {
    Destination::new(&format!("{url}/v1/metrics")).unwrap()
}

fn exporter(url: &str) -> OtlpExporter {
    OtlpExporter::http(destination(url), Resource::new("tested")).interval(NEVER)
}

/// A registry with a counter.
fn counted() -> (Registry, Registered<RuntimeMetric<Counter>>) {
    let registry = Registry::new();
    let things = FamilyOptions::new("sent_things_total", "Things.").register_unlabelled(&registry);
    (registry, things.unwrap())
}

fn start(registry: &Registry, exporter: OtlpExporter) -> Exporting {
    Exporters::new().registry(registry).exporter(exporter).start().unwrap()
}

/// The metrics of a request.
#[track_caller]
fn metrics(body: &[u8]) -> Vec<Metric> {
    let request = decoded(body);
    request
        .resource_metrics
        .into_iter()
        .flat_map(|it| it.scope_metrics)
        .flat_map(|it| it.metrics)
        .collect()
}

/// What the counter was when a request was made.
#[track_caller]
fn things(body: &[u8]) -> i64 {
    let metrics = metrics(body);
    let metric = metrics.iter().find(|metric| metric.name == "sent_things_total").unwrap();
    let Some(Data::Sum(sum)) = &metric.data else { panic!("{metric:?}") };
    let Some(NumberValue::Int(value)) = sum.data_points[0].value else { panic!("{metric:?}") };
    value
}

/// Why the only exporter has failed.
#[track_caller]
fn failure(exporting: &Exporting, timeout: Duration) -> ExportError {
    let error = exporting.flush(timeout).unwrap_err();
    let failures: Vec<_> = error.failures().collect();
    let [("otlp", error)] = *failures else { panic!("{failures:?}") };
    error.clone()
}

#[track_caller]
fn send_error(error: &ExportError) -> SendError {
    let ExportError::Send(error) = error else { panic!("{error:?}") };
    error.downcast_ref::<SendError>().unwrap().clone()
}

#[test]
fn an_export_is_posted_as_protobuf() {
    let receiver = Receiver::friendly();
    let (registry, counter) = counted();
    counter.inc_by(3);
    let exporting = start(&registry, exporter(&receiver.url()));
    exporting.flush(PATIENCE).unwrap();
    counter.inc();
    exporting.flush(PATIENCE).unwrap();
    let received = receiver.received();
    let [first, second] = &*received else { panic!("{received:?}") };
    assert_eq!(first.line, "POST /v1/metrics");
    assert_eq!(first.header("content-type"), Some("application/x-protobuf"));
    assert_eq!(first.header("content-encoding"), None);
    assert_eq!((things(&first.body), things(&second.body)), (3, 4));
    let resource = decoded(&first.body).resource_metrics.remove(0).resource.unwrap();
    assert!(pairs(&resource.attributes).contains(&("service.name", "tested")));
}

#[test]
fn what_is_compressed_is_the_same() {
    let receiver = Receiver::friendly();
    let (registry, counter) = counted();
    counter.inc_by(7);
    let exporting = start(&registry, exporter(&receiver.url()).gzip(true));
    exporting.flush(PATIENCE).unwrap();
    let received = &receiver.received()[0];
    assert_eq!(received.header("content-encoding"), Some("gzip"));
    let mut body = Vec::new();
    flate2::read::GzDecoder::new(&*received.body).read_to_end(&mut body).unwrap();
    assert_eq!(things(&body), 7);
}

#[test]
fn an_empty_registry_sends_nothing() {
    let receiver = Receiver::friendly();
    let exporting = start(&Registry::new(), exporter(&receiver.url()));
    exporting.flush(PATIENCE).unwrap();
    assert!(receiver.received().is_empty());
}

#[test]
fn headers_are_sent_and_secrets_are_not_shown() {
    let receiver = Receiver::new(|_, received| {
        let secret = received.header("authorization").unwrap_or_default();
        answer("400 Bad Request", "", &format!("who is {secret}?"))
    });
    let (registry, _counter) = counted();
    let destination = destination(&receiver.url())
        .header("X-Scope-OrgID", "tenant-7")
        .and_then(|destination| destination.bearer("hunter2hunter2"))
        .unwrap();
    let exporter = OtlpExporter::http(destination, Resource::new("tested"));
    assert!(!format!("{exporter:?}").contains("hunter2"));
    let exporting = start(&registry, exporter.interval(NEVER));
    let error = failure(&exporting, PATIENCE);
    for shown in [error.to_string(), format!("{error:?}"), format!("{exporting:?}")] {
        assert!(!shown.contains("hunter2"), "{shown}");
    }
    let received = &receiver.received()[0];
    assert_eq!(received.header("x-scope-orgid"), Some("tenant-7"));
    assert_eq!(received.header("authorization"), Some("Bearer hunter2hunter2"));
}

#[test]
fn a_receiver_that_is_busy_is_asked_again() {
    for status in ["429 Too Many Requests", "502 Bad Gateway", "503 Busy", "504 Gateway Timeout"] {
        let receiver = Receiver::new(move |index, _| match index {
            0 => answer(status, "Retry-After: 0\r\n", ""),
            1 => answer(status, "", ""),
            _ => answer("200 OK", "", ""),
        });
        let (registry, counter) = counted();
        counter.inc();
        let exporting = start(&registry, exporter(&receiver.url()));
        exporting.flush(PATIENCE).unwrap();
        let received = receiver.received();
        assert_eq!(received.len(), 3, "{status}");
        // The very same request, also if something was counted meanwhile.
        assert!(received.iter().all(|one| one.body == received[0].body), "{status}");
    }
}

#[test]
fn a_connection_that_ends_without_an_answer_is_tried_again() {
    let receiver = Receiver::new(|index, _| match index {
        0 => String::new(),
        _ => answer("200 OK", "", ""),
    });
    let (registry, _counter) = counted();
    let exporting = start(&registry, exporter(&receiver.url()));
    exporting.flush(PATIENCE).unwrap();
    assert_eq!(receiver.received().len(), 2);
}

#[test]
fn any_other_answer_is_final() {
    for status in [301, 400, 401, 404, 408, 413, 500, 501, 505] {
        let receiver = Receiver::new(move |_, _| {
            answer(&format!("{status} What"), "Retry-After: 0\r\nLocation: /\r\n", "not so\n")
        });
        let (registry, _counter) = counted();
        let exporting = start(&registry, exporter(&receiver.url()));
        let error = send_error(&failure(&exporting, PATIENCE));
        assert_eq!(error.status(), Some(status));
        assert!(error.to_string().contains("not so"), "{error}");
        assert_eq!(receiver.received().len(), 1, "{status}");
    }
}

#[test]
fn points_that_are_not_taken_are_counted_and_not_sent_again() {
    // `partial_success { rejected_data_points: 1, error_message: "old" }`.
    let receiver = Receiver::new(|_, _| answer("200 OK", "", "\x0a\x07\x08\x01\x12\x03old"));
    let (registry, _counter) = counted();
    let _level = FamilyOptions::new("sent_level", "Level.")
        .register_unlabelled::<measurand::Gauge>(&registry)
        .unwrap();
    let shown = Registry::new();
    let exporters = Exporters::new().registry(&registry).metrics(&shown).unwrap();
    let exporting = exporters.exporter(exporter(&receiver.url())).start().unwrap();
    exporting.flush(PATIENCE).unwrap();
    let text = shown.to_text();
    assert_eq!(sample(&text, "measurand_exports_total{exporter=\"otlp\",result=\"ok\"}"), 1.0);
    assert_eq!(sample(&text, "measurand_exported_points_total{exporter=\"otlp\"}"), 1.0);
    assert_eq!(sample(&text, "measurand_rejected_points_total{exporter=\"otlp\"}"), 1.0);
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn a_request_that_is_refused_keeps_no_other_from_being_sent() {
    let receiver = Receiver::new(|index, _| match index {
        0 => answer("400 Bad Request", "", "too many labels"),
        _ => answer("200 OK", "", ""),
    });
    let registry = Registry::new();
    let options = FamilyOptions::new("split_things_total", "Things.").max_series(100);
    let things = options.register::<Counter, 1>(&registry, ["id"]).unwrap();
    (0..100).for_each(|id| things.with([&*format!("thing-{id}")]).inc());
    let exporting = start(&registry, exporter(&receiver.url()).max_request_bytes(1_000));
    let error = failure(&exporting, PATIENCE);
    assert!(error.to_string().contains("too many labels"), "{error}");
    let received = receiver.received();
    assert!(received.len() > 3 && received.iter().all(|it| it.body.len() <= 1_000));
    let points = |one: &Received| match &metrics(&one.body)[0].data {
        Some(Data::Sum(sum)) => sum.data_points.len(),
        other => panic!("{other:?}"),
    };
    assert_eq!(received.iter().map(points).sum::<usize>(), 100);
}

#[test]
fn what_was_not_sent_is_in_the_next_export() {
    // A port at which nobody listens.
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (registry, counter) = counted();
    counter.inc_by(5);
    let url = format!("http://{address}");
    let destination = destination(&url).timeout(Duration::from_millis(300));
    let exporter = OtlpExporter::http(destination, Resource::new("tested")).interval(NEVER);
    let exporting = start(&registry, exporter);
    let error = send_error(&failure(&exporting, PATIENCE));
    assert!(matches!(error, SendError::Unreachable { .. }), "{error:?}");

    // Somebody else may have taken it meanwhile.
    let Ok(listener) = TcpListener::bind(address) else { return };
    let server = std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let received = Received::read(&stream).unwrap();
        stream.write_all(answer("200 OK", "", "").as_bytes()).unwrap();
        received
    });
    counter.inc();
    exporting.flush(PATIENCE).unwrap();
    assert_eq!(things(&server.join().unwrap().body), 6);
}

/// Answers a byte at a time.
fn drip(stream: &mut TcpStream, bytes: impl Iterator<Item = u8>) {
    for byte in bytes {
        if stream.write_all(&[byte]).is_err() {
            return;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// The error is there within the time limit, and the next export is tried.
#[track_caller]
fn check_hostile(hostile: impl FnMut(TcpStream) + Send + 'static) {
    let address = serve(hostile);
    let (registry, _counter) = counted();
    let destination = destination(&format!("http://{address}")).timeout(Duration::from_millis(400));
    let exporter = OtlpExporter::http(destination, Resource::new("tested"));
    let shown = Registry::new();
    let exporters = Exporters::new().registry(&registry).metrics(&shown).unwrap();
    let exporter = exporter.interval(Duration::from_millis(500));
    let exporting = exporters.exporter(exporter).start().unwrap();
    failure(&exporting, PATIENCE);
    until("a further export", || {
        let text = shown.to_text();
        let failed = sample(&text, "measurand_exports_total{exporter=\"otlp\",result=\"failed\"}");
        (failed >= 3.0).then_some(())
    });
    let start = Instant::now();
    assert!(exporting.shutdown(Duration::from_secs(2)).is_err());
    assert!(start.elapsed() < PATIENCE / 2);
}

#[test]
fn a_receiver_that_never_answers_costs_one_export_at_a_time() {
    let mut held = Vec::new();
    check_hostile(move |stream| held.push(stream));
}

#[test]
fn a_receiver_that_drips_costs_one_export_at_a_time() {
    let ok = *b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n";
    check_hostile(move |mut stream| drip(&mut stream, ok.into_iter().chain(std::iter::repeat(0))));
}

#[test]
fn a_receiver_that_talks_garbage_costs_one_export_at_a_time() {
    check_hostile(|mut stream| drop(stream.write_all(b"220 mail.internal ESMTP\r\n")));
}

#[test]
fn a_receiver_that_answers_without_end_costs_one_export_at_a_time() {
    check_hostile(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n");
        while stream.write_all(&[0; 8 << 10]).is_ok() {}
    });
}

#[test]
fn a_receiver_that_redirects_is_not_followed() {
    check_hostile(|mut stream| {
        let _ = Received::read(&stream);
        let circle = answer("308 Permanent Redirect", "Location: /v1/metrics\r\n", "");
        let _ = stream.write_all(circle.as_bytes());
    });
}
