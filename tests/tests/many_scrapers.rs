//! A thousand scrapes at once, beside the same of Go's promhttp.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{ChildStdout, Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use measurand_tests::{Killed, PATIENCE, built, until};

const FAMILIES: &str = "300";
const SCRAPES: usize = 1_000;
const ROUNDS: usize = 5;
const MIB: u64 = 1 << 20;

struct Served {
    process: Killed,
    address: SocketAddr,
    /// It may print more.
    _stdout: BufReader<ChildStdout>,
}

impl Served {
    fn start(mut command: Command) -> Served {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = Killed(command.spawn().unwrap());
        let mut line = String::new();
        let mut stdout = BufReader::new(process.0.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        Served { address: line.trim().parse().unwrap(), process, _stdout: stdout }
    }

    fn memory(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.0.id())).unwrap();
        let value = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_suffix("kB"));
        1_024 * value.unwrap().trim_matches([':', '\t', ' ']).parse::<u64>().unwrap()
    }

    /// Has so many scrape at once, and says how long it took until all had their page.
    fn scraped(&self) -> Duration {
        let ready = Barrier::new(SCRAPES + 1);
        thread::scope(|scope| {
            let scrapes: Vec<_> = (0..SCRAPES)
                .map(|_| {
                    let small = thread::Builder::new().stack_size(64 << 10);
                    let scrape = || {
                        ready.wait();
                        let mut client = TcpStream::connect(self.address).unwrap();
                        client.set_read_timeout(Some(PATIENCE)).unwrap();
                        let request =
                            "GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
                        client.write_all(request.as_bytes()).unwrap();
                        let mut answer = String::new();
                        client.read_to_string(&mut answer).unwrap();
                        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
                        assert!(answer.contains("\npage_299_things_total 299\n"));
                    };
                    small.spawn_scoped(scope, scrape).unwrap()
                })
                .collect();
            ready.wait();
            let start = Instant::now();
            scrapes.into_iter().for_each(|scrape| scrape.join().unwrap());
            start.elapsed()
        })
    }
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

#[test]
#[ignore = "needs Debian's golang-go: `.ci/run --long`"]
fn a_thousand_scrapes_at_once_are_all_answered() {
    let mut build = Command::new(env!("CARGO"));
    let binary = built(build.args(["build", "--quiet", "--release", "-p", "large-page"]));
    let mut command = Command::new(binary);
    command.args([FAMILIES, "0", "families"]);
    let ours = Served::start(command);

    let folder = tempfile::tempdir().unwrap();
    let binary = folder.path().join("promhttp");
    let mut build = Command::new("go");
    build.args(["build", "-o"]).arg(&binary).arg("main.go");
    build.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/go/promhttp"));
    // Debian's packages of Go are sources in one place.
    build.envs([("GO111MODULE", "off"), ("GOPATH", "/usr/share/gocode")]);
    let status = build.env("GOCACHE", folder.path().join("cache")).status();
    let what = "install golang-go and golang-github-prometheus-client-golang-dev";
    assert!(status.expect(what).success(), "{what}");
    let mut command = Command::new(&binary);
    command.arg(FAMILIES);
    let theirs = Served::start(command);

    for served in [&ours, &theirs] {
        served.scraped();
    }
    let before = ours.memory("VmRSS");
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..ROUNDS {
        for (times, served) in times.iter_mut().zip([&ours, &theirs]) {
            times.push(served.scraped());
        }
    }
    let [mine, other] = times.map(median);
    let [peak, peak_of_other] = [&ours, &theirs].map(|served| served.memory("VmHWM") / MIB);
    println!("{mine:?} and at most {peak} MiB, promhttp {other:?} and {peak_of_other} MiB");
    let most = before / MIB + 64;
    assert!(peak <= most.max(peak_of_other), "{peak} MiB of at most {most}");
    // The allocator keeps some of it.
    let near = || (ours.memory("VmRSS") <= before + 16 * MIB).then_some(());
    until("the memory to be given back", near);
}
