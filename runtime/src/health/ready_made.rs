//! Checks of what many services need.

use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::{Duration, Instant};

use super::check::Check;
#[cfg(feature = "health-http")]
use crate::outgoing::{Client, Destination, Request};

impl Check {
    /// Makes a check that a file system has space: so many bytes that are free for this process, on the file
    /// system of `path`.
    ///
    /// It fails as well if the path is not there.
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
                .map_err(|error| format!("the file system of {path:?} is not known: {error}"))?;
            let free = space.f_bavail.saturating_mul(space.f_frsize);
            if free < min_bytes {
                return Err(format!("{free} bytes are free at {path:?}, less than {min_bytes}"));
            }
            Ok(())
        })
    }

    /// Makes a check that something listens at an address, such as `db.internal:5432`. It connects, and sends
    /// nothing.
    ///
    /// Of a name with several addresses, one is enough. It runs on a thread of its own, since the names are
    /// asked of the system, which cannot be cancelled.
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

    /// Makes a check that a URL answers a `GET` with a status of 2xx or 3xx; redirects are not followed.
    ///
    /// The URL is one of `http`, or of `https` with the feature `outgoing-tls`; a user and a password in it are sent
    /// as those of `Authorization: Basic`. Each run makes a connection of its own.
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
        // A timeout of zero is refused.
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
    // What to do about it is of no use to who probes.
    let first_line = |text: String| text.lines().next().unwrap_or_default().to_owned();
    let destination = Destination::new(url).map_err(|error| first_line(error.to_string()))?;
    match Client::new(destination).send(Request::get(), limit, |_| false) {
        Err(error) if !matches!(error.status(), Some(300..=399)) => {
            Err(first_line(error.to_string()))
        }
        _ => Ok(()),
    }
}
