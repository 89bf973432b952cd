//! Profiles: what is asked for, who gets one, and what a decoder reads that knows the messages alone.
#![cfg(target_os = "linux")]

use std::hint::black_box;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread;
use std::time::Duration;
use std::{fs, panic};

use actix_web::{App, HttpServer, rt};
use measurand::actix::Profiling;
use measurand::profile::{ProfileAnswer, Profiler};
use measurand_tests::pprof::{Profile, Sample};
use measurand_tests::{PATIENCE, built, until};

/// There is one timer, so that one test at a time takes profiles.
static ONLY: Mutex<()> = Mutex::new(());

fn answer(path: &str, query: &str) -> ProfileAnswer {
    rt::System::new().block_on(async { Profiler::new().answer(path, query).await })
}

/// What a program with frame pointers says of itself.
fn profiled(path: &str, query: &str) -> Vec<u8> {
    let mut build = Command::new(env!("CARGO"));
    // With a target, the flags are not those of macros, which are not built again.
    build.args(["build", "--quiet", "-p", "profiled", "--target", "host-tuple"]);
    build.env("RUSTFLAGS", "-C force-frame-pointers=yes");
    said(Command::new(built(&mut build)).args([path, query]))
}

/// What a program writes, if it succeeds.
#[track_caller]
fn said(program: &mut Command) -> Vec<u8> {
    let program = program.output().unwrap();
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    program.stdout
}

#[test]
fn a_profile_names_the_function_that_takes_the_time() {
    let _only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
    let body = profiled("profile", "seconds=2&frequency=200");
    let profile = Profile::read(&body);
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
    assert!(hottest.ends_with("a_step"), "{innermost:?}");
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
    // The allocator of this program is the system's.
    let heap = answer("heap", "");
    let why = String::from_utf8(heap.body).unwrap();
    assert!(heap.status == 501 && why.contains("_RJEM_MALLOC_CONF=prof:true"), "{why}");
    for query in ["seconds=0", "seconds=61", "seconds=x", "seconds=-1", "seconds=NaN", "seconds="] {
        let answer = answer("profile", query);
        assert_eq!(answer.status, 400, "{query}");
        assert!(String::from_utf8(answer.body).unwrap().contains("try `seconds=10`"));
    }
    for query in ["frequency=0", "frequency=1001", "frequency=x", "seconds=1&frequency=1.5"] {
        assert_eq!(answer("flamegraph", query).status, 400, "{query}");
    }
    for path in ["allocs", "profile/x", "..", "%2e%2e"] {
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

/// The functions that `go tool pprof -top` lists, the most important first.
fn top(profile: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("profile");
    fs::write(&path, profile).unwrap();
    let mut pprof = Command::new("go");
    pprof
        .args(["tool", "pprof", "-symbolize=none", "-top"])
        .arg(&path)
        .env("PPROF_TMPDIR", folder.path());
    let table = String::from_utf8(said(&mut pprof)).unwrap();
    let rows = table.lines().skip_while(|line| !line.contains("flat%")).skip(1);
    let name = |row: &str| row.split_whitespace().skip(5).collect::<Vec<_>>().join(" ");
    rows.map(name).collect()
}

#[test]
#[ignore = "needs Debian's `golang-go`: `.ci/run --long` installs it"]
fn the_tool_of_go_names_who_computes_and_who_allocates() {
    let _only = ONLY.lock().unwrap_or_else(PoisonError::into_inner);
    let computing = top(&profiled("profile", "seconds=2&frequency=200"));
    assert!(computing[0].ends_with("a_step"), "{computing:?}");
    let mut build = Command::new(env!("CARGO"));
    let heap = built(build.args(["build", "--quiet", "-p", "jemalloc", "--bin", "heap"]));
    let allocating = top(&said(Command::new(heap).env("_RJEM_MALLOC_CONF", "prof:true")));
    assert!(allocating.iter().any(|it| it == "heap::main::hold_much"), "{allocating:?}");
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
            assert!(!Profile::read(&answer.body).sample.is_empty());
        }
        is_done.store(true, Ordering::Relaxed);
    });
}
