//! A separate listener for metrics.

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

/// How many connections are served at a time; further ones wait. Each takes a file descriptor, of
/// which many systems allow a process 1,024, and memory for what its client has not read yet.
const MAX_CONNECTIONS: usize = 512;

/// How many of these are reserved for health, if that is served, so that probes are answered
/// however many scrapes hang.
const HEALTH_CONNECTIONS: usize = 64;

/// How many connections may wait, if the system allows that many. Of further ones, the client's
/// system retries the first packet after a second.
const BACKLOG: i32 = 4_096;

/// How long a stopping server waits for scrapes in progress.
const SHUTDOWN_SECONDS: u64 = 5;

/// How long a client may stop reading its response.
const READ_TIMEOUT: Duration = Duration::from_secs(3);

/// Serves `/metrics` on a separate port.
///
/// It answers like an [`Endpoint`]. A client that closes its sending side counts as disconnected,
/// since the two cannot be distinguished: it gets no response (with `nc`, leave out `-N`).
///
/// At most 512 connections are served at a time; further ones wait. On Linux, a client that reads
/// nothing of its response for 3 seconds is disconnected, so that others get their turn.
///
/// ```
/// use measurand::actix::Server;
///
/// # fn main() -> std::io::Result<()> {
/// # actix_web::rt::System::new().block_on(async {
/// let server = Server::bind("127.0.0.1:0")?;
/// println!("metrics are at http://{}/metrics", server.local_addr());
/// let running = actix_web::rt::spawn(server.run());
/// // … run the service itself …
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
    /// The headers of every response.
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Server {
    /// Binds to an address; port 0 chooses a free port.
    ///
    /// # Errors
    ///
    /// Returns an error if the address cannot be bound, with advice on what to do.
    pub fn bind(address: impl ToSocketAddrs + fmt::Debug) -> Result<Server, BindError> {
        let bind = || {
            let listener = TcpListener::bind(&address)?;
            // The standard library uses a backlog of 128.
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

    /// Sets the registry to serve.
    ///
    /// ```
    /// # use std::io::{Read, Write};
    /// # use std::net::{SocketAddr, TcpStream};
    /// # fn scrape(address: SocketAddr) -> std::io::Result<String> {
    /// #     let mut stream = TcpStream::connect(address)?;
    /// #     stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    /// #     let mut answer = String::new();
    /// #     stream.read_to_string(&mut answer)?;
    /// #     Ok(answer)
    /// # }
    /// use measurand::actix::Server;
    /// use measurand::runtime::FamilyOptions;
    /// use measurand::{Gauge, Registry};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let registry = Registry::new();
    /// let options = FamilyOptions::new("doc_server_jobs", "Jobs waiting.");
    /// options.register_unlabelled::<Gauge>(&registry)?.leak().set(3);
    ///
    /// let metrics = Server::bind("127.0.0.1:0")?.registry(&registry).spawn()?;
    /// assert!(scrape(metrics.local_addr())?.contains("doc_server_jobs 3\n"));
    /// # metrics.stop();
    /// # Ok(())
    /// # }
    /// ```
    pub fn registry(mut self, registry: &Registry) -> Server {
        self.endpoint = self.endpoint.registry(registry);
        self
    }

    /// Sets the path of the metrics instead of `/metrics`, as [`Endpoint::path`] does.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use measurand::actix::Server;
    ///
    /// let server = Server::bind("127.0.0.1:0")?.path("/internal/metrics").spawn()?;
    /// println!("metrics are at http://{}/internal/metrics", server.local_addr());
    /// # server.stop();
    /// # Ok(())
    /// # }
    /// ```
    pub fn path(mut self, path: &str) -> Server {
        self.endpoint = self.endpoint.path(path);
        self
    }

    /// Sets what to serve, such as part of a registry; [`Gather`] has an example.
    ///
    /// If `source` panics, the response is 500.
    ///
    /// ```
    /// use measurand::Registry;
    /// use measurand::actix::Server;
    /// use measurand::registry::Registries;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let both = Registries::new([Registry::global().clone(), Registry::new()]);
    /// let metrics = Server::bind("127.0.0.1:0")?.source(both).spawn()?;
    /// # metrics.stop();
    /// # Ok(())
    /// # }
    /// ```
    pub fn source(mut self, source: impl Gather + Send + Sync + 'static) -> Server {
        self.endpoint = self.endpoint.source(source);
        self
    }

    /// Sets the handler, which has more options: limits, its own metrics, samples `…_created`. It
    /// replaces [`registry`](Server::registry) and [`source`](Server::source).
    ///
    /// ```
    /// use std::time::Duration;
    /// use measurand::Registry;
    /// use measurand::actix::Server;
    /// use measurand::scrape::Handler;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let handler = Handler::new()
    ///     .own_metrics(Registry::global())?
    ///     .max_in_flight(10)
    ///     .timeout(Duration::from_secs(5));
    /// let metrics = Server::bind("127.0.0.1:0")?.handler(handler).spawn()?;
    /// # metrics.stop();
    /// # Ok(())
    /// # }
    /// ```
    pub fn handler(mut self, handler: Handler) -> Server {
        self.endpoint = self.endpoint.handler(handler);
        self
    }

    /// Restricts access, as [`Endpoint::access`] does.
    ///
    /// ```
    /// use measurand::access::Access;
    /// use measurand::actix::Server;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let access = Access::loopback().bearer("a long secret from a file")?;
    /// let metrics = Server::bind("0.0.0.0:0")?.access(access).spawn()?;
    /// # metrics.stop();
    /// # Ok(())
    /// # }
    /// ```
    pub fn access(mut self, access: Access) -> Server {
        self.endpoint = self.endpoint.access(access);
        self
    }

    /// Limits the rate of requests, and answers 429 to further ones. `/healthz` and `/readyz` are
    /// always answered.
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

    /// Also serves `/healthz` and `/readyz`, or the paths of [`HealthRoutes`].
    ///
    /// At most 448 of the 512 connections can then be scrapes, so that probes are always answered;
    /// further scrapes get 503.
    ///
    /// ```
    /// use measurand::actix::Server;
    /// use measurand::health::Health;
    ///
    /// # fn main() -> std::io::Result<()> {
    /// let health = Health::starting();
    /// let metrics = Server::bind("127.0.0.1:0")?.health(health.clone()).spawn()?;
    /// // … set up what the service needs …
    /// health.started();
    /// # metrics.stop();
    /// # Ok(())
    /// # }
    /// ```
    pub fn health(mut self, health: impl Into<HealthRoutes>) -> Server {
        self.health = Some(health.into());
        self
    }

    /// Also serves profiles below `/debug/pprof/`, to those that [`Profiling`] allows.
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

    /// Applies a `web.yml`: TLS, passwords, headers and a rate limit.
    ///
    /// ```
    /// # use std::io::{Read, Write};
    /// # use std::net::{SocketAddr, TcpStream};
    /// # fn scrape(address: SocketAddr) -> std::io::Result<String> {
    /// #     let mut stream = TcpStream::connect(address)?;
    /// #     stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    /// #     let mut answer = String::new();
    /// #     stream.read_to_string(&mut answer)?;
    /// #     Ok(answer)
    /// # }
    /// use measurand::actix::{Server, WebConfig};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let path = std::env::temp_dir().join("measurand-doc-server-web.yml");
    /// std::fs::write(&path, "http_server_config: { headers: { x-frame-options: deny } }\n")?;
    /// let metrics = Server::bind("127.0.0.1:0")?.web_config(WebConfig::read(&path)?).spawn()?;
    /// assert!(scrape(metrics.local_addr())?.contains("x-frame-options: deny\r\n"));
    /// # metrics.stop();
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
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

    /// Serves over TLS, by a configuration of rustls 0.23. If that verifies clients, only those
    /// with a certificate that it accepts are served.
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

    /// Returns the address that it listens on, with the port that was chosen.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Runs until a signal tells the process to stop.
    ///
    /// The future must run in an actix or Tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be set up, or fails.
    pub async fn run(self) -> io::Result<()> {
        self.server(true)?.await
    }

    /// Runs until `shutdown` completes, and then until the scrapes in progress are answered. It
    /// does not handle signals.
    ///
    /// # Errors
    ///
    /// Returns an error if the server cannot be set up, or fails.
    ///
    /// ```
    /// use measurand::actix::Server;
    /// use tokio::sync::oneshot;
    ///
    /// # actix_web::rt::System::new().block_on(async {
    /// let (stop, stopped) = oneshot::channel::<()>();
    /// let server = Server::bind("127.0.0.1:0")?;
    /// let running = actix_web::rt::spawn(server.run_until(async { stopped.await.unwrap_or(()) }));
    /// // … run the service itself, and at its end:
    /// drop(stop);
    /// running.await.unwrap()
    /// # }).unwrap();
    /// ```
    pub async fn run_until(self, shutdown: impl Future<Output = ()>) -> io::Result<()> {
        until(self.server(false)?, shutdown).await
    }

    /// Runs on its own thread, for programs without an async runtime, until it is stopped by the
    /// returned handle or the process ends. It does not handle signals. It is serving when this
    /// returns.
    ///
    /// # Errors
    ///
    /// Returns an error if no thread can be spawned, or if the server cannot be set up.
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
        // Dropping the handle must not stop the server.
        let shutdown = async {
            if stopped.await.is_err() {
                future::pending::<()>().await;
            }
        };
        let serve = move || {
            actix_web::rt::System::new().block_on(self.serve_and_tell(started, shutdown));
        };
        let thread = std::thread::Builder::new().name("metrics".to_owned()).spawn(serve)?;
        // Nothing was sent if the thread panicked, as when no runtime can be created.
        let untold = |_| Err(io::Error::other("the thread of the metrics listener panicked"));
        starting.recv().unwrap_or_else(untold)?;
        Ok(ServerHandle { address, stop, thread })
    }

    /// Serves, and sends the result of starting to `started`.
    async fn serve_and_tell(
        self,
        started: mpsc::Sender<io::Result<()>>,
        shutdown: impl Future<Output = ()>,
    ) {
        // The caller of `spawn` waits for this.
        let tell = |start| drop(started.send(start));
        let server = match self.server(false) {
            Ok(server) => server,
            Err(error) => return tell(Err(error)),
        };
        let mut server = pin!(until(server, shutdown));
        // The first poll sets up the server.
        match poll_fn(|context| Poll::Ready(server.as_mut().poll(context))).await {
            Poll::Ready(end) => return tell(end),
            Poll::Pending => tell(Ok(())),
        }
        if let Err(error) = server.await {
            log::error!("the metrics listener stopped: {error}");
        }
    }

    fn server(self, with_signals: bool) -> io::Result<actix_web::dev::Server> {
        #[cfg(all(feature = "profile", target_os = "linux"))]
        let profiling = self.profiling;
        let Server { listener, mut endpoint, health, headers, rate_limit, .. } = self;
        let mut unlimited = Vec::new();
        let mut hint = format!("metrics are at {}", endpoint.path_served());
        if let Some(health) = &health {
            endpoint = endpoint.at_most(MAX_CONNECTIONS - HEALTH_CONNECTIONS);
            let [live, ready] = health.paths();
            hint = format!("{hint}, health is at {live} and {ready}");
            unlimited = [live, ready].map(str::to_owned).to_vec();
        }
        let hint = format!("{hint}\n");
        let rate = RateLimiting { limit: rate_limit, unlimited };
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
            // One is enough, since pages are encoded on another thread.
            .workers(1)
            .max_connections(MAX_CONNECTIONS)
            .shutdown_timeout(SHUTDOWN_SECONDS)
            // A disconnected client looks like one that only closed its sending side.
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

/// The rate limit of requests.
#[derive(Clone)]
struct RateLimiting {
    limit: Option<RateLimit>,
    /// The paths that are always answered.
    unlimited: Vec<String>,
}

async fn limited(
    rate: RateLimiting,
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

/// Serves until `shutdown` completes, and then until the requests in progress are answered.
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
            // The call already tells the server to stop; the returned future only waits.
            drop(handle.stop(true));
        }
        server.as_mut().poll(context)
    })
    .await
}

/// A handle of a listener on its own thread, created by [`Server::spawn`]. Dropping it does not
/// stop the listener.
///
/// ```
/// use std::net::TcpStream;
/// use measurand::actix::{Server, ServerHandle};
///
/// let metrics: ServerHandle = Server::bind("127.0.0.1:0")?.spawn()?;
/// let address = metrics.local_addr();
/// assert!(TcpStream::connect(address).is_ok());
/// metrics.stop();
/// assert!(TcpStream::connect(address).is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Debug)]
pub struct ServerHandle {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl ServerHandle {
    /// Returns the address that it listens on.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting connections, and waits until the scrapes in progress are answered, at most 5
    /// seconds.
    pub fn stop(self) {
        // Sending fails if the listener has already stopped.
        let _ = self.stop.send(());
        // If the thread panicked, the panic hook has reported it.
        let _ = self.thread.join();
    }
}

/// Makes the system close a connection whose client does not read for too long. Accepted sockets
/// inherit the setting of the listener.
fn limit_reading(listener: &TcpListener) {
    if let Err(error) = set_user_timeout(&SockRef::from(listener)) {
        log::debug!("scrapers that do not read cannot be disconnected: {error}");
    }
}

/// Sets the limit for unacknowledged data and for a window that stays closed.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
fn set_user_timeout(socket: &SockRef<'_>) -> io::Result<()> {
    socket.set_tcp_user_timeout(Some(READ_TIMEOUT))
}

#[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
fn set_user_timeout(_: &SockRef<'_>) -> io::Result<()> {
    let _ = READ_TIMEOUT;
    Ok(())
}

/// The error of binding to an address.
///
/// ```
/// use std::io::ErrorKind;
/// use measurand::actix::{BindError, Server};
///
/// let server = Server::bind("127.0.0.1:0")?;
/// let error: BindError = Server::bind(server.local_addr()).unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::AddrInUse);
/// assert!(error.to_string().ends_with("stop the process that uses it, or choose another port"));
/// # Ok::<(), BindError>(())
/// ```
#[derive(Debug)]
pub struct BindError {
    address: String,
    source: io::Error,
}

impl BindError {
    /// Returns the kind of the system's error.
    pub fn kind(&self) -> io::ErrorKind {
        self.source.kind()
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let BindError { address, source } = self;
        write!(f, "cannot listen on {address}: {source}")?;
        match source.kind() {
            io::ErrorKind::AddrInUse => {
                f.write_str("; stop the process that uses it, or choose another port")
            }
            io::ErrorKind::PermissionDenied => {
                f.write_str("; ports below 1024 need privileges, so choose a higher one")
            }
            _ => f.write_str("; use an address of this machine and a port, such as 127.0.0.1:9091"),
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
