//! Receivers that are of no use, and those that need more than a URL: each send ends in time.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::authority::Authority;
use crate::receiver::{Received, Receiver, answer, serve};
use measurand::outgoing::{Destination, DestinationError, SendError};
use measurand::push::{PushError, Pushgateway};
use measurand::registry::{Collector, Point, Points};
use measurand::{Descriptor, Registry};
use measurand_tests::{PATIENCE, Random, memory};

/// How long a send has where it is in vain.
const LIMIT: Duration = Duration::from_millis(800);

/// Gives a page of some MiB.
struct Large(Descriptor);

impl Collector for Large {
    fn collect(&self, points: &mut Points<'_>) {
        for index in 0..10_000 {
            let label = format!("{index:01000}");
            points.push(&self.0, &[&label], Point::gauge(3));
        }
    }
}

/// Why nothing can be pushed there, which was known in time, and without what nobody may see.
#[track_caller]
fn error_at(url: &str, source: &Registry) -> SendError {
    let (scheme, rest) = url.split_once("://").unwrap();
    let destination = Destination::new(&format!("{scheme}://user:pass-word@{rest}")).unwrap();
    error_of(destination.timeout(LIMIT), source)
}

#[track_caller]
fn error_of(destination: Destination, source: &Registry) -> SendError {
    let gateway = Pushgateway::at(destination, "job").unwrap().without_instance().registry(source);
    let start = Instant::now();
    let error = match gateway.push() {
        Err(PushError::Send(error)) => error,
        other => panic!("{other:?}"),
    };
    // A busy machine may start threads late.
    assert!(start.elapsed() < LIMIT + Duration::from_secs(10), "{:?}", start.elapsed());
    let text = format!("{error} {error:?}");
    assert!(!text.contains("pass-word") && !text.contains("dXNlcjpwYXNz"), "{text}");
    error
}

fn url_of(address: SocketAddr) -> String {
    format!("http://{address}")
}

fn is_unreachable(error: &SendError) -> bool {
    matches!(error, SendError::Unreachable { .. })
}

fn is_timed_out(error: &SendError) -> bool {
    matches!(error, SendError::TimedOut { limit: LIMIT, .. })
}

#[test]
fn nobody_listens() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    // Long enough for another attempt, however busy the machine is.
    let destination = Destination::new(&url_of(address)).unwrap().timeout(5 * LIMIT);
    let error = error_of(destination, &Registry::new());
    let SendError::Unreachable { attempts, .. } = &error else { panic!("{error}") };
    assert!(*attempts > 1, "{error}");
    assert!(error.to_string().contains(&format!(" after {attempts} attempts: ")), "{error}");
}

/// Of an address that is there for documentation alone, nothing comes back, or that there is no way to it.
#[test]
fn nothing_comes_back() {
    let error = error_at("http://192.0.2.1:9091", &Registry::new());
    assert!(is_unreachable(&error) || is_timed_out(&error), "{error}");
}

#[test]
fn the_name_is_unknown() {
    let error = error_at("http://gateway.invalid:9091", &Registry::new());
    assert!(is_unreachable(&error) || is_timed_out(&error), "{error}");
}

#[test]
fn it_accepts_and_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = error_at(&url_of(listener.local_addr().unwrap()), &Registry::new());
    assert!(is_timed_out(&error), "{error}");
    assert!(error.to_string().starts_with("sending to http://127.0.0.1:"), "{error}");
}

/// The body is longer than what the system keeps for it.
#[test]
fn it_does_not_read() {
    let registry = Registry::new();
    let family = Descriptor::gauge("outgoing_large", "Large.").labels(["id"]).build().unwrap();
    registry.register_collector(Large(family)).unwrap().leak();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let error = error_at(&url_of(listener.local_addr().unwrap()), &registry);
    assert!(is_timed_out(&error), "{error}");

    // Some of it is read from time to time, so that there is progress.
    let address = serve(|mut stream| {
        let mut some = vec![0; 64 << 10];
        while stream.read(&mut some).is_ok_and(|len| len > 0) {
            thread::sleep(Duration::from_millis(200));
        }
    });
    let error = error_at(&url_of(address), &registry);
    assert!(is_timed_out(&error), "{error}");
}

/// What is sent to whoever connects, once the request has come.
#[track_caller]
fn error_after(answer: impl Fn(&mut TcpStream) + Send + 'static) -> SendError {
    let address = serve(move |mut stream| {
        if Received::read(&stream).is_some() {
            answer(&mut stream);
        }
    });
    error_at(&url_of(address), &Registry::new())
}

#[test]
fn it_cuts_off() {
    let error = error_after(|_| ());
    assert!(is_unreachable(&error), "{error}");
    for part in [
        "HTTP/1.1 200",
        "HTTP/1.1 200 OK\r\nContent-",
        "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
    ] {
        let error = error_after(|stream| drop(stream.write_all(part.as_bytes())));
        assert!(is_unreachable(&error), "{error}");
    }
    let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc";
    let error = error_after(|stream| drop(stream.write_all(chunked)));
    assert!(is_unreachable(&error), "{error}");
}

/// Sends one byte after the other for as long as somebody is there.
fn drip(stream: &mut TcpStream, bytes: impl Iterator<Item = u8>) {
    for byte in bytes {
        if stream.write_all(&[byte]).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn it_drips() {
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n";
    let error = error_after(|stream| drip(stream, head.iter().copied().cycle()));
    assert!(is_timed_out(&error), "{error}");
    let error = error_after(|stream| {
        stream.write_all(head).unwrap();
        drip(stream, std::iter::repeat(b'x'));
    });
    assert!(is_timed_out(&error), "{error}");
    let error = error_after(|stream| {
        drip(stream, b"HTTP/1.1 100 Continue\r\n\r\n".iter().copied().cycle())
    });
    assert!(is_timed_out(&error), "{error}");
}

/// Sends so much as is taken of it, and says how much that was.
fn pour(stream: &mut TcpStream, head: &[u8], poured: &AtomicU64) {
    let _ = stream.write_all(head);
    let some = vec![b'x'; 64 << 10];
    while poured.load(Ordering::Relaxed) < 10 << 30 && stream.write_all(&some).is_ok() {
        poured.fetch_add(some.len() as u64, Ordering::Relaxed);
    }
}

#[test]
fn it_answers_10_gib() {
    for (head, status) in [
        ("HTTP/1.1 200 OK\r\nContent-Length: 10737418240\r\n\r\n", Some(200)),
        ("HTTP/1.1 200 OK\r\n\r\n", Some(200)),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 10737418240\r\n\r\n", Some(404)),
        ("HTTP/1.1 200 OK\r\nX-Endless: ", None),
    ] {
        let poured = Arc::new(AtomicU64::new(0));
        let counted = poured.clone();
        let error = error_after(move |stream| pour(stream, head.as_bytes(), &counted));
        assert_eq!(error.status(), status, "{error}");
        // The system keeps some, on both sides, for each attempt.
        assert!(poured.load(Ordering::Relaxed) < 128 << 20, "{poured:?}");
        assert!(error.to_string().len() < 1_000, "{error}");
    }
    assert!(memory("VmHWM") < 400 << 20);
}

#[test]
fn it_redirects_in_a_circle() {
    let receiver = Receiver::new(|_, one| {
        let path = one.line.split(' ').nth(1).unwrap();
        answer("307 Temporary Redirect", &format!("Location: {path}\r\n"), "")
    });
    let error = error_at(&receiver.url(), &Registry::new());
    assert_eq!(error.status(), Some(307), "{error}");
    assert!(error.to_string().contains("redirects are not followed"), "{error}");
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn it_talks_garbage() {
    let mut random = Random(1);
    for len in [1, 100, 10_000, 1_000_000] {
        let garbage: Vec<_> = (0..len).map(|_| random.below(256) as u8).collect();
        let error = error_after(move |stream| drop(stream.write_all(&garbage)));
        assert!(is_unreachable(&error) || is_timed_out(&error), "{error}");
    }
    for text in [
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
    ] {
        let error = error_after(|stream| drop(stream.write_all(text.as_bytes())));
        assert!(is_unreachable(&error), "{error}");
    }
}

#[test]
fn what_is_sent_is_never_repeated_in_an_error() {
    let receiver = Receiver::new(|_, one| {
        let said: String =
            one.headers.iter().map(|(name, value)| format!("{name}={value} ")).collect();
        answer("403 Forbidden", "", &format!("you sent {said}"))
    });
    let error = error_at(&receiver.url(), &Registry::new());
    let SendError::Refused { answer, .. } = &error else { panic!("{error}") };
    assert!(answer.starts_with("you sent ") && answer.contains("[hidden]"), "{answer}");
    let destination = Destination::new(&receiver.url()).unwrap();
    let destination = destination.bearer("a-token").unwrap().header("X-Key", "pass-word").unwrap();
    let SendError::Refused { answer, .. } = error_of(destination, &Registry::new()) else {
        panic!()
    };
    assert!(!answer.contains("a-token") && !answer.contains("pass-word"), "{answer}");
}

/// What the receiver of a request to this destination is sent.
fn received_of(make: impl FnOnce(&str) -> Destination) -> Received {
    let receiver = Receiver::friendly();
    let gateway = Pushgateway::at(make(&receiver.url()), "job").unwrap();
    gateway.delete().unwrap();
    receiver.received().remove(0)
}

#[test]
fn headers_and_credentials_are_sent() {
    let received = received_of(|url| {
        let destination = Destination::new(url).unwrap().header("X-Scope-OrgID", "a").unwrap();
        destination.header("x-scope-orgid", "tenant-7").unwrap().bearer("a-token").unwrap()
    });
    assert_eq!(received.header("x-scope-orgid"), Some("tenant-7"));
    assert_eq!(received.header("authorization"), Some("Bearer a-token"));
    let agent = received.header("user-agent").unwrap();
    assert!(agent.starts_with("measurand/"), "{agent}");
    let names: Vec<_> = received.headers.iter().map(|(name, _)| name.as_str()).collect();
    let count = |name| names.iter().filter(|other| **other == name).count();
    assert_eq!(["x-scope-orgid", "authorization", "host"].map(count), [1; 3], "{names:?}");

    // As RFC 7617 has it.
    let expected = Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    let basic = |url: &str| Destination::new(url).unwrap().basic("Aladdin", "open sesame").unwrap();
    assert_eq!(received_of(basic).header("authorization"), expected);
    let in_url = |url: &str| {
        Destination::new(&url.replace("http://", "http://Aladdin:open%20sesame@")).unwrap()
    };
    assert_eq!(received_of(in_url).header("authorization"), expected);
    let only_user = |url: &str| Destination::new(&url.replace("//", "//user@")).unwrap();
    assert_eq!(received_of(only_user).header("authorization"), Some("Basic dXNlcjo="));
}

#[test]
fn destinations_that_cannot_be_are_refused() {
    for url in [
        "",
        "gateway",
        "gateway:9091",
        "/metrics",
        "ftp://gateway",
        "http://",
        "http://:9091",
        "http://gate way",
        "http://gateway/#top",
        "http://%ff@gateway",
        "http://user@",
    ] {
        let error = Destination::new(url).unwrap_err();
        assert!(matches!(error, DestinationError::Url { .. }), "{url}: {error}");
    }
    let destination = Destination::new("http://gateway:9091").unwrap();
    for name in
        ["", "X Key", "X:Key", "Content-Type", "content-length", "Transfer-Encoding", "Connection"]
    {
        let error = destination.clone().header(name, "x").unwrap_err();
        assert!(matches!(error, DestinationError::Header { .. }), "{name}: {error}");
    }
    for token in ["", "a\n", "ä"] {
        assert_eq!(destination.clone().bearer(token).unwrap_err(), DestinationError::Token);
    }
}

#[test]
fn over_tls_only_those_are_trusted_who_are_meant() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (url, received) = authority.serve(None);
    let destination = || Destination::new(&url).unwrap().timeout(LIMIT);
    let pem = authority.pem();
    let trusting = destination().certificate_authority(pem.as_bytes()).unwrap();
    let trusting = trusting.timeout(PATIENCE);
    Pushgateway::at(trusting, "job").unwrap().delete().unwrap();
    assert_eq!(received.lock().unwrap().len(), 1);
    // From a file, among others.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, [other.pem(), pem].concat()).unwrap();
    let trusting = destination().certificate_authority_file(file.path()).unwrap();
    Pushgateway::at(trusting.timeout(PATIENCE), "job").unwrap().delete().unwrap();
    assert_eq!(received.lock().unwrap().len(), 2);

    // Neither another authority, nor Mozilla's, nor another name will do.
    let wrong = destination().certificate_authority(other.pem().as_bytes()).unwrap();
    let by_address = Destination::new(&url.replace("localhost", "127.0.0.1")).unwrap();
    let by_address = by_address.certificate_authority(authority.pem().as_bytes()).unwrap();
    for destination in [wrong, destination(), by_address.timeout(LIMIT)] {
        let error = error_of(destination, &Registry::new());
        assert!(error.to_string().contains("certificate"), "{error}");
    }
    assert_eq!(received.lock().unwrap().len(), 2);
}

#[test]
fn a_client_certificate_is_shown() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let (url, received) = authority.serve(Some(&clients));
    let destination = Destination::new(&url).unwrap().timeout(LIMIT);
    let destination = destination.certificate_authority(authority.pem().as_bytes()).unwrap();
    let (certificate, key) = clients.issue("job");
    let known = destination.clone().client_certificate(certificate.as_bytes(), key.as_bytes());
    Pushgateway::at(known.unwrap().timeout(PATIENCE), "job").unwrap().delete().unwrap();
    assert_eq!(received.lock().unwrap().len(), 1);
    let (unknown, unknown_key) = authority.issue("job");
    let stranger =
        destination.clone().client_certificate(unknown.as_bytes(), unknown_key.as_bytes());
    for destination in [destination.clone(), stranger.unwrap()] {
        assert!(is_unreachable(&error_of(destination, &Registry::new())));
    }
    // What does not belong together is said at once.
    for (certificate, key) in
        [(&certificate, &unknown_key), (&key, &key), (&certificate, &certificate)]
    {
        let refused =
            destination.clone().client_certificate(certificate.as_bytes(), key.as_bytes());
        let error = refused.unwrap_err();
        assert!(matches!(error, DestinationError::Certificate { .. }), "{error}");
        assert!(!error.to_string().contains("BEGIN"), "{error}");
    }
    assert!(destination.client_certificate_files("/nowhere.crt", "/nowhere.key").is_err());
}

#[test]
fn a_handshake_that_hangs_ends_in_time() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    assert!(is_timed_out(&error_at(&url, &Registry::new())));
    let drips = serve(|mut stream| {
        drip(&mut stream, [22, 3, 3, 64, 0].into_iter().chain(std::iter::repeat(1)))
    });
    let error = error_at(&format!("https://{drips}"), &Registry::new());
    assert!(is_timed_out(&error) || is_unreachable(&error), "{error}");
    // Who speaks no TLS.
    let plain = Receiver::friendly();
    let error = error_at(&plain.url().replace("http", "https"), &Registry::new());
    assert!(is_unreachable(&error), "{error}");
}
