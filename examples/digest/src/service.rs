//! The service: `POST /digest` hashes the body while it arrives.

use std::collections::HashMap;
use std::error::Error;
use std::io;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use actix_web::dev::Server;
use actix_web::http::StatusCode;
use actix_web::{App, HttpRequest, HttpServer, web};
use futures_util::StreamExt;
use measurand::Counter;

use crate::metrics::METRICS;

const USAGE: &str = "\
To hash a file:

    curl --data-binary @FILE 'http://ADDRESS/digest?algorithm=sha256'

The algorithms are sha256 and blake3.
";

const ELSEWHERE: &str = "there is only POST /digest; GET / shows how to use it\n";

/// Listens at the address; port 0 takes a free one.
pub(crate) fn bind(address: &str) -> Result<TcpListener, Box<dyn Error>> {
    TcpListener::bind(address).map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "stop the process that listens there, or choose another port"
            }
            io::ErrorKind::PermissionDenied => "choose a port above 1023",
            _ => "write an address of this machine and a port, such as 127.0.0.1:8080",
        };
        format!("cannot listen at {address}: {error}; {advice}").into()
    })
}

/// Serves until the process is told to stop.
pub(crate) fn serve(listener: TcpListener) -> io::Result<Server> {
    let app = || {
        App::new()
            .route("/", web::get().to(async || USAGE))
            .route("/digest", web::post().to(digest))
            .default_service(web::to(async || (ELSEWHERE, StatusCode::NOT_FOUND)))
    };
    Ok(HttpServer::new(app).listen(listener)?.run())
}

async fn digest(request: HttpRequest, body: web::Payload) -> (String, StatusCode) {
    let _in_progress = METRICS.in_progress.start();
    // Dropped before the guard above, so whoever sees nothing in progress sees all that ended.
    let mut ending = Ending { counter: &METRICS.rejected_total };
    match hash(request.query_string(), body).await {
        Ok(digest) => {
            ending.counter = &METRICS.requests_total;
            (digest, StatusCode::OK)
        }
        Err(why) => (why, StatusCode::BAD_REQUEST),
    }
}

/// Counts a request when it ends: also when its future is dropped because the client went away.
struct Ending {
    counter: &'static Counter,
}

impl Drop for Ending {
    fn drop(&mut self) {
        self.counter.inc();
    }
}

/// The digest of the body, or why there is none.
async fn hash(query: &str, mut body: web::Payload) -> Result<String, String> {
    let mut hasher = Algorithm::from_query(query)?.hasher();
    let mut size = 0;
    let mut hashing = Duration::ZERO;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| format!("the body broke off after {size} bytes\n"))?;
        size += chunk.len() as u64;
        METRICS.read_bytes_total.inc_by(chunk.len() as u64);
        // A chunk is some ten kilobytes, so hashing it here costs less than moving it elsewhere.
        let started = Instant::now();
        hasher.update(&chunk);
        hashing += started.elapsed();
    }
    let started = Instant::now();
    let digest = hasher.finish();
    hashing += started.elapsed();

    METRICS.hash_duration_seconds.observe(hashing);
    METRICS.body_size_bytes.observe(size);
    Ok(hex(&digest))
}

/// How a body is hashed.
#[derive(Clone, Copy)]
pub(crate) enum Algorithm {
    Sha256,
    Blake3,
}

impl Algorithm {
    pub(crate) const ALL: [Algorithm; 2] = [Algorithm::Sha256, Algorithm::Blake3];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Algorithm::Sha256 => "sha256",
            Algorithm::Blake3 => "blake3",
        }
    }

    /// The digest of a body that is at hand as a whole.
    pub(crate) fn digest(self, body: &[u8]) -> String {
        match self {
            Algorithm::Sha256 => hex(&hmac_sha256::Hash::hash(body)),
            Algorithm::Blake3 => hex(blake3::hash(body).as_bytes()),
        }
    }

    fn from_query(query: &str) -> Result<Algorithm, String> {
        const CHOICE: &str = "write ?algorithm=sha256 or ?algorithm=blake3";
        let options = web::Query::<HashMap<String, String>>::from_query(query)
            .map_err(|error| format!("{error}; {CHOICE}\n"))?;
        let Some(name) = options.get("algorithm") else {
            return Err(format!("no algorithm is given; {CHOICE}\n"));
        };
        let known = Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        known.ok_or_else(|| format!("there is no algorithm `{name}` here; {CHOICE}\n"))
    }

    fn hasher(self) -> Hasher {
        match self {
            Algorithm::Sha256 => Hasher::Sha256(hmac_sha256::Hash::new()),
            Algorithm::Blake3 => Hasher::Blake3(Box::default()),
        }
    }
}

/// A digest being made.
enum Hasher {
    Sha256(hmac_sha256::Hash),
    // Boxed because it is some two kilobytes, which every request's future would hold.
    Blake3(Box<blake3::Hasher>),
}

impl Hasher {
    fn update(&mut self, chunk: &[u8]) {
        match self {
            Hasher::Sha256(hasher) => hasher.update(chunk),
            Hasher::Blake3(hasher) => {
                hasher.update(chunk);
            }
        }
    }

    fn finish(self) -> [u8; 32] {
        match self {
            Hasher::Sha256(hasher) => hasher.finalize(),
            Hasher::Blake3(hasher) => hasher.finalize().into(),
        }
    }
}

fn hex(digest: &[u8; 32]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
