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
use measurand::actix::Requests;
use measurand::{LabelValue, instrument_metrics};

use crate::metrics::{METRICS, TenantLabels};

const USAGE: &str = "\
To hash a file:

    curl --data-binary @FILE 'http://ADDRESS/digest?algorithm=sha256'

The algorithms are sha256 and blake3. The metrics have a label with the value of the header X-Tenant.
";

const ELSEWHERE: &str = "not found: use POST /digest, or GET / for help\n";

/// Binds to an address; port 0 chooses a free port.
pub(crate) fn bind(address: &str) -> Result<TcpListener, Box<dyn Error>> {
    TcpListener::bind(address).map_err(|error| {
        let advice = match error.kind() {
            io::ErrorKind::AddrInUse => "stop the process that uses it, or choose another port",
            io::ErrorKind::PermissionDenied => "choose a port above 1023",
            _ => "use an address of this machine and a port, such as 127.0.0.1:8080",
        };
        format!("cannot listen on {address}: {error}; {advice}").into()
    })
}

/// Serves until the process is told to stop.
pub(crate) fn serve(listener: TcpListener, requests: Requests) -> io::Result<Server> {
    let app = move || App::new().configure(routes).wrap(requests.clone());
    Ok(HttpServer::new(app).listen(listener)?.run())
}

fn routes(app: &mut web::ServiceConfig) {
    app.route("/", web::get().to(async || USAGE))
        .route("/digest", web::post().to(digest))
        .default_service(web::to(async || (ELSEWHERE, StatusCode::NOT_FOUND)));
}

/// Answers a request. The middleware measures it, so only what it does is instrumented.
async fn digest(request: HttpRequest, body: web::Payload) -> (String, StatusCode) {
    let algorithm = match Algorithm::from_query(request.query_string()) {
        Ok(algorithm) => algorithm,
        Err(why) => {
            METRICS.rejected_total.inc();
            return (why, StatusCode::BAD_REQUEST);
        }
    };
    let tenant = tenant(&request);
    METRICS.tenant_requests_total.with(TenantLabels { algorithm, tenant }).inc();
    match hash(algorithm, body).await {
        Ok(digest) => (digest, StatusCode::OK),
        Err(why) => (why, StatusCode::BAD_REQUEST),
    }
}

/// Returns the tenant that sent the request, or an empty string if there is no header.
fn tenant(request: &HttpRequest) -> &str {
    let header = request.headers().get("X-Tenant");
    header.and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// Returns the digest of the body, or the reason why there is none. It is cancelled if the client disconnects first.
#[instrument_metrics(METRICS.body, labels(algorithm = algorithm))]
async fn hash(algorithm: Algorithm, mut body: web::Payload) -> Result<String, String> {
    let mut hasher = algorithm.hasher();
    let mut size = 0;
    let mut hashing = Duration::ZERO;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| format!("the body ended early, after {size} bytes\n"))?;
        size += chunk.len() as u64;
        METRICS.read_bytes_total.inc_by(chunk.len() as u64);
        // A chunk has some ten kilobytes, so hashing it here costs less than moving it to another
        // thread.
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

/// A hash algorithm, which is also a label of the metrics.
#[derive(Clone, Copy, LabelValue)]
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

    /// Returns the digest of a complete body.
    pub(crate) fn digest(self, body: &[u8]) -> String {
        match self {
            Algorithm::Sha256 => hex(&hmac_sha256::Hash::hash(body)),
            Algorithm::Blake3 => hex(blake3::hash(body).as_bytes()),
        }
    }

    fn from_query(query: &str) -> Result<Algorithm, String> {
        const CHOICE: &str = "use ?algorithm=sha256 or ?algorithm=blake3";
        let options = web::Query::<HashMap<String, String>>::from_query(query)
            .map_err(|error| format!("{error}; {CHOICE}\n"))?;
        let Some(name) = options.get("algorithm") else {
            return Err(format!("no algorithm is given; {CHOICE}\n"));
        };
        let known = Algorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        known.ok_or_else(|| format!("there is no algorithm `{name}`; {CHOICE}\n"))
    }

    fn hasher(self) -> Hasher {
        match self {
            Algorithm::Sha256 => Hasher::Sha256(hmac_sha256::Hash::new()),
            Algorithm::Blake3 => Hasher::Blake3(Box::default()),
        }
    }
}

/// The state of a digest.
enum Hasher {
    Sha256(hmac_sha256::Hash),
    // Boxed, since it has about two kilobytes, which would be part of every request's future.
    Blake3(Box<blake3::Hasher>),
}

// `update` is called for every chunk, so only some calls are timed.
#[instrument_metrics(sample = 16, skip(in_progress))]
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

#[cfg(test)]
mod tests {
    use std::pin::Pin;

    use actix_web::FromRequest;
    use actix_web::dev::Payload;
    use actix_web::error::PayloadError;
    use actix_web::test::{TestRequest, call_service, init_service};
    use futures_util::{FutureExt, Stream, stream};
    use measurand::calls::Outcome;
    use measurand::{Registry, testing};

    use super::*;

    /// Posts a body, and returns the status of the response.
    async fn post(uri: &str, body: &'static str) -> u16 {
        let app = init_service(App::new().configure(routes)).await;
        let request = TestRequest::post().uri(uri).insert_header(("X-Tenant", "acme"));
        call_service(&app, request.set_payload(body).to_request()).await.status().as_u16()
    }

    #[actix_web::test]
    async fn a_request_is_counted_with_its_body() {
        let _isolation = testing::isolate();
        assert_eq!(post("/digest?algorithm=sha256", "abc").await, 200);
        assert_eq!(METRICS.read_bytes_total.get(), 3);
        let sizes = METRICS.body_size_bytes.snapshot();
        assert_eq!((sizes.count(), sizes.sum()), (1, 3));
        assert_eq!(METRICS.hash_duration_seconds.snapshot().count(), 1);
        assert_eq!(METRICS.body.with(Algorithm::Sha256).count(Outcome::Ok), 1);
        assert_eq!(testing::calls_of("Hasher::finish").count(Outcome::Ok), 1);
        testing::assert_families(
            Registry::global(),
            &["digest_rejected_total", "digest_tenant_requests_total"],
            r#"
            digest_rejected_total 0
            digest_tenant_requests_total{algorithm="sha256",tenant="acme"} 1
            "#,
        );
    }

    #[actix_web::test]
    async fn a_request_without_a_known_algorithm_is_rejected() {
        let _isolation = testing::isolate();
        assert_eq!(post("/digest?algorithm=md5", "abc").await, 400);
        assert_eq!(METRICS.rejected_total.get(), 1);
        assert_eq!(METRICS.read_bytes_total.get(), 0);
        assert_eq!(METRICS.body.with(Algorithm::Sha256).count(Outcome::Error), 0);
    }

    #[actix_web::test]
    async fn a_request_whose_client_goes_is_cancelled() {
        let _isolation = testing::isolate();
        let body = stream::pending::<Result<web::Bytes, PayloadError>>();
        let mut body = Payload::from(Box::pin(body) as Pin<Box<dyn Stream<Item = _>>>);
        let request = TestRequest::post().uri("/digest?algorithm=blake3").to_http_request();
        let body = web::Payload::from_request(&request, &mut body).await.unwrap();
        let mut answer = Box::pin(digest(request, body));
        assert!((&mut answer).now_or_never().is_none());
        let calls = METRICS.body.with(Algorithm::Blake3);
        assert_eq!(calls.in_progress(), 1);
        drop(answer);
        assert_eq!((calls.in_progress(), calls.count(Outcome::Cancelled)), (0, 1));
    }

    #[test]
    fn the_metrics_are_in_order() {
        testing::assert_no_lints(Registry::global());
    }
}
