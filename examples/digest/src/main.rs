//! A service that hashes request bodies, and measures itself with measurand. Run it with
//!
//! ```sh
//! cargo run --release -p digest -- --load 30
//! ```
//!
//! It serves, sends itself requests for 30 seconds, and goes on serving. Meanwhile look at
//! <http://127.0.0.1:9091/metrics>.
//!
//! OpenTelemetry's environment variables make it export as well, here to a collector and for
//! Prometheus:
//!
//! ```sh
//! OTEL_METRICS_EXPORTER=otlp,prometheus OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 \
//!     OTEL_SERVICE_NAME=digest cargo run --release -p digest
//! ```

mod export;
mod health;
mod load;
mod metrics;
mod service;

use std::error::Error;
use std::io::{self, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroU32;
use std::pin::pin;
use std::process::ExitCode;
use std::time::Duration;

use actix_web::{rt, web};
use futures_util::future::{self, Either};
use lexopt::Arg;
use measurand::Registry;
use measurand::actix::Monitoring;
use measurand::collectors::standard_collectors;

measurand::build_info!(namespace = "digest");

const ADDR: &str = "127.0.0.1:8080";
const METRICS_ADDR: &str = "127.0.0.1:9091";

const HELP: &str = "\
Hashes the bodies of POST /digest?algorithm=sha256|blake3, and reports metrics.

Usage: digest [OPTIONS]

Options:
    --addr HOST:PORT          address of the service [default: 127.0.0.1:8080]
    --metrics-addr HOST:PORT  address of the metrics, /healthz, /readyz and, for this machine,
                              /debug/pprof/ [default: 127.0.0.1:9091, or from the environment]
    --load SECONDS            send requests to itself for this time, then go on serving
    --once                    with --load: print the scrape and what the load counted, then exit
    --help                    print this help

Port 0 chooses a free port. If OTEL_METRICS_EXPORTER is set, metrics are also exported, as configured
by the environment variables OTEL_….
";

const SEE_HELP: &str = "type `digest --help` to see all options";

fn main() -> ExitCode {
    let options = match Options::parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => {
            return match io::stdout().write_all(HELP.as_bytes()) {
                Ok(()) => ExitCode::SUCCESS,
                Err(_) => ExitCode::FAILURE,
            };
        }
        Err(why) => {
            eprintln!("digest: {why}");
            return ExitCode::from(2);
        }
    };
    match serve_and_export(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("digest: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_and_export(options: Options) -> Result<(), Box<dyn Error>> {
    let environment = export::environment()?;
    let metrics_addr = options.metrics_addr.as_deref().or(environment.prometheus());
    let metrics_addr = metrics_addr.unwrap_or(METRICS_ADDR).to_owned();
    let exporting = environment.exporters().metrics(Registry::global())?.start()?;
    rt::System::new().block_on(run(options, &metrics_addr))?;
    // This sends the last updates, which works after the runtime has ended.
    Ok(exporting.shutdown(Duration::from_secs(5))?)
}

async fn run(options: Options, metrics_addr: &str) -> Result<(), Box<dyn Error>> {
    let Options { addr, load, once, .. } = options;
    // The process, and the runtime of this thread. Each worker of the service has its own runtime.
    standard_collectors(Registry::global())?;
    let listener = service::bind(&addr)?;
    let monitoring = Monitoring::builder().health(health::checks()?);
    #[cfg(target_os = "linux")]
    let monitoring = monitoring.profiling(measurand::actix::Profiling::new());
    let monitoring = monitoring.build()?;
    let metrics = monitoring.server(metrics_addr)?;
    let service = reachable(listener.local_addr()?);
    let metrics_url = format!("http://{}/metrics", reachable(metrics.local_addr()));

    // With `--once`, stdout is reserved for the result.
    let say = |text: String| {
        let mut out: Box<dyn Write> =
            if once { Box::new(io::stderr()) } else { Box::new(io::stdout()) };
        out.write_all(text.as_bytes()).and_then(|()| out.flush())
    };
    say(format!("digest is at http://{service}/digest\nmetrics are at {metrics_url}\n"))?;

    // Both listeners stop by themselves at ctrl-c.
    let mut serving =
        pin!(future::try_join(service::serve(listener, monitoring.requests())?, metrics.run()));
    if let Some(seconds) = load {
        say(format!("sending requests for {seconds} s\n"))?;
        let load = web::block(move || {
            let counted = load::run(service, Duration::from_secs(seconds.get().into()))?;
            let scrape = if once { load::get(&metrics_url)? } else { String::new() };
            Ok::<_, Box<dyn Error + Send + Sync>>(format!("{scrape}{counted}"))
        });
        let ended = match future::select(serving.as_mut(), pin!(load)).await {
            Either::Left((stopped, _)) => return Ok(stopped.map(drop)?),
            Either::Right((ended, _)) => ended?,
        };
        match ended {
            Ok(result) if once => return Ok(io::stdout().write_all(result.as_bytes())?),
            Err(error) if once => return Err(format!("the load failed: {error}").into()),
            Ok(result) => say(format!("the load is over\n{result}"))?,
            // This happens, for example, when ctrl-c stops the service meanwhile.
            Err(error) => eprintln!("digest: the load failed: {error}"),
        }
    }
    serving.await?;
    Ok(())
}

/// Returns the address by which a listener is reached from this machine, since one cannot connect
/// to `0.0.0.0`.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// The options of the command line.
struct Options {
    addr: String,
    metrics_addr: Option<String>,
    load: Option<NonZeroU32>,
    once: bool,
}

impl Options {
    /// Parses the command line; `None` if help was requested.
    fn parse(mut parser: lexopt::Parser) -> Result<Option<Options>, String> {
        let mut addr = ADDR.to_owned();
        let mut metrics_addr = None;
        let mut load = None;
        let mut once = false;
        while let Some(arg) = parser.next().map_err(|error| format!("{error}; {SEE_HELP}"))? {
            match arg {
                Arg::Long("addr") => addr = address("addr", ADDR, &mut parser)?,
                Arg::Long("metrics-addr") => {
                    metrics_addr = Some(address("metrics-addr", METRICS_ADDR, &mut parser)?);
                }
                Arg::Long("load") => load = Some(seconds("load", &mut parser)?),
                Arg::Long("once") => once = true,
                Arg::Long("help") => return Ok(None),
                other => {
                    let written = match other {
                        Arg::Long(name) => format!("--{name}"),
                        Arg::Short(letter) => format!("-{letter}"),
                        Arg::Value(value) => value.to_string_lossy().into_owned(),
                    };
                    return Err(format!("there is no option `{written}`; {SEE_HELP}"));
                }
            }
        }
        if once && load.is_none() {
            return Err("`--once` ends with the load, so it needs one: add `--load 30`".to_owned());
        }
        Ok(Some(Options { addr, metrics_addr, load, once }))
    }
}

fn address(option: &str, example: &str, parser: &mut lexopt::Parser) -> Result<String, String> {
    value(option, example, parser, |text| {
        let (host, port) = text.rsplit_once(':')?;
        let is_address = !host.is_empty() && port.parse::<u16>().is_ok();
        is_address.then(|| text.to_owned())
    })
}

fn seconds(option: &str, parser: &mut lexopt::Parser) -> Result<NonZeroU32, String> {
    value(option, "30", parser, |text| text.parse().ok())
}

/// Returns the value of an option, or an error that tells what to type.
fn value<T>(
    option: &str,
    example: &str,
    parser: &mut lexopt::Parser,
    read: impl Fn(&str) -> Option<T>,
) -> Result<T, String> {
    let Ok(text) = parser.value() else {
        return Err(format!("`--{option}` needs a value: type `--{option} {example}`"));
    };
    let text = text.to_string_lossy();
    read(&text).ok_or_else(|| {
        format!("`--{option}` cannot be `{text}`: type it as in `--{option} {example}`")
    })
}
