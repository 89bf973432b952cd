//! A listener of its own for metrics.

use std::error::Error;
use std::future::{self, poll_fn};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs};
use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, io};

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CACHE_CONTROL, HeaderName, HeaderValue, RETRY_AFTER};
use actix_web::middleware::{DefaultHeaders, Next, from_fn};
use actix_web::{App, HttpResponse, HttpServer, web};
use socket2::SockRef;
use tokio::sync::oneshot;

#[cfg(all(feature = "profile", target_os = "linux"))]
use super::Profiling;
#[cfg(feature = "web-config")]
use super::WebConfig;
use super::{Endpoint, HealthRoutes};
use crate::access::{Access, RateLimit};
use crate::registry::{Gather, Registry};
use crate::scrape::Handler;

/// How many connections are served at a time; later ones wait for their turn. Each takes a file
/// descriptor of the process, of which many systems give it 1,024, and memory for what its client
/// has not read yet.
const MAX_CONNECTIONS: usize = 512;

/// How many of these are for health alone, where that is served as well: however many scrapes hang, who probes
/// is answered.
const HEALTH_CONNECTIONS: usize = 64;

/// How many connections may wait for their turn, as far as the system lets them. Of those that come when these are
/// too many the system tries the first again after a second.
const BACKLOG: i32 = 4_096;

/// How long scrapes that are under way have when it stops.
const SHUTDOWN_SECONDS: u64 = 5;

/// How long a client may take nothing of its answer.
const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// Serves `/metrics` on a port of its own, beside the service.
///
/// It does as [`Endpoint`] says. A client that closes its connection for sending counts as gone,
/// since the two cannot be told apart: it gets no answer (with `nc`, leave out `-N`).
///
/// At most 512 connections are served at a time; more wait for their turn. On Linux, a client that
/// takes nothing of its answer for 3 seconds is disconnected, so that the turn comes.
///
/// ```
/// use measurand::actix::Server;
///
/// # fn main() -> std::io::Result<()> {
/// # actix_web::rt::System::new().block_on(async {
/// let server = Server::bind("127.0.0.1:0")?;
/// println!("metrics are at http://{}/metrics", server.local_addr());
/// let running = actix_web::rt::spawn(server.run());
/// // … and the service itself …
/// # running.abort();
/// # Ok(())
/// # })
/// # }
/// ```
#[derive(Debug)]
#[must_use = "it serves nothing until `run` is awaited or `spawn` is called"]
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    endpoint: Endpoint,
    health: Option<HealthRoutes>,
    #[cfg(all(feature = "profile", target_os = "linux"))]
    profiling: Option<Profiling>,
    #[cfg(feature = "tls")]
    tls: Option<Box<rustls::ServerConfig>>,
    rate_limit: Option<RateLimit>,
    /// What each answer has.
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Server {
    /// Listens at the address; port 0 takes a free one.
    ///
    /// # Errors
    ///
    /// If the address cannot be had, with what the system says and what to do.
    pub fn bind(address: impl ToSocketAddrs + fmt::Debug) -> Result<Server, BindError> {
        let bind = || {
            let listener = TcpListener::bind(&address)?;
            // The standard library asks for 128.
            SockRef::from(&listener).listen(BACKLOG)?;
            let bound = listener.local_addr()?;
            Ok((listener, bound))
        };
        match bind() {
            Ok((listener, bound)) => Ok(Server {
                listener,
                address: bound,
                endpoint: Endpoint::new(),
                health: None,
                #[cfg(all(feature = "profile", target_os = "linux"))]
                profiling: None,
                #[cfg(feature = "tls")]
                tls: None,
                rate_limit: None,
                headers: Vec::new(),
            }),
            Err(source) => {
                let address = format!("{address:?}").trim_matches('"').to_owned();
                Err(BindError { address, source })
            }
        }
    }

    /// Serves another registry.
    pub fn registry(mut self, registry: &Registry) -> Server {
        self.endpoint = self.endpoint.registry(registry);
        self
    }

    /// Serves what `source` gathers, such as a part of a registry; the page of [`Gather`] has an
    /// example.
    ///
    /// If it panics, the answer is 500.
    pub fn source(mut self, source: impl Gather + Send + Sync + 'static) -> Server {
        self.endpoint = self.endpoint.source(source);
        self
    }

    /// Answers by this handler, which has more options: limits, own metrics, samples `…_created`.
    pub fn handler(mut self, handler: Handler) -> Server {
        self.endpoint = self.endpoint.handler(handler);
        self
    }

    /// Answers only who is let in, as [`Endpoint::access`] does.
    pub fn access(mut self, access: Access) -> Server {
        self.endpoint = self.endpoint.access(access);
        self
    }

    /// Answers no more requests than the limit admits, and 429 to more. `/healthz` and `/readyz` are answered always.
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::access::RateLimit;
    /// use measurand::actix::Server;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let limit = RateLimit::new(Duration::from_secs(1), 10);
    /// let server = Server::bind("127.0.0.1:0")?.rate_limit(limit).spawn()?;
    /// # server.stop();
    /// # Ok(())
    /// # }
    /// ```
    pub fn rate_limit(mut self, limit: RateLimit) -> Server {
        self.rate_limit = Some(limit);
        self
    }

    /// Serves `/healthz` and `/readyz` as well, or what [`HealthRoutes`] say.
    ///
    /// So that there are always connections for them, scrapes have no more than 448 of the 512; to more of them
    /// the answer is 503.
    ///
    /// ```
    /// use measurand::actix::Server;
    /// use measurand::health::Health;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let health = Health::starting();
    /// let metrics = Server::bind("127.0.0.1:0")?.health(health.clone()).spawn()?;
    /// // … what the service needs is set up …
    /// health.started();
    /// # metrics.stop();
    /// # Ok(())
    /// # }
    /// ```
    pub fn health(mut self, health: impl Into<HealthRoutes>) -> Server {
        self.health = Some(health.into());
        self
    }

    /// Serves profiles below `/debug/pprof/` as well, to those that [`Profiling`] lets in.
    ///
    /// ```
    /// use measurand::actix::{Profiling, Server};
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let server = Server::bind("127.0.0.1:0")?.profiling(Profiling::new()).spawn()?;
    /// println!("go tool pprof 'http://{}/debug/pprof/profile?seconds=10'", server.local_addr());
    /// # server.stop();
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(all(feature = "profile", target_os = "linux"))]
    pub fn profiling(mut self, profiling: Profiling) -> Server {
        self.profiling = Some(profiling);
        self
    }

    /// Does as a `web.yml` says: TLS, passwords, headers and a limit on the rate of requests.
    #[cfg(feature = "web-config")]
    pub fn web_config(mut self, config: WebConfig) -> Server {
        let WebConfig { tls, access, headers, rate_limit } = config;
        self.tls = tls.or(self.tls);
        self.rate_limit = rate_limit.or(self.rate_limit);
        self.headers.extend(headers);
        match access {
            Some(access) => self.access(access),
            None => self,
        }
    }

    /// Serves over TLS, as the configuration of rustls 0.23 says: its certificate, and if it has a verifier of clients,
    /// only those with a certificate that it takes.
    ///
    /// ```no_run
    /// use std::sync::Arc;
    /// use measurand::actix::Server;
    /// use rustls::ServerConfig;
    /// use rustls::pki_types::pem::PemObject as _;
    /// use rustls::pki_types::{CertificateDer, PrivateKeyDer};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let certificates: Result<Vec<_>, _> =
    ///     CertificateDer::pem_file_iter("metrics.crt")?.collect();
    /// let key = PrivateKeyDer::from_pem_file("metrics.key")?;
    /// let provider = Arc::new(rustls::crypto::ring::default_provider());
    /// let config = ServerConfig::builder_with_provider(provider)
    ///     .with_safe_default_protocol_versions()?
    ///     .with_no_client_auth()
    ///     .with_single_cert(certificates?, key)?;
    /// Server::bind("0.0.0.0:9091")?.tls(config).spawn()?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tls")]
    pub fn tls(mut self, config: rustls::ServerConfig) -> Server {
        self.tls = Some(Box::new(config));
        self
    }

    /// Where it listens, which tells the port that was free.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Runs until the process is told to stop by a signal.
    ///
    /// The future is for an actix or Tokio runtime, and does nothing until it is awaited or
    /// spawned.
    pub async fn run(self) -> io::Result<()> {
        self.server(true)?.await
    }

    /// Runs until `shutdown` is ready, and then until the scrapes that are under way were answered. It leaves
    /// signals alone.
    ///
    /// ```
    /// use measurand::actix::Server;
    /// use tokio::sync::oneshot;
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let server = Server::bind("127.0.0.1:0")?;
    /// let running = actix_web::rt::spawn(server.run_until(async { stopped.await.unwrap_or(()) }));
    /// // … the service itself, and at its end:
    /// drop(stop);
    /// running.await.unwrap()
    /// # }).unwrap();
    /// ```
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        until(self.server(false)?, shutdown).await
    }

    /// Runs on a thread of its own, for programs that have no async runtime, until it is told to stop by the
    /// handle, or for as long as the process. It leaves signals alone. When this returns, it serves.
    ///
    /// # Errors
    ///
    /// If the system gives no thread, or the server cannot be set up.
    ///
    /// ```
    /// use std::io::{Read, Write};
    /// use measurand::actix::Server;
    ///
    /// let server = Server::bind("127.0.0.1:0")?;
    /// let metrics = server.spawn()?;
    ///
    /// let mut scrape = std::net::TcpStream::connect(metrics.local_addr())?;
    /// scrape.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    /// let mut answer = String::new();
    /// scrape.read_to_string(&mut answer)?;
    /// assert!(answer.starts_with("HTTP/1.1 200 OK"));
    /// metrics.stop();
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn(self) -> io::Result<ServerHandle> {
        let address = self.address;
        let (started, starting) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        // That nobody can stop it any more is no reason to stop.
        let shutdown = async {
            if stopped.await.is_err() {
                future::pending::<()>().await;
            }
        };
        let serve = move || {
            actix_web::rt::System::new().block_on(self.serve_and_tell(started, shutdown));
        };
        let thread = std::thread::Builder::new().name("metrics".to_owned()).spawn(serve)?;
        // Nothing is told if the thread has panicked, since there is no runtime for it.
        let untold = |_| Err(io::Error::other("the thread of the metrics listener has panicked"));
        starting.recv().unwrap_or_else(untold)?;
        Ok(ServerHandle { address, stop, thread })
    }

    /// Serves, and tells how the start went.
    async fn serve_and_tell(
        self,
        started: mpsc::Sender<io::Result<()>>,
        shutdown: impl Future<Output = ()>,
    ) {
        // The caller of `spawn` waits for what is told.
        let tell = |start| drop(started.send(start));
        let server = match self.server(false) {
            Ok(server) => server,
            Err(error) => return tell(Err(error)),
        };
        let mut server = pin!(until(server, shutdown));
        // What there is to set up is set up when it is asked for the first time.
        match poll_fn(|context| Poll::Ready(server.as_mut().poll(context))).await {
            Poll::Ready(end) => return tell(end),
            Poll::Pending => tell(Ok(())),
        }
        if let Err(error) = server.await {
            log::error!("the metrics listener has stopped: {error}");
        }
    }

    fn server(self, with_signals: bool) -> io::Result<actix_web::dev::Server> {
        #[cfg(all(feature = "profile", target_os = "linux"))]
        let profiling = self.profiling;
        let Server { listener, mut endpoint, health, headers, rate_limit, .. } = self;
        let mut unlimited = Vec::new();
        let mut hint = "metrics are at /metrics".to_owned();
        if let Some(health) = &health {
            endpoint = endpoint.at_most(MAX_CONNECTIONS - HEALTH_CONNECTIONS);
            let [live, ready] = health.paths();
            hint = format!("{hint}, health is at {live} and {ready}");
            unlimited = [live, ready].map(str::to_owned).to_vec();
        }
        let hint = format!("{hint}\n");
        let rate = Rate { limit: rate_limit, unlimited };
        let app = move || {
            let hint = hint.clone();
            let elsewhere = move || std::future::ready(HttpResponse::NotFound().body(hint.clone()));
            let add_others = |config: &mut web::ServiceConfig| {
                if let Some(health) = health.clone() {
                    config.service(health);
                }
                #[cfg(all(feature = "profile", target_os = "linux"))]
                if let Some(profiling) = profiling.clone() {
                    config.service(profiling);
                }
            };
            let app = App::new().service(endpoint.clone()).configure(add_others);
            let add =
                |all: DefaultHeaders, header: &(HeaderName, HeaderValue)| all.add(header.clone());
            let headers = headers.iter().fold(DefaultHeaders::new(), add);
            let rate = rate.clone();
            let limit = move |request, next| limited(rate.clone(), request, next);
            app.default_service(web::to(elsewhere)).wrap(from_fn(limit)).wrap(headers)
        };
        let server = HttpServer::new(app)
            // The exposition is made on a thread of its own.
            .workers(1)
            .max_connections(MAX_CONNECTIONS)
            .shutdown_timeout(SHUTDOWN_SECONDS)
            // A client that has gone looks as one that only sends no more.
            .h1_allow_half_closed(false);
        limit_reading(&listener);
        #[cfg(feature = "tls")]
        let server = match self.tls {
            Some(tls) => server.listen_rustls_0_23(listener, *tls)?,
            None => server.listen(listener)?,
        };
        #[cfg(not(feature = "tls"))]
        let server = server.listen(listener)?;
        let server = if with_signals { server } else { server.disable_signals() };
        Ok(server.run())
    }
}

/// How many requests are answered.
#[derive(Clone)]
struct Rate {
    limit: Option<RateLimit>,
    /// Paths that are answered always.
    unlimited: Vec<String>,
}

async fn limited(
    rate: Rate,
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, actix_web::Error> {
    let is_unlimited = || rate.unlimited.iter().any(|path| path == request.path());
    if let Some(limit) = &rate.limit
        && !is_unlimited()
        && let Err(wait) = limit.admit()
    {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        let response = HttpResponse::TooManyRequests()
            .insert_header((RETRY_AFTER, seconds))
            .insert_header((CACHE_CONTROL, "no-store"))
            .body("too many requests\n");
        return Ok(request.into_response(response));
    }
    Ok(next.call(request).await?.map_into_boxed_body())
}

/// Serves until `shutdown` is ready, and then until what is under way was answered.
async fn until(
    server: actix_web::dev::Server,
    shutdown: impl Future<Output = ()>,
) -> io::Result<()> {
    let handle = server.handle();
    let (mut server, mut shutdown) = (pin!(server), pin!(shutdown));
    let mut is_stopping = false;
    poll_fn(|context| {
        if !is_stopping && shutdown.as_mut().poll(context).is_ready() {
            is_stopping = true;
            // It is told so here; what is returned only waits.
            drop(handle.stop(true));
        }
        server.as_mut().poll(context)
    })
    .await
}

/// A listener on a thread of its own, made by [`Server::spawn`]. Dropping it does not stop the listener.
#[derive(Debug)]
pub struct ServerHandle {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl ServerHandle {
    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops it: it takes no more connections, and this returns when the scrapes that are under way were
    /// answered, after 5 seconds at the latest.
    pub fn stop(self) {
        // It fails if the listener has stopped by itself.
        let _ = self.stop.send(());
        // It has said in stderr if it has panicked.
        let _ = self.thread.join();
    }
}

/// Has the system end the connection when its client takes nothing for too long.
/// What a listener accepts is set as it is.
fn limit_reading(listener: &TcpListener) {
    if let Err(error) = set_user_timeout(&SockRef::from(listener)) {
        log::debug!("a scraper that does not read will not be disconnected: {error}");
    }
}

/// It counts for data that is not acknowledged and for a window that stays closed.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
fn set_user_timeout(socket: &SockRef<'_>) -> io::Result<()> {
    socket.set_tcp_user_timeout(Some(READ_TIMEOUT))
}

#[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
fn set_user_timeout(_: &SockRef<'_>) -> io::Result<()> {
    let _ = READ_TIMEOUT;
    Ok(())
}

/// Why a server cannot listen at an address.
#[derive(Debug)]
pub struct BindError {
    address: String,
    source: io::Error,
}

impl BindError {
    /// What kind of error the system gave.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BindError { address, source } = self;
        write!(f, "cannot listen at {address}: {source}")?;
        match source.kind() {
            io::ErrorKind::AddrInUse => {
                f.write_str("; stop the process that listens there, or choose another port")
            }
            io::ErrorKind::PermissionDenied => {
                f.write_str("; ports below 1024 are for the system, choose a higher one")
            }
            _ => f.write_str(
                "; write the address of this machine and a port, such as 127.0.0.1:9091",
            ),
        }
    }
}

impl Error for BindError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.source)
    }
}

impl From<BindError> for io::Error {
    fn from(error: BindError) -> io::Error {
        io::Error::new(error.source.kind(), error)
    }
}
