//! Scrapers that go away, and scrapers that are slow: what they leave behind, and what they cost.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use measurand_tests::{Killed, PATIENCE, program, until};

const MIB: u64 = 1 << 20;

/// What a process may keep of what it needed for a while.
const LEFT: u64 = 64 * MIB;

/// Servers of this many series, with names of so many bytes, have a page of 5 MB.
const SERIES: &str = "5000";
const WIDTH: &str = "1000";
const PAGE: usize = 5_000_000;

/// So that glibc has nothing at hand: what is large goes back to the system when it is free, and no room
/// is reserved for threads.
const NOTHING_AT_HAND: &[(&str, &str)] =
    &[("MALLOC_MMAP_THRESHOLD_", "131072"), ("MALLOC_ARENA_MAX", "1")];

/// Two of these tests at a time would measure each other.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// A process that serves a page.
struct Served {
    process: Killed,
    large: SocketAddr,
    small: SocketAddr,
}

impl Served {
    fn start(size: &[&str], allocator: &[(&str, &str)]) -> Served {
        let mut command = Command::new(program("large-page"));
        command.args(size).stdin(Stdio::piped()).stdout(Stdio::piped());
        command.envs(allocator.iter().copied());
        let mut process = Killed(command.spawn().unwrap());
        let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines();
        let mut address = || lines.next().unwrap().unwrap().parse().unwrap();
        Served { large: address(), small: address(), process }
    }

    /// A figure of the system's, in bytes.
    fn memory(&self, figure: &str) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.0.id())).unwrap();
        let value = status.lines().find_map(|line| line.strip_prefix(figure)?.strip_prefix(':'));
        let kilobytes = value.and_then(|value| value.trim().strip_suffix("kB"));
        1_024 * kilobytes.unwrap().trim().parse::<u64>().unwrap()
    }

    /// Lets the process have so many bytes of address space, or any number.
    fn limit_memory(&self, bytes: Option<u64>) {
        let bytes = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let pid = self.process.0.id().to_string();
        let mut prlimit = Command::new("prlimit");
        let status = prlimit.args(["--pid", &pid, &format!("--as={bytes}:unlimited")]).status();
        assert!(status.expect("install prlimit (Debian package util-linux)").success());
    }

    fn resident(&self) -> u64 {
        self.memory("VmRSS")
    }

    /// Waits until the process has given back what it needed on top of `before`.
    fn until_resident_is_near(&self, before: u64) {
        let mut now = 0;
        let near = || {
            now = self.resident();
            (now <= before + LEFT).then_some(())
        };
        until(&format!("a process of {} MiB to be as small again", before / MIB), near);
    }
}

fn get(address: SocketAddr) -> (u16, String) {
    let request = ureq::get(format!("http://{address}/metrics"));
    let config = request.config().http_status_as_error(false).timeout_global(Some(PATIENCE));
    let mut response = config.build().call().unwrap();
    let body = response.body_mut().with_config().limit(1 << 30).read_to_string().unwrap();
    (response.status().as_u16(), body)
}

/// Scrapes the whole page, and says how long that took.
fn scrape(address: SocketAddr) -> Duration {
    let start = Instant::now();
    let (status, body) = get(address);
    assert_eq!(status, 200);
    assert!(body.len() > PAGE && body.ends_with(" 0\n"));
    start.elapsed()
}

/// A client that has asked for the page and not read it yet.
fn ask(address: SocketAddr) -> TcpStream {
    ask_for(address, "")
}

/// The same, with a query.
fn ask_for(address: SocketAddr, query: &str) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET /metrics{query} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    client.write_all(request.as_bytes()).unwrap();
    client
}

/// Reads the beginning of the answer.
fn begin(client: &mut TcpStream) {
    let mut head = [0; 15];
    client.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
}

#[test]
fn clients_that_go_away_leave_nothing_behind() {
    let _alone = alone();
    let served = Served::start(&[SERIES, WIDTH], &[]);
    let first = scrape(served.large);
    let before = served.resident();
    for _ in 0..10 {
        // Some go at once, and some when the answer begins.
        (0..200).for_each(|_| drop(ask(served.large)));
        let mut clients: Vec<_> = (0..100).map(|_| ask(served.large)).collect();
        // Where the machine is so busy that they read too late, they were ended meanwhile.
        clients.iter_mut().for_each(|client| drop(client.read(&mut [0; 15])));
    }
    let next = scrape(served.large);
    // Room for a machine that was busy for a moment: it once took 41 seconds.
    let most = (2 * first).max(Duration::from_secs(10));
    assert!(next <= most, "the first scrape took {first:?}, and this one {next:?}");
    served.until_resident_is_near(before);
}

#[test]
fn slow_readers_do_not_cost_a_page_each() {
    let _alone = alone();
    let served = Served::start(&[SERIES, WIDTH], &[]);
    scrape(served.large);
    let before = served.resident();
    // Some of them one after the other, so that each asks for a page of its own.
    let mut one_by_one: Vec<_> = (0..40)
        .map(|_| {
            let mut client = ask(served.large);
            begin(&mut client);
            client
        })
        .collect();
    let mut at_once: Vec<_> = (0..160).map(|_| ask(served.large)).collect();
    at_once.iter_mut().for_each(begin);
    let more = served.resident().saturating_sub(before) / MIB;
    assert!(more < 100, "{more} MiB for {} readers", one_by_one.len() + at_once.len());
    // Nobody waits for them, and they themselves get the rest, or the end of the connection.
    scrape(served.large);
    read_to_end(&mut one_by_one[0]);
    read_to_end(&mut at_once[0]);
    drop((one_by_one, at_once));
    served.until_resident_is_near(before);
}

/// There are more of them than connections are served at a time.
#[test]
fn clients_that_never_read_make_room_for_others() {
    let _alone = alone();
    let served = Served::start(&[SERIES, WIDTH], &[]);
    scrape(served.large);
    let before = served.resident();
    let mut clients: Vec<_> = (0..600).map(|_| ask(served.large)).collect();
    scrape(served.large);
    read_to_end(&mut clients[0]);
    drop(clients);
    scrape(served.large);
    served.until_resident_is_near(before);
}

/// A client that has sent half of its request.
fn half_asked(address: SocketAddr) -> TcpStream {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    client.write_all(b"GET /metrics HTTP/1.1\r\nHost: loc").unwrap();
    client
}

#[test]
fn half_sent_requests_hold_up_nobody_for_long() {
    let _alone = alone();
    let served = Served::start(&["10", "10"], &[]);
    let times = || {
        let time = |_| {
            let start = Instant::now();
            assert_eq!(get(served.small).0, 200);
            start.elapsed()
        };
        let mut times: Vec<_> = (0..200).map(time).collect();
        times.sort();
        times[197]
    };
    let before = times();
    let mut halves: Vec<_> = (0..500).map(|_| half_asked(served.small)).collect();
    let beside = times();
    eprintln!("99 of 100 scrapes: {before:?}, and {beside:?} beside 500 half-sent requests");
    // More than there are connections: they come to an end, which is an error or none at all.
    halves.extend((0..100).map(|_| half_asked(served.small)));
    assert_eq!(get(served.small).0, 200);
    for mut half in halves {
        let mut answer = String::new();
        let _ = half.read_to_string(&mut answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408 "), "{answer}");
    }
}

/// Those that never read, and each ask for other families, do not have a page each, nor keep others from theirs.
#[test]
fn clients_that_ask_for_chosen_families_make_room_for_others() {
    let _alone = alone();
    let served = Served::start(&[SERIES, WIDTH], &[]);
    scrape(served.large);
    let before = served.resident();
    let clients: Vec<_> = (0..300)
        .map(|number| {
            ask_for(served.large, &format!("?name[]=page_requests_total&name[]={number}"))
        })
        .collect();
    scrape(served.large);
    served.until_resident_is_near(before);
    drop(clients);
    scrape(served.large);
    served.until_resident_is_near(before);
}

/// Reads until the end of the page, or of the connection.
fn read_to_end(client: &mut TcpStream) {
    let (mut len, mut part) = (0, vec![0; 1 << 16]);
    while len <= PAGE {
        match client.read(&mut part) {
            Ok(0) => break,
            Ok(more) => len += more,
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => break,
            Err(error) => panic!("{error}"),
        }
    }
}

#[test]
fn a_page_without_memory_is_an_error() {
    let _alone = alone();
    let served = Served::start(&["40", "500000"], NOTHING_AT_HAND);
    assert_eq!(get(served.small).0, 200);
    served.limit_memory(Some(served.memory("VmSize") + 8 * MIB));
    for _ in 0..3 {
        let (status, text) = get(served.large);
        assert_eq!(status, 500, "{} bytes", text.len());
        assert!(text.starts_with("the exposition could not be made: no memory for "), "{text}");
        assert!(text.contains("give the process more memory, or keep fewer series"), "{text}");
        assert_eq!(text.lines().count(), 1, "{text}");
        let (status, text) = get(served.small);
        assert_eq!((status, text.ends_with("page_requests_total{name=\"a\"} 0\n")), (200, true));
    }
    served.limit_memory(None);
    let (status, text) = get(served.large);
    assert_eq!(status, 200);
    assert!(text.len() > 20_000_000);
}

/// The lists of series that are new are made by the scrape. What it could not put in order comes
/// with the next one.
#[test]
fn series_without_memory_for_their_list_are_an_error_and_come_later() {
    let _alone = alone();
    for (how, family) in
        [("unlisted", "page_requests_total"), ("open", "page_named_requests_total")]
    {
        let served = Served::start(&["200000", "20", how], NOTHING_AT_HAND);
        assert_eq!(get(served.small).0, 200);
        let before = served.memory("VmSize");
        let mut failed = 0;
        let text = loop {
            // The thread that makes a page needs some for its stack.
            served.limit_memory(Some(before + (4 + 2 * failed) * MIB));
            let (status, text) = get(served.large);
            if status == 200 {
                break text;
            }
            failed += 1;
            assert!(text.starts_with("the exposition could not be made: no memory for "), "{text}");
            assert_eq!(get(served.small).0, 200);
        };
        assert!(failed > 2, "{failed}");
        let series = text.lines().filter(|line| line.starts_with(family)).count();
        assert_eq!(series, 200_000);
    }
}
