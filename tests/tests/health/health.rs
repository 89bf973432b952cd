//! Health and readiness, without a web server.

use std::convert::Infallible;
use std::future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use measurand::Registry;
use measurand::health::{Check, Health, HealthAnswer};
use measurand_tests::{PATIENCE, sample, until};
use tokio::runtime::{Builder, Runtime};

/// So short that nobody waits for it in vain.
const SHORT: Duration = Duration::from_millis(30);

/// As good as for ever.
const LONG: Duration = Duration::from_secs(3_600);

/// It has no timer and no sockets: checks need neither.
fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

fn ready(health: &Health) -> HealthAnswer {
    runtime().block_on(health.ready("", ""))
}

fn body(health: &Health) -> String {
    ready(health).body
}

/// Counts its runs, and ends each at once.
fn counted(name: &str, runs: &Arc<AtomicUsize>, end: Result<(), &'static str>) -> Check {
    let runs = runs.clone();
    Check::new(name, move || {
        runs.fetch_add(1, Ordering::Relaxed);
        future::ready(end)
    })
}

fn ok(name: &str) -> Check {
    Check::new(name, || future::ready(Ok::<(), Infallible>(())))
}

fn failing(name: &str) -> Check {
    Check::new(name, || future::ready(Err("s3cret of 10.0.0.7")))
}

fn header<'a>(answer: &'a HealthAnswer, name: &str) -> &'a str {
    let header = answer.headers.iter().find(|(it, _)| *it == name);
    header.map(|(_, value)| value.as_str()).unwrap()
}

#[test]
fn a_service_starts_serves_and_drains() {
    let runs = Arc::default();
    let health = Health::starting().check(counted("a", &runs, Ok(()))).unwrap();
    let answer = ready(&health);
    assert_eq!((answer.status, answer.body.as_str()), (503, "starting\na: not run\n"));
    // A clone is the same service.
    health.clone().started();
    let answer = ready(&health);
    assert_eq!((answer.status, answer.body.as_str()), (200, "ready\na: ok\n"));
    health.drain();
    health.started();
    let answer = ready(&health);
    assert_eq!((answer.status, answer.body.as_str()), (503, "draining\na: ok\n"));
    assert_eq!(runs.load(Ordering::Relaxed), 1);

    let live = health.live();
    assert_eq!((live.status, live.body.as_str()), (200, "ok\n"));
    assert_eq!(header(&live, "Content-Type"), "text/plain; charset=utf-8");
    assert_eq!(header(&live, "Cache-Control"), "no-store");
    assert_eq!(header(&answer, "Cache-Control"), "no-store");
    assert_eq!(body(&Health::new()), "ready\n");
}

#[test]
fn a_service_that_comes_to_drain_while_checks_run_is_not_ready() {
    let health = Health::new();
    let drained = health.clone();
    let check = Check::new("a", move || {
        drained.drain();
        future::ready(Ok::<(), Infallible>(()))
    });
    let health = health.check(check).unwrap();
    assert_eq!(body(&health), "draining\na: ok\n");
}

#[test]
fn only_checks_that_it_cannot_do_without_make_it_fail() {
    let health = Health::new().check(ok("a")).unwrap();
    let health = health.check(failing("b").optional()).unwrap();
    let answer = ready(&health);
    assert_eq!(
        (answer.status, answer.body.as_str()),
        (200, "ready\na: ok\nb: failed (optional)\n")
    );
    let answer = ready(&health.check(failing("c")).unwrap());
    let text = "not ready\na: ok\nb: failed (optional)\nc: failed\n";
    assert_eq!((answer.status, answer.body.as_str()), (503, text));
}

#[test]
fn a_name_is_taken_once() {
    /// It looks at the checks when it is dropped.
    struct Looks(Health, Arc<AtomicBool>);
    impl Drop for Looks {
        fn drop(&mut self) {
            assert!(format!("{:?}", self.0).contains("\"a\""));
            self.1.store(true, Ordering::Relaxed);
        }
    }
    let health = Health::new().check(ok("a")).unwrap();
    let is_dropped = Arc::default();
    let looks = Looks(health.clone(), Arc::clone(&is_dropped));
    let second = Check::blocking("a", move || {
        let _ = &looks;
        Ok::<(), Infallible>(())
    });
    let error = health.clone().check(second).unwrap_err();
    assert!(is_dropped.load(Ordering::Relaxed));
    let text =
        "there is a health check `a` already\nhelp: give this one another name, or leave it out";
    assert_eq!(error.to_string(), text);
    assert_eq!(body(&health), "ready\na: ok\n");
}

#[test]
fn json_is_given_to_who_asks_for_it() {
    let health = Health::new().check(ok("a\"b\\c\u{1}\né")).unwrap();
    let health = health.check(failing("cache").optional()).unwrap();
    let slow = Check::new("slow", future::pending::<Result<(), Infallible>>).timeout(SHORT);
    let health = health.check(slow).unwrap();
    let text = "{\"status\":\"not_ready\",\"checks\":[\
                {\"name\":\"a\\\"b\\\\c\\u0001\\né\",\"status\":\"ok\",\"optional\":false},\
                {\"name\":\"cache\",\"status\":\"failed\",\"optional\":true},\
                {\"name\":\"slow\",\"status\":\"timed_out\",\"optional\":false}]}\n";
    for (accept, query) in [("application/json", ""), ("text/plain", "x=y&format=json")] {
        let answer = runtime().block_on(health.ready(accept, query));
        assert_eq!((answer.status, answer.body.as_str()), (503, text));
        assert_eq!(header(&answer, "Content-Type"), "application/json");
        assert_eq!(header(&answer, "Cache-Control"), "no-store");
        let value: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
        assert_eq!(value["checks"][0]["name"], "a\"b\\c\u{1}\né");
    }
    let answer = runtime().block_on(health.ready("application/json;q=0.1,*/*;q=0.5", ""));
    assert_eq!(header(&answer, "Content-Type"), "text/plain; charset=utf-8");
    // Each check stays on a line of its own.
    let text = "not ready\na\"b\\c  é: ok\ncache: failed (optional)\nslow: timed out\n";
    assert_eq!(answer.body, text);

    let answer = runtime().block_on(Health::starting().ready("", "format=json"));
    assert_eq!(answer.body, "{\"status\":\"starting\",\"checks\":[]}\n");
}

#[test]
fn errors_stand_in_no_answer_unless_that_is_asked_for() {
    let panics = Check::blocking("b", || -> Result<(), Infallible> { panic!("s3cret\nof b") });
    let health = Health::new().check(failing("a")).unwrap().check(panics).unwrap();
    let shows = health.clone().show_errors(true);
    let asks = |health: &Health, query| runtime().block_on(health.ready("", query)).body;
    for query in ["", "format=json"] {
        let body = asks(&health, query);
        assert!(!body.contains("s3cret"), "{body}");
    }
    let text = "not ready\na: failed: s3cret of 10.0.0.7\nb: panicked: s3cret of b\n";
    assert_eq!(asks(&shows, ""), text);
    let text = "{\"status\":\"not_ready\",\"checks\":[\
                {\"name\":\"a\",\"status\":\"failed\",\"optional\":false,\"error\":\"s3cret of 10.0.0.7\"},\
                {\"name\":\"b\",\"status\":\"panicked\",\"optional\":false,\"error\":\"s3cret\\nof b\"}]}\n";
    assert_eq!(asks(&shows, "format=json"), text);
}

/// What was logged of checks.
static LINES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Logger;

impl log::Log for Logger {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LINES.lock().unwrap().push(format!("{} {}", record.level(), record.args()));
    }

    fn flush(&self) {}
}

#[test]
fn each_change_of_a_check_is_logged_once() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Info);
    let ends: [fn() -> Result<(), &'static str>; 8] = [
        || Ok(()),
        || Ok(()),
        || Err("no connection"),
        || Err("still no connection"),
        || panic!("no memory"),
        || panic!("no memory"),
        || Ok(()),
        || Ok(()),
    ];
    let next = AtomicUsize::new(0);
    let check = Check::new("logged", move || {
        let end = ends[next.fetch_add(1, Ordering::Relaxed)];
        async move { end() }
    });
    let health = Health::new().check(check.timeout(PATIENCE).cache(Duration::ZERO)).unwrap();
    for _ in 0..ends.len() {
        body(&health);
    }
    let lines = || {
        let lines = LINES.lock().unwrap();
        lines.iter().filter(|line| line.contains("`logged`")).cloned().collect::<Vec<_>>()
    };
    // Who waits is told first.
    let lines = until("the last line", || Some(lines()).filter(|lines| lines.len() >= 4));
    assert_eq!(
        lines,
        [
            "INFO the health check `logged` is ok",
            "WARN the health check `logged` failed: no connection",
            "WARN the health check `logged` panicked: no memory",
            "INFO the health check `logged` is ok",
        ]
    );
}

#[test]
fn metrics_show_the_last_run_of_each_check() {
    let registry = Registry::new();
    let runs = Arc::default();
    let slow = Check::new("slow", future::pending::<Result<(), Infallible>>).timeout(SHORT);
    let health = Health::new()
        .check(counted("a", &runs, Ok(())).cache(Duration::ZERO))
        .unwrap()
        .metrics(&registry)
        .unwrap()
        .check(failing("b").optional().cache(Duration::ZERO))
        .unwrap()
        .check(slow.optional().cache(LONG))
        .unwrap();
    let samples = || -> Vec<String> {
        let text = registry.to_text();
        let lines = text.lines().filter(|line| line.starts_with("health_"));
        // How long it takes is not known.
        let lines = lines.map(|line| match line.strip_prefix("health_check_duration_seconds{") {
            Some(line) => format!("took {{{}", line.split(' ').next().unwrap()),
            None => line.to_owned(),
        });
        lines.collect()
    };
    let zeros = |check: &str| {
        ["failed", "ok", "panicked", "timed_out"]
            .map(|result| format!("health_checks_total{{check=\"{check}\",result=\"{result}\"}} 0"))
    };
    let mut lines = samples();
    lines.sort();
    let mut expected: Vec<_> = ["a", "b", "slow"].iter().flat_map(|check| zeros(check)).collect();
    expected.push("health_ready 0".to_owned());
    assert_eq!(lines, expected);

    for _ in 0..2 {
        assert_eq!(ready(&health).status, 200);
    }
    let mut lines = samples();
    lines.sort();
    assert_eq!(
        lines,
        [
            "health_check_healthy{check=\"a\"} 1",
            "health_check_healthy{check=\"b\"} 0",
            "health_check_healthy{check=\"slow\"} 0",
            "health_checks_total{check=\"a\",result=\"failed\"} 0",
            "health_checks_total{check=\"a\",result=\"ok\"} 2",
            "health_checks_total{check=\"a\",result=\"panicked\"} 0",
            "health_checks_total{check=\"a\",result=\"timed_out\"} 0",
            "health_checks_total{check=\"b\",result=\"failed\"} 2",
            "health_checks_total{check=\"b\",result=\"ok\"} 0",
            "health_checks_total{check=\"b\",result=\"panicked\"} 0",
            "health_checks_total{check=\"b\",result=\"timed_out\"} 0",
            "health_checks_total{check=\"slow\",result=\"failed\"} 0",
            "health_checks_total{check=\"slow\",result=\"ok\"} 0",
            "health_checks_total{check=\"slow\",result=\"panicked\"} 0",
            "health_checks_total{check=\"slow\",result=\"timed_out\"} 1",
            "health_ready 1",
            "took {check=\"a\"}",
            "took {check=\"b\"}",
            "took {check=\"slow\"}",
        ]
    );
    let text = registry.to_text();
    assert_eq!(sample(&text, "health_check_duration_seconds{check=\"slow\"}"), SHORT.as_secs_f64());
    assert_eq!(registry.lint(), []);

    health.drain();
    assert_eq!(sample(&registry.to_text(), "health_ready"), 0.0);
    drop(health);
    // A run may still be there that was cancelled.
    until("the families to leave", || samples().is_empty().then_some(()));
}

#[test]
fn a_registry_shows_the_checks_of_one_health() {
    let registry = Registry::new();
    let health = Health::new().check(ok("a").cache(LONG)).unwrap();
    // What was known before is shown as well.
    assert_eq!(ready(&health).status, 200);
    let health = health.metrics(&registry).unwrap();
    let healthy = "health_check_healthy{check=\"a\"}";
    assert_eq!(sample(&registry.to_text(), healthy), 1.0);
    let twice = health.clone().metrics(&Registry::new()).unwrap_err().to_string();
    assert!(twice.contains("call `metrics` once"), "{twice}");
    let other = || Health::new().check(failing("a")).unwrap();
    let error = other().metrics(&registry).unwrap_err().to_string();
    assert!(error.contains("`health_check_healthy`"), "{error}");
    assert!(error.contains("with_label"), "{error}");
    // What was refused has changed nothing.
    assert_eq!(sample(&registry.to_text(), healthy), 1.0);
    assert_eq!(sample(&registry.to_text(), "health_ready"), 1.0);

    let registry = Registry::new();
    let of = |name| registry.with_label("of", name).unwrap();
    let first = Health::new().metrics(&of("a")).unwrap();
    let second = other().metrics(&of("b")).unwrap();
    let text = registry.to_text();
    assert_eq!(sample(&text, "health_ready{of=\"a\"}"), 1.0);
    assert_eq!(sample(&text, "health_ready{of=\"b\"}"), 0.0);
    drop((first, second));
}

/// What a check says, with its error.
fn said(check: Check) -> String {
    let health = Health::new().check(check.timeout(PATIENCE)).unwrap().show_errors(true);
    body(&health)
}

#[cfg(unix)]
#[test]
fn space_is_free_or_not() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(said(Check::free_space("a", folder.path(), 1)), "ready\na: ok\n");
    let text = said(Check::free_space("a", folder.path(), u64::MAX));
    assert!(
        text.contains(" bytes are free on ") && text.starts_with("not ready\na: failed: "),
        "{text}"
    );
    let text = said(Check::free_space("a", folder.path().join("nowhere"), 1));
    assert!(text.contains("nowhere\" cannot be read: "), "{text}");
}

#[test]
fn someone_listens_or_nobody_does() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    assert_eq!(said(Check::tcp("a", address.to_string())), "ready\na: ok\n");
    assert_eq!(said(Check::tcp("a", format!("localhost:{}", address.port()))), "ready\na: ok\n");
    drop(listener);
    let text = said(Check::tcp("a", address.to_string()));
    assert!(
        text.starts_with(&format!("not ready\na: failed: cannot connect to {address}: ")),
        "{text}"
    );
    assert!(
        said(Check::tcp("a", "nowhere"))
            .starts_with("not ready\na: failed: cannot connect to nowhere: ")
    );
}

/// Answers each connection by such a status, and says where.
fn answers(status: &'static str) -> String {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let mut connection = connection.unwrap();
            let _ = connection.read(&mut [0; 1_024]);
            let answer =
                format!("HTTP/1.1 {status}\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n");
            let _ = connection.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}/")
}

#[test]
fn a_url_answers_well_or_not() {
    for status in ["200 OK", "204 No Content", "302 Found"] {
        assert_eq!(said(Check::http_get("a", answers(status))), "ready\na: ok\n", "{status}");
    }
    for status in ["404 Not Found", "503 Service Unavailable"] {
        let text = said(Check::http_get("a", answers(status)));
        assert!(text.starts_with("not ready\na: failed: http://"), "{text}");
        assert!(text.ends_with(&format!(" answered {status}\n")), "{text}");
    }
    let text = said(Check::http_get("a", "https://user:secret@127.0.0.1:1/x"));
    assert!(
        text.starts_with("not ready\na: failed: cannot reach https://127.0.0.1:1/x: "),
        "{text}"
    );
    let text = said(Check::http_get("a", "nowhere"));
    assert!(text.starts_with("not ready\na: failed: nothing can be sent to this URL: "), "{text}");
    assert_eq!(text.lines().count(), 2, "{text}");
    // Who accepts and says nothing.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let health = Health::new().check(Check::http_get("a", url).timeout(SHORT)).unwrap();
    assert_eq!(body(&health), "not ready\na: timed out\n");
}
