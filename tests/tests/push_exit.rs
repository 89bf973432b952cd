//! What a job has pushed when its process is gone.

mod receiver;

use std::io::{BufRead, BufReader};
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;

use measurand_tests::{Killed, PATIENCE, program, until};
use receiver::{Received, Receiver, answer};

/// A program while it runs.
struct Running {
    child: Killed,
    lines: BufReader<ChildStdout>,
}

impl Running {
    fn start(command: &mut Command) -> Running {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = Killed(command.spawn().unwrap());
        let lines = BufReader::new(child.0.stdout.take().unwrap());
        Running { child, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.lines.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    fn terminate(&self) {
        let kill = Command::new("kill").arg(self.child.0.id().to_string()).status().unwrap();
        assert!(kill.success());
    }

    fn wait(&mut self) -> ExitStatus {
        until("the end of the process", || self.child.0.try_wait().unwrap())
    }

    /// Waits until `SIGTERM` has ended it.
    #[track_caller]
    fn is_terminated(&mut self) {
        use std::os::unix::process::ExitStatusExt as _;
        let status = self.wait();
        assert_eq!((status.code(), status.signal()), (None, Some(15)));
    }
}

fn exiting() -> Command {
    Command::new(program("exiting"))
}

/// What the example has pushed, and its exit code: none if a signal has ended it.
fn run_batch(end: &str) -> (Vec<Received>, Option<i32>) {
    let receiver = Receiver::friendly();
    let mut running = Running::start(Command::new(program("batch")).args([&receiver.url(), end]));
    if end == "wait" {
        let line = format!("waiting as process {}", running.child.0.id());
        assert_eq!(running.line(), line);
        running.terminate();
    }
    let status = running.wait();
    (receiver.received(), status.code())
}

#[test]
fn the_example_pushes_once_however_it_ends() {
    for (end, code, succeeded) in
        [("return", Some(0), 1), ("fail", Some(1), 0), ("panic", Some(101), 0), ("wait", None, 0)]
    {
        let (received, ended) = run_batch(end);
        assert_eq!(ended, code, "{end}");
        let lines: Vec<_> = received.iter().map(|one| one.line.as_str()).collect();
        assert_eq!(lines, ["PUT /metrics/job/batch/instance/example"], "{end}");
        // A gauge is written as a float after the family's name, help and type.
        let value = f64::from(succeeded).to_le_bytes();
        let page = &received[0].body;
        let start = page.windows(15).position(|bytes| bytes == b"batch_succeeded").unwrap();
        assert!(page[start..].windows(8).any(|bytes| bytes == value), "{end}");
    }
}

/// Each has its turn before the process ends.
#[test]
fn several_pushes_are_all_done_at_sigterm() {
    let receivers = [(); 3].map(|()| Receiver::friendly());
    let mut running =
        Running::start(exiting().arg("wait").args(receivers.iter().map(Receiver::url)));
    assert_eq!(running.line(), "ready");
    running.terminate();
    running.is_terminated();
    for receiver in receivers {
        assert_eq!(receiver.received().len(), 1);
    }
}

/// The signal ends a process that has pushed before.
#[test]
fn sigterm_ends_a_process_that_has_nothing_to_push_any_more() {
    let receiver = Receiver::friendly();
    let mut running = Running::start(exiting().args(["after", &receiver.url()]));
    assert_eq!(running.line(), "ready");
    assert_eq!(receiver.received().len(), 1);
    running.terminate();
    running.is_terminated();
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn sigterm_while_it_is_pushed_waits_for_that_push() {
    let (come, has_come) = mpsc::channel();
    let (go, may_go) = mpsc::channel();
    let receiver = Receiver::new(move |_, _| {
        come.send(()).unwrap();
        may_go.recv().unwrap();
        answer("200 OK", "", "")
    });
    let mut running = Running::start(exiting().args(["meanwhile", &receiver.url()]));
    has_come.recv_timeout(PATIENCE).unwrap();
    running.terminate();
    go.send(()).unwrap();
    // Whether the process comes to its own end or that of the signal, it has pushed once.
    running.wait();
    assert_eq!(receiver.received().len(), 1);
}

/// As the docs say.
#[test]
fn nothing_is_pushed_by_a_process_that_drops_nothing() {
    for (end, code) in [("exit", Some(3)), ("abort", None)] {
        let receiver = Receiver::friendly();
        let mut running = Running::start(exiting().args([end, &receiver.url()]));
        assert_eq!(running.wait().code(), code);
        assert!(receiver.received().is_empty());
    }
}

/// Runs the example to its end, with a proxy in its environment, and says whether it was content.
fn is_pushed_by_proxy(url: &str, proxy: &Receiver) -> bool {
    let mut command = Command::new(program("batch"));
    command.args([url, "return"]).env("ALL_PROXY", proxy.url());
    Running::start(command.env_remove("NO_PROXY").env_remove("no_proxy")).wait().success()
}

/// A proxy of the environment is asked to connect, by the name that only it knows.
#[test]
fn a_proxy_of_the_environment_is_used() {
    let proxy = Receiver::new(|_, _| answer("200 Connection established", "", ""));
    // The job has succeeded, though its metrics are lost.
    assert!(is_pushed_by_proxy("http://gateway.invalid:9091", &proxy));
    assert_eq!(proxy.received()[0].line, "CONNECT gateway.invalid:9091");
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let (receiver, proxy) = (Receiver::friendly(), Receiver::friendly());
    assert!(is_pushed_by_proxy(&receiver.url(), &proxy));
    assert_eq!((receiver.received().len(), proxy.received().len()), (1, 0));
}
