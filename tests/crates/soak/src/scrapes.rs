//! Who reads pages, and what must be true of them.

use std::collections::HashMap;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use measurand::Registry;
use measurand_tests::Page;

use crate::Soak;

/// A client of the soak waits no longer.
const TIMEOUT: Duration = Duration::from_secs(20);

/// What must not go back, as of the last page.
#[derive(Default)]
struct Monotone(HashMap<String, f64>);

impl Monotone {
    /// Looks at a page, and gives what is wrong with it.
    fn check(&mut self, text: &[u8]) -> Result<(), String> {
        let page = Page::parse(text)?;
        if let Some(torn) = page.torn() {
            return Err(format!("torn: {torn}"));
        }
        for (name, value) in page.iter() {
            if !(-1e15..=1e15).contains(&value) {
                return Err(format!("{name} is {value}"));
            }
            if !is_steady(name) {
                continue;
            }
            if self.0.get(name).is_some_and(|last| value < *last) {
                return Err(format!("{name} went back to {value}"));
            }
            match self.0.get_mut(name) {
                Some(last) => *last = value,
                None => _ = self.0.insert(name.to_owned(), value),
            }
        }
        // What was ever there stays there.
        match self.0.keys().find(|name| page.get(name).is_none()) {
            Some(name) => Err(format!("{name} has left")),
            None => Ok(()),
        }
    }
}

/// Whether a sample is of a counter or histogram of which nothing is removed.
fn is_steady(name: &str) -> bool {
    let stays = |start: &str| name.starts_with(start);
    let is_there = stays("soak_") && !stays("soak_churn_") && !stays("soak_fleeting_");
    let goes_back = ["level", "running", "in_progress"].iter().any(|part| name.contains(part));
    (is_there || stays("function_calls_total")) && !goes_back
}

/// Scrapes in the process.
pub(crate) fn by_text(soak: &Soak, registry: &Registry) {
    let (mut monotone, mut text) = (Monotone::default(), Vec::new());
    while !soak.is_done() {
        text.clear();
        registry.encode_text_bytes(&mut text);
        if let Err(problem) = monotone.check(&text) {
            soak.problem(format!("a page: {problem}"));
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

const REQUEST: &[u8] = b"GET /metrics HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// The body of one answer.
fn get(address: SocketAddr) -> Result<Vec<u8>, String> {
    let mut answer = Vec::new();
    let read = connect(address).and_then(|mut stream| {
        stream.write_all(REQUEST)?;
        stream.read_to_end(&mut answer)
    });
    read.map_err(|error| error.to_string())?;
    let end = answer.windows(4).position(|part| part == b"\r\n\r\n");
    let body = end.map(|end| answer.split_off(end + 4));
    let is_ok = answer.starts_with(b"HTTP/1.0 200") || answer.starts_with(b"HTTP/1.1 200");
    let body = body.filter(|_| is_ok);
    body.ok_or_else(|| String::from_utf8_lossy(&answer[..answer.len().min(200)]).into_owned())
}

/// Scrapes as a server of metrics does.
pub(crate) fn over_http(soak: &Soak, address: SocketAddr) {
    let mut monotone = Monotone::default();
    while !soak.is_done() {
        let checked = get(address).and_then(|body| monotone.check(&body));
        if let Err(problem) = checked {
            soak.problem(format!("over HTTP: {problem}"));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Clients that leave in the midst of it.
pub(crate) fn hit_and_run(soak: &Soak, address: SocketAddr) {
    let mut step = 0_usize;
    while !soak.is_done() {
        // What becomes of these is no matter; only that they do no harm.
        let _ = connect(address).and_then(|mut stream| {
            let part = match step % 4 {
                0 => &REQUEST[..0],
                1 => &REQUEST[..10],
                _ => REQUEST,
            };
            stream.write_all(part)?;
            if step % 4 == 3 {
                stream.read_exact(&mut [0; 100])?;
            }
            Ok(())
        });
        step += 1;
        thread::sleep(Duration::from_millis(30));
    }
}
