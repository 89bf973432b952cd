//! Ready-made checks.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use super::check::Check;
#[cfg(feature = "health-http")]
use crate::outgoing::{Client, Destination, OutgoingRequest};

impl Check {
    /// Creates a check that the file system of `path` has at least `min_bytes` free for this
    /// process.
    ///
    /// It also fails if the path does not exist.
    ///
    /// ```
    /// use measurand::health::{Check, Health};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let uploads = Check::free_space("uploads", "/tmp", 1 << 10);
    /// let health = Health::new().check(uploads).unwrap();
    /// assert_eq!(health.ready("", "").await.body, "ready\nuploads: ok\n");
    /// # });
    /// ```
    #[cfg(unix)]
    pub fn free_space(
        name: impl Into<String>,
        path: impl Into<std::path::PathBuf>,
        min_bytes: u64,
    ) -> Check {
        let path = path.into();
        Check::blocking_within(name.into(), move |_| {
            let space = rustix::fs::statvfs(&path)
                .map_err(|error| format!("the file system of {path:?} cannot be read: {error}"))?;
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            if free < min_bytes {
                return Err(format!(
                    "{free} bytes are free on the file system of {path:?}, less than {min_bytes}"
                ));
            }
            Ok(())
        })
    }

    /// Creates a check that something listens on an address, such as `db.internal:5432`. It
    /// connects, and sends nothing.
    ///
    /// If a name has several addresses, one is enough. The check runs on its own thread, since name
    /// resolution cannot be cancelled.
    ///
    /// ```
    /// use measurand::health::{Check, Health};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let database = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    /// let address = database.local_addr().unwrap().to_string();
    /// let health = Health::new().check(Check::tcp("database", address)).unwrap();
    /// assert_eq!(health.ready("", "").await.status, 200);
    /// # });
    /// ```
    pub fn tcp(name: impl Into<String>, address: impl Into<String>) -> Check {
        let address = address.into();
        Check::blocking_within(name.into(), move |limit| connect(&address, limit))
    }

    /// Creates a check that a URL answers `GET` with a status of 2xx or 3xx; redirects are not
    /// followed.
    ///
    /// The scheme is `http`, or `https` with the feature `outgoing-tls`; a user and password in the
    /// URL are sent as `Authorization: Basic`. Each run makes a new connection.
    ///
    /// ```no_run
    /// use measurand::health::{Check, Health};
    ///
    /// let search = Check::http_get("search", "http://search.internal:9200/_cluster/health");
    /// let health = Health::new().check(search.optional()).unwrap();
    /// ```
    #[cfg(feature = "health-http")]
    pub fn http_get(name: impl Into<String>, url: impl Into<String>) -> Check {
        let url = url.into();
        Check::blocking_within(name.into(), move |limit| get(&url, limit))
    }
}

fn connect(address: &str, limit: Duration) -> Result<(), String> {
    let start = Instant::now();
    let of = |error| format!("cannot connect to {address}: {error}");
    let mut last = std::io::Error::other("the name has no address");
    for one in address.to_socket_addrs().map_err(of)? {
        // A timeout of zero would be an error.
        let rest = limit.saturating_sub(start.elapsed()).max(Duration::from_millis(1));
        match TcpStream::connect_timeout(&one, rest) {
            Ok(_) => return Ok(()),
            Err(error) => last = error,
        }
    }
    Err(of(last))
}

#[cfg(feature = "health-http")]
fn get(url: &str, limit: Duration) -> Result<(), String> {
    // The help in further lines is of no use to probes.
    let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let destination = Destination::new(url).map_err(|error| first_line(error.to_string()))?;
    match Client::new(destination).send(OutgoingRequest::get(), limit, |_| false) {
        Err(error) if !matches!(error.status(), Some(300..=399)) => {
            Err(first_line(error.to_string()))
        }
        _ => Ok(()),
    }
}
