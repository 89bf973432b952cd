//! Load for the service: real HTTP requests over loopback, whose responses are checked.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::net::SocketAddr;
use std::ops::AddAssign;
use std::thread;
use std::time::{Duration, Instant};

use ureq::Agent;

use crate::service::Algorithm;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const THREADS: usize = 3;
const SIZES: [usize; 6] = [0, 1, 1_000, 16_384, 65_537, 300_000];
/// The tenants that send requests; an empty one sends no header.
const TENANTS: [&str; 3] = ["", "acme", "globex"];

/// What the load counted itself. It is displayed as one line for each sample that the scrape must
/// match.
#[derive(Default)]
pub(crate) struct Counted {
    /// By algorithm and tenant.
    requests: BTreeMap<(&'static str, &'static str), u64>,
    rejected: u64,
    bytes: u64,
}

impl AddAssign for Counted {
    fn add_assign(&mut self, other: Counted) {
        for (labels, requests) in other.requests {
            *self.requests.entry(labels).or_default() += requests;
        }
        self.rejected += other.rejected;
        self.bytes += other.bytes;
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counted { requests, rejected, bytes } = self;
        for algorithm in Algorithm::ALL.map(Algorithm::name) {
            let of_it = requests.iter().filter(|((name, _), _)| *name == algorithm);
            let count: u64 = of_it.clone().map(|(_, count)| count).sum();
            writeln!(
                f,
                "# counted digest_body_calls_total{{algorithm=\"{algorithm}\",outcome=\"ok\"}} {count}"
            )?;
            for ((_, tenant), count) in of_it {
                // An empty label means the same as none.
                let tenant = match *tenant {
                    "" => String::new(),
                    tenant => format!(",tenant=\"{tenant}\""),
                };
                writeln!(
                    f,
                    "# counted digest_tenant_requests_total{{algorithm=\"{algorithm}\"{tenant}}} {count}"
                )?;
            }
        }
        let requests: u64 = requests.values().sum();
        writeln!(
            f,
            "# counted function_calls_total{{function=\"Hasher::finish\",module=\"digest::service\",outcome=\"ok\"}} {requests}"
        )?;
        writeln!(f, "# counted digest_rejected_total {rejected}")?;
        writeln!(f, "# counted digest_read_bytes_total {bytes}")?;
        writeln!(f, "# counted digest_body_size_bytes_count {requests}")?;
        writeln!(f, "# counted digest_body_size_bytes_sum {bytes}")?;
        writeln!(f, "# counted digest_hash_duration_seconds_count {requests}")
    }
}

/// Sends requests to the service from a few threads, for `duration`.
pub(crate) fn run(service: SocketAddr, duration: Duration) -> Result<Counted> {
    let cases = cases(service);
    let deadline = Instant::now() + duration;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                // Each thread starts with another case, so that sizes and algorithms mix.
                let first = number * cases.len() / THREADS;
                let round = cases.iter().cycle().skip(first);
                scope.spawn(move || send(round, deadline))
            })
            .collect();
        let mut counted = Counted::default();
        for thread in threads {
            counted += thread.join().map_err(|_| "a thread of the load panicked")??;
        }
        Ok(counted)
    })
}

/// Returns the text at a URL.
pub(crate) fn get(url: &str) -> Result<String> {
    Ok(agent().get(url).call()?.body_mut().read_to_string()?)
}

/// A request and its expected response.
struct Case {
    url: String,
    body: Vec<u8>,
    /// The digest, or `None` if the service must refuse the request.
    digest: Option<String>,
    /// The algorithm and the tenant under which it is counted.
    labels: (&'static str, &'static str),
}

/// Returns every size with every algorithm, and an unknown algorithm.
fn cases(service: SocketAddr) -> Vec<Case> {
    let case = |algorithm, tenant, body, digest| {
        let url = format!("http://{service}/digest?algorithm={algorithm}");
        Case { url, body, digest, labels: (algorithm, tenant) }
    };
    let mut cases = vec![case("md5", "", b"abc".to_vec(), None)];
    for (size, tenant) in std::iter::zip(SIZES, TENANTS.into_iter().cycle()) {
        for algorithm in Algorithm::ALL {
            let body: Vec<u8> = (0..=250).cycle().take(size).collect();
            let digest = Some(algorithm.digest(&body));
            cases.push(case(algorithm.name(), tenant, body, digest));
        }
    }
    cases
}

fn send<'a>(round: impl Iterator<Item = &'a Case>, deadline: Instant) -> Result<Counted> {
    let agent = agent();
    let mut counted = Counted::default();
    for Case { url, body, digest, labels } in round {
        if Instant::now() >= deadline {
            break;
        }
        let mut request = agent.post(url);
        if !labels.1.is_empty() {
            request = request.header("X-Tenant", labels.1);
        }
        let mut response = request.send(&body[..])?;
        let status = response.status().as_u16();
        let answer = response.body_mut().read_to_string()?;
        match (status, digest) {
            (200, Some(digest)) if answer == *digest => {
                *counted.requests.entry(*labels).or_default() += 1;
                counted.bytes += body.len() as u64;
            }
            (400, None) => counted.rejected += 1,
            _ => {
                let size = body.len();
                return Err(
                    format!("{size} bytes to {url} were answered with {status} {answer}").into()
                );
            }
        }
    }
    Ok(counted)
}

fn agent() -> Agent {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        // A proxy from the environment must not be used for loopback.
        .proxy(None)
        .timeout_global(Some(Duration::from_secs(30)));
    config.build().into()
}
