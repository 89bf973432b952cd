//! Exports as the variables `OTEL_…` say. Source of what is expected:
//! <https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/> and
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>

use std::collections::BTreeMap;
use std::sync::Mutex;

use crate::authority::Authority;
use crate::otlp_messages::decoded;
use crate::receiver::{Received, Receiver};
use measurand::otlp::{Environment, EnvironmentError};
use measurand::runtime::FamilyOptions;
use measurand::{Gauge, Registry};
use measurand_tests::PATIENCE;

/// What is logged of one variable, by tests that have a variable of their own or look for their own value.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        metadata.level() <= log::Level::Warn && metadata.target().starts_with("measurand")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.lock().unwrap().push(record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// Whether there is a line in the log that names a variable and a value.
fn is_logged(variable: &str, value: &str) -> bool {
    let lines = LINES.lock().unwrap();
    lines.iter().any(|line| line.contains(&format!("`{variable}`")) && line.contains(value))
}

fn read(variables: &[(&str, &str)]) -> Result<Environment, EnvironmentError> {
    // Another test may have set it.
    let _ = log::set_logger(&Logger).map(|()| log::set_max_level(log::LevelFilter::Warn));
    Environment::of(|variable| {
        let set = variables.iter().find(|(name, _)| *name == variable);
        set.map(|(_, value)| (*value).to_owned())
    })
}

/// What the environment is, as it shows itself.
#[track_caller]
fn shown(variables: &[(&str, &str)]) -> String {
    format!("{:?}", read(variables).unwrap())
}

/// The variable that cannot be obeyed, and why.
#[track_caller]
fn error(variables: &[(&str, &str)]) -> (&'static str, String) {
    let error = read(variables).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with(&format!("the environment variable `{}` ", error.variable)), "{text}");
    (error.variable, text)
}

/// What a receiver is sent where the environment names its URL by a variable.
#[track_caller]
fn sent(variable: &str, path: &str, more: &[(&str, &str)]) -> Received {
    let receiver = Receiver::friendly();
    let url = format!("{}{path}", receiver.url());
    let variables = [&[(variable, &*url)], more].concat();
    let registry = Registry::new();
    let level = FamilyOptions::new("environment_level", "Level.");
    let _level = level.register_unlabelled::<Gauge>(&registry).unwrap();
    let exporting = read(&variables).unwrap().exporters().registry(&registry).start().unwrap();
    exporting.flush(PATIENCE).unwrap();
    let [one] = <[_; 1]>::try_from(receiver.received()).unwrap();
    one
}

const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const METRICS_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT";

/// The attributes of the resource that is sent.
#[track_caller]
fn resource(more: &[(&str, &str)]) -> BTreeMap<String, String> {
    let sent = sent(ENDPOINT, "", more);
    let resource = decoded(&sent.body).resource_metrics.remove(0).resource.unwrap();
    let pairs = resource.attributes.into_iter();
    pairs.map(|pair| (pair.key, pair.value.unwrap().string_value.unwrap())).collect()
}

#[test]
fn nothing_set_is_otlp_at_the_usual_port() {
    let text = shown(&[]);
    assert!(text.contains("\"http://localhost:4318/v1/metrics\"") && text.contains("gzip: false"));
    assert!(text.contains("console: None, prometheus: None"), "{text}");
    assert!(text.contains("interval: 60s, timeout: 30s"), "{text}");
    assert!(text.contains("headers: [], timeout: 10s"), "{text}");
    // An empty variable is not set.
    let empty = [ENDPOINT, METRICS_ENDPOINT, "OTEL_METRICS_EXPORTER", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    assert_eq!(shown(&empty.map(|variable| (variable, ""))), text);
    assert_eq!(shown(&empty.map(|variable| (variable, "  "))), text);
}

#[test]
fn the_path_is_added_to_the_common_url_and_not_to_that_of_metrics() {
    let line = |variable, path| sent(variable, path, &[]).line;
    assert_eq!(line(ENDPOINT, ""), "POST /v1/metrics");
    assert_eq!(line(ENDPOINT, "/"), "POST /v1/metrics");
    assert_eq!(line(ENDPOINT, "/otlp"), "POST /otlp/v1/metrics");
    assert_eq!(line(ENDPOINT, "/otlp/"), "POST /otlp/v1/metrics");
    assert_eq!(line(ENDPOINT, "/otlp?tenant=7"), "POST /otlp/v1/metrics?tenant=7");
    assert_eq!(line(METRICS_ENDPOINT, ""), "POST /");
    assert_eq!(
        line(METRICS_ENDPOINT, "/opentelemetry/v1/metrics"),
        "POST /opentelemetry/v1/metrics"
    );
    assert_eq!(line(METRICS_ENDPOINT, "/a/"), "POST /a/");
    // That of metrics goes first.
    let other = [(ENDPOINT, "http://localhost:1")];
    assert_eq!(sent(METRICS_ENDPOINT, "/a", &other).line, "POST /a");
}

#[test]
fn headers_are_decoded_and_sent() {
    let headers = [(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "X-Scope-OrgID=tenant%207, authorization=Basic%20YTpi,x-empty=",
    )];
    let received = sent(ENDPOINT, "", &headers);
    assert_eq!(received.header("x-scope-orgid"), Some("tenant 7"));
    assert_eq!(received.header("authorization"), Some("Basic YTpi"));
    let mut both = headers.to_vec();
    both.push(("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x-other=1"));
    let received = sent(ENDPOINT, "", &both);
    assert_eq!(received.header("x-other"), Some("1"));
    assert_eq!(received.header("x-scope-orgid"), None);
    assert!(!shown(&headers).contains("YTpi"));
}

#[test]
fn certificates_are_read_from_files() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let (url, received) = authority.serve(Some(&clients));
    let (certificate, key) = clients.issue("service");
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, pem: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, pem).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let authority = file("ca.pem", &authority.pem());
    let (certificate, key) = (file("client.pem", &certificate), file("client.key", &key));
    let all = [
        (ENDPOINT, &*url),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "500"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", &authority),
        ("OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE", &certificate),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", &key),
    ];
    let export = |variables: &[(&str, &str)]| {
        let registry = Registry::new();
        let level = FamilyOptions::new("environment_level", "Level.");
        let _level = level.register_unlabelled::<Gauge>(&registry).unwrap();
        let exporters = read(variables).unwrap().exporters().registry(&registry);
        exporters.start().unwrap().shutdown(PATIENCE)
    };
    // Neither without the one nor without the other.
    assert!(export(&all[..2]).is_err() && export(&all[..3]).is_err());
    assert!(received.lock().unwrap().is_empty());
    let patient = [&all[..1], &all[2..]].concat();
    export(&patient).unwrap();
    assert_eq!(received.lock().unwrap()[0].line, "POST /v1/metrics");
}

#[test]
fn what_is_compressed_says_so() {
    let compression = |variable, value| {
        let received = sent(ENDPOINT, "", &[(variable, value)]);
        received.header("content-encoding").map(str::to_owned)
    };
    let of_all = "OTEL_EXPORTER_OTLP_COMPRESSION";
    assert_eq!(compression(of_all, "gzip").as_deref(), Some("gzip"));
    assert_eq!(
        compression("OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "GZIP").as_deref(),
        Some("gzip")
    );
    assert_eq!(compression(of_all, "none"), None);
    assert_eq!(compression(of_all, "lz77"), None);
    assert!(is_logged(of_all, "lz77"));
}

#[test]
fn the_resource_is_what_the_environment_says() {
    let default = resource(&[]);
    assert!(default["service.name"].starts_with("unknown_service:otlp_sending"), "{default:?}");
    assert_eq!(default["service.instance.id"].len(), 36);
    assert_ne!(default["service.instance.id"], resource(&[])["service.instance.id"]);

    let attributes = "service.name=shop,service.instance.id=7,deployment.environment.name=a%2Cb";
    let said = resource(&[("OTEL_RESOURCE_ATTRIBUTES", attributes)]);
    assert_eq!(said["service.name"], "shop");
    assert_eq!(said["service.instance.id"], "7");
    assert_eq!(said["deployment.environment.name"], "a,b");
    assert_eq!(said["telemetry.sdk.language"], "rust");

    let named = [("OTEL_RESOURCE_ATTRIBUTES", attributes), ("OTEL_SERVICE_NAME", "till")];
    assert_eq!(resource(&named)["service.name"], "till");

    // All of it is passed over.
    let broken = resource(&[("OTEL_RESOURCE_ATTRIBUTES", "service.name=shop,what")]);
    assert!(broken["service.name"].starts_with("unknown_service:"), "{broken:?}");
    assert!(is_logged("OTEL_RESOURCE_ATTRIBUTES", "shop,what"));
}

#[test]
fn times_are_milliseconds() {
    let text = shown(&[
        ("OTEL_METRIC_EXPORT_INTERVAL", "1500"),
        ("OTEL_METRIC_EXPORT_TIMEOUT", "700"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1"),
        ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", "2000"),
    ]);
    assert!(text.contains("interval: 1.5s, timeout: 700ms") && text.contains("timeout: 2s"));
    let none = shown(&[("OTEL_EXPORTER_OTLP_TIMEOUT", "0"), ("OTEL_METRIC_EXPORT_TIMEOUT", "0")]);
    assert_eq!(none.matches("timeout: 4294967.295s").count(), 2, "{none}");
}

#[test]
fn a_number_that_is_none_is_passed_over() {
    for value in ["-1", "1.5", "5s", "ten"] {
        let variables = [
            ("OTEL_METRIC_EXPORT_INTERVAL", value),
            ("OTEL_METRIC_EXPORT_TIMEOUT", value),
            ("OTEL_EXPORTER_OTLP_METRICS_TIMEOUT", value),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "3000"),
        ];
        let text = shown(&variables);
        assert!(text.contains("interval: 60s, timeout: 30s") && text.contains("timeout: 3s"));
        variables[..3].iter().for_each(|(variable, value)| assert!(is_logged(variable, value)));
    }
    assert!(shown(&[("OTEL_METRIC_EXPORT_INTERVAL", "0")]).contains("interval: 60s"));
}

#[test]
fn exporters_are_a_list() {
    let check = |list: &str, otlp, console, prometheus| {
        let environment = read(&[("OTEL_METRICS_EXPORTER", list)]).unwrap();
        assert_eq!(environment.prometheus().is_some(), prometheus, "{list}");
        let text = format!("{environment:?}");
        assert_eq!(!text.contains("otlp: None"), otlp, "{list}");
        assert_eq!(!text.contains("console: None"), console, "{list}");
    };
    check("otlp", true, false, false);
    check("none", false, false, false);
    check("console", false, true, false);
    check("prometheus, OTLP", true, false, true);
    check("otlp,prometheus,console", true, true, true);
    check("prometheus,zipkin-of-metrics", false, false, true);
    assert!(is_logged("OTEL_METRICS_EXPORTER", "zipkin-of-metrics"));
    // Of an unknown one nothing is left, as if it were not set.
    check("logging-of-old", true, false, false);
    assert!(is_logged("OTEL_METRICS_EXPORTER", "logging-of-old"));
}

#[test]
fn a_disabled_sdk_exports_nothing() {
    let all = ("OTEL_METRICS_EXPORTER", "otlp,prometheus,console");
    let is_disabled = |value| {
        let environment = read(&[("OTEL_SDK_DISABLED", value), all]).unwrap();
        let text = format!("{environment:?}");
        environment.prometheus().is_none() && text.matches("None").count() == 3
    };
    assert!(is_disabled("true") && is_disabled("TRUE"));
    assert!(!is_disabled("false") && !is_disabled("1") && !is_disabled("yes, please"));
    assert!(is_logged("OTEL_SDK_DISABLED", "yes, please"));
    // What would be an error is not looked at.
    assert!(read(&[("OTEL_SDK_DISABLED", "true"), (ENDPOINT, "nowhere")]).is_ok());
}

#[test]
fn a_page_is_where_the_environment_says() {
    let address = |more: &[(&str, &str)]| {
        let variables = [&[("OTEL_METRICS_EXPORTER", "prometheus")], more].concat();
        read(&variables).unwrap().prometheus().unwrap().to_owned()
    };
    let (host, port) = ("OTEL_EXPORTER_PROMETHEUS_HOST", "OTEL_EXPORTER_PROMETHEUS_PORT");
    assert_eq!(address(&[]), "localhost:9464");
    assert_eq!(address(&[(host, "0.0.0.0"), (port, "9100")]), "0.0.0.0:9100");
    assert_eq!(address(&[(host, "::1")]), "[::1]:9464");
    assert_eq!(address(&[(port, "70000")]), "localhost:9464");
    assert!(is_logged(port, "70000"));
}

#[test]
fn what_cannot_be_sent_is_an_error_that_names_the_variable() {
    for (variable, value) in [
        (ENDPOINT, "collector:4318"),
        (ENDPOINT, "grpc://collector:4317"),
        (METRICS_ENDPOINT, "/v1/metrics"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization: hunter2"),
        ("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "x y=hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x=hunter2%0A"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "content-type=hunter2"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x=hunter2%ff"),
        ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem"),
    ] {
        let (named, text) = error(&[(variable, value)]);
        assert_eq!(named, variable, "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    let (certificate, key) =
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY");
    let (named, text) = error(&[(certificate, "/nowhere/client.pem")]);
    assert!(named == certificate && text.contains("OTEL_EXPORTER_OTLP_CLIENT_KEY"), "{text}");
    let (named, text) = error(&[(key, "/nowhere/client.key")]);
    assert!(named == key && text.contains(certificate), "{text}");
    let (named, text) =
        error(&[(key, "/nowhere/client.key"), (certificate, "/nowhere/client.pem")]);
    assert!(named == certificate && text.contains("/nowhere/client.pem"), "{text}");
}

#[test]
fn the_temporality_is_what_is_preferred() {
    let is_delta = |preference| {
        let variable = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE";
        let shown = shown(&[(variable, preference)]);
        assert!(shown.contains("temporality: Delta") || shown.contains("temporality: Cumulative"));
        shown.contains("temporality: Delta")
    };
    assert!(is_delta("delta") && is_delta("Delta") && is_delta("LowMemory"));
    assert!(!is_delta("CUMULATIVE") && !is_delta("") && !is_delta("sometimes"));
    assert!(is_logged("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "sometimes"));
}

#[test]
fn what_is_not_there_is_an_error_and_not_something_else() {
    for (variable, value) in [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
    ] {
        let (named, text) = error(&[(variable, value)]);
        assert!(named == variable && text.contains("\nhelp: "), "{text}");
    }
    let over_grpc = shown(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]);
    assert!(over_grpc.contains("Grpc") && over_grpc.contains("\"http://localhost:4317\""));
    let elsewhere = [
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:1"),
    ];
    assert!(shown(&elsewhere).contains("\"http://collector:1\""));
    let fine = [
        ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
    ];
    assert_eq!(shown(&fine), shown(&[]));
    let unknown = [("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon")];
    assert_eq!(shown(&unknown), shown(&[]));
    assert!(is_logged("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon"));
}
