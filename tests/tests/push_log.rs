//! What is in the log of who pushes, and what is not.

mod receiver;

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use measurand::Registry;
use measurand::outgoing::Destination;
use measurand::push::Pushgateway;
use measurand_tests::{PATIENCE, until};
use receiver::{Receiver, answer};

static LINES: Mutex<Vec<(log::Level, String)>> = Mutex::new(Vec::new());

/// Keeps all that is logged but the bytes on the wire.
struct Logger;

impl log::Log for Logger {
    fn enabled(&self, metadata: &log::Metadata<'_>) -> bool {
        !metadata.target().starts_with("ureq_proto")
    }

    fn log(&self, record: &log::Record<'_>) {
        if self.enabled(record.metadata()) {
            LINES.lock().unwrap().push((record.level(), record.args().to_string()));
        }
    }

    fn flush(&self) {}
}

/// How many warnings or errors hold a text.
fn count(level: log::Level, text: &str) -> usize {
    let lines = LINES.lock().unwrap();
    lines.iter().filter(|(at, line)| *at == level && line.contains(text)).count()
}

#[test]
fn the_log_says_what_is_lost_and_shows_no_secret() {
    log::set_logger(&Logger).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let receiver = Receiver::new(|index, _| match index {
        3 => answer("503 Service Unavailable", "", "user:pass-word"),
        0..6 => answer("200 OK", "", ""),
        _ => answer("400 Bad Request", "", "not today"),
    });
    let url = receiver.url().replace("http://", "http://user:pass-word@");
    let destination = Destination::new(&url).unwrap().header("X-Key", "pass-word").unwrap();
    let destination = destination.timeout(PATIENCE);
    let gateway = Pushgateway::at(destination, "backup").unwrap().registry(&Registry::new());

    // It is said once that there is no instance, where that is not meant.
    gateway.clone().without_instance().push().unwrap();
    gateway.clone().instance("db-7").push().unwrap();
    gateway.delete().unwrap();
    assert_eq!(count(log::Level::Warn, "without a label `instance`"), 0);
    gateway.push().unwrap();
    gateway.add().unwrap();
    assert_eq!(count(log::Level::Warn, "without a label `instance`"), 1);

    // What nobody is told otherwise is in the log.
    drop(gateway.push_on_exit());
    assert_eq!(count(log::Level::Error, "not today"), 1);
    drop(gateway.delete_on_drop());
    assert_eq!(count(log::Level::Error, "not today"), 2);
    assert!(gateway.push_on_exit().finish().is_err());
    assert_eq!(count(log::Level::Error, "not today"), 2);
    assert_eq!(count(log::Level::Debug, "answered 503 Service Unavailable"), 1);

    for (level, line) in &*LINES.lock().unwrap() {
        let is_secret = ["pass-word", "dXNlcjpwYXNz"].iter().any(|secret| line.contains(secret));
        assert!(!is_secret, "{level}: {line}");
    }
}

/// Threads that HTTP is spoken on, of this process.
fn threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names =
        tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
    names.filter(|name| name.starts_with("measurand-send")).count()
}

/// Sends that are given up end, with their connections.
#[test]
fn nothing_is_left_of_sends_that_hang() {
    let files = || std::fs::read_dir("/proc/self/fd").unwrap().count();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let destination = Destination::new(&url).unwrap().timeout(Duration::from_millis(200));
    let gateway = Pushgateway::at(destination, "backup").unwrap();
    let before = files();
    thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| gateway.delete().unwrap_err());
        }
    });
    until("the threads to end", || (threads() == 0).then_some(()));
    // The other test has some as well.
    until("the connections to be closed", || (files() <= before + 4).then_some(()));
    assert_eq!(
        listener
            .set_nonblocking(true)
            .map(|()| listener.incoming().map_while(Result::ok).count())
            .unwrap(),
        20
    );
}
