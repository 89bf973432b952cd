//! Tests of metrics. They run at the same time, on the same statics, and each sees only what it counted itself.

use std::thread;
use std::time::Duration;

use mailer::{MAILER, Mailer, Recipient, Refusal};
use measurand::calls::Outcome;
use measurand::registry::{Collector, Point, Points};
use measurand::testing::{self, Isolation};
use measurand::{Counter, Descriptor, Metrics, Registry};

/// A metric is read by its own methods.
#[test]
fn what_waits_is_shown_until_it_is_sent() {
    let _isolation = testing::isolate();
    let mut mailer = Mailer::default();
    mailer.push("ann@example.org", "Hello!");
    mailer.push("bob@example.com", "Good bye.");
    assert_eq!(MAILER.waiting_mails.get(), 2.0);
    assert_eq!(mailer.flush(), []);
    assert_eq!(MAILER.waiting_mails.get(), 0.0);
    assert_eq!(MAILER.sent_total.with(Recipient { domain: "example.org" }).get(), 1);
    let sizes = MAILER.size_bytes.snapshot();
    assert_eq!((sizes.count(), sizes.sum()), (2, 15));
    assert!(MAILER.last_sent_timestamp_seconds.get() > 1.7e9);
}

/// The calls of a function are read from the field that its attribute names.
#[test]
fn deliveries_are_counted_by_what_becomes_of_them() {
    let _isolation = testing::isolate();
    let mut mailer = Mailer::default();
    mailer.push("nobody", "Hello!");
    mailer.push("ann@example.org", "");
    mailer.push("ann@example.org", "Hello!");
    assert_eq!(mailer.flush(), [Refusal::Address, Refusal::Empty]);
    assert_eq!(MAILER.delivery.count(Outcome::Error), 2);
    assert_eq!(MAILER.delivery.count(Outcome::Ok), 1);
    assert_eq!(MAILER.delivery.durations().count(), 3);
}

/// Without a field, the calls of a function are read by its name.
#[test]
fn a_flush_is_one_call() {
    let _isolation = testing::isolate();
    let mut mailer = Mailer::default();
    mailer.flush();
    mailer.flush();
    let flushes = testing::calls_of("flush");
    assert_eq!((flushes.count(Outcome::Ok), flushes.in_progress()), (2, 0));
}

/// `difference` tells how much one step changes, whatever the test did before.
#[test]
fn one_mail_is_one_mail() {
    let _isolation = testing::isolate();
    let mut mailer = Mailer::default();
    mailer.push("ann@example.org", "Hello!");
    let more = testing::difference(
        || MAILER.waiting_mails.get(),
        || mailer.push("bob@example.com", "Hello!"),
    );
    assert_eq!(more, 1.0);
}

/// Some families are compared as Prometheus would read them.
#[test]
fn the_page_is_as_expected() {
    let _isolation = testing::isolate();
    let mut mailer = Mailer::default();
    mailer.push("ann@example.org", "Hello!");
    mailer.push("nobody", "Hello!");
    mailer.flush();
    testing::assert_families(
        Registry::global(),
        &["mailer_delivery_calls_total", "mailer_sent_total", "mailer_waiting_mails"],
        r#"
        # HELP mailer_delivery_calls_total Deliveries to the server: calls that have ended, by how they ended.
        # TYPE mailer_delivery_calls_total counter
        mailer_delivery_calls_total{outcome="cancelled"} 0
        mailer_delivery_calls_total{outcome="error"} 0
        mailer_delivery_calls_total{outcome="error",refusal="address"} 1
        mailer_delivery_calls_total{outcome="error",refusal="empty"} 0
        mailer_delivery_calls_total{outcome="ok"} 1
        mailer_delivery_calls_total{outcome="panicked"} 0
        # HELP mailer_sent_total Mails sent, by the domain that they went to.
        # TYPE mailer_sent_total counter
        mailer_sent_total{domain="example.org"} 1
        # HELP mailer_waiting_mails Mails that wait to be sent.
        # TYPE mailer_waiting_mails gauge
        mailer_waiting_mails 0
        "#,
    );
}

/// Other threads take part in the isolation by `run`.
#[test]
fn threads_of_a_test_share_its_isolation() {
    let isolation = Isolation::new();
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                isolation.run(|| {
                    let mut mailer = Mailer::default();
                    mailer.push("ann@example.org", "Hello!");
                    mailer.flush();
                });
            });
        }
    });
    let sent = || MAILER.sent_total.with(Recipient { domain: "example.org" }).get();
    assert_eq!(isolation.run(sent), 4);
}

/// A series is read by its name, and the test moves the time.
#[test]
fn a_slow_flush_shows() {
    let _isolation = testing::isolate();
    testing::pause();
    let call = MAILER.delivery.start();
    testing::advance(Duration::from_secs(3));
    call.end(Outcome::Ok);
    let sum = testing::value(Registry::global(), "mailer_delivery_duration_seconds_sum", &[]);
    assert_eq!(sum, 3.0);
}

/// A collector is checked against what it describes in a registry of the test's own.
#[test]
fn a_collector_gives_what_it_describes() {
    /// Shows what a server says of itself.
    struct ServerCollector {
        queued: Descriptor,
    }

    impl Collector for ServerCollector {
        fn describe(&self) -> Vec<Descriptor> {
            vec![self.queued.clone()]
        }

        fn collect(&self, points: &mut Points<'_>) {
            points.push(&self.queued, &["mx1"], Point::gauge(7));
        }
    }

    let registry = Registry::pedantic();
    let queued = Descriptor::gauge("mailer_server_queued_mails", "Mails that a server has queued.");
    let queued = queued.labels(["server"]).build().unwrap();
    let _collector = registry.register_collector(ServerCollector { queued }).unwrap();
    testing::assert_no_lints(&registry);
    testing::assert_text(&registry, r#"mailer_server_queued_mails{server="mx1"} 7"#);
}

/// A test registers instances in a registry of its own.
#[test]
fn an_instance_has_a_registry_of_its_own() {
    /// What one server does.
    #[derive(Metrics)]
    #[metrics(namespace = "mailer_server", instance(server: &str))]
    struct ServerMetrics {
        /// Mails taken.
        taken_total: Counter,
    }

    let registry = Registry::new();
    let server = ServerMetrics::register(&registry, "mx1").unwrap();
    server.taken_total.inc();
    testing::assert_text(&registry, r#"mailer_server_taken_total{server="mx1"} 1"#);
}

/// No name that was made at run time breaks a rule, and no two families conflict.
#[test]
fn all_metrics_are_in_order() {
    testing::assert_no_lints(Registry::global());
}
