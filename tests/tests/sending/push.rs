//! What a Pushgateway is sent.

use std::time::{Duration, SystemTime};

use crate::receiver::{Received, Receiver, answer};
use measurand::exposition::{Encoder, Format};
use measurand::outgoing::{Destination, SendError};
use measurand::push::{PushError, Pushgateway};
use measurand::registry::{Collector, Point, Points};
use measurand::runtime::FamilyOptions;
use measurand::unit::Seconds;
use measurand::{Counter, Descriptor, Family, Gauge, LabelSet, LabelValue, Metrics, Registry};
use measurand_tests::PATIENCE;

/// What a job has done.
#[derive(Metrics)]
#[metrics(namespace = "push_job")]
struct JobMetrics {
    /// Files copied.
    copied_files_total: Counter,
    /// When it ended.
    end_timestamp_seconds: Gauge<Seconds>,
}

/// What another part of the job has done.
#[derive(Metrics)]
#[metrics(namespace = "push_other")]
struct OtherMetrics {
    /// Files removed.
    removed_files_total: Counter,
}

/// By label, as far as the grouping key may not have them.
#[derive(Metrics)]
#[metrics(namespace = "push_labelled")]
struct LabelledMetrics {
    /// Tasks done.
    tasks_total: Family<TaskLabels, Counter>,
}

#[derive(LabelSet)]
struct TaskLabels {
    #[label(expect(target_label, reason = "a test of what cannot be pushed"))]
    job: Job,
    shard: Shard,
}

#[derive(LabelValue, Clone, Copy)]
#[allow(dead_code, reason = "only its label matters")]
#[label(expect(target_label, reason = "a test of what cannot be pushed"))]
enum Job {
    Backup,
}

#[derive(LabelValue, Clone, Copy)]
#[allow(dead_code, reason = "only its label matters")]
enum Shard {
    One,
}

/// A registry with one counter.
fn small_registry(name: &str) -> Registry {
    let registry = Registry::new();
    let options = FamilyOptions::new(name.to_owned(), "Things.");
    options.register_unlabelled::<Counter>(&registry).unwrap().leak().inc();
    registry
}

fn gateway_of(receiver: &Receiver) -> Pushgateway {
    Pushgateway::new(&receiver.url(), "backup").unwrap().instance("db-7")
}

#[test]
fn push_add_and_delete_are_put_post_and_delete() {
    let receiver = Receiver::friendly();
    let registry = small_registry("push_methods_total");
    let gateway = gateway_of(&receiver).registry(&registry);
    gateway.push().unwrap();
    gateway.add().unwrap();
    gateway.delete().unwrap();
    drop(gateway.delete_on_drop());
    let received = receiver.received();
    let lines: Vec<_> = received.iter().map(|one| one.line.as_str()).collect();
    let path = "/metrics/job/backup/instance/db-7";
    assert_eq!(lines, ["PUT", "POST", "DELETE", "DELETE"].map(|method| format!("{method} {path}")));

    let page = Encoder::new(Format::Protobuf).to_bytes(&registry).unwrap();
    for one in &received[..2] {
        assert_eq!(one.header("content-type"), Some(Format::Protobuf.content_type()));
        assert_eq!(one.body, page);
    }
    for one in &received[2..] {
        assert_eq!((one.header("content-type"), one.body.len()), (None, 0));
    }
}

#[test]
fn text_is_pushed_if_asked_for() {
    let receiver = Receiver::friendly();
    let registry = small_registry("push_text_total");
    gateway_of(&receiver).registry(&registry).text().push().unwrap();
    let received = &receiver.received()[0];
    assert_eq!(received.header("content-type"), Some(Format::Text.content_type()));
    assert_eq!(received.body, Encoder::new(Format::Text).to_bytes(&registry).unwrap());
}

/// The text that is pushed.
fn pushed(gateway: impl FnOnce(Pushgateway) -> Pushgateway) -> String {
    let receiver = Receiver::friendly();
    gateway(gateway_of(&receiver)).text().push().unwrap();
    String::from_utf8(receiver.received()[0].body.clone()).unwrap()
}

#[test]
fn structs_and_registries_are_pushed_alone_or_together() {
    JobMetrics::global().copied_files_total.inc();
    let names = |text: &str| -> Vec<_> {
        let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE push_"));
        types.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
    };
    let job = ["job_copied_files_total", "job_end_timestamp_seconds"];
    let text = pushed(|gateway| gateway.only(JobMetrics::global()).unwrap());
    assert_eq!(names(&text), job);
    assert!(text.contains("push_job_copied_files_total 1\n"), "{text}");
    let text = pushed(|gateway| {
        let gateway = gateway.only(JobMetrics::global()).unwrap();
        let gateway = gateway.only(JobMetrics::global()).unwrap();
        gateway.only(OtherMetrics::global()).unwrap()
    });
    assert_eq!(names(&text), [job[0], job[1], "other_removed_files_total"]);
    let text = pushed(|gateway| {
        let gateway = gateway.registry(&small_registry("push_alone_total"));
        gateway.only(OtherMetrics::global()).unwrap()
    });
    assert_eq!(names(&text), ["alone_total", "other_removed_files_total"]);
    // What nobody has chosen is the registry of the whole binary; one of its metrics cannot be pushed.
    let receiver = Receiver::friendly();
    let error = gateway_of(&receiver).push().unwrap_err();
    assert!(matches!(error, PushError::GroupedLabels { .. }), "{error}");
}

#[test]
fn labels_of_the_grouping_key_are_refused_before_anything_is_sent() {
    let receiver = Receiver::friendly();
    let labelled = LabelledMetrics::global();
    let gateway = gateway_of(&receiver).only(labelled).unwrap().label("shard", "1").unwrap();
    let error = gateway.push().unwrap_err();
    assert_eq!(
        error.to_string(),
        "the Pushgateway would overwrite labels of metrics by its grouping key: `job` of \
         `push_labelled_tasks_total`, `shard` of `push_labelled_tasks_total`\n\
         help: rename these labels, or remove them from the grouping key"
    );
    // A label that only some scrapers see under another name is the same one.
    let registry = Registry::new();
    let options = FamilyOptions::new("push_utf8_total", "Things.").max_series(3).utf8();
    let things = options.register::<Counter, 1>(&registry, ["in.stance"]).unwrap();
    things.with(["x"]).inc();
    let gateway = gateway_of(&receiver).registry(&registry);
    assert!(gateway.clone().label("in_stance", "1").unwrap().push().is_err());
    assert!(receiver.received().is_empty());
    gateway.push().unwrap();
    gateway.utf8_names().label("in_stance", "1").unwrap().push().unwrap();
    assert_eq!(receiver.received().len(), 2);
    // A label that the registry gives to all is one of each metric.
    let registry = small_registry("push_shard_total");
    registry.set_label("shard", "7").unwrap();
    let gateway = gateway_of(&receiver).registry(&registry);
    assert!(gateway.clone().label("shard", "8").unwrap().push().is_err());
    assert!(gateway.push().is_ok());
}

struct Timed(Descriptor);

impl Collector for Timed {
    fn collect(&self, points: &mut Points<'_>) {
        points.push(&self.0, &[], Point::gauge(3).at(SystemTime::UNIX_EPOCH));
    }
}

#[test]
fn points_with_a_time_are_refused_before_anything_is_sent() {
    let receiver = Receiver::friendly();
    let registry = small_registry("push_before_total");
    let family = Descriptor::gauge("push_timed", "Of another time.").build().unwrap();
    registry.register_collector(Timed(family)).unwrap().leak();
    let error = gateway_of(&receiver).registry(&registry).push().unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, PushError::Timestamps { .. }), "{text}");
    assert!(text.starts_with("the Pushgateway refuses points with their own time: `push_timed`\n"));
    assert!(receiver.received().is_empty());
}

#[test]
fn a_grouping_key_is_a_path() {
    let path = |label: &str, value: &str| {
        let gateway = Pushgateway::new("http://localhost:9091/gateway/", "a b").unwrap();
        let path = gateway.label(label, value).unwrap().path();
        path.strip_prefix("/metrics/job/a%20b/").unwrap().to_owned()
    };
    for (value, expected) in [
        ("plain-1._~", "zone/plain-1._~"),
        ("a b+c%", "zone/a%20b%2Bc%25"),
        ("/var/tmp", "zone@base64/L3Zhci90bXA"),
        ("??>/", "zone@base64/Pz8-Lw"),
        (".", "zone@base64/Lg"),
        ("..", "zone@base64/Li4"),
        ("...", "zone/..."),
        ("", "zone@base64/="),
        ("Προ", "zone/%CE%A0%CF%81%CE%BF"),
    ] {
        assert_eq!(path("zone", value), expected, "{value}");
    }
    // The job may be any text as well; of two values the last one is meant.
    let gateway = Pushgateway::new("http://localhost:9091", "a/b").unwrap();
    let gateway =
        gateway.label("b", "1").unwrap().label("a", "2").unwrap().label("b", "3").unwrap();
    assert_eq!(gateway.path(), "/metrics/job@base64/YS9i/a/2/b/3");
    assert_eq!(gateway.instance("x").without_instance().path(), "/metrics/job@base64/YS9i/a/2/b/3");

    let receiver = Receiver::friendly();
    let url = format!("{}/behind/a%20proxy/?tenant=7", receiver.url());
    Pushgateway::new(&url, "x").unwrap().delete().unwrap();
    assert_eq!(receiver.received()[0].line, "DELETE /behind/a%20proxy/metrics/job/x?tenant=7");
}

#[test]
fn labels_that_no_gateway_takes_are_refused() {
    let gateway = Pushgateway::new("http://localhost:9091", "backup").unwrap();
    for (label, expected) in [
        ("job", "label `job` is the name of the job\nhelp: pass it to `Pushgateway::new`"),
        ("", "a label has an empty name\nhelp: give it a name, such as `pool`"),
        ("le", "label `le` is reserved for histogram buckets"),
        ("quantile", "label `quantile` is reserved for summaries"),
        ("_zone", "label `_zone` starts with `_`, which is reserved"),
        ("disk-name", "label `disk-name` has a character other than"),
        ("zone@base64", "label `zone@base64` has a character other than"),
        ("größe", "label `größe` has a character other than"),
    ] {
        let error = gateway.clone().label(label, "x").unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
        assert_eq!(error.contains("utf8_names"), expected.contains("has a character"), "{error}");
    }
    // Names of any characters are for a gateway that knows them.
    let gateway = gateway.utf8_names();
    for label in ["job", "", "le", "quantile", "_zone", "zone\0", "U__zone"] {
        assert!(gateway.clone().label(label, "x").is_err(), "{label}");
    }
    let gateway = gateway.label("größe 1", "a/b").unwrap().label("zone_1", "x").unwrap();
    let path = "/metrics/job/backup/U__gr_f6__df_e_20_1@base64/YS9i/zone_1/x";
    assert_eq!(gateway.path(), path);
}

#[test]
fn what_the_gateway_says_is_in_the_error() {
    let receiver = Receiver::new(|_, _| answer("400 Bad Request", "", "it has no sense\nat all"));
    let gateway = gateway_of(&receiver).registry(&small_registry("push_refused_total"));
    let error = gateway.push().unwrap_err();
    let url = format!("{}/metrics/job/backup/instance/db-7", receiver.url());
    assert_eq!(error.to_string(), format!("{url} answered 400 Bad Request: it has no sense"));
    // It will not be otherwise the next time.
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn what_may_be_otherwise_the_next_time_is_tried_again() {
    let receiver = Receiver::new(|index, _| match index {
        0 => answer("503 Service Unavailable", "", ""),
        1 => answer("429 Too Many Requests", "Retry-After: 0\r\n", ""),
        2 => String::new(),
        _ => answer("202 Accepted", "", ""),
    });
    let destination = Destination::new(&receiver.url()).unwrap().timeout(PATIENCE);
    let gateway = Pushgateway::at(destination, "backup").unwrap().instance("db-7");
    gateway.registry(&small_registry("push_again_total")).push().unwrap();
    let received = receiver.received();
    assert_eq!(received.len(), 4);
    assert!(received.iter().all(|one| one.body == received[0].body));
}

#[test]
fn it_does_not_wait_for_longer_than_it_has_time() {
    let busy = |_: usize, _: &Received| answer("503 Busy", "Retry-After: 3600\r\n", "busy");
    let receiver = Receiver::new(busy);
    let destination = Destination::new(&receiver.url()).unwrap().timeout(PATIENCE);
    let gateway = Pushgateway::at(destination, "backup").unwrap().instance("db-7");
    let start = std::time::Instant::now();
    let error = gateway.delete().unwrap_err();
    assert!(start.elapsed() < PATIENCE / 2);
    let PushError::Send(error) = error else { panic!("{error}") };
    assert_eq!(error.status(), Some(503));
    assert!(matches!(error, SendError::Refused { attempts: 1, .. }), "{error:?}");
}

#[test]
fn a_run_is_pushed_once_however_it_ends() {
    let receiver = Receiver::friendly();
    let gateway = gateway_of(&receiver).registry(&small_registry("push_exit_total"));
    let count = || receiver.received().len();
    drop(gateway.push_on_exit());
    assert_eq!(count(), 1);
    gateway.add_on_exit().finish().unwrap();
    assert_eq!(count(), 2);
    let run = std::panic::AssertUnwindSafe(|| {
        let _push = gateway.push_on_exit();
        panic!("the job has a bug");
    });
    assert!(std::panic::catch_unwind(run).is_err());
    assert_eq!(count(), 3);
    let methods: Vec<_> = receiver.received().iter().map(|one| one.line[..4].to_owned()).collect();
    assert_eq!(methods, ["PUT ", "POST", "PUT "]);
}

#[test]
fn a_collector_that_panics_at_the_end_of_a_panic_does_not_abort() {
    struct Panics;
    impl measurand::registry::Gather for Panics {
        fn try_gather(
            &self,
            _: &mut dyn measurand::registry::Sink,
        ) -> Result<measurand::registry::Report, measurand::registry::GatherError> {
            panic!("a source has a bug");
        }
    }
    let receiver = Receiver::friendly();
    let gateway = gateway_of(&receiver).source(Panics);
    let run = std::panic::AssertUnwindSafe(|| {
        let _push = gateway.push_on_exit();
        panic!("the job has a bug");
    });
    assert!(std::panic::catch_unwind(run).is_err());
    assert!(receiver.received().is_empty());
}

#[test]
fn no_debug_output_has_a_secret() {
    let destination = Destination::new("http://user:pass-word@localhost:9091/?token=pass-word");
    let destination = destination.unwrap().header("X-Key", "pass-word").unwrap();
    let gateway = Pushgateway::at(destination.timeout(Duration::from_secs(1)), "backup").unwrap();
    for text in [
        format!("{gateway:?}"),
        format!("{:?}", gateway.without_instance().delete().unwrap_err()),
        format!("{:?}", Destination::new("http://user:pass-word@local host").unwrap_err()),
    ] {
        assert!(!text.contains("pass-word") && !text.contains("dXNlcjpw"), "{text}");
    }
}
