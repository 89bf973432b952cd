//! A receiver of HTTP requests that keeps what it was sent.

#![allow(dead_code, reason = "not every test looks at all of it")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use measurand_tests::PATIENCE;

/// A request, as it came.
#[derive(Clone, Debug, Default)]
pub(crate) struct Received {
    /// Method and path, such as `PUT /metrics/job/x`.
    pub(crate) line: String,
    /// Headers, with names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Received {
    /// Reads one request; nothing if there is none.
    pub(crate) fn read(stream: impl Read) -> Option<Received> {
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|len| *len > 0)?;
        let line = line.trim_end().strip_suffix(" HTTP/1.1")?.to_owned();
        let mut received = Received { line, ..Received::default() };
        loop {
            let mut header = String::new();
            reader.read_line(&mut header).ok()?;
            let Some((name, value)) = header.trim_end().split_once(": ") else { break };
            received.headers.push((name.to_lowercase(), value.to_owned()));
        }
        let length = received.header("content-length").map_or(0, |length| length.parse().unwrap());
        received.body.resize(length, 0);
        reader.read_exact(&mut received.body).ok()?;
        Some(received)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }
}

/// Answers requests, each on a connection of its own.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Receiver {
    /// One that answers by what `answer` makes of the number of the request: status line, headers, body.
    pub(crate) fn new(answer: impl Fn(usize, &Received) -> String + Send + 'static) -> Receiver {
        let received = Arc::new(Mutex::new(Vec::new()));
        let all = received.clone();
        let address = serve(move |mut stream| {
            let Some(one) = Received::read(&stream) else { return };
            let answer = {
                let mut all = all.lock().unwrap();
                all.push(one.clone());
                answer(all.len() - 1, &one)
            };
            let _ = stream.write_all(answer.as_bytes());
        });
        Receiver { address, received }
    }

    /// One that takes everything.
    pub(crate) fn friendly() -> Receiver {
        Receiver::new(|_, _| answer("200 OK", "", ""))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What has come so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

/// An answer; each of `headers` ends with the end of its line.
pub(crate) fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n{headers}\r\n{body}"
    )
}

/// Hands each connection to `serve`, one after the other.
pub(crate) fn serve(mut serve: impl FnMut(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            serve(stream);
        }
    });
    address
}
