//! Profiles: what is asked for, who gets one, and what a decoder reads that knows the messages alone.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::panic;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use actix_web::{App, HttpServer, rt};
use measurand::actix::Profiling;
use measurand::profile::{ProfileAnswer, Profiler};
use measurand_tests::{PATIENCE, until};
use prost::Message;

// The messages of `profile.proto`, as far as they are used.

#[derive(Clone, PartialEq, Message)]
struct Profile {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, tag = "10")]
    duration_nanos: i64,
    #[prost(message, optional, tag = "11")]
    period_type: Option<ValueType>,
    #[prost(int64, tag = "12")]
    period: i64,
}

#[derive(Clone, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
}

#[derive(Clone, PartialEq, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, PartialEq, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

impl Profile {
    fn text(&self, index: i64) -> &str {
        &self.string_table[usize::try_from(index).unwrap()]
    }

    /// The name of the function at a location.
    fn function(&self, location: u64) -> &str {
        let location = self.location.iter().find(|it| it.id == location).unwrap();
        let id = location.line[0].function_id;
        self.text(self.function.iter().find(|it| it.id == id).unwrap().name)
    }

    /// How many samples the innermost functions have.
    fn innermost(&self) -> BTreeMap<&str, i64> {
        let mut innermost = BTreeMap::new();
        for sample in &self.sample {
            *innermost.entry(self.function(sample.location_id[0])).or_default() += sample.value[0];
        }
        innermost
    }
}

/// There is one timer, so that one test at a time takes profiles.
static ONLY: Mutex<()> = Mutex::new(());

fn answer(path: &str, query: &str) -> ProfileAnswer {
    rt::System::new().block_on(async { Profiler::new().answer(path, query).await })
}

/// What a program with frame pointers says of itself.
fn profiled(path: &str, query: &str) -> Vec<u8> {
    let target = concat!(env!("CARGO_TARGET_TMPDIR"), "/profiled");
    let mut build = Command::new(env!("CARGO"));
    build.args(["build", "--quiet", "-p", "profiled", "--target-dir", target]);
    build.env("RUSTFLAGS", "-C force-frame-pointers=yes").env_remove("CARGO_TARGET_DIR");
    assert!(build.status().unwrap().success());
    let program = Command::new(format!("{target}/debug/profiled")).args([path, query]).output();
    let program = program.unwrap();
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    program.stdout
}

#[test]
fn a_profile_names_the_function_that_takes_the_time() {
    let _only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
    let body = profiled("profile", "seconds=2&frequency=200");
    let profile = Profile::decode(&*body).unwrap();
    assert_eq!(profile.string_table[0], "");
    let kinds = profile.sample_type.iter().map(|it| (profile.text(it.kind), profile.text(it.unit)));
    assert!(kinds.eq([("samples", "count"), ("cpu", "nanoseconds")]));
    let period = profile.period_type.as_ref().unwrap();
    assert_eq!((profile.text(period.kind), profile.text(period.unit)), ("cpu", "nanoseconds"));
    assert_eq!(profile.period, 5_000_000);
    assert!(profile.sample.iter().all(|it| it.value[1] == it.value[0] * profile.period));
    assert!(profile.duration_nanos >= 2_000_000_000 && profile.time_nanos > 1_700_000_000);
    let of = |name: &str| {
        let has = |sample: &&Sample| {
            sample.location_id.iter().any(|id| profile.function(*id).contains(name))
        };
        profile.sample.iter().filter(has).map(|sample| sample.value[0]).sum::<i64>()
    };
    let all: i64 = profile.sample.iter().map(|sample| sample.value[0]).sum();
    let innermost = profile.innermost();
    assert!(of("spin_in_circles") * 2 > all && all > 50, "{innermost:?}");
    assert!(of("thread spinner") * 2 > all, "{innermost:?}");
    let (hottest, _) = innermost.iter().max_by_key(|(_, count)| **count).unwrap();
    assert!(
        ["a_step", "spin_in_circles", "core::"].iter().any(|it| hottest.contains(it)),
        "{innermost:?}"
    );
    let files = profile.function.iter().map(|function| profile.text(function.filename));
    assert!(files.clone().any(|file| file.ends_with("main.rs")), "{:?}", files.collect::<Vec<_>>());
}

#[test]
fn a_flame_graph_is_a_picture_of_it() {
    let _only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
    let picture = String::from_utf8(profiled("flamegraph", "seconds=0.5")).unwrap();
    assert!(picture.starts_with("<?xml ") && picture.ends_with("</svg>\n"));
    assert!(picture.contains("spin_in_circles: "), "{picture}");
    for tag in ["g", "title", "text"] {
        let begun = picture.matches(&format!("<{tag}>")).count()
            + picture.matches(&format!("<{tag} ")).count();
        assert_eq!(begun, picture.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn threads_are_listed() {
    thread::Builder::new()
        .name("a known name".to_owned())
        .spawn(|| {
            let all = String::from_utf8(answer("threads", "debug=1").body).unwrap();
            assert!(all.contains("  a known name\n") && all.contains("tokio: "), "{all}");
            let each = String::from_utf8(answer("/threads/", "debug=2").body).unwrap();
            let line = each.lines().find(|line| line.ends_with("  a known name")).unwrap();
            assert!(line.contains(" R "), "{line}");
        })
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn what_cannot_be_is_said() {
    for query in ["seconds=0", "seconds=61", "seconds=x", "seconds=-1", "seconds=NaN", "seconds="] {
        let answer = answer("profile", query);
        assert_eq!(answer.status, 400, "{query}");
        assert!(String::from_utf8(answer.body).unwrap().contains("try `seconds=10`"));
    }
    for query in ["frequency=0", "frequency=1001", "frequency=x", "seconds=1&frequency=1.5"] {
        assert_eq!(answer("flamegraph", query).status, 400, "{query}");
    }
    for path in ["heap", "profile/x", "..", "%2e%2e"] {
        assert_eq!(answer(path, "").status, 404, "{path}");
    }
    assert_eq!(answer("", "").status, 200);
}

#[test]
fn one_is_taken_at_a_time() {
    let _only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
    rt::System::new().block_on(async {
        let profiler = Profiler::new();
        let first = profiler.answer("profile", "seconds=1");
        let second = async {
            rt::time::sleep(Duration::from_millis(200)).await;
            profiler.answer("profile", "seconds=1").await.status
        };
        let (first, second) = futures_util::join!(first, second);
        assert_eq!((first.status, second), (200, 409));
        // One whose client has gone is over at once.
        let gone = profiler.answer("profile", "seconds=30");
        assert!(rt::time::timeout(Duration::from_millis(200), gone).await.is_err());
        assert_eq!(profiler.answer("profile", "seconds=0.1").await.status, 200);
    });
}

fn serve() -> SocketAddr {
    let (send, address) = mpsc::channel();
    thread::spawn(move || {
        rt::System::new().block_on(async {
            let server = HttpServer::new(|| App::new().service(Profiling::new())).workers(1);
            let server = server.h1_allow_half_closed(false).bind("127.0.0.1:0").unwrap();
            send.send(server.addrs()[0]).unwrap();
            server.run().await
        })
    });
    address.recv_timeout(PATIENCE).unwrap()
}

fn ask(address: SocketAddr, path: &str) -> TcpStream {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(PATIENCE)).unwrap();
    let request =
        format!("GET /debug/pprof{path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    connection.write_all(request.as_bytes()).unwrap();
    connection
}

fn status(address: SocketAddr, path: &str) -> u16 {
    let mut answer = Vec::new();
    ask(address, path).read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[9..12]).parse().unwrap()
}

#[test]
fn a_profile_ends_with_its_client() {
    let _only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
    let address = serve();
    assert_eq!(status(address, ""), 308);
    assert_eq!(status(address, "/"), 200);
    let leaving = ask(address, "/profile?seconds=60");
    until("the profile", || (status(address, "/profile?seconds=0.1") == 409).then_some(()));
    leaving.shutdown(Shutdown::Both).unwrap();
    until("its end", || (status(address, "/profile?seconds=0.1") == 200).then_some(()));
}

/// Whatever threads do while they are interrupted.
#[test]
#[ignore = "takes 80 s: `.ci/run --long` does"]
fn hostile_threads_bring_nothing_down() {
    let _only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
    panic::set_hook(Box::new(|_| {}));
    let (rounds, seconds) = (10, 8);
    let is_done = AtomicBool::new(false);
    let is_going = || !is_done.load(Ordering::Relaxed);
    thread::scope(|scope| {
        scope.spawn(|| {
            while is_going() {
                let _ = panic::catch_unwind(|| panic!("again"));
            }
        });
        scope.spawn(|| {
            while is_going() {
                black_box(vec![0_u8; 1 << 14]);
            }
        });
        scope.spawn(|| {
            while is_going() {
                drop(black_box(std::backtrace::Backtrace::force_capture()));
            }
        });
        scope.spawn(|| {
            while is_going() {
                // A thread of its own is set up and taken down, with all that the loader does for it.
                let _ = thread::spawn(|| {
                    black_box(std::net::ToSocketAddrs::to_socket_addrs("localhost:1"))
                })
                .join();
            }
        });
        for _ in 0..rounds {
            let answer = answer("profile", &format!("seconds={seconds}&frequency=997"));
            assert_eq!(answer.status, 200);
            assert!(!Profile::decode(&*answer.body).unwrap().sample.is_empty());
        }
        is_done.store(true, Ordering::Relaxed);
    });
}
